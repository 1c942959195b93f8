"""Model-based similarity of an answer and its reference (BERTScore, BLEURT), for tasks where other words may mean the same.

    measures = Measures(bertscore=BERTScoreModel(…), bleurt=None)      # part of the stage's settings
    headlines(measures.load_models())     # each task's own metrics, plus the mean `bertscore` of tasks with references

Such a task defines the text of an answer to compare (`Task.similarity_text`).
"""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from vitrine.evaluation.likeness.model import BERTScoreModel, BLEURTModel, Measure
from vitrine.evaluation.scores.scoreboard import Headline
from vitrine.settings import Settings
from vitrine.tasks import TASKS
from vitrine.tasks.task import Task


class Measures(Settings):
    """The model of each measure; null switches the measure off."""

    bertscore: BERTScoreModel | None
    bleurt: BLEURTModel | None

    def load_models(self) -> dict[str, Measure]:
        """The measures by name. Raises CheckpointError if a model cannot be loaded."""
        return {name: model.measure() for name, model in (("bertscore", self.bertscore), ("bleurt", self.bleurt)) if model}


def headlines(measures: Mapping[str, Measure]) -> dict[str, Headline]:
    """The headline function of each task, with the measures added where the task has references."""
    own: dict[str, Headline] = {name: task.headline for name, task in TASKS.items() if task.headline}
    return own | {
        name: _with_measures(TASKS[name], headline, measures) for name, headline in own.items() if TASKS[name].similarity_text
    }


def _with_measures(task: Task, headline: Headline, measures: Mapping[str, Measure]) -> Headline:
    cache: dict[str, dict[tuple[str, str], float]] = {name: {} for name in measures}  # resamples repeat pairs

    def with_measures(answers: list[Mapping[str, Any]]) -> Mapping[str, float]:
        texts = [task.similarity_text(answer) if task.similarity_text else None for answer in answers]
        pairs = [(text, answer["gold"]) for text, answer in zip(texts, answers, strict=True) if text is not None]
        for name, measure in measures.items():
            if new := [pair for pair in dict.fromkeys(pairs) if pair not in cache[name]]:
                predicted, golds = [text for text, _ in new], [gold for _, gold in new]
                cache[name] |= zip(new, measure(predicted, golds), strict=True)
        return {**headline(answers), **{name: fmean(own[pair] for pair in pairs) for name, own in cache.items() if pairs}}

    return with_measures
