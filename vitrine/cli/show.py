"""vitrine show: one row's way through the pipeline."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vitrine.cli.checkout import checkout, param, read_params
from vitrine.errors import VitrineError

SPLITS = ("train", "validation", "test")
KEYS = ("id", "uid", "asin")  # the last word of a column that names rows
LONGEST = 1000  # characters of the facts
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def add_parser(commands: Any) -> None:
    command = commands.add_parser("show", help="one row's way: source, tokens, gold, replies", description=show.__doc__)
    command.add_argument("id", metavar="ID", help="of a chat row, such as sentiment:6d71…; its beginning is enough")
    command.add_argument("--task", help="only rows of this task; the ID may then leave out the task")
    command.add_argument(
        "--model", type=Path, metavar="FOLDER", help="whose tokenizer cuts the row; models/sft, else models/base"
    )
    command.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="auto: in a terminal")
    command.set_defaults(run=show)


def show(chosen: argparse.Namespace) -> int:
    """Print a row's source, messages, tokens (the learned ones marked) and gold reply, and each model's reply with its reward."""
    root = checkout(Path.cwd())
    params = read_params(root / "params.yaml")
    colour = chosen.color == "always" or (chosen.color == "auto" and sys.stdout.isatty())
    split, row = find_row(root / param(params, "paths.chat", "data/chat"), chosen.id, chosen.task)
    for title, lines in (
        (f"{row['id']} · {split} split", [f"task {row['task']}, entity {row['entity']}, cluster {row['cluster']}"]),
        ("source", list(source_lines(root / param(params, "paths.clean", "data/clean"), row))),
        ("messages", [f"{message['role']}: {message['content']}" for message in row["messages"]]),
        ("tokens", list(token_lines(root, params, row, chosen.model, colour))),
        ("gold reply", [row["gold"] if row["gold"] is not None else "none: the task is graded without one"]),
        ("facts for the grader", [shortened(row["facts"])]),
        ("replies", list(reply_lines(root / param(params, "benchmark.answers", "data/answers"), row, split))),
    ):
        print(f"{BOLD}{title}{PLAIN}" if colour else f"== {title}")
        print("\n".join(legible(line) if title != "tokens" else line for line in lines), end="\n\n")
    return 0


def find_row(chat: Path, wanted: str, task: str | None) -> tuple[str, dict[str, Any]]:
    """The split and the row with this id, or the only one whose id begins with it."""
    from vitrine import tables
    from vitrine.tables.chat import CHAT

    names = [wanted, f"{task}:{wanted}"] if task else [wanted]
    begins: list[tuple[str, dict[str, Any]]] = []
    for split in SPLITS:
        if not (chat / f"{split}.parquet").exists():
            continue
        for row in tables.read(chat / f"{split}.parquet", CHAT):
            if task and row["task"] != task:
                continue
            if row["id"] in names:
                return split, row
            if row["id"].startswith(tuple(names)):
                begins.append((split, row))
    if len(begins) == 1:
        return begins[0]
    if begins:
        some = ", ".join(row["id"] for _, row in begins[:3])
        more = "" if task else ", or --task"
        raise VitrineError(f"{len(begins)} rows begin with {wanted}, such as {some}: write more of the id{more}")
    if not any((chat / f"{split}.parquet").exists() for split in SPLITS):
        raise VitrineError(f"{chat} has no rows yet: run `dvc repro format`, or `dvc pull` to get a colleague's")
    where = f" of task {task}" if task else ""
    raise VitrineError(f"no row{where} in {chat} has the id {wanted}: data/answers and the report show ids")


def source_lines(clean: Path, row: dict[str, Any]) -> Iterator[str]:
    """The cleaned rows of the task's sources that have a part of the row's id as their key."""
    import polars as pl

    from vitrine.tasks import TASKS

    keys = [key for key in row["id"].partition(":")[2].split(":") if key]
    if len(keys) > 1 and not all(len(key) >= 8 for key in keys):
        keys = [":".join(keys)]  # a question's name and its values, not the keys of rows
    found = False
    for source in TASKS[row["task"]].sources if row["task"] in TASKS else ():
        for file in sorted((clean / source).glob("*.parquet")):
            schema = pl.read_parquet_schema(file)
            own = next((name for name, kind in schema.items() if kind == pl.String and name.rpartition("_")[2] in KEYS), None)
            if own is None or file.stem == "quarantine":
                continue
            for hit in pl.scan_parquet(file).filter(pl.col(own).is_in(keys)).head(3).collect().to_dicts():
                found = True
                yield f"{source}/{file.name}: {json.dumps(hit, ensure_ascii=False, default=str)}"
    if not found:
        yield "not one row: the example is made from several, or the cleaned tables are not on this machine"


def token_lines(root: Path, params: dict[str, Any], row: dict[str, Any], model: Path | None, colour: bool) -> Iterator[str]:
    """The row as its model reads it. The reply and its stop token are marked."""
    folders = [model] if model else [root / param(params, f"{stage}.model", f"models/{stage}") for stage in ("sft", "base")]
    folder = next((folder for folder in folders if folder.is_dir()), None)
    if folder is None:
        yield f"{folders[-1]} is not on this machine: `dvc repro base` or `dvc pull base` brings the tokenizer"
        return
    from vitrine.chat.mask import encode
    from vitrine.chat.paint import paint
    from vitrine.lm.tokenizer import load

    tokenizer = load(folder)
    chat = encode(tokenizer, row["messages"], row["gold"] or "")
    end = len(chat.ids) if row["gold"] is not None else chat.prompt
    learned = f"{end - chat.prompt} learned, {'green' if colour else 'between ⟦ and ⟧'}" if end > chat.prompt else "none learned"
    yield f"{folder}: {end} tokens, {learned}" + ("" if chat.is_prefix else "; the prompt alone has other tokens")
    yield paint([tokenizer.decode([token]) for token in chat.ids[:end]], learned_from=chat.prompt, colour=colour)


def reply_lines(answers: Path, row: dict[str, Any], split: str) -> Iterator[str]:
    """Each model's reply with its score and the parts of it."""
    from vitrine import tables
    from vitrine.tables.answers import ANSWERS

    found = False
    order = {"base": 0, "sft": 1, "grpo": 2}
    for file in sorted(answers.glob("*.parquet"), key=lambda file: (order.get(file.stem, 3), file.stem)):
        for answer in tables.read(file, ANSWERS):
            if (answer["task"], answer["id"]) != (row["task"], row["id"]):
                continue
            found = True
            score = "not graded" if answer["score"] is None else f"score {answer['score']:.3f}"
            yield f"{file.stem}: {answer['answer']}"
            yield f"  {score}, {answer['tokens']} tokens"
            parts = json.loads(answer["components"] or "{}")
            if parts:
                yield "  " + ", ".join(f"{name} {value:.3g}" for name, value in parts.items())
    if not found:
        yield "none: " + ("run `dvc repro benchmark`" if split == "test" else "only rows of the test split are answered")


def shortened(text: str) -> str:
    left = len(text) - LONGEST
    return text if left <= 0 else f"{text[:LONGEST]} … and {left:,} more characters"


def legible(text: str) -> str:
    from vitrine.chat.paint import safe

    return safe(text)
