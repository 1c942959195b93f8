"""How much a text reads as Portuguese.

    portuguese_score("O frete médio subiu, e a maior parte dos atrasos ficou no Norte.")   ->  about 1
    portuguese_score("The average freight went up, and most delays were in the North.")    ->  about 0
    portuguese_score("entregaçãodevel quens R$ ostoal nda prazoent uis")                    ->  about 0

Four kinds of evidence, multiplied, so that each alone can sink a text: the share of function words (Portuguese text
has about four in ten; a list of nouns has none, a soup of prepositions too many), the share of words spelled as
Portuguese spells (syllables, endings), the absence of English and Spanish function words, and that articles and
prepositions lead to a word they can lead to. Numbers, acronyms and column names count neither way.
In a short text each rests on few words, so it starts from the benefit of the doubt.
Sense is not judged: invented words that end as Portuguese ones do, or true ones in an order that grammar allows, pass, and
so does one good sentence said ten times. Whoever pays for a text asks for facts and against repetition besides.
"""

import re
from functools import lru_cache

PORTUGUESE = frozenset(
    """
    de da das dos em na nas nos um uma uns umas que e é para pra por pela pelo pelas pelos com não nao mais mas foi foram
    ser são sao está esta estão estao este estes essa esse isso isto aquele aquela ao aos à às até ate como quando onde quem
    qual quais porque pois se sua seu suas seus meu minha ele ela eles elas eu você voce vocês nós já ja só so também tambem
    muito muita muitos muitas bem ainda sem sob sobre entre após apos antes depois desde tem têm ter teve tinha há ou nem
    cada todo toda todos todas mesmo mesma outro outra outros outras era eram será pode podem deve devem fica ficou ficam
    houve vem veio vai lhe num numa dessa desse desta deste nessa nesse nesta neste dele dela cerca menos maior menor quase
    apenas enquanto assim embora porém aqui hoje agora nada tudo algo alguns algumas tanto tão pouco pouca poucos poucas
    segundo portanto além contra durante
    """.split()
)
EITHER = frozenset("a o as os no do me".split())  # words of both languages: half a word of evidence
FOREIGN = (
    frozenset(
        """
    the of and to in is it that for on with was were are be this have has had not but from by at an or which you your we our
    they their there its his her she he what when where who how will would can could should than then them these those been
    more most some any all if out up about into over after before only also very just my your i am did does so each other
    such per el la los las y en una con del es muy pero como más por fue este esta lo le su sus al hay ser son está yo
    """.split()
    )
    - PORTUGUESE
)
LEADING = frozenset(
    """
    o os as um uma do da dos das no na nos nas ao aos à às pelo pela pelos pelas num numa este esta esse essa deste desta
    desse dessa neste nesta nesse nessa seu sua seus suas meu minha cada de em com para por sem sob sobre entre
    """.split()
)
NOT_LED_TO = frozenset("de do da dos das em no na nos nas e é mas com por foi foram está tem ao à às pelo pela ou porém".split())
ENDLESS = 20  # letters: longer words are several glued together

TOKEN = re.compile(r"https?://\S+|[\w-]+|[.,;:!?]")
ACRONYM = 3  # letters
LETTERS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
SYLLABLE = (
    r"(?:[bcdfgptv][rl]|[cln]h|[qg]u|ss|rr|s[cç]|[bcçdfgjklmnpqrstvxz])?"  # how it may begin
    r"(?:[aeiouáéíóúâêôãõàü]|[ãõ][eo]){1,3}+"
    r"[lmnrsxzc]?s?[tpbdg]??"  # how it may end
)
SPELLED = re.compile(rf"(?:h?{SYLLABLE})+")
ENDING = re.compile(r"(?:[aeiouáéíóúâêôãõàü]|[aeiouáéíóúâêô][lmrszxn]s?)$")


def portuguese_score(text: str) -> float:
    """From 0, something else, to 1, Portuguese."""
    tokens = TOKEN.findall(text)
    shouting = text.isupper()
    written = [
        token for token in tokens if LETTERS.fullmatch(token) and (shouting or len(token) > ACRONYM or not token.isupper())
    ]
    if not written:
        return 0.0
    words = [word.lower() for word in written]
    count = len(words)
    ours = sum(1.0 if word in PORTUGUESE else 0.5 if word in EITHER else 0.0 for word in words)
    theirs = sum(word in FOREIGN for word in words)
    spelled = sum(_spelled(*pair) for pair in zip(words, written, strict=True))
    joined = (ours + 2) / (count + 6)  # as if there were six more words, two of them function words
    frame = _ramp(joined, 0.10, 0.19) * (1 - _ramp(joined, 0.70, 0.85))
    shape = _ramp(spelled / count, 0.74, 0.90)
    own = 1 - _ramp((theirs - 0.1 * ours) / (count + 1), 0.04, 0.20)
    return frame * shape * own * _order([token.lower() for token in tokens])


@lru_cache(maxsize=8_192)
def _spelled(word: str, written: str) -> bool:
    """Whether it could be Portuguese: made of its syllables, ending as its words end, without a capital in the middle."""
    if word in PORTUGUESE or word in EITHER:
        return True
    if len(word) > ENDLESS or not (written[1:].islower() or written.isupper() or len(written) == 1):
        return False
    return all(SPELLED.fullmatch(part) and ENDING.search(part) for part in word.split("-"))


def _order(tokens: list[str]) -> float:
    """Whether articles and prepositions stand before words they can stand before, and not before a stop."""
    after = [(word, following) for word, following in zip(tokens, [*tokens[1:], "."], strict=True) if word in LEADING]
    astray = sum(following in NOT_LED_TO or following == word or following in ".,;:!?" for word, following in after)
    return 1 - _ramp((astray - 0.5) / (len(after) + 1), 0.10, 0.28)


def _ramp(value: float, zero: float, one: float) -> float:
    """0 up to `zero`, 1 from `one` on, straight between them."""
    return min(1.0, max(0.0, (value - zero) / (one - zero)))
