"""Near-duplicates among millions of texts: MinHash bands propose pairs, and the exact Jaccard similarity decides.

    keys = np.concatenate([bands(batch, jaccard=0.8) for batch in batches])
    find_near_duplicates(keys, fetch, jaccard=0.8)    # which rows to drop; `fetch(rows)` returns the texts of a few rows

A row is dropped if its text has a Jaccard similarity (shingles.py) of `jaccard` or more with an earlier row that is kept. So the
first row of a cluster stays, and each dropped row is similar to a kept one. Chains are not followed: if A is similar to B and B
to C, but A not to C, only B is dropped. Otherwise C would be dropped although it is similar to no kept row.

Why not datasketch: it hashes one text at a time, in Python (`benchmarks/duplicates.py` compares both).

Bands only propose pairs, and the texts decide: precision is 1. Recall is the share of pairs that are proposed. For 0.8 there are
20 bands of 6 hashes, so a pair shares at least one band with probability 1 - (1 - J^6)^20.

    J            0.9       0.8     0.7    0.6    0.5    0.4
    proposed     0.999999  0.998   0.92   0.62   0.27   0.08
"""

import functools
import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from vitrine.cleaning.near.shingles import Numbers, chunks, comparable_texts, lengths, mix_bits, odd_multipliers, shingles
from vitrine.cleaning.near.shingles import jaccard as similarity

Rows = npt.NDArray[np.int64]
Pairs = tuple[Rows, Rows]
Fetch = Callable[[Rows], pl.Series]

MAX_HASHES = 128  # at most
SKETCH_NUMBERS = 2  # 64-bit numbers: one bit for each hash
MISS_RATE = 0.003  # of the pairs exactly at the threshold, at most
SHINGLES_IN_CACHE = 1 << 16  # shingles hashed at once: they fit into the processor's cache
BUCKET_LIMIT = 64  # a row is compared with at most this many neighbours in its bucket, and with the bucket's first LEADERS rows
LEADERS = 8
PAIRS_AT_ONCE = 1 << 18  # pairs whose texts are fetched at once


@functools.cache
def band_plan(jaccard: float) -> tuple[int, int]:
    """(bands, hashes in a band): the longest bands that miss at most 0.3 % of the pairs at the threshold (from 0.05 on)."""
    for rows in range(MAX_HASHES, 1, -1):
        count = math.ceil(math.log(MISS_RATE) / math.log1p(-(min(jaccard, 0.99) ** rows)))
        if count * rows <= MAX_HASHES:
            return count, rows
    return MAX_HASHES, 1


