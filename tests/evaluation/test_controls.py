"""Controls on constructed rows: shuffles give answers to other clusters, and each control has the expected score."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine import tables
from vitrine.chat.messages import user_message
from vitrine.evaluation.controls import constants, neighbour
from vitrine.evaluation.controls.constants import Constant
from vitrine.evaluation.controls.controls import CONTROLS, control_answers, summary, training_rows
from vitrine.evaluation.controls.shuffles import shuffles
from vitrine.tables.answers import ANSWERS
from vitrine.tables.chat import CHAT
from vitrine.tasks import TASKS


def rows_of(clusters):
    return [{"task": "sql", "id": f"r{place}", "entity": cluster} for place, cluster in enumerate(clusters)]


@given(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=40), st.integers(0, 9))
def test_shuffles_are_derangements_across_clusters_if_possible(clusters, seed):
    rows = rows_of(clusters)
    largest = max(clusters.count(cluster) for cluster in clusters)
    for given_to in shuffles(rows, 3, seed=seed):
        assert sorted(given_to) == list(range(len(rows)))
        assert all(place != other for place, other in enumerate(given_to))
        own = sum(clusters[place] == clusters[other] for place, other in enumerate(given_to))
        assert own == max(0, 2 * largest - len(rows)), "as few answers as possible stay in their cluster"


def test_shuffles_depend_on_ids_and_seed_but_not_on_row_order():
    rows = rows_of([str(place // 2) for place in range(30)])
    mixed = random.Random(1).sample(rows, len(rows))

    def pairs(rows, seed):
        return [{rows[i]["id"]: rows[j]["id"] for i, j in enumerate(order)} for order in shuffles(rows, 2, seed=seed)]

    assert pairs(rows, 7) == pairs(mixed, 7) != pairs(rows, 8)
    assert pairs(rows, 7)[0] != pairs(rows, 7)[1]
    assert shuffles(rows[:1], 4, seed=7) == shuffles([], 4, seed=7) == []


def test_each_other_cluster_gets_an_answer_about_equally_often():
    rows = rows_of("aabbccddee")
    counts = {}
    for order in shuffles(rows, 2_000, seed=3):
        counts[rows[order[0]]["entity"]] = counts.get(rows[order[0]]["entity"], 0) + 1
    assert set(counts) == set("bcde") and min(counts.values()) > 400


@pytest.mark.parametrize(
    ("golds", "reply", "how"),
    [
        (["B", "A", "B"], "B", "most frequent gold reply"),
        (
            ['{"a": 5, "b": "x"}', '{"a": 5, "b": "y"}', '{"a": 1, "b": "y"}'],
            '{"a": 5, "b": "y"}',
            "most frequent value of each field",
        ),
        (["vendas em SP caíram", "vendas em SP subiram", "gatos"], "vendas em SP", "most central gold reply"),
        (["", " "], "", "most central gold reply"),
    ],
)
def test_majority_reply(golds, reply, how):
    majority = constants.majority(golds)
    assert majority.reply.startswith(reply) and majority.how == how
    assert constants.majority(golds[::-1]).how == how and constants.majority([]) is None


def test_the_best_constant_is_found_among_many():
    facts = [{"score": 1}] * 20 + [{"score": 5}]
    candidates = [Constant(f"positivo, nota {score}", "gold reply") for score in (4, 5)]
    candidates += [
        Constant("negativo, nota 1", "answer of sft"),
        *(Constant(f"nada {number}", "answer of base") for number in range(40)),
    ]
    assert constants.best(TASKS["sentiment"], candidates, facts) == Constant("negativo, nota 1", "answer of sft")


def test_nearest_returns_the_reply_to_the_most_similar_prompt():
    prompts = [f"[SENTIMENTO] {words}" for words in ("chegou quebrado", "chegou rápido, adorei", "veio errado")]
    replies = neighbour.nearest(
        prompts, ["1", "5", "2"], ["[SENTIMENTO] adorei!", "[SENTIMENTO] veio quebrado, veio errado", "…"]
    )
    assert replies == ["5", "2", "1"], "the first reply if no prompt is similar"
    assert neighbour.nearest(["?", "!"], ["a", "b"], ["x"]) == ["a"], "prompts without words"


def prompt(number, score, task="sentiment", gold=True):
    words = {1: "quebrado, péssimo", 5: "adorei, perfeito"}[score]
    return {
        "id": f"{task}:{number}",
        "task": task,
        "entity": f"customer {number}",
        "messages": user_message(f"[SENTIMENTO] {words} {number}"),
        "gold": f"{'negativo' if score == 1 else 'positivo'}, nota {score}" if gold else None,
        "facts": json.dumps({"score": score}),
        "version": "a1",
    }


TRAIN = [prompt(number, 5 if number % 3 else 1) for number in range(60)]
TEST = [prompt(number, 1 if number % 2 else 5) for number in range(100, 120)]


def answered(model, reply):
    return [{"model": model, "task": row["task"], "id": row["id"], "answer": reply} for row in TEST]


def test_each_control_has_the_expected_score():
    made = control_answers(TEST, TRAIN, {"sft": answered("sft", "positivo, nota 4")}, seed=7)
    scores = summary(made)["sentiment"]
    assert set(made) == set(CONTROLS) and {len(rows) for rows in made.values()} == {20}
    assert scores["majority"] == scores["constant"] == pytest.approx(0.5, abs=0.1)
    assert scores["copy"] == 0.0
    assert scores["baseline"] == {"name": neighbour.NAME, "score": 1.0}
    assert scores["how"] == {
        "constant": "most frequent gold reply, best on training prompts",
        "majority": "most frequent gold reply",
    }


def test_a_constant_can_be_an_answer_of_a_model():
    without_gold = [row | {"gold": None} for row in TRAIN]
    scores = summary(control_answers(TEST, without_gold, {"sft": answered("sft", "positivo, nota 5")}, seed=7))["sentiment"]
    assert scores["how"] == {"constant": "answer of sft, best on training prompts"}
    assert scores["baseline"] is None and scores["majority"] is None and scores["constant"] == pytest.approx(0.5)
    without_training = summary(control_answers(TEST, [], {"sft": answered("sft", "positivo, nota 5")}, seed=7))["sentiment"]
    assert without_training["how"] == {"constant": "answer of sft, best on test prompts"}


def test_control_answers_fit_the_answers_table_and_do_not_depend_on_row_order(tmp_path):
    made = control_answers(TEST, TRAIN, {"sft": answered("sft", "x")}, seed=7)
    tables.write(tmp_path / "constant.parquet", made["constant"], ANSWERS)
    read = tables.read(tmp_path / "constant.parquet", ANSWERS)
    assert [row["score"] for row in read] == [row["score"] for row in made["constant"]]
    assert summary(control_answers(TEST, TRAIN[::-1], {"sft": answered("sft", "x")}, seed=7)) == summary(made)


def test_training_rows_are_read_from_the_file(tmp_path):
    tables.write(tmp_path / "train.parquet", TRAIN, CHAT)
    rows = training_rows(tmp_path / "train.parquet")
    assert [row["id"] for row in rows] == [row["id"] for row in TRAIN]
    assert rows[0]["messages"][-1]["content"] == TRAIN[0]["messages"][-1]["content"]


def test_a_task_without_a_grader_has_no_controls():
    assert summary(control_answers([prompt(1, 5, task="general")], TRAIN, {"sft": []}, seed=7)) == {}
