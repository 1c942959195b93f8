"""Tidy texts: decode entities, remove tags, links, control characters and boilerplate, leave one space between words.

    tidy_text(pl.col("content"), TREATMENTS)    # "Kerr&#8217;s <b>cat</b> --This text refers to the CD edition." -> "Kerr’s cat"
    tidy_text(pl.col("output"), ["control"])    # only these: here the text keeps its lines and tags

Each is a Polars expression, null for null. Entities are decoded first, because `&lt;b&gt;` is a tag, and stripping punctuation
first would leave `Kerr8217s`. Letters with accents, punctuation and emoji stay.

Most texts need no treatment. One search for each pattern finds those that do, and only those are treated.
"""

import html
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

Treatment = Literal["entities", "boilerplate", "tags", "urls", "control", "blanks"]
Treatments = tuple[Treatment, ...]
TREATMENTS: Treatments = get_args(Treatment)  # in the order in which they are applied, whatever the order of the setting

ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
NESTED = 4  # how often an entity may have been encoded again: &amp;amp;#8217;
BOILERPLATE = r"(?i)(?:-{2,}\s*)?this text refers to (?:the|an?) [^.<]{0,120}?(?:edition|title)\b(?: of this title)?\.?"
BARE_TAG = r"</?[A-Za-z][^<>]*>"
TAG = rf"(?s)<!--.*?-->|{BARE_TAG}"
URL = r"(?i)\b(?:https?://|www\.)[^\s<>\"]+"
CONTROL = r"[\p{Cc}&&[^\t\n\r]]"
INVISIBLE = r"[\u{00AD}\u{200B}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2060}\u{2066}-\u{2069}\u{FEFF}\u{FFFD}]"
OTHER_BLANK = r"[^\S ]"
COMMON = {entity: html.unescape(entity) for entity in ("&amp;", "&quot;", "&#39;", "&lt;", "&gt;", "&#8217;", "&nbsp;", "&#xA0;")}
# Signs that need no treatment: letters (U+00C0 to U+02FF are composed), digits and signs, common dashes, quotes and emoji.
COMMON_SIGNS = r" -~\x{A1}-\x{AC}\x{AE}-\x{2FF}\x{2010}-\x{2027}\x{1F000}-\x{1FFFF}"
NOT_ONE_LINE = rf"\A | \z|  |[^{COMMON_SIGNS}]"
NOT_PRINTABLE = rf"\A[ \t\n]|[ \t\n]\z|[^\t\n{COMMON_SIGNS}]"  # for texts that keep lines, tabs and runs of blanks

Mask = npt.NDArray[np.bool_]


def one_line(text: pl.Expr) -> pl.Expr:
    """`text` without control characters, composed (NFC), with one space between words and none at the ends."""
    return tidy_text(text, ("control", "blanks"))


def tidy_text(text: pl.Expr, treatments: Sequence[Treatment]) -> pl.Expr:
    """`text` after these treatments:

    entities     &#8217; -> ’, also if it was encoded several times
    boilerplate  remove "--This text refers to the … edition."
    tags, urls   replace by a blank
    control      replace control characters by blanks, remove invisible ones, make all line ends \\n, compose accents (NFC)
    blanks       one space between words; like `control`, none at the ends
    """
    chosen = [treatment for treatment in TREATMENTS if treatment in treatments]
    return text.map_batches(lambda texts: _tidy(texts, chosen), return_dtype=pl.String) if chosen else text


def apply_where(
    texts: pl.Series, where: pl.Series | Mask, treat: Callable[[pl.Series], pl.Series], *, close: bool = False
) -> pl.Series:
    """`texts` with `treat` applied to those at `where`; `treat` gets no others.

    From one chunk Polars gathers without copying texts. With `close` it gathers from two chunks and copies all texts together,
    which is faster if they are read often afterwards.
    """
    places = np.flatnonzero(where.fill_null(False) if isinstance(where, pl.Series) else where)
    if not places.size:
        return texts
    order = np.arange(len(texts))
    order[places] = np.arange(len(texts), len(texts) + places.size)
    return pl.concat([texts, treat(texts.gather(places))], rechunk=not close).gather(order)


def has_non_ascii(texts: pl.Series) -> pl.Series:
    return texts.str.len_bytes() != texts.str.len_chars()


