"""Personal data in Brazilian and English texts, put away behind typed placeholders.

    redact(pl.col("message"), ["email", "cpf"])     # "sou 529.982.247-25, ana@loja.com.br" -> "sou [CPF], [EMAIL]"

Most texts hold none: Polars finds the candidates (an @, eight digits near each other, a street), and only those are
read closely (`spans`). What is found, what is left alone and how often it errs: docs/personal_data.md.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import polars as pl

from vitrine.cleaning.personal_data.candidates import GROUPS, candidates
from vitrine.cleaning.personal_data.spans import FINDERS, replaced

Kind = Literal["email", "cnpj", "cpf", "phone", "cep", "address", "card", "order", "pix"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def redact(text: pl.Expr, kinds: Sequence[str]) -> pl.Expr:
    """`text` with every mention of these kinds of personal data replaced by its placeholder: [EMAIL], [CPF], …"""
    if not kinds:
        return text
    asked = frozenset(kinds)
    among = [group for group in GROUPS if any(kind in asked and group == held_by for kind, held_by, _ in FINDERS)]

    def batch(texts: pl.Series) -> pl.Series:
        where, groups = candidates(texts, among)
        few = [replaced(found, asked, near) for found, near in zip(texts.filter(where), groups, strict=True)]
        return texts.scatter(where.arg_true(), pl.Series(few, dtype=pl.String)) if few else texts

    return text.map_batches(batch, return_dtype=pl.String)


def mentions(text: pl.Expr) -> pl.Expr:
    """How many placeholders each text holds."""
    return text.str.count_matches(rf"\[(?:{'|'.join(kind.upper() for kind in KINDS)})\]")


def counts(columns: Sequence[str], kinds: Sequence[str]) -> Mapping[str, pl.Expr]:
    """`personal_data.<kind>` for the clean stage's metrics: how many findings of each kind were put away in these columns.

    Placeholders that stood in a text as it came (`raw.<column>`) are no findings.
    """

    def new(column: str, placeholder: str) -> pl.Expr:
        held = pl.col(column).str.contains(placeholder, literal=True)  # by few texts, and only theirs are counted
        after, before = (
            pl.col(name).filter(held).str.count_matches(placeholder, literal=True) for name in (column, f"raw.{column}")
        )
        return (after.cast(pl.Int64) - before.fill_null(0)).clip(0).sum()

    return {f"personal_data.{kind}": pl.sum_horizontal(new(column, f"[{kind.upper()}]") for column in columns) for kind in kinds}
