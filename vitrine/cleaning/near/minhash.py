"""Near-duplicates among millions of texts: MinHash signatures, bands of them as keys, and the exact Jaccard to decide.

    keys = np.concatenate([bands(batch, jaccard=0.8) for batch in batches])
    repeats(keys, fetch, jaccard=0.8)        # which rows repeat an earlier one; `fetch(rows)` gives the texts of a few rows again

A row repeats if its text has a Jaccard of `jaccard` or more (shingles.py says of what) with an earlier row that is itself kept.
So the first of a cluster stays, and everything that goes has a witness that stays. Chains are not followed: where A is
like B and B like C, but A not like C, only B goes. Following them would let a row go for one that it does not resemble.

Why not datasketch: it hashes one text at a time, in Python (`benchmarks/duplicates.py` compares both).

Bands only propose pairs; the texts themselves decide, so precision is 1. Recall is the share of pairs that are proposed:
for 0.8 there are 20 bands of 6 hashes, which meet in one at least with probability 1 - (1 - J^6)^20.

    J            0.9       0.8     0.7    0.6    0.5    0.4
    proposed     0.999999  0.998   0.92   0.62   0.27   0.08
"""

import functools
import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from vitrine.cleaning.near.shingles import Numbers, chunks, lengths, mixed, odd_numbers, readable, shingles
from vitrine.cleaning.near.shingles import jaccard as similarity

Rows = npt.NDArray[np.int64]
Pairs = tuple[Rows, Rows]
Fetch = Callable[[Rows], pl.Series]

HASHES = 128  # at most
SKETCH = 2  # numbers of 64 bits, a bit a hash
MISSED = 0.003  # of the pairs at the threshold itself, at most
CACHED = 1 << 16  # shingles hashed at once, so that they stay in the processor's cache
CROWD = 64  # a row is compared with as many others of its bucket at most, and with its first few
LEADERS = 8
PAIRS = 1 << 18  # pairs whose texts are fetched at once


@functools.cache
def plan(jaccard: float) -> tuple[int, int]:
    """How many bands of how many hashes: the longest bands that miss at most 0.3 % of the pairs at the threshold (from 0.05)."""
    for rows in range(HASHES, 1, -1):
        count = math.ceil(math.log(MISSED) / math.log1p(-(min(jaccard, 0.99) ** rows)))
        if count * rows <= HASHES:
            return count, rows
    return HASHES, 1


