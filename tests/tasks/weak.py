"""The honest weak answer, made by one rule for every task, and scores that a reply can earn without reading the prompt.

weak_reply(case)       ->  the gold reply with a third of its items wrong or missing
weak_score(case)       ->  the mean score of such replies: 0.667 if a case has one item that is right or wrong
shuffled_gold(cases)   ->  0.5: the mean score of other examples' gold replies, each label counted equally
best_constant(cases)   ->  ("positivo, nota 5", 0.71): the gold reply that earns most as the answer to every prompt

The task's module in tests/tasks/cheats defines two functions. `count_items(case)` is the number of items that must be read from
the prompt. `with_errors(case, wrong)` is the gold reply with those items wrong or missing; a wrong value comes from another
example, so that it is plausible. The module may define `label(case)`, the class of an example; the default is its gold reply.
"""

import random
from collections import defaultdict
from collections.abc import Hashable, Sequence
from statistics import fmean

from tests.tasks.cheats import Case, label, reply_module

TURNS = 3  # each turn gets another third of the items wrong, so that each item is wrong in one turn
MAX_DONORS = 12  # other examples whose gold replies are tried on a case, at most one per label
MAX_CONSTANTS = 24  # gold replies that are tried as constant answers


def weak_reply(case: Case, turn: int = 0) -> str:
    """The gold reply with errors. Over all cases a seeded third of the items is wrong; each turn takes another third."""
    own = reply_module(case.task)
    count: int = own.count_items(case)
    order = random.Random(f"{case.task.name}:{case.place}").sample(range(count), count)
    first, start, end = (count * (case.place + turns) // 3 for turns in (0, turn, turn + 1))
    reply: str = own.with_errors(case, frozenset(order[start - first : end - first]))
    return reply


def weak_score(case: Case) -> float:
    """The mean score of the three weak replies to a case, which does not depend on the place of the case."""
    return fmean(case.score(weak_reply(case, turn)) for turn in range(TURNS))


def balanced_mean(cases: Sequence[Case], scores: Sequence[float]) -> float:
    """The mean score with each label counted equally, however many cases have it."""
    by_label = defaultdict(list)
    for case, score in zip(cases, scores, strict=True):
        by_label[label(case)].append(score)
    return fmean(fmean(own) for own in by_label.values())


def shuffled_gold(cases: Sequence[Case]) -> float:
    """The mean score of other examples' gold replies. Each label counts equally, among the cases and among the replies."""
    by_label: dict[Hashable, list[Case]] = defaultdict(list)
    for case in cases:
        by_label[label(case)].append(case)
    scores = []
    for case in cases:
        rng = random.Random(f"shuffled:{case.task.name}:{case.place}")
        donors = [other for own in by_label.values() if (other := _another(rng, own, case))]
        chosen = donors if len(donors) <= MAX_DONORS else rng.sample(donors, MAX_DONORS)
        scores.append(fmean(case.score(donor.gold) for donor in chosen))
    return balanced_mean(cases, scores)


def _another(rng: random.Random, cases: Sequence[Case], case: Case) -> Case | None:
    return rng.choice(others) if (others := [other for other in cases if other is not case]) else None


def best_constant(cases: Sequence[Case]) -> tuple[str, float]:
    """The gold reply that earns most as the answer to all other prompts, and its mean score. Labels keep their frequencies."""
    golds = sorted({case.gold for case in cases})
    if len(golds) > MAX_CONSTANTS:
        golds = random.Random(f"constant:{cases[0].task.name}").sample(golds, MAX_CONSTANTS)
    scores = {gold: fmean(case.score(gold) for case in _other_cases(cases, gold)) for gold in golds}
    best = max(scores, key=lambda gold: scores[gold])
    return best, scores[best]


def _other_cases(cases: Sequence[Case], gold: str) -> Sequence[Case]:
    """The cases without the one that the reply was written for; all cases if several share the reply."""
    own = [case for case in cases if case.gold == gold]
    return [case for case in cases if case is not own[0]] if len(own) == 1 else cases
