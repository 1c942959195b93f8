"""clean: raw tables become clean ones; every option changes what comes out."""

import datetime as dt
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from stages import clean, ingest
from vitrine import tables
from vitrine.cleaning import olist
from vitrine.errors import SettingsError, TableError
from vitrine.settings import parse
from vitrine.sources import SOURCES, From, csv_records, files
from vitrine.tables.instructions import INSTRUCTIONS
from vitrine.tables.listings import LISTINGS, RAW_LISTINGS
from vitrine.tables.olist import TABLES
from vitrine.tables.quarantine import QUARANTINE

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {"olist": TABLES, "amazon_titles": {"listings": LISTINGS}, "alpaca": {"instructions": INSTRUCTIONS}}


def section(folder, source, **options):
    values = yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())
    values |= {"source": source, "raw": str(folder / "raw"), "clean": str(folder / "clean")}
    values["sources"][source] |= options
    return values


def run(folder, source, **options):
    """The metrics, the clean tables and the quarantine."""
    metrics = clean.main.body(parse(clean.Clean, "clean", section(folder, source, **options)))
    here = folder / "clean" / source
    found = {name: pl.DataFrame(tables.load(here / f"{name}.parquet", schema)) for name, schema in SCHEMAS[source].items()}
    return metrics, found, pl.DataFrame(tables.load(here / "quarantine.parquet", QUARANTINE))


def raw(folder, source, rows=300, selected=True):
    block = From(origin="sample", path=None, rows=rows, seed=7, selected=selected)
    ingest.main.body(ingest.Ingest(source=source, raw=folder / "raw", sources={source: block}))


def listings(folder, *rows):
    found = [{"uid": uid, "title": title, "content": content, "target_ind": [], "target_rel": []} for uid, title, content in rows]
    tables.write(folder / "raw" / "amazon_titles" / "listings.parquet", found, RAW_LISTINGS)


def reviews(folder, *rows):
    """An olist of these reviews: (review_id, order_id, score, title, message)."""
    raw(folder, "olist", selected=False)
    when = dt.datetime(2018, 1, 1)
    path = folder / "raw" / "olist" / "order_reviews.parquet"
    tables.write(
        path, [dict(zip(TABLES["order_reviews"].names, (*row, when, when), strict=True)) for row in rows], TABLES["order_reviews"]
    )


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("selected", [True, False])
def test_rows_in_are_rows_out_and_quarantined(tmp_path, source, selected):
    raw(tmp_path, source, selected=selected)
    metrics, found, aside = run(tmp_path, source)
    assert metrics["rows_in"] == metrics["rows_out"] + metrics["quarantined"]
    assert (metrics["rows_in"] > 0) is selected
    assert metrics["quarantined"] == aside.height
    for name, frame in found.items():
        assert metrics[f"rows_{name}"] == frame.height
        assert metrics[f"quarantined_{name}"] == aside.filter(pl.col("table") == name).height


def test_reviews_become_readable(tmp_path):
    reviews(
        tmp_path,
        ("r1", "o1", 5, "Nota 10", " Ótimo!\r\nAdorei &amp; recomendo\x00 "),
        ("r1", "o2", 5, "Super recomendo", "meu cpf é 529.982.247-25"),
        ("r2", "o1", 1, " ", " \r\n"),
        ("r3", "o3", 3, None, None),
        ("r1", "o2", 1, "de novo", "de novo"),
        ("r4", "o4", 6, "dez", "nota alta demais"),
        (None, "o5", 4, None, "sem chave"),
    )
    metrics, found, aside = run(tmp_path, "olist")
    texts = found["order_reviews"].select("review_id", "order_id", "review_comment_title", "review_comment_message").rows()
    assert texts == [
        ("r1", "o1", None, "Ótimo! Adorei & recomendo"),
        ("r1", "o2", "Super recomendo", "meu cpf é [CPF]"),
        ("r2", "o1", None, None),
        ("r3", "o3", None, None),
    ]
    assert sorted(aside.select("id", "reason").rows()) == [
        (":o5", "review_id or order_id is missing"),
        ("r1:o2", "review_id and order_id stand in an earlier row"),
        ("r4:o4", "review_score is not 1 to 5"),
    ]
    assert (metrics["blank_messages"], metrics["score_titles"], metrics["redacted"]) == (1, 2, 1)


def test_each_option_of_olist_has_an_effect(tmp_path):
    reviews(tmp_path, ("r", "o", 5, "10", "a@b.com e 529.982.247-25"))
    default = run(tmp_path, "olist")[1]["order_reviews"]
    assert run(tmp_path, "olist", drop_score_titles=False)[1]["order_reviews"]["review_comment_title"].to_list() == ["10"]
    assert default["review_comment_message"].to_list() == ["[EMAIL] e [CPF]"]
    fewer = run(tmp_path, "olist", personal_data=["email"])[1]["order_reviews"]
    assert fewer["review_comment_message"].to_list() == ["[EMAIL] e 529.982.247-25"]


