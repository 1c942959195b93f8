"""Tables between stages: rows survive a round trip, and a broken file is reported in one sentence."""

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel

from vitrine import tables
from vitrine.errors import EmptyError, TableError

SCHEMA = pa.schema([("id", pa.string()), ("n", pa.int64()), ("tags", pa.list_(pa.string()))])
ROWS = [{"id": "a", "n": 1, "tags": ["x"]}, {"id": "b", "n": None, "tags": []}]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "rows.parquet"
    assert tables.write(path, ROWS, SCHEMA) == 2
    return path


def test_rows_survive_a_round_trip(file: Path) -> None:
    assert tables.read(file, SCHEMA) == ROWS
    assert tables.scan(file, SCHEMA).collect().to_dicts() == ROWS
    assert tables.load(file, SCHEMA).schema.equals(SCHEMA)
    assert [path.name for path in file.parent.iterdir()] == ["rows.parquet"]


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        iter(ROWS),
        pa.Table.from_pylist(ROWS, SCHEMA),
        pl.DataFrame(ROWS, schema={"id": pl.String, "n": pl.Int64, "tags": pl.List(pl.String)}).with_columns(extra=1),
    ],
    ids=["dicts", "iterator", "arrow", "polars"],
)
def test_rows_may_be_dicts_an_iterator_arrow_or_polars(tmp_path: Path, rows: tables.Rows) -> None:
    assert tables.write(tmp_path / "x.parquet", rows, SCHEMA) == 2
    assert tables.read(tmp_path / "x.parquet", SCHEMA) == ROWS


def test_same_rows_give_same_bytes(tmp_path: Path) -> None:
    tables.write(tmp_path / "a.parquet", ROWS, SCHEMA)
    tables.write(tmp_path / "b.parquet", ROWS, SCHEMA)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_an_extra_column_is_ignored(tmp_path: Path) -> None:
    wide = SCHEMA.append(pa.field("extra", pa.int64()))
    tables.write(tmp_path / "x.parquet", [row | {"extra": 1} for row in ROWS], wide)
    assert tables.read(tmp_path / "x.parquet", SCHEMA) == ROWS


READERS: list[Callable[[Path, pa.Schema], object]] = [tables.check, tables.read, tables.scan, tables.load]


@pytest.mark.parametrize("reader", READERS)
def test_a_broken_file_is_reported_in_one_sentence(
    tmp_path: Path, file: Path, reader: Callable[[Path, pa.Schema], object]
) -> None:
    def message(path: Path) -> str:
        with pytest.raises(TableError) as caught:
            reader(path, SCHEMA)
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)
        return str(caught.value)

    assert "does not exist" in message(tmp_path / "nowhere.parquet")
    assert "is a folder" in message(tmp_path)
    truncated = tmp_path / "truncated.parquet"
    truncated.write_bytes(file.read_bytes()[:-20])
    assert "is not a whole parquet file" in message(truncated)
    empty = tmp_path / "empty.parquet"
    empty.touch()
    assert "is not a whole parquet file" in message(empty)
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"id": ["a"], "n": ["one"]}), other)
    assert "lacks n: int64, tags: list<" in message(other)


def test_damage_in_the_middle_raises_when_read(file: Path, tmp_path: Path) -> None:
    tables.write(file, [{"id": str(n), "n": n, "tags": []} for n in range(5000)], SCHEMA)
    content = bytearray(file.read_bytes())
    content[100:4000] = bytes(3900)
    (tmp_path / "damaged.parquet").write_bytes(content)
    with pytest.raises(TableError, match=r"damaged\.parquet"):
        tables.read(tmp_path / "damaged.parquet", SCHEMA)


def test_an_empty_table_is_refused_if_rows_are_needed(tmp_path: Path) -> None:
    tables.write(tmp_path / "x.parquet", [], SCHEMA)
    assert tables.read(tmp_path / "x.parquet", SCHEMA) == []
    with pytest.raises(EmptyError, match=r"x\.parquet holds no rows, and a model needs text"):
        tables.read(tmp_path / "x.parquet", SCHEMA, why_needed="a model needs text")


def test_a_failed_write_keeps_the_old_file_and_leaves_no_other(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()

    def disk_full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables.pq.ParquetWriter, "write_table", disk_full)
    with pytest.raises(OSError, match="No space left"):
        tables.write(file, ROWS[:1], SCHEMA)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["rows.parquet"]


def test_a_table_can_be_written_in_batches(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    with tables.open_writer(path, SCHEMA) as write:
        write(ROWS)
        write(pa.Table.from_pylist(ROWS[:1], SCHEMA))
        write([])
        assert not path.exists(), "the file gets its name when it is complete"
    assert tables.read(path, SCHEMA) == [*ROWS, ROWS[0]]
    with tables.open_writer(path, SCHEMA):
        pass
    assert tables.read(path, SCHEMA) == []


def test_a_writer_that_is_interrupted_keeps_the_old_file(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(KeyError), tables.open_writer(file, SCHEMA) as write:
        write(ROWS)
        raise KeyError("the reader failed")
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["rows.parquet"]


def test_every_table_module_has_a_docstring_and_a_schema() -> None:
    for module in pkgutil.walk_packages(tables.__path__, "vitrine.tables."):
        if module.ispkg:
            continue
        table = importlib.import_module(module.name)
        assert table.__doc__, module.name
        constants = [value for name, value in vars(table).items() if name.isupper()]
        models = [value for value in vars(table).values() if isinstance(value, type) and issubclass(value, BaseModel)]
        assert any(isinstance(value, (pa.Schema, dict)) for value in constants) or models, f"{module.name} holds no schema"
