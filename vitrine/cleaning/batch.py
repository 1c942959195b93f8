"""Split one batch of raw rows into clean rows and rows set aside: a pure function, for threads and for clusters.

    prepared = prepare(batch, rules, first_row=0)
    prepared.rows       # the columns of rules.output, _row (its number in the raw table), the keys of rules.unique and rules.near
    prepared.aside      # id, reason, row (the raw row as JSON) and _row
    prepared.counts     # the rules' own metrics

`run` finds the rows that repeat an earlier one, by their keys, because the earlier row may be in another batch. Nothing here
depends on where one batch ends and the next begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl
import pyarrow as pa

from vitrine.cleaning.near import dedup, minhash
from vitrine.cleaning.rules import Rules
from vitrine.errors import AccountingError

RAW = "raw."  # prefix of the unchanged columns that the rules see
ROW, BANDS = "_row", "_bands"
Batch: TypeAlias = pa.Table | pa.RecordBatch | pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class Prepared:
    rows: pl.DataFrame
    aside: pl.DataFrame
    counts: dict[str, float]


def prepare(batch: Batch, rules: Rules, first_row: int) -> Prepared:
    """Apply `rules` to `batch`, whose first row is number `first_row` of its table."""
    raw = pl.DataFrame(batch).select(rules.raw.names)
    tidy = rules.tidy(raw.lazy().with_columns(pl.all().name.prefix(RAW))).collect()
    if tidy.height != raw.height:
        raise AccountingError(
            f"{raw.height} rows came in and {tidy.height} are tidy; the `tidy` of these rules must keep every row"
        )
    kept = tidy.select(pl.all().exclude(f"^{RAW}.*$"), pl.int_range(first_row, first_row + raw.height, dtype=pl.Int64).alias(ROW))
    reasons = [pl.when(applies).then(pl.lit(reason)) for reason, applies in rules.aside]
    reason = kept.select(ROW, reason=pl.coalesce(*reasons, pl.lit(None, pl.String)))["reason"]  # the first that applies
    valid = reason.is_null()
    aside = set_aside(raw, kept[ROW].filter(~valid), reason.drop_nulls(), rules.id, first_row)
    kept = kept.filter(valid)
    counts = tidy.select(**rules.counts).row(0, named=True) if rules.counts else {}
    return Prepared(
        rows=kept.select(*rules.output.names, ROW, *_keys(kept, rules)),
        aside=aside,
        counts={name: float(count or 0) for name, count in counts.items()},
    )


def set_aside(batch: Batch, rows: pl.Series, reason: str | pl.Series, id: Sequence[str], first_row: int) -> pl.DataFrame:
    """Quarantine rows for the raw rows with the numbers `rows`."""
    raw = pl.DataFrame(batch)[(rows - first_row).to_numpy()]
    return raw.select(
        pl.concat_str([pl.col(column).cast(pl.String).fill_null("") for column in id], separator=":").alias("id"),
        pl.lit(reason).alias("reason"),
        pl.struct(pl.all()).struct.json_encode().alias("row"),
        rows.alias(ROW),
    )


def key_names(place: int) -> list[str]:
    """The two columns of the key of `rules.unique[place]`."""
    return [f"_key{place}.{half}" for half in range(2)]


def _keys(kept: pl.DataFrame, rules: Rules) -> list[pl.Expr | pl.Series]:
    keys: list[pl.Expr | pl.Series] = []
    for place, (_, columns) in enumerate(rules.unique):
        keys += [half.alias(name) for half, name in zip(dedup.key(columns), key_names(place), strict=True)]
    if rules.near:
        texts = kept.select(rules.near.text).to_series()
        keys.append(pl.Series(BANDS, minhash.bands(texts, jaccard=rules.near.jaccard)))
    return keys
