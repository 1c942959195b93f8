"""Exact duplicates: rows that say the same once case, accents, punctuation and blanks are put aside.

    same(pl.col("t"))           # "Bom!  Muito bom" and "bom muito bom" read alike: "bom muito bom"
    seen = Seen()
    seen.first(keys)            # which of a batch's keys, in order, no row before them had; the next batch goes on from here

A key is 128 bits: two 64-bit hashes of Polars with different seeds, the same in every process of one Polars version. Among
a billion different rows the chance that any two share a key is about 1 in 10**21; a row costs 16 bytes of memory.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from vitrine.cleaning.text import Mask, beyond_ascii, bytes_of, only

Keys = npt.NDArray[np.uint64]  # (rows, 2)
SEEDS = (0x9E3779B9, 0x7F4A7C15)
SYMBOLS = b"$+<=>^`|~"  # what Unicode calls symbols (S) among ASCII
MARKS = "‘’‚“”„–—…•·«»"  # no letters, digits or symbols, decomposed or not
READ_AS = bytes(ord(chr(b).lower()) if chr(b).isalnum() or b in SYMBOLS else ord(" ") for b in range(128)) + bytes(
    range(128, 256)
)


def same(text: pl.Expr) -> pl.Expr:
    """What two texts share when they read alike: letters, digits and symbols, lower case, without accents."""
    return text.map_batches(_same, return_dtype=pl.String)


def key(columns: Sequence[pl.Expr]) -> list[pl.Expr]:
    """Two halves of 64 bits that agree where all these columns do; null agrees with null."""
    return [  # of the hashes: of the columns themselves it takes four times as long
        pl.struct(column.hash(seed).alias(str(place)) for place, column in enumerate(columns)).hash(seed) for seed in SEEDS
    ]


class Seen:
    """The keys of all rows so far, in a few sorted runs whose lengths at least halve from one to the next.

    So a key is merged into a longer run about as often as the number of rows can be halved, and looked up in no more runs.
    """

    def __init__(self) -> None:
        self._runs: list[Keys] = []

    def first(self, keys: Keys) -> Mask:
        """Which of `keys` are there for the first time, and remember them."""
        order = _sorted(keys)
        run = keys[order]
        fresh = np.ones(run.shape[0], np.bool_)
        fresh[1:] = (run[1:] != run[:-1]).any(axis=1)
        for earlier in self._runs:
            fresh[fresh] = ~_among(run[fresh], earlier)
        self._remember(run[fresh])
        new = np.zeros(keys.shape[0], np.bool_)
        new[order[fresh]] = True
        return new

    def _remember(self, run: Keys) -> None:
        while self._runs and self._runs[-1].shape[0] < 2 * run.shape[0]:
            run = np.concatenate([self._runs.pop(), run])
            run = run[np.argsort(run[:, 0], kind="stable")]  # two sorted runs: merged, not sorted anew
        if run.size:
            self._runs.append(run)


def _sorted(keys: Keys) -> npt.NDArray[np.int64]:
    """The order in which keys that agree stand together, the first of them first."""
    order: npt.NDArray[np.int64] = np.argsort(keys[:, 0], kind="stable")
    halves = keys[order]
    apart = (halves[1:, 0] == halves[:-1, 0]) & (halves[1:, 1] != halves[:-1, 1])  # one half does not tell them apart
    return np.lexsort((keys[:, 1], keys[:, 0])) if apart.any() else order


def _among(keys: Keys, run: Keys) -> Mask:
    """Which of `keys` stand in `run`, which is sorted by its first halves."""
    at = np.searchsorted(run[:, 0], keys[:, 0])
    found = np.zeros(keys.shape[0], np.bool_)
    while True:
        here = run[np.minimum(at, run.shape[0] - 1)]
        alike = (at < run.shape[0]) & (here[:, 0] == keys[:, 0])
        found |= alike & (here[:, 1] == keys[:, 1])
        others = alike & ~found  # another key with the same first half: look at the next
        if not others.any():
            return found
        at += others


def _same(texts: pl.Series) -> pl.Series:
    texts = only(texts, beyond_ascii(texts), lambda few: few.str.replace_many(list(MARKS), [" "] * len(MARKS)))
    return _words(only(texts, beyond_ascii(texts), _folded))  # often marks are all that was beyond ASCII


def _folded(texts: pl.Series) -> pl.Series:
    """Without accents, lower case; of what is not ASCII only letters, digits and symbols are left."""
    bare = texts.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{M}+", "")
    return bare.str.replace_all(r"[^\p{L}\p{N}\p{S}\x00-\x7F]+", " ")


def _words(texts: pl.Series) -> pl.Series:
    """The words of folded texts: signs are put aside byte by byte, and one blank stands between words."""
    every, begins = bytes_of(texts.fill_null(""))
    read = every.tobytes().translate(READ_AS)
    made = pl.Series(pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(begins), pa.py_buffer(read)))
    words = made.str.replace_all("  +", " ").str.strip_chars(" ")
    return words if not texts.null_count() else pl.select(pl.when(texts.is_not_null()).then(words)).to_series()
