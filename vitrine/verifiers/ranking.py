"""An order of lettered things, and what the order is worth.

    find("B, A,C", 3)                            ->  [1, 0, 2]
    find("B,B,A", 3)                             ->  ParseError: each letter once
    ndcg([1, 0, 2], gains=[0.1, 1.0, 0.0])       ->  1.0     the thing worth most stands first

NDCG as search engines and ESCI count it: the thing in place i, from 0, is worth (2 ** gain - 1) / log2(i + 2), over the same sum
for the best order. scikit-learn's `ndcg_score` takes a millisecond a call, this 5 µs, and a reward asks once a reply.
"""

import math
import re
from collections.abc import Sequence

from vitrine.errors import ParseError, VerifierError
from vitrine.verifiers.replies import answer_of

LONGEST = 400  # characters

LETTERS = re.compile(r"[\s\[(]*[A-Z](?:\s*[,>]\s*[A-Z])*[\s\]).]*")
LETTER = re.compile("[A-Z]")


def find(reply: str, things: int) -> list[int]:
    """The places of `things` things, best first; ParseError unless the answer is their letters and each stands there once."""
    answer = answer_of(reply)
    if len(answer) > LONGEST or not LETTERS.fullmatch(answer):
        raise ParseError(f"{answer[:60]!r} is not a list of letters like B,A,C")
    order = [ord(letter) - ord("A") for letter in LETTER.findall(answer)]
    if sorted(order) != list(range(things)):
        raise ParseError(f"{answer[:60]!r} must name each of the {things} things once")
    return order


def ndcg(order: Sequence[int], gains: Sequence[float]) -> float:
    """What this order of all things is worth beside the best order, in [0, 1]; 1 where every order is as good."""
    if sorted(order) != list(range(len(gains))):
        raise VerifierError(f"an order of {len(gains)} things must name each once, and is {list(order)}")
    best = dcg(sorted(gains, reverse=True))
    return dcg([gains[place] for place in order]) / best if best else 1.0


def ndcg_above_worst(order: Sequence[int], gains: Sequence[float]) -> float:
    """NDCG from 0, for the worst order, to 1: by itself it is far above 0 for every order."""
    worst = ndcg(sorted(range(len(gains)), key=lambda place: gains[place]), gains)
    return (ndcg(order, gains) - worst) / (1 - worst) if worst < 1 else 1.0


def dcg(gains: Sequence[float]) -> float:
    return sum((2.0**gain - 1) / math.log2(place + 2) for place, gain in enumerate(gains))
