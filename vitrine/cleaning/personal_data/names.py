"""How the words before a number name it: "meu CPF é ", "pedido nº ", "código de barras: ".

    named_directly("Meu zap é o 987654321", at=12)                 # "phone": only small words between name and number
    named_nearby("protocolo de atendimento 52998224725", at=25)    # "code": the last name nearby

The name of its kind makes a number accepted without other evidence; the name of another kind makes it refused.
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
# The name in a placeholder ("[CEP]") does not count.
_ANY = "|".join(f"(?P<{kind}>{names})" for kind, names in NAMES.items())
NAME = re.compile(rf"(?<![\w\[])(?:{_ANY})(?!\w|\])\.?", re.IGNORECASE)
_BETWEEN = (
    r"n[º°o.]{0,2}|nr|num(?:ero|\.)?|n[uú]mero|number|id|é|e|eh|is|was|o|a|do|da|dos|de|para|pra|pro|pelo|no|me|mim|meu|nosso|my"
    r"|at|on|the|correto|certo|errado|fixo|titular|ou|or|whatsapp|celular|aqui|here"
)
DIRECT = re.compile(rf"[\s:=#.,\-–*>'\"(/º°]*(?:(?:{_BETWEEN})[\s:=#.,\-–*>'\"(/º°]+){{0,4}}(?:n[º°])?", re.IGNORECASE)
REACH, NEAR = 48, 24  # characters before the number that are searched
STOP = re.compile(r"[0-9,;!?\n\[\0]|\. ")


def named_directly(text: str, at: int) -> str | None:
    """The kind named before `at`, if only small words follow the name."""
    kind, gap = _last(text[max(0, at - REACH) : at])
    return kind if DIRECT.fullmatch(gap) else None


def named_nearby(text: str, at: int) -> str | None:
    """The kind named last before `at`, if no digit and no punctuation mark is in between."""
    kind, gap = _last(text[max(0, at - REACH) : at])
    return kind if len(gap) <= NEAR and not STOP.search(gap) else None


@lru_cache(maxsize=64)  # several kinds look at the same place
def _last(before: str) -> tuple[str | None, str]:
    """The last name in these words, and the text after it."""
    name = None
    for name in NAME.finditer(before):  # noqa: B007 -- the last match is wanted
        pass
    return (name.lastgroup, before[name.end() :]) if name else (None, "")
