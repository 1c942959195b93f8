"""In which order rows are read: every row once before any twice, and rows of alike lengths together, so that little is padding.

    batch_order(lengths=[12, 80, 15, 78], batch=2, batches=3, seed=7)    # [0, 2, 3, 1, 0, 2]: positions of rows

A batch is what one optimizer step learns from. Its rows do not depend on how many of them a machine reads in one forward pass.
Sorting whole stretches of the data by length would feed a model one task after another. So only PIECE rows are alike, several
such pieces of any lengths make a batch, and within it they are sorted, so that the rows of any forward pass are alike too.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from math import gcd

PIECE = 8  # rows of alike length; fewer where a batch is no multiple of it
POOL = 16  # pieces that are sorted together: enough for alike lengths, few enough to stay mixed


def batch_order(lengths: Sequence[int], *, batch: int, batches: int, seed: int) -> list[int]:
    """Positions for `batches` batches; after each of them, no row has been read two times more often than another."""
    pieces = _pieces(lengths, gcd(PIECE, batch), random.Random(seed))
    order: list[int] = []
    while len(order) < batch * batches:
        of_step = islice(pieces, batch // gcd(PIECE, batch))
        order += [place for piece in sorted(of_step, key=lambda piece: lengths[piece[-1]]) for place in piece]
    return order


def _pieces(lengths: Sequence[int], size: int, chance: random.Random) -> Iterator[list[int]]:
    """All rows in pieces of `size`, over and over. The piece in which one round ends is filled from the next."""
    left: list[int] = []
    while True:
        rows = chance.sample(range(len(lengths)), len(lengths))
        if left:
            missing = size - len(left)
            left, rows = left + rows[:missing], rows[missing:]
            if len(left) < size:
                continue
            yield sorted(left, key=lengths.__getitem__)
        whole = len(rows) - len(rows) % size
        for start in range(0, whole, size * POOL):
            pool = sorted(rows[start : min(start + size * POOL, whole)], key=lengths.__getitem__)
            cut = [pool[at : at + size] for at in range(0, len(pool), size)]
            chance.shuffle(cut)
            yield from cut
        left = rows[whole:]
