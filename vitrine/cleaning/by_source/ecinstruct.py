"""Rules for ECInstruct: the ten tasks under their short names, missing fields as null, and only outputs that are answers.

    rules(options)["instructions"]      # task PM; input {"title": "…", "price": null}

Most inputs are JSON texts and stay JSON: the treatment of a plain review would break them. As published, an example occurs in
several settings and splits; only within one setting and split is it a repeat.
"""

import json
from collections.abc import Callable
from typing import Any, Literal

import polars as pl
from pydantic import Field

from vitrine.cleaning.json_text import map_strings, nan_to_null, strip_markup
from vitrine.cleaning.personal_data import count_placeholders, redact
from vitrine.cleaning.rules import Rules, lengths
from vitrine.cleaning.text import tidy_text
from vitrine.settings import Settings
from vitrine.tables.published.ecinstruct import ALSO_CALLED, INSTRUCTIONS, SPLITS, TASKS

KNOWN = {code: code for code in TASKS} | {name: code for code, name in TASKS.items()} | ALSO_CALLED
MISSING = ("", "nan", "NaN", "null", "None")
PARTS = ("input", "options", "output")
LISTED = r"^\s*\[['\"]"  # Python writes these lists, with ' around a text
APOSTROPHE = r"&(?:amp;)*(?:apos|#0*39|#[xX]0*27);"
LETTER = r"^[A-Z](?::|$)"
YES_OR_NO = r"(?i)^(?:yes|no)$"
ANSWERS = dict.fromkeys(("PRP", "SA", "SR", "MPC"), LETTER) | dict.fromkeys(("PM", "PSI", "AP"), YES_OR_NO)
ANSWERS |= {"AVE": r"^\[.*\]$", "QPR": r"^[A-Z](?:, ?[A-Z])*$"}


class Options(Settings):
    # treatments of all texts; a JSON text becomes one line even without them
    texts: tuple[Literal["entities", "tags", "urls", "control", "blanks"], ...] = (
        "entities",
        "tags",
        "urls",
        "control",
        "blanks",
    )
    personal_data: tuple[Literal["email", "phone", "card"], ...]  # the kinds that cannot match across two JSON strings
    min_chars: int = Field(ge=0)  # of an output
    max_chars: int | None = Field(ge=1)


def rules(options: Options) -> dict[str, Rules]:
    treatments = options.texts

    def in_json(text: pl.Expr) -> pl.Expr:
        entities = tidy_text(text, ["entities"]) if "entities" in treatments else text
        return redact(strip_markup(entities, tags="tags" in treatments, urls="urls" in treatments), options.personal_data)

    def text(column: str) -> pl.Expr:
        raw = pl.col(column)
        listed = pl.when(raw.str.contains(LISTED)).then(raw.str.replace_all(APOSTROPHE, "’")).otherwise(raw)
        is_json = raw.str.contains(r"^\s*[\[{]")
        in_strings = nan_to_null(map_strings(pl.when(is_json).then(listed), in_json))
        plain = redact(tidy_text(pl.when(~is_json).then(raw), treatments), options.personal_data)
        return pl.coalesce(in_strings, plain)

    def tidy(rows: pl.LazyFrame) -> pl.LazyFrame:
        optional = ("options", "few_shot_example", "setting")
        present = [pl.when(~pl.col(name).is_in(MISSING)).then(pl.col(name)).alias(name) for name in optional]
        split = pl.col("split").replace({"validation": "val"})
        task = pl.col("task").replace_strict(KNOWN, default=None, return_dtype=pl.String)
        rows = rows.with_columns(*present, task=task, split=split, instruction=tidy_text(pl.col("instruction"), treatments))
        texts = [text(name).alias(name) for name in PARTS]
        shots = pl.col("few_shot_example").map_batches(lambda shots: _shots(shots, text), return_dtype=pl.String)
        return rows.with_columns(*texts, few_shot_example=shots).with_columns(
            pl.col("instruction", "input", "output").fill_null("")
        )

    output = pl.col("output")
    no_answer = [
        (f"output is no answer to {task}", (pl.col("task") == task) & ~output.str.contains(form))
        for task, form in ANSWERS.items()
    ]
    key = ["task", "split", "setting", "instruction", "input", "options"]
    instructions = Rules(
        raw=INSTRUCTIONS,
        output=INSTRUCTIONS,
        id=["id"],
        tidy=tidy,
        aside=[
            ("task is not one of the ten", pl.col("task").is_null()),
            (f"split is not {', '.join(SPLITS)}", pl.col("split").is_null() | ~pl.col("split").is_in(SPLITS)),
            ("instruction is empty", pl.col("instruction") == ""),
            ("input is empty", pl.col("input").is_in(MISSING)),
            ("output is missing", output.is_in(["", "nan", "NaN"])),
            *no_answer,
            *lengths("output", options.min_chars, options.max_chars),
        ],
        unique=[("instruction and input stand in an earlier row of its split", [pl.col(name) for name in key])],
        counts={
            "redacted": count_placeholders(pl.col("input")).sum() + count_placeholders(output).sum(),
            "missing_fields": pl.col("input").str.count_matches('": null', literal=True).sum(),
        },
    )
    return {"instructions": instructions}


def _shots(shots: pl.Series, text: Callable[[str], pl.Expr]) -> pl.Series:
    """Solved examples, which are JSON that holds JSON: each part is treated like a text of its own. Few rows have one."""
    present = shots.drop_nulls()
    if present.is_empty():
        return shots
    parsed = [_parts(shot) for shot in present]
    frame = pl.DataFrame(parsed, schema=dict.fromkeys(PARTS, pl.String)).select(text(name).alias(name) for name in PARTS)
    written = [
        json.dumps({name: part for name, part in row.items() if part is not None}, ensure_ascii=False) for row in frame.to_dicts()
    ]
    return shots.scatter(shots.is_not_null().arg_true(), pl.Series(written, dtype=pl.String))


def _parts(shot: str) -> dict[str, str | None]:
    """Input, options and output of a solved example. A text that is no JSON object counts as an input."""
    try:
        parsed: Any = json.loads(shot)
    except (ValueError, RecursionError):  # JSONDecodeError, or a number of thousands of digits
        parsed = shot
    if not isinstance(parsed, dict):
        return {"input": shot}
    return {name: parsed[name] for name in PARTS if isinstance(parsed.get(name), str)}
