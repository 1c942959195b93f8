"""Compare spellings of an attribute's value, and recognise texts that mean "no value".

    same("220 V", "220v")   same('50"', "50")   same("1,5 L", "1.5l")   ->  True
    same("1 1/2", "11/2")   same("15 L", "1.5 L")                       ->  False
    normalize("Não informado")  normalize("n/d")  normalize("-")  normalize(None)       ->  ""

Ignored are case, accents, quotation marks and punctuation at the ends, and blanks beside punctuation or between a number and
its unit. A comma before the last one or two digits of a number is a decimal point. "No value" is recognised in English and
Portuguese.
"""

import re
from typing import Any

from vitrine.verifiers import labels

EDGES = " .,;:!\"'´`“”’″′"
NO_BLANK = re.compile(r"(?<=\d) (?=\D)|(?<=\D) (?=\d)|(?<=[^\w ]) | (?=[^\w ])")
DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
ABSENT = frozenset(
    (
        "",
        *("-", "--", "---", "–", "—", "_", "?", "n/a", "na", "n.a", "n/d", "nd", "n.d", "n/i", "nan", "null", "nulo"),
        *("none", "unknown", "unspecified", "absent", "missing", "no information", "no value"),
        *(f"not {word}" for word in "told specified available applicable given stated mentioned provided known found".split()),
        *("nenhum", "nenhuma", "ausente", "nao ha", "nao se aplica", "nao aplicavel", "nao consta", "nao sei", "nao disponivel"),
        *("indisponivel", "sem informacao", "sem valor", "nao encontrei", "nao diz"),
        *(
            f"{no}{word}{ending}"
            for no in ("nao ", "nao foi ")
            for word in "informad especificad mencionad encontrad fornecid declarad identificad definid".split()
            for ending in "ao"
        ),
        *(f"{word}{ending}" for word in ("desconhecid", "indefinid") for ending in "ao"),
    )
)


def normalize(value: Any) -> str:
    """Normalize a value for comparison; "" if it means "no value"."""
    if value is None:
        return ""
    integral = isinstance(value, float) and value.is_integer()
    text = NO_BLANK.sub("", labels.normalize((f"{value:.0f}" if integral else str(value)).strip(EDGES)))
    return "" if text in ABSENT else DECIMAL_COMMA.sub(".", text)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal after normalization."""
    return normalize(one) == normalize(other)
