"""Texts that are JSON, cleaned without ceasing to be JSON: an entity may stand for a quote, a tag may hold one.

    within(pl.col("input"), lambda text: tidied(text, ["entities"]))     # {"a": "5&quot; pan"} -> {"a": "5\\" pan"}

While they are treated, the quotes and backslashes that belong to JSON are marks that no treatment knows; escapes are the
letters that they mean. What comes out is one line.
"""

import json
from collections.abc import Callable

import polars as pl

from vitrine.cleaning.text import one_line, only, tidied

EDGE, QUOTE, BACKSLASH, BARE = "\ue000", "\ue001", "\ue002", "\ue003"  # where a string begins or ends; \", \\ and \ in it
MARKS = "[\ue000-\ue003]"
TAG = r"</?[A-Za-z][^<>\x{E000}]*>"
URL = r"(?i)\b(?:https?://|www\.)[^\s<>\"\x{E000}-\x{E003}]+"
ESCAPE = r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^u]|u)"
MEANT = {'"': QUOTE, "\\": BACKSLASH, "/": "/", "b": " ", "f": " ", "n": " ", "r": " ", "t": " "}
NAN = r'([^\\]": *)(?:NaN|"nan")( *[,}])'


def within(text: pl.Expr, treat: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """`text`, its strings treated; null for null."""
    treated = one_line(treat(text.map_batches(_marked, return_dtype=pl.String)))
    return treated.str.replace_many(['"', "\\", EDGE, QUOTE, BACKSLASH, BARE], ['\\"', "\\\\", '"', '\\"', "\\\\", "\\"])


def without_markup(text: pl.Expr, *, tags: bool, urls: bool) -> pl.Expr:
    """For `within`: tags and links become blanks, none of them longer than its string."""
    text = text.map_batches(_without_tags, return_dtype=pl.String) if tags else text
    return text.str.replace_all(URL, " ") if urls else text


def without_nan(text: pl.Expr) -> pl.Expr:
    """Fields that are missing, NaN or "nan" in these texts, as null."""
    return text.str.replace_all(NAN, "${1}null${2}")


def _without_tags(texts: pl.Series) -> pl.Series:
    """Where there are comments, string by string: none may end in another string than it begins."""
    commented = texts.str.contains("<!--", literal=True)
    bare = only(texts, ~commented, lambda few: few.str.replace_all(TAG, " "))
    return only(bare, commented, lambda few: few.str.split(EDGE).list.eval(tidied(pl.element(), ["tags"])).list.join(EDGE))


def _marked(texts: pl.Series) -> pl.Series:
    """Each escape that occurs is looked up once; the rows are replaced by Polars."""
    texts = texts.str.replace_all(MARKS, "")
    found = sorted(texts.str.extract_all(ESCAPE).explode().drop_nulls().unique(), key=lambda escape: (-len(escape), escape))
    texts = texts.str.replace_many(found, [_meant(escape) for escape in found], leftmost=True) if found else texts
    return texts.str.replace_all('"', EDGE, literal=True)


def _meant(escape: str) -> str:
    """The letter of an escape; a blank for a control character, nothing for half a surrogate pair."""
    letter = escape[1]
    if letter != "u" or len(escape) < 6:
        return MEANT.get(letter, BARE + letter)
    meant: str = json.loads(f'"{escape}"')
    if "\ud800" <= meant <= "\udfff" or EDGE <= meant <= BARE:
        return ""
    return MEANT[meant] if meant in ('"', "\\") else meant if meant >= " " else " "
