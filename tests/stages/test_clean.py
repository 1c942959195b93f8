"""clean: raw tables become clean tables; every option has an effect."""

import datetime as dt
from copy import deepcopy
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from stages import clean, ingest
from vitrine import tables
from vitrine.cleaning.by_source import CLEANERS, Options
from vitrine.errors import SettingsError, TableError
from vitrine.settings import parse
from vitrine.sources import SOURCES, SourceSettings
from vitrine.sources.formats import csv_records
from vitrine.sources.origins import files
from vitrine.tables.published.instructions import INSTRUCTIONS
from vitrine.tables.published.listings import RAW_LISTINGS
from vitrine.tables.published.olist import TABLES
from vitrine.tables.quarantine import QUARANTINE

ROOT = Path(__file__).resolve().parents[2]
SECTION = yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())
OPTIONS = parse(Options, "clean.sources", SECTION["sources"])
SCHEMAS = {
    source: {name: rules.output for name, rules in of_source(getattr(OPTIONS, source)).items()}
    for source, of_source in CLEANERS.items()
}


def section(folder, source, **options):
    values = deepcopy(SECTION) | {
        "source": source,
        "raw": str(folder / "raw"),
        "clean": str(folder / "clean"),
        "launch": {"name": "local"},
    }
    values["sources"][source] |= options
    return values


def run(folder, source, **options):
    """The metrics, the clean tables and the quarantine."""
    metrics = clean.main.body(parse(clean.Clean, "clean", section(folder, source, **options)))
    here = folder / "clean" / source
    clean_tables = {name: pl.DataFrame(tables.load(here / f"{name}.parquet", schema)) for name, schema in SCHEMAS[source].items()}
    return metrics, clean_tables, pl.DataFrame(tables.load(here / "quarantine.parquet", QUARANTINE))


def raw(folder, source, rows=300, selected=True):
    block = SourceSettings(origin="sample", path=None, rows=rows, seed=7, max_rejects=0.5, selected=selected)
    manifests = ROOT / "manifests"
    ingest.main.body(ingest.Ingest(source=source, raw=folder / "raw", manifests=manifests, sources={source: block}))


def listings(folder, *rows):
    rows = [{"uid": uid, "title": title, "content": content, "target_ind": [], "target_rel": []} for uid, title, content in rows]
    tables.write(folder / "raw" / "amazon_titles" / "listings.parquet", rows, RAW_LISTINGS)


def reviews(folder, *rows):
    """Raw Olist tables with these reviews: (review_id, order_id, score, title, message)."""
    raw(folder, "olist", selected=False)
    when = dt.datetime(2018, 1, 1)
    path = folder / "raw" / "olist" / "order_reviews.parquet"
    tables.write(
        path, [dict(zip(TABLES["order_reviews"].names, (*row, when, when), strict=True)) for row in rows], TABLES["order_reviews"]
    )


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("selected", [True, False])
def test_rows_in_equal_rows_out_plus_quarantined(tmp_path, source, selected):
    raw(tmp_path, source, selected=selected)
    metrics, clean_tables, aside = run(tmp_path, source)
    assert metrics["rows_in"] == metrics["rows_out"] + metrics["quarantined"]
    assert (metrics["rows_in"] > 0) is selected
    assert metrics["quarantined"] == aside.height
    for name, frame in clean_tables.items():
        assert metrics[f"rows_{name}"] == frame.height
        assert metrics[f"quarantined_{name}"] == aside.filter(pl.col("table") == name).height


