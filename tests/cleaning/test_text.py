"""Readable text: what goes, what stays, in which order."""

import html

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.cleaning.text import one_line, printable, tidy


def done(expression, *texts):
    return pl.DataFrame({"t": pl.Series(texts, dtype=pl.String)}).select(expression(pl.col("t"))).to_series().to_list()


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        pytest.param("Kerr&#8217;s best&#8211;selling", "Kerr’s best–selling", id="entities before punctuation"),
        pytest.param("caf&eacute; &amp; bar &#x2014; &hellip;", "café & bar — …", id="named and hexadecimal"),
        pytest.param("Tom &amp;amp; Jerry&amp;#39;s", "Tom & Jerry's", id="encoded twice"),
        pytest.param("&lt;b&gt;bold&lt;/b&gt; move", "bold move", id="entities before tags"),
        pytest.param("one<br />two<p class='x'>three</p><!-- no\nmore -->", "one two three", id="tags are blanks"),
        pytest.param("5 < 6 and 7 > 3, I <3 you", "5 < 6 and 7 > 3, I <3 you", id="no tags"),
        pytest.param("AT&T &nosuch; & &#0; a&b;", "AT&T &nosuch; & a&b;", id="no entities"),
        pytest.param("see http://a.example/b?c=1&amp;d=2 or WWW.shop.example now", "see or now", id="links"),
        pytest.param("A tale. --This text refers to the Hardcover edition.", "A tale.", id="boilerplate"),
        pytest.param(
            "A tale. --This text refers to an out of print or unavailable edition of this title.",
            "A tale.",
            id="longer boilerplate",
        ),
        pytest.param("a\x00b\x07 c\u200bd\ufeff\u00ad", "a b cd", id="control and invisible characters"),
        pytest.param("  two\r\n\r\nlines\t\u00a0here ", "two lines here", id="blanks"),
        pytest.param(
            "Ótimo, não é? Ação nº 1 — R$ 9,90! 😍❤️👨‍👩‍👧",
            "Ótimo, não é? Ação nº 1 — R$ 9,90! 😍❤️👨‍👩‍👧",
            id="Portuguese and emoji stay",
        ),
        pytest.param("ac\u0327a\u0303o", "ação", id="accents are composed"),
        pytest.param("<p> &nbsp; </p>", "", id="nothing is left"),
        pytest.param(None, None, id="null stays null"),
    ],
)
def test_tidy(raw, clean):
    assert done(tidy, raw, "other") == [clean, "other"]


def test_each_row_has_its_own_entities():
    assert done(tidy, "&lt;", None, "&amp;", "&eacute;") == ["<", None, "&", "é"]
    assert done(tidy) == []


def test_lines_stay_where_they_are_meant():
    assert done(printable, " def f():\r\n\treturn '<b>&amp;'\x00\n") == ["def f():\n\treturn '<b>&amp;'"]
    assert done(one_line, "a\n b") == ["a b"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from("&;#<> \r\n123ab")), min_size=1, max_size=5))
def test_any_text_comes_out_as_one_trimmed_line(texts):
    for text in done(tidy, *texts):
        assert text == text.strip()
        assert not set(text) & set("\r\n\t\x00\ufeff")
        assert "  " not in text


@given(st.text(st.sampled_from("abc é&<>\"'"), max_size=30))
def test_escaping_is_undone(text):
    escaped = html.escape(text)
    if "<" not in text and "&" not in text:
        assert done(tidy, escaped) == done(one_line, text)
