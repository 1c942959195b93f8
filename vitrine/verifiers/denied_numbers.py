"""Whether a short Portuguese text denies one of its numbers.

    denies("Nunca gastou R$ 139,77 nem ficou 320 dias parado.")        ->  True
    denies("Está há 320 dias sem comprar e não teve atraso.")          ->  False

In addition to the rules of `negation`, a negator denies the numbers after it in its clause; a negator before a verb such as
"gastou" also denies the numbers before it. Texts here are short, so this is accurate. "Does not buy" and "does not come back"
deny no number.
"""

import re

from vitrine.verifiers import negation
from vitrine.verifiers.labels import normalize

END = r"(?=\s*(?:[.,;:!?)]|$)|\s+(?:na|no|nada|mais|desde|há|e|mas|porque|pois|em|por|depois|de\s+novo|novamente)\b)"
STAYS_AWAY = re.compile(
    r"\bdias\s+sem\s+comprar\b|\b(?:sem|não|nao|nunca\s+mais|nem)\s+"
    rf"(?:comprar?|comprou|voltar?|voltou|retornar?|retornou)\b{END}",
    re.IGNORECASE,
)
NUMBER = r"(?:R\$\s?)?\d[\d.,]*\d|(?:R\$\s?)?\d"
TOKEN = re.compile(rf"(?P<number>{NUMBER})|\w+|[.,;:!?]")
CLAUSE_ENDS = frozenset(". , ; : ! ? e mas".split())
PAST_VERB = re.compile(r"gast|fic|fez|pag|deu|da$|teve|compr|esta|esteve|pass")


def denies(text: str) -> bool:
    """Whether the text denies at least one of its numbers."""
    tokens = [_token(match) for match in TOKEN.finditer(STAYS_AWAY.sub(" ", text))]
    numbers = [place for place, token in enumerate(tokens) if token == negation.NUMBER]
    if not numbers:
        return False
    return negation.says_false(tokens) or bool(negation.denied(tokens, numbers, {}, ())) or _denied_in_clause(tokens)


def _token(match: re.Match[str]) -> str:
    word = match[0].lower()
    return negation.NUMBER if match["number"] else word if word == "é" else normalize(word)


def _denied_in_clause(tokens: list[str]) -> bool:
    denying = numbered = False
    for place, token in enumerate(tokens):
        if token in CLAUSE_ENDS:
            denying = numbered = False
        elif token == negation.NUMBER:
            if denying:
                return True
            numbered = True
        elif token in negation.NEGATORS and not negation.HARMLESS.match(" ".join(tokens[place : place + 4])):
            denying = True
            if numbered and place + 1 < len(tokens) and PAST_VERB.match(tokens[place + 1]):
                return True
    return False
