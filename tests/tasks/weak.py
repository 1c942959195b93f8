"""The honest weak answer, by one rule for every task, and what earns its reward without reading the prompt.

weak(case)             ->  the gold reply with a third of what must be read wrong or missing
honest(case)           ->  what such an answer earns on average: 0.667 where a case has one piece that is right or wrong
shuffled_gold(cases)   ->  0.5: what gold replies of other examples earn, each label counted equally
best_constant(cases)   ->  ("positivo, nota 5", 0.71): the gold reply that earns most as the answer to every prompt

The material of a task (tests/tasks/cheats) supplies two functions. `pieces(case)` is how many things must be read from the
prompt. `spoiled(case, wrong)` is the gold reply with those pieces wrong or missing; a wrong value is another example's, so that
it is plausible. It may define `label(case)`, the class an example belongs to; the default is its gold reply.
"""

import random
from collections import defaultdict
from collections.abc import Hashable, Sequence
from statistics import fmean

from tests.tasks.cheats import Case, label, material

TURNS = 3  # one third of the pieces is wrong in each turn, and each piece in one of them
REPLIES = 12  # other examples whose gold replies are tried on a case, where there are more labels than that
CONSTANTS = 24


def weak(case: Case, turn: int = 0) -> str:
    """A third of all pieces over the cases are wrong; which ones is drawn with a seed. Each turn spoils another third."""
    own = material(case.task)
    pieces: int = own.pieces(case)
    order = random.Random(f"{case.task.name}:{case.place}").sample(range(pieces), pieces)
    first, start, end = (pieces * (case.place + turns) // 3 for turns in (0, turn, turn + 1))
    reply: str = own.spoiled(case, frozenset(order[start - first : end - first]))
    return reply


def honest(case: Case) -> float:
    """The mean score of three weak answers to one case, so that it does not matter at which place the case stands."""
    return fmean(case.score(weak(case, turn)) for turn in range(TURNS))


def balanced_mean(cases: Sequence[Case], scores: Sequence[float]) -> float:
    """The mean of the scores in which each label counts equally, however many cases have it."""
    found = defaultdict(list)
    for case, score in zip(cases, scores, strict=True):
        found[label(case)].append(score)
    return fmean(fmean(own) for own in found.values())


def shuffled_gold(cases: Sequence[Case]) -> float:
    """What gold replies of other examples earn: each label counts equally, among those that are true and those that are said."""
    of_label: dict[Hashable, list[Case]] = defaultdict(list)
    for case in cases:
        of_label[label(case)].append(case)
    scores = []
    for case in cases:
        chance = random.Random(f"shuffled:{case.task.name}:{case.place}")
        donors = [other for own in of_label.values() if (other := _another(chance, own, case))]
        chosen = donors if len(donors) <= REPLIES else chance.sample(donors, REPLIES)
        scores.append(fmean(case.score(donor.gold) for donor in chosen))
    return balanced_mean(cases, scores)


def _another(chance: random.Random, cases: Sequence[Case], case: Case) -> Case | None:
    return chance.choice(others) if (others := [other for other in cases if other is not case]) else None


def best_constant(cases: Sequence[Case]) -> tuple[str, float]:
    """Of the gold replies, the one that earns most as the answer to every other prompt; labels are as frequent as they are."""
    golds = sorted({case.gold for case in cases})
    if len(golds) > CONSTANTS:
        golds = random.Random(f"constant:{cases[0].task.name}").sample(golds, CONSTANTS)
    earned = {gold: fmean(case.score(gold) for case in _asked(cases, gold)) for gold in golds}
    best = max(earned, key=lambda gold: earned[gold])
    return best, earned[best]


def _asked(cases: Sequence[Case], gold: str) -> Sequence[Case]:
    """All cases but the one that the reply was written for; if several have it, it is no one's own."""
    own = [case for case in cases if case.gold == gold]
    return [case for case in cases if case is not own[0]] if len(own) == 1 else cases
