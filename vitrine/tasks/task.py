"""The definition of a task: a name, a language, a pydantic model of its input, and plain functions.

A task builds *examples* from the cleaned tables. An example holds an input (everything that a caller would send) and gold values
that only the pipeline knows. The input makes the prompt and its share of the facts that a grader needs. The gold values add the
other facts and the gold reply. GRPO, the benchmark and the reasoning filter call the same `grade`.

    task.input.model_validate({"title": "Water Bottle"}).prompt()    # the prompt of a caller's input, or of a CSV row
    task.prompt(example)                                             # the prompt of an example, made the same way
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
from vitrine.facts.questions import ALL_TEMPLATES, Questions
from vitrine.settings import Settings

Example = Mapping[str, Any]
Facts = Mapping[str, Any]
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]  # not blank


class Input(BaseModel, ABC):
    """Base class of a task's input, which a caller sends. Every field has a description and an example.

    ReviewedOrder.model_validate({"message": "Chegou.", "score": 9, "days": 12, "promised": 20, "state": "SP"})
    # ValidationError: score: Input should be less than or equal to 5
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @abstractmethod
    def prompt(self) -> str: ...

    def facts(self) -> dict[str, Any]:
        """The facts that follow from the input alone: one part of `Task.facts`."""
        return {}

    @classmethod
    def of(cls, example: Example) -> Self:
        """The input of an example. The example holds the input's fields under the same names."""
        try:
            return cls.model_validate({name: example[name] for name in cls.model_fields if name in example})
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
            raise TableError(f"example {example.get('id')} is not a valid input: {problems}") from error


@dataclass(frozen=True, kw_only=True)
class ExampleConfig:
    """Where examples are read from, and how they are chosen if there are more than requested."""

    clean: Path  # the cleaned tables, one folder per source
    facts: Path  # the small databases that replies are graded on
    listings: Listings = QUARTILES
    questions: Questions = ALL_TEMPLATES


class TaskSize(Settings):
    """How many rows a task gets: one block of `format.tasks`."""

    rows: int = Field(ge=0)  # prompts before the split
    gold: int | None = Field(default=None, ge=0)  # training prompts that keep their gold reply; null keeps all


class Examples(Protocol):
    """Returns up to `limit` examples; the same seed gives the same examples.

    Each example is a dict with `id`, `entity`, the fields of the task's input, and the values that its gold reply and gold facts
    are made from. It may name its split in `side` ("test"); otherwise the hash of its entity decides. It may name a `cluster` of
    examples whose answers depend on each other; otherwise the entity is the cluster.
    """

    def __call__(self, config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]: ...


@dataclass(frozen=True, kw_only=True)
class Grade:
    """The grade of a reply: a score in [0, 1], its parts, and the values that the headline metric sums up."""

    score: float
    components: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Task:
    name: str
    language: Literal["pt", "en"]
    sources: tuple[str, ...]  # the sources that its examples need; a task without their rows has no examples
    examples: Examples
    template: str  # the text of the prompt that is the same for every example
    input: type[Input]  # sent by a caller; it makes the prompt
    gold: Callable[[Example], str | None]  # the gold reply, which earns 1.0; None if only a verifier can judge
    gold_facts: Callable[[Example], dict[str, Any]] = lambda example: {}  # facts that no caller knows
    benchmark_facts: Callable[[Facts], Facts] = dict  # facts for the benchmark, where training uses smaller ones
    # Scores any reply. Raises if the verifier itself fails. None if the task has no reward.
    grade: Callable[[str, Facts], Grade] | None
    prepare: Callable[[Sequence[tuple[str, Facts]]], None] | None = None  # work done once for a whole batch before `grade`
    headline: Callable[[list[Mapping[str, Any]]], dict[str, float]] | None = None  # answers -> named metrics
    # The text of an answer to compare with the gold reply by BERTScore or BLEURT, if the task allows other wordings.
    similarity_text: Callable[[Mapping[str, Any]], str | None] | None = None
    solved: float = 1.0  # replies with at least this score count as right where a right-or-wrong verdict is needed
    max_tokens: int  # no honest reply is longer

    @property
    def version(self) -> str:
        """Six characters that change with the prompt template: answers to different templates are not comparable."""
        return hashlib.sha256(self.template.encode()).hexdigest()[:6]

    def prompt(self, example: Example) -> str:
        return self.input.of(example).prompt()

    def facts(self, example: Example) -> dict[str, Any]:
        """Everything that `grade` needs beside the reply: the input's facts and the gold facts. They must survive JSON."""
        return self.input.of(example).facts() | self.gold_facts(example)


def grade_batch(task: Task, replies: Sequence[tuple[str, Facts]]) -> list[Grade]:
    """Grade each (reply, facts) pair of a batch."""
    if task.grade is None:
        raise VerifierError(f"{task.name} has no reward, so its replies cannot be graded")
    if task.prepare:
        task.prepare(replies)
    return [task.grade(reply, facts) for reply, facts in replies]


def chat_rows(task: Task, config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """One row of `tables.chat` per example. `side` is the split that the example names, or None."""
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
        for example in task.examples(config, limit=limit, seed=seed)
    ]
