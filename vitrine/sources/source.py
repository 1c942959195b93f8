"""What a source is: its name, its tables, a reader of published files and a generator of the same files.

    SOURCE = Source(name="alpaca", schemas={"instructions": INSTRUCTIONS}, read=read, generate=alpaca.generate, files=["*.json"])
    block = SourceSettings(origin="sample", path=None, rows=1000, seed=7, max_rejects=0.5, selected=True)
    with SOURCE.batches(block, manifest) as batches:
        for piece in pieces: …      # RawBatch(table="instructions", rows=…, rejects=…, rows_in=1000)

A file is read in pieces that fit in memory, so that its size does not matter. Rows in = rows out + rejects, or it is an
AccountingError: `read` counts the rows of the files before it parses them.
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
    """Where the rows of one source come from: one block of `ingest.sources`. What hub and url give is pinned in its manifest."""

    origin: Literal["sample", "path", "hub", "url"]
    path: Path | None  # the folder or zip with the published files, for origin=path
    rows: int = Field(ge=1)  # size of the sample
    seed: int = Field(ge=0)  # of the sample
    max_rejects: float = Field(ge=0, le=1)  # share of the rows of a table; beyond it nothing is written
    selected: bool  # false: the tables are written without rows

    @model_validator(mode="after")
    def _path_goes_with_its_origin(self) -> "SourceSettings":
        if self.origin == "path" and self.path is None:
            raise ValueError("origin=path needs path, the folder with the published files")
        if self.origin != "path" and self.path is not None:
            raise ValueError(f"path is set, but origin={self.origin} would not read it; set origin=path")
        return self


@dataclass(frozen=True, kw_only=True)
class RawBatch:
    """Some rows of one table, and what could not be read as a row: as much of a file as fits in memory at once."""

    table: str
    rows: pa.Table
    rejects: pa.Table = field(default_factory=REJECTS.empty_table)
    rows_in: int  # counted before parsing

    def __post_init__(self) -> None:
        if self.rows_in != self.rows.num_rows + self.rejects.num_rows:
            raise AccountingError(
                f"the files hold {self.rows_in} rows of {self.table}, but {self.rows.num_rows} were read and "
                f"{self.rejects.num_rows} rejected; a loader in vitrine/sources loses rows: report this with the file"
            )


class Generator(Protocol):
    """Writes a sample in the published format: same seed, same bytes."""

    def __call__(self, folder: Path, *, rows: int, seed: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Source:
    name: str
    schemas: Mapping[str, pa.Schema]
    read: Callable[[Path], Iterable[RawBatch]]
    generate: Generator
    files: Sequence[str]  # what the published files it reads are called: shell patterns; .gz may follow each

    @contextmanager
    def batches(self, origin: SourceSettings, manifest: Manifest) -> Iterator[Iterable[RawBatch]]:
        """The source's rows as `origin` asks for them; what was fetched or unpacked for them is gone afterwards."""
        if not origin.selected:
            yield ()
        elif origin.origin == "sample":
            with tempfile.TemporaryDirectory(prefix=f"vitrine-{self.name}-") as folder:
                self.generate(Path(folder), rows=origin.rows, seed=origin.seed)
                yield self.read(Path(folder))
        else:
            with fetch.published(origin.origin, origin.path, manifest, self.files) as folder:
                yield self.read(folder)