def bands(texts: pl.Series, *, jaccard: float) -> Numbers:
    """One key a band, row by row; texts that share a key are worth comparing. All are 0 where a text has no letter.

    The last two columns are a sketch: one bit of each hash. Texts whose bits differ too often are not worth it after all.
    """
    count, rows = plan(jaccard)
    multipliers = (odd_numbers(count * rows) >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
    texts = readable(texts)
    keys = np.zeros((len(texts), count + SKETCH), np.uint64)
    for part in chunks(lengths(texts), CACHED):
        values, counts = shingles(texts[part])
        high = (values >> np.uint64(32)).astype(np.uint32)
        hashed, starts = np.empty_like(high), np.cumsum(counts) - counts
        for place, multiplier in enumerate(multipliers):
            np.multiply(high, multiplier, out=hashed)
            least = np.minimum.reduceat(hashed, starts).astype(np.uint64)
            keys[part, place // rows] = mixed((keys[part, place // rows] ^ least) + np.uint64(place))
            keys[part, count + place // 64] |= (least >> np.uint64(16) & np.uint64(1)) << np.uint64(place % 64)
    keys[(texts == "").to_numpy()] = 0
    return keys


def repeats(bands: Numbers, fetch: Fetch, *, jaccard: float) -> npt.NDArray[np.bool_]:
    """Which rows repeat an earlier one that is kept; `fetch` gives the texts of these rows, in this order."""
    columns = np.ascontiguousarray(bands.T)
    keys, sketch = columns[:-SKETCH], columns[-SKETCH:]
    copies = _copies(keys, fetch)
    keys[:, copies] = 0
    proposed = (promising(pairs, sketch, sketch, jaccard) for pairs in _proposed(keys))
    edges = [_verified(pairs, fetch, jaccard) for pairs in _batched(proposed)]
    first, later = (np.concatenate([edge[side] for edge in edges] or [np.zeros(0, np.int64)]) for side in (0, 1))
    gone = decided((first, later), len(bands))
    gone[copies] = True
    return gone


def decided(pairs: Pairs, count: int) -> npt.NDArray[np.bool_]:
    """Which of `count` rows go, when these are all the pairs (earlier, later) that are alike and the first one stays."""
    first, later = pairs
    gone = np.zeros(count, bool)
    while len(first):
        waiting = np.zeros(count, bool)
        waiting[later] = True
        gone[later[~waiting[first]]] = True  # like a row that nothing earlier threatens any more
        open_ = ~(gone[first] | gone[later])
        first, later = first[open_], later[open_]
    return gone


def resembling(texts: pl.Series, others: pl.Series, *, jaccard: float) -> npt.NDArray[np.bool_]:
    """Which of `texts` resemble one of `others`, which are fewer; nothing is compared within either."""
    mine, theirs = bands(texts, jaccard=jaccard).T, bands(others, jaccard=jaccard).T
    found = np.zeros(len(texts), bool)
    for keys, other_keys in zip(mine[:-SKETCH], theirs[:-SKETCH], strict=True):
        asking = np.flatnonzero((keys != 0) & ~found)
        order = np.argsort(other_keys, kind="stable")
        start = np.searchsorted(other_keys[order], keys[asking], side="left")
        count = np.searchsorted(other_keys[order], keys[asking], side="right") - start
        for gap in range(min(CROWD, int(count.max(initial=0)))):
            reached = (count > gap) & ~found[asking]
            pairs = asking[reached], order[start[reached] + gap]
            row, other = promising(pairs, mine[-SKETCH:], theirs[-SKETCH:], jaccard)
            alike = similarity(readable(texts.gather(row)), readable(others.gather(other))) >= jaccard
            found[row[alike]] = True
    return found


def _copies(keys: Numbers, fetch: Fetch) -> Rows:
    """Rows of exactly the same shingles as an earlier one: a text that stands a million times costs a million comparisons."""
    whole = together(keys)
    _, first, group = np.unique(whole, return_index=True, return_inverse=True)
    rows = np.flatnonzero((first[group] != np.arange(len(whole))) & (keys[0] != 0))
    found = [np.zeros(0, np.int64)]
    for start in range(0, len(rows), PAIRS):
        part = rows[start : start + PAIRS]
        found.append(_verified((first[group[part]], part), fetch, 1.0)[1])
    return np.concatenate(found)


def together(keys: Numbers) -> Numbers:
    """One number a row that is the same where all its keys are."""
    whole = mixed(keys[0])
    for key in keys[1:]:
        whole = mixed(whole ^ key)
    return whole


def _proposed(keys: Numbers) -> Iterator[Pairs]:
    """Pairs of rows with a key in common, each once; `keys` is used up."""
    following = [*keys[1:], keys[0].copy()]
    for band, column in enumerate(keys):
        for one, other in meeting(column, following[band]):
            yield _unseen(keys[:band], one, other)


def meeting(keys: Numbers, following: Numbers) -> Iterator[Pairs]:
    """Pairs of rows that share the key of one band, not ordered within a pair; `following` are the keys of the band after it.

    A bucket of more than CROWD rows is ordered by the next band's key and each row meets its CROWD neighbours in that order,
    and the bucket's first rows. Such a bucket holds what thousands of texts share, a phrase of a template: a pair that it does
    not bring together is alike in more than that phrase and meets in the bands that are not crowded.
    """
    order = np.argsort(keys, kind="stable")
    order = order[np.searchsorted(keys[order], 1) :]  # 0: no text
    key = keys[order]
    begins = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.zeros(0, np.int64)
    size = np.repeat(np.diff(np.append(begins, len(key))), np.diff(np.append(begins, len(key))))
    place = np.arange(len(key)) - np.repeat(begins, np.diff(np.append(begins, len(key))))
    crowded = np.flatnonzero(size > CROWD)
    for leader in range(LEADERS):
        led = crowded[place[crowded] > leader]
        yield order[led - place[led] + leader], order[led]
    order[crowded] = order[crowded][np.lexsort((following[order[crowded]], key[crowded]))]
    several = size > 1
    order, key, place = order[several], key[several], place[several]
    for gap in range(1, CROWD):
        reached = np.flatnonzero(place >= gap)
        if not len(reached):
            break
        yield order[reached - gap], order[reached]
    keys[order[size[several] > CROWD]] = 0  # not all of these have met: later bands must not think so


def _unseen(before: Numbers, one: Rows, other: Rows) -> Pairs:
    """Without the pairs that an earlier band has already proposed; the earlier row first."""
    fresh = np.ones(len(one), bool)
    for keys in before:
        fresh &= (keys[one] != keys[other]) | (keys[one] == 0)
    return np.minimum(one, other)[fresh], np.maximum(one, other)[fresh]


def promising(pairs: Pairs, sketch: Numbers, others: Numbers, jaccard: float) -> Pairs:
    """Without the pairs that differ in more bits than four standard deviations explain: a bit agrees with (1 + J) / 2."""
    count, rows = plan(jaccard)
    bits, agree = count * rows, (1 + jaccard) / 2
    differ = sum(np.bitwise_count(mine[pairs[0]] ^ theirs[pairs[1]]) for mine, theirs in zip(sketch, others, strict=True))
    near = differ <= bits * (1 - agree) + 4 * math.sqrt(bits * agree * (1 - agree))
    return pairs[0][near], pairs[1][near]


def _batched(proposed: Iterator[Pairs]) -> Iterator[Pairs]:
    """The same pairs, PAIRS or so at a time."""
    waiting: list[Pairs] = []
    count = 0
    for pairs in proposed:
        waiting.append(pairs)
        count += len(pairs[0])
        if count >= PAIRS:
            yield np.concatenate([p[0] for p in waiting]), np.concatenate([p[1] for p in waiting])
            waiting, count = [], 0
    if count:
        yield np.concatenate([p[0] for p in waiting]), np.concatenate([p[1] for p in waiting])


def _verified(pairs: Pairs, fetch: Fetch, jaccard: float) -> Pairs:
    """The pairs whose texts really are that alike."""
    first, later = pairs
    rows, place = np.unique(np.concatenate(pairs), return_inverse=True)
    texts = readable(fetch(rows))
    alike = similarity(texts.gather(place[: len(first)]), texts.gather(place[len(first) :])) >= jaccard
    return first[alike], later[alike]
