"""Text as people read it: entities decoded, tags, links, control characters and boilerplate gone, one space between words.

    tidied(pl.col("content"), TREATMENTS)    # "Kerr&#8217;s <b>cat</b>\r\n --This text refers to the CD edition." -> "Kerr’s cat"
    tidied(pl.col("output"), ["control"])    # only what is asked for: here texts whose lines and tags are meant

Each is a Polars expression, null for null. Entities are decoded before anything is stripped: `&lt;b&gt;` is a tag, and
stripping punctuation first would leave `Kerr8217s`. Letters with accents, punctuation and emoji stay.

Most texts need nothing. Which ones do is found by one look for each pattern; only those are treated.
"""

import html
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

Treatment = Literal["entities", "boilerplate", "tags", "urls", "control", "blanks"]
Treatments = tuple[Treatment, ...]
TREATMENTS: Treatments = get_args(Treatment)  # in the order in which they are given, whatever order they are asked in

ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
NESTED = 4  # how often an entity may have been encoded again: &amp;amp;#8217;
BOILERPLATE = r"(?i)(?:-{2,}\s*)?this text refers to (?:the|an?) [^.<]{0,120}?(?:edition|title)\b(?: of this title)?\.?"
BARE_TAG = r"</?[A-Za-z][^<>]*>"
TAG = rf"(?s)<!--.*?-->|{BARE_TAG}"
URL = r"(?i)\b(?:https?://|www\.)[^\s<>\"]+"
CONTROL = r"[\p{Cc}&&[^\t\n\r]]"
INVISIBLE = r"[\u{00AD}\u{200B}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2060}\u{2066}-\u{2069}\u{FEFF}\u{FFFD}]"
OTHER_BLANK = r"[^\S ]"
USUAL = {entity: html.unescape(entity) for entity in ("&amp;", "&quot;", "&#39;", "&lt;", "&gt;", "&#8217;", "&nbsp;", "&#xA0;")}
# What needs no treatment: letters (U+00C0 to U+02FF are composed), digits and signs, common dashes, quotes and emoji.
USUAL_SIGNS = r" -~\x{A1}-\x{AC}\x{AE}-\x{2FF}\x{2010}-\x{2027}\x{1F000}-\x{1FFFF}"
NOT_ONE_LINE = rf"\A | \z|  |[^{USUAL_SIGNS}]"
NOT_PRINTABLE = rf"\A[ \t\n]|[ \t\n]\z|[^\t\n{USUAL_SIGNS}]"  # where lines, tabs and runs of blanks are meant

Mask = npt.NDArray[np.bool_]


def one_line(text: pl.Expr) -> pl.Expr:
    """Without control characters, composed (NFC), one space between words and none at the ends."""
    return tidied(text, ("control", "blanks"))


def tidied(text: pl.Expr, treatments: Sequence[Treatment]) -> pl.Expr:
    """`text` after these treatments:

    entities     &#8217; -> ’, as often as it was encoded
    boilerplate  "--This text refers to the … edition." goes
    tags, urls   become a blank
    control      control characters become blanks and invisible ones go, line ends are \\n, accents are composed (NFC)
    blanks       one space between words; like `control`, none at the ends
    """
    asked = [treatment for treatment in TREATMENTS if treatment in treatments]
    return text.map_batches(lambda texts: _treated(texts, asked), return_dtype=pl.String) if asked else text


def only(texts: pl.Series, where: pl.Series | Mask, treat: Callable[[pl.Series], pl.Series], *, close: bool = False) -> pl.Series:
    """`texts`, those at `where` treated; `treat` sees no others. Out of one chunk Polars copies no text; out of two it copies
    all, `close` together, which pays where they are read often afterwards."""
    places = np.flatnonzero(where.fill_null(False) if isinstance(where, pl.Series) else where)
    if not places.size:
        return texts
    order = np.arange(len(texts))
    order[places] = np.arange(len(texts), len(texts) + places.size)
    return pl.concat([texts, treat(texts.gather(places))], rechunk=not close).gather(order)


def beyond_ascii(texts: pl.Series) -> pl.Series:
    return texts.str.len_bytes() != texts.str.len_chars()


