"""Clean texts that are JSON so that they stay JSON: an entity may decode to a quote, and a tag may contain one.

    map_strings(pl.col("input"), lambda text: tidy_text(text, ["entities"]))     # {"a": "5&quot; pan"} -> {"a": "5\\" pan"}

During the treatment, JSON's own quotes and backslashes are replaced by marks that no treatment matches, and escapes by the
letters they stand for. The result is one line.
"""

import json
from collections.abc import Callable

import polars as pl

from vitrine.cleaning.text import apply_where, one_line, tidy_text

EDGE, QUOTE, BACKSLASH, BARE = "\ue000", "\ue001", "\ue002", "\ue003"  # where a string begins or ends; \", \\ and \ in it
MARKS = "[\ue000-\ue003]"
TAG = r"</?[A-Za-z][^<>\x{E000}]*>"
URL = r"(?i)\b(?:https?://|www\.)[^\s<>\"\x{E000}-\x{E003}]+"
ESCAPE = r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^u]|u)"
UNESCAPED = {'"': QUOTE, "\\": BACKSLASH, "/": "/", "b": " ", "f": " ", "n": " ", "r": " ", "t": " "}
NAN = r'([^\\]": *)(?:NaN|"nan")( *[,}])'


def map_strings(text: pl.Expr, treat: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """`text` with `treat` applied to its JSON strings; null for null."""
    treated = one_line(treat(text.map_batches(_marked, return_dtype=pl.String)))
    return treated.str.replace_many(['"', "\\", EDGE, QUOTE, BACKSLASH, BARE], ['\\"', "\\\\", '"', '\\"', "\\\\", "\\"])


def strip_markup(text: pl.Expr, *, tags: bool, urls: bool) -> pl.Expr:
    """For `map_strings`: replace tags and links by blanks. A match never goes beyond its JSON string."""
    text = text.map_batches(_without_tags, return_dtype=pl.String) if tags else text
    return text.str.replace_all(URL, " ") if urls else text


def nan_to_null(text: pl.Expr) -> pl.Expr:
    """`text` with null for the fields whose value is NaN or "nan"."""
    return text.str.replace_all(NAN, "${1}null${2}")


def _without_tags(texts: pl.Series) -> pl.Series:
    """Texts with comments are treated string by string, so that a comment ends in the string in which it begins."""
    commented = texts.str.contains("<!--", literal=True)
    bare = apply_where(texts, ~commented, lambda few: few.str.replace_all(TAG, " "))
    return apply_where(
        bare, commented, lambda few: few.str.split(EDGE).list.eval(tidy_text(pl.element(), ["tags"])).list.join(EDGE)
    )


def _marked(texts: pl.Series) -> pl.Series:
    """Look up each escape that occurs once, then let Polars replace it in all rows."""
    texts = texts.str.replace_all(MARKS, "")
    escapes = sorted(texts.str.extract_all(ESCAPE).explode().drop_nulls().unique(), key=lambda escape: (-len(escape), escape))
    texts = texts.str.replace_many(escapes, [_unescape(escape) for escape in escapes], leftmost=True) if escapes else texts
    return texts.str.replace_all('"', EDGE, literal=True)


def _unescape(escape: str) -> str:
    """The letter that an escape stands for: a blank for a control character, nothing for half a surrogate pair."""
    letter = escape[1]
    if letter != "u" or len(escape) < 6:
        return UNESCAPED.get(letter, BARE + letter)
    decoded: str = json.loads(f'"{escape}"')
    if "\ud800" <= decoded <= "\udfff" or EDGE <= decoded <= BARE:
        return ""
    return UNESCAPED[decoded] if decoded in ('"', "\\") else decoded if decoded >= " " else " "
