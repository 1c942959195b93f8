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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    """The first examples, after those that the task's material makes up."""
    made = getattr(material(task), "MADE", []) if page(task) else []
    examples, limit = [*made, *examples], limit + len(made)
    golds = [str(task.gold(example)) for example in examples]
    found = []
    for place, example in enumerate(examples[:limit]):
        around = golds[place + 1 :] + golds[:place]  # other ones for each case
        others = (other for other in around if other != golds[place])
        found.append(Case(task, place, example, task.prompt(example), golds[place], task.facts(example), tuple(others)))
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
