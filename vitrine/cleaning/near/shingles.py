"""Shingles: the runs of five characters by which texts are compared, without case, accents and punctuation.

values, counts = shingles(comparable_texts(pl.Series(["Caneca azul 300 ml", "Prato"])))     # 14 + 1 numbers of 64 bits
jaccard(comparable_texts(a), comparable_texts(b))     # one similarity per pair of texts

Characters and not words, because a title has about eight words: an extra word or a typing mistake would already cost a fifth
of them. In a title of 50 characters a changed letter leaves a Jaccard of 0.8, a word added at the end 0.88, a word
replaced about 0.6. Five works for longer texts too: two texts that share only language and subject stay below 0.3.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from vitrine.cleaning.near.dedup import comparable

Numbers = npt.NDArray[np.uint64]
SIZE = 5
AT_ONCE = 1 << 22  # shingles whose similarity is computed at once: about 150 MB
PAIRS_AT_ONCE = 1 << 19
_GOLDEN = 0x9E3779B97F4A7C15


def mix_bits(values: Numbers) -> Numbers:
    """Mix each number so that every bit depends on all of its bits (the finaliser of splitmix64). One to one."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def odd_multipliers(count: int) -> Numbers:
    """The first `count` odd numbers of a fixed random sequence: the same multipliers on every machine."""
    return mix_bits(np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)) | np.uint64(1)


def comparable_texts(texts: pl.Series) -> pl.Series:
    """The comparison form of each text (`dedup.comparable`). A null text counts as empty."""
    return pl.select(comparable(pl.lit(texts.fill_null("")))).to_series()


def lengths(texts: pl.Series) -> npt.NDArray[np.int64]:
    """The number of shingles of each comparable text. A text shorter than a shingle is one shingle."""
    return np.maximum(texts.str.len_chars().to_numpy().astype(np.int64) - SIZE + 1, 1)


def shingles(texts: pl.Series) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """The shingles of all comparable texts in order, repeated ones included, and the number of shingles of each text."""
    counts = lengths(texts)
    padded = texts.str.pad_end(SIZE)
    letters = np.frombuffer("".join(padded.to_list()).encode("utf-32-le"), np.uint32).astype(np.uint64)
    within = np.ones(len(letters), bool)
    ends = np.cumsum(counts + SIZE - 1)
    for back in range(1, SIZE):
        within[ends - back] = False  # too close to the end of its text to begin a shingle
    windows = len(letters) - SIZE + 1
    hashed = np.zeros(max(0, windows), np.uint64)
    for place, weight in enumerate(odd_multipliers(SIZE)):
        hashed += letters[place : place + windows] * weight
    return mix_bits(hashed[within[: len(hashed)]]), counts


def jaccard(first: pl.Series, second: pl.Series) -> npt.NDArray[np.float64]:
    """The Jaccard similarity of the shingle sets of each pair of comparable texts, exact up to collisions of 44-bit hashes.

    A shingle becomes one number: its pair, its hash, and which text of the pair it is from. After sorting, shared shingles are
    neighbours.
    """
    similarities = [np.zeros(0)]
    for part in chunks(lengths(first) + lengths(second), AT_ONCE, PAIRS_AT_ONCE):
        pairs = part.stop - part.start
        numbered = [_numbered(text[part], which) for which, text in enumerate((first, second))]
        keys = np.sort(np.concatenate(numbered))
        keys = keys[np.append(True, keys[1:] != keys[:-1])]
        pair = (keys >> np.uint64(45)).astype(np.int64)
        both = np.bincount(pair[1:][(keys[1:] ^ keys[:-1]) == 1], minlength=pairs)
        similarities.append(both / (np.bincount(pair, minlength=pairs) - both))
    return np.concatenate(similarities)


def chunks(sizes: npt.NDArray[np.int64], most: int, rows: int | None = None) -> Iterator[slice]:
    """Slices of consecutive rows whose sizes add up to at most `most` (or a single row), and of at most `rows` rows."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + most, side="right")))
        stop = min(stop, start + rows) if rows else stop
        yield slice(start, stop)
        start = stop


def _numbered(texts: pl.Series, which: int) -> Numbers:
    values, counts = shingles(texts)
    pair = np.repeat(np.arange(len(counts), dtype=np.uint64), counts)
    return (pair << np.uint64(45)) | ((values >> np.uint64(20)) << np.uint64(1)) | np.uint64(which)
