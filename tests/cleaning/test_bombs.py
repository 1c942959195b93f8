"""Texts made to be slow to clean: megabytes of tags, entities, digits. Each is cleaned in seconds."""

import time

import polars as pl
import pyarrow as pa
import pytest
import yaml

from tests.conftest import ROOT
from vitrine.cleaning.batch import prepare
from vitrine.cleaning.by_source import CLEANERS, Options

pytestmark = pytest.mark.slow  # the inner loop does without them

OPTIONS = Options.model_validate(yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())["sources"])
SIZE = 2_000_000
SECONDS = 20  # they took minutes or hours, where it is a few seconds now, on a busy machine too
TEXTS = {
    "amazon_titles": "content",
    "olist": "review_comment_message",
    "alpaca": "output",
    "ecinstruct": "input",
    "products": "title",
    "pave_br": "description",
}
REST = {
    "uid": "1",
    "title": "t",
    "review_id": "1",
    "order_id": "1",
    "review_score": 5,
    "vendor": [""],
    "model": [""],
    "id": "1",
    "asin": "1",
    "attributes": ["cor"],
    "values": ["Azul"],
}
REST |= {"task": "PM", "split": "test", "instruction": "i", "input": "i", "output": "yes", "content": "c"}


def cleaned(source, text):
    """The clean row (None if it is set aside), and the seconds that it took."""
    ((_, rules),) = [(name, r) for name, r in CLEANERS[source](getattr(OPTIONS, source)).items() if TEXTS[source] in r.raw.names]
    raw = pa.Table.from_pylist([{k: v for k, v in REST.items() if k in rules.raw.names} | {TEXTS[source]: text}], rules.raw)
    started = time.process_time()
    rows = prepare(raw, rules, 0).rows
    return (rows[TEXTS[source]][0] if rows.height else None), time.process_time() - started


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param("&amp;", id="entities"),
        pytest.param("amp;", id="an entity encoded a million times"),
        pytest.param("&lt;b&gt;", id="tags in entities"),
        pytest.param("<div>", id="nested tags"),
        pytest.param("<a ", id="tags that never end"),
        pytest.param("<!--", id="comments that never end"),
        pytest.param("<!-- <b>", id="tags in comments that never end"),
        pytest.param("--this text refers to the ", id="boilerplate that never ends"),
        pytest.param("http://", id="links"),
        pytest.param("1", id="one number", marks=pytest.mark.slow),
        pytest.param("123.456.789-09 ", id="CPFs", marks=pytest.mark.slow),
        pytest.param("ana@loja.com.br ", id="addresses"),
        pytest.param("rua das flores 1, ", id="streets"),
        pytest.param("e\u0301", id="accents on their own"),
        pytest.param('\\"', id="escaped quotes"),
        pytest.param("\0\u200b", id="invisible characters"),
    ],
)
@pytest.mark.parametrize("source", TEXTS)
def test_a_bomb_is_cleaned_in_seconds(source, piece):
    text = "&" + piece * (SIZE // len(piece)) if piece == "amp;" else piece * (SIZE // len(piece))
    if source == "ecinstruct":
        text = '{"title": "' + text.replace('"', "'") + '"}'
    assert cleaned(source, text)[1] < SECONDS


def test_hundreds_of_thousands_of_different_entities():
    text = "".join(f"&#{code};" for code in range(0x3041, 0x3041 + 200_000))
    made, seconds = cleaned("amazon_titles", text)
    assert seconds < SECONDS and made.startswith("ぁ") and "&" not in made


def test_each_of_many_mentions_is_replaced():
    made, _ = cleaned("olist", "meu cpf 529.982.247-25, " * 20_000)
    assert made.count("[CPF]") == 20_000 and not any(letter.isdigit() for letter in made)


def test_an_unclosed_comment_hides_no_tag():
    made, _ = cleaned("amazon_titles", "a <!-- gone <b> --> " + "long enough to be kept as a text, <!-- <i>and its tags go</i>")
    assert made == "a long enough to be kept as a text, <!-- and its tags go"


def test_a_comment_ends_in_the_json_string_in_which_it_begins():
    made, _ = cleaned("ecinstruct", '{"a": "x <!-- y", "b": "z --> <b>w</b> <!-- gone --> v"}')
    assert pl.Series([made]).str.json_decode(pl.Struct({"a": pl.String, "b": pl.String})).to_list() == [
        {"a": "x <!-- y", "b": "z --> w v"}
    ]
