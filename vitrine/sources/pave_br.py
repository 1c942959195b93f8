"""pave_br: PAVE-Br of Magazine Luiza, Brazilian listings with attribute values that people annotated.

    Fogão.csv[.gz]
    Unnamed: 0,Unnamed: 1,title,description,Unnamed: 4,Atributos <empresa terceira>,…,AI-PAVE-BR,…,Atributos Multimídia,…
    id,product_type,,,extracted_attributes,marca_ol,cor_ol,…,marca_llm,cor_llm,…,marca,cor,…
    loja||123,Fogão,"Fogão 4 Bocas",<p>…</p>,{…},Atlas,,…,Atlas,Não informado,…,Atlas,Branco,…

One CSV for each product type, with two header rows. The first names title, description and groups of columns, a group at its
first column only, spelt differently from file to file; the second names the rest. `_ol` are a vendor's values, `_llm` a language
model's, and the columns from "Atributos Multimídia" on are the annotators'. Columns differ in order, and some files lack id and
type: the type is then the file's name. Not read: values of attributes that nobody annotated, `extracted_attributes`, which
repeats the vendor's columns, and the annotators' names and dates. The licence (CC BY-NC-SA 4.0) forbids commercial use.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from vitrine.errors import SourceError
from vitrine.sources.formats import csv_records
from vitrine.sources.formats.csv_records import Records
from vitrine.sources.origins import files
from vitrine.sources.samples import pave_br as sample
from vitrine.sources.source import RawBatch, Source
from vitrine.tables.published.annotated import LISTINGS

PUBLISHED_AS = "PAVE-Br (ai-luizalabs/AI-PAVE-Br)"
NAME = re.compile(r"[^.].*\.csv(?:\.gz)?")
HEADERS = 2
PEOPLE = re.compile(r"(?i)multim[ií]dia")  # in the first header, where the annotators' columns begin
VENDOR, MODEL = re.compile(r"(.+)_ol"), re.compile(r"(.+?)_+llm")
NO_ATTRIBUTES = {"analista", "data"}  # who annotated a row, and when


@dataclass(frozen=True)
class Layout:
    """The columns of one file by position; None for a column that the file, or a system, does not have."""

    width: int
    id: int | None
    type: int | None
    title: int
    description: int
    attributes: list[str]
    values: list[int | None]
    vendor: list[int | None]
    model: list[int | None]


def read(folder: Path) -> Iterator[RawBatch]:
    """Yield the listings of every file in `folder`, one batch per file, sorted by file name."""
    return map(_read_file, files.find_all(folder, NAME, PUBLISHED_AS, "Fogão.csv"))


def _read_file(path: Path) -> RawBatch:
    records = csv_records.split(files.read_all(path).removeprefix(csv_records.BOM))
    layout = _layout(path, records)
    names = [str(place) for place in range(layout.width)]
    text, index, reasons = csv_records.texts(path, records, names, headers=HEADERS)
    kind = unicodedata.normalize("NFC", path.name.removesuffix(".gz").removesuffix(".csv"))
    own_type = pl.lit(kind) if layout.type is None else pl.col(str(layout.type)).replace("", None).fill_null(kind)
    position = pl.Series((index - HEADERS).astype(np.int64))
    rows = text.select(
        id=pl.concat_str(pl.lit(f"{kind}:"), position) if layout.id is None else pl.col(str(layout.id)),
        type=own_type,
        title=pl.col(str(layout.title)),
        description=pl.col(str(layout.description)),
        attributes=pl.concat_list(pl.lit(name) for name in layout.attributes),
        **{name: _cells(getattr(layout, name)) for name in ("values", "vendor", "model")},
    )
    rejects = csv_records.rejected(path, records, reasons)
    return RawBatch(
        table="listings",
        rows=rows.to_arrow().cast(LISTINGS),
        rejects=rejects,
        rows_in=records.starts.size - HEADERS,
    )


def _cells(places: Sequence[int | None]) -> pl.Expr:
    """These columns as one list; "" for an empty cell and for a column that does not exist."""
    return pl.concat_list(pl.lit("") if place is None else pl.col(str(place)).fill_null("") for place in places)


def _layout(path: Path, records: Records) -> Layout:
    first, second = (_cells_of(records, number) for number in range(HEADERS))
    begin = next((place for place, name in enumerate(first) if PEOPLE.search(name)), len(first))
    people = {place: name for place, name in enumerate(second) if place >= begin and name.lower() not in NO_ATTRIBUTES}
    vendor, model = (_by_name(path, second[:begin], suffix) for suffix in (VENDOR, MODEL))
    missing = [name for name in ("title", "description") if name not in first]
    missing += [] if people and all(people.values()) else ["Atributos Multimídia with a name for each attribute"]
    repeated = [name for name in ("title", "description") if first.count(name) > 1]
    repeated += sorted({name for name in people.values() if list(people.values()).count(name) > 1})
    if missing or repeated or len(first) != len(second):
        problem = f"lacks {' and '.join(missing)}" if missing else f"has the column {', '.join(repeated)} more than once"
        if not missing and not repeated:
            problem = f"has {len(first)} columns in its first line and {len(second)} in its second"
        raise SourceError(
            f"{path} {problem}; its first line is {','.join(first)[:120]!r}: "
            f"expected the two header lines of {PUBLISHED_AS}, so download it again"
        )
    return Layout(
        width=len(first),
        id=second.index("id") if "id" in second else None,
        type=second.index("product_type") if "product_type" in second else None,
        title=first.index("title"),
        description=first.index("description"),
        attributes=list(people.values()),
        values=list(people),
        vendor=[vendor.get(name) for name in people.values()],
        model=[model.get(name) for name in people.values()],
    )


def _cells_of(records: Records, number: int) -> list[str]:
    """The cells of a header line; none if the file has no such line or it is no CSV."""
    line = records.raw(number).decode("utf-8", "replace") if number < records.starts.size else ""
    try:
        return [name.strip() for name in next(csv.reader([line]), [])]
    except csv.Error:
        return []


def _by_name(path: Path, names: Sequence[str], suffix: re.Pattern[str]) -> dict[str, int]:
    """The position of each column with this suffix, by the attribute's name."""
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        if match := suffix.fullmatch(name):
            if match[1] in places:
                raise SourceError(f"{path} has the column {name} more than once; expected {PUBLISHED_AS}: download it again")
            places[match[1]] = place
    return places


SOURCE = Source(name="pave_br", schemas={"listings": LISTINGS}, read=read, generate=sample.generate, files=["*.csv"])
