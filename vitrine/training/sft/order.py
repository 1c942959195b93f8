"""The order of training rows: every row once before any row twice, with rows of similar length together to save padding.

    batch_order(lengths=[12, 80, 15, 78], batch=2, batches=3, seed=7)    # [0, 2, 3, 1, 0, 2]: indices of rows

A batch holds the rows of one optimizer step; they do not depend on the size of a forward pass. If large parts of the data were
sorted by length, the model would see one task after another. So only CHUNK rows have similar lengths. A batch is several such
chunks of different lengths, sorted by length, so that the rows of any forward pass are of similar length too.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from math import gcd

CHUNK = 8  # rows of similar length; fewer if a batch is not a multiple of it
POOL = 16  # chunks that are sorted together: enough for similar lengths, few enough to keep tasks mixed


def batch_order(lengths: Sequence[int], *, batch: int, batches: int, seed: int) -> list[int]:
    """Row indices for `batches` batches. After each batch, the rows' numbers of readings differ by at most one."""
    chunks = _chunks(lengths, gcd(CHUNK, batch), random.Random(seed))
    order: list[int] = []
    while len(order) < batch * batches:
        step = islice(chunks, batch // gcd(CHUNK, batch))
        order += [row for chunk in sorted(step, key=lambda chunk: lengths[chunk[-1]]) for row in chunk]
    return order


def _chunks(lengths: Sequence[int], size: int, rng: random.Random) -> Iterator[list[int]]:
    """All rows in chunks of `size`, epoch after epoch. The last chunk of an epoch is filled from the next epoch."""
    left: list[int] = []
    while True:
        rows = rng.sample(range(len(lengths)), len(lengths))
        if left:
            missing = size - len(left)
            left, rows = left + rows[:missing], rows[missing:]
            if len(left) < size:
                continue
            yield sorted(left, key=lengths.__getitem__)
        end = len(rows) - len(rows) % size
        for start in range(0, end, size * POOL):
            pool = sorted(rows[start : min(start + size * POOL, end)], key=lengths.__getitem__)
            chunks = [pool[at : at + size] for at in range(0, len(pool), size)]
            rng.shuffle(chunks)
            yield from chunks
        left = rows[end:]
