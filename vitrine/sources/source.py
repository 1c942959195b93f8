"""A source: its name, its tables, a reader of the published files and a generator of sample files in the same format.

    SOURCE = Source(name="alpaca", schemas={"instructions": INSTRUCTIONS}, read=read, generate=alpaca.generate, files=["*.json"])
    settings = SourceSettings(origin="sample", path=None, rows=1000, seed=7, max_rejects=0.5, selected=True)
    with SOURCE.batches(settings, manifest) as batches:
        for batch in batches: …     # RawBatch(table="instructions", rows=…, rejects=…, rows_in=1000)

Files are read in batches that fit in memory, so a file can have any size. Rows in must equal rows out + rejects, otherwise
an AccountingError is raised: `read` counts the rows of a file before it parses them.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import pyarrow as pa
from pydantic import Field, model_validator

from vitrine.errors import AccountingError
from vitrine.settings import Settings
from vitrine.sources.origins import fetch
from vitrine.tables.manifest import Manifest
from vitrine.tables.rejects import REJECTS


class SourceSettings(Settings):
    """Where the rows of one source come from: one block of `ingest.sources`. The manifest pins hub and url files."""

    origin: Literal["sample", "path", "hub", "url"]
    path: Path | None  # for origin=path: the folder or zip with the published files
    rows: int = Field(ge=1)  # of the generated sample
    seed: int = Field(ge=0)  # of the generated sample
    max_rejects: float = Field(ge=0, le=1)  # share of a table's rows; with more, nothing is written
    selected: bool  # false: the tables are written empty

    @model_validator(mode="after")
    def _path_only_with_origin_path(self) -> "SourceSettings":
        if self.origin == "path" and self.path is None:
            raise ValueError("origin=path needs path, the folder with the published files")
        if self.origin != "path" and self.path is not None:
            raise ValueError(f"path is set, but origin={self.origin} does not read it; set origin=path")
        return self


@dataclass(frozen=True, kw_only=True)
class RawBatch:
    """Rows of one table and the records that could not be read as rows: as much of a file as fits in memory."""

    table: str
    rows: pa.Table
    rejects: pa.Table = field(default_factory=REJECTS.empty_table)
    rows_in: int  # records in this part of the file, counted before parsing

    def __post_init__(self) -> None:
        if self.rows_in != self.rows.num_rows + self.rejects.num_rows:
            raise AccountingError(
                f"the files hold {self.rows_in} rows of {self.table}, but {self.rows.num_rows} were read and "
                f"{self.rejects.num_rows} rejected; a reader in vitrine/sources loses rows: report this with the file"
            )


class Generator(Protocol):
    """Writes sample files in the published format; the same seed gives the same bytes."""

    def __call__(self, folder: Path, *, rows: int, seed: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Source:
    name: str
    schemas: Mapping[str, pa.Schema]
    read: Callable[[Path], Iterable[RawBatch]]
    generate: Generator
    files: Sequence[str]  # shell patterns of the published file names; each may also end in .gz

    @contextmanager
    def batches(self, settings: SourceSettings, manifest: Manifest) -> Iterator[Iterable[RawBatch]]:
        """Yield the source's rows in batches; temporary files are deleted when the block ends."""
        if not settings.selected:
            yield ()
        elif settings.origin == "sample":
            with tempfile.TemporaryDirectory(prefix=f"vitrine-{self.name}-") as folder:
                self.generate(Path(folder), rows=settings.rows, seed=settings.seed)
                yield self.read(Path(folder))
        else:
            with fetch.published_files(settings.origin, settings.path, manifest, self.files) as folder:
                yield self.read(folder)
