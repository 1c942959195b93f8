"""Rows kept and rows set aside, each with its reason; none is lost between the two.

    cleaned = Cleaned()
    cleaned.add("listings", raw, frame, [("content is empty", pl.col("content") == ""), …], id=["uid"])
    cleaned.tables["listings"], cleaned.quarantine, cleaned.counts

`raw` and `frame` are the same rows before and after their texts were cleaned; the quarantine keeps the raw row. The first
reason that applies is given; a condition sees only rows that no earlier reason took.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from vitrine.errors import AccountingError
from vitrine.tables.quarantine import QUARANTINE

Reason = tuple[str, pl.Expr]
EMPTY = pl.DataFrame(QUARANTINE.empty_table())


@dataclass
class Cleaned:
    """What `clean` makes of one source."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    quarantine: pl.DataFrame = field(default_factory=lambda: EMPTY)
    counts: dict[str, float] = field(default_factory=lambda: {"rows_in": 0, "rows_out": 0, "quarantined": 0})

    def add(self, name: str, raw: pl.DataFrame, frame: pl.DataFrame, reasons: Sequence[Reason], *, id: Sequence[str]) -> None:
        """Table `name`: the rows of `frame` that no reason takes."""
        kept = frame.with_row_index("_row")
        for reason, applies in reasons:
            taken = kept.select(applies.fill_null(False).alias("_taken")).to_series()
            if taken.any():
                self._set_aside(name, raw[kept.filter(taken)["_row"]], reason, id)
                kept = kept.filter(~taken)
        self.tables[name] = kept.drop("_row")
        self._account(name, raw.height, kept.height)

    def _set_aside(self, name: str, rows: pl.DataFrame, reason: str, id: Sequence[str]) -> None:
        aside = rows.select(
            table=pl.lit(name),
            id=pl.concat_str([pl.col(column).cast(pl.String).fill_null("") for column in id], separator=":"),
            reason=pl.lit(reason),
            row=pl.struct(pl.all()).struct.json_encode(),
        )
        self.quarantine = pl.concat([self.quarantine, aside])

    def _account(self, name: str, rows_in: int, rows_out: int) -> None:
        aside = self.quarantine.filter(pl.col("table") == name).height
        if rows_in != rows_out + aside:
            raise AccountingError(
                f"{name}: {rows_in} rows came in, {rows_out} went out and {aside} were set aside; "
                "a rule in vitrine/cleaning loses rows"
            )
        self.counts |= {f"rows_{name}": rows_out, f"quarantined_{name}": aside}
        for key, count in (("rows_in", rows_in), ("rows_out", rows_out), ("quarantined", aside)):
            self.counts[key] += count