def test_listings_worth_learning_from_are_kept(tmp_path):
    said = "It keeps drinks cold on the trail and fits most cup holders."
    listings(
        tmp_path,
        ("1", "Mug &amp; Bowl", f"<b>{said}</b> --This text refers to the Hardcover edition."),
        ("2", "Mug", ""),
        ("3", "Mug", "<br/>"),
        ("4", "Mug", None),
        ("5", "A mug, in blue", "A Mug in BLUE"),
        ("6", "Mug", "Short."),
        ("1", "Other", said),
        ("7", "MUG & bowl", said.upper()),
        ("8", " ", said),
        ("9", "Mug", said + " a@b.com"),
    )
    _, found, aside = run(tmp_path, "amazon_titles")
    assert found["listings"].rows() == [("1", "Mug & Bowl", said), ("9", "Mug", said + " [EMAIL]")]
    assert dict(aside.select("id", "reason").rows()) == {
        "2": "content is empty",
        "3": "content is empty",
        "4": "content is empty",
        "5": "content repeats the title",
        "6": "content is shorter than 40 characters",
        "1": "uid stands in an earlier row",
        "7": "title and content stand in an earlier row",
        "8": "title is empty",
    }


def test_each_option_of_amazon_titles_has_an_effect(tmp_path):
    listings(tmp_path, ("1", "Mug", "Write to a@b.com"))
    assert run(tmp_path, "amazon_titles")[1]["listings"].is_empty()
    assert run(tmp_path, "amazon_titles", min_chars=5)[1]["listings"]["content"].to_list() == ["Write to [EMAIL]"]
    kept = run(tmp_path, "amazon_titles", min_chars=5, personal_data=[])[1]["listings"]
    assert kept["content"].to_list() == ["Write to a@b.com"]


def test_instructions(tmp_path):
    rows = [
        ("Sum.", "1 2", "3"),
        ("Say a colour.", "<noinput>", "red"),
        ("Say a bird.", "No input required.", ""),
        ("Sum.", "1 2", "three"),
        ("Write HTML.", "[noinput]", "<b>\n&amp;\n</b>"),
        ("", "", "x"),
    ]
    found = [dict(zip(INSTRUCTIONS.names, (str(i), *row), strict=True)) for i, row in enumerate(rows)]
    tables.write(tmp_path / "raw" / "alpaca" / "instructions.parquet", found, INSTRUCTIONS)
    metrics, kept, aside = run(tmp_path, "alpaca")
    assert kept["instructions"].rows() == [
        ("0", "Sum.", "1 2", "3"),
        ("1", "Say a colour.", "", "red"),
        ("4", "Write HTML.", "", "<b>\n&amp;\n</b>"),
    ]
    assert aside["id"].to_list() == ["5", "2", "3"]
    assert metrics["no_input"] == 3
    assert run(tmp_path, "alpaca", min_chars=2)[1]["instructions"]["id"].to_list() == ["1", "3", "4"]


def test_a_raw_table_that_is_no_table(tmp_path):
    with pytest.raises(TableError, match="does not exist"):
        run(tmp_path, "alpaca")
    listings(tmp_path, ("1", "Mug", "text"))
    whole = tmp_path / "raw" / "amazon_titles" / "listings.parquet"
    whole.write_bytes(whole.read_bytes()[:-10])
    with pytest.raises(TableError, match="is not a whole parquet file"):
        run(tmp_path, "amazon_titles")
    pq.write_table(pa.table({"uid": ["1"], "title": ["x"]}), whole)
    with pytest.raises(TableError, match="lacks content: string"):
        run(tmp_path, "amazon_titles")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"source": None}, r"clean\.source: Input should be 'olist', 'amazon_titles' or 'alpaca'"),
        ({"sources": {}}, r"clean\.sources\.olist: is missing"),
        ({"chars": 1}, r"clean\.chars: there is no such key; allowed: clean, raw, source, sources"),
    ],
)
def test_settings_that_cannot_be_meant(tmp_path, change, says):
    with pytest.raises(SettingsError, match=says):
        parse(clean.Clean, "clean", section(tmp_path, "olist") | change)


@pytest.mark.parametrize(
    ("source", "option", "says"),
    [
        ("olist", {"personal_data": ["name"]}, r"clean\.sources\.olist\.personal_data\.0: Input should be 'email'"),
        ("olist", {"drop_score_titles": "perhaps"}, r"drop_score_titles: Input should be a valid boolean"),
        ("amazon_titles", {"min_chars": -1}, r"min_chars: Input should be greater than or equal to 0"),
        ("alpaca", {"min_char": 1}, r"alpaca\.min_char: there is no such key; allowed: min_chars"),
    ],
)
def test_options_that_cannot_be_meant(tmp_path, source, option, says):
    with pytest.raises(SettingsError, match=says):
        parse(clean.Clean, "clean", section(tmp_path, source, **option))


def test_the_published_reviews():
    path = ROOT.parent / "shared" / "data" / "olist" / "olist_order_reviews_dataset.csv.gz"
    if not path.is_file():
        pytest.skip("the publishers' files are not at ../shared/data")
    raw = {name: pl.DataFrame(schema.empty_table()) for name, schema in TABLES.items()}
    raw["order_reviews"] = pl.DataFrame(csv_records.read(path, files.contents(path), TABLES["order_reviews"])[0])
    cleaned = olist.clean(raw, personal_data=["email", "cnpj", "cpf", "phone", "cep"], drop_score_titles=True)
    reviews = cleaned.tables["order_reviews"]
    assert (reviews.height, cleaned.quarantine.height) == (99_224, 0)
    assert cleaned.counts["blank_messages"] == 27
    assert cleaned.counts["score_titles"] > 315
    assert reviews["review_comment_message"].null_count() == 58_247 + 27
    assert not reviews["review_comment_title"].str.contains(r"^\d+$").any()
