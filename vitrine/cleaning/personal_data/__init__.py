"""Replace personal data in Brazilian and English texts by typed placeholders.

    redact(pl.col("message"), ["email", "cpf"])     # "sou 529.982.247-25, ana@loja.com.br" -> "sou [CPF], [EMAIL]"

Most texts hold none. So Polars first finds candidates (an @, eight digits near each other, a street), and only those are searched
closely (`spans`). docs/personal_data.md says what is recognised, what is not, and how often it errs.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import polars as pl

from vitrine.cleaning.personal_data.candidates import GROUPS, candidates
from vitrine.cleaning.personal_data.spans import FINDERS, redact_text

Kind = Literal["email", "cnpj", "cpf", "phone", "cep", "address", "card", "order", "pix"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def redact(text: pl.Expr, kinds: Sequence[str]) -> pl.Expr:
    """`text` with every mention of these kinds of personal data replaced by its placeholder: [EMAIL], [CPF], …"""
    if not kinds:
        return text
    chosen = frozenset(kinds)
    among = [group for group in GROUPS if any(kind in chosen and group == own_group for kind, own_group, _ in FINDERS)]

    def batch(texts: pl.Series) -> pl.Series:
        where, groups = candidates(texts, among)
        few = [
            redact_text(text, chosen, groups_of_text) for text, groups_of_text in zip(texts.filter(where), groups, strict=True)
        ]
        return texts.scatter(where.arg_true(), pl.Series(few, dtype=pl.String)) if few else texts

    return text.map_batches(batch, return_dtype=pl.String)


def count_placeholders(text: pl.Expr) -> pl.Expr:
    """The number of placeholders in each text."""
    return text.str.count_matches(rf"\[(?:{'|'.join(kind.upper() for kind in KINDS)})\]")


def count_redactions(columns: Sequence[str], kinds: Sequence[str]) -> Mapping[str, pl.Expr]:
    """`personal_data.<kind>` for the clean stage's metrics: the number of replacements of each kind in these columns.

    Placeholders that were in the raw text (`raw.<column>`) do not count.
    """

    def new(column: str, placeholder: str) -> pl.Expr:
        has_placeholder = pl.col(column).str.contains(placeholder, literal=True)  # few texts: only these are counted
        after, before = (
            pl.col(name).filter(has_placeholder).str.count_matches(placeholder, literal=True)
            for name in (column, f"raw.{column}")
        )
        return (after.cast(pl.Int64) - before.fill_null(0)).clip(0).sum()

    return {f"personal_data.{kind}": pl.sum_horizontal(new(column, f"[{kind.upper()}]") for column in columns) for kind in kinds}
