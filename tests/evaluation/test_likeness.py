"""Headlines with similarity measures."""

from dataclasses import replace

import pytest

from vitrine.evaluation.likeness import Measures, _with_measures, headlines
from vitrine.tasks import TASKS

PARTS = {"said": 1.0, "token_f1": 0.5, "rouge_l": 0.5, "valid": 1.0, "ood": 0.0, "true": 1.0}
ANSWERED = {"answer": "it is made by quillon", "gold": "quillon makes it", "components": PARTS}
SILENT = {"answer": "red", "gold": "cannot be answered", "components": PARTS | {"true": 0.0}}


def letters(predicted, gold):
    """A measure that identifies its pair: the letters of the prediction plus 100 times those of the gold text."""
    return [float(len(one) + 100 * len(other)) for one, other in zip(predicted, gold, strict=True)]


def test_without_models_nothing_is_loaded_and_headlines_are_unchanged():
    assert Measures(bertscore=None, bleurt=None).load_models() == {}
    plain = headlines({})
    assert set(plain) == {name for name, task in TASKS.items() if task.headline}
    assert all(plain[name] is TASKS[name].headline for name in plain if not TASKS[name].similarity_text)
    assert plain["qa"]([ANSWERED]) == TASKS["qa"].headline([ANSWERED])


def test_measures_are_added_to_tasks_with_references():
    both = headlines({"one": letters, "other": lambda predicted, gold: [7.0 for _ in predicted]})
    assert {name for name, task in TASKS.items() if both.get(name) is not task.headline} == {"qa", "ec_ag"}
    assert both["qa"]([ANSWERED, SILENT]) == TASKS["qa"].headline([ANSWERED, SILENT]) | {"one": 21.0 + 1600, "other": 7.0}
    assert both["qa"]([SILENT]) == TASKS["qa"].headline([SILENT]), "a question that cannot be answered is not compared"


@pytest.mark.parametrize("task", ["qa", "ec_ag"])
def test_thinking_is_not_part_of_the_compared_text(task):
    with_thinking = ANSWERED | {"answer": f"<think>red, not blue</think>{ANSWERED['answer']}"}
    headline = headlines({"one": letters})[task]
    assert headline([with_thinking])["one"] == headline([ANSWERED])["one"] == 1621.0


def test_a_long_answer_is_not_cut():
    long = ANSWERED | {"answer": "word " * 400}
    assert headlines({"one": letters})["ec_ag"]([long])["one"] > 1600 + 1990


def test_a_pair_is_measured_once():
    measured = []

    def measure(predicted, gold):
        measured.extend(zip(predicted, gold, strict=True))
        return [float(len(text)) for text in predicted]

    rows = [{"answer": "a" * n, "gold": "b", "score": 0.5, "components": {}, "prompt": "?"} for n in (1, 2, 2)]
    task = replace(TASKS["qa"], headline=lambda own: {"n": float(len(own))}, similarity_text=lambda answer: answer["answer"])
    headline = _with_measures(task, task.headline, {"bertscore": measure})
    assert headline(rows) == {"n": 3.0, "bertscore": pytest.approx(5 / 3)}
    assert headline(rows[1:]) == {"n": 2.0, "bertscore": 2.0}
    assert measured == [("a", "b"), ("aa", "b")]
