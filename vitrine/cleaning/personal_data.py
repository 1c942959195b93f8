"""Personal data in Brazilian texts, put away behind typed placeholders.

    redact(pl.col("message"), ["email", "cpf"])     # "sou 529.982.247-25, ana@loja.com.br" -> "sou [CPF], [EMAIL]"

email, cnpj, cpf, phone and cep, always in this order, so that one does not eat a part of another. A CPF or CNPJ with its
dots is believed; one in bare digits must have the right check digits, because order numbers look alike.
"""

import re
from collections.abc import Sequence

import polars as pl

EMAIL = r"(?i)\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b"
CNPJ = r"\b\d{2}\.\d{3}\.\d{3}/\d{4}-?\d{2}\b"
CPF = r"\b\d{3}\.\d{3}\.\d{3}-?\d{2}\b|\b\d{9}-\d{2}\b"
PHONE = r"(?:\+?\b55\s?)?(?:\(\d{2}\)|\b\d{2})[\s.-]?9?\d{4}[\s.-]\d{4}\b|(?:\+?\b55\s?)?\(\d{2}\)\s?9?\d{8}\b|\b[1-9]{2}9\d{8}\b"
CEP = r"\b\d{2}\.?\d{3}-\d{3}\b"
NAMED_CEP = r"(?i)\b(cep\W{0,3})\d{8}\b"
KINDS = ("email", "cnpj", "cpf", "phone", "cep")


def redact(text: pl.Expr, kinds: Sequence[str]) -> pl.Expr:
    """`text` with every mention of these kinds of personal data replaced by [EMAIL], [CNPJ], [CPF], [PHONE] or [CEP]."""
    patterns = {"email": EMAIL, "cnpj": CNPJ, "cpf": CPF, "phone": PHONE, "cep": CEP}
    for kind in KINDS:
        if kind not in kinds:
            continue
        if kind in ("cpf", "cnpj"):
            text = _bare(text, kind)
        if kind == "cep":
            text = text.str.replace_all(NAMED_CEP, "${1}[CEP]")
        text = text.str.replace_all(patterns[kind], f"[{kind.upper()}]")
    return text


def mentions(text: pl.Expr) -> pl.Expr:
    """How many placeholders each text holds."""
    return text.str.count_matches(rf"\[(?:{'|'.join(kind.upper() for kind in KINDS)})\]")


def is_cpf(digits: str) -> bool:
    """Whether eleven digits end in the two that a CPF with the first nine must have."""
    return len(digits) == 11 and len(set(digits)) > 1 and _checks(digits, ([*range(10, 1, -1)], [*range(11, 1, -1)]))


def is_cnpj(digits: str) -> bool:
    """Whether fourteen digits end in the two that a CNPJ with the first twelve must have."""
    first = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
    return len(digits) == 14 and len(set(digits)) > 1 and _checks(digits, (first, [6, *first]))


def _checks(digits: str, weights: tuple[list[int], list[int]]) -> bool:
    for factors in weights:
        rest = sum(int(digit) * factor for digit, factor in zip(digits, factors, strict=False)) % 11
        if int(digits[len(factors)]) != (0 if rest < 2 else 11 - rest):
            return False
    return True


def _bare(text: pl.Expr, kind: str) -> pl.Expr:
    length, valid = (11, is_cpf) if kind == "cpf" else (14, is_cnpj)
    pattern = re.compile(rf"(?<!\w)\d{{{length}}}(?!\w)")

    def placed(found: re.Match[str]) -> str:
        return f"[{kind.upper()}]" if valid(found[0]) else found[0]

    def replaced(texts: pl.Series) -> pl.Series:
        """Polars finds the few texts with so many digits in a row; only those are read one by one."""
        where = texts.str.contains(rf"\b[0-9]{{{length}}}\b").fill_null(False)
        if not where.any():
            return texts
        few = pl.Series([pattern.sub(placed, found) for found in texts.filter(where)], dtype=pl.String)
        return texts.scatter(where.arg_true(), few)

    return text.map_batches(replaced, return_dtype=pl.String)
