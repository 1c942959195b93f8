"""The engine that runs a model in this process with transformers.

    engine = TransformersEngine(Model.load(Path("models/sft"), Load()), batch=128)
    engine.answer([user_message("Oi")], Sampling(max_tokens=16))[0][0].text

Prompts are sorted by length, so that batches hold little padding, and padded on the left. Answers are returned in the order of
the prompts. A prompt with several samples is read once.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from tqdm import tqdm
from transformers import DynamicCache, GenerationConfig

from vitrine.chat.messages import reply
from vitrine.engines.engine import Answer, Prompt, Sampling
from vitrine.errors import SettingsError
from vitrine.lm.model import Model
from vitrine.lm.stopping import stop_ids


class TransformersEngine:
    def __init__(self, model: Model, *, batch: int) -> None:
        if model.kind != "decoder":
            raise SettingsError("engine.name=transformers works with decoders only, and this model is an encoder-decoder")
        self.model = model.merge()  # an adapter costs time at every token; merged, it costs none
        self.weights, self.tokenizer, self.batch = self.model.weights.eval(), model.tokenizer, batch
        self.stops = list(stop_ids(model))  # every token that the model declares as an end, as in training

    def answer(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Answer]]:
        torch.manual_seed(sampling.seed)
        ids = [self.model.token_ids(prompt, to_answer=True, thinking=sampling.thinking) for prompt in prompts]
        order = sorted(range(len(ids)), key=lambda prompt: len(ids[prompt]))
        answers: list[list[Answer]] = [[] for _ in ids]
        step = max(1, self.batch // sampling.samples)
        with tqdm(total=len(ids), desc="answers", unit="prompt", disable=None, leave=False) as progress:
            for start in range(0, len(order), step):
                batch = order[start : start + step]
                for prompt, samples in zip(batch, self._generate([ids[p] for p in batch], sampling), strict=True):
                    answers[prompt] = samples
                progress.update(len(batch))
        return answers

    @torch.inference_mode()
    def _generate(self, ids: list[list[int]], sampling: Sampling) -> list[list[Answer]]:
        padded = self.tokenizer.pad({"input_ids": ids}, padding_side="left", return_tensors="pt").to(self.weights.device)
        width = padded["input_ids"].shape[1]

        def stopped(sequences: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
            """Which replies hold a stop string. The library would search the prompts too."""
            texts = self.tokenizer.batch_decode(sequences[:, width:], skip_special_tokens=True)
            return torch.tensor([any(stop in text for stop in sampling.stop) for text in texts], device=sequences.device)

        prompts = self._prefill(padded, sampling.samples) if sampling.samples > 1 else padded
        generated = self.weights.generate(
            **prompts, generation_config=self._config(sampling), stopping_criteria=[stopped] * bool(sampling.stop)
        )
        out = generated.sequences[:, width:]
        ended = torch.isin(out, torch.tensor(self.stops, device=out.device))
        lengths = torch.where(ended.any(1), ended.int().argmax(1) + 1, out.shape[1]).tolist()
        texts = self.tokenizer.batch_decode(out, skip_special_tokens=True)
        finished = ended.any(1).tolist()
        for row, text in enumerate(texts):
            if any(stop in text for stop in sampling.stop):
                texts[row], lengths[row], finished[row] = *self._cut_at_stop(text, out[row], sampling.stop), True
        logprobs: list[Any] = [None] * len(texts)
        if sampling.logprobs:
            steps = [logits.log_softmax(-1).gather(1, out[:, [n]]) for n, logits in enumerate(generated.logits)]
            logprobs = [tuple(row[:n]) for row, n in zip(torch.cat(steps, 1).tolist(), lengths, strict=True)]
        answers = [
            Answer(text=text, tokens=n, finished=end, logprobs=own)
            for text, n, end, own in zip(texts, lengths, finished, logprobs, strict=True)
        ]
        return [answers[i : i + sampling.samples] for i in range(0, len(answers), sampling.samples)]

    def _cut_at_stop(self, text: str, tokens: torch.Tensor, stops: Sequence[str]) -> tuple[str, int]:
        """The text before the first stop string, and the number of tokens up to its end."""
        first = min((stop for stop in stops if stop in text), key=text.index)

        def holds(count: int) -> bool:
            return first in self.tokenizer.decode(tokens[:count], skip_special_tokens=True)

        return text[: text.index(first)], bisect_left(range(len(tokens)), True, key=holds)

    def _prefill(self, padded: Mapping[str, torch.Tensor], times: int) -> dict[str, Any]:
        """Each prompt `times` times, with the key-value cache of all its tokens but the last, where generation goes on."""
        ids, mask = padded["input_ids"], padded["attention_mask"]
        positions = (mask.cumsum(-1) - 1).clamp(min=0)  # padding has none
        cache = DynamicCache(config=self.weights.config)
        self.weights(
            input_ids=ids[:, :-1],
            attention_mask=mask[:, :-1],
            position_ids=positions[:, :-1],
            past_key_values=cache,
            logits_to_keep=1,
        )
        cache.batch_repeat_interleave(times)
        repeated = {"input_ids": ids.repeat_interleave(times, 0), "attention_mask": mask.repeat_interleave(times, 0)}
        return repeated | {"past_key_values": cache}

    def _config(self, sampling: Sampling) -> GenerationConfig:
        """Sets every parameter, so that no default of the checkpoint applies."""
        decoding: dict[str, Any] = {"do_sample": False}
        if sampling.temperature > 0:
            decoding = {"do_sample": True, "temperature": sampling.temperature, "top_k": sampling.top_k, "top_p": sampling.top_p}
        return GenerationConfig(
            max_new_tokens=sampling.max_tokens,
            repetition_penalty=1.0,
            pad_token_id=self.tokenizer.pad_token_id,
            eos_token_id=self.stops,
            return_dict_in_generate=True,
            output_logits=sampling.logprobs,
            **decoding,
        )

    @torch.inference_mode()
    def losses(self, prompts: Sequence[Prompt], replies: Sequence[str]) -> list[float]:
        """The mean negative log-likelihood of each reply, in nats per token, up to and including the stop token."""
        losses, stop = list[float](), self.tokenizer.eos_token_id  # a template may write more after it, which does not count
        for prompt, text in zip(prompts, replies, strict=True):
            before = self.model.token_ids(prompt, to_answer=True)
            chat = self.model.token_ids([*prompt, *reply(text)], to_answer=False)
            end = len(chat) - chat[::-1].index(stop) if stop in chat[len(before) :] else len(chat)
            tokens = torch.tensor([chat[:end]], device=self.weights.device)
            labels = tokens.clone()
            labels[:, : len(before)] = -100
            losses.append(float(self.weights(input_ids=tokens, labels=labels).loss))
        return losses
