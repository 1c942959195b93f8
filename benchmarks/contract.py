"""What each reward pays without reading the prompt, beside what an honest weak answer earns.

python -m benchmarks.contract                           # all graded tasks, a small generated sample: a minute
python -m benchmarks.contract --tasks extract churn

weak            the gold reply with a third of what must be read wrong or missing (tests/tasks/weak.py)
shuffled_gold   gold replies of other examples, each label counted equally
best_cheat      the known cheat that earns most, each label counted equally, and its name
constant        the gold reply that earns most as the answer to every prompt, labels as frequent as they are
                (`flat`: the same with each label counted equally)

The last line is one JSON object.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.conftest import sample
from tests.tasks import cheats as library
from tests.tasks import contract, weak
from vitrine.tasks import GRADED, TASKS


def figures(cases: list[library.Case]) -> dict[str, Any]:
    cheats = {
        name: weak.balanced_mean(cases, [case.score(say(case)) for case in cases])
        for name, say in library.cheats(cases[0].task).items()
    }
    best = max(cheats, key=lambda name: cheats[name])
    reply, constant = weak.best_constant(cases)
    return {
        "weak": weak.balanced_mean(cases, [contract.honest(case) for case in cases]),
        "shuffled_gold": weak.shuffled_gold(cases),
        "best_cheat": cheats[best],
        "constant": constant,
        "flat": weak.balanced_mean(cases, [case.score(reply) for case in cases]),
        "cheat": best,
        "reply": reply,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=GRADED, default=GRADED)
    parser.add_argument("--examples", type=int, default=40, help="of each task")
    asked = parser.parse_args()
    found: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        places = sample(Path(folder))
        for name in asked.tasks:
            examples = TASKS[name].examples(places, limit=asked.examples, seed=7)
            cases = library.cases(TASKS[name], examples, asked.examples)
            found[name] = {key: round(value, 3) if isinstance(value, float) else value for key, value in figures(cases).items()}
            numbers = "  ".join(f"{key} {value:.3f}" for key, value in found[name].items() if isinstance(value, float))
            print(f"{name:12}{numbers}  {found[name]['cheat']}; {found[name]['reply'][:60]!r}", flush=True)
    print(json.dumps({"examples": asked.examples, "tasks": found}, ensure_ascii=False))


if __name__ == "__main__":
    main()
