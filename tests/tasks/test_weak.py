"""The one rule for weak answers and the figures beside it, on a made task whose reply is yes or no."""

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

SKEWED = 30, 10  # of yes, of no


@pytest.fixture
def cases():
    words = ["yes"] * SKEWED[0] + ["no"] * SKEWED[1]
    random.Random(7).shuffle(words)
    return made(TASKS["ec_pm"], words)


def made(task, words):
    facts = [{"yes": word == "yes", "ood": False} for word in words]
    all_of = zip(range(len(words)), words, facts, strict=True)
    return [library.Case(task, place, {"id": str(place)}, "?", word, fact, ("yes", "no")) for place, word, fact in all_of]


def paid(cases, wrong):
    """The same cases, of a reward that pays `wrong` for the other word."""

    def grade(reply, facts):
        whole = yes_or_no.grade(reply, facts)
        return whole if whole.score else Grade(score=wrong, components=whole.components)

    return [replace(case, task=replace(case.task, grade=grade)) for case in cases]


def test_a_third_of_the_pieces_is_wrong_and_each_piece_in_one_of_three_turns(examples):
    for name in ("extract", "churn", "classify", "ec_qpr"):
        task = TASKS[name]
        own = library.material(task)
        spoiled = []
        for case in library.cases(task, examples[name], 30):
            wrong = [_wrong(case, own, turn) for turn in range(3)]
            assert Counter(piece for some in wrong for piece in some) == Counter(range(own.pieces(case)))
            spoiled.append((len(wrong[0]), own.pieces(case)))
        assert sum(some for some, _ in spoiled) / sum(pieces for _, pieces in spoiled) == pytest.approx(1 / 3, abs=0.03)


def _wrong(case, own, turn):
    """The pieces that a weak answer has wrong."""
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own, "spoiled", lambda case, wrong: seen.append(wrong) or "")
        weak.weak(case, turn)
    return seen[0]


def test_a_weak_answer_is_the_same_each_time_and_right_two_times_of_three(cases):
    assert [weak.weak(case) for case in cases] == [weak.weak(case) for case in cases]
    assert sum(weak.weak(case) == case.gold for case in cases) == 27  # of 40, 13 are wrong
    assert [weak.honest(case) for case in cases] == [pytest.approx(2 / 3)] * 40


def test_each_label_counts_equally_however_skewed(cases):
    assert weak.shuffled_gold(cases) == 0.5
    assert weak.best_constant(cases) == ("yes", 0.75)
    assert weak.balanced_mean(cases, [case.score("yes") for case in cases]) == 0.5


def test_gold_replies_that_are_all_different_are_tried_on_others_only():
    task = TASKS["ec_pm"]
    cases = [
        library.Case(replace(task, grade=partial(equal, gold)), place, {"id": gold}, "?", gold, {"yes": True}, ())
        for place, gold in enumerate("abcdefghijklmnopqrstuvwxyz")
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(library.material(task), "label")
        assert weak.shuffled_gold(cases) == 0.0 and weak.best_constant(cases)[1] == 0.0


def equal(gold, reply, facts):
    return Grade(score=float(reply == gold))


@pytest.mark.parametrize(
    ("wrong", "breach"),
    [
        (0.0, []),
        (0.1, ["gold replies shuffled among prompts earn 0.550, each label counted equally"]),
        (0.6, ["gold replies shuffled among prompts earn 0.800, each label counted equally", "weak answers earn 0.867, gold"]),
    ],
)
def test_a_reward_that_pays_for_the_form_alone_is_found_out(wrong, breach, cases):
    broken = paid(cases, wrong)
    found = [sentence for check in contract.READS_THE_PROMPT for sentence in check(broken)]
    assert len(found) == len(breach) and all(one.startswith(due) for one, due in zip(found, breach, strict=True))


def test_a_cheat_pays_on_the_whole_or_for_an_example_unless_it_is_right_by_chance(cases):
    honest = [weak.honest(case) for case in cases]
    always = [case.score("yes") for case in cases]
    assert contract.pays(cases, honest, "always yes", always) is None  # 0.75 of the cases, and half of the labels
    assert "on the whole" in contract.pays(cases, honest, "always yes", [0.7 for _ in cases])
    assert "for ['0'," in contract.pays(cases, honest, "not by chance", [1.0, 1.0, *[0.0 for _ in cases[2:]]])


def test_examples_are_tried_with_labels_in_turn():
    task = TASKS["ec_pm"]
    rows = [
        {"id": str(place), "instruction": "i", "input": "{}", "output": "yes" if place < 20 else "no", "ood": False}
        for place in range(40)
    ]
    assert [case.gold for case in library.cases(task, rows, 4)] == ["yes", "no", "yes", "no"]
