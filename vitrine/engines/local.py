"""A checkpoint run in this process by transformers.

    engine = Local.load(Path("models/sft"), batch=128)
    engine.answer([asked("Oi")], Sampling(max_tokens=16))[0][0].text

Prompts are sorted by length and padded on the left, so that a batch wastes little; answers come back in the order asked. A
prompt that is answered several times is read once.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm
from transformers import DynamicCache, GenerationConfig, PreTrainedTokenizerBase

from vitrine.chat.messages import said
from vitrine.engines.engine import Answer, Prompt, Sampling
from vitrine.lm import checkpoint


@dataclass
class Local:
    model: Any
    tokenizer: PreTrainedTokenizerBase
    batch: int

    @classmethod
    def load(cls, folder: Path, *, batch: int) -> "Local":
        model, tokenizer = checkpoint.load(folder)
        if hasattr(model, "merge_and_unload"):  # an adapter costs time at every token; merged in full precision it costs none
            model = model.merge_and_unload()
        return cls(model.to("cuda" if torch.cuda.is_available() else "cpu").eval(), tokenizer, batch)

    def answer(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Answer]]:
        torch.manual_seed(sampling.seed)
        ids = [self.tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False) for prompt in prompts]
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
        padded = self.tokenizer.pad({"input_ids": ids}, padding_side="left", return_tensors="pt").to(self.model.device)
        started = time.perf_counter()
        asked = self._read(padded, sampling.samples) if sampling.samples > 1 else padded
        out = self.model.generate(**asked, generation_config=self._config(sampling))[:, padded["input_ids"].shape[1] :]
        seconds = time.perf_counter() - started
        stop = self.tokenizer.eos_token_id
        ended = out == stop
        lengths = torch.where(ended.any(1), ended.int().argmax(1) + 1, out.shape[1])
        texts = self.tokenizer.batch_decode(out, skip_special_tokens=True)
        total = max(1, int(lengths.sum()))
        flat = [
            Answer(text=text, tokens=int(n), seconds=seconds * int(n) / total, finished=bool(end))
            for text, n, end in zip(texts, lengths, ended.any(1), strict=True)
        ]
        return [flat[i : i + sampling.samples] for i in range(0, len(flat), sampling.samples)]

    def _read(self, padded: Mapping[str, torch.Tensor], times: int) -> dict[str, Any]:
        """Each prompt `times` times, with what the model remembers of it, but for its last token, from which it goes on."""
        ids, mask = padded["input_ids"], padded["attention_mask"]
        places = (mask.cumsum(-1) - 1).clamp(min=0)  # padding has none
        memory = DynamicCache(config=self.model.config)
        self.model(
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
            warm = {"do_sample": True, "temperature": sampling.temperature, "top_k": 0, "top_p": 1.0}
        return GenerationConfig(
            max_new_tokens=sampling.max_tokens,
            repetition_penalty=1.0,
            pad_token_id=self.tokenizer.pad_token_id,
            eos_token_id=self.tokenizer.eos_token_id,
            **warm,
        )

    @torch.inference_mode()
    def losses(self, prompts: Sequence[Prompt], replies: Sequence[str]) -> list[float]:
        """The mean negative log-likelihood of each reply, in nats a token, the stop token included."""
        found = []
        for prompt, reply in zip(prompts, replies, strict=True):
            before = self.tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False)
            whole = self.tokenizer.apply_chat_template([*prompt, *said(reply)], return_dict=False)
            tokens = torch.tensor([whole], device=self.model.device)
            labels = tokens.clone()
            labels[:, : len(before)] = -100
            found.append(float(self.model(input_ids=tokens, labels=labels).loss))
        return found
