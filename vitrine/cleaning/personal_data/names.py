"""What a number is called in the words before it: "meu CPF é ", "pedido nº ", "código de barras: ".

    called("Meu zap é o 987654321", at=12)                 # "phone": nothing but small words between name and number
    near("protocolo de atendimento 52998224725", at=25)    # "code": the last name that stands near

A name makes a number believed that nothing else vouches for; another's name makes it disbelieved.
"""

import re
from functools import lru_cache

NAMES = {
    "cpf": r"cpf(?: na nota)?|c\.\s?p\.\s?f\.?",
    "cnpj": r"cnpj|cgc",
    "phone": r"tel(?:efone)?s?|fones?|cel(?:ular)?|whats\s?app|whats|wpp|watts?app|zap(?:zap)?|zapp|contato"
    r"|lig(?:a|ue|uem|ar|uei)|chama|(?:meu|nosso) n[uú]mero|(?:my|our)(?: phone)? number|call|phone|mobile|cell"
    r"|sms|text|telegram",
    "cep": r"cep|c\.\s?e\.\s?p\.?|c[oó]digo postal|zip|postal code",
    "card": r"cart[aã]o|cards?|visa|master\s?card|elo|amex|american express|hipercard|cr[eé]dito|d[eé]bito",
    "order": r"pedidos?|compras?|encomendas?|orders?|purchases?|ordem de compra",
    "key": r"pix",
    "code": r"ean|isbn|issn|gtin|upc|asin|sku|ref(?:er[eê]ncia|erence)?|modelo|model|s[eé]rie|serial|[sp]/n|imei|rastrei\w*"
    r"|tracking|rastreamento|protocolo|notas? fisca(?:l|is)|nota(?:\s?n[º°.]{1,2})?(?=\W*$)|nf-?e?|danfe|boleto|lote"
    r"|c[oó]d(?:igo)?|code|vers[aã]o|version|part|item|patente?|barras|barcode|pis|rg|ncm|ip|sac|central|anatel|homologa\w*",
}
# The name in a placeholder, "[CEP]", names nothing.
_ANY = "|".join(f"(?P<{kind}>{names})" for kind, names in NAMES.items())
NAME = re.compile(rf"(?<![\w\[])(?:{_ANY})(?!\w|\])\.?", re.IGNORECASE)
_BETWEEN = (
    r"n[º°o.]{0,2}|nr|num(?:ero|\.)?|n[uú]mero|number|id|é|e|eh|is|was|o|a|do|da|dos|de|para|pra|pro|pelo|no|me|mim|meu|nosso|my"
    r"|at|on|the|correto|certo|errado|fixo|titular|ou|or|whatsapp|celular|aqui|here"
)
DIRECT = re.compile(rf"[\s:=#.,\-–*>'\"(/º°]*(?:(?:{_BETWEEN})[\s:=#.,\-–*>'\"(/º°]+){{0,4}}(?:n[º°])?", re.IGNORECASE)
REACH, NEAR = 48, 24  # characters looked back over
STOP = re.compile(r"[0-9,;!?\n\[\0]|\. ")


def called(text: str, at: int) -> str | None:
    """The kind that the words before `at` name, with nothing but small words after the name."""
    kind, gap = _last(text[max(0, at - REACH) : at])
    return kind if DIRECT.fullmatch(gap) else None


def near(text: str, at: int) -> str | None:
    """The kind named last before `at` in the same breath: no digit and no mark between."""
    kind, gap = _last(text[max(0, at - REACH) : at])
    return kind if len(gap) <= NEAR and not STOP.search(gap) else None


@lru_cache(maxsize=64)  # several kinds ask about one place
def _last(before: str) -> tuple[str | None, str]:
    """The last name in these words, and what follows it."""
    found = None
    for found in NAME.finditer(before):  # noqa: B007 -- the last is wanted
        pass
    return (found.lastgroup, before[found.end() :]) if found else (None, "")
