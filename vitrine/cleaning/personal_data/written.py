"""Personal data that contain letters: e-mail addresses, codes of orders, PIX keys.

    next(EMAIL.finditer("escreva para ana (at) gmail ponto com"))[0]     # "ana (at) gmail ponto com"

    list(emails("fulano@exemplo.com.Aguardo"))                           # [(0, 18)]: without the word after it

An e-mail address that is spelt out or has blanks counts only with a well-known provider or ending.
"""

import re
from collections.abc import Iterator, Sequence

from vitrine.cleaning.personal_data.numbers import END, Span, Zone

TLD = r"(?:com|net|org|edu|gov|info|biz|shop|store|loja|app|dev|me|io|co|br|pt|us|uk)(?:\.[a-z]{2})?"
PROVIDER = r"(?:gmail|g-mail|hotmail|outlook|yahoo|live|icloud|uol|bol|terra|ig|globo|msn|protonmail)"
LOCAL = r"(?<![\w.%+\-@])[^\W_][\w.%+\-]*+"
AT = r"(?:@|[(\[]\s?(?:at|arroba)\s?[)\]]|\sarroba\s)"
EMAIL = re.compile(
    rf"{LOCAL}(?:@(?:[\w-]+\.)+(?!(?:png|jpe?g|gif|svg|webp)\b)[a-z]{{2,24}}\b"
    rf"|\s?{AT}\s?{PROVIDER}(?:\s?[.,]\s?{TLD}|com|\s(?:ponto|dot)\s{TLD}(?:\s(?:ponto|dot)\sbr)?)?\b"
    rf"|\sat\s{PROVIDER}\s(?:ponto|dot)\s{TLD}\b|#{PROVIDER}\.{TLD}\b"
    rf"|\s?{AT}(?:[\w-]+\.)+{TLD}\b"
    rf"|@\s?(?:[\w-]+\.)+{TLD}\b)",
    re.IGNORECASE,
)
# A common ending followed by a word without a blank: "@exemplo.com.br.Aguardo", "@exemplo.comObrigado".
_COUNTRY = r"\.(?:[a-z]{2}|[A-Z]{2}|Br)(?![A-Za-zÀ-ÿ])|\.(?i:br)(?=[A-ZÀ-Ý])"  # and not ".No aguardo"
GLUED = re.compile(
    rf"@[\w.\-]+?\.(?i:com|net|org|edu|gov)(?![a-zà-ÿ])(?:{_COUNTRY})?+(?!\.[\w\-]{{1,40}}\.{TLD}\b)"
    r"(?=\.?[A-ZÀ-Ý][a-zà-ÿ]|\.(?i:[a-zà-ÿ]{3,}))"
)
PIX = re.compile(r"(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])", re.IGNORECASE)
# Olist's ids, and the order codes that its shops give to customers: 02-123456789.
ORDER_ID = re.compile(r"(?<!\w)(?=[a-f]*[0-9])[0-9a-f]{32}(?!\w)|(?<![\w-])0[0-9]-[0-9]{8,9}(?![\w-])", re.IGNORECASE)
_UNIT = r"\s?(?:reais|r\$|unidades?|units?|itens|items?|pe[cç]as|pcs|pieces|dias|days|vezes|times|ml|kg|g|cm|mm|%|x)\b"
_MARK = r"[\s:#=.\-º°\"'(]{1,4}"
_SMALL = r"n[º°o.]{0,2}|nr|num(?:ero|\.)?|n[uú]mero|number|id|c[oó]d(?:igo)?|code|de|com|do|é|e|eh|is|was|o|a"
ORDER_NAMED = re.compile(
    rf"(?<!\w)(?<!executive )(?:pedidos?|compras?|encomendas?|orders?|purchases?)(?!\]){_MARK}(?:(?:{_SMALL}){_MARK}){{0,4}}"
    r"(?P<code>[0-9]{2,4}(?:[\s-][0-9]{3,6}){2,3}|[0-9]{4,}[./][0-9]{4,}"
    rf"|(?=[0-9A-Z\-]*[0-9](?:-?[0-9]){{4}})[0-9A-Z]+(?:-[0-9A-Z]+)*){END}(?!{_UNIT})",
    re.IGNORECASE,
)
DATE = re.compile(r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
# The digits of a bank slip: parts of it would match other kinds.
BOLETO = re.compile(r"[0-9]{5}\.?[0-9]{5}\s?[0-9]{5}\.?[0-9]{6}\s?[0-9]{5}\.?[0-9]{6}\s?[0-9]\s?[0-9]{14}")


def emails(text: str, _: Sequence[Zone] = ()) -> Iterator[Span]:
    """Spans of e-mail addresses, without a word that follows without a blank."""
    for match in EMAIL.finditer(text):
        at = text.find("@", *match.span())
        glued = GLUED.match(text, at, match.end()) if at >= 0 else None
        yield match.start(), glued.end() if glued else match.end()
