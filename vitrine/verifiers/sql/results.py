"""Query results and how similar two of them are.

    same_result(gold, predicted, ordered=False)   the same rows with the same counts, in any row and column order
    overlap(gold, predicted, ordered=False)       from 0 to 1; 1 if and only if same_result holds
    bird_equal(gold, predicted)                   BIRD's weaker metric: the same set of rows, columns in order

Floats are equal within one part in a million; a whole decimal equals the integer, and a timestamp at midnight its date
(`outcome.plain`). Column names do not matter. All column orders are tried if feasible, see MAX_COLUMN_ORDERS.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from vitrine.verifiers.sql.outcome import checksum

TOLERANCE = 1e-6
MAX_COLUMN_ORDERS = 200  # tried; only columns with the same values are exchanged
ROW_WEIGHT = 0.7  # of the overlap: rows right in every column; the rest is for single columns
MAX_ROWS = 100, 10  # constant, plus this many times the gold rows; a larger result is a dump that contains right rows by chance

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Result:
    """Rows of plain values, or the kind of failure.

    not_parsed  not valid SQL                      names      a table, column or function does not exist
    not_select  not exactly one SELECT             failed     an error while running
    timeout     stopped after the time limit       too_large  more rows or bytes than the limit
    """

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    failure: str | None = None
    why: str = ""
    reads: tuple[str, ...] = field(default=(), compare=False)  # tables named, if it got that far
    fair: bool = field(default=True, compare=False)  # False if its process was killed twice from outside: not the query's fault

    @property
    def cells(self) -> int:
        return len(self.rows) * len(self.columns)

    @cached_property
    def checksum(self) -> int:
        return checksum(self.rows)

    def to_json(self) -> dict[str, Any]:
        """A dict for JSON. It round-trips, except for floats that are not finite."""
        return {"columns": list(self.columns), "rows": [list(row) for row in self.rows], "reads": list(self.reads)}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Result":
        return cls(tuple(written["columns"]), tuple(map(tuple, written["rows"])), reads=tuple(written["reads"]))


def same_result(gold: Result, predicted: Result, ordered: bool = False) -> bool:
    """Whether both ran and returned the same rows; in the same order if `ordered`."""
    if gold.failure or predicted.failure or len(gold.rows) != len(predicted.rows) or len(gold.columns) != len(predicted.columns):
        return False
    if gold.rows == predicted.rows:
        return True
    columns = _columns(predicted)
    for order in _column_orders(_columns(gold), columns):
        rows = list(zip(*(columns[column] for column in order), strict=True))
        if _equal_rows(gold.rows, rows) if ordered else _equal_rows(_sorted(gold.rows), _sorted(rows)):
            return True
    return False


def overlap(gold: Result, predicted: Result, ordered: bool = False) -> float:
    """Similarity of two results: F1 of whole rows (70 %) and of single columns (30 %)."""
    if gold.failure or predicted.failure or len(predicted.rows) > MAX_ROWS[0] + MAX_ROWS[1] * len(gold.rows):
        return 0.0
    if same_result(gold, predicted, ordered):
        return 1.0
    pairs, columns = _match_columns(gold, predicted)
    rows = 0.0
    if len(pairs) == len(gold.columns):
        gold_rows = Counter(tuple(_rounded(row[i]) for i, _ in pairs) for row in gold.rows)
        predicted_rows = Counter(tuple(_rounded(row[j]) for _, j in pairs) for row in predicted.rows)
        rows = _f1(gold_rows, predicted_rows) * len(gold.columns) / len(predicted.columns)
    return min(0.95, ROW_WEIGHT * rows + (1 - ROW_WEIGHT) * columns)


def bird_equal(gold: Result, predicted: Result) -> bool:
    """set(predicted) == set(gold), within the float tolerance."""
    if gold.failure or predicted.failure:
        return False
    if gold.rows == predicted.rows:
        return True
    return {tuple(map(_rounded, row)) for row in gold.rows} == {tuple(map(_rounded, row)) for row in predicted.rows}


def _columns(result: Result) -> list[tuple[Any, ...]]:
    return list(zip(*result.rows, strict=True)) if result.rows else [() for _ in result.columns]


def _column_orders(gold: Sequence[Sequence[Any]], predicted: Sequence[Sequence[Any]]) -> Iterator[tuple[int, ...]]:
    """Column orders of `predicted` in which each column has the values of its gold column; the present order first."""
    gold_values = [_sorted((value,) for value in column) for column in gold]
    values = [_sorted((value,) for value in column) for column in predicted]
    candidates = [[j for j in range(len(values)) if _equal_rows(column, values[j])] for column in gold_values]
    tried = 0

    def arrange(chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        nonlocal tried
        index = len(chosen)
        if index == len(candidates):
            tried += 1
            yield chosen
            return
        for candidate in sorted(candidates[index], key=lambda candidate: candidate != index):
            if tried < MAX_COLUMN_ORDERS and candidate not in chosen:
                yield from arrange((*chosen, candidate))

    return arrange(())


def _match_columns(gold: Result, predicted: Result) -> tuple[list[tuple[int, int]], float]:
    """Greedy matching of columns by similarity, best first, and the overall column similarity."""
    golds = [Counter(map(_rounded, column)) for column in _columns(gold)]
    columns = [Counter(map(_rounded, column)) for column in _columns(predicted)]
    similarities = sorted(
        ((_f1(one, other), -abs(i - j), i, j) for i, one in enumerate(golds[:30]) for j, other in enumerate(columns[:30])),
        reverse=True,
    )
    pairs: list[tuple[int, int]] = []
    total = 0.0
    for similarity, _, i, j in similarities:
        if all(i != a and j != b for a, b in pairs):
            pairs.append((i, j))
            total += similarity
    return pairs, 2 * total / max(1, len(golds) + len(columns))


def _f1(gold: Counter[Any], predicted: Counter[Any]) -> float:
    both = gold.total() + predicted.total()
    return 2 * (gold & predicted).total() / both if both else 0.0


def _sorted(rows: Any) -> list[Row]:
    """Sort by non-numbers first, so that the last digit of a float does not decide the order."""
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


def _equal_rows(one: Sequence[Row], other: Sequence[Row]) -> bool:
    return all(a == b or (len(a) == len(b) and all(map(_equal, a, b))) for a, b in zip(one, other, strict=True))


def _equal(a: Any, b: Any) -> bool:
    if a == b:
        return True
    if not isinstance(a, (int, float)) or not isinstance(b, (int, float)) or not (isinstance(a, float) or isinstance(b, float)):
        return False
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(_float(a), _float(b), rel_tol=TOLERANCE, abs_tol=1e-9)


def _rounded(value: Any) -> Any:
    """A key that equal values share, except rarely near a rounding boundary."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else str(value)
    return float(f"{value:.6g}") if isinstance(value, int) and abs(value) > 999_999 and abs(value) < 10**300 else value
