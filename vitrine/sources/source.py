"""What a source is: its name, its tables, a reader of published files and a generator of the same files.

    SOURCE = Source(name="alpaca", schemas={"instructions": INSTRUCTIONS}, read=read, generate=alpaca.generate)
    loaded = SOURCE.load(From(origin="sample", path=None, rows=1000, seed=7, selected=True))
    loaded.tables["instructions"], loaded.rejects, loaded.rows_in

Rows in = rows out + rejects, or it is an AccountingError: `read` counts the rows of the files before it parses them.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import pyarrow as pa
from pydantic import Field, model_validator

from vitrine.errors import AccountingError
from vitrine.settings import Settings
from vitrine.tables.rejects import REJECTS


class From(Settings):
    """Where the rows of one source come from: one block of `ingest.sources`."""

    origin: Literal["sample", "path"]
    path: Path | None  # the folder with the published files, for origin=path
    rows: int = Field(ge=1)  # size of the sample
    seed: int = Field(ge=0)  # of the sample
    selected: bool  # false: the tables are written without rows

    @model_validator(mode="after")
    def _path_goes_with_its_origin(self) -> "From":
        if self.origin == "path" and self.path is None:
            raise ValueError("origin=path needs path, the folder with the published files")
        if self.origin == "sample" and self.path is not None:
            raise ValueError("path is set, but origin=sample would not read it; set origin=path")
        return self


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The tables of one source, and what could not be read as a row."""

    tables: Mapping[str, pa.Table]
    rejects: pa.Table
    rows_in: int

    def counts(self) -> dict[str, float]:
        """Metrics of the reading; an AccountingError if a row is in neither the tables nor the rejects."""
        rows = {name: table.num_rows for name, table in self.tables.items()}
        counted = {"rows_in": self.rows_in, "rows_out": sum(rows.values()), "rejected": self.rejects.num_rows}
        if counted["rows_in"] != counted["rows_out"] + counted["rejected"]:
            raise AccountingError(
                f"the files hold {self.rows_in} rows, but {counted['rows_out']} were read and {counted['rejected']} rejected; "
                "a loader in vitrine/sources loses rows: report this with the file"
            )
        return {**counted, **{f"rows_{name}": count for name, count in rows.items()}}


class Generator(Protocol):
    """Writes a sample in the published format: same seed, same bytes."""

    def __call__(self, folder: Path, *, rows: int, seed: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Source:
    name: str
    schemas: Mapping[str, pa.Schema]
    read: Callable[[Path], Loaded]
    generate: Generator

    def load(self, origin: From) -> Loaded:
        """The source's tables as `origin` asks for them."""
        if not origin.selected:
            nothing = {name: schema.empty_table() for name, schema in self.schemas.items()}
            return Loaded(tables=nothing, rejects=REJECTS.empty_table(), rows_in=0)
        if origin.path is not None:
            return self.read(origin.path)
        with tempfile.TemporaryDirectory(prefix=f"vitrine-{self.name}-") as folder:
            self.generate(Path(folder), rows=origin.rows, seed=origin.seed)
            return self.read(Path(folder))