def utf8_bytes(texts: pl.Series) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """All UTF-8 bytes of `texts` in one array, and the offset of each text in it (and the end of the last one)."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    begins = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    every = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
    return every[begins[0] : begins[-1]], begins - begins[0]


def _tidy(texts: pl.Series, chosen: Sequence[Treatment]) -> pl.Series:
    """Search each text once. A text that matches goes through every treatment, since one may leave work for the next."""
    signs = [NOT_ONE_LINE if "blanks" in chosen else NOT_PRINTABLE] if {"control", "blanks"} & {*chosen} else []
    where = pl.repeat(False, len(texts), eager=True)
    for pattern in [*signs, *(TRIGGERS[treatment] for treatment in chosen if treatment in TRIGGERS)]:
        where |= texts.str.contains(pattern).fill_null(False)
    return apply_where(texts, where, lambda few: _apply_in_order(few, chosen), close=True)


def _apply_in_order(texts: pl.Series, chosen: Sequence[Treatment]) -> pl.Series:
    for treatment in chosen:
        if treatment in TRIGGERS:
            texts = apply_where(texts, texts.str.contains(TRIGGERS[treatment]), APPLY[treatment])
    if "blanks" in chosen:
        return apply_where(
            texts,
            texts.str.contains(NOT_ONE_LINE),
            lambda few: _collapse_blanks(_remove_invisible(few) if "control" in chosen else few),
        )
    if "control" in chosen:  # lines stay: only their ends are made the same
        needs = texts.str.contains(NOT_PRINTABLE)
        return apply_where(texts, needs, lambda few: _remove_invisible(few).str.replace_all("\r\n?", "\n").str.strip_chars())
    return texts


def _decode_entities(texts: pl.Series, times: int = NESTED) -> pl.Series:
    """Polars replaces the common entities. Each other entity that occurs is decoded once by Python, then replaced by Polars."""
    texts = texts.str.replace_many(list(COMMON), list(COMMON.values()))
    left = texts.str.contains(ENTITY)
    entities = texts.filter(left).str.extract_all(ENTITY).explode().drop_nulls().unique().sort()
    known = {entity: letter for entity in entities if (letter := html.unescape(entity)) != entity}
    if not known:
        return texts
    again = any("&" in letter for letter in known.values()) or not COMMON.keys().isdisjoint(known)  # &amp;lt; is now &lt;
    texts = apply_where(texts, left, lambda few: few.str.replace_many(list(known), list(known.values())))
    if not again or times < 2:
        return texts
    return apply_where(texts, texts.str.contains(ENTITY), lambda few: _decode_entities(few, times - 1))


def _remove_tags(texts: pl.Series) -> pl.Series:
    """Remove tags and comments. The part after the last `-->` is treated apart: there `<!--` opens no comment, and to search for
    its end from every tag would take quadratic time."""
    if not texts.str.contains("<!--", literal=True).any():
        return texts.str.replace_all(TAG, " ")
    head = texts.str.extract(r"(?s)\A(.*-->)").fill_null("")
    bare = texts.str.strip_prefix(head).str.replace_all(BARE_TAG, " ")
    return head.str.replace_all(TAG, " ") + bare


def _remove_invisible(texts: pl.Series) -> pl.Series:
    """Compose texts, and remove control and invisible characters. ASCII texts are composed and hold no invisible ones."""
    texts = apply_where(texts, texts.str.contains(CONTROL), lambda few: few.str.replace_all(CONTROL, " "))
    return apply_where(texts, has_non_ascii(texts), lambda few: few.str.replace_all(INVISIBLE, "").str.normalize("NFC"))


def _collapse_blanks(texts: pl.Series) -> pl.Series:
    """Replace runs of spaces only: a pattern for all blanks would match every single space."""
    texts = apply_where(texts, texts.str.contains(OTHER_BLANK), lambda few: few.str.replace_all(OTHER_BLANK, " "))
    return texts.str.replace_all("  +", " ").str.strip_chars()


# Which texts need a treatment, and the treatment; for `control` and `blanks` the signs above decide.
TRIGGERS = {"entities": "&", "boilerplate": r"(?i)this text refers to", "tags": "<", "urls": URL}
APPLY: dict[str, Callable[[pl.Series], pl.Series]] = {
    "entities": _decode_entities,
    "boilerplate": lambda texts: texts.str.replace_all(BOILERPLATE, " "),
    "tags": _remove_tags,
    "urls": lambda texts: texts.str.replace_all(URL, " "),
}
