"""Exact duplicates: rows that say the same once case, accents, punctuation and blanks are put aside.

frame.filter(~repeated("title", "content"))     # the first of each is kept
same("Bom!  Muito bom") == same("bom muito bom")
"""

import polars as pl


def same(text: pl.Expr) -> pl.Expr:
    """What two texts share when they read alike: letters and digits, lower case, without accents."""
    bare = text.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{M}+", "")
    return bare.str.replace_all(r"[^\p{L}\p{N}\p{S}]+", " ").str.strip_chars()


def repeated(*columns: str) -> pl.Expr:
    """Whether an earlier row reads the same in all these text columns."""
    return ~pl.struct(same(pl.col(name)).alias(name) for name in columns).is_first_distinct()


def repeated_key(*columns: str) -> pl.Expr:
    """Whether an earlier row has exactly this key."""
    return ~pl.struct(columns).is_first_distinct()
