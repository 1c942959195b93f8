"""Shuffled answers: seeded derangements of a task's prompts that give each answer to a prompt of another cluster.

    shuffles(rows, 4, seed=7)[0][i]     # in the first shuffle, prompt i gets the answer to this prompt

A model that reads its prompts earns less with shuffled answers than with its own. The shuffles depend on the ids and clusters of
the rows, not on their order or on the model, so that all models are compared on the same shuffles.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from vitrine.evaluation.scores.scoreboard import cluster

Row = Mapping[str, Any]


def shuffles(rows: Sequence[Row], count: int, *, seed: int) -> list[list[int]]:
    """`count` derangements of `rows`; none of fewer than two rows.

    The clusters are put in random order, and every answer moves on by the same number of positions. If the largest cluster has at
    most half of the rows, no prompt gets an answer from its own cluster; otherwise as few prompts as possible do.
    """
    if len(rows) < 2:
        return []
    clusters = [cluster(row) for row in rows]
    largest = max(Counter(clusters).values())
    by_id = sorted(range(len(rows)), key=lambda row: (str(rows[row]["task"]), str(rows[row]["id"])))
    derangements = []
    for number in range(count):
        rng = random.Random(f"{seed}:{rows[by_id[0]]['task']}:{number}")
        order = rng.sample(by_id, len(by_id))
        position = {name: index for index, name in enumerate(dict.fromkeys(clusters[row] for row in order))}
        order.sort(key=lambda row: position[clusters[row]])
        step = _step(len(rows), largest, rng)
        given = [0] * len(rows)
        for index, row in enumerate(order):
            given[row] = order[(index + step) % len(order)]
        derangements.append(given)
    return derangements


def _step(rows: int, largest: int, rng: random.Random) -> int:
    if largest == rows:
        return rng.randrange(1, rows)
    return rng.randint(largest, rows - largest) if 2 * largest <= rows else largest
