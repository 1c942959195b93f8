"""Whether the numbers in a text are facts.

    check("O ticket médio foi de R$ 139,77 (quase 140), e 31% atrasaram.", facts=[139.77, 0.08, 412])
    ->  Grounding(cited=3, supported=2, distinct=1)

A number is supported by a fact that equals it when rounded as it was written: 139.77 supports "139,77", "139.8" and "140".
Three guards keep rounding from supporting anything: a zero is supported by zero only, "2 mil" and its like must be within
5% of the fact, and each number counts for the one fact it is nearest to. A number without a sign supports its magnitude
("uma queda de 12%" for -12). Shares must stand among the facts as the text is to write them: 8.0, not 0.08, for "8%".

`share` is what a reader may rely on: a true number said nine times, or written nine ways, does not outweigh a false one.
That a number stands beside the right name is not checked here: `claims` binds numbers to names, and `supports` checks one number
against one fact. It also takes "cerca de 130" for 132 and "18.500" for 18450.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from vitrine.verifiers import numbers
from vitrine.verifiers.numbers import Number


@dataclass(frozen=True)
class Grounding:
    cited: int  # numbers in the text
    supported: int  # those that some fact supports
    distinct: int  # facts that were cited

    @property
    def share(self) -> float:
        """The facts that were cited, of these and every number that no fact supports; 0 for a text without numbers."""
        return self.distinct / max(1, self.distinct + self.cited - self.supported)


def check(text: str, facts: Sequence[float]) -> Grounding:
    """How many numbers `text` cites, how many of them some fact supports, and how many facts those are."""
    cited = numbers.find(text)
    known = sorted({float(fact) for fact in facts if math.isfinite(fact)})
    magnitudes = sorted({abs(fact) for fact in known})
    backed = [_nearest(number, known if number.value < 0 else magnitudes) for number in cited]
    found = [fact for fact in backed if fact is not None]
    return Grounding(cited=len(cited), supported=len(found), distinct=len({abs(fact) for fact in found}))


def _nearest(number: Number, facts: list[float]) -> float | None:
    """The fact nearest to `number`, if it supports it."""
    place = bisect_left(facts, number.value)
    around = facts[max(0, place - 1) : place + 1]
    if not around:
        return None
    fact = min(around, key=lambda fact: abs(fact - number.value))
    away = abs(fact - number.value)
    slack = 1e-9 * max(1.0, abs(fact))  # binary fractions: 0.125 is "0,13" and "0,12"
    if away > 0.5 * 10.0**-number.decimals + slack:
        return None
    if number.value == 0 and fact != 0:
        return None
    if number.decimals < 0 and away > 0.05 * abs(fact):
        return None
    return fact


ROUGH = 0.1  # how far "cerca de 130" may be from the fact, as a share of it
ROUND = 0.005  # how far a whole number that ends in zeros may be


def supports(fact: float, number: Number, *, roughly: bool = False) -> bool:
    """Whether a fact supports a number that is bound to its name. A number without a sign supports its magnitude."""
    known = fact if number.value < 0 else abs(fact)
    if _nearest(number, [known]) is not None:
        return True
    in_tens = number.decimals == 0 and number.value != 0 and number.value % 10 == 0
    slack = ROUGH if roughly else ROUND if in_tens else 0.0
    return number.value != 0 and abs(known - number.value) <= slack * abs(known)