def test_reviews_are_cleaned(tmp_path):
    reviews(
        tmp_path,
        ("r1", "o1", 5, "Nota 10", " Ótimo!\r\nAdorei &amp; recomendo\x00 "),
        ("r1", "o2", 5, "Super recomendo", "meu cpf é 529.982.247-25"),
        ("r2", "o1", 1, " ", " \r\n"),
        ("r5", "o5", 5, "Muito bom", "*****"),
        ("r3", "o3", 3, None, None),
        ("r1", "o2", 1, "de novo", "de novo"),
        ("r4", "o4", 6, "dez", "nota alta demais"),
        (None, "o5", 4, None, "sem chave"),
    )
    metrics, clean_tables, aside = run(tmp_path, "olist")
    texts = clean_tables["order_reviews"].select("review_id", "order_id", "review_comment_title", "review_comment_message").rows()
    assert texts == [
        ("r1", "o1", None, "Ótimo! Adorei & recomendo"),
        ("r1", "o2", "Super recomendo", "meu cpf é [CPF]"),
        ("r2", "o1", None, None),
        ("r5", "o5", "Muito bom", None),
        ("r3", "o3", None, None),
    ]
    assert sorted(aside.select("id", "reason").rows()) == [
        (":o5", "review_id or order_id is missing"),
        ("r1:o2", "review_id and order_id stand in an earlier row"),
        ("r4:o4", "review_score is not 1 to 5"),
    ]
    assert (metrics["blank_messages"], metrics["redacted"]) == (1, 1)
    assert (metrics["score_titles"], metrics["score_messages"]) == (2, 1)


def test_each_option_of_olist_has_an_effect(tmp_path):
    reviews(tmp_path, ("r", "o", 5, "10", "dez"))
    ungraded = run(tmp_path, "olist", drop_grades=False)[1]["order_reviews"]
    assert ungraded.select("review_comment_title", "review_comment_message").row(0) == ("10", "dez")
    reviews(tmp_path, ("r", "o", 5, "10", "a@b.com e 529.982.247-25"))
    default = run(tmp_path, "olist")[1]["order_reviews"]
    assert default["review_comment_message"].to_list() == ["[EMAIL] e [CPF]"]
    fewer = run(tmp_path, "olist", personal_data=["email"])[1]["order_reviews"]
    assert fewer["review_comment_message"].to_list() == ["[EMAIL] e 529.982.247-25"]


def test_useful_listings_are_kept(tmp_path):
    text = "It keeps drinks cold on the trail and fits most cup holders."
    listings(
        tmp_path,
        ("1", "Mug &amp; Bowl", f"<b>{text}</b> --This text refers to the Hardcover edition."),
        ("2", "Mug", ""),
        ("3", "Mug", "<br/>"),
        ("4", "Mug", None),
        ("5", "A mug, in blue", "A Mug in BLUE"),
        ("6", "Mug", "Short."),
        ("1", "Other", text),
        ("7", "MUG & bowl", text.upper()),
        ("8", " ", text),
        ("9", "Mug", text + " a@b.com"),
    )
    _, clean_tables, aside = run(tmp_path, "amazon_titles")
    assert clean_tables["listings"].rows() == [("1", "Mug & Bowl", text), ("9", "Mug", text + " [EMAIL]")]
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
    short = run(tmp_path, "amazon_titles", min_chars=5, min_title_chars=99)[2]
    assert "title is shorter than 99 characters" in short["reason"].to_list()
    aside = run(tmp_path, "amazon_titles", min_chars=5, max_chars=9)[2]
    assert aside["reason"].to_list() == ["content is longer than 9 characters"]


