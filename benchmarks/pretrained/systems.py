"""The three neural systems: the base model without and with examples in its prompt, and the fine-tuned model.

    systems = Systems(Path("models"), Options(), Path("data/pretrained/answers"))
    systems.few_shot(split)          # Answered: replies by prompt id, and which shots were chosen on validation

Replies are greedy. The limit of tokens is the 99th percentile of the training replies and a tenth more, the same for all.
"""

import contextlib
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks.pretrained.generate import Generator, Reply
from benchmarks.pretrained.prompts import CUES, Form, draw
from benchmarks.pretrained.rows import Row, Split, facts_of, prompt_of
from benchmarks.pretrained.store import Stored
from vitrine.errors import CheckpointError, VitrineError
from vitrine.lm import pins
from vitrine.lm.model import ADAPTER, Model
from vitrine.lm.settings import Load
from vitrine.tasks import TASKS
from vitrine.tasks.task import grade_batch

BASE, SFT = "base", "sft"


@dataclass(frozen=True)
class Options:
    seed: int = 7
    tuned: int = 300  # test prompts that the fine-tuned model and the baseline answer
    untuned: int = 150  # the first of them, which the base model answers too
    chosen_on: int = 30  # validation prompts for the choice of shots
    shots: tuple[int, ...] = (4, 8)
    draws: int = 2  # of shots, each tried
    context: int = 2560  # tokens of a few-shot prompt and its reply; numbers of shots that need more are not tried
    batch: int = 32
    dtype: str = "bfloat16"


@dataclass(frozen=True)
class Answered:
    rows: list[Row]
    replies: list[Reply]
    seconds: float
    choice: dict[str, Any] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        return sum(reply.tokens for reply in self.replies)


