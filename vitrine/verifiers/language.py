"""Score how much a text looks like Portuguese.

    portuguese_score("O frete médio subiu, e a maior parte dos atrasos ficou no Norte.")   ->  about 1
    portuguese_score("The average freight went up, and most delays were in the North.")    ->  about 0
    portuguese_score("entregaçãodevel quens R$ ostoal nda prazoent uis")                    ->  about 0

The score is the product of four parts, so each part alone can make it low: the share of function words (about 40% in
Portuguese; 0 in a list of nouns; too high in a row of prepositions), the share of words with Portuguese spelling (syllables,
endings), the absence of English and Spanish function words, and the share of articles and prepositions that are followed by a
possible word. Numbers, acronyms and column names are ignored. In short texts each part rests on few words, so the score is
lenient there. Meaning is not checked: invented words with Portuguese spelling pass, and so does one good sentence repeated ten
times. Tasks that use this score also check facts and repetition.
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
EITHER = frozenset("a o as os no do me".split())  # words of both languages: each counts half
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
DETERMINERS = frozenset(
    """
    o os as um uma do da dos das no na nos nas ao aos à às pelo pela pelos pelas num numa este esta esse essa deste desta
    desse dessa neste nesta nesse nessa seu sua seus suas meu minha cada de em com para por sem sob sobre entre
    """.split()
)
NOT_AFTER_DETERMINERS = frozenset(
    "de do da dos das em no na nos nas e é mas com por foi foram está tem ao à às pelo pela ou porém".split()
)
MAX_WORD = 20  # letters; longer words are several words without blanks

TOKEN = re.compile(r"https?://\S+|[\w-]+|[.,;:!?]")
MAX_ACRONYM = 3  # letters
LETTERS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
SYLLABLE = (
    r"(?:[bcdfgptv][rl]|[cln]h|[qg]u|ss|rr|s[cç]|[bcçdfgjklmnpqrstvxz])?"  # possible beginnings
    r"(?:[aeiouáéíóúâêôãõàü]|[ãõ][eo]){1,3}+"
    r"[lmnrsxzc]?s?[tpbdg]??"  # possible ends
)
SPELLED = re.compile(rf"(?:h?{SYLLABLE})+")
ENDING = re.compile(r"(?:[aeiouáéíóúâêôãõàü]|[aeiouáéíóúâêô][lmrszxn]s?)$")


def portuguese_score(text: str) -> float:
    """Return a score from 0 (not Portuguese) to 1 (Portuguese)."""
    tokens = TOKEN.findall(text)
    all_capitals = text.isupper()
    written = [
        token
        for token in tokens
        if LETTERS.fullmatch(token) and (all_capitals or len(token) > MAX_ACRONYM or not token.isupper())
    ]
    if not written:
        return 0.0
    words = [word.lower() for word in written]
    count = len(words)
    ours = sum(1.0 if word in PORTUGUESE else 0.5 if word in EITHER else 0.0 for word in words)
    theirs = sum(word in FOREIGN for word in words)
    spelled = sum(_spelled(*pair) for pair in zip(words, written, strict=True))
    share = (ours + 2) / (count + 6)  # a prior of six words, two of them function words
    function_words = _ramp(share, 0.10, 0.19) * (1 - _ramp(share, 0.70, 0.85))
    spelling = _ramp(spelled / count, 0.74, 0.90)
    not_foreign = 1 - _ramp((theirs - 0.1 * ours) / (count + 1), 0.04, 0.20)
    return function_words * spelling * not_foreign * _order([token.lower() for token in tokens])


@lru_cache(maxsize=8_192)
def _spelled(word: str, written: str) -> bool:
    """Whether a word could be Portuguese: valid syllables and ending, no capital letter in the middle."""
    if word in PORTUGUESE or word in EITHER:
        return True
    if len(word) > MAX_WORD or not (written[1:].islower() or written.isupper() or len(written) == 1):
        return False
    return all(SPELLED.fullmatch(part) and ENDING.search(part) for part in word.split("-"))


def _order(tokens: list[str]) -> float:
    """Score how many articles and prepositions are followed by a possible word, and not by punctuation."""
    pairs = [(word, following) for word, following in zip(tokens, [*tokens[1:], "."], strict=True) if word in DETERMINERS]
    misplaced = sum(following in NOT_AFTER_DETERMINERS or following == word or following in ".,;:!?" for word, following in pairs)
    return 1 - _ramp((misplaced - 0.5) / (len(pairs) + 1), 0.10, 0.28)


def _ramp(value: float, zero: float, one: float) -> float:
    """0 up to `zero`, 1 from `one` on, linear between."""
    return min(1.0, max(0.0, (value - zero) / (one - zero)))
