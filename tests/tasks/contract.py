"""The contract of every graded task, as a function, so that mutants of a grader can be checked like the grader itself.

first_violation(cases)   ->  None, or "extract: the gold reply of 'r1:o1' earns 0.55"
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import fmean

from tests.tasks.cheats import Case, reply_module
from tests.tasks.weak import balanced_mean, shuffled_gold, weak_reply, weak_score

TOLERANCE = 1e-9
MAX_SHUFFLED_GOLD_SCORE = 0.5
MAX_WEAK_SCORE = 0.75
MIN_GAIN = 0.05  # a cheat that earns at most this for one example has gained nothing
# Cheats that are right for some examples by chance: only their mean score counts.
RIGHT_BY_CHANCE = {"gold of another example", "the majority", "the safe middle"}


def first_violation(cases: Sequence[Case]) -> str | None:
    """The first violation of the contract, or None. Cheap checks run first."""
    return next((f"{cases[0].task.name}: {message}" for check in CHECKS for message in check(cases)), None)


def gold_earns_everything(cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        if abs((score := case.score(case.gold)) - 1) > TOLERANCE:
            yield f"the gold reply of {case.example['id']!r} earns {score}"


def scores_and_components_are_finite(cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        for reply in (case.gold, weak_reply(case), "", "{}", "<think>"):
            grade = case.task.grade(reply, case.facts)
            if not 0 <= grade.score <= 1 or not all(map(math.isfinite, grade.components.values())):
                yield f"{reply!r} earns {grade}"


def replies_earn_their_exact_scores(cases: Sequence[Case]) -> Iterator[str]:
    """The scores that the task's docstring promises."""
    for name, (make_reply, expected) in getattr(reply_module(cases[0].task), "EXACT_SCORES", {}).items():
        for case in cases:
            exact = expected(case) if callable(expected) else expected
            if abs((score := case.score(make_reply(case))) - exact) > 1e-6:
                yield f"{name} earns {score}, not {exact}"


def other_spellings_earn_as_much(cases: Sequence[Case]) -> Iterator[str]:
    for name, make_reply in getattr(reply_module(cases[0].task), "GOLD_EQUIVALENTS", {}).items():
        for case in cases:
            if abs((score := case.score(make_reply(case))) - 1) > TOLERANCE:
                yield f"the gold reply of {case.example['id']!r}, {name}, earns {score}"


def better_replies_never_earn_less(cases: Sequence[Case]) -> Iterator[str]:
    for name, make_replies in getattr(reply_module(cases[0].task), "ORDERED_REPLIES", {}).items():
        for case in cases:
            scores = [case.score(reply) for reply in make_replies(case)]
            if any(better < worse - TOLERANCE for worse, better in pairwise(scores)) or scores[-1] <= scores[0]:
                yield f"{name} ({case.example['id']!r}) earns {[round(score, 3) for score in scores]}"


def replies_have_their_exact_components(cases: Sequence[Case]) -> Iterator[str]:
    """Exact components of the grade, for replies that the score alone does not distinguish."""
    for name, (make_reply, expected) in getattr(reply_module(cases[0].task), "EXACT_COMPONENTS", {}).items():
        for case in cases:
            components = case.task.grade(make_reply(case), case.facts).components
            exact = expected(case)
            wrong = {part: components.get(part) for part, value in exact.items() if abs(components[part] - value) > 1e-6}
            if wrong:
                yield f"{name} has {wrong}, expected {exact}"


def score_follows_the_formula(cases: Sequence[Case]) -> Iterator[str]:
    """The score is the one that `score_formula` computes from the components, if the task has a formula."""
    own = reply_module(cases[0].task)
    if not hasattr(own, "score_formula"):
        return
    cheats = [make_reply for name, make_reply in own.CHEATS.items() if name not in getattr(own, "SLOW_CHEATS", ())]
    for case in cases:
        ordered = [reply for make_replies in own.ORDERED_REPLIES.values() for reply in make_replies(case)]
        for reply in [case.gold, weak_reply(case), *ordered, *(make_reply(case) for make_reply in cheats)]:
            grade = case.task.grade(reply, case.facts)
            if abs(grade.score - own.score_formula(grade.components)) > TOLERANCE:
                yield f"{reply!r} earns {grade.score}, but its components give {own.score_formula(grade.components)}"


