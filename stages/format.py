"""format -- every task's examples become prompts with gold answers, split by entity.

reads   data/clean/<source>/*.parquet
writes  data/chat/{train,validation,test}.parquet   tables.chat.CHAT
        data/facts/shop/<copy>/*.parquet            the small databases that SQL answers run on
        data/facts/churn.parquet                    tables.churn.CHURN: customers, and who came back
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from vitrine import tables
from vitrine.cleaning import sides
from vitrine.cleaning.contamination import Contamination
from vitrine.facts import churn, shop
from vitrine.facts.churn import Churn
from vitrine.facts.listings import Listings
from vitrine.settings import Settings, one_of
from vitrine.stage import stage
from vitrine.tables.chat import CHAT
from vitrine.tasks import TASKS
from vitrine.tasks.task import Amount, Places, chat_rows


class Rules(Contamination):
    by_gold: Annotated[tuple[str, ...], AfterValidator(one_of(TASKS))]


class Format(Settings):
    clean: Path
    chat: Path
    facts: Path
    tasks: Annotated[dict[str, Amount], AfterValidator(one_of(TASKS))]
    validation: float = Field(ge=0, lt=0.5)  # share of entities
    test: float = Field(gt=0, lt=0.5)
    test_rows: int = Field(ge=1)  # of each task at most, so that all weigh the same
    contamination: Rules
    listings: Listings
    shop_orders: int = Field(ge=1, le=2000)
    churn: Churn
    seed: int


@stage("format", Format)
def main(settings: Format) -> dict[str, float]:
    metrics: dict[str, float] = {}
    shares = {"validation": settings.validation, "test": settings.test}
    if any(TASKS[name].source == "olist" for name in settings.tasks):
        copies = shop.build(settings.clean, settings.facts / "shop", orders=settings.shop_orders, seed=settings.seed)
        metrics |= {f"shop.{copy}": float(orders) for copy, orders in copies.items()}
        metrics |= churn.build(settings.clean, settings.facts / "churn.parquet", settings.churn, **shares, seed=settings.seed)
    places, amounts = Places(clean=settings.clean, facts=settings.facts, listings=settings.listings), settings.tasks.items()
    rows = [row for name, some in amounts for row in chat_rows(TASKS[name], places, limit=some.rows, seed=settings.seed)]
    golds, rules = {name: amount.gold for name, amount in amounts}, settings.contamination
    found = sides.split(rows, **shares, test_rows=settings.test_rows, golds=golds, contamination=rules, seed=settings.seed)
    for side, kept in found.kept.items():
        tables.write(settings.chat / f"{side}.parquet", kept, CHAT)
    return metrics | found.counts


if __name__ == "__main__":
    main()
