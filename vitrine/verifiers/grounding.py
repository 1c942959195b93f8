"""Check whether the numbers in a text are supported by facts.

    check("O ticket médio foi de R$ 139,77 (quase 140), e 31% atrasaram.", facts=[139.77, 0.08, 412])
    ->  Grounding(cited=3, supported=2, distinct=1)

A fact supports a number if rounding the fact to the number's precision gives the number: 139.77 supports "139,77", "139.8" and
"140". Three guards limit rounding: only zero supports a zero; "2 mil" and the like must be within 5% of the fact; each number
counts for its nearest fact only. A number without a sign matches the magnitude ("uma queda de 12%" for -12). Percentages must
be among the facts as the text writes them: 8.0, not 0.08, for "8%".

`share` counts each fact once: a true number that is repeated nine times, or written in nine ways, does not outweigh a false one.
`check` does not look at the names beside the numbers: `claims` binds numbers to names, and `supports` checks one number against
one fact; it also accepts "cerca de 130" for 132 and "18.500" for 18450.
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
    supported: int  # numbers that a fact supports
    distinct: int  # facts that support a number

    @property
    def share(self) -> float:
        """distinct / (distinct + unsupported numbers); 0 for a text without numbers."""
        return self.distinct / max(1, self.distinct + self.cited - self.supported)


def check(text: str, facts: Sequence[float]) -> Grounding:
    """Count the numbers in `text`, those that a fact supports, and those facts."""
    cited = numbers.find(text)
    known = sorted({float(fact) for fact in facts if math.isfinite(fact)})
    magnitudes = sorted({abs(fact) for fact in known})
    backed = [_nearest(number, known if number.value < 0 else magnitudes) for number in cited]
    supporting = [fact for fact in backed if fact is not None]
    return Grounding(cited=len(cited), supported=len(supporting), distinct=len({abs(fact) for fact in supporting}))


def _nearest(number: Number, facts: list[float]) -> float | None:
    """The fact nearest to `number`; None if it does not support the number."""
    place = bisect_left(facts, number.value)
    around = facts[max(0, place - 1) : place + 1]
    if not around:
        return None
    fact = min(around, key=lambda fact: abs(fact - number.value))
    distance = abs(fact - number.value)
    slack = 1e-9 * max(1.0, abs(fact))  # so that 0.125 supports both "0,13" and "0,12"
    if distance > 0.5 * 10.0**-number.decimals + slack:
        return None
    if number.value == 0 and fact != 0:
        return None
    if number.decimals < 0 and distance > 0.05 * abs(fact):
        return None
    return fact


ROUGH = 0.1  # relative tolerance for "cerca de 130"
ROUND = 0.005  # relative tolerance for a whole number that ends in zeros


def supports(fact: float, number: Number, *, roughly: bool = False) -> bool:
    """Whether a fact supports a number that is bound to the fact's name. A number without a sign matches the magnitude."""
    known = fact if number.value < 0 else abs(fact)
    if _nearest(number, [known]) is not None:
        return True
    in_tens = number.decimals == 0 and number.value != 0 and number.value % 10 == 0
    slack = ROUGH if roughly else ROUND if in_tens else 0.0
    return number.value != 0 and abs(known - number.value) <= slack * abs(known)