def the_headline_metric_prefers_gold(cases: Sequence[Case]) -> Iterator[str]:
    task = cases[0].task
    replies = {
        "gold": [case.gold for case in cases],
        "weak": [weak_reply(case) for case in cases],
        "silent": ["" for _ in cases],
    }
    metrics = {}
    for name, batch in replies.items():
        grades = [task.grade(reply, case.facts) for reply, case in zip(batch, cases, strict=True)]
        metrics[name] = next(iter(task.headline([{"components": grade.components} for grade in grades]).items()))
    sign = -1 if metrics["gold"][0] in ("brier", "loss") else 1  # lower is better
    gold, weak, silent = (sign * metrics[name][1] for name in replies)
    if not gold >= weak >= silent or gold <= silent:
        yield f"{metrics['gold'][0]} is {abs(gold)} for gold replies, {abs(weak)} for weak ones, {abs(silent)} for none"


def gold_of_other_examples_earns_at_most_half(cases: Sequence[Case]) -> Iterator[str]:
    if (shuffled := shuffled_gold(cases)) > MAX_SHUFFLED_GOLD_SCORE + TOLERANCE:
        yield f"gold replies shuffled among prompts earn {shuffled:.3f}, each label counted equally"


def a_weak_answer_is_weak_and_better_than_shuffled_gold(cases: Sequence[Case]) -> Iterator[str]:
    score, shuffled = fmean(map(weak_score, cases)), shuffled_gold(cases)
    if not shuffled < score <= MAX_WEAK_SCORE + TOLERANCE:
        yield f"weak answers earn {score:.3f}, gold replies shuffled among prompts {shuffled:.3f}"


def own_cheats_earn_less_than_a_weak_answer(cases: Sequence[Case]) -> Iterator[str]:
    """Only the task's own cheats: test_cheats also tries the general ones."""
    task = cases[0].task
    own = reply_module(task)
    weak_scores = [weak_score(case) for case in cases]
    known = getattr(own, "KNOWN_WEAKNESSES", {}).get(task.name, {})
    for name, make_reply in own.CHEATS.items():
        if name in known or name in getattr(own, "SLOW_CHEATS", ()):
            continue
        if message := why_cheat_pays(cases, weak_scores, name, [case.score(make_reply(case)) for case in cases]):
            yield message


def why_cheat_pays(cases: Sequence[Case], weak_scores: Sequence[float], name: str, scores: Sequence[float]) -> str | None:
    """Why a cheat pays: by its mean score, or by one example's score unless it is right by chance. None if it does not pay."""
    cheat_mean, weak_mean = balanced_mean(cases, scores), balanced_mean(cases, weak_scores)
    if cheat_mean >= weak_mean:
        return f"{name!r} earns {cheat_mean:.3f} on average, an honest weak answer {weak_mean:.3f}"
    by_chance = RIGHT_BY_CHANCE | set(getattr(reply_module(cases[0].task), "RIGHT_BY_CHANCE", ()))
    if name in by_chance:
        return None
    paid = [
        case.example["id"]
        for case, cheat, weak in zip(cases, scores, weak_scores, strict=True)
        if cheat > max(weak, MIN_GAIN) and not case.example.get("extra")
    ]
    return f"{name!r} earns more than an honest weak answer for {paid[:3]} of {len(cases)} examples" if paid else None


CHECKS = (
    gold_earns_everything,
    scores_and_components_are_finite,
    replies_earn_their_exact_scores,
    replies_have_their_exact_components,
    score_follows_the_formula,
    other_spellings_earn_as_much,
    the_headline_metric_prefers_gold,
    better_replies_never_earn_less,
    own_cheats_earn_less_than_a_weak_answer,
)
# These need more examples than mutants are tested with (tests/tasks/mutants.py).
PROMPT_CHECKS = (gold_of_other_examples_earns_at_most_half, a_weak_answer_is_weak_and_better_than_shuffled_gold)
