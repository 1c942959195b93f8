"""A model run in this process by transformers.

    engine = TransformersEngine(Model.load(Path("models/sft"), Load()), batch=128)
    engine.answer([user_message("Oi")], Sampling(max_tokens=16))[0][0].text

Prompts are sorted by length and padded on the left, so that a batch wastes little; answers come back in the order asked. A
prompt that is answered several times is read once.
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


class TransformersEngine:
    def __init__(self, model: Model, *, batch: int) -> None:
        if model.kind != "decoder":
            raise SettingsError("engine.name=transformers answers with decoders only, and this model is an encoder-decoder")
        self.model = model.merge()  # an adapter costs time at every token; merged in full precision it costs none
        self.weights, self.tokenizer, self.batch = self.model.weights.eval(), model.tokenizer, batch

    def answer(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Answer]]:
        torch.manual_seed(sampling.seed)
        ids = [self.model.token_ids(prompt, to_answer=True, thinking=sampling.thinking) for prompt in prompts]
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        answers: list[list[Answer]] = [[] for _ in ids]
        step = max(1, self.batch // sampling.samples)
        with tqdm(total=len(ids), desc="answers", unit="prompt", disable=None, leave=False) as progress:
            for start in range(0, len(order), step):
                places = order[start : start + step]
                for place, found in zip(places, self._generate([ids[p] for p in places], sampling), strict=True):
                    answers[place] = found
                progress.update(len(places))
        return answers

    @torch.inference_mode()
    def _generate(self, ids: list[list[int]], sampling: Sampling) -> list[list[Answer]]:
        padded = self.tokenizer.pad({"input_ids": ids}, padding_side="left", return_tensors="pt").to(self.weights.device)
        width = padded["input_ids"].shape[1]

        def stopped(made: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
            """The library's own search for stop strings would look into the prompt too."""
            texts = self.tokenizer.batch_decode(made[:, width:], skip_special_tokens=True)
            return torch.tensor([any(stop in text for stop in sampling.stop) for text in texts], device=made.device)

        prompts = self._read(padded, sampling.samples) if sampling.samples > 1 else padded
        made = self.weights.generate(
            **prompts, generation_config=self._config(sampling), stopping_criteria=[stopped] * bool(sampling.stop)
        )
        out = made.sequences[:, width:]
        ended = out == self.tokenizer.eos_token_id
        lengths = torch.where(ended.any(1), ended.int().argmax(1) + 1, out.shape[1]).tolist()
        texts = self.tokenizer.batch_decode(out, skip_special_tokens=True)
        finished = ended.any(1).tolist()
        for place, text in enumerate(texts):
            if any(stop in text for stop in sampling.stop):
                texts[place], lengths[place], finished[place] = *self._stopped(text, out[place], sampling.stop), True
        logprobs: list[Any] = [None] * len(texts)
        if sampling.logprobs:
            steps = [of.log_softmax(-1).gather(1, out[:, [n]]) for n, of in enumerate(made.logits)]
            logprobs = [tuple(row[:n]) for row, n in zip(torch.cat(steps, 1).tolist(), lengths, strict=True)]
        flat = [
            Answer(text=text, tokens=n, finished=end, logprobs=sure)
            for text, n, end, sure in zip(texts, lengths, finished, logprobs, strict=True)
        ]
        return [flat[i : i + sampling.samples] for i in range(0, len(flat), sampling.samples)]

    def _stopped(self, text: str, tokens: torch.Tensor, stops: Sequence[str]) -> tuple[str, int]:
        """The text before the first stop string, and how many tokens were made up to its end."""
        first = min((stop for stop in stops if stop in text), key=text.index)

        def holds(count: int) -> bool:
            return first in self.tokenizer.decode(tokens[:count], skip_special_tokens=True)

        return text[: text.index(first)], bisect_left(range(len(tokens)), True, key=holds)

    def _read(self, padded: Mapping[str, torch.Tensor], times: int) -> dict[str, Any]:
        """Each prompt `times` times, with what the model remembers of it, but for its last token, from which it goes on."""
        ids, mask = padded["input_ids"], padded["attention_mask"]
        places = (mask.cumsum(-1) - 1).clamp(min=0)  # padding has none
        memory = DynamicCache(config=self.weights.config)
        self.weights(
            input_ids=ids[:, :-1],
            attention_mask=mask[:, :-1],
            position_ids=places[:, :-1],
            past_key_values=memory,
            logits_to_keep=1,
        )
        memory.batch_repeat_interleave(times)
        several = {"input_ids": ids.repeat_interleave(times, 0), "attention_mask": mask.repeat_interleave(times, 0)}
        return several | {"past_key_values": memory}

    def _config(self, sampling: Sampling) -> GenerationConfig:
        """Every parameter is said, so that none of the checkpoint's own can apply."""
        warm: dict[str, Any] = {"do_sample": False}
        if sampling.temperature > 0:
            warm = {"do_sample": True, "temperature": sampling.temperature, "top_k": sampling.top_k, "top_p": sampling.top_p}
        return GenerationConfig(
            max_new_tokens=sampling.max_tokens,
            repetition_penalty=1.0,
            pad_token_id=self.tokenizer.pad_token_id,
            eos_token_id=self.tokenizer.eos_token_id,
            return_dict_in_generate=True,
            output_logits=sampling.logprobs,
            **warm,
        )

    @torch.inference_mode()
    def losses(self, prompts: Sequence[Prompt], replies: Sequence[str]) -> list[float]:
        """The mean negative log-likelihood of each reply, in nats a token, up to the stop token, which is included."""
        found, stop = list[float](), self.tokenizer.eos_token_id  # what a template writes after it no model is asked for
        for prompt, text in zip(prompts, replies, strict=True):
            before = self.model.token_ids(prompt, to_answer=True)
            whole = self.model.token_ids([*prompt, *reply(text)], to_answer=False)
            end = len(whole) - whole[::-1].index(stop) if stop in whole[len(before) :] else len(whole)
            tokens = torch.tensor([whole[:end]], device=self.weights.device)
            labels = tokens.clone()
            labels[:, : len(before)] = -100
            found.append(float(self.weights(input_ids=tokens, labels=labels).loss))
        return found
