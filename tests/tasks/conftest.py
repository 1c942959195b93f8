"""Examples of every task, from a small sample that went through ingest and clean."""

from pathlib import Path

import pytest

from stages.clean import Clean
from stages.clean import main as clean
from stages.ingest import Ingest
from stages.ingest import main as ingest
from vitrine.facts import categories, churn, shop
from vitrine.settings import parse
from vitrine.stage import composition
from vitrine.tasks import TASKS
from vitrine.tasks.task import Places

ROWS = {"olist": 600, "amazon_titles": 300, "alpaca": 100, "ecinstruct": 5000, "products": 400, "taxonomy": 600}


@pytest.fixture(scope="session")
def places(tmp_path_factory) -> Places:
    folder: Path = tmp_path_factory.mktemp("data")
    composed = composition([f"ingest.sources.{name}.rows={rows}" for name, rows in ROWS.items()])
    moved = {"raw": str(folder / "raw"), "clean": str(folder / "clean")}
    for source in ROWS:
        own = {"source": source}
        ingest.body(parse(Ingest, "ingest", composed["ingest"] | own | {"raw": moved["raw"]}))
        clean.body(parse(Clean, "clean", composed["clean"] | own | moved))
    shop.build(folder / "clean", folder / "facts" / "shop", orders=300, seed=7)
    shop.build(folder / "clean", folder / "facts" / "whole", orders=None, seed=7)
    section, file = composed["format"], folder / "facts" / "churn.parquet"
    options = parse(churn.Churn, "format.churn", section["churn"])
    churn.build(folder / "clean", file, options, validation=section["validation"], test=section["test"], seed=7)
    categories.build(folder / "clean", folder / "facts")
    return Places(clean=folder / "clean", facts=folder / "facts")


@pytest.fixture(scope="session")
def examples(places):
    return {name: task.examples(places, limit=40, seed=7) for name, task in TASKS.items()}
