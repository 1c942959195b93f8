"""JSON texts stay JSON when they are cleaned, and their strings are as clean as any other text."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.cleaning.json_text import map_strings, nan_to_null, strip_markup
from vitrine.cleaning.personal_data import redact
from vitrine.cleaning.text import tidy_text


def cleaned(*texts, nan=nan_to_null):
    def treat(text):
        return redact(strip_markup(tidy_text(text, ["entities"]), tags=True, urls=True), ["email"])

    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return frame.select(nan(map_strings(pl.col("text"), treat)))["text"].to_list()


PIECES = [
    "&quot;",
    "&amp;quot;",
    "&#34;",
    "&bsol;",
    "&#92;",
    "&#10;",
    "&lt;b&gt;",
    "<b>",
    "</b>",
    "<",
    ">",
    '"',
    "\\",
    "\n",
    "\x01",
]
PIECES += [
    "a@b.co",
    "http://x.y/z",
    "NaN",
    "nan",
    ": ",
    "é",
    "😀",
    "\ue000",
    "\ue003",
    "n",
    "u0041",
    "{",
    "}",
    ",",
    " ",
    "<!--",
    "-->",
]
STRINGS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(STRINGS, STRINGS | st.lists(STRINGS, max_size=2) | st.none(), max_size=3), st.booleans())
def test_json_stays_json(value, plain):
    text = json.dumps(value, ensure_ascii=plain).encode("utf-8", "replace").decode()
    result = json.loads(cleaned(text)[0])
    assert isinstance(result, dict) and len(result) <= len(value)
    kept = json.loads(cleaned(text, nan=lambda treated: treated)[0])  # "nan" may stand there once a mark beside it is gone
    for was, left, now in zip(value.values(), kept.values(), result.values(), strict=False):
        if len(result) == len(value):
            assert type(was) is type(now) or left == "nan"


def test_nan_becomes_null_after_cleaning():
    assert cleaned('{"a": "nan\ue000", "b": "nano"}') == ['{"a": null, "b": "nano"}']


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ({"a": "5&quot; pan"}, {"a": '5" pan'}),
        ({"a": "x &amp;amp;quot; &#92;"}, {"a": 'x " \\'}),
        ({"a": 'see <a href="x">this</a>'}, {"a": "see this "}),
        ({"a": "less < b", "c": "more > d"}, {"a": "less < b", "c": "more > d"}),
        ({"a": "one\n two\tthree \x07"}, {"a": "one two three "}),
        ({"a": "write\nana@x.com"}, {"a": "write [EMAIL]"}),
        ({"a": "C:\\new\\u0041"}, {"a": "C:\\new\\u0041"}),
        ({"a": "go http://x.y/z"}, {"a": "go "}),
        ({"a": "café 😀"}, {"a": "café 😀"}),
        ({"a": "nan", "b": float("nan"), "c": "nana", "d": "a: NaN"}, {"a": None, "b": None, "c": "nana", "d": "a: NaN"}),
        ([{"a": "nan"}], [{"a": None}]),
    ],
)
def test_strings_are_cleaned(was, now):
    assert json.loads(cleaned(json.dumps(was))[0]) == now


def test_lists_written_by_python_keep_their_quotes():
    listed = ['1st: Bob\'s "x"', "2nd: a\nb\\c", 'it\'s "é\x07"']
    assert eval(cleaned(str(listed))[0]) == ['1st: Bob\'s "x"', "2nd: a b\\c", 'it\'s "é\x07"']


def test_null_stays_null():
    assert cleaned(None, "{}", "") == [None, "{}", ""]
