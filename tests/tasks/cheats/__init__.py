"""What a model might write to be paid for nothing, and what an honest weak one writes: the material of each task.

A module here is named as its task's page and holds

    pieces, spoiled   what must be read from the prompt, and the gold reply with some of it wrong (tests/tasks/weak.py)
    label        the class of an example, where it is not its gold reply (tests/tasks/weak.py)
    CHEATS       name -> reply that does none of the work
    LADDERS      name -> replies from worse to better, whose score never falls
    SAME         name -> other spellings of the gold reply, which earn as much
    EXCUSED      cheats of `anywhere` that are none here -> the reason
    formula      the components of a grade -> its score, as the page says it
    BY_CHANCE    cheats that are right now and then: what they earn on the whole is what counts
    WORTH        name -> a reply and what it earns to the digit
    MADE         examples of rare kinds, beside those from the sources
    PARTS        name -> a reply and, of a case, the components that it has to the digit
    PAYS         task -> cheats that its grader is known to pay for -> why; their test fails once they no longer pay
    EQUIVALENT   changes to the page that change nothing (tests/tasks/mutants.py) -> why
    FEW, SLOW    how many examples are tried where a grade is slow; the cheats that mutants are not tried with
"""

import importlib
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.tasks.cheats import anywhere
from vitrine.tasks import TASKS
from vitrine.tasks.task import Task

Say = Callable[["Case"], str]


@dataclass(frozen=True)
class Case:
    """One example of a task as it is asked, and the gold replies to others."""

    task: Task
    place: int  # among the cases of its task
    example: Mapping[str, Any]
    prompt: str
    gold: str
    facts: dict[str, Any]
    others: tuple[str, ...]

    def score(self, reply: str) -> float:
        assert self.task.grade is not None
        return self.task.grade(reply, self.facts).score


def cases(task: Task, examples: list[dict[str, Any]], limit: int) -> list[Case]:
    """The first examples, labels in turn, after those that the task's material makes up."""
    made = getattr(material(task), "MADE", []) if page(task) else []
    found = [_case(task, example) for example in [*made, *examples]]
    seen = Counter[Hashable]()
    turns = []
    for case in found[len(made) :]:
        turns.append(seen[label(case)])
        seen[label(case)] += 1
    in_turn = [case for _, case in sorted(zip(turns, found[len(made) :], strict=True), key=lambda pair: pair[0])]
    chosen = [*found[: len(made)], *in_turn]
    golds = [case.gold for case in chosen]
    for place, case in enumerate(chosen[: limit + len(made)]):
        around = golds[place + 1 :] + golds[:place]  # other ones for each case
        others = tuple(other for other in around if other != case.gold)
        chosen[place] = replace(case, place=place, others=others)
    return chosen[: limit + len(made)]


def _case(task: Task, example: Mapping[str, Any]) -> Case:
    return Case(task, 0, example, task.prompt(example), str(task.gold(example)), task.facts(example), ())


def label(case: Case) -> Hashable:
    """The class that an example belongs to: of few classes each counts equally."""
    of = getattr(material(case.task), "label", None) if page(case.task) else None
    found: Hashable = of(case) if of else case.gold
    return found


def page(task: Task) -> str:
    """Where the material of a task stands: under its own name, or under that of the page whose grade it shares."""
    whole = TASKS[task.name].grade  # a broken copy of the task is tried with the same material
    grade = whole.func if isinstance(whole, partial) else whole
    names = (task.name, grade.__module__.rpartition(".")[2])
    return next((name for name in names if Path(__file__).with_name(f"{name}.py").exists()), "")


def material(task: Task) -> ModuleType:
    return importlib.import_module(f"tests.tasks.cheats.{page(task)}")


def cheats(task: Task) -> dict[str, Say]:
    """Every cheat that is tried on a task: those of any task, and its own."""
    own = material(task)
    excused = getattr(own, "EXCUSED", {})
    assert excused.keys() <= anywhere.CHEATS.keys() and not own.CHEATS.keys() & anywhere.CHEATS.keys()
    return {name: say for name, say in anywhere.CHEATS.items() if name not in excused} | own.CHEATS


GRADED = [task for task in TASKS.values() if task.grade]
TRIED = [task for task in GRADED if page(task)]  # tests/tasks/test_cheats.py fails while a graded task brings nothing