def bytes_of(texts: pl.Series) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Every byte of `texts` in one array, and where each text begins in it (and the last one ends)."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    begins = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    every = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
    return every[begins[0] : begins[-1]], begins - begins[0]


def _treated(texts: pl.Series, asked: Sequence[Treatment]) -> pl.Series:
    """Each text is looked at once; what is found goes through every treatment, since one may leave work for the next."""
    signs = [NOT_ONE_LINE if "blanks" in asked else NOT_PRINTABLE] if {"control", "blanks"} & {*asked} else []
    where = pl.repeat(False, len(texts), eager=True)
    for pattern in [*signs, *(FOUND_BY[treatment] for treatment in asked if treatment in FOUND_BY)]:
        where |= texts.str.contains(pattern).fill_null(False)
    return only(texts, where, lambda few: _in_turn(few, asked), close=True)


def _in_turn(texts: pl.Series, asked: Sequence[Treatment]) -> pl.Series:
    for treatment in asked:
        if treatment in FOUND_BY:
            texts = only(texts, texts.str.contains(FOUND_BY[treatment]), GIVEN[treatment])
    if "blanks" in asked:
        return only(texts, texts.str.contains(NOT_ONE_LINE), lambda few: _collapsed(_visible(few) if "control" in asked else few))
    if "control" in asked:  # lines are meant: only their ends become one kind
        shown = texts.str.contains(NOT_PRINTABLE)
        return only(texts, shown, lambda few: _visible(few).str.replace_all("\r\n?", "\n").str.strip_chars())
    return texts


def _decoded(texts: pl.Series, times: int = NESTED) -> pl.Series:
    """Polars replaces the usual entities; what is left of others is decoded by Python, each that occurs once."""
    texts = texts.str.replace_many(list(USUAL), list(USUAL.values()))
    left = texts.str.contains(ENTITY)
    found = texts.filter(left).str.extract_all(ENTITY).explode().drop_nulls().unique().sort()
    known = {entity: letter for entity in found if (letter := html.unescape(entity)) != entity}
    if not known:
        return texts
    again = any("&" in letter for letter in known.values()) or not USUAL.keys().isdisjoint(known)  # &amp;lt; has become &lt;
    texts = only(texts, left, lambda few: few.str.replace_many(list(known), list(known.values())))
    return only(texts, texts.str.contains(ENTITY), lambda few: _decoded(few, times - 1)) if again and times > 1 else texts


def _untagged(texts: pl.Series) -> pl.Series:
    """Each text in two parts, the first of which ends with its last comment: in the second a `<!--` opens none, and must not be
    followed to the end of the text from every tag."""
    if not texts.str.contains("<!--", literal=True).any():
        return texts.str.replace_all(TAG, " ")
    head = texts.str.extract(r"(?s)\A(.*-->)").fill_null("")
    bare = texts.str.strip_prefix(head).str.replace_all(BARE_TAG, " ")
    return head.str.replace_all(TAG, " ") + bare


def _visible(texts: pl.Series) -> pl.Series:
    """Composed, without control and invisible characters. ASCII is composed and holds none of the latter."""
    texts = only(texts, texts.str.contains(CONTROL), lambda few: few.str.replace_all(CONTROL, " "))
    return only(texts, beyond_ascii(texts), lambda few: few.str.replace_all(INVISIBLE, "").str.normalize("NFC"))


def _collapsed(texts: pl.Series) -> pl.Series:
    """Runs of spaces only are replaced: one expression for every blank would touch each single space."""
    texts = only(texts, texts.str.contains(OTHER_BLANK), lambda few: few.str.replace_all(OTHER_BLANK, " "))
    return texts.str.replace_all("  +", " ").str.strip_chars()


# What needs a treatment, and the treatment; `control` and `blanks` are found by the signs above instead.
FOUND_BY = {"entities": "&", "boilerplate": r"(?i)this text refers to", "tags": "<", "urls": URL}
GIVEN: dict[str, Callable[[pl.Series], pl.Series]] = {
    "entities": _decoded,
    "boilerplate": lambda texts: texts.str.replace_all(BOILERPLATE, " "),
    "tags": _untagged,
    "urls": lambda texts: texts.str.replace_all(URL, " "),
}
