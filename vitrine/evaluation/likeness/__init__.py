"""How alike an answer and its reference are by what a model makes of both, where other words may say the same.

    asked = Measures(bertscore=BERTScoreModel(…), bleurt=None)      part of the stage's settings
    headlines(asked.load_models())       each task's own metrics, and the mean of `bertscore` beside those of tasks with references

Such a task says which words of an answer to compare (`Task.similarity_text`).
"""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from vitrine.evaluation.likeness.model import Measure, BLEURTModel, BERTScoreModel
from vitrine.evaluation.scores.scoreboard import Headline
from vitrine.settings import Settings
from vitrine.tasks import TASKS
from vitrine.tasks.task import Task


class Measures(Settings):
    """Those that a model is named for."""

    bertscore: BERTScoreModel | None
    bleurt: BLEURTModel | None

    def load_models(self) -> dict[str, Measure]:
        """CheckpointError if a model cannot be had."""
        return {name: model.measure() for name, model in (("bertscore", self.bertscore), ("bleurt", self.bleurt)) if model}


def headlines(measures: Mapping[str, Measure]) -> dict[str, Headline]:
    """What the scoreboard calls for each task."""
    own: dict[str, Headline] = {name: task.headline for name, task in TASKS.items() if task.headline}
    return own | {name: _beside(TASKS[name], headline, measures) for name, headline in own.items() if TASKS[name].similarity_text}


def _beside(task: Task, headline: Headline, measures: Mapping[str, Measure]) -> Headline:
    known: dict[str, dict[tuple[str, str], float]] = {name: {} for name in measures}  # an interval asks for the same pairs again

    def all_of_them(answers: list[Mapping[str, Any]]) -> Mapping[str, float]:
        words = [task.similarity_text(answer) if task.similarity_text else None for answer in answers]
        pairs = [(said, answer["gold"]) for said, answer in zip(words, answers, strict=True) if said is not None]
        for name, measure in measures.items():
            if new := [pair for pair in dict.fromkeys(pairs) if pair not in known[name]]:
                said, true = [said for said, _ in new], [gold for _, gold in new]
                known[name] |= zip(new, measure(said, true), strict=True)
        return {**headline(answers), **{name: fmean(own[pair] for pair in pairs) for name, own in known.items() if pairs}}

    return all_of_them
