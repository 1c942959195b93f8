"""ingest -- read one source as its publisher ships it, or a sample generated in the same format.

reads   manifests/<source>.yaml              the source's description, its licence and the hashes of its files
        the published files, from a folder, a hub or the web; or nothing (origin=sample)
writes  data/raw/<source>/*.parquet          the source's tables, all rows, typed
        data/raw/<source>/rejects.parquet    tables.rejects.REJECTS: unreadable records, with their bytes and the reason
"""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, model_validator

from vitrine.settings import Settings, name_in
from vitrine.sources import SOURCES, SourceSettings
from vitrine.sources.landing import land
from vitrine.stage import stage
from vitrine.tables import manifest as manifests


class Ingest(Settings):
    source: Annotated[str, BeforeValidator(name_in(SOURCES))]
    raw: Path
    manifests: Path
    sources: dict[str, SourceSettings]

    @model_validator(mode="after")
    def _has_its_block(self) -> "Ingest":
        if self.source not in self.sources:
            raise ValueError(f"sources has no block for {self.source}; name it in the defaults of conf/config.yaml")
        return self


@stage("ingest", Ingest, item="source")
def main(settings: Ingest) -> dict[str, float]:
    source = SOURCES[settings.source]
    manifest = manifests.read(settings.manifests / f"{source.name}.yaml", source.name)
    block = settings.sources[source.name]
    with source.batches(block, manifest) as batches:
        return land(source, batches, settings.raw / source.name, max_rejects=block.max_rejects if block.selected else None)


if __name__ == "__main__":
    main()
