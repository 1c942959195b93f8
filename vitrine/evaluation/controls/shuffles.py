"""Who gets whose answer: seeded derangements of the prompts of a task, each answer given to a prompt of another cluster.

    shuffles(rows, 4, seed=7)[0][i]     # the first shuffle gives prompt i the answer to this other prompt

A model that reads its prompts earns less with shuffled answers than with its own. The shuffles depend on the ids and clusters
of the rows and not on their order or on the model, so that models are compared on the same ones.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from vitrine.evaluation.scores.scoreboard import cluster

Row = Mapping[str, Any]


def shuffles(rows: Sequence[Row], count: int, *, seed: int) -> list[list[int]]:
    """`count` derangements of `rows`; none of fewer than two rows.

    The clusters stand side by side in random order, and every answer moves on by the same number of places. If the largest
    cluster holds at most half of the rows, no prompt gets an answer from its own cluster; else as few do as can be.
    """
    if len(rows) < 2:
        return []
    clusters = [cluster(row) for row in rows]
    largest = max(Counter(clusters).values())
    by_id = sorted(range(len(rows)), key=lambda place: (str(rows[place]["task"]), str(rows[place]["id"])))
    made = []
    for number in range(count):
        chance = random.Random(f"{seed}:{rows[by_id[0]]['task']}:{number}")
        order = chance.sample(by_id, len(by_id))
        position = {name: place for place, name in enumerate(dict.fromkeys(clusters[row] for row in order))}
        order.sort(key=lambda row: position[clusters[row]])
        step = _step(len(rows), largest, chance)
        given = [0] * len(rows)
        for place, row in enumerate(order):
            given[row] = order[(place + step) % len(order)]
        made.append(given)
    return made


def _step(rows: int, largest: int, chance: random.Random) -> int:
    if largest == rows:
        return chance.randrange(1, rows)
    return chance.randint(largest, rows - largest) if 2 * largest <= rows else largest
