"""ECInstruct's rows as examples, on the sides that their publisher put them.

    one of `examples(clean, "PRP", limit=600, seed=7)`:
    {"id": "dataset:17", "entity": <the input>, "side": "test", "ood": False, "instruction": "Pick the option …", "output": "B",
     "input": '{"Product 1:": …}', "options": '["A: …", "B: …"]', "fields": {"Product 1:": …}, "option_list": ["A: …", "B: …"]}

The published rows are those of the settings IND_ and OOD_Diverse_Instruction: the other settings word the same examples again.
A file that names no setting holds one of them. An input stands on one side, test before validation before train.

Of more rows than are asked for, each side keeps its share. Where the answer is one of few, train takes them in turn, as far as
there are rows: a class that makes up 83 % of the rows would teach a model to say nothing else. Test stays as it was published.
"""

import ast
import json
import re
from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.splits import sample
from vitrine.tables.published.ecinstruct import INSTRUCTIONS

PUBLISHED = r"^(?:IND|OOD)_Diverse_Instruction$"
SIDES = {"test": "test", "val": "validation", "train": "train"}  # an input that stands on two is taken from the first
ONE_OF_FEW = ("PRP", "SA", "MPC", "PM", "PSI", "AP")
CHOSEN = ("PRP", "SA", "SR", "MPC")  # from options with letters
PLAIN = ("SA", "SR")  # inputs that are no JSON object
ASKED = ("AP", "AG")
SHARED = {"AP": "document", "AG": "document", "MPC": "query", "PSI": "query"}  # stands in several inputs: answers depend on it
VALUE = {"attribute", "value", "source"}
OPTION = re.compile(r"([A-Z])\s*:")


def examples(clean: Path, task: str, *, limit: int, seed: int, answer: str | None = None) -> list[dict[str, Any]]:
    """Up to `limit` examples of a task by its short name; with `answer`, of those whose output is that."""
    found = _published(clean, task)
    if answer is not None:
        found = found.filter(pl.col("output").str.to_lowercase() == answer)
    answer_class = pl.col("output").str.head(1).str.to_lowercase() if task in ONE_OF_FEW else pl.lit("")
    ids = _chosen(found.select("id", "side", "ood", answer_class.alias("class")).collect(), limit, seed).select("id")
    rows = found.filter(pl.col("id").is_in(ids["id"].implode())).collect()
    examples = (_read(row, task) for row in ids.join(rows, on="id", how="left", maintain_order="left").iter_rows(named=True))
    return [example for example in examples if example]


def questions(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Questions with their answer (AG), and for two of them one that the document does not settle (AP, no)."""
    answered = examples(clean, "AG", limit=limit - limit // 3, seed=seed)
    silent = examples(clean, "AP", limit=min(limit // 3, len(answered) // 2), seed=seed, answer="no")
    told = [example | {"answer": example["output"]} for example in answered]
    both = pl.DataFrame({"place": range(len(told) + len(silent))}).sample(fraction=1.0, shuffle=True, seed=seed)
    return [[*told, *(example | {"answer": None} for example in silent)][place] for place in both["place"]]


def _published(clean: Path, task: str) -> pl.LazyFrame:
    """A task's rows, each input once."""
    rank = pl.col("split").replace_strict({split: rank for rank, split in enumerate(SIDES)}, return_dtype=pl.Int8)
    return (
        tables.scan(clean / "ecinstruct" / "instructions.parquet", INSTRUCTIONS)
        .filter(pl.col("task") == task, pl.col("setting").is_null() | pl.col("setting").str.contains(PUBLISHED))
        .with_columns(ood=pl.col("setting").str.starts_with("OOD").fill_null(False), side=pl.col("split").replace(SIDES))
        .sort(rank, "id")
        .unique(["input", "options"], keep="first", maintain_order=True)
    )


def _chosen(keys: pl.DataFrame, limit: int, seed: int) -> pl.DataFrame:
    """Each side's share of `limit` rows; of train's, one of each class after the other."""
    sides = keys.group_by("side", "ood").len("size").sort("side", "ood")
    shares = sample.allocated(sides["size"].to_list(), min(limit, keys.height)) if keys.height else []
    taken = sides.with_columns(share=pl.Series(shares, dtype=pl.Int64))
    turn = pl.when(pl.col("side") == "test").then(0).otherwise(pl.int_range(pl.len()).over("side", "class"))
    shuffled = sample.shuffled(keys, key="id", seed=seed).with_row_index("place")
    joined = shuffled.sort(turn, "place").join(taken, on=["side", "ood"], how="left", maintain_order="left")
    return joined.filter(pl.int_range(pl.len()).over("side", "ood") < pl.col("share")).sort("place")


def _read(row: dict[str, Any], task: str) -> dict[str, Any] | None:
    """The example with its JSON read; None for a row that does not hold what its task needs."""
    listed, told = _literal(row["options"]), {} if task in PLAIN else _literal(row["input"])
    values = _literal(row["output"]) if task == "AVE" else None
    holds = {
        **dict.fromkeys(CHOSEN, _lettered(listed, row["output"])),
        "AVE": isinstance(values, list) and bool(values) and all(isinstance(one, dict) and one.keys() >= VALUE for one in values),
        "QPR": _permutation(row["output"]),
        **dict.fromkeys(ASKED, isinstance(told, dict) and {"question", "document"} <= told.keys()),
    }
    if not isinstance(told, dict) or not holds.get(task, True):
        return None
    example = {name: row[name] for name in ("id", "side", "ood", "instruction", "input", "options", "output")}
    shared = told.get(SHARED.get(task, ""))
    cluster = row["input"] if shared is None else json.dumps(shared, ensure_ascii=False)
    return example | {"entity": row["input"], "cluster": cluster, "option_list": listed, "fields": told, "values": values}


def _literal(text: str | None) -> Any:
    """JSON, or the Python that some of these texts are written as; None for neither."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text or "null")
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def _lettered(listed: Any, output: str) -> bool:
    """Whether these are options A, B, C and so on, and the output begins with one of their letters."""
    if not isinstance(listed, list) or not all(isinstance(option, str) for option in listed):
        return False
    letters = [match[1] if (match := OPTION.match(option)) else "" for option in listed]
    return letters == _letters(len(listed)) and output[:1] in letters


def _permutation(output: str) -> bool:
    named = sorted(letter.strip() for letter in output.split(","))
    return named == _letters(len(named))


def _letters(count: int) -> list[str]:
    return [chr(ord("A") + place) for place in range(count)]
