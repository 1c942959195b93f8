"""ECInstruct's rows as examples, in the splits that the publisher chose.

    one of `examples(clean, "PRP", limit=600, seed=7)`:
    {"id": "dataset:17", "entity": <the input>, "side": "test", "ood": False, "instruction": "Pick the option …", "output": "B",
     "input": '{"Product 1:": …}', "options": '["A: …", "B: …"]', "fields": {"Product 1:": …}, "option_list": ["A: …", "B: …"]}

Only the settings IND_ and OOD_Diverse_Instruction are used: the other settings repeat the same examples with other instructions.
A file without a setting column counts as one of them. An input that occurs in several splits stays in the first of test,
validation, train.

If there are more rows than `limit`, each split keeps its share. In classification tasks, training rows are balanced by class as
far as possible: with one class at 83 % of the rows a model would learn to always predict it. Test rows are not balanced.
"""

import ast
import json
import re
from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.facts import sample
from vitrine.tables.published.ecinstruct import INSTRUCTIONS

PUBLISHED = r"^(?:IND|OOD)_Diverse_Instruction$"
# Published split: ours. An input in several of them is taken from the first.
SPLITS = {"test": "test", "val": "validation", "train": "train"}
CLASS_TASKS = ("PRP", "SA", "MPC", "PM", "PSI", "AP")
LETTER_TASKS = ("PRP", "SA", "SR", "MPC")  # the answer is the letter of an option
PLAIN_TEXT_TASKS = ("SA", "SR")  # the input is not a JSON object
QUESTION_TASKS = ("AP", "AG")
CLUSTER_FIELD = {"AP": "document", "AG": "document", "MPC": "query", "PSI": "query"}  # shared by several inputs
VALUE_KEYS = {"attribute", "value", "source"}
OPTION = re.compile(r"([A-Z])\s*:")


def examples(clean: Path, task: str, *, limit: int, seed: int, answer: str | None = None) -> list[dict[str, Any]]:
    """Up to `limit` examples of a task, given by its short name; with `answer`, only those with that output."""
    rows = _published(clean, task)
    if answer is not None:
        rows = rows.filter(pl.col("output").str.to_lowercase() == answer)
    answer_class = pl.col("output").str.head(1).str.to_lowercase() if task in CLASS_TASKS else pl.lit("")
    ids = _chosen(rows.select("id", "side", "ood", answer_class.alias("class")).collect(), limit, seed).select("id")
    chosen = rows.filter(pl.col("id").is_in(ids["id"].implode())).collect()
    examples = (_read(row, task) for row in ids.join(chosen, on="id", how="left", maintain_order="left").iter_rows(named=True))
    return [example for example in examples if example]


def questions(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Answered questions (AG); for every two of them one question that the document does not answer (AP, "no")."""
    answered = examples(clean, "AG", limit=limit - limit // 3, seed=seed)
    unanswerable = examples(clean, "AP", limit=min(limit // 3, len(answered) // 2), seed=seed, answer="no")
    rows = [example | {"answer": example["output"]} for example in answered]
    rows += [example | {"answer": None} for example in unanswerable]
    order = pl.DataFrame({"index": range(len(rows))}).sample(fraction=1.0, shuffle=True, seed=seed)
    return [rows[index] for index in order["index"]]


def _published(clean: Path, task: str) -> pl.LazyFrame:
    """A task's published rows, each input once."""
    rank = pl.col("split").replace_strict({split: rank for rank, split in enumerate(SPLITS)}, return_dtype=pl.Int8)
    return (
        tables.scan(clean / "ecinstruct" / "instructions.parquet", INSTRUCTIONS)
        .filter(pl.col("task") == task, pl.col("setting").is_null() | pl.col("setting").str.contains(PUBLISHED))
        .with_columns(ood=pl.col("setting").str.starts_with("OOD").fill_null(False), side=pl.col("split").replace(SPLITS))
        .sort(rank, "id")
        .unique(["input", "options"], keep="first", maintain_order=True)
    )


def _chosen(keys: pl.DataFrame, limit: int, seed: int) -> pl.DataFrame:
    """The rows to keep, up to `limit`: each split keeps its share; training and validation take the classes in turn."""
    splits = keys.group_by("side", "ood").len("size").sort("side", "ood")
    shares = sample.allocate(splits["size"].to_list(), min(limit, keys.height)) if keys.height else []
    quotas = splits.with_columns(share=pl.Series(shares, dtype=pl.Int64))
    turn = pl.when(pl.col("side") == "test").then(0).otherwise(pl.int_range(pl.len()).over("side", "class"))
    shuffled = sample.shuffled(keys, key="id", seed=seed).with_row_index("place")
    joined = shuffled.sort(turn, "place").join(quotas, on=["side", "ood"], how="left", maintain_order="left")
    return joined.filter(pl.int_range(pl.len()).over("side", "ood") < pl.col("share")).sort("place")


def _read(row: dict[str, Any], task: str) -> dict[str, Any] | None:
    """The example with its JSON parsed; None if the row lacks what its task needs."""
    option_list, fields = _literal(row["options"]), {} if task in PLAIN_TEXT_TASKS else _literal(row["input"])
    values = _literal(row["output"]) if task == "AVE" else None
    valid = {
        **dict.fromkeys(LETTER_TASKS, _lettered(option_list, row["output"])),
        "AVE": isinstance(values, list) and bool(values) and all(isinstance(v, dict) and v.keys() >= VALUE_KEYS for v in values),
        "QPR": _permutation(row["output"]),
        **dict.fromkeys(QUESTION_TASKS, isinstance(fields, dict) and {"question", "document"} <= fields.keys()),
    }
    if not isinstance(fields, dict) or not valid.get(task, True):
        return None
    example = {name: row[name] for name in ("id", "side", "ood", "instruction", "input", "options", "output")}
    shared = fields.get(CLUSTER_FIELD.get(task, ""))
    cluster = row["input"] if shared is None else json.dumps(shared, ensure_ascii=False)
    return example | {"entity": row["input"], "cluster": cluster, "option_list": option_list, "fields": fields, "values": values}


def _literal(text: str | None) -> Any:
    """Parse JSON or, as some of these texts are, a Python literal; None if it is neither."""
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text or "null")
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def _lettered(options: Any, output: str) -> bool:
    """Whether the options are lettered A, B, C and so on, and the output begins with one of their letters."""
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        return False
    letters = [match[1] if (match := OPTION.match(option)) else "" for option in options]
    return letters == _letters(len(options)) and output[:1] in letters


def _permutation(output: str) -> bool:
    letters = sorted(letter.strip() for letter in output.split(","))
    return letters == _letters(len(letters))


def _letters(count: int) -> list[str]:
    return [chr(ord("A") + index) for index in range(count)]
