"""In which order rows are read: batches of alike lengths, so that little is padding, in an order that is not sorted.

    in_batches(lengths=[12, 80, 15, 78], batch=2, batches=3, seed=7)    # [0, 2, 1, 3, 2, 0]: positions of rows

Sorting whole stretches of the data by length would feed a model one task after another; here only the few rows of one
batch are alike, and the batches of one step are not.
"""

import random
from collections.abc import Iterator, Sequence

POOL = 16  # batches that are sorted together: enough for alike lengths, few enough to stay mixed


def in_batches(lengths: Sequence[int], *, batch: int, batches: int, seed: int) -> list[int]:
    """Positions for `batches` batches; every row is read once before any is read twice."""
    chance = random.Random(seed)
    stream = _shuffled(len(lengths), chance)
    order: list[int] = []
    while len(order) < batch * batches:
        pool = sorted((next(stream) for _ in range(batch * POOL)), key=lambda place: lengths[place])
        cut = [pool[start : start + batch] for start in range(0, len(pool), batch)]
        chance.shuffle(cut)
        order += [place for piece in cut for place in piece]
    return order[: batch * batches]


def _shuffled(count: int, chance: random.Random) -> Iterator[int]:
    """Every position once, in a new order each time around."""
    while True:
        yield from chance.sample(range(count), count)
