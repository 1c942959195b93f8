"""Decides from the words around a number what it is: a bound, a change, a loss, a judgement, or another shop's figure.

    sentence = read("A receita ficou acima de R$ 18 mil.", …)[0]
    bound(sentence, index of the number)   ->  1   (the figure is above it)
    is_change(read("A receita caiu R$ 18450.", …)[0], …)   ->  True
    is_of_another(read("No mês anterior foram 132 pedidos.", …)[0])   ->  True

From the number, each function looks left or right for the first word that is neither small nor part of a figure's name.
"""

import re
from collections.abc import Iterator

from vitrine.verifiers.claims import Sentence
from vitrine.verifiers.negation import NUMBER

SMALL = frozenset(
    """
    de do da dos das o os a as um uma em no na nos nas ao aos que r medio media foi foram marca barreira patamar casa linha
    seu sua seus suas nosso nossa
    """.split()
)
TARGETS = frozenset("para a ate ao aos as".split())  # "caiu para 3,1" states the figure, "caiu 3,1" a change of it
ABOVE = re.compile(
    r"acima|superou|superaram|supera|superam|superior(?:es)?|maior(?:es)?|excede\w*|ultrapass\w+|(?:mais|pass(?:ou|aram|a|am))"
)
BELOW = re.compile(r"abaixo|aquem|inferior(?:es)?|menor(?:es)?|menos|quase|beir\w+")
LINKED = frozenset("mais passou passaram passa passam menos maior maiores menor menores".split())  # only before LINKS
LINKS = frozenset("de do da dos das que".split())
FAR = frozenset("muito bem bastante largamente folgadamente consideravelmente enormemente infinitamente".split())
CHANGE = re.compile(
    r"""cai(?:u|ram)|cai|caem|recu(?:ou|aram|a|am)|sub(?:iu|iram)|sobem?|cresc(?:eu|eram|e|em)|encolh(?:eu|eram|e|em)
    |aument(?:ou|aram)|diminu(?:iu|iram)|despenc(?:ou|aram)|reduzi(?:u|ram)|baix(?:ou|aram)|dispar(?:ou|aram)|salt(?:ou|aram)
    |avanc(?:ou|aram)|retra(?:iu|iram)|melhor(?:ou|aram)|pior(?:ou|aram)|perd(?:eu|eram|emos)|vari(?:ou|aram)|ganhou|ganharam
    |queda|aumento|crescimento|reducao|recuo|incremento|diminuicao|retracao|variacao|perda
    |diferenca|rombo|prejuizo|deficit|divida|dobro|triplo|quadruplo""",
    re.VERBOSE,
)
LOST = re.compile(
    r"(?:cancelad|perdid|devolvid|extraviad|reembolsad|estornad|recusad)[oa]s?"
    r"|(?:cancel|estorn|extravi|recus|reembols)(?:ou|aram|amos|amentos?)|devolv(?:eu|eram|emos)|devoluc(?:ao|oes)|estornos?"
)
MORE_OR_LESS = re.compile(
    r"(?:a (?:mais|menos)|por (?:dia|hora|minuto|segundo|semana)"
    r"|(?:de|em) (?:queda|aumento|reducao|crescimento|alta|baixa|recuo|perda))(?!\S)"
)
NEARBY = 4  # words between a number and a word that judges it
GOOD = re.compile(r"excelent\w+|otim[oa]s?|maravilh\w+|fantastic\w+|impecave\w+|perfeit[oa]s?|brilhant\w+|invejave\w+")
BAD = re.compile(r"pessim[oa]s?|horrive\w+|terrive\w+|pavoros\w+|desastros\w+|vergonhos\w+")
LOW = re.compile(r"baix(?:o|a|os|as|issim\w+)|minim[oa]s?|insignificant\w+|irrisori\w+|infim[oa]s?|pouquissim\w+")
HIGH = re.compile(r"alt(?:o|a|os|as|issim\w+)|elevad\w+|gravissim\w+|enorm\w+")
REVERSED = frozenset("nao nada longe nem sem".split())
CLAUSE = frozenset([",", "e", "mas", "(", ")", ":", "?", NUMBER])
SCORES = (3.0, 4.3)  # nobody calls a score below the first excellent, or one above the second dreadful
LATE = (2.0, 20.0)  # the same for the percentage of late orders
ANOTHER = re.compile(
    r"""(?<!\S)(?:
      (?<!que[ ]a[ ])(?<!que[ ]o[ ])(?<!que[ ]os[ ])(?:concorrentes?|concorrencia|rival|rivais)
    | (?<!da[ ])(?<!das[ ])(?<!do[ ])(?<!a[ ]nossa[ ])(?:previs(?:ao|oes)|projec(?:ao|oes)|estimativas?|orcamentos?|expectativas?)
    | previst[oa]s? | projetad[oa]s? | orcad[oa]s? | prevemos | preve | previa[m]? | projetamos | estimamos | esperamos
    | (?:no|para[ ]o|do|ate[ ]o) [ ] (?:proximo[ ](?:ano|mes|trimestre|semestre|periodo)|(?:ano|mes)[ ]que[ ]vem)
    | (?<!que[ ])(?<!como[ ])(?:no|na|em) [ ] (?:ano|mes|trimestre|semestre|periodo|semana) [ ] (?:anterior|passad[oa])
    | (?:o|a) [ ] (?:ano|mes|trimestre|semestre|periodo|semana) [ ] (?:anterior|passad[oa])
      [ ] (?:teve|somou|fechou|registrou|foi|rendeu)
    | (?:antes|antigamente|outrora) [ ] (?:\S+[ ]){0,8} (?:tinham?|era|eram|havia)
    | ha[ ]quem[ ](?:diga|pense|ache|acredite|creia) | muitos[ ](?:pensam|acham|acreditam|dizem) | mas[ ](?:erram?|se[ ]enganam?)
    | supost[oa]s? | supostamente | hipotetic\w+
    )(?!\S)""",
    re.VERBOSE,
)


