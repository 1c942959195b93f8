"""What a task is: a name, a language and plain functions, no base class.

A task picks *examples* from the cleaned tables, turns each into a prompt, a gold reply and the facts that a reply is
graded on, and grades. The same `grade` serves GRPO and the benchmark, and whoever filters or serves answers later.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import Field

from vitrine.chat.messages import user_message
from vitrine.errors import VerifierError
from vitrine.facts.listings import QUARTILES, Listings
from vitrine.facts.questions import ALL, Questions
from vitrine.settings import Settings

Example = Mapping[str, Any]
Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where examples come from, and which where there are more than are asked for."""

    clean: Path  # the cleaned tables, one folder a source
    facts: Path  # the small databases that answers are checked against
    listings: Listings = QUARTILES
    questions: Questions = ALL


class Amount(Settings):
    """How much of a task: one block of `format.tasks`."""

    rows: int = Field(ge=0)  # prompts, before the split
    gold: int | None = Field(ge=0)  # training prompts that keep their gold reply; null: all


class Examples(Protocol):
    """Up to `limit` examples, each a dict with at least `id` and `entity`; the same ones for the same seed.

    An example may name the `side` of the split that it stands on ("test"); where it does not, the hash of its entity decides.
    """

    def __call__(self, places: Places, *, limit: int, seed: int) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, kw_only=True)
class Grade:
    """What a reply earned: a score in [0, 1], the parts it is made of, and what its headline metric counts."""

    score: float
    components: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Task:
    name: str
    language: Literal["pt", "en"]
    sources: tuple[str, ...]  # those that its examples need; without them the task has none
    examples: Examples
    template: str  # the words of the prompt that are the same for every example
    prompt: Callable[[Example], str]  # what the user asks
    gold: Callable[[Example], str | None]  # the ideal reply, which earns 1.0; None: only a verifier knows
    facts: Callable[[Example], dict[str, Any]]  # what `grade` reads besides the reply; must survive JSON
    whole: Callable[[Facts], Facts] = dict  # those that the benchmark grades on, where training makes do with less
    grade: Callable[[str, Facts], Grade] | None  # any reply is scored, a broken verifier raises; None: never graded
    prepare: Callable[[Sequence[tuple[str, Facts]]], None] | None = None  # what grading a whole batch can do at once
    headline: Callable[[list[Mapping[str, Any]]], dict[str, float]] | None = None  # answers -> named metrics
    comparable: Callable[[Mapping[str, Any]], str | None] | None = None  # an answer's words, where the gold may be said otherwise
    solved: float = 1.0  # the score from which a reply counts as right, where right or wrong is the question
    max_tokens: int  # no honest reply is longer

    @property
    def version(self) -> str:
        """Six characters that change when the words of the prompt do: answers to other words are not comparable."""
        return hashlib.sha256(self.template.encode()).hexdigest()[:6]


def graded(task: Task, replies: Sequence[tuple[str, Facts]]) -> list[Grade]:
    """The grade of each reply of a batch, given with its facts."""
    if task.grade is None:
        raise VerifierError(f"{task.name} has no reward, so none of its replies can be graded")
    if task.prepare:
        task.prepare(replies)
    return [task.grade(reply, facts) for reply, facts in replies]


def chat_rows(task: Task, places: Places, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Rows of `tables.chat`, one an example, with the side that the example names, if it does."""
    return [
        {
            "id": f"{task.name}:{example['id']}",
            "task": task.name,
            "entity": example["entity"],
            "messages": user_message(task.prompt(example)),
            "gold": task.gold(example),
            "facts": json.dumps(task.facts(example), ensure_ascii=False, sort_keys=True),
            "version": task.version,
            "side": example.get("side"),
        }
        for example in task.examples(places, limit=limit, seed=seed)
    ]
