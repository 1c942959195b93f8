"""Train, validation or test, decided by entity and never by row.

    split_of("customer-17", seed=7, validation=0.05, test=0.15)   # "train", "validation" or "test", always the same

The hash does not depend on the other rows: a new row never moves an old one to another split.
"""

import hashlib
from typing import Literal

SplitName = Literal["train", "validation", "test"]


def split_of(entity: str, *, seed: int, validation: float, test: float) -> SplitName:
    digest = hashlib.blake2b(f"{seed}\x00{entity}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest) / 2**64
    if place < test:
        return "test"
    return "validation" if place < test + validation else "train"