def bound(sentence: Sentence, position: int) -> int:
    """1 if the words before the number say that the figure is above it, -1 if below it, 0 if neither."""
    at, token = _word_before(sentence, position)
    if token in LINKED and sentence.tokens[at + 1] not in LINKS:
        return 0
    if at > 0 and sentence.tokens[at - 1] == "nao":
        return 0
    return 1 if ABOVE.fullmatch(token) else -1 if BELOW.fullmatch(token) else 0


def is_compared(sentence: Sentence, position: int) -> bool:
    """Whether the bound refers to another named figure: "R$ 139,77, acima do frete de R$ 21,90"."""
    at, _ = _word_before(sentence, position)
    return any(index in sentence.named for index in range(at + 1, position))


def is_far(sentence: Sentence, position: int) -> bool:
    """Whether the bound is described as far from the figure: "muito acima de"."""
    at, _ = _word_before(sentence, position)
    return at > 0 and sentence.tokens[at - 1] in FAR


def is_change(sentence: Sentence, position: int) -> bool:
    """Whether the number is the change of a figure and not the figure: "caiu 132", but not "caiu para 132"."""
    tokens = sentence.tokens
    after = " ".join(token for _, token in _next_words(sentence, position, names_only=True))
    if MORE_OR_LESS.match(after):
        return True
    at, token = _word_before(sentence, position)
    return CHANGE.fullmatch(token) is not None and tokens[position - 1] not in TARGETS and "para" not in tokens[at:position]


def is_lost(sentence: Sentence, position: int) -> bool:
    """Whether the number counts cancelled, returned or lost orders: "132 pedidos cancelados"."""
    after = next((token for _, token in _next_words(sentence, position)), "")
    return any(LOST.fullmatch(token) for token in (after, _word_before(sentence, position)[1]))


def is_misjudged(sentence: Sentence, position: int, name: str, value: float) -> bool:
    """Whether a judgement near the number contradicts it: "excelente nota 1,4", "atraso baixíssimo de 61%"."""
    if name == "nota":
        word = GOOD if value < SCORES[0] else BAD if value > SCORES[1] else None
    elif name == "atraso":
        words = (HIGH, BAD) if value < LATE[0] else (LOW, GOOD) if value > LATE[1] else ()
        word = re.compile("|".join(f"(?:{pattern.pattern})" for pattern in words)) if words else None
    else:
        word = None
    return word is not None and any(
        word.fullmatch(sentence.tokens[at]) and not REVERSED & set(sentence.tokens[max(0, at - 2) : at])
        for at in _clause(sentence, position)
    )


def is_of_another(sentence: Sentence) -> bool:
    """Whether the sentence is about a competitor, a plan or an earlier period instead of the shop now."""
    return ANOTHER.search(" ".join(sentence.tokens)) is not None


def _word_before(sentence: Sentence, position: int) -> tuple[int, str]:
    """(index, word) of the nearest word before the number that is neither small nor part of a name; (-1, "") if none."""
    for at in range(position - 1, -1, -1):
        token = sentence.tokens[at]
        if at not in sentence.named and token not in SMALL and token not in TARGETS:
            return at, token
    return -1, ""


def _next_words(sentence: Sentence, position: int, *, names_only: bool = False) -> Iterator[tuple[int, str]]:
    """(index, word) of up to two words after the number, past names and (unless `names_only`) small words."""
    at, tokens = position + 1, sentence.tokens
    while at < len(tokens) and (at in sentence.named or (not names_only and tokens[at] in SMALL)):
        at += 1
    return ((index, tokens[index]) for index in range(at, min(at + 2, len(tokens))))


def _clause(sentence: Sentence, position: int) -> Iterator[int]:
    """Indices near the number within its clause."""
    for step in (-1, 1):
        for at in range(position + step, position + step * (NEARBY + 1), step):
            if not 0 <= at < len(sentence.tokens) or sentence.tokens[at] in CLAUSE:
                break
            yield at
