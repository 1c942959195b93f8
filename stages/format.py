"""format -- every task's examples become prompts with gold answers, split by entity.

reads   data/clean/<source>/*.parquet
writes  data/chat/{train,validation,test}.parquet   tables.chat.CHAT
        data/facts                                  the databases that graders use (vitrine/facts/databases.py)
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from vitrine import tables
from vitrine.facts import databases
from vitrine.facts.listings import Listings
from vitrine.facts.questions import Questions
from vitrine.settings import one_of
from vitrine.splits import splitting
from vitrine.splits.contamination import Contamination
from vitrine.splits.entity import SplitName
from vitrine.splits.masked import Masked
from vitrine.stage import stage
from vitrine.tables.chat import CHAT
from vitrine.tasks import TASKS, example_checks
from vitrine.tasks.task import ExampleConfig, TaskSize, chat_rows

Names = Annotated[tuple[str, ...], AfterValidator(one_of(TASKS))]


class MaskedRules(Masked):
    same_only: Names
    not_compared: Names


class Rules(Contamination):
    by_gold: Names
    replies: Names
    masked: MaskedRules | None


class Format(databases.Databases):
    clean: Path
    chat: Path
    facts: Path
    tasks: Annotated[dict[str, TaskSize], AfterValidator(one_of(TASKS))]
    task_rows: int | None = Field(ge=1)  # at most, per task before the split; null: only `tasks.*.rows` limits
    validation: float = Field(ge=0, lt=0.5)  # share of entities
    test: float = Field(gt=0, lt=0.5)
    validation_rows: int = Field(ge=1)  # at most, per task
    test_rows: int = Field(ge=1)  # at most, per task, so that all tasks have equal weight
    contamination: Rules
    listings: Listings
    questions: Questions
    seed: int


@stage("format", Format)
def main(settings: Format) -> dict[str, float]:
    sizes = {name: size for name, size in settings.tasks.items() if size.rows}
    limits = {name: min(size.rows, settings.task_rows or size.rows) for name, size in sizes.items()}
    shares = {"validation": settings.validation, "test": settings.test}
    sources = {source for name in sizes for source in TASKS[name].sources}
    example_checks.check_sources(sizes, settings.clean)
    metrics = databases.build(sources, settings.clean, settings.facts, settings, **shares, seed=settings.seed)
    config = ExampleConfig(clean=settings.clean, facts=settings.facts, listings=settings.listings, questions=settings.questions)
    rows = [row for name, limit in limits.items() for row in chat_rows(TASKS[name], config, limit=limit, seed=settings.seed)]
    golds, rules = {name: size.gold for name, size in sizes.items()}, settings.contamination
    most: dict[SplitName, int] = {"validation": settings.validation_rows, "test": settings.test_rows}
    result = splitting.split(rows, **shares, most=most, golds=golds, contamination=rules, seed=settings.seed)
    example_checks.check_splits(sizes, rows, result.counts)
    for split, kept in result.kept.items():
        tables.write(settings.chat / f"{split}.parquet", kept, CHAT)
    return metrics | result.counts


if __name__ == "__main__":
    main()
