"""Test replies for the graders: cheats, other spellings of the gold reply, and replies with known scores.

A module here is named after a task's module in `vitrine/tasks` and defines

    count_items, with_errors   how many items must be read from the prompt; the gold reply with some of them wrong (weak.py)
    label               the class of an example, if it is not its gold reply (weak.py)
    CHEATS              name -> a reply that does none of the work
    ORDERED_REPLIES     name -> replies from worse to better, whose scores never fall
    GOLD_EQUIVALENTS    name -> another spelling of the gold reply, which also earns 1.0
    NOT_CHEATS          cheats of `anywhere` that do not apply to the task -> the reason
    score_formula       components of a grade -> its score, as the task's docstring states it
    RIGHT_BY_CHANCE     cheats that are right for some examples, so that only their mean score counts
    EXACT_SCORES        name -> a reply and its exact score
    EXTRA_EXAMPLES      examples of rare kinds, in addition to those from the sources
    EXACT_COMPONENTS    name -> a reply and a function from a case to the exact components of its grade
    KNOWN_WEAKNESSES    task -> cheats that its grader is known to reward -> why; their test fails once they no longer pay
    EQUIVALENT_MUTANTS  changes to the task's module that change no grade (mutants.py) -> why
    MAX_CASES, SLOW_CHEATS   number of examples if grading is slow; cheats that mutants are not tested with
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

MakeReply = Callable[["Case"], str]


@dataclass(frozen=True)
class Case:
    """An example of a task with its prompt, gold reply and facts, and the gold replies of other examples."""

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
    """The task's extra examples, then up to `limit` of the given ones, alternating between labels."""
    extra = getattr(reply_module(task), "EXTRA_EXAMPLES", []) if module_name(task) else []
    all_cases = [_case(task, example) for example in [*extra, *examples]]
    seen = Counter[Hashable]()
    ranks = []  # the rank of each case among the cases with its label
    for case in all_cases[len(extra) :]:
        ranks.append(seen[label(case)])
        seen[label(case)] += 1
    alternating = [case for _, case in sorted(zip(ranks, all_cases[len(extra) :], strict=True), key=lambda pair: pair[0])]
    chosen = [*all_cases[: len(extra)], *alternating]
    golds = [case.gold for case in chosen]
    for place, case in enumerate(chosen[: limit + len(extra)]):
        rotated = golds[place + 1 :] + golds[:place]  # so that each case starts with different ones
        others = tuple(other for other in rotated if other != case.gold)
        chosen[place] = replace(case, place=place, others=others)
    return chosen[: limit + len(extra)]


def _case(task: Task, example: Mapping[str, Any]) -> Case:
    return Case(task, 0, example, task.prompt(example), str(task.gold(example)), task.facts(example), ())


def label(case: Case) -> Hashable:
    """The class of an example. Means count each class equally."""
    own_label = getattr(reply_module(case.task), "label", None) if module_name(case.task) else None
    result: Hashable = own_label(case) if own_label else case.gold
    return result


def module_name(task: Task) -> str:
    """The module with the task's replies: named after the task, or after the module whose `grade` it shares."""
    original = TASKS[task.name].grade  # a mutant of the task is tested with the same replies
    grade = original.func if isinstance(original, partial) else original
    names = (task.name, grade.__module__.rpartition(".")[2])
    return next((name for name in names if Path(__file__).with_name(f"{name}.py").exists()), "")


def reply_module(task: Task) -> ModuleType:
    return importlib.import_module(f"tests.tasks.cheats.{module_name(task)}")


def cheats(task: Task) -> dict[str, MakeReply]:
    """Every cheat that applies to a task: the general ones and its own."""
    own = reply_module(task)
    excluded = getattr(own, "NOT_CHEATS", {})
    assert excluded.keys() <= anywhere.CHEATS.keys() and not own.CHEATS.keys() & anywhere.CHEATS.keys()
    return {name: make_reply for name, make_reply in anywhere.CHEATS.items() if name not in excluded} | own.CHEATS


GRADED = [task for task in TASKS.values() if task.grade]
COVERED = [task for task in GRADED if module_name(task)]  # tests/tasks/test_cheats.py fails unless this is all of them
