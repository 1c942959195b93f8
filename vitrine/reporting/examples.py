"""Which answers the report shows: the choice is deterministic and includes bad answers.

choose({"sft": rows, "grpo": rows}, count=3)
# per task: the prompt where grpo gained most over sft, the one where it lost most, one typical
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Row = Mapping[str, Any]
LONGEST = 20_000  # characters of one text; a model that never stops would otherwise make a page too large to load
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Example:
    """One prompt with each model's answer, and why it is shown."""

    task: str
    why: str
    prompt: str
    gold: str | None
    answers: Mapping[str, Row]


def choose(answers: Mapping[str, Sequence[Row]], names: Mapping[str, str], *, count: int) -> list[Example]:
    """Up to `count` prompts for each task that every model answered. The last model is compared with the one before it."""
    by_model = {model: {(row["task"], row["id"]): row for row in rows} for model, rows in answers.items()}
    if not by_model or count < 1:
        return []
    shared = sorted(set.intersection(*(set(rows) for rows in by_model.values())))
    models = list(by_model)
    last, before = models[-1], models[-2] if len(models) > 1 else None
    examples = []
    for task in sorted({task for task, _ in shared}):
        keys = [key for key in shared if key[0] == task]
        graded = [key for key in keys if all(by_model[model][key]["score"] is not None for model in models)]
        if not graded:
            picked = [(key, "Not graded") for key in keys[:count]]
        else:
            score = {key: by_model[last][key]["score"] for key in graded}
            gain = {key: score[key] - by_model[before][key]["score"] for key in graded} if before else score
            picked = _pick(gain, score, names[last], names[before] if before else "", count)
        for key, why in picked:
            row = by_model[last][key]
            examples.append(Example(task, why, row["prompt"], row["gold"], {model: by_model[model][key] for model in models}))
    return examples


def _pick(
    gain: Mapping[tuple[str, str], float], score: Mapping[tuple[str, str], float], last: str, before: str, count: int
) -> list[tuple[tuple[str, str], str]]:
    """The best, the worst and a typical prompt; then more from both ends in turn. The smallest id wins a tie."""
    middle = median(gain.values()), median(score.values())
    typical = min(gain, key=lambda key: (abs(gain[key] - middle[0]) + abs(score[key] - middle[1]), key))
    falling = sorted(gain, key=lambda key: (-gain[key], key))
    rising = sorted(gain, key=lambda key: (gain[key], key))
    order = [falling[0], rising[0], typical]
    for high, low in zip(falling[1:], rising[1:], strict=True):
        order += [high, low]
    picked = []
    for key in dict.fromkeys(order):
        if key == typical:
            why = "Typical of this task"
        elif not before:
            why = f"{last} scores {'high' if score[key] >= middle[1] else 'low'} here"
        elif gain[key] == 0:
            why = f"{last} scores as {before} does"
        else:
            extent = (
                "Largest gain"
                if key == falling[0]
                else "Largest loss"
                if key == rising[0]
                else "Gain"
                if gain[key] > 0
                else "Loss"
            )
            why = f"{extent} of {last} against {before}: {abs(gain[key]):.2f}"
        picked.append((key, why))
    return picked[:count]


def legible(text: Any) -> str:
    """Any text as visible characters. The template escapes it for HTML.

    Control characters become their pictures. Characters that reorder text or are invalid become their code points.
    """
    readable = "" if text is None else text if isinstance(text, str) else json.dumps(text, ensure_ascii=False, default=str)
    readable = readable.replace("\r\n", "\n")
    cut = len(readable) - LONGEST
    if cut > 0:
        readable = f"{readable[:LONGEST]} … and {cut:,} more characters"
    return "".join(map(_seen, readable))


def _seen(character: str) -> str:
    code = ord(character)
    if character in "\n\t":
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    if character in BIDI or unicodedata.category(character) in {"Cc", "Cs", "Cn", "Co"}:
        return f"⟨U+{code:04X}⟩"
    return character
