"""Columns of lists of texts: all texts of all rows are treated at once, and put back where they were.

    each(pl.col("features"), lambda text: tidied(text, ["entities"]))       # [["a &amp; b"], []] -> [["a & b"], []]

Null for a null list. A text that becomes null is left out. (`list.eval` calls a treatment in
Python once a row: 439 s for 200,000 short lists, where this takes half a second.)
"""

from collections.abc import Callable

import polars as pl
import pyarrow as pa


def each(lists: pl.Expr, treat: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """`lists` with every text treated; `treat` sees one column of texts, nulls among them."""
    return lists.map_batches(lambda found: _each(found, treat), return_dtype=pl.List(pl.String)).list.drop_nulls()


def _each(lists: pl.Series, treat: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    array = lists.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    texts = pl.DataFrame({"text": pl.Series(array.values, dtype=pl.String)})
    treated = texts.select(treat(pl.col("text"))).to_series().to_arrow(compat_level=pl.CompatLevel.oldest())
    # The offsets are copied: Arrow takes no slice beside a mask.
    made = pa.LargeListArray.from_arrays(pa.array(array.offsets.to_numpy()), treated, mask=array.is_null())
    return pl.Series(lists.name, made)
