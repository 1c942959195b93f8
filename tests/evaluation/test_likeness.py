"""The headlines that measures of likeness stand in."""

from dataclasses import replace

import pytest

from vitrine.evaluation.likeness import Measures, _beside, headlines
from vitrine.tasks import TASKS

PARTS = {"said": 1.0, "token_f1": 0.5, "rouge_l": 0.5, "valid": 1.0, "ood": 0.0, "true": 1.0}
ANSWERED = {"answer": "it is made by quillon", "gold": "quillon makes it", "components": PARTS}
SILENT = {"answer": "red", "gold": "cannot be answered", "components": PARTS | {"true": 0.0}}


def letters(said, true):
    """Tells which pairs it was given: the letters of what was said, and a hundred times those that are true."""
    return [float(len(one) + 100 * len(other)) for one, other in zip(said, true, strict=True)]


def test_nothing_is_loaded_where_no_model_is_named():
    assert Measures(bertscore=None, bleurt=None).load_models() == {}
    plain = headlines({})
    assert set(plain) == {name for name, task in TASKS.items() if task.headline}
    assert all(plain[name] is TASKS[name].headline for name in plain if not TASKS[name].similarity_text)
    assert plain["qa"]([ANSWERED]) == TASKS["qa"].headline([ANSWERED])


def test_they_stand_beside_the_own_metrics_of_tasks_with_references():
    both = headlines({"one": letters, "other": lambda said, true: [7.0 for _ in said]})
    assert {name for name, task in TASKS.items() if both.get(name) is not task.headline} == {"qa", "ec_ag"}
    assert both["qa"]([ANSWERED, SILENT]) == TASKS["qa"].headline([ANSWERED, SILENT]) | {"one": 21.0 + 1600, "other": 7.0}
    assert both["qa"]([SILENT]) == TASKS["qa"].headline([SILENT]), "where nothing can be said, nothing is compared"


@pytest.mark.parametrize("task", ["qa", "ec_ag"])
def test_what_a_model_thinks_is_not_its_answer(task):
    thought = ANSWERED | {"answer": f"<think>red, not blue</think>{ANSWERED['answer']}"}
    found = headlines({"one": letters})[task]
    assert found([thought])["one"] == found([ANSWERED])["one"] == 1621.0


def test_an_answer_is_compared_whole():
    long = ANSWERED | {"answer": "word " * 400}
    assert (
        headlines({"one": letters})["ec_ag"]([long])["one"] > 1600 + 1990
    )  # bertscore of all of it; bleurt cuts both texts itself


def test_a_pair_is_measured_once_however_often_it_is_resampled():
    asked = []

    def measure(said, true):
        asked.extend(zip(said, true, strict=True))
        return [float(len(one)) for one in said]

    rows = [{"answer": "a" * n, "gold": "b", "score": 0.5, "components": {}, "prompt": "?"} for n in (1, 2, 2)]
    task = replace(TASKS["qa"], headline=lambda own: {"n": float(len(own))}, similarity_text=lambda answer: answer["answer"])
    found = _beside(task, task.headline, {"bertscore": measure})
    assert found(rows) == {"n": 3.0, "bertscore": pytest.approx(5 / 3)}
    assert found(rows[1:]) == {"n": 2.0, "bertscore": 2.0}
    assert asked == [("a", "b"), ("aa", "b")]
