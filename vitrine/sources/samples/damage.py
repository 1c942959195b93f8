"""Damaged records in a sample, so that a run on it shows rejects at work: what an interrupted or careless export leaves behind.

    chosen(rows=12_000, seed=7)                       # the places of about six rows that are written once more, damaged
    cut(b'{"uid":"B1","title":"Lamp"}')               # b'{"uid":"B1","ti'

A damaged record always stands beside the whole one that it is a copy of, so no table loses a row. Published files are cleaner
than this: Olist's hold no reject.
"""

import random
import zlib

SHARE = 1 / 2000  # of the rows
FEWEST = 100  # rows of a file from which it has at least one damaged record


def chosen(*, rows: int, seed: int, of: str = "") -> list[int]:
    """Places among `rows`, in order; `of` tells the files of one sample apart."""
    if rows < FEWEST:
        return []
    chance = random.Random(zlib.crc32(f"{seed} {of}".encode()))
    return sorted(chance.sample(range(rows), max(1, round(rows * SHARE))))


def cut(record: bytes) -> bytes:
    """The first half of a JSON object: no object any more."""
    return record[: max(1, len(record) // 2)]
