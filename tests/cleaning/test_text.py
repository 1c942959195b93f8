"""Tidy texts: which treatments change what, and in which order."""

import html

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.cleaning.text import BOILERPLATE, CONTROL, INVISIBLE, TAG, TREATMENTS, URL, one_line, tidy_text


def everything(text):
    return tidy_text(text, TREATMENTS)


def apply(expression, *texts):
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
    assert apply(everything, raw, "other") == [clean, "other"]


def test_each_row_has_its_own_entities():
    assert apply(everything, "&lt;", None, "&amp;", "&eacute;") == ["<", None, "&", "é"]
    assert apply(everything) == []


@pytest.mark.parametrize(
    ("treatment", "raw", "clean"),
    [
        ("entities", "a &amp; b", "a & b"),
        ("boilerplate", "A tale. --This text refers to the Hardcover edition.", "A tale.  "),
        ("tags", "<b>bold</b>", " bold "),
        ("urls", "see http://a.example now", "see   now"),
        ("control", " a\x00b\r\nc\u200b", "a b\nc"),
        ("blanks", " a \n b", "a b"),
    ],
)
def test_each_treatment_runs_only_if_it_is_chosen(treatment, raw, clean):
    assert apply(lambda text: tidy_text(text, [treatment]), raw) == [clean]
    others = [name for name in TREATMENTS if name != treatment]
    assert apply(lambda text: tidy_text(text, others), raw) != apply(everything, raw)
    assert apply(lambda text: tidy_text(text, []), raw) == [raw]


def slowly(text):
    """The same without fast paths: every treatment for every text."""
    for pattern in (BOILERPLATE, TAG, URL, CONTROL):
        text = text.str.replace_all(pattern, " ")
    seen = text.str.replace_all(INVISIBLE, "").str.replace_all("\r\n?", "\n").str.normalize("NFC")
    return seen.str.replace_all(r"\s+", " ").str.strip_chars()


strange = st.sampled_from(
    "\u00a0\u00ad\u0085\u0301\u0327\u2003\u2019\u2028\u200b\u212b\u3000\uac00\u1100\u1161é£½ñ😍\x7f\x1f\t\r\n  <>/b"
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="&") | strange) | st.none(), min_size=1, max_size=6))
def test_skipped_texts_need_no_treatment(texts):
    assert apply(everything, *texts) == apply(slowly, *texts)


def test_lines_stay_without_the_treatment_blanks():
    assert apply(lambda text: tidy_text(text, ["control"]), " def f():\r\n\treturn '<b>&amp;'\x00\n") == [
        "def f():\n\treturn '<b>&amp;'"
    ]
    assert apply(one_line, "a\n b") == ["a b"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from("&;#<> \r\n123ab")), min_size=1, max_size=5))
def test_any_text_becomes_one_trimmed_line(texts):
    for text in apply(everything, *texts):
        assert text == text.strip()
        assert not set(text) & set("\r\n\t\x00\ufeff")
        assert "  " not in text


@given(st.text(st.sampled_from("abc é&<>\"'"), max_size=30))
def test_html_escapes_are_undone(text):
    escaped = html.escape(text)
    if "<" not in text and "&" not in text:
        assert apply(everything, escaped) == apply(one_line, text)