def bands(texts: pl.Series, *, jaccard: float) -> Numbers:
    """A row of keys for each text, one key for each band. Texts that share a key are compared. All keys of an empty text are 0.

    The last two columns are a sketch, one bit of each hash: pairs whose sketches differ in too many bits are not compared.
    """
    count, rows = band_plan(jaccard)
    multipliers = (odd_multipliers(count * rows) >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
    texts = comparable_texts(texts)
    keys = np.zeros((len(texts), count + SKETCH_NUMBERS), np.uint64)
    for part in chunks(lengths(texts), SHINGLES_IN_CACHE):
        values, counts = shingles(texts[part])
        high = (values >> np.uint64(32)).astype(np.uint32)
        hashed, starts = np.empty_like(high), np.cumsum(counts) - counts
        for place, multiplier in enumerate(multipliers):
            np.multiply(high, multiplier, out=hashed)
            least = np.minimum.reduceat(hashed, starts).astype(np.uint64)
            keys[part, place // rows] = mix_bits((keys[part, place // rows] ^ least) + np.uint64(place))
            keys[part, count + place // 64] |= (least >> np.uint64(16) & np.uint64(1)) << np.uint64(place % 64)
    keys[(texts == "").to_numpy()] = 0
    return keys


def find_near_duplicates(bands: Numbers, fetch: Fetch, *, jaccard: float) -> npt.NDArray[np.bool_]:
    """Which rows are near-duplicates of an earlier kept row. `fetch` returns the texts of given rows, in the given order."""
    columns = np.ascontiguousarray(bands.T)
    keys, sketch = columns[:-SKETCH_NUMBERS], columns[-SKETCH_NUMBERS:]
    copies = _identical_rows(keys, fetch)
    keys[:, copies] = 0
    proposed = (filter_by_sketch(pairs, sketch, sketch, jaccard) for pairs in _all_candidate_pairs(keys))
    edges = [_similar_pairs(pairs, fetch, jaccard) for pairs in _batched(proposed)]
    first, later = (np.concatenate([edge[end] for edge in edges] or [np.zeros(0, np.int64)]) for end in (0, 1))
    dropped = rows_to_drop((first, later), len(bands))
    dropped[copies] = True
    return dropped


def rows_to_drop(pairs: Pairs, count: int) -> npt.NDArray[np.bool_]:
    """Which of `count` rows to drop, given all similar pairs (earlier, later), so that the earlier row stays."""
    first, later = pairs
    dropped = np.zeros(count, bool)
    while len(first):
        waiting = np.zeros(count, bool)
        waiting[later] = True
        dropped[later[~waiting[first]]] = True  # similar to a row that no open pair can drop any more: that row stays
        is_open = ~(dropped[first] | dropped[later])
        first, later = first[is_open], later[is_open]
    return dropped


def similar_to_any(texts: pl.Series, others: pl.Series, *, jaccard: float) -> npt.NDArray[np.bool_]:
    """Which of `texts` are similar to one of `others`, which are fewer. Texts of one series are not compared with each other."""
    mine, theirs = bands(texts, jaccard=jaccard).T, bands(others, jaccard=jaccard).T
    is_similar = np.zeros(len(texts), bool)
    for keys, other_keys in zip(mine[:-SKETCH_NUMBERS], theirs[:-SKETCH_NUMBERS], strict=True):
        undecided = np.flatnonzero((keys != 0) & ~is_similar)
        order = np.argsort(other_keys, kind="stable")
        start = np.searchsorted(other_keys[order], keys[undecided], side="left")
        count = np.searchsorted(other_keys[order], keys[undecided], side="right") - start
        for gap in range(min(BUCKET_LIMIT, int(count.max(initial=0)))):
            reached = (count > gap) & ~is_similar[undecided]
            pairs = undecided[reached], order[start[reached] + gap]
            row, other = filter_by_sketch(pairs, mine[-SKETCH_NUMBERS:], theirs[-SKETCH_NUMBERS:], jaccard)
            above = similarity(comparable_texts(texts.gather(row)), comparable_texts(others.gather(other))) >= jaccard
            is_similar[row[above]] = True
    return is_similar


def _identical_rows(keys: Numbers, fetch: Fetch) -> Rows:
    """Rows with exactly the shingles of an earlier one. So a text that occurs a million times costs a million comparisons."""
    combined = combine_keys(keys)
    _, first, group = np.unique(combined, return_index=True, return_inverse=True)
    rows = np.flatnonzero((first[group] != np.arange(len(combined))) & (keys[0] != 0))
    copies = [np.zeros(0, np.int64)]
    for start in range(0, len(rows), PAIRS_AT_ONCE):
        part = rows[start : start + PAIRS_AT_ONCE]
        copies.append(_similar_pairs((first[group[part]], part), fetch, 1.0)[1])
    return np.concatenate(copies)


def combine_keys(keys: Numbers) -> Numbers:
    """One number for each row: rows with equal keys have equal numbers."""
    combined = mix_bits(keys[0])
    for key in keys[1:]:
        combined = mix_bits(combined ^ key)
    return combined


def _all_candidate_pairs(keys: Numbers) -> Iterator[Pairs]:
    """Pairs of rows that share a key, each pair once. Changes `keys`."""
    following = [*keys[1:], keys[0].copy()]
    for band, column in enumerate(keys):
        for one, other in candidate_pairs(column, following[band]):
            yield _first_time(keys[:band], one, other)


def candidate_pairs(keys: Numbers, following: Numbers) -> Iterator[Pairs]:
    """Pairs of rows that share the key of one band, unordered within a pair. `following` are the keys of the next band.

    A bucket of more than BUCKET_LIMIT rows is sorted by the next band's key. Each of its rows is paired with BUCKET_LIMIT
    neighbours and with the bucket's first rows. Such a bucket holds a phrase that thousands of texts share. A similar pair that
    it misses shares more than the phrase, so it meets in a band that is not crowded.
    """
    order = np.argsort(keys, kind="stable")
    order = order[np.searchsorted(keys[order], 1) :]  # 0: no text
    key = keys[order]
    begins = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.zeros(0, np.int64)
    size = np.repeat(np.diff(np.append(begins, len(key))), np.diff(np.append(begins, len(key))))
    place = np.arange(len(key)) - np.repeat(begins, np.diff(np.append(begins, len(key))))
    crowded = np.flatnonzero(size > BUCKET_LIMIT)
    for leader in range(LEADERS):
        led = crowded[place[crowded] > leader]
        yield order[led - place[led] + leader], order[led]
    order[crowded] = order[crowded][np.lexsort((following[order[crowded]], key[crowded]))]
    several = size > 1
    order, key, place = order[several], key[several], place[several]
    for gap in range(1, BUCKET_LIMIT):
        reached = np.flatnonzero(place >= gap)
        if not len(reached):
            break
        yield order[reached - gap], order[reached]
    keys[order[size[several] > BUCKET_LIMIT]] = 0  # not all of these were paired, so later bands must not skip their pairs


def _first_time(before: Numbers, one: Rows, other: Rows) -> Pairs:
    """The pairs that no earlier band has proposed, with the earlier row first."""
    fresh = np.ones(len(one), bool)
    for keys in before:
        fresh &= (keys[one] != keys[other]) | (keys[one] == 0)
    return np.minimum(one, other)[fresh], np.maximum(one, other)[fresh]


def filter_by_sketch(pairs: Pairs, sketch: Numbers, others: Numbers, jaccard: float) -> Pairs:
    """The pairs whose sketches differ by at most four standard deviations more than expected: a bit agrees with (1 + J) / 2."""
    count, rows = band_plan(jaccard)
    bits, agree = count * rows, (1 + jaccard) / 2
    differ = sum(np.bitwise_count(mine[pairs[0]] ^ theirs[pairs[1]]) for mine, theirs in zip(sketch, others, strict=True))
    near = differ <= bits * (1 - agree) + 4 * math.sqrt(bits * agree * (1 - agree))
    return pairs[0][near], pairs[1][near]


def _batched(proposed: Iterator[Pairs]) -> Iterator[Pairs]:
    """The same pairs, PAIRS_AT_ONCE or so at a time."""
    waiting: list[Pairs] = []
    count = 0
    for pairs in proposed:
        waiting.append(pairs)
        count += len(pairs[0])
        if count >= PAIRS_AT_ONCE:
            yield np.concatenate([p[0] for p in waiting]), np.concatenate([p[1] for p in waiting])
            waiting, count = [], 0
    if count:
        yield np.concatenate([p[0] for p in waiting]), np.concatenate([p[1] for p in waiting])


def _similar_pairs(pairs: Pairs, fetch: Fetch, jaccard: float) -> Pairs:
    """The pairs whose texts have at least this similarity."""
    first, later = pairs
    rows, place = np.unique(np.concatenate(pairs), return_inverse=True)
    texts = comparable_texts(fetch(rows))
    above = similarity(texts.gather(place[: len(first)]), texts.gather(place[len(first) :])) >= jaccard
    return first[above], later[above]
