"""Which figures a report tells rightly, and how many of its numbers are wrong.

    judge(read("Foram 132 pedidos, com frete de R$ 99.", …), {"pedidos": "132", "frete": "21,90"}, "SP")
    ->  Judged(right={"pedidos"}, wrong=1)

A number is right if the name it stands by is that of a figure which supports it, its sentence names no other subject, and nothing
denies it. What follows from the figures is right as well, and tells the figure it follows from: 91,8% on time of 8,2% late. A
figure that is also told wrongly ("132 pedidos", later "140 pedidos") is not told rightly. Aims, periods and bounds ("reduzir para
5%", "em 30 dias", "frete grátis acima de R$ 99") are no claims; only a few are passed over. A bound must hold and be near ("mais
de 130" for 132), a change ("caiu 132") is no figure, and what is said of a competitor, a plan or an earlier time is not said of
the shop: `report_context`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vitrine.facts import report_context, report_subjects, report_words
from vitrine.verifiers import grounding, negation
from vitrine.verifiers.claims import Claim, Sentence

MOST_AIMS = 3
MOST_NUMBERS = 60  # more are wrong, whatever they are
BEFORE = 6  # words before a number that may make it an aim
ROUGHLY_BEFORE = 4
BEST_SCORE = 5.0  # "4,1 de 5"
TELLS = {"pontualidade": "atraso", "atrasados": "atraso"}


@dataclass(frozen=True)
class Judged:
    right: frozenset[str]  # figures
    wrong: int  # numbers


def judge(told: Sequence[Sentence], advised: Sequence[Sentence], figures: Mapping[str, str], subject: str) -> Judged:
    """The figures that the sentences tell. Those of the recommendation, `advised`, may also name aims."""
    values = _values({name: float(value.replace(",", ".")) for name, value in figures.items()})
    right: set[str] = set()
    mistaken: set[str] = set()
    wrong = aims = seen = 0
    elsewhere = False  # whether the sentence, or the last one before that names a subject, names another
    sentences = [(sentence, False) for sentence in told] + [(sentence, True) for sentence in advised]
    denied = any(not sentence.claims and negation.says_false(sentence.tokens) for sentence, _ in sentences)
    for sentence, advising in sentences:
        if report_subjects.other_subjects(subject, sentence.text):
            elsewhere = True
        elif elsewhere and report_subjects.named_share(subject, sentence.text):
            elsewhere = False
        other = report_context.is_of_another(sentence)
        for claim in sentence.claims:
            seen += 1
            if seen > MOST_NUMBERS:
                wrong += 1
                continue
            name = _supported(claim, sentence, values)
            no_claim = _is_no_claim(claim, sentence, subject, name, advising=advising)
            if no_claim or (name is None and _holds_from_afar(claim, sentence, values)):
                aims += 1
                wrong += aims > MOST_AIMS
            elif other and advising:
                continue  # "no próximo mês, reduzir o atraso de 8,2% para 5%" tells nothing, and nothing false
            elif name is None or claim.denied or denied or elsewhere or other:
                wrong += 1
                mistaken |= {TELLS.get(name, name) for name in claim.names}
            else:
                right.add(TELLS.get(name, name))
        elsewhere = elsewhere or (other and not advising and bool(sentence.claims))
    return Judged(frozenset((right - mistaken) & figures.keys()), wrong)


def _values(figures: Mapping[str, float]) -> dict[str, list[float]]:
    """Each figure, and what follows from them, with what a number of that name may be."""
    found = {name: [value] for name, value in figures.items()}
    orders, late = figures.get("pedidos"), figures.get("atraso")
    freight, ticket = figures.get("frete"), figures.get("ticket")
    if late is not None:
        found["pontualidade"] = [100 - late]
        if orders is not None:
            found["atrasados"] = [float(round(orders * late / 100))]
    if freight is not None and ticket:
        found["peso_do_frete"] = [100 * freight / ticket]
    return found


def _supported(claim: Claim, sentence: Sentence, values: Mapping[str, Sequence[float]]) -> str | None:
    """The name, of those that the number may go by, whose value supports it."""
    roughly = report_words.is_rough(sentence.tokens[max(0, claim.place - ROUGHLY_BEFORE) : claim.place])
    bound = _bound(claim, sentence)
    if report_context.is_change(sentence, claim.place) or report_context.is_lost(sentence, claim.place):
        return None
    if bound and report_context.is_far(sentence, claim.place):
        return None
    late = "pedidos" in claim.names and any(token.startswith("atras") for token in sentence.tokens)
    names = [*claim.names, *(["atrasados"] if late else [])]  # "atraso em 9,5% das entregas, isto é, 8 pedidos"
    if claim.number.value == 0 and "sem atras" in " ".join(sentence.tokens[max(0, claim.place - BEFORE) : claim.place]):
        names.append("atraso")  # "sem atrasos (0,0%)"
    for name in names:
        for value in values.get(name, ()):
            near = grounding.supports(value, claim.number, roughly=roughly or bound != 0)
            holds = not bound or (value - claim.number.value) * bound > 0
            if near and holds and not report_context.is_misjudged(sentence, claim.place, name, value):
                return name
    return None


def _bound(claim: Claim, sentence: Sentence) -> int:
    """Where the words before the number put its figure: above it (1), below it (-1), or at it (0)."""
    bound = report_context.bound(sentence, claim.place)
    if bound and report_context.is_compared(sentence, claim.place):
        for other in sentence.claims:
            if other.place < claim.place and other.unit == claim.unit and (other.number.value - claim.number.value) * bound > 0:
                return 0  # "ticket de R$ 139,77, acima do frete de R$ 21,90"
    return bound


def _holds_from_afar(claim: Claim, sentence: Sentence, values: Mapping[str, Sequence[float]]) -> bool:
    """Whether the number is a bound that holds and tells little: "atraso abaixo de 10%" for 8,2%."""
    bound = _bound(claim, sentence)
    return any(bound * (value - claim.number.value) > 0 for name in claim.names for value in values.get(name, ()))


def _is_no_claim(claim: Claim, sentence: Sentence, subject: str, name: str | None, *, advising: bool) -> bool:
    before = sentence.tokens[max(0, claim.place - BEFORE) : claim.place]
    if claim.number.value == BEST_SCORE and "#" in before and before[-1] in ("de", "em", "sobre", "ate", "maximo", "possiveis"):
        return True
    if claim.unit == "" and claim.number.decimals == 0 and subject.endswith(f"/{claim.number.written}"):
        return True  # the year of a subject like "03/2018"
    behind = sentence.tokens[claim.place + 1 : claim.place + 2]
    bought = name == "pedidos" and behind == ("vezes",) and before[-1:] != ("em",)  # "compraram 87 vezes", not "em 10 vezes"
    if report_words.is_period(behind) and not bought:
        return True
    return advising and name is None and report_words.is_planned(before)
