"""clean -- readable texts without personal data, unique rows; what is set aside keeps its reason.

reads   data/raw/<source>/*.parquet
writes  data/clean/<source>/*.parquet             the source's tables
        data/clean/<source>/quarantine.parquet    tables.quarantine.QUARANTINE
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field

from vitrine import tables
from vitrine.cleaning import alpaca, amazon_titles, olist
from vitrine.cleaning.kept import Cleaned
from vitrine.settings import Settings
from vitrine.stage import stage
from vitrine.tables.instructions import INSTRUCTIONS
from vitrine.tables.listings import LISTINGS, RAW_LISTINGS
from vitrine.tables.olist import TABLES
from vitrine.tables.quarantine import QUARANTINE

PersonalData = tuple[Literal["email", "cnpj", "cpf", "phone", "cep"], ...]


class Olist(Settings):
    personal_data: PersonalData
    drop_score_titles: bool


class AmazonTitles(Settings):
    min_chars: int = Field(ge=0)
    personal_data: PersonalData


class Alpaca(Settings):
    min_chars: int = Field(ge=0)


class Sources(Settings):
    olist: Olist
    amazon_titles: AmazonTitles
    alpaca: Alpaca


class Clean(Settings):
    source: Literal["olist", "amazon_titles", "alpaca"]
    raw: Path
    clean: Path
    sources: Sources


Schemas = dict[str, pa.Schema]
CLEANERS: dict[str, tuple[Callable[..., Cleaned], Schemas, Schemas]] = {  # what cleans a source, its raw and its clean tables
    "olist": (olist.clean, TABLES, TABLES),
    "amazon_titles": (amazon_titles.clean, {"listings": RAW_LISTINGS}, {"listings": LISTINGS}),
    "alpaca": (alpaca.clean, {"instructions": INSTRUCTIONS}, {"instructions": INSTRUCTIONS}),
}


@stage("clean", Clean, item="source")
def main(settings: Clean) -> dict[str, float]:
    clean, raw_schemas, schemas = CLEANERS[settings.source]
    options: dict[str, Any] = getattr(settings.sources, settings.source).model_dump()
    folder = settings.raw / settings.source
    raw = {name: tables.scan(folder / f"{name}.parquet", schema).collect() for name, schema in raw_schemas.items()}
    cleaned = clean(raw, **options)
    for name, schema in schemas.items():
        tables.write(settings.clean / settings.source / f"{name}.parquet", cleaned.tables[name], schema)
    tables.write(settings.clean / settings.source / "quarantine.parquet", cleaned.quarantine, QUARANTINE)
    return cleaned.counts


if __name__ == "__main__":
    main()
