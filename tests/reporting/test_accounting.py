"""The accounting: right sums are shown and wrong ones are errors, for any content of the rows."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.reporting.ledger import REFUSED, TEXTS, drop_a_row, lay
from tests.reporting.test_html import HOSTILE, Page
from vitrine import tables
from vitrine.errors import AccountingError, TableError
from vitrine.reporting.cards.provenance import Origin, SourceReport
from vitrine.reporting.rows import lengths
from vitrine.reporting.rows.page import page
from vitrine.reporting.rows.plain import plain
from vitrine.reporting.rows.set_aside import LONGEST, MOST_REASONS

SAMPLE = Origin(origin="sample", path=None, rows=9, seed=7, selected=True)


def html(*ledgers, origin=SAMPLE, examples=3):
    shown = []
    for ledger in ledgers:
        account = ledger.account(selected=origin.selected, examples=examples)
        published = ledger.manifest()
        shown.append(SourceReport(account, published, origin))
    return page(shown)


def text_of(html):
    return " ".join(" ".join(Page(html).texts).split())


def test_right_sums_are_accepted(tmp_path):
    result = lay(
        tmp_path, counters={"redacted": 4, "aside.words.odd": 3, "personal_data.email": 3, "personal_data.cpf": 1}
    ).account()
    assert (result.rows_in, result.rejected, result.raw, result.quarantined, result.rows_out) == (8, 2, 6, 3, 3)
    words = result.tables["words"]
    assert (words.raw, words.quarantined, words.clean) == (6, 3, 3)
    assert [(reason.reason, reason.rows) for reason in words.reasons] == [
        ("text is empty", 2),
        ("id stands in an earlier row", 1),
    ]
    assert [(reason.reason, reason.rows) for reason in result.rejects] == [("a field is missing", 2)]
    assert result.personal_data == {"cpf": 1, "email": 3}
    assert result.counters == {"redacted": 4, "personal_data.cpf": 1, "personal_data.email": 3}
    assert words.columns == {"id": "string", "text": "string"}


@pytest.mark.parametrize(
    ("lost", "says"),
    [
        (("clean", "words.parquet"), r"^shop, words: 6 raw rows are not 2 clean ones and 3 in quarantine; run"),
        (("clean", "quarantine.parquet"), r"^shop, words: 6 raw rows are not 3 clean ones and 2 in quarantine; run"),
        (("raw", "words.parquet"), r"^shop, words: 5 raw rows are not 3 clean"),
        (("raw", "rejects.parquet"), r"^shop: ingest counted 8 published rows, but there are 6 raw rows and 1 rejects; run"),
    ],
    ids=lambda value: "/".join(value) if isinstance(value, tuple) else "",
)
def test_a_lost_row_is_an_error(tmp_path, lost, says):
    ledger = lay(tmp_path)
    ledger.account()
    drop_a_row(getattr(ledger, lost[0])(lost[1]))
    with pytest.raises(AccountingError, match=says):
        ledger.account()


def test_a_row_lost_in_both_stages_is_an_error(tmp_path):
    ledger = lay(tmp_path)
    drop_a_row(ledger.raw("words.parquet"))
    drop_a_row(ledger.clean("words.parquet"))
    with pytest.raises(AccountingError, match="ingest counted 8 published rows, but there are 5 raw rows and 2 rejects"):
        ledger.account()


def test_an_extra_row_is_an_error(tmp_path):
    ledger = lay(tmp_path)
    table = pq.read_table(ledger.clean("words.parquet"))
    pq.write_table(pa.concat_tables([table, table[:1]]), ledger.clean("words.parquet"))
    with pytest.raises(AccountingError, match="6 raw rows are not 4 clean ones"):
        ledger.account()


def test_an_extra_row_in_both_stages_is_an_error(tmp_path):
    ledger = lay(tmp_path)
    for path in (ledger.raw("words.parquet"), ledger.clean("words.parquet")):
        table = pq.read_table(path)
        pq.write_table(pa.concat_tables([table, table[:1]]), path)
    with pytest.raises(AccountingError, match="ingest counted 8 published rows, but there are 7 raw rows and 2 rejects"):
        ledger.account()


@pytest.mark.parametrize(
    ("stage", "name", "says"),
    [
        ("ingest", "rejected", "ingest recorded rejected = 99, but the files hold 2"),
        ("ingest", "rows_words", "ingest recorded rows_words = 99, but the files hold 6"),
        ("clean", "rows_in", "clean recorded rows_in = 99, but the files hold 6"),
        ("clean", "quarantined_words", "clean recorded quarantined_words = 99, but the files hold 3"),
        ("ingest", "rows_in", "ingest counted 99 published rows"),
    ],
)
@pytest.mark.parametrize("recorded", [99, 0], ids=["more", "less"])
def test_a_record_that_differs_from_the_files_is_an_error(tmp_path, stage, name, says, recorded):
    ledger = lay(tmp_path)
    ledger.record(stage, **{name: recorded})
    with pytest.raises(AccountingError, match=says.replace("99", str(recorded))):
        ledger.account()


def test_a_table_in_only_one_folder_is_an_error(tmp_path):
    ledger = lay(tmp_path)
    extra = ledger.clean("extra.parquet")
    tables.write(extra, [], TEXTS)
    with pytest.raises(AccountingError, match="shop: extra is in only one of"):
        ledger.account()
    extra.unlink()
    ledger.clean("words.parquet").rename(extra)
    with pytest.raises(AccountingError, match="shop: extra, words is in only one of"):
        ledger.account()


def test_quarantined_rows_of_an_unknown_table_are_an_error(tmp_path):
    ledger = lay(tmp_path, aside=[])
    row = {"table": "phrases", "id": "1", "reason": "x", "row": "{}"}
    pq.write_table(pa.Table.from_pylist([row]), ledger.clean("quarantine.parquet"))
    with pytest.raises(AccountingError, match="holds rows of phrases, which is no table"):
        ledger.account()


def test_a_missing_file_is_named(tmp_path):
    ledger = lay(tmp_path)
    ledger.record("clean").unlink()
    with pytest.raises(TableError, match=r"clean/shop\.json does not exist; run `dvc repro clean@shop`"):
        ledger.account()
    ledger = lay(tmp_path)
    ledger.raw("rejects.parquet").unlink()
    with pytest.raises(TableError, match=r"rejects\.parquet does not exist"):
        ledger.account()
    ledger = lay(tmp_path)
    ledger.clean("words.parquet").write_bytes(b"PAR1")
    with pytest.raises(TableError, match=r"words\.parquet is not a whole parquet file"):
        ledger.account()
    ledger = lay(tmp_path)
    ledger.raw("words.parquet").unlink()
    with pytest.raises(TableError, match="holds no tables"):
        ledger.account()


def test_empty_tables_are_accounted_for(tmp_path):
    ledger = lay(tmp_path, kept=[], aside=[], refused=[])
    result = ledger.account(selected=False)
    assert (result.rows_in, result.rows_out, result.tables["words"].texts) == (0, 0, {})
    assert ledger.account(selected=True).rows_in == 0
    assert "No row was set aside." in html(ledger)


def test_a_source_that_is_not_selected_says_so_and_may_hold_no_rows(tmp_path):
    off = SAMPLE.model_copy(update={"selected": False})
    text = text_of(html(lay(tmp_path / "a", kept=[], aside=[], refused=[]), origin=off))
    assert "shop not selected" in text
    assert "No source is selected" in text
    with pytest.raises(AccountingError, match="shop is not selected, but holds 6 rows"):
        lay(tmp_path / "b").account(selected=False)


def test_the_page_shows_the_sums(tmp_path):
    text = text_of(html(lay(tmp_path), lay(tmp_path / "more", "more")))
    assert "shop generated sample, size 9, seed 7 37.5 % kept 8 = 2 + 3 + 3 ✓" in text
    assert "All 16 = 4 + 6 + 6 ✓" in text
    assert "8 rows = 2 rejected + 6 raw ✓" in text
    assert "words 6 = 3 + 3 ✓" in text


def test_the_page_is_whole_and_makes_no_request(tmp_path):
    ledger = lay(tmp_path, counters={"redacted": 1})
    made = html(ledger)
    assert made == html(ledger)
    result = Page(made)
    assert "default-src 'none'" in made
    assert not {"script", "img", "iframe", "object", "form", "base"} & set(result.tags)
    links = {value for _, name, value in result.attributes if name == "href"}
    assert links == {"data:,", "#shop", "https://shop.example/words_1"}
    assert not [name for _, name, _ in result.attributes if name in {"src", "srcset", "action", "style"} or name.startswith("on")]
    assert not [loads for loads in ("url(", "@import", "@font-face") if loads in made]
    assert result.tags.count("caption") == result.tags.count("table")
    ids = [value for _, name, value in result.attributes if name == "id"]
    assert len(set(ids)) == len(ids)


def test_an_invalid_homepage_is_not_linked(tmp_path):
    ledger = lay(tmp_path)
    account, published = ledger.account(), ledger.manifest(homepage="javascript:alert(1)")
    made = page([SourceReport(account, published, SAMPLE)])
    assert "javascript" not in made


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_in_a_row_stays_text(tmp_path, text):
    plain = set(Page(html(lay(tmp_path / "plain"))).tags)
    row = json.dumps({text[:50]: text, "text": [text]})
    writable = text.encode("utf-8", "replace").decode()
    ledger = lay(
        tmp_path,
        aside=[(writable[:500], writable[:500], row), ("7", writable[:500], text.encode("utf-8", "replace").decode())],
        refused=[(writable[:500], 1, writable[:500], text.encode("utf-8", "surrogatepass"))],
    )
    made = html(ledger)
    result = Page(made)
    assert set(result.tags) <= plain | {"a"}
    assert not [name for _, name, _ in result.attributes if name.startswith("on")]
    assert not [sign for sign in "\x00\x1b\u202e\u2066" if sign in made]
    made.encode()


def test_bytes_that_are_not_utf8_are_escaped(tmp_path):
    ledger = lay(tmp_path)
    (reason,) = ledger.account().rejects
    good, bad = reason.examples
    assert (good.where, good.parts, good.note) == ("words.csv, line 7", [("", "7")], "")
    assert bad.parts == [("", "9,\\xff\\xfe café")]
    assert bad.note.startswith("not UTF-8")
    assert "9,\\xff\\xfe café" in text_of(html(ledger))


def test_a_character_that_is_cut_off_is_not_an_error(tmp_path):
    raw = b"a" * (LONGEST - 1) + "é".encode() * 500
    (reason,) = lay(tmp_path, refused=[("f", None, "r", raw)]).account().rejects
    (example,) = reason.examples
    assert example.parts == [("", f"{'a' * (LONGEST - 1)} … and 999 more bytes")]
    assert (example.where, example.note) == ("f, no line", "")
    (reason,) = lay(tmp_path, refused=[("f", 1, "r", "é".encode()[:1])]).account().rejects
    assert reason.examples[0].parts == [("", "\\xc3")]
    assert reason.examples[0].note


def test_only_the_beginning_of_a_huge_row_is_shown(tmp_path):
    huge = "x" * 5_000_000
    ledger = lay(tmp_path, aside=[("1", "too long", huge)], refused=[("f", 1, "too long", huge.encode())])
    made = html(ledger)
    assert len(made) < 100_000
    assert f"… and {5_000_000 - LONGEST:,} more bytes" in made
    assert "more characters" in made


def test_values_of_a_row_are_shown_by_column(tmp_path):
    row = {"id": "4", "text": None, "list": [1.0, 2.5], "long": "y" * (LONGEST + 5)}
    words = lay(tmp_path, aside=[("4", "r", json.dumps(row))]).account().tables["words"]
    (example,) = words.reasons[0].examples
    assert example.where == "4"
    assert example.parts == [
        ("id", "4"),
        ("text", None),
        ("list", "[1.0, 2.5]"),
        ("long", "y" * LONGEST + " … and 5 more characters"),
    ]


def test_many_reasons_still_add_up(tmp_path):
    many = MOST_REASONS * 3
    aside = [(str(n), f"reason {n:04d}", "t") for n in range(many)] + [("x", "often", "t"), ("y", "often", "t")]
    refused = [("f", n, f"odd {n}", b"x") for n in range(many)]
    ledger = lay(tmp_path, aside=aside, refused=refused)
    result = ledger.account()
    words = result.tables["words"]
    assert words.quarantined == many + 2 == sum(reason.rows for reason in words.reasons)
    assert len(words.reasons) == MOST_REASONS + 1
    assert (words.reasons[0].reason, words.reasons[0].rows) == ("often", 2)
    assert (words.reasons[-1].reason, words.reasons[-1].rows) == ("201 rarer reasons", 201)
    assert result.rejected == many
    assert "201 rarer reasons" in text_of(html(ledger))


@pytest.mark.parametrize("examples", [0, 1, 3])
def test_the_first_rows_of_a_reason_are_its_examples(tmp_path, examples):
    aside = [(str(n), "odd" if n % 2 else "even", "t") for n in range(5_000)]
    words = lay(tmp_path, aside=aside).account(examples=examples).tables["words"]
    shown = {reason.reason: [example.where for example in reason.examples] for reason in words.reasons}
    assert shown == {"even": ["0", "2", "4"][:examples], "odd": ["1", "3", "5"][:examples]}


def test_the_json_holds_counts_and_no_rows(tmp_path):
    ledger = lay(tmp_path)
    result = plain([SourceReport(ledger.account(), ledger.manifest(), SAMPLE)])["sources"]["shop"]
    assert result["rows_in"] == result["rejected"] + result["quarantined"] + result["rows_out"]
    words = result["tables"]["words"]
    assert words["reasons"] == [{"reason": "text is empty", "rows": 2}, {"reason": "id stands in an earlier row", "rows": 1}]
    assert result["reject_reasons"] == [{"reason": "a field is missing", "rows": len(REFUSED)}]
    assert sum(words["lengths"]["text"]["clean"]["bins"]) + words["lengths"]["text"]["clean"]["missing"] == words["clean"]
    assert "two words again" not in json.dumps(result)


# ------------------------------------------------------------------------------------------------------------- lengths


def test_lengths_are_counted_in_bins(tmp_path):
    sizes = [0, 1, 2, 4, 5, 9, 10, 49_999, 50_000, 60_000]
    rows = [{"id": "x", "text": ("é" if size else "") + "a " * (size // 2) + "b" * (size % 2)} for size in sizes]
    rows = [{"id": "x", "text": row["text"][:size]} for row, size in zip(rows, sizes, strict=True)]
    tables.write(tmp_path / "t.parquet", [*rows, {"id": "x", "text": None}], TEXTS)
    result = lengths.measure(tmp_path / "t.parquet")
    text = result["text"]
    assert (text.missing, text.texts, text.shortest, text.longest) == (1, 10, 0, 60_000)
    assert text.mean == pytest.approx(sum(sizes) / 10)
    labels = {lengths.label(place): count for place, count in enumerate(text.bins) if count}
    assert labels == {"0": 1, "1": 1, "2-4": 2, "5-9": 2, "10-19": 1, "20,000-49,999": 1, "50,000 and more": 2}
    assert lengths.are_texts(text)
    assert not lengths.are_texts(result["id"])


def test_a_table_without_texts_has_no_lengths(tmp_path):
    pq.write_table(pa.table({"n": [1, 2]}), tmp_path / "n.parquet")
    assert lengths.measure(tmp_path / "n.parquet") == {}
    pq.write_table(pa.table({"t": pa.array([None, None], pa.string())}), tmp_path / "t.parquet")
    assert lengths.measure(tmp_path / "t.parquet")["t"].missing == 2
