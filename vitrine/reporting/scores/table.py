"""A benchmark's results as Markdown tables, with the controls beside the scores.

print(table(read_board(Path("metrics/benchmark.json"))))      # `vitrine scores`: all models and controls

| | base | SFT | GRPO | GRPO − SFT | constant | nearest | SFT shuffled | GRPO shuffled |

print(summary(read_board(Path("metrics/benchmark.json"))))    # the README: trained models, the best baseline, shuffled replies

| | prompts | SFT | GRPO | GRPO − SFT | best baseline | SFT shuffled |
"""

from collections.abc import Mapping, Sequence
from typing import Any

from vitrine.evaluation.scores.scoreboard import OVERALL
from vitrine.reporting.scores.models import models_of
from vitrine.reporting.verdicts import BASELINE, CONSTANT, COPY, MAJORITY, SHOWN, controls, outcome, overall

Board = Mapping[str, Any]
BASELINES = {CONSTANT: "constant", BASELINE: "nearest", MAJORITY: "majority", COPY: "copy"}  # equal scores: the first one


def table(board: Board) -> str:
    """Rows: overall, each graded task, sampled. Columns: all models, the last model's gain over the one before, the controls."""
    names, (before, last), trained = _models(board)
    gain = [f"{names[last]} − {names[before]}"] if before != last else []
    head = ["", *names.values(), *gain, "constant", "nearest", *(f"{names[model]} shuffled" for model in trained)]
    rows = [head, ["---"] * len(head)]
    for task in (OVERALL, *graded_tasks(board)):
        own = task_controls(board, task)
        rows.append(
            [
                _title(task),
                *(_score(scores(board, model, task)) for model in names),
                *([_gain(board, before, last, task, "greedy")] if gain else []),
                *(_number(own[name]) for name in (CONSTANT, BASELINE)),
                *(_number(own["shuffled"][model]) for model in trained),
            ]
        )
    sampled = [board["models"][model]["overall"].get("sampled") for model in names]
    if any(value is not None for value in sampled):
        tail = [_gain(board, before, last, OVERALL, "sampled")] if gain else []
        rows.append(["overall, sampled", *map(_number, sampled), *tail, *[""] * (2 + len(trained))])
    return _markdown(rows)


def summary(board: Board) -> str:
    """Rows: overall, each graded task. Columns: trained models, the last one's gain, best baseline, the first model shuffled."""
    names, (before, last), trained = _models(board)
    gain = [f"{names[last]} − {names[before]}"] if before != last else []
    head = ["", "prompts", *(names[model] for model in trained), *gain, "best baseline", f"{names[trained[0]]} shuffled"]
    rows = [head, ["---"] * len(head)]
    for task in (OVERALL, *graded_tasks(board)):
        best = best_baseline(board, task)
        rows.append(
            [
                _title(task),
                str(scores(board, last, task)["n"]),
                *(_score(scores(board, model, task)) for model in trained),
                *([_gain(board, before, last, task, "greedy")] if gain else []),
                f"{best[1]:.3f} ({best[0]})" if best else "",
                _number(task_controls(board, task)["shuffled"][trained[0]]),
            ]
        )
    return _markdown(rows)


def graded_tasks(board: Board) -> list[str]:
    last = board["models"][models_of(board)[-1].key]
    return [task for task, own in sorted(last["tasks"].items()) if own["score"] is not None]


def scores(board: Board, model: str, task: str) -> Mapping[str, Any]:
    """The scores of a model: of a task, or overall."""
    own: Mapping[str, Any] = board["models"][model]
    result: Mapping[str, Any] = own["overall"] if task == OVERALL else own["tasks"][task]
    return result


def task_controls(board: Board, task: str) -> dict[str, Any]:
    """The controls of a task, or their means over all tasks."""
    return overall(board) if task == OVERALL else controls(board, task)


def best_baseline(board: Board, task: str) -> tuple[str, float] | None:
    """The name and score of the best control that needs no model; None if the board has none."""
    own = task_controls(board, task)
    known = [(name, float(own[key])) for key, name in BASELINES.items() if own.get(key) is not None]
    return max(known, key=lambda named: named[1]) if known else None


def _models(board: Board) -> tuple[dict[str, str], tuple[str, str], list[str]]:
    """Names by model, the last two models (of one model: it twice), and the trained ones."""
    names = {model.key: "base" if model.key == "base" else model.name for model in models_of(board)}
    keys = list(names)
    return names, (keys[-2:][0], keys[-1]), keys[1:] or keys


def _title(task: str) -> str:
    return "**overall**" if task == OVERALL else f"`{task}`"


def _score(own: Mapping[str, Any]) -> str:
    return f"{own['score']:.3f} [{own['low']:.3f}, {own['high']:.3f}]"


def _gain(board: Board, before: str, last: str, task: str, decoding: str) -> str:
    wanted = {"better": last, "than": before, "task": task, "decoding": decoding}
    row = next((row for row in board["differences"] if wanted.items() <= row.items()), None)
    if row is None:
        return ""
    text, word = f"{row['mean']:+.3f} [{row['low']:.3f}, {row['high']:.3f}]", outcome(row)
    return f"**{text}**" if word == SHOWN else f"{text}, {word}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