@pytest.mark.parametrize(
    ("source", "column", "text"),
    [
        ("amazon_titles", "title", "title"),
        ("amazon_titles", "content", "content"),
        ("olist", "title", "review_comment_title"),
        ("olist", "message", "review_comment_message"),
        ("alpaca", "instruction", "instruction"),
        ("alpaca", "input", "input"),
        ("alpaca", "output", "output"),
    ],
)
def test_each_text_has_its_own_treatments(tmp_path, source, column, text):
    sample = "Tom &amp; <b>Jerry</b>\tsaid a lot about the two of them and more"
    if source == "amazon_titles":
        listings(tmp_path, ("1", f"A {sample}", f"B {sample}"))
    elif source == "olist":
        reviews(tmp_path, ("r", "o", 5, sample, sample))
    else:
        row = {"id": "0", "instruction": sample, "input": sample, "output": sample}
        tables.write(tmp_path / "raw" / "alpaca" / "instructions.parquet", [row], INSTRUCTIONS)
    texts = {name: [] for name in type(getattr(OPTIONS, source).texts).model_fields}
    table = {"amazon_titles": "listings", "olist": "order_reviews", "alpaca": "instructions"}[source]
    (untouched,) = run(tmp_path, source, texts=texts)[1][table].to_dicts()
    (treated,) = run(tmp_path, source, texts=texts | {column: ["entities", "tags"]})[1][table].to_dicts()
    assert sample in untouched[text]
    assert {name for name in treated if treated[name] != untouched[name]} == {text}
    assert "Tom &  Jerry \tsaid" in treated[text]


@pytest.mark.parametrize("source", ["amazon_titles", "olist", "alpaca"])
def test_near_duplicates_are_set_aside_if_configured(tmp_path, source):
    first = "It keeps drinks cold on the trail and fits most of the cup holders that we know of, in cars and on desks"
    texts = [first, first + ", too", "Quite another text, of which nothing is known but that it is long enough to be kept"]
    if source == "amazon_titles":
        listings(tmp_path, *((str(i), "Mug", text) for i, text in enumerate(texts)))
    elif source == "olist":
        reviews(tmp_path, *((f"r{i}", "o", 5, None, text) for i, text in enumerate(texts)))
    else:
        rows = [{"id": str(i), "instruction": text, "input": "", "output": text} for i, text in enumerate(texts)]
        tables.write(tmp_path / "raw" / "alpaca" / "instructions.parquet", rows, INSTRUCTIONS)
    assert run(tmp_path, source)[0]["quarantined"] == 0
    metrics, _, aside = run(tmp_path, source, near_duplicates={"jaccard": 0.7})
    assert aside["reason"].to_list() == ["nearly repeats an earlier row"]
    assert metrics["rows_in"] == metrics["rows_out"] + 1


@pytest.mark.parametrize("source", ["olist", "alpaca"])
def test_length_and_personal_data_options_have_an_effect(tmp_path, source):
    message = "Escreva para a@b.com"
    reviews(tmp_path, ("r", "o", 5, None, message))
    row = {"id": "0", "instruction": "Say it.", "input": "", "output": message}
    tables.write(tmp_path / "raw" / "alpaca" / "instructions.parquet", [row], INSTRUCTIONS)
    table, text = {"olist": ("order_reviews", "review_comment_message"), "alpaca": ("instructions", "output")}[source]
    assert run(tmp_path, source, personal_data=["email"])[1][table][text].to_list() == ["Escreva para [EMAIL]"]
    assert run(tmp_path, source, personal_data=[])[1][table][text].to_list() == [message]
    name = text.removeprefix("review_comment_")
    assert run(tmp_path, source, min_chars=50)[2]["reason"].str.ends_with(f"{name} is shorter than 50 characters").to_list() == [
        True
    ]
    assert run(tmp_path, source, max_chars=5)[2]["reason"].str.ends_with(f"{name} is longer than 5 characters").to_list() == [
        True
    ]


