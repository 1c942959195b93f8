"""Results of queries, and how alike two of them are.

    same_result(gold, said, ordered=False)   the same rows as often, whatever their order and that of the columns
    overlap(gold, said, ordered=False)       from 0 to 1; 1 exactly where same_result holds
    bird_equal(gold, said)                   BIRD's weaker measure: the same set of rows, columns in order

Floats are equal within one part in a million; a whole decimal is the integer, and a timestamp at midnight is its date
(`sql_outcome.plain`). Names of columns are free. All columns are permuted where that is feasible, see ARRANGEMENTS.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from vitrine.verifiers.sql.outcome import checksum

TOLERANCE = 1e-6
ARRANGEMENTS = 200  # orders of columns that are tried; only columns with the same values are ever exchanged
SHARE_OF_ROWS = 0.7  # of the overlap: rows right in every column; the rest is for columns right on their own
PADDED = 100, 10  # rows, and times the gold rows: a result of more is a dump in which something must be right

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Result:
    """Rows of plain values, or the kind of failure.

    not_parsed  it is no SQL                       names      a table, column or function does not exist here
    not_select  it is not one SELECT               failed     it ran into an error
    timeout     it was stopped                     too_large  it has more rows or bytes than are read
    """

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    failure: str | None = None
    why: str = ""
    reads: tuple[str, ...] = field(default=(), compare=False)  # the tables it named, as far as it got
    fair: bool = field(default=True, compare=False)  # False: it is no fault of the query, whose process was killed twice

    @property
    def cells(self) -> int:
        return len(self.rows) * len(self.columns)

    @cached_property
    def checksum(self) -> int:
        return checksum(self.rows)

    def to_json(self) -> dict[str, Any]:
        """What it returned, for a file; JSON gives the same values back, but for a float that is not finite."""
        return {"columns": list(self.columns), "rows": [list(row) for row in self.rows], "reads": list(self.reads)}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Result":
        return cls(tuple(written["columns"]), tuple(map(tuple, written["rows"])), reads=tuple(written["reads"]))


def same_result(gold: Result, said: Result, ordered: bool = False) -> bool:
    """Whether both ran and returned the same; in the same order, if it is `ordered`."""
    if gold.failure or said.failure or len(gold.rows) != len(said.rows) or len(gold.columns) != len(said.columns):
        return False
    if gold.rows == said.rows:
        return True
    theirs = _columns(said)
    for order in _arrangements(_columns(gold), theirs):
        rows = list(zip(*(theirs[column] for column in order), strict=True))
        if _equal_rows(gold.rows, rows) if ordered else _equal_rows(_sorted(gold.rows), _sorted(rows)):
            return True
    return False


def overlap(gold: Result, said: Result, ordered: bool = False) -> float:
    """How many of the gold rows were returned, balanced with what was returned besides; in part, the same of single columns."""
    if gold.failure or said.failure or len(said.rows) > PADDED[0] + PADDED[1] * len(gold.rows):
        return 0.0
    if same_result(gold, said, ordered):
        return 1.0
    pairs, columns = _alike(gold, said)
    rows = 0.0
    if len(pairs) == len(gold.columns):
        ours = Counter(tuple(_rounded(row[mine]) for mine, _ in pairs) for row in gold.rows)
        theirs = Counter(tuple(_rounded(row[other]) for _, other in pairs) for row in said.rows)
        rows = _f1(ours, theirs) * len(gold.columns) / len(said.columns)
    return min(0.95, SHARE_OF_ROWS * rows + (1 - SHARE_OF_ROWS) * columns)


def bird_equal(gold: Result, said: Result) -> bool:
    """set(said) == set(gold), to the tolerance of floats."""
    if gold.failure or said.failure:
        return False
    if gold.rows == said.rows:
        return True
    return {tuple(map(_rounded, row)) for row in gold.rows} == {tuple(map(_rounded, row)) for row in said.rows}


def _columns(result: Result) -> list[tuple[Any, ...]]:
    return list(zip(*result.rows, strict=True)) if result.rows else [() for _ in result.columns]


def _arrangements(gold: Sequence[Sequence[Any]], said: Sequence[Sequence[Any]]) -> Iterator[tuple[int, ...]]:
    """Orders of `said` in which each column holds the values of its gold column; the present order first."""
    mine = [_sorted((value,) for value in column) for column in gold]
    theirs = [_sorted((value,) for value in column) for column in said]
    fits = [[other for other in range(len(theirs)) if _equal_rows(column, theirs[other])] for column in mine]
    tried = 0

    def arrange(chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        nonlocal tried
        place = len(chosen)
        if place == len(fits):
            tried += 1
            yield chosen
            return
        for other in sorted(fits[place], key=lambda other: other != place):
            if tried < ARRANGEMENTS and other not in chosen:
                yield from arrange((*chosen, other))

    return arrange(())


def _alike(gold: Result, said: Result) -> tuple[list[tuple[int, int]], float]:
    """Which column is which, the most alike first, and how alike the columns are on the whole."""
    mine = [Counter(map(_rounded, column)) for column in _columns(gold)]
    theirs = [Counter(map(_rounded, column)) for column in _columns(said)]
    likeness = sorted(
        ((_f1(one, other), -abs(i - j), i, j) for i, one in enumerate(mine[:30]) for j, other in enumerate(theirs[:30])),
        reverse=True,
    )
    pairs: list[tuple[int, int]] = []
    total = 0.0
    for alike, _, i, j in likeness:
        if all(i != a and j != b for a, b in pairs):
            pairs.append((i, j))
            total += alike
    return pairs, 2 * total / max(1, len(mine) + len(theirs))


def _f1(gold: Counter[Any], said: Counter[Any]) -> float:
    both = gold.total() + said.total()
    return 2 * (gold & said).total() / both if both else 0.0


def _sorted(rows: Any) -> list[Row]:
    """By what is not a float first, so that a last digit does not decide the order."""
    return sorted(rows, key=lambda row: ([_exact(value) for value in row], [_float(value) for value in row]))


def _exact(value: Any) -> tuple[int, str]:
    if value is None:
        return 0, ""
    return (1, "") if isinstance(value, (int, float)) else (2, value)


def _float(value: Any) -> float:
    if not isinstance(value, (int, float)):
        return 0.0
    try:
        return -math.inf if math.isnan(value) else float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _equal_rows(ours: Sequence[Row], theirs: Sequence[Row]) -> bool:
    return all(a == b or (len(a) == len(b) and all(map(_equal, a, b))) for a, b in zip(ours, theirs, strict=True))


def _equal(a: Any, b: Any) -> bool:
    if a == b:
        return True
    if not isinstance(a, (int, float)) or not isinstance(b, (int, float)) or not (isinstance(a, float) or isinstance(b, float)):
        return False
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(_float(a), _float(b), rel_tol=TOLERANCE, abs_tol=1e-9)


def _rounded(value: Any) -> Any:
    """A key that equal values share, but for the rare ones on either side of a rounding edge."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else str(value)
    return float(f"{value:.6g}") if isinstance(value, int) and abs(value) > 999_999 and abs(value) < 10**300 else value
