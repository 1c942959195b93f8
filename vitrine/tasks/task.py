"""What a task is: a name, a language, the model of its input and plain functions.

A task picks *examples* from the cleaned tables. Each holds an input, which is all that a caller would send, and what only the
pipeline knows: the gold side. The input makes the prompt and its part of the facts that a reply is graded on; the gold side
adds the rest, and the gold reply. The same `grade` serves GRPO and the benchmark, and whoever filters or serves answers later.

    task.input.model_validate({"title": "Water Bottle"}).prompt()    # of a caller, or a row of a CSV
    task.prompt(example)                                             # of an example: the same way
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vitrine.chat.messages import user_message
from vitrine.errors import TableError, VerifierError
from vitrine.facts.listings import QUARTILES, Listings
from vitrine.facts.questions import ALL, Questions
from vitrine.settings import Settings

Example = Mapping[str, Any]
Facts = Mapping[str, Any]
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]  # not blank


class Input(BaseModel, ABC):
    """Base of what a caller sends: each page has its own. Every field has a description and an example.

    ReviewedOrder.model_validate({"message": "Chegou.", "score": 9, "days": 12, "promised": 20, "state": "SP"})
    # ValidationError: score: Input should be less than or equal to 5
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @abstractmethod
    def prompt(self) -> str: ...

    def facts(self) -> dict[str, Any]:
        """The part of `Task.facts` that the input itself holds."""
        return {}

    @classmethod
    def of(cls, example: Example) -> Self:
        """The input of an example, which holds its fields under the same names."""
        try:
            return cls.model_validate({name: example[name] for name in cls.model_fields if name in example})
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise TableError(f"example {example.get('id')} cannot be asked: {wrong}") from error


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
    gold: int | None = Field(default=None, ge=0)  # training prompts that keep their gold reply; null: all


class Examples(Protocol):
    """Up to `limit` examples; the same ones for the same seed.

    Each is a dict with `id`, `entity`, the fields of the task's input, and what its gold reply and truth are made of. It may
    name the `side` of the split that it stands on ("test"); where it does not, the hash of its entity decides. It may name a
    `cluster`, examples whose answers depend on each other; where it does not, the entity is one.
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
    input: type[Input]  # what a caller sends; it makes the prompt
    gold: Callable[[Example], str | None]  # the ideal reply, which earns 1.0; None: only a verifier knows
    truth: Callable[[Example], dict[str, Any]] = lambda example: {}  # the part of `facts` that no caller knows
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

    def prompt(self, example: Example) -> str:
        return self.input.of(example).prompt()

    def facts(self, example: Example) -> dict[str, Any]:
        """What `grade` reads besides the reply: what the input holds, and the truth. It must survive JSON."""
        return self.input.of(example).facts() | self.truth(example)


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
            "cluster": example.get("cluster", example["entity"]),
            "messages": user_message(task.prompt(example)),
            "gold": task.gold(example),
            "facts": json.dumps(task.facts(example), ensure_ascii=False, sort_keys=True),
            "version": task.version,
            "side": example.get("side"),
        }
        for example in task.examples(places, limit=limit, seed=seed)
    ]
