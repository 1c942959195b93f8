"""format -- every task's examples become prompts with gold answers, split by entity.

reads   data/clean/<source>/*.parquet
writes  data/chat/{train,validation,test}.parquet   tables.chat.CHAT
        data/facts/shop/<copy>/*.parquet            the small databases that SQL answers run on
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from vitrine import tables
from vitrine.cleaning import sides
from vitrine.facts import shop
from vitrine.settings import Settings, one_of
from vitrine.stage import stage
from vitrine.tables.chat import CHAT
from vitrine.tasks import TASKS
from vitrine.tasks.task import Places, chat_rows


class Amount(Settings):
    rows: int = Field(ge=0)  # prompts, before the split
    gold: int | None = Field(ge=0)  # training prompts that keep their gold reply; null: all


class Format(Settings):
    clean: Path
    chat: Path
    facts: Path
    tasks: Annotated[dict[str, Amount], AfterValidator(one_of(TASKS))]
    validation: float = Field(ge=0, lt=0.5)  # share of entities
    test: float = Field(gt=0, lt=0.5)
    test_rows: int = Field(ge=1)  # of each task at most, so that all weigh the same
    shop_orders: int = Field(ge=1, le=2000)
    seed: int


@stage("format", Format)
def main(settings: Format) -> dict[str, float]:
    metrics: dict[str, float] = {}
    if any(TASKS[name].source == "olist" for name in settings.tasks):
        copies = shop.build(settings.clean, settings.facts / "shop", orders=settings.shop_orders, seed=settings.seed)
        metrics |= {f"shop.{copy}": float(orders) for copy, orders in copies.items()}
    places, rows = Places(clean=settings.clean, facts=settings.facts), []
    for name, amount in settings.tasks.items():
        rows += chat_rows(TASKS[name], places, limit=amount.rows, seed=settings.seed)
    golds = {name: amount.gold for name, amount in settings.tasks.items()}
    shares = {"validation": settings.validation, "test": settings.test}
    found = sides.split(rows, **shares, test_rows=settings.test_rows, golds=golds, seed=settings.seed)
    for side, kept in found.kept.items():
        tables.write(settings.chat / f"{side}.parquet", kept, CHAT)
    return metrics | found.counts


if __name__ == "__main__":
    main()
