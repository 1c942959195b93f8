"""Treat columns of lists of texts: flatten the lists, treat all texts in one call, and rebuild the lists.

    map_texts(pl.col("features"), lambda text: tidy_text(text, ["entities"]))       # [["a &amp; b"], []] -> [["a & b"], []]

Null for a null list. A text that becomes null is dropped. (`list.eval` calls a Python treatment once a row: 439 s for 200,000
short lists; this takes 0.5 s.)
"""

from collections.abc import Callable

import polars as pl
import pyarrow as pa


def map_texts(lists: pl.Expr, treat: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """`lists` with `treat` applied to every text. `treat` gets one column of texts, nulls included."""
    return lists.map_batches(lambda series: _map_texts(series, treat), return_dtype=pl.List(pl.String)).list.drop_nulls()


def _map_texts(lists: pl.Series, treat: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    array = lists.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    texts = pl.DataFrame({"text": pl.Series(array.values, dtype=pl.String)})
    treated = texts.select(treat(pl.col("text"))).to_series().to_arrow(compat_level=pl.CompatLevel.oldest())
    # Copy the offsets: Arrow does not accept sliced offsets together with a mask.
    rebuilt = pa.LargeListArray.from_arrays(pa.array(array.offsets.to_numpy()), treated, mask=array.is_null())
    return pl.Series(lists.name, rebuilt)
