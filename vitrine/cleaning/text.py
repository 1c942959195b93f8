"""Text as people read it: entities decoded, tags, links, control characters and boilerplate gone, one space between words.

    tidy(pl.col("content"))     # "Kerr&#8217;s <b>cat</b>\r\n --This text refers to the Hardcover edition." -> "Kerr’s cat"
    printable(pl.col("output")) # control characters only: for texts whose lines and tags are meant

Each is a Polars expression, null for null. Entities are decoded before anything is stripped: `&lt;b&gt;` is a tag, and
stripping punctuation first would leave `Kerr8217s`. Letters with accents, punctuation and emoji stay.
"""

import html

import polars as pl

ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
NESTED = 4  # how often an entity may have been encoded again: &amp;amp;#8217;
BOILERPLATE = r"(?i)(?:-{2,}\s*)?this text refers to (?:the|an?) [^.<]{0,120}?(?:edition|title)\b(?: of this title)?\.?"
TAG = r"(?s)<!--.*?-->|</?[A-Za-z][^<>]*>"
URL = r"(?i)\b(?:https?://|www\.)[^\s<>\"]+"
CONTROL = r"[\p{Cc}&&[^\t\n\r]]"
INVISIBLE = r"[\u{00AD}\u{200B}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2060}\u{2066}-\u{2069}\u{FEFF}\u{FFFD}]"


def tidy(text: pl.Expr) -> pl.Expr:
    """One line of readable text; the empty string where nothing is left."""
    stripped = decoded(text)
    for pattern in (BOILERPLATE, TAG, URL):
        stripped = stripped.str.replace_all(pattern, " ")
    return one_line(stripped)


def one_line(text: pl.Expr) -> pl.Expr:
    """Without control characters, composed (NFC), one space between words and none at the ends."""
    return printable(text).str.replace_all(r"\s+", " ").str.strip_chars()


def printable(text: pl.Expr) -> pl.Expr:
    """Without control and invisible characters, line ends and tabs excepted; composed (NFC), no blanks at the ends."""
    seen = text.str.replace_all(CONTROL, " ").str.replace_all(INVISIBLE, "")
    return seen.str.replace_all("\r\n?", "\n").str.normalize("NFC").str.strip_chars()


def decoded(text: pl.Expr) -> pl.Expr:
    """HTML entities as the characters they stand for, as often as they were encoded."""
    return text.map_batches(_decoded, return_dtype=pl.String)


def _decoded(texts: pl.Series) -> pl.Series:
    """Python decodes each entity that occurs once; the rows are replaced by Polars."""
    for _ in range(NESTED):
        found = texts.filter(texts.str.contains("&", literal=True)).str.extract_all(ENTITY).explode().drop_nulls().unique().sort()
        meant = {entity: html.unescape(entity) for entity in found}
        known = {entity: letter for entity, letter in meant.items() if letter != entity}
        if not known:
            break
        texts = texts.str.replace_many(list(known), list(known.values()))
    return texts
