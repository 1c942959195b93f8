"""Damaged records for samples, as an interrupted or careless export leaves them, so that a run on a sample has rejects.

    damaged_rows(rows=12_000, seed=7)                 # positions of about six rows; each is written again, damaged
    truncate(b'{"uid":"B1","title":"Lamp"}')           # b'{"uid":"B1","ti'

A damaged record is always a copy of an intact one, so no table loses a row. Published files are cleaner: Olist's have no
rejects.
"""

import random
import zlib

SHARE = 1 / 2000  # of rows that are also written damaged
MIN_ROWS = 100  # smaller files have no damaged record


def damaged_rows(*, rows: int, seed: int, file: str = "") -> list[int]:
    """Sorted positions of the rows that are also written damaged; `file` makes the choice differ between files."""
    if rows < MIN_ROWS:
        return []
    rng = random.Random(zlib.crc32(f"{seed} {file}".encode()))
    return sorted(rng.sample(range(rows), max(1, round(rows * SHARE))))


def truncate(record: bytes) -> bytes:
    """The first half of a JSON object, which is no longer a JSON object."""
    return record[: max(1, len(record) // 2)]
