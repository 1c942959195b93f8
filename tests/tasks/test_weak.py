"""The rule for weak answers, and the scores that are compared with them, on a synthetic yes-or-no task."""

import random
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from tests.tasks import cheats as library
from tests.tasks import contract, weak
from vitrine.tasks import TASKS
from vitrine.tasks.ecinstruct import yes_or_no
from vitrine.tasks.task import Grade

YES, NO = 30, 10  # cases with each answer


@pytest.fixture
def cases():
    words = ["yes"] * YES + ["no"] * NO
    random.Random(7).shuffle(words)
    return synthetic_cases(TASKS["ec_pm"], words)


def synthetic_cases(task, words):
    facts = [{"yes": word == "yes", "ood": False} for word in words]
    rows = zip(range(len(words)), words, facts, strict=True)
    return [library.Case(task, place, {"id": str(place)}, "?", word, fact, ("yes", "no")) for place, word, fact in rows]


def with_reward_for_wrong_word(cases, score):
    """The same cases with a reward that pays `score` for the wrong word."""

    def grade(reply, facts):
        original = yes_or_no.grade(reply, facts)
        return original if original.score else Grade(score=score, components=original.components)

    return [replace(case, task=replace(case.task, grade=grade)) for case in cases]


def test_a_third_of_the_items_is_wrong_and_each_item_in_one_of_three_turns(examples):
    for name in ("extract", "churn", "classify", "ec_qpr"):
        task = TASKS[name]
        own = library.reply_module(task)
        counts = []
        for case in library.cases(task, examples[name], 30):
            wrong = [_wrong_items(case, own, turn) for turn in range(3)]
            assert Counter(item for items in wrong for item in items) == Counter(range(own.count_items(case)))
            counts.append((len(wrong[0]), own.count_items(case)))
        assert sum(wrong for wrong, _ in counts) / sum(total for _, total in counts) == pytest.approx(1 / 3, abs=0.03)


def _wrong_items(case, own, turn):
    """The items that a weak answer has wrong."""
    calls = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own, "with_errors", lambda case, wrong: calls.append(wrong) or "")
        weak.weak_reply(case, turn)
    return calls[0]


def test_weak_answers_are_deterministic_and_right_two_times_in_three(cases):
    assert [weak.weak_reply(case) for case in cases] == [weak.weak_reply(case) for case in cases]
    assert sum(weak.weak_reply(case) == case.gold for case in cases) == 27  # 13 of 40 are wrong
    assert [weak.weak_score(case) for case in cases] == [pytest.approx(2 / 3)] * 40


def test_skewed_labels_count_equally(cases):
    assert weak.shuffled_gold(cases) == 0.5
    assert weak.best_constant(cases) == ("yes", 0.75)
    assert weak.balanced_mean(cases, [case.score("yes") for case in cases]) == 0.5


def test_distinct_gold_replies_are_not_tried_on_their_own_case():
    task = TASKS["ec_pm"]
    cases = [
        library.Case(replace(task, grade=partial(equal, gold)), place, {"id": gold}, "?", gold, {"yes": True}, ())
        for place, gold in enumerate("abcdefghijklmnopqrstuvwxyz")
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(library.reply_module(task), "label")
        assert weak.shuffled_gold(cases) == 0.0 and weak.best_constant(cases)[1] == 0.0


def equal(gold, reply, facts):
    return Grade(score=float(reply == gold))


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.0, []),
        (0.1, ["gold replies shuffled among prompts earn 0.550, each label counted equally"]),
        (0.6, ["gold replies shuffled among prompts earn 0.800, each label counted equally", "weak answers earn 0.867, gold"]),
    ],
)
def test_the_contract_rejects_a_reward_that_pays_for_the_form_alone(score, expected, cases):
    broken = with_reward_for_wrong_word(cases, score)
    messages = [message for check in contract.PROMPT_CHECKS for message in check(broken)]
    assert len(messages) == len(expected)
    assert all(message.startswith(start) for message, start in zip(messages, expected, strict=True))


def test_a_cheat_pays_on_average_or_for_an_example_unless_it_is_right_by_chance(cases):
    weak_scores = [weak.weak_score(case) for case in cases]
    always = [case.score("yes") for case in cases]
    assert contract.why_cheat_pays(cases, weak_scores, "always yes", always) is None  # right for 0.75 of cases, half of labels
    assert "on average" in contract.why_cheat_pays(cases, weak_scores, "always yes", [0.7 for _ in cases])
    assert "for ['0'," in contract.why_cheat_pays(cases, weak_scores, "not by chance", [1.0, 1.0, *[0.0 for _ in cases[2:]]])


def test_cases_alternate_between_labels():
    task = TASKS["ec_pm"]
    rows = [
        {"id": str(place), "instruction": "i", "input": "{}", "output": "yes" if place < 20 else "no", "ood": False}
        for place in range(40)
    ]
    assert [case.gold for case in library.cases(task, rows, 4)] == ["yes", "no", "yes", "no"]
