"""Fixtures: the real published files, if present; helpers that read a whole source into tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from vitrine.sources import SOURCES, RawBatch, SourceSettings
from vitrine.tables.manifest import Manifest
from vitrine.tables.rejects import REJECTS


@dataclass(frozen=True)
class Read:
    """All rows of a source in memory."""

    tables: dict[str, pa.Table]
    rejects: pa.Table
    rows_in: int


def collected(batches: Iterable[RawBatch], schemas: Mapping[str, pa.Schema]) -> Read:
    """Concatenate batches into tables; a table without rows is present and empty."""
    parts_of = {name: [schema.empty_table()] for name, schema in schemas.items()}
    rejects, rows_in = [REJECTS.empty_table()], 0
    for batch in batches:
        parts_of[batch.table].append(batch.rows)
        rejects.append(batch.rejects)
        rows_in += batch.rows_in
    return Read({name: pa.concat_tables(parts) for name, parts in parts_of.items()}, pa.concat_tables(rejects), rows_in)


def read_folder(source: str, folder: Path) -> Read:
    """Read the files in `folder` as files of `source`."""
    return collected(SOURCES[source].read(folder), SOURCES[source].schemas)


def load(source: str, settings: SourceSettings, manifest: Manifest | None = None) -> Read:
    """Read a source with these settings."""
    with SOURCES[source].batches(settings, manifest or a_manifest(source)) as batches:
        return collected(batches, SOURCES[source].schemas)


def a_manifest(source: str, **pinned: object) -> Manifest:
    texts = dict.fromkeys(("title", "publisher", "homepage", "licence", "citation"), "as published")
    return Manifest.model_validate(texts | {"source": source, "commercial": None, "path": {}, "hub": None, "url": {}} | pinned)
