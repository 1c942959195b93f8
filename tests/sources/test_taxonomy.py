"""Google's taxonomy: a line is a category or a reject, two languages share ids; its sample."""

import gzip

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.conftest import read_folder
from vitrine.errors import SourceError
from vitrine.sources import taxonomy
from vitrine.sources.samples import taxonomy as sample
from vitrine.tables.published.taxonomy import CATEGORIES

NAME = "taxonomy-with-ids.en-US.2021-09-21.txt"
HEAD = "# Google_Product_Taxonomy_Version: 2020-01-02\n"


def read(folder, text, name=NAME):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_folder("taxonomy", folder)


def rows(loaded):
    return loaded.tables["categories"].to_pylist()


def test_the_published_files(real):
    loaded = read_folder("taxonomy", real / "taxonomy")
    table = pl.DataFrame(loaded.tables["categories"])
    assert (loaded.tables["categories"].schema, loaded.rejects.num_rows) == (CATEGORIES, 0)
    files = {(language, version): count for language, version, count in table.group_by("language", "version").len().iter_rows()}
    assert files == {("en-US", "2021-09-21"): 5595, ("en-US", "2015-02-19"): 5427, ("pt-BR", "2015-02-19"): 5427}
    assert table.select((pl.col("parent").is_null() == (pl.col("depth") == 1)).all()).item()
    assert table["depth"].max() == 7
    both = table.filter(version="2015-02-19").pivot("language", index="id", values="depth")
    assert (both.height, both.null_count().sum_horizontal().item()) == (5427, 0)
    assert (both["en-US"] == both["pt-BR"]).all()


def test_lines_become_categories(tmp_path):
    loaded = read(tmp_path, HEAD + "1 - Pets\n3237 - Pets > Live - & Kicking\r\n7 - Lost > Child\n")
    categories = [(row["id"], row["path"], row["depth"], row["parent"], row["version"]) for row in rows(loaded)]
    assert categories == [
        (1, ["Pets"], 1, None, "2020-01-02"),
        (3237, ["Pets", "Live - & Kicking"], 2, 1, "2020-01-02"),
        (7, ["Lost", "Child"], 2, None, "2020-01-02"),
    ]
    assert rows(loaded)[0]["language"] == "en-US"


def test_a_parent_may_come_after_its_child(tmp_path):
    assert [row["parent"] for row in rows(read(tmp_path, HEAD + "2 - A > B\n1 - A\n"))] == [1, None]


@pytest.mark.parametrize("bad", ["no id", "12", "12 -", "x - A", "3 - A >  > B", "4 - > B", "-1 - A", b"5 - \xff"])
def test_a_bad_line_is_rejected_with_its_bytes(tmp_path, bad):
    bad = bad if isinstance(bad, bytes) else bad.encode()
    loaded = read(tmp_path, HEAD.encode() + b"1 - A\n\n" + bad + b"\n2 - B\n")
    assert [row["id"] for row in rows(loaded)] == [1, 2]
    assert [(reject["line"], reject["raw"]) for reject in loaded.rejects.to_pylist()] == [(4, bad)]


def test_byte_order_mark_gzip_and_version_in_the_file_name(tmp_path):
    (tmp_path / f"{NAME}.gz").write_bytes(gzip.compress("\ufeff1 - Água\n".encode()))
    read(tmp_path, "\ufeff" + HEAD + "1 - Water\n", name="taxonomy-with-ids.pt-BR.txt")
    languages = {row["language"]: (row["version"], row["path"]) for row in rows(read_folder("taxonomy", tmp_path))}
    assert languages == {"en-US": ("2021-09-21", ["Água"]), "pt-BR": ("2020-01-02", ["Water"])}


def test_a_missing_file_is_reported_in_one_sentence(tmp_path):
    (tmp_path / "taxonomy.txt").write_text("1 - A")
    with pytest.raises(SourceError, match="holds no file of the Google Product Taxonomy"):
        read_folder("taxonomy", tmp_path)
    with pytest.raises(SourceError, match="does not exist"):
        read_folder("taxonomy", tmp_path / "nowhere")
    with pytest.raises(SourceError, match=r"\.txt is empty"):
        read(tmp_path, "")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.text("abcé&-’ ", min_size=1).filter(str.strip), min_size=1, max_size=4), max_size=6))
def test_categories_survive_a_round_trip(tmp_path_factory, paths):
    paths = [[name.strip() for name in path] for path in paths]
    folder = tmp_path_factory.mktemp("t")
    text = HEAD + "".join(f"{id} - {' > '.join(path)}\n" for id, path in enumerate(paths))
    assert [(row["id"], row["path"]) for row in rows(read(folder, text))] == list(enumerate(paths))


@pytest.mark.parametrize("size", [1, 2, 3, 32, 600, 5000])
def test_the_sample(tmp_path, size):
    sample.generate(tmp_path, rows=size, seed=7)
    loaded = read_folder("taxonomy", tmp_path)
    table = pl.DataFrame(loaded.tables["categories"])
    assert (table.height, loaded.rejects.num_rows) == (size, 2 if size >= 600 else 0), "one line without its id per file"
    assert table.select((pl.col("parent").is_null() == (pl.col("depth") == 1)).all()).item()
    for key in ("id", "path"):
        assert table.select(pl.struct("language", key).is_unique().all()).item()


def test_the_languages_of_the_sample_share_ids_but_not_lines(tmp_path):
    sample.generate(tmp_path, rows=600, seed=7)
    table = pl.DataFrame(read_folder("taxonomy", tmp_path).tables["categories"])
    english, portuguese = (table.filter(language=language) for language in ("en-US", "pt-BR"))
    both = english.join(portuguese, on="id", suffix="_pt")
    assert 280 < both.height < 300
    assert (both["depth"] == both["depth_pt"]).all() and (both["path"] != both["path_pt"]).all()
    assert (english["id"] != portuguese["id"]).mean() > 0.9  # the lines do not correspond
    assert both.filter(pl.col("path").list.last() == "Water Bottles")["path_pt"].list.last().to_list() == ["Garrafas de água"]


def test_the_reader_ignores_other_file_names():
    assert taxonomy.NAME.fullmatch("taxonomy-with-ids.pt-BR.2015-02-19.txt.gz")
    assert not taxonomy.NAME.fullmatch("taxonomy.en-US.txt")
