"""Text as people read it: entities decoded, tags, links, control characters and boilerplate gone, one space between words.

    tidy(pl.col("content"))     # "Kerr&#8217;s <b>cat</b>\r\n --This text refers to the Hardcover edition." -> "Kerr’s cat"
    tidied(pl.col("output"), ["control"])       # only what is asked for: here texts whose lines and tags are meant

Each is a Polars expression, null for null. Entities are decoded before anything is stripped: `&lt;b&gt;` is a tag, and
stripping punctuation first would leave `Kerr8217s`. Letters with accents, punctuation and emoji stay.

Most texts need nothing. Which ones do is found by their bytes, at memory speed; only those are treated.
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
BLANK, TAB, NEWLINE, DELETE = b" \t\n\x7f"
PIECE = 1 << 20  # bytes that are compared at a time: what comes of it stays near the processor

Mask = npt.NDArray[np.bool_]


def tidy(text: pl.Expr) -> pl.Expr:
    """One line of readable text; the empty string where nothing is left."""
    return tidied(text, TREATMENTS)


def one_line(text: pl.Expr) -> pl.Expr:
    """Without control characters, composed (NFC), one space between words and none at the ends."""
    return tidied(text, ("control", "blanks"))


def printable(text: pl.Expr) -> pl.Expr:
    """Without control and invisible characters, line ends and tabs excepted; composed (NFC), no blanks at the ends."""
    return tidied(text, ("control",))


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


def bytes_of(texts: pl.Series) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Every byte of `texts` in one array, and where each text begins in it (and the last one ends)."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    begins = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    every = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
    return every[begins[0] : begins[-1]], begins - begins[0]


def _treated(texts: pl.Series, asked: Sequence[Treatment]) -> pl.Series:
    """Each text is looked at once; what is found goes through every treatment, since one may leave work for the next."""
    where = _odd(texts, lines="blanks" not in asked) if {"control", "blanks"} & {*asked} else np.zeros(len(texts), np.bool_)
    for treatment in asked:
        if treatment in FOUND_BY:
            where |= texts.str.contains(FOUND_BY[treatment]).fill_null(False).to_numpy()
    return only(texts, where, lambda few: _in_turn(few, asked), close=True)


def _in_turn(texts: pl.Series, asked: Sequence[Treatment]) -> pl.Series:
    for treatment in asked:
        if treatment in FOUND_BY:
            texts = only(texts, texts.str.contains(FOUND_BY[treatment]), GIVEN[treatment])
    if "blanks" in asked:
        return only(texts, _odd(texts, lines=False), _one_line if "control" in asked else _collapsed)
    return only(texts, _odd(texts, lines=True), _printable) if "control" in asked else texts


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


def _odd(texts: pl.Series, *, lines: bool) -> Mask:
    """Which texts may hold more than letters, digits and marks with single spaces between them; with `lines`, \\n, \\t and runs
    of blanks are meant.

    In UTF-8, U+00C0 to U+02FF begin with the bytes C3 to CB: letters all, and composed. Beyond those, what is common is known:
    C2 before A1-BF (symbols; not AD, the soft hyphen), E2 80 before 90-A7 (dashes, quotes, dots), F0 9F (emoji).
    """
    every, begins = bytes_of(texts)
    places = np.concatenate([_odd_bytes(every, start, lines=lines) for start in range(0, max(1, every.size), PIECE)])
    found = np.zeros(len(texts), np.bool_)
    found[np.searchsorted(begins, _unknown(every, places), side="right") - 1] = True
    some = begins[1:] > begins[:-1]
    first, last = begins[:-1][some], begins[1:][some] - 1
    found[some] |= (every[first] <= BLANK) | (every[last] <= BLANK)
    return found


def _odd_bytes(every: npt.NDArray[np.uint8], start: int, *, lines: bool) -> npt.NDArray[np.int64]:
    """Where they stand in the piece of `every` that begins at `start`."""
    here = every[start : start + PIECE]
    odd = (here < BLANK) | (here == DELETE) | (here == 0xC2) | (here >= 0xCC)
    if lines:
        odd &= (here != NEWLINE) & (here != TAB)
    else:
        blank = every[max(start - 1, 0) : start + PIECE] == BLANK
        odd[here.size + 1 - blank.size :] |= blank[1:] & blank[:-1]
    return np.flatnonzero(odd) + start


def _unknown(every: npt.NDArray[np.uint8], places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Those of `places` where no common sign begins."""
    end = every.size - 1
    one, two, three = every[places], every[np.minimum(places + 1, end)], every[np.minimum(places + 2, end)]
    symbol = (one == 0xC2) & (two >= 0xA1) & (two != 0xAD)
    mark = (one == 0xE2) & (two == 0x80) & (three >= 0x90) & (three <= 0xA7)
    emoji = (one == 0xF0) & (two == 0x9F)
    return places[~(symbol | mark | emoji)]


def _printable(texts: pl.Series) -> pl.Series:
    return _visible(texts).str.replace_all("\r\n?", "\n").str.strip_chars()


def _one_line(texts: pl.Series) -> pl.Series:
    return _collapsed(_visible(texts))


def _visible(texts: pl.Series) -> pl.Series:
    """Composed, without control and invisible characters. ASCII is composed and holds none of the latter."""
    texts = only(texts, texts.str.contains(CONTROL), lambda few: few.str.replace_all(CONTROL, " "))
    beyond_ascii = texts.str.len_bytes() != texts.str.len_chars()
    return only(texts, beyond_ascii, lambda few: few.str.replace_all(INVISIBLE, "").str.normalize("NFC"))


def _collapsed(texts: pl.Series) -> pl.Series:
    """Runs of spaces only are replaced: one expression for every blank would touch each single space."""
    texts = only(texts, texts.str.contains(OTHER_BLANK), lambda few: few.str.replace_all(OTHER_BLANK, " "))
    return texts.str.replace_all("  +", " ").str.strip_chars()


# What needs a treatment, and the treatment; `control` and `blanks` are found by their bytes instead.
FOUND_BY = {"entities": "&", "boilerplate": r"(?i)this text refers to", "tags": "<", "urls": URL}
GIVEN: dict[str, Callable[[pl.Series], pl.Series]] = {
    "entities": _decoded,
    "boilerplate": lambda texts: texts.str.replace_all(BOILERPLATE, " "),
    "tags": _untagged,
    "urls": lambda texts: texts.str.replace_all(URL, " "),
}