def test_instructions_are_cleaned(tmp_path):
    rows = [
        ("Sum.", "1 2", "3"),
        ("Say a colour.", "<noinput>", "red"),
        ("Say a bird.", "No input required.", ""),
        ("Sum.", "1 2", "three"),
        ("Write HTML.", "[noinput]", "<b>\n&amp;\n</b>"),
        ("", "", "x"),
    ]
    raw_rows = [dict(zip(INSTRUCTIONS.names, (str(i), *row), strict=True)) for i, row in enumerate(rows)]
    tables.write(tmp_path / "raw" / "alpaca" / "instructions.parquet", raw_rows, INSTRUCTIONS)
    metrics, kept, aside = run(tmp_path, "alpaca")
    assert kept["instructions"].rows() == [
        ("0", "Sum.", "1 2", "3"),
        ("1", "Say a colour.", "", "red"),
        ("4", "Write HTML.", "", "<b>\n&amp;\n</b>"),
    ]
    assert aside["id"].to_list() == ["2", "3", "5"]
    assert metrics["no_input"] == 3
    assert run(tmp_path, "alpaca", min_chars=2)[1]["instructions"]["id"].to_list() == ["1", "3", "4"]


def test_unreadable_raw_tables_are_errors(tmp_path):
    with pytest.raises(TableError, match="does not exist"):
        run(tmp_path, "alpaca")
    listings(tmp_path, ("1", "Mug", "text"))
    table = tmp_path / "raw" / "amazon_titles" / "listings.parquet"
    table.write_bytes(table.read_bytes()[:-10])
    with pytest.raises(TableError, match="is not a whole parquet file"):
        run(tmp_path, "amazon_titles")
    pq.write_table(pa.table({"uid": ["1"], "title": ["x"]}), table)
    with pytest.raises(TableError, match="lacks content: string"):
        run(tmp_path, "amazon_titles")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": None}, r"clean\.source: should be one of olist, amazon_titles, alpaca"),
        ({"sources": {}}, r"clean\.sources\.olist: is missing"),
        ({"chars": 1}, r"clean\.chars: there is no such key; allowed: clean, launch, raw, source, sources"),
    ],
)
def test_invalid_settings_are_errors(tmp_path, change, message):
    with pytest.raises(SettingsError, match=message):
        parse(clean.Clean, "clean", section(tmp_path, "olist") | change)


@pytest.mark.parametrize(
    ("source", "option", "message"),
    [
        ("olist", {"personal_data": ["name"]}, r"clean\.sources\.olist\.personal_data\.0: Input should be 'email'"),
        ("olist", {"drop_grades": "perhaps"}, r"drop_grades: Input should be a valid boolean"),
        ("amazon_titles", {"min_chars": -1}, r"min_chars: Input should be greater than or equal to 0"),
        ("alpaca", {"max_chars": 0}, r"max_chars: Input should be greater than or equal to 1"),
        ("alpaca", {"near_duplicates": {"jaccard": 2}}, r"jaccard: Input should be less than or equal to 1"),
        ("alpaca", {"texts": {"input": ["html"]}}, r"texts\.input\.0: Input should be 'entities', 'boilerplate'"),
        (
            "alpaca",
            {"min_char": 1},
            r"alpaca\.min_char: there is no such key; did you mean min_chars\? Allowed: max_chars, min_chars, near_duplicates",
        ),
    ],
)
def test_invalid_options_are_errors(tmp_path, source, option, message):
    with pytest.raises(SettingsError, match=message):
        parse(clean.Clean, "clean", section(tmp_path, source, **option))


@pytest.mark.slow
def test_the_published_reviews(tmp_path, real):
    path = real / "olist" / "olist_order_reviews_dataset.csv.gz"
    raw(tmp_path, "olist", selected=False)
    rows = csv_records.read(path, files.read_all(path), TABLES["order_reviews"])[0]
    tables.write(tmp_path / "raw" / "olist" / "order_reviews.parquet", rows, TABLES["order_reviews"])
    metrics, clean_tables, aside = run(tmp_path, "olist")
    reviews = clean_tables["order_reviews"]
    assert (reviews.height, aside.height) == (99_224, 0)
    assert metrics["blank_messages"] == 27
    assert metrics["score_titles"] > 315
    assert metrics["score_messages"] > 100
    assert reviews["review_comment_message"].null_count() == 58_247 + 27 + metrics["score_messages"]
    assert not reviews["review_comment_title"].str.contains(r"^\d+$").any()