class Systems:
    def __init__(self, models: Path, options: Options, answers: Path) -> None:
        self.models, self.options, self.answers = models, options, answers
        self.hashes: dict[str, str] = {}
        self._open: tuple[str, Model] | None = None

    def zero_shot(self, split: Split) -> Answered:
        """With the cue that was chosen for few-shot prompts: on their own, prompts do not show what a reply looks like."""
        rows = split.drawn("test", self.options.untuned, seed=self.options.seed)
        return self._plain(split, "zero_shot", rows, [], self._cue(split))

    def few_shot(self, split: Split) -> Answered:
        """With the cue, then the number and the draw of shots, that score best on validation prompts."""
        options, cue = self.options, self._cue(split)
        tried: dict[tuple[int, int], tuple[float, float]] = {}
        for count in options.shots:
            for number in range(options.draws):
                with contextlib.suppress(LongerThanContextError):
                    tried[count, number] = self._validated(split, count, number, cue)
        if not tried:
            raise LongerThanContextError(f"{split.task}: not even {min(options.shots)} shots and a reply fit into the context")
        (count, number), (score, _) = max(tried.items(), key=lambda item: item[1][0])  # the first of equal ones: fewer shots
        rows = split.drawn("test", options.untuned, seed=options.seed)
        answered = self._shown(split, rows, count, number, cue)
        choice = {
            "shots": count,
            "draw": number,
            "cue": cue.strip(),
            "validation": round(score, 4),
            "tried": {f"{count}, draw {number}": round(score, 4) for (count, number), (score, _) in tried.items()},
        }
        seconds = answered.seconds + sum(spent for _, spent in tried.values())
        return Answered(answered.rows, answered.replies, seconds, choice)

    def _cue(self, split: Split) -> str:
        """The better cue with the fewest shots; the first of equal ones."""
        try:
            return max(CUES, key=lambda cue: self._validated(split, min(self.options.shots), 0, cue)[0])
        except LongerThanContextError:
            return CUES[0]

    def _validated(self, split: Split, count: int, number: int, cue: str) -> tuple[float, float]:
        """The mean score on validation prompts, and the seconds that the answers took."""
        rows = split.drawn("validation", self.options.chosen_on, seed=self.options.seed)
        answered = self._shown(split, rows, count, number, cue)
        replies = [(own.text, facts_of(row)) for own, row in zip(answered.replies, answered.rows, strict=True)]
        return fmean(grade.score for grade in grade_batch(TASKS[split.task], replies)), answered.seconds

    def _shown(self, split: Split, rows: Sequence[Row], count: int, number: int, cue: str) -> Answered:
        shots = draw(split.train, count, seed=self.options.seed + number)
        return self._plain(split, f"few_shot_{count}_{number}", rows, shots, cue)

    def tuned(self, split: Split) -> Answered:
        rows = split.drawn("test", self.options.tuned, seed=self.options.seed)
        model = self._model(SFT)
        ids = [model.token_ids(row["messages"], to_answer=True) for row in rows]
        return self._answer(split, SFT, "sft", rows, ids, ())

    def _plain(self, split: Split, name: str, rows: Sequence[Row], shots: Sequence[Row], cue: str) -> Answered:
        form, model = Form.of(split.train, cue), self._model(BASE)
        begin = [model.tokenizer.bos_token_id] if model.tokenizer.bos_token_id is not None else []
        texts = [form.text(prompt_of(row), shots) for row in rows]
        ids = [begin + own for own in model.tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]]
        context = min(self.options.context, model.weights.config.max_position_embeddings)
        if max(map(len, ids)) + self._limit(model, split) > context:
            raise LongerThanContextError(f"{split.task}: {len(shots)} shots and a reply need more than {context} tokens")
        return self._answer(split, BASE, name, rows, ids, form.stops)

    def _answer(
        self, split: Split, model: str, name: str, rows: Sequence[Row], ids: list[list[int]], stops: Sequence[str]
    ) -> Answered:
        limit = self._limit(self._model(model), split)
        key = {
            "model": self._hash(model),
            "prompts": [[row["id"], own] for row, own in zip(rows, ids, strict=True)],
            "limit": limit,
            "stops": list(stops),
            "batch": self.options.batch,
            "dtype": self.options.dtype,
        }
        stored = Stored(self.answers, f"{split.task}-{name}", key)
        generator = Generator(self._model(model), limit=limit, batch=self.options.batch, stops=stops)
        started = time.perf_counter()
        for places, replies in generator.batches(ids, skip=stored.batches):
            stored.append([rows[place]["id"] for place in places], replies, time.perf_counter() - started)
            print(f"{split.task} {name}: {len(stored.replies)} of {len(rows)} answers, {stored.seconds:.0f} s", flush=True)
            started = time.perf_counter()
        return Answered(list(rows), [stored.replies[row["id"]] for row in rows], stored.seconds)

    def _limit(self, model: Model, split: Split) -> int:
        golds = model.tokenizer([str(row["gold"]) for row in split.train], add_special_tokens=False)["input_ids"]
        return math.ceil(1.1 * float(np.quantile([len(gold) for gold in golds], 0.99))) + 2  # the stop token; a blank before

    def _model(self, name: str) -> Model:
        """One model at a time: merged in float32, because a small adapter would vanish in rounding, then in the asked type."""
        if self._open is None or self._open[0] != name:
            import torch

            self._open = None
            model = Model.load(self.models / name, Load()).merge()
            model.weights.to(getattr(torch, self.options.dtype))
            self._open = name, model
        return self._open[1]

    def _hash(self, name: str) -> str:
        if name not in self.hashes:
            self.hashes[name] = model_hash(self.models, name)
        return self.hashes[name]

    def check(self) -> None:
        """Raise CheckpointError now, and not after half an hour, if a model is not there."""
        for name in (BASE, SFT):
            if not (self.models / name).is_dir():
                raise CheckpointError(f"{self.models / name} is not a model folder; run `make pretrained`")
            self._hash(name)

    def about(self) -> dict[str, Any]:
        return asdict(self.options) | {"models": self.hashes}


class LongerThanContextError(VitrineError):
    """A few-shot prompt that does not fit into the model's context."""


def model_hash(models: Path, name: str) -> str:
    """Of the model's files, and of those of its base if it is an adapter."""
    folders = [models / name, *([models / BASE] if (models / name / ADAPTER).exists() else [])]
    return "-".join(pins.digest(file for file in sorted(folder.iterdir()) if file.is_file())[:12] for folder in folders)
