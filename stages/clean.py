"""clean -- readable texts without personal data, unique rows; what is set aside keeps its reason.

reads   data/raw/<source>/*.parquet
writes  data/clean/<source>/*.parquet             the source's tables
        data/clean/<source>/quarantine.parquet    tables.quarantine.QUARANTINE
"""

from pathlib import Path
from typing import Literal

from vitrine import tables
from vitrine.cleaning.cleaners import CLEANERS, Options
from vitrine.settings import Settings
from vitrine.stage import stage
from vitrine.tables.quarantine import QUARANTINE


class Clean(Settings):
    source: Literal["olist", "amazon_titles", "alpaca"]
    raw: Path
    clean: Path
    sources: Options


@stage("clean", Clean, item="source")
def main(settings: Clean) -> dict[str, float]:
    cleaner = CLEANERS[settings.source]
    before, after = settings.raw / settings.source, settings.clean / settings.source
    raw = {name: tables.scan(before / f"{name}.parquet", schema).collect() for name, schema in cleaner.raw.items()}
    cleaned = cleaner.clean(raw, **getattr(settings.sources, settings.source).model_dump())
    for name, schema in cleaner.made.items():
        tables.write(after / f"{name}.parquet", cleaned.tables[name], schema)
    tables.write(after / "quarantine.parquet", cleaned.quarantine, QUARANTINE)
    return cleaned.counts


if __name__ == "__main__":
    main()
