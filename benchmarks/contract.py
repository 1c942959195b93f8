"""What each reward pays without reading the prompt, beside what an honest weak answer earns.

python -m benchmarks.contract                           # all graded tasks, a small generated sample: a minute
python -m benchmarks.contract --tasks extract --examples 400

weak            the gold reply with a third of what must be read wrong or missing (tests/tasks/weak.py)
shuffled_gold   gold replies of other examples, each label counted equally
best_cheat      the known cheat that earns most, each label counted equally, and its name
constant        the gold reply that earns most as the answer to every prompt, labels as frequent as they are
natural         `weak` and `best_cheat` again, labels as frequent as they are: a cheat that guesses a frequent label gains here.
                The contract does not cover this case, so the figure is published.

The lines are a Markdown table; the last line is one JSON object, from which `vitrine readme` writes the table of docs/rewards.md.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

from tests.conftest import sample
from tests.tasks import cheats as library
from tests.tasks import weak
from vitrine.readme import SHORT_TEXT
from vitrine.tasks import GRADED, TASKS

COLUMNS = {"weak": "", "shuffled_gold": "", "best_cheat": "cheat", "constant": "reply"}  # a figure, and what earns it
Mean = Callable[[list[library.Case], list[float]], float]


def figures(cases: list[library.Case]) -> dict[str, Any]:
    cheats = {name: [case.score(reply(case)) for case in cases] for name, reply in library.cheats(cases[0].task).items()}
    honest = [weak.weak_score(case) for case in cases]
    reply, constant = weak.best_constant(cases)
    return {
        **_weak_and_cheat(cases, honest, cheats, weak.balanced_mean),
        "shuffled_gold": round(weak.shuffled_gold(cases), 3),
        "constant": round(constant, 3),
        "reply": reply,
        "natural": _weak_and_cheat(cases, honest, cheats, lambda _, scores: fmean(scores)),
    }


def _weak_and_cheat(
    cases: list[library.Case], honest: list[float], cheats: dict[str, list[float]], mean: Mean
) -> dict[str, float | str]:
    means = {name: mean(cases, scores) for name, scores in cheats.items()}
    best = max(means, key=lambda name: means[name])
    return {"weak": round(mean(cases, honest), 3), "best_cheat": round(means[best], 3), "cheat": best}


def _cells(row: dict[str, Any]) -> list[str]:
    cells = []
    for key, source in COLUMNS.items():
        earner = row.get(source, "")
        cells.append(f" {row[key]:.2f}{f' ({earner})' if 0 < len(earner) < SHORT_TEXT else ''} ")
    return [*cells, f" {row['natural']['best_cheat']:.2f} ({row['natural']['weak']:.2f}) "]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", choices=GRADED, default=GRADED)
    parser.add_argument("--examples", type=int, default=40, help="of each task")
    args = parser.parse_args()
    tasks: dict[str, Any] = {}
    print("| task | weak answer | gold shuffled | best known cheat | best constant | natural shares: best cheat (weak) |")
    print("|---|---|---|---|---|---|")
    with TemporaryDirectory() as folder:
        places = sample(Path(folder))
        for name in args.tasks:
            examples = TASKS[name].examples(places, limit=args.examples, seed=7)
            cases = library.cases(TASKS[name], examples, args.examples)
            tasks[name] = figures(cases)
            print("|".join(["", f" `{name}` ", *_cells(tasks[name]), ""]), flush=True)
    print(json.dumps({"examples": args.examples, "tasks": tasks}, ensure_ascii=False))


if __name__ == "__main__":
    main()
