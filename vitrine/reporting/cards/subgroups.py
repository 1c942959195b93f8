"""A model's scores by subgroup: where it does worse than its mean says.

    subgroups(answers, {"sql": "pt"})
    # [Subgroup("sql", "question template", "unseen", Interval(mean=0.08, low=0.02, high=0.31, n=19, clusters=7)), …]

A subgroup follows from an answer's prompt, gold reply and components, so that it is the same for every model. Intervals are
Wilson's by cluster, as everywhere; with too few clusters the interval is unbounded.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vitrine.evaluation.scores.statistics import Interval, interval

Row = Mapping[str, Any]
MOST_VALUES = 6  # subgroups of one kind that are shown; smaller ones are counted together
ALL_TASKS = "all graded tasks"
LENGTHS = ((0, "empty"), (40, "1 to 40 characters"), (120, "41 to 120 characters"))
LONGER = "more than 120 characters"


@dataclass(frozen=True)
class Subgroup:
    task: str
    kind: str
    value: str
    score: Interval


def subgroups(rows: Sequence[Row], languages: Mapping[str, str]) -> list[Subgroup]:
    """The graded rows of one model by language, and those of each task by the kinds that its answers allow."""
    graded = [row for row in rows if row["score"] is not None]
    by_language = [(languages[row["task"]], row) for row in graded if row["task"] in languages]
    groups = _split(ALL_TASKS, "language of the task", by_language) if len({value for value, _ in by_language}) > 1 else []
    for task in sorted({row["task"] for row in graded} & KINDS.keys()):
        for kind, value_of in KINDS[task].items():
            groups += _split(task, kind, [(value_of(row), row) for row in graded if row["task"] == task])
    return groups


def _split(task: str, kind: str, valued: Sequence[tuple[str | None, Row]]) -> list[Subgroup]:
    """A subgroup for each value, the largest first; nothing where all rows have the same one."""
    counts = Counter(value for value, _ in valued if value is not None)
    if len(counts) < 2:
        return []
    largest = [value for value, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    if len(largest) > MOST_VALUES + 1:
        largest, rest = largest[:MOST_VALUES], set(largest[MOST_VALUES:])
        name = f"{len(rest)} others"
        valued = [(name if value in rest else value, row) for value, row in valued]
        largest.append(name)
    return [Subgroup(task, kind, value, _score([row for own, row in valued if own == value])) for value in largest]


def _score(rows: Sequence[Row]) -> Interval:
    return interval([row["score"] for row in rows], [row["cluster"] or row["entity"] for row in rows])


# ------------------------------------------------------------------------------------------------- kinds of subgroups


def _gold(field: str) -> Callable[[Row], str | None]:
    """The value of a field of a gold reply that is a JSON object."""

    def value(row: Row) -> str | None:
        try:
            gold = json.loads(row["gold"] or "")
        except ValueError:
            return None
        content = gold.get(field) if isinstance(gold, dict) else None
        if isinstance(content, bool):
            return "yes" if content else "no"
        return None if content is None else str(content)

    return value


def _length(marker: str) -> Callable[[Row], str | None]:
    """The length of the text that follows `marker` in the prompt."""

    def value(row: Row) -> str | None:
        _, marked, text = row["prompt"].partition(marker)
        length = len(text.strip())
        return None if not marked else next((name for most, name in LENGTHS if length <= most), LONGER)

    return value


def _template(row: Row) -> str | None:
    """Whether a question's template was seen in training."""
    unseen = _components(row).get("unseen")
    return None if unseen is None else "unseen in training" if unseen else "seen in training"


def _components(row: Row) -> dict[str, Any]:
    components = json.loads(row["components"] or "{}")
    return components if isinstance(components, dict) else {}


def _stars(row: Row) -> str | None:
    """The stars in a gold reply like "negativo, nota 1"."""
    stars = (row["gold"] or "").rpartition("nota ")[2].strip()
    return f"{stars} of 5" if stars in {"1", "2", "3", "4", "5"} else None


def _subject(row: Row) -> str:
    return str(row["entity"]).partition(":")[0]


def _first_category(row: Row) -> str | None:
    return (row["gold"] or "").partition(" > ")[0].strip() or None


def _answerable(row: Row) -> str:
    return "no answer in the reviews" if "cannot be answered" in (row["gold"] or "") else "answer in the reviews"


def _outcome(row: Row) -> str | None:
    try:
        return "stayed away" if float(_gold("risco")(row) or "") > 0.5 else "came back"
    except ValueError:
        return None


REVIEW = "\nAvaliação:"
KINDS: dict[str, dict[str, Callable[[Row], str | None]]] = {
    "extract": {
        "review score": _gold("nota"),
        "message": _length(REVIEW),
        "late delivery": _gold("atrasado"),
        "problem in the text": _gold("problema"),
        "category": _gold("categoria"),
        "state": _gold("estado"),
    },
    "sentiment": {"review score": _stars, "message": _length(REVIEW)},
    "sql": {"question template": _template},
    "analyst": {"question template": _template},
    "churn": {"customer": _outcome},
    "insights": {"subject": _subject},
    "describe": {"title": _length(": ")},
    "classify": {"top category": _first_category},
    "qa": {"question": _answerable},
}
