"""Which figures a report states correctly, and how many of its numbers are wrong.

    judge(read("Foram 132 pedidos, com frete de R$ 99.", …), {"pedidos": "132", "frete": "21,90"}, "SP")
    ->  FigureCheck(right={"pedidos"}, wrong=1)

A number is right if its name belongs to a figure that supports it, its sentence names no other subject, and nothing denies it.
Quantities derived from figures are right too and count for the figure: 91,8% on time counts for 8,2% late. A figure that is also
stated wrongly ("132 pedidos", later "140 pedidos") does not count as right. Targets, periods and bounds ("reduzir para 5%", "em
30 dias", "frete grátis acima de R$ 99") are not claims, but only a few of them are allowed. A bound must hold and be near ("mais
de 130" for 132). A change ("caiu 132") is not a figure, and a statement about a competitor, a plan or an earlier period is not
about the shop (`report_context`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vitrine.facts import report_context, report_subjects, report_words
from vitrine.verifiers import grounding, negation
from vitrine.verifiers.claims import Claim, Sentence

MAX_NON_CLAIMS = 3  # targets, periods and bounds; more count as wrong
MAX_NUMBERS = 60  # further numbers count as wrong
WORDS_BEFORE = 6  # a number; they may make it a target
ROUGHLY_WORDS_BEFORE = 4  # a number; they may make it approximate
NO_DELAY_NAMES = frozenset({"atraso", "pontualidade"})
BEST_SCORE = 5.0  # "4,1 de 5"
COUNTS_FOR = {"pontualidade": "atraso", "atrasados": "atraso"}


@dataclass(frozen=True)
class FigureCheck:
    right: frozenset[str]  # names of the figures stated correctly
    wrong: int  # count of wrong numbers


def judge(body: Sequence[Sentence], recommendation: Sequence[Sentence], figures: Mapping[str, str], subject: str) -> FigureCheck:
    """Check the numbers of a report. Only the sentences of the recommendation may also name targets."""
    values = _values({name: float(value.replace(",", ".")) for name, value in figures.items()})
    right: set[str] = set()
    mistaken: set[str] = set()
    wrong = non_claims = seen = 0
    elsewhere = False  # the latest sentence that names a subject names another one
    sentences = [(sentence, False) for sentence in body] + [(sentence, True) for sentence in recommendation]
    denied = any(not sentence.claims and negation.says_false(sentence.tokens) for sentence, _ in sentences)
    for sentence, advising in sentences:
        if report_subjects.other_subjects(subject, sentence.text):
            elsewhere = True
        elif elsewhere and report_subjects.named_share(subject, sentence.text):
            elsewhere = False
        other = report_context.is_of_another(sentence)
        for claim in sentence.claims:
            seen += 1
            if seen > MAX_NUMBERS:
                wrong += 1
                continue
            name = _supported(claim, sentence, values)
            no_claim = _is_no_claim(claim, sentence, subject, name, advising=advising)
            if no_claim or (name is None and _holds_from_afar(claim, sentence, values)):
                non_claims += 1
                wrong += non_claims > MAX_NON_CLAIMS
            elif other and advising:
                continue  # "no próximo mês, reduzir o atraso de 8,2% para 5%" states nothing, true or false
            elif name is None or claim.denied or denied or elsewhere or other:
                wrong += 1
                mistaken |= {COUNTS_FOR.get(name, name) for name in claim.names}
            else:
                right.add(COUNTS_FOR.get(name, name))
        elsewhere = elsewhere or (other and not advising and bool(sentence.claims))
    return FigureCheck(frozenset((right - mistaken) & figures.keys()), wrong)


def _values(figures: Mapping[str, float]) -> dict[str, list[float]]:
    """Allowed values of each figure and of each derived quantity."""
    values = {name: [value] for name, value in figures.items()}
    orders, late = figures.get("pedidos"), figures.get("atraso")
    freight, ticket = figures.get("frete"), figures.get("ticket")
    if late is not None:
        values["pontualidade"] = [100 - late]
        if orders is not None:
            values["atrasados"] = [float(round(orders * late / 100))]
    if freight is not None and ticket:
        values["peso_do_frete"] = [100 * freight / ticket]
    return values


def _supported(claim: Claim, sentence: Sentence, values: Mapping[str, Sequence[float]]) -> str | None:
    """The first of the claim's names whose value supports the number; None if there is none."""
    roughly = report_words.is_rough(sentence.tokens[max(0, claim.place - ROUGHLY_WORDS_BEFORE) : claim.place])
    bound = _bound(claim, sentence)
    if report_context.is_change(sentence, claim.place) or report_context.is_lost(sentence, claim.place):
        return None
    if bound and report_context.is_far(sentence, claim.place):
        return None
    late = "pedidos" in claim.names and any(token.startswith("atras") for token in sentence.tokens)
    names = [*claim.names, *(["atrasados"] if late else [])]  # "atraso em 9,5% das entregas, isto é, 8 pedidos"
    if claim.number.value == 0 and claim.unit != "R$" and NO_DELAY_NAMES.issuperset(claim.names):
        names += ["atraso"] * negation.states_no_delay(sentence.tokens, claim.place)  # "sem atrasos (0,0%)"
    for name in names:
        for value in values.get(name, ()):
            near = grounding.supports(value, claim.number, roughly=roughly or bound != 0)
            holds = not bound or (value - claim.number.value) * bound > 0
            if near and holds and not report_context.is_misjudged(sentence, claim.place, name, value):
                return name
    return None


def _bound(claim: Claim, sentence: Sentence) -> int:
    """Whether the words before the number say that the figure is above it (1), below it (-1) or equal (0)."""
    bound = report_context.bound(sentence, claim.place)
    if bound and report_context.is_compared(sentence, claim.place):
        for other in sentence.claims:
            if other.place < claim.place and other.unit == claim.unit and (other.number.value - claim.number.value) * bound > 0:
                return 0  # "ticket de R$ 139,77, acima do frete de R$ 21,90"
    return bound


def _holds_from_afar(claim: Claim, sentence: Sentence, values: Mapping[str, Sequence[float]]) -> bool:
    """Whether the number is a true but distant bound: "atraso abaixo de 10%" for 8,2%."""
    bound = _bound(claim, sentence)
    return any(bound * (value - claim.number.value) > 0 for name in claim.names for value in values.get(name, ()))


def _is_no_claim(claim: Claim, sentence: Sentence, subject: str, name: str | None, *, advising: bool) -> bool:
    before = sentence.tokens[max(0, claim.place - WORDS_BEFORE) : claim.place]
    if claim.number.value == BEST_SCORE and "#" in before and before[-1] in ("de", "em", "sobre", "ate", "maximo", "possiveis"):
        return True
    if claim.unit == "" and claim.number.decimals == 0 and subject.endswith(f"/{claim.number.written}"):
        return True  # the year of a subject like "03/2018"
    after = sentence.tokens[claim.place + 1 : claim.place + 2]
    bought = name == "pedidos" and after == ("vezes",) and before[-1:] != ("em",)  # "compraram 87 vezes", not "em 10 vezes"
    if report_words.is_period(after) and not bought:
        return True
    return advising and name is None and report_words.is_planned(before)
