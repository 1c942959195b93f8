"""What every graded task owes, as one function, so that a broken grader can be held against it as well as a whole one.

breach(cases)   ->  None, or "extract: the gold reply of 'r1:o1' earns 0.55"
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import fmean

from tests.tasks.cheats import Case, material
from tests.tasks.weak import balanced_mean, honest, shuffled_gold, weak

CLOSE = 1e-9
MOST_FOR_SHUFFLED_GOLD = 0.5
MOST_FOR_WEAK = 0.75
# Cheats that are right now and then, as a stopped clock is: what they earn on the whole is what counts.
BY_CHANCE = {"gold of another example", "the majority", "the safe middle"}


def breach(cases: Sequence[Case]) -> str | None:
    """The first thing that is wrong with a task, cheap things first."""
    return next((f"{cases[0].task.name}: {wrong}" for check in CHECKS for wrong in check(cases)), None)


def gold_earns_everything(cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        if abs((score := case.score(case.gold)) - 1) > CLOSE:
            yield f"the gold reply of {case.example['id']!r} earns {score}"


def scores_and_components_are_finite(cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        for reply in (case.gold, weak(case), "", "{}", "<think>"):
            grade = case.task.grade(reply, case.facts)
            if not 0 <= grade.score <= 1 or not all(map(math.isfinite, grade.components.values())):
                yield f"{reply!r} earns {grade}"


def worth(cases: Sequence[Case]) -> Iterator[str]:
    """What the docstring of the page promises to the digit."""
    for name, (say, score) in getattr(material(cases[0].task), "WORTH", {}).items():
        for case in cases:
            due = score(case) if callable(score) else score
            if abs((found := case.score(say(case))) - due) > 1e-6:
                yield f"{name} earns {found}, not {due}"


def other_spellings_earn_as_much(cases: Sequence[Case]) -> Iterator[str]:
    for name, say in getattr(material(cases[0].task), "SAME", {}).items():
        for case in cases:
            if abs((score := case.score(say(case))) - 1) > CLOSE:
                yield f"the gold reply of {case.example['id']!r}, {name}, earns {score}"


def ladders_never_fall(cases: Sequence[Case]) -> Iterator[str]:
    for name, steps in getattr(material(cases[0].task), "LADDERS", {}).items():
        for case in cases:
            scores = [case.score(reply) for reply in steps(case)]
            if any(better < worse - CLOSE for worse, better in pairwise(scores)) or scores[-1] <= scores[0]:
                yield f"{name} ({case.example['id']!r}) earns {[round(score, 3) for score in scores]}"


def parts(cases: Sequence[Case]) -> Iterator[str]:
    """Components of the grade to the digit, for replies that a score alone does not tell apart."""
    for name, (say, expected) in getattr(material(cases[0].task), "PARTS", {}).items():
        for case in cases:
            found = case.task.grade(say(case), case.facts).components
            wrong = {part: found.get(part) for part, value in expected(case).items() if abs(found[part] - value) > 1e-6}
            if wrong:
                yield f"{name} has {wrong}, where {expected(case)} belongs"


def the_score_is_made_of_its_parts(cases: Sequence[Case]) -> Iterator[str]:
    """As the docstring of the page has it, where the material says the same."""
    own = material(cases[0].task)
    if not hasattr(own, "formula"):
        return
    cheats = [say for name, say in own.CHEATS.items() if name not in getattr(own, "SLOW", ())]
    for case in cases:
        ladders = [reply for steps in own.LADDERS.values() for reply in steps(case)]
        for reply in [case.gold, weak(case), *ladders, *(say(case) for say in cheats)]:
            grade = case.task.grade(reply, case.facts)
            if abs(grade.score - own.formula(grade.components)) > CLOSE:
                yield f"{reply!r} earns {grade.score}, and its parts make {own.formula(grade.components)}"


def the_metric_likes_the_gold_best(cases: Sequence[Case]) -> Iterator[str]:
    task = cases[0].task
    replies = {
        "gold": [case.gold for case in cases],
        "weak": [weak(case) for case in cases],
        "silent": ["" for _ in cases],
    }
    found = {}
    for name, said in replies.items():
        grades = [task.grade(reply, case.facts) for reply, case in zip(said, cases, strict=True)]
        found[name] = next(iter(task.headline([{"components": grade.components} for grade in grades]).items()))
    less = -1 if found["gold"][0] in ("brier", "loss") else 1
    gold, poor, silent = (less * found[name][1] for name in replies)
    if not gold >= poor >= silent or gold <= silent:
        yield f"{found['gold'][0]} is {abs(gold)} for gold replies, {abs(poor)} for weak ones, {abs(silent)} for none"


def gold_of_other_examples_earns_at_most_half(cases: Sequence[Case]) -> Iterator[str]:
    if (shuffled := shuffled_gold(cases)) > MOST_FOR_SHUFFLED_GOLD + CLOSE:
        yield f"gold replies shuffled among prompts earn {shuffled:.3f}, each label counted equally"


def a_weak_answer_is_weak_and_better_than_shuffled_gold(cases: Sequence[Case]) -> Iterator[str]:
    earned, shuffled = fmean(map(honest, cases)), shuffled_gold(cases)
    if not shuffled < earned <= MOST_FOR_WEAK + CLOSE:
        yield f"weak answers earn {earned:.3f}, gold replies shuffled among prompts {shuffled:.3f}"


def its_cheats_earn_less_than_an_honest_weak_answer(cases: Sequence[Case]) -> Iterator[str]:
    task = cases[0].task
    earned = [honest(case) for case in cases]
    known = getattr(material(task), "PAYS", {}).get(task.name, {})
    for name, say in material(task).CHEATS.items():  # those of any task are tried in test_cheats
        if name in known or name in getattr(material(task), "SLOW", ()):
            continue
        if wrong := pays(cases, earned, name, [case.score(say(case)) for case in cases]):
            yield wrong


def pays(cases: Sequence[Case], honestly: Sequence[float], name: str, found: Sequence[float]) -> str | None:
    """Why a cheat pays, if it does: on the whole, each label counted equally, or for one example unless it is right by chance."""
    cheats, weaks = balanced_mean(cases, found), balanced_mean(cases, honestly)
    if cheats >= weaks:
        return f"{name!r} earns {cheats:.3f} on the whole, an honest weak answer {weaks:.3f}"
    by_chance = BY_CHANCE | set(getattr(material(cases[0].task), "BY_CHANCE", ()))
    if name in by_chance:
        return None
    # where even the honest answer earns next to nothing there is nothing to be had by cheating either
    paid = [
        case.example["id"]
        for case, cheat, weakly in zip(cases, found, honestly, strict=True)
        if cheat > max(weakly, 0.05) and not case.example.get("made")
    ]
    return f"{name!r} earns more than an honest weak answer for {paid[:3]} of {len(cases)} examples" if paid else None


CHECKS = (
    gold_earns_everything,
    scores_and_components_are_finite,
    worth,
    parts,
    the_score_is_made_of_its_parts,
    other_spellings_earn_as_much,
    the_metric_likes_the_gold_best,
    ladders_never_fall,
    its_cheats_earn_less_than_an_honest_weak_answer,
)
# Held on more examples than broken copies of a page are tried on (tests/tasks/mutants.py).
READS_THE_PROMPT = (gold_of_other_examples_earns_at_most_half, a_weak_answer_is_weak_and_better_than_shuffled_gold)
