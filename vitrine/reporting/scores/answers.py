"""The answers that the report's browser holds: prompts, gold replies and every model's reply, within a limit of bytes.

    embedded = embed(answers, models, limit=1_500_000)
    embedded.data      JSON for the page's script; it cannot end the script element that holds it
    embedded.summary   "678 of 678 prompts with 2,034 answers"

Each text is made legible here and put into the page as text by the script, so markup in a reply stays text. If the limit does not
hold all prompts, tasks take turns, each by id, so that small tasks are complete first.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from vitrine.evaluation.scores.control_warnings import LEAST
from vitrine.reporting.examples import Row, legible
from vitrine.reporting.scores.models import Model
from vitrine.tables.answers import SCORE_TOLERANCE

LONGEST = 3_000  # characters of one text in the browser
RIGHT, PARTLY, WRONG, NOT_GRADED = "right", "partly", "wrong", "not graded"
GRADES = {
    RIGHT: "full marks",
    PARTLY: f"between {LEAST:g} and full marks",
    WRONG: f"below {LEAST:g}",
    NOT_GRADED: "the task has no reward",
}


@dataclass(frozen=True)
class Embedded:
    data: str
    prompts: int
    of_prompts: int
    answers: int

    @property
    def summary(self) -> str:
        return f"{self.prompts:,} of {self.of_prompts:,} prompts with {self.answers:,} answers"


def grade(score: float | None) -> str:
    """One of GRADES for a score."""
    if score is None:
        return NOT_GRADED
    return RIGHT if score >= 1 - SCORE_TOLERANCE else WRONG if score < LEAST else PARTLY


def embed(answers: Mapping[str, Sequence[Row]], models: Sequence[Model], *, limit: int) -> Embedded:
    """As many prompts as fit into `limit` bytes, each with the answers of all models that have one."""
    by_model = {model.key: {(row["task"], row["id"]): row for row in answers.get(model.key, ())} for model in models}
    keys = sorted({key for rows in by_model.values() for key in rows})
    entries: list[str] = []
    used = count = 0
    for key in _in_turns(keys):
        rows = [(place, by_model[model.key][key]) for place, model in enumerate(models) if key in by_model[model.key]]
        entry = _json(
            {
                "task": key[0],
                "prompt": _short(rows[0][1]["prompt"]),
                "gold": None if rows[0][1]["gold"] is None else _short(rows[0][1]["gold"]),
                "answers": [[place, _short(row["answer"]), _rounded(row["score"]), grade(row["score"])] for place, row in rows],
            }
        )
        size = len(entry.encode()) + 1
        if used + size > limit:
            break
        entries.append(entry)
        used, count = used + size, count + len(rows)
    names = _json([{"name": model.name, "tone": model.tone} for model in models])
    data = f'{{"models":{names},"prompts":[{",".join(entries)}]}}'
    return Embedded(data, len(entries), len(keys), count)


def _in_turns(keys: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    by_task: dict[str, list[tuple[str, str]]] = {}
    for key in keys:
        by_task.setdefault(key[0], []).append(key)
    for turn in zip_longest(*by_task.values()):
        yield from (key for key in turn if key is not None)


def _json(value: Any) -> str:
    """Compact JSON without characters that could end or open an element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _short(text: Any) -> str:
    seen = legible(text)
    return seen if len(seen) <= LONGEST else f"{seen[:LONGEST]} … and {len(seen) - LONGEST:,} more characters"


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 3)
