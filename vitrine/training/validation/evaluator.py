"""Answers validation prompts greedily with a model in training, and grades them as the benchmark does.

    evaluator = Evaluator(model.tokenizer, rows, max_tokens=None)   # refuses a limit that would cut gold replies
    evaluator.run(model).score                                      # mean over the tasks of their mean scores

No random number of the training is drawn, so a training with evaluations ends in the same weights as one without.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from vitrine.chat.messages import reply
from vitrine.engines.engine import Sampling
from vitrine.engines.transformers import TransformersEngine
from vitrine.errors import SettingsError
from vitrine.lm.model import Model
from vitrine.tasks import TASKS
from vitrine.tasks.task import grade_batch

LARGEST_CUT = 0.05  # of the gold replies may be longer than the limit
PACKED = "packed"  # the attention of vitrine.training.sft.packing, which cannot generate

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    score: float
    tasks: Mapping[str, float]
    cut: float  # share of replies that reached the limit

    @property
    def problem(self) -> str | None:
        """Why these numbers show nothing, or None."""
        if self.cut == 1:
            return "every validation reply was cut: the model does not stop"
        return "every validation reply scored 0" if not self.score else None


def choose(rows: Sequence[Row], prompts: int) -> list[Row]:
    """The first `prompts` rows of each task that has a grader and a gold reply."""
    taken: dict[str, int] = {}
    chosen = []
    for row in rows:
        count = taken.get(row["task"], 0)
        if count < prompts and row["gold"] is not None and TASKS[row["task"]].grade is not None:
            taken[row["task"]] = count + 1
            chosen.append(row)
    return chosen


class Evaluator:
    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        rows: Sequence[Row],
        *,
        max_tokens: int | None,
        section: str = "sft",
        batch: int = 32,
    ) -> None:
        self.by_task: dict[str, list[Row]] = {}
        for row in rows:
            self.by_task.setdefault(row["task"], []).append(row)
        self.batch = batch
        self.limits = dict[str, int]()
        for task, own in self.by_task.items():
            needed = _percentile([len(tokenizer(row["gold"], add_special_tokens=False).input_ids) + 1 for row in own])
            self.limits[task] = max_tokens or max(needed, TASKS[task].max_tokens)
            if needed > self.limits[task]:
                raise SettingsError(
                    f"{section}.evaluate.max_tokens: {max_tokens} tokens would cut more than {LARGEST_CUT:.0%} of the gold "
                    f"replies of {task}, and the score would measure the limit; set it to {needed} or more, or to null"
                )

    def run(self, model: Model) -> Result:
        """Scores of the model as it is now. An adapter is not merged."""
        scores, cut = {}, list[bool]()
        with _generating(model.weights):
            engine = TransformersEngine(model, batch=self.batch, merge=False)
            for task, own in self.by_task.items():
                answers = [
                    given for (given,) in engine.answer([r["messages"] for r in own], Sampling(max_tokens=self.limits[task]))
                ]
                facts = [TASKS[task].benchmark_facts(json.loads(row["facts"])) for row in own]
                replies = [(answer.text, known) for answer, known in zip(answers, facts, strict=True)]
                scores[task] = fmean(grade.score for grade in grade_batch(TASKS[task], replies))
                cut += [not answer.finished for answer in answers]
        return Result(fmean(scores.values()), scores, fmean(cut))

    @torch.no_grad()
    def entropy(self, model: Model) -> float:
        """The mean entropy, in nats, of the model's next-token distribution along the gold replies."""
        entropies: list[float] = []
        with _generating(model.weights):
            for row in (row for own in self.by_task.values() for row in own):
                before = len(model.token_ids(row["messages"], to_answer=True))
                ids = model.token_ids([*row["messages"], *reply(row["gold"])], to_answer=False)
                logits = model.weights(input_ids=torch.tensor([ids], device=model.weights.device), use_cache=False).logits
                logprobs = logits[0, before - 1 : -1].float().log_softmax(-1)
                # a sum over all tokens at once would depend on the number of threads
                entropies += (-(logprobs.exp() * logprobs).sum(-1)).tolist()
        return round(math.fsum(entropies) / len(entropies), 6)


def _percentile(lengths: Sequence[int]) -> int:
    """The shortest limit that cuts at most LARGEST_CUT of the lengths."""
    return sorted(lengths)[max(0, math.ceil((1 - LARGEST_CUT) * len(lengths)) - 1)]


@contextmanager
def _generating(weights: Any) -> Iterator[None]:
    """The model in evaluation mode, with an attention that can generate; afterwards as before, random state included."""
    training, attention = weights.training, weights.config._attn_implementation
    devices = [weights.device] if weights.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        weights.eval()
        if attention == PACKED:
            weights.set_attn_implementation("sdpa")
        try:
            yield
        finally:
            if attention == PACKED:
                weights.set_attn_implementation(attention)
            weights.train(training)
