"""Find the numbers that a Portuguese sentence denies: "não foram 132 pedidos", "132 pedidos, jamais", "é falso que houve 132".

    tokens = "nao foram # pedidos".split()
    denied(tokens, [2], {2: (3, 3)}, frozenset({3}))   ->  {2}

Words have no accents, except "é", which is another word than "e". Most negations deny no number: "o frete de R$ 21,90 não é
barato", "não houve problema com os 132 pedidos", "não só 132". The rules:

- A negator before a number denies it if there are only verbs like "to be" or "to happen", small words and the number's own name
  in between. It then also denies the numbers that are coordinated with it.
- A negator after numbers denies them if a verb like "to be" or "to happen" follows: "os 132 pedidos não existiram".
- Conditional and hypothetical words ("seria", "talvez") and targets ("meta") deny in the same way.
- A question denies the numbers before its question mark.
- A word of falsehood (`says_false`) denies the whole sentence.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence

NEGATORS = frozenset(
    """
    nao nunca jamais nem nenhum nenhuma sem ninguem tampouco nada longe impossivel improvavel duvido duvidamos duvidoso
    duvida nega negamos negou nego faltam faltaram faltou negativo negativa
    """.split()
)
UNREAL = frozenset(
    """
    teria teriam seria seriam fosse fossem houvesse houvessem deveria deveriam poderia poderiam esperava esperavam
    esperavamos sera serao tera terao tivesse tivessem somasse somassem vendesse vendessem
    meta talvez supondo imagine imaginem faltou falta
    """.split()
)
HARMLESS = re.compile(
    r"""(?<!\S)(?:
      nao [ ](?:so|apenas|somente|pass(?:ou|am|a)|ultrapass\w+|super\w+|exced\w+|fo(?:i|ram)[ ]alem|mais[ ]d[eo]|mais[ ]que
         |menos[ ]d[eo]|menos[ ]que|é[ ]a[ ]toa|por[ ]acaso|ha[ ]duvidas?|resta[ ]duvidas?|obstante)
    | nada [ ](?:menos|mal)
    | sem [ ](?:contar|duvidas?|falar|deixar)
    | nem [ ](?:sempre|todos?|todas?|tudo) | se [ ]nao | nada [ ]alem
    )(?!\S)""",
    re.VERBOSE,
)
FALSE = re.compile(
    r"""(?<!\S)(?:
      fals[oa]s? | mentiras? | mentiros[oa]s? | inverdades?
    | inveridic[oa]s? | fictici[oa]s? | inventad[oa]s? | incorret[oa]s? | enganos[oa]s?
    | nao [ ](?:é|sao|era|eram|foi|foram) [ ](?:verdade|verdadeir[oa]s?|rea(?:l|is)|corret[oa]s?|cert[oa]s?
         |ess[ae]s?|est[ae]s?|ist?so|ist?to)
    | nao [ ](?:procedem?|conferem?|correspondem?|existem?|existiram|existiu|vale[m]?|acreditem?|confiem?|considerem?|batem?)
    | errado [ ](?:falar|dizer|afirmar) | (?:numeros|dados|valores|figuras|informacoes) [ ](?:errad[oa]s|trocad[oa]s)
    | (?:esta|estao|estava|estavam) [ ](?:errad[oa]s?|trocad[oa]s?) | desconsider\w+ | ignore[m]? | nada [ ]d[ie]st?[oae]s?
    | ao [ ]contrario | em [ ]vez [ ]de | ao [ ]inves | em [ ]lugar [ ]de | deixou [ ]de | deixaram [ ]de | deixar [ ]de
    )(?!\S)""",
    re.VERBOSE,
)
SAYING = re.compile(r"(?<!\S)(?:dizer|afirmar|pensar|achar|acreditar|supor|imaginar|crer|falar|diz|dizem|disse)(?!\S)")
MISTAKE = re.compile(
    r"(?<!\S)(?:é|foi|seria|sao) (?:um |uma |pur[oa] |total |grande |completo )?"
    r"(?:(?P<surely>enganos?|equivocos?|boatos?|lendas?|ilus(?:ao|oes)|farsas?|invenc(?:ao|oes)|balelas?)"
    r"|erros?|exageros?|absurdos?|errado)(?!\S)"
)
UNKNOWN = re.compile(r"(?<!\S)(?:ninguem sabe|nao se sabe|nao sabemos|nao sei) (?:se|quantos|quantas|quanto)(?!\S)")
BEING = frozenset(
    """
    é sao era eram foi foram ser sera seriam seria esta estao estava estavam esteve estiveram ficou ficaram fica houve ha
    haver havia existe existem existiu existiram ocorreu ocorreram aconteceu aconteceram tem teve tiveram temos tivemos
    tinha registrou registraram registramos registrado registrados registrada registradas somou somaram somamos faturou
    faturaram faturamos vendeu venderam vendemos recebeu receberam recebemos gerou geraram rendeu renderam alcancou
    alcancaram atingiu atingiram chegou chegaram chega obteve obtiveram fechou fecharam realizou realizaram realizados fez
    fizeram custou custaram custa custam saiu apresentou marcou contabilizou arrecadou viu vimos viram totalizou totalizaram
    mostra mostram mostrou indicam indica apontam entraram entrou vem veio pode podem dizer afirmar confirmamos acredito
    acreditamos acho achamos creio penso parece consta constam confirma confirmam confirmou qual nesse neste la ai
    """.split()
)
SMALL = frozenset(
    """
    a o as os um uma uns umas de da do das dos em na no nas nos ao aos por pelo pela com para que se mais menos sequer mesmo
    nem nunca jamais nao perto cerca quase proximo sobre total apenas so ate media medio r qualquer nenhum nenhuma algum
    alguma modo forma hipotese jeito maneira : (
    """.split()
)
COPULA = frozenset("é sao era eram foi foram ser sera esta estao estava estavam ficou ficaram".split())
HAPPENED = re.compile(
    r"(?:exist|ocorr|acontec|houve|foram$|foi$|registr\w+d|realiz\w+d|vendid|feit|vist|entr|process|confirm|conclu|procede|confere|bate)"
)
PARTICIPLE = re.compile(
    r"(?:registr|realiz|vend|fei|vis|confirm|conclu|process|efetiv|contabiliz|obtid|alcanc|ating|verific|observ)\w*"
)
NUMBER = "#"  # the token for a number
REACH = 14  # tokens that a negator reaches, counted again after each number that it denies
MAX_REACH = 80  # tokens
REACH_BACK = 30  # tokens before a negator in which it denies numbers
NO_DELAY = re.compile(
    r"(?<!\S)(?:sem|nenhum|nao (?:houve|ha|teve|tiveram|tivemos|registrou|registraram|registramos))"
    rf"(?: qualquer| nenhum)? atrasos?(?: [(:,])? {NUMBER}$"
)
CLAUSE_ENDS = frozenset(". , ; : e".split())
ZERO_PHRASE_TOKENS = 8
STOPS = frozenset("mas porem contudo todavia entretanto embora porque pois porquanto".split())


def denied(
    tokens: Sequence[str], numbers: Sequence[int], owners: Mapping[int, tuple[int, int]], named: Collection[int]
) -> set[int]:
    """Return the places of those `numbers` that are denied. `owners`: first and last token of each number's name."""
    if not numbers:
        return set()
    text = " ".join(tokens)
    harmless, known = _harmless(text), set(numbers)
    question = max((place for place, token in enumerate(tokens) if token == "?"), default=0)
    result = {place for place in numbers if place < question}  # a question claims nothing
    for place in range(len(tokens)):
        if not _is_negator(tokens, place) or place in named or place in harmless:
            continue
        after = _denied_after(tokens, place, known, owners, named)
        if after:
            result |= after
        elif not _states_a_zero(tokens, place, known):
            result |= _denied_before(tokens, place, numbers)
    return result


def says_false(tokens: Sequence[str]) -> bool:
    """Whether the sentence calls itself, or what others say, false."""
    text = " ".join(tokens)
    mistake = MISTAKE.search(text)
    if mistake and (mistake["surely"] or SAYING.search(text)):
        return True
    return FALSE.search(text) is not None or UNKNOWN.search(text) is not None


def count_negators(tokens: Sequence[str], named: Collection[int]) -> int:
    """Count the negators that are not part of a name and not harmless."""
    harmless = _harmless(" ".join(tokens))
    return sum(token in NEGATORS and place not in named and place not in harmless for place, token in enumerate(tokens))


def _is_negator(tokens: Sequence[str], place: int) -> bool:
    never = (
        tokens[place] in ("algum", "alguma") and place and tokens[place - 1] in ("modo", "forma", "hipotese", "jeito", "maneira")
    )
    return tokens[place] in NEGATORS or tokens[place] in UNREAL or bool(never)


def _harmless(text: str) -> set[int]:
    """The places of tokens in harmless negations."""
    places: set[int] = set()
    place = end = 0
    for match in HARMLESS.finditer(text):
        place += text.count(" ", end, match.start())
        words = match[0].count(" ") + 1
        places |= set(range(place, place + words))
        place, end = place + words - 1, match.end()
    return places


def _denied_after(
    tokens: Sequence[str], place: int, numbers: set[int], owners: Mapping[int, tuple[int, int]], named: Collection[int]
) -> set[int]:
    """The numbers after the negator at `place` that it denies."""
    denied: set[int] = set()
    skipped: set[int] = set()  # tokens of names between the negator and the number
    happened = False
    reach = place + REACH
    for at in range(place + 1, min(len(tokens), place + 1 + MAX_REACH)):
        token = tokens[at]
        if at > reach:
            break
        if at in numbers:
            first, last = owners.get(at, (at, at))
            if not all(first <= name <= last for name in skipped):
                break
            denied.add(at)
            skipped.clear()
            reach = at + REACH
        elif token == NUMBER and denied:  # a zero in a list
            skipped.clear()
        elif token == NUMBER or (token in BEING and denied):
            break
        elif token in BEING:
            happened = True
        elif at in named:
            if not any(owners[number][0] <= at <= owners[number][1] for number in denied if number in owners):
                skipped.add(at)
        elif token in STOPS:
            break
        elif token in (",", "e", ")"):
            if not denied and not (token == "," and happened and not skipped):
                break
        elif token in SMALL:
            continue
        elif denied or not (at == place + 1 and at + 1 in numbers):
            break
    return denied


def states_no_delay(tokens: Sequence[str], place: int) -> bool:
    """Whether the number at `place` ends a phrase like "sem atrasos (0,0%)"."""
    return NO_DELAY.search(" ".join(tokens[max(0, place + 1 - ZERO_PHRASE_TOKENS) : place + 1])) is not None


def _states_a_zero(tokens: Sequence[str], place: int, numbers: set[int]) -> bool:
    """Whether the negator and the zero behind it say the same: "sem atrasos (0,0%)". Zeros are not among `numbers`."""
    for at in range(place + 2, min(len(tokens), place + ZERO_PHRASE_TOKENS)):
        if tokens[at] == NUMBER:
            phrase = NO_DELAY.search(" ".join(tokens[place : at + 1]))
            rest = [token for token in tokens[at + 1 : at + 3] if token != ")"]
            return phrase is not None and phrase.start() == 0 and at not in numbers and (not rest or rest[0] in CLAUSE_ENDS)
    return False


def _denied_before(tokens: Sequence[str], place: int, numbers: Sequence[int]) -> set[int]:
    """The numbers before the negator at `place` that it denies."""
    rest = [token for token in tokens[place + 1 : place + 4] if token not in (",", "?", ":", "se", "que", "de", "mais")]
    ends = not rest or (rest[0] in COPULA and len(rest) > 1 and PARTICIPLE.fullmatch(rest[1])) or rest[0] in STOPS
    if ends or (rest and HAPPENED.match(rest[0]) and (rest[0] not in COPULA or len(rest) == 1)):
        return set(numbers[bisect_left(numbers, place - REACH_BACK) : bisect_left(numbers, place)])
    return set()
