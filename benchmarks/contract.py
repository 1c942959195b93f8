"""What each reward pays without reading the prompt, beside what an honest weak answer earns.

python -m benchmarks.contract                           # all graded tasks, a small generated sample: a minute
python -m benchmarks.contract --tasks extract churn

weak            the gold reply with a third of what must be read wrong or missing (tests/tasks/weak.py)
shuffled_gold   gold replies of other examples, each label counted equally
best_cheat      the known cheat that earns most, each label counted equally, and its name
constant        the gold reply that earns most as the answer to every prompt, labels as frequent as they are

The lines are a Markdown table, as it stands in docs/rewards.md; the last line is one JSON object.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.conftest import sample
from tests.tasks import cheats as library
from tests.tasks import weak
from vitrine.tasks import GRADED, TASKS

LONGEST = 50  # characters of a cheat or a constant that is shown in the table
COLUMNS = {"weak": "", "shuffled_gold": "", "best_cheat": "cheat", "constant": "reply"}  # a figure, and what earns it


def _cell(found: dict[str, Any], key: str) -> str:
    what = found.get(COLUMNS[key], "")
    return f" {found[key]:.2f}{f' ({what})' if 0 < len(what) < LONGEST else ''} "


def figures(cases: list[library.Case]) -> dict[str, Any]:
    cheats = {
        name: weak.balanced_mean(cases, [case.score(say(case)) for case in cases])
        for name, say in library.cheats(cases[0].task).items()
    }
    best = max(cheats, key=lambda name: cheats[name])
    reply, constant = weak.best_constant(cases)
    return {
        "weak": weak.balanced_mean(cases, [weak.weak_score(case) for case in cases]),
        "shuffled_gold": weak.shuffled_gold(cases),
        "best_cheat": cheats[best],
        "constant": constant,
        "cheat": best,
        "reply": reply,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=GRADED, default=GRADED)
    parser.add_argument("--examples", type=int, default=40, help="of each task")
    asked = parser.parse_args()
    found: dict[str, Any] = {}
    print("| task | weak answer | gold shuffled | best known cheat | best constant |\n|---|---|---|---|---|")
    with TemporaryDirectory() as folder:
        places = sample(Path(folder))
        for name in asked.tasks:
            examples = TASKS[name].examples(places, limit=asked.examples, seed=7)
            cases = library.cases(TASKS[name], examples, asked.examples)
            found[name] = {key: round(value, 3) if isinstance(value, float) else value for key, value in figures(cases).items()}
            print("|".join(["", f" `{name}` ", *(_cell(found[name], key) for key in COLUMNS), ""]), flush=True)
    print(json.dumps({"examples": asked.examples, "tasks": found}, ensure_ascii=False))


if __name__ == "__main__":
    main()
