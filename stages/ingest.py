"""ingest -- read one source as its publisher ships it, or a sample generated in the same format.

reads   the published files in a folder, or nothing (origin=sample)
writes  data/raw/<source>/*.parquet          the source's tables, all rows, typed
        data/raw/<source>/rejects.parquet    tables.rejects.REJECTS: what is no row, with its bytes and the reason
"""

from pathlib import Path
from typing import Any

from pydantic import field_validator, model_validator

from vitrine import tables
from vitrine.settings import Settings
from vitrine.sources import SOURCES, From
from vitrine.stage import stage
from vitrine.tables.rejects import REJECTS


class Ingest(Settings):
    source: str
    raw: Path
    sources: dict[str, From]

    @field_validator("source", mode="before")
    @classmethod
    def _known(cls, source: Any) -> Any:
        if source not in SOURCES:
            raise ValueError(f"should be one of {', '.join(SOURCES)}")
        return source

    @model_validator(mode="after")
    def _has_its_block(self) -> "Ingest":
        if self.source not in self.sources:
            raise ValueError(f"sources has no block for {self.source}; name it in the defaults of conf/config.yaml")
        return self


@stage("ingest", Ingest, item="source")
def main(settings: Ingest) -> dict[str, float]:
    source = SOURCES[settings.source]
    loaded = source.load(settings.sources[source.name])
    counts = loaded.counts()
    folder = settings.raw / source.name
    for name, schema in source.schemas.items():
        tables.write(folder / f"{name}.parquet", loaded.tables[name], schema)
    tables.write(folder / "rejects.parquet", loaded.rejects, REJECTS)
    return counts


if __name__ == "__main__":
    main()
