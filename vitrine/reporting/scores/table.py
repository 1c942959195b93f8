"""A benchmark's results as a Markdown table with the controls beside the scores: the table in the README.

print(table(read_board(Path("metrics/benchmark.json"))))

| | base | SFT | GRPO | GRPO − SFT | constant | nearest | SFT shuffled | GRPO shuffled |
"""

from collections.abc import Mapping
from typing import Any

from vitrine.evaluation.scores.scoreboard import OVERALL
from vitrine.reporting.scores.page import models_of
from vitrine.reporting.verdicts import BASELINE, CONSTANT, SHOWN, controls, overall, said

Board = Mapping[str, Any]


def table(board: Board) -> str:
    """A row overall, one for each graded task, and one for samples; the gain is that of the last model over the one before."""
    models = {model.key: "base" if model.key == "base" else model.name for model in models_of(board)}
    last, trained = list(models)[-2:], list(models)[1:] or list(models)
    gain = f"{models[last[-1]]} − {models[last[0]]}" if len(last) > 1 else ""
    head = [
        "",
        *models.values(),
        *([gain] if gain else []),
        "constant",
        "nearest",
        *(f"{models[one]} shuffled" for one in trained),
    ]
    rows = [head, ["---"] * len(head)]
    tasks = [task for task, own in sorted(board["models"][last[-1]]["tasks"].items()) if own["score"] is not None]
    for task in (OVERALL, *tasks):
        scores = {one: board["models"][one]["overall" if task == OVERALL else "tasks"] for one in models}
        own = scores if task == OVERALL else {one: found[task] for one, found in scores.items()}
        beside = overall(board) if task == OVERALL else controls(board, task)
        rows.append(
            [
                "**overall**" if task == OVERALL else f"`{task}`",
                *(_score(found) for found in own.values()),
                *([_gain(board, last, task, "greedy")] if gain else []),
                *(_number(beside[name]) for name in (CONSTANT, BASELINE)),
                *(_number(beside["shuffled"][one]) for one in trained),
            ]
        )
    sampled = [board["models"][one]["overall"].get("sampled") for one in models]
    if any(value is not None for value in sampled):
        tail = [_gain(board, last, OVERALL, "sampled")] if gain else []
        rows.append(["overall, sampled", *map(_number, sampled), *tail, *[""] * (2 + len(trained))])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _score(found: Mapping[str, Any]) -> str:
    return f"{found['score']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _gain(board: Board, last: list[str], task: str, decoding: str) -> str:
    wanted = {"better": last[1], "than": last[0], "task": task, "decoding": decoding}
    row = next((row for row in board["differences"] if wanted.items() <= row.items()), None)
    if row is None:
        return ""
    text, word = f"{row['mean']:+.3f} [{row['low']:.3f}, {row['high']:.3f}]", said(row)
    return f"**{text}**" if word == SHOWN else f"{text}, {word}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
