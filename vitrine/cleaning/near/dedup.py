"""Exact duplicates: texts that are equal without case, accents, punctuation and extra blanks.

    comparable(pl.col("t"))     # "Bom!  Muito bom" and "bom muito bom" have one comparison form: "bom muito bom"
    seen = SeenKeys()
    seen.add(keys)              # which keys of a batch are new; the keys are remembered for the next batch

A key has 128 bits: two 64-bit Polars hashes with different seeds, equal in every process of one Polars version. Among a billion
different rows the chance that any two share a key is about 1 in 10**21. A row costs 16 bytes of memory.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from vitrine.cleaning.text import Mask, apply_where, has_non_ascii, utf8_bytes

Keys = npt.NDArray[np.uint64]  # (rows, 2)
SEEDS = (0x9E3779B9, 0x7F4A7C15)
SYMBOLS = b"$+<=>^`|~"  # the ASCII characters of Unicode's category S
MARKS = "‘’‚“”„–—…•·«»"  # common signs that are no letters, digits or symbols
BYTE_TABLE = bytes(ord(chr(b).lower()) if chr(b).isalnum() or b in SYMBOLS else ord(" ") for b in range(128)) + bytes(
    range(128, 256)
)


def comparable(text: pl.Expr) -> pl.Expr:
    """The comparison form of a text: letters, digits and symbols, in lower case and without accents."""
    return text.map_batches(_same, return_dtype=pl.String)


def key(columns: Sequence[pl.Expr]) -> list[pl.Expr]:
    """The two 64-bit halves of a row's key: equal where all these columns are equal. Null equals null."""
    return [  # hashing the columns' hashes is four times as fast as hashing the columns together
        pl.struct(column.hash(seed).alias(str(place)) for place, column in enumerate(columns)).hash(seed) for seed in SEEDS
    ]


class SeenKeys:
    """The keys of all rows so far, in a few sorted runs; each run is at most half as long as the one before.

    So for n rows a key is merged about log2(n) times, and a lookup goes through at most log2(n) runs.
    """

    def __init__(self) -> None:
        self._runs: list[Keys] = []

    def add(self, keys: Keys) -> Mask:
        """Remember `keys`. Return which of them occur for the first time."""
        order = _sorted(keys)
        run = keys[order]
        fresh = np.ones(run.shape[0], np.bool_)
        fresh[1:] = (run[1:] != run[:-1]).any(axis=1)
        for earlier in self._runs:
            fresh[fresh] = ~_among(run[fresh], earlier)
        self._add_run(run[fresh])
        new = np.zeros(keys.shape[0], np.bool_)
        new[order[fresh]] = True
        return new

    def _add_run(self, run: Keys) -> None:
        while self._runs and self._runs[-1].shape[0] < 2 * run.shape[0]:
            run = np.concatenate([self._runs.pop(), run])
            run = run[np.argsort(run[:, 0], kind="stable")]  # a stable sort of two sorted runs only merges them
        if run.size:
            self._runs.append(run)


def _sorted(keys: Keys) -> npt.NDArray[np.int64]:
    """An order in which equal keys stand together, the earliest first."""
    order: npt.NDArray[np.int64] = np.argsort(keys[:, 0], kind="stable")
    halves = keys[order]
    apart = (halves[1:, 0] == halves[:-1, 0]) & (halves[1:, 1] != halves[:-1, 1])  # different keys with equal first halves
    return np.lexsort((keys[:, 1], keys[:, 0])) if apart.any() else order


def _among(keys: Keys, run: Keys) -> Mask:
    """Which of `keys` are in `run`, which is sorted by its first halves."""
    at = np.searchsorted(run[:, 0], keys[:, 0])
    is_member = np.zeros(keys.shape[0], np.bool_)
    while True:
        candidates = run[np.minimum(at, run.shape[0] - 1)]
        same_half = (at < run.shape[0]) & (candidates[:, 0] == keys[:, 0])
        is_member |= same_half & (candidates[:, 1] == keys[:, 1])
        undecided = same_half & ~is_member  # another key with the same first half: look at the next one
        if not undecided.any():
            return is_member
        at += undecided


def _same(texts: pl.Series) -> pl.Series:
    texts = apply_where(texts, has_non_ascii(texts), lambda few: few.str.replace_many(list(MARKS), [" "] * len(MARKS)))
    return _split_words(apply_where(texts, has_non_ascii(texts), _fold))  # often the marks were the only non-ASCII characters


def _fold(texts: pl.Series) -> pl.Series:
    """Lower case without accents; of the non-ASCII characters only letters, digits and symbols stay."""
    bare = texts.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{M}+", "")
    return bare.str.replace_all(r"[^\p{L}\p{N}\p{S}\x00-\x7F]+", " ")


def _split_words(texts: pl.Series) -> pl.Series:
    """Folded texts with one blank between words: a byte table turns all other signs into blanks."""
    every, begins = utf8_bytes(texts.fill_null(""))
    translated = every.tobytes().translate(BYTE_TABLE)
    series = pl.Series(pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(begins), pa.py_buffer(translated)))
    words = series.str.replace_all("  +", " ").str.strip_chars(" ")
    return words if not texts.null_count() else pl.select(pl.when(texts.is_not_null()).then(words)).to_series()
