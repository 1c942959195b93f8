"""What a model's scores say against it, in sentences for its card.

    for sentence in find_problems("grpo", board, answers):
        print(sentence)     # "The score's interval holds the best baseline, which needs no trained model: sentiment."

The report holds the verdicts, from paired tests and with the minimum that a user sets. Here a baseline's score counts as exact.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vitrine.evaluation.scores.scoreboard import OVERALL
from vitrine.reporting import verdicts
from vitrine.reporting.decisions import decide

HALF = 0.5  # of the full score
LISTINGS = {"amazon_titles", "products"}  # sources whose generated texts do not resemble published ones
UNLIKE_PUBLISHED = "The generated listings of {} do not resemble published ones: expect lower scores on those."


def find_problems(model: str, board: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sentences for one model: tasks that it has not learned, and losses against the model before. `answers` are its own."""
    if model not in board["models"]:
        return []
    graded = [one for one in decide(board, model, {model: answers}, {}, minimum=0) if one.score["score"] is not None]
    compared = [(one.task, one.score, one.baseline_score) for one in graded if one.baseline_score is not None]
    below = [task for task, score, baseline in compared if score["high"] < baseline]
    unproven = [task for task, score, baseline in compared if score["low"] <= baseline <= score["high"]]
    unread = [one.task for one in graded if one.reading and not one.reading.above]
    low = [f"{one.task} ({one.score['score']:.3f})" for one in graded if one.score["high"] < HALF]
    worse = [
        f"{row['task']} ({row['mean']:+.3f})"
        for row in board["differences"]
        if row["better"] == model and row["decoding"] == "greedy" and row["mean"] < 0 and verdicts.is_shown(row)
    ]
    before = next((row["than"] for row in board["differences"] if row["better"] == model), "")
    return [
        *_sentence("The score's interval lies below the best baseline, which needs no trained model", below),
        *_sentence("The score's interval holds the best baseline, which needs no trained model", unproven),
        *_sentence("Not shown to read the prompt: the replies score about as much when shuffled", unread),
        *_sentence("The score's interval lies below half of the full score", low),
        *_sentence(f"Shown to be worse than {before}, the model before it", sorted(worse, key=lambda text: OVERALL not in text)),
    ]


def describe_generated(generated: Iterable[str]) -> list[str]:
    """A sentence if listings are among the generated sources."""
    listings = sorted(LISTINGS.intersection(generated))
    return [UNLIKE_PUBLISHED.format(" and ".join(listings))] if listings else []


def _sentence(beginning: str, tasks: Sequence[str]) -> list[str]:
    return [f"{beginning}: {', '.join(tasks)}."] if tasks else []
