"""Train, validation or test, decided by entity and never by row.

    side("customer-17", seed=7, validation=0.05, test=0.15)   # always the same answer: "train", "validation" or "test"

The hash does not depend on what else is in the data: a new row never moves an old one to another side.
"""

import hashlib
from typing import Literal

Side = Literal["train", "validation", "test"]


def side(entity: str, *, seed: int, validation: float, test: float) -> Side:
    digest = hashlib.blake2b(f"{seed}\x00{entity}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest) / 2**64
    if place < test:
        return "test"
    return "validation" if place < test + validation else "train"
