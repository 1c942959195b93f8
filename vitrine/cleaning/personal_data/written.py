"""Personal data that is written with words: e-mail addresses, the codes of orders, streets with their numbers, PIX keys.

    next(EMAIL.finditer("escreva para ana (at) gmail ponto com"))[0]     # "ana (at) gmail ponto com"

An e-mail address that was spelt out or torn apart is believed only before a well-known provider or ending.
"""

import re

from vitrine.cleaning.personal_data.numbers import AFTER, END

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
PIX = re.compile(r"(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])", re.IGNORECASE)
# Olist's ids, and the codes that its shops tell their customers: 02-123456789.
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
_STREET = (
    r"(?:[Rr]uas?|RUA|R\.?|[Aa]venida|AVENIDA|[Aa]v\b\.?|AV\b\.?|[Tt]ravessa|[Tt]rav\.|[Tt]v\.|[Aa]lameda|[Aa]l\.|[Pp]ra[çc]a"
    r"|P[çc]a\.?|[Rr]odovia|[Rr]od\.|[Ee]strada|[Ee]str?\.|[Ll]argo|[Vv]iela|[Vv]ila|[Bb]eco)"
)
_OF = "d[aeo]s?|e"
# A name of capitals, or of small letters after "das": who writes "rua das flores, 12" means a street.
_NAME = (
    rf"(?:(?:(?:[A-ZÀ-Ý0-9][\w'’.\-]*|{_OF})\s+){{0,6}}(?!(?:{_OF})\b)[A-ZÀ-Ý0-9][\w'’.\-]*|d[aeo]s?\s[^\W\d]{{3,}}(?=\s?,|\sn))"
)
_COUNT = r"(?:n[º°.o]{0,2}|n[uú]mero|num\.?|N[º°.]{0,2}|km|KM|[Rr]ua)\s?"
_INSIDE = (
    r"(?i:ap(?:to|t|artamento)?\.?|bloco|bl\.?|casa|sala|lote|lt\.?|quadra|qd\.?|conjunto|conj\.?|loja|andar)"
    r"\.?\s?(?:[0-9]{1,5}[A-Za-z]?|[A-Z])\b"
)
_REST = rf"(?:\s?[,\-–]?\s?(?:{_INSIDE}|[Ff]undos\b))*"
_COUNTED = r"(?!\s(?:dias?|horas?|h|vezes|anos?|meses|estrelas?|lojas?|pessoas|cap[ií]tulos|lugares|reais|stars?)\b)"
ADDRESS = re.compile(
    rf"(?<!\w){_STREET}\s+{_NAME}(?:\s?,\s?(?:{_COUNT})?|\s(?:{_COUNT})|\s)(?:[0-9]{{1,5}}[A-Za-z]?(?!\w)|s/n){AFTER}{_COUNTED}{_REST}"
    rf"|(?<!\w)(?:[Qq]uadra|QD|Qd\.?)\s[0-9]{{1,4}}(?:\s?[,\-–]?\s?{_INSIDE})+"
)
# The digits of a bank slip: long enough to hold what looks like anything else.
BOLETO = re.compile(r"[0-9]{5}\.?[0-9]{5}\s?[0-9]{5}\.?[0-9]{6}\s?[0-9]{5}\.?[0-9]{6}\s?[0-9]\s?[0-9]{14}")
