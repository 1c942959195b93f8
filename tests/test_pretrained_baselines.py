"""benchmarks.pretrained without its models: baselines, shots, the check for leaks, pairs and verdicts."""

import json
import re
from statistics import fmean

import pytest

from benchmarks.pretrained.baselines import BASELINES, fit
from benchmarks.pretrained.compare import METRICS, NOT_WORTH, WORTH, compare, graded, paired, summary
from benchmarks.pretrained.nearest_query import NearestQuery, fill
from benchmarks.pretrained.page import page
from benchmarks.pretrained.prompts import Form, draw
from benchmarks.pretrained.rows import Split, prompt_of
from vitrine import tables
from vitrine.errors import EmptyError, VitrineError
from vitrine.evaluation.controls import constants
from vitrine.tables.chat import CHAT
from vitrine.tasks import TASKS
from vitrine.tasks.task import chat_rows as rows_of

HOW_MANY = {"sentiment": 360, "extract": 360, "atributos": 300, "sql": 360}


@pytest.fixture(scope="module")
def splits(example_config):
    """Of each task: a quarter of the clusters in validation and test, the rest in train."""

    def split(task):
        rows = rows_of(TASKS[task], example_config, limit=HOW_MANY[task], seed=7)
        entities = sorted({row["entity"] for row in rows if row["side"] is None})
        side = {entity: ("train", "train", "train", "validation", "test", "train")[n % 6] for n, entity in enumerate(entities)}
        by_side = {name: [row for row in rows if side.get(row["entity"]) == name] for name in ("train", "validation", "test")}
        return Split(task, by_side["train"], by_side["validation"], by_side["test"])

    return {task: split(task) for task in BASELINES}


@pytest.mark.parametrize("task", BASELINES)
def test_a_baseline_beats_the_majority_reply_and_reads_its_prompt(splits, task):
    split = splits[task]
    baseline = fit(task, split.train, split.validation)
    replies = baseline.reply([prompt_of(row) for row in split.test])
    answers = graded(split.test, replies, seed=7)
    majority = constants.majority([row["gold"] for row in split.train]).reply
    constant = graded(split.test, [majority] * len(split.test), seed=7)
    metric = METRICS[task][0]  # the score of `sentiment` is high for its most frequent reply; macro F1 is not
    assert summary(answers, seed=7)["metrics"][metric]["value"] > summary(constant, seed=7)["metrics"][metric]["value"] + 0.05
    assert fmean(row["score"] for row in answers) > fmean(row["shuffled"] for row in answers) + 0.05
    assert baseline.choice["validation"] > 0


def test_a_baseline_is_chosen_on_validation_rows(splits):
    """With the gold replies of `train` and `validation` exchanged for nonsense, another score decides."""
    split = splits["sentiment"]
    turned = [row | {"facts": json.dumps({"score": 6 - json.loads(row["facts"])["score"]})} for row in split.validation]
    assert (
        fit("sentiment", split.train, turned).choice["validation"]
        < fit("sentiment", split.train, split.validation).choice["validation"]
    )


@pytest.mark.parametrize("column", ["id", "entity"])
@pytest.mark.parametrize("held_out", ["validation", "test"])
def test_rows_that_are_also_held_out_are_refused(splits, column, held_out):
    split = splits["sentiment"]
    split.check()
    leaked = getattr(split, held_out)[0] | {column: split.train[0][column]}
    parts = {"validation": split.validation, "test": split.test} | {held_out: [leaked, *getattr(split, held_out)]}
    with pytest.raises(VitrineError, match=f"{column} .* is in train and in {held_out}"):
        Split("sentiment", split.train, parts["validation"], parts["test"]).check()


def test_a_task_without_rows_is_one_sentence(tmp_path, splits):
    for name in ("train", "validation", "test"):
        tables.write(tmp_path / f"{name}.parquet", getattr(splits["sentiment"], name), CHAT)
    assert len(Split.read(tmp_path, "sentiment").test) == len(splits["sentiment"].test)
    with pytest.raises(EmptyError, match="no row of sql"):
        Split.read(tmp_path, "sql")


def test_the_first_prompts_stay_the_same_with_more(splits):
    split = splits["extract"]
    many = [row["id"] for row in split.drawn("test", 40, seed=7)]
    assert [row["id"] for row in split.drawn("test", 20, seed=7)] == many[:20]
    assert [row["id"] for row in split.drawn("test", 40, seed=8)] != many


@pytest.mark.parametrize("task", BASELINES)
def test_shots_are_training_rows_and_a_prompt_says_its_instruction_once(splits, task):
    split = splits[task]
    form = Form.of(split.train)
    own = split.test[0]
    shots = draw(split.train, 4, seed=7)
    text = form.text(prompt_of(own), shots)
    assert {shot["id"] for shot in shots} <= {row["id"] for row in split.train}
    assert form.top and text.count(form.top) == 1
    assert all(shot["gold"] in text for shot in shots) and text.endswith("\n")
    assert prompt_of(own).removeprefix(form.top) in text
    assert form.text(prompt_of(own), []) == f"{prompt_of(own)}\n"
    assert draw(split.train, 4, seed=8) != shots


PAIRS = [
    (
        "Quantos pedidos vieram de SP em 2017?",
        "SELECT COUNT(*) FROM orders WHERE customer_state = 'SP' AND YEAR(order_purchase_timestamp) = 2017",
    ),
    (
        "Quais são as 3 categorias com maior receita em 3/2018?",
        "SELECT c, SUM(price) FROM items WHERE YEAR(t) = 2018 AND MONTH(t) = 3 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3",
    ),
    ("Lojas de RJ?", "SELECT COUNT(*) FROM sellers WHERE seller_state = 'RJ'"),
    ("Lojas de SP?", "SELECT COUNT(*) FROM sellers WHERE seller_state = 'SP'"),
    ("Clientes de RJ?", "SELECT COUNT(*) FROM customers WHERE customer_state = 'RJ'"),
]


def test_the_values_of_a_new_question_replace_those_of_the_nearest_one():
    nearest = NearestQuery(PAIRS)
    queries = nearest.queries(
        ["Quantos pedidos vieram de RJ em 2018?", "Quais são as 10 categorias com maior receita em 12/2016?", "Lojas de RJ?"]
    )
    assert queries == [
        "SELECT COUNT(*) FROM orders WHERE customer_state = 'RJ' AND YEAR(order_purchase_timestamp) = 2018",
        "SELECT c, SUM(price) FROM items WHERE YEAR(t) = 2016 AND MONTH(t) = 12 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
        "SELECT COUNT(*) FROM sellers WHERE seller_state = 'RJ'",
    ]


def test_a_number_that_is_no_value_of_the_question_stays():
    assert fill("SELECT 100 * x FROM t HAVING COUNT(*) > 1 LIMIT 5", [("numero", "5")], [("numero", "7")]) == (
        "SELECT 100 * x FROM t HAVING COUNT(*) > 1 LIMIT 7"
    )


def answer(n, score, task="sentiment", shuffled=0.2):
    parts = {"right": score, "near": score, "said": 0.0, "true": 0.0}
    return {
        "task": task,
        "id": f"{n}",
        "entity": f"e{n}",
        "cluster": f"c{n}",
        "gold": "x",
        "answer": "x",
        "ended": True,
        "score": score,
        "shuffled": shuffled,
        "components": json.dumps(parts),
    }


def test_pairs_are_over_the_prompts_that_both_answered():
    ours, theirs = [answer(n, 0.9 if n < 10 else 0.0) for n in range(30)], [answer(n, 0.5) for n in range(10)]
    gap = paired(ours, theirs, seed=7)
    assert (gap.n, gap.clusters, gap.mean) == (10, 10, pytest.approx(0.4))


def result(sft, few, baseline, shuffled=0.1):
    rows = {
        "zero_shot": [answer(n, 0.0) for n in range(20)],
        "few_shot": [answer(n, few) for n in range(20)],
        "sft": [answer(n, sft, shuffled=shuffled) for n in range(30)],
        "baseline": [answer(n, baseline) for n in range(30)],
        "majority": [answer(n, 0.1) for n in range(30)],
    }
    return compare({"sentiment": rows}, names={"sentiment": "TF-IDF"}, seed=7)["sentiment"], rows


@pytest.mark.parametrize(
    ("sft", "few", "baseline", "shuffled", "verdict", "why"),
    [
        (0.9, 0.5, 0.5, 0.1, WORTH, "it reads its prompt"),
        (0.9, 0.5, 0.9, 0.1, NOT_WORTH, r"it is not shown to be above the baseline \(TF-IDF\)\.$"),
        (0.5, 0.3, 0.9, 0.1, NOT_WORTH, r"it is shown to be below the baseline \(TF-IDF\)\.$"),
        (0.9, 0.9, 0.5, 0.1, NOT_WORTH, r"it is not shown to be above few-shot prompts of the base model\.$"),
        (0.9, 0.5, 0.5, 0.9, NOT_WORTH, r"it is not shown to read the prompt\.$"),
    ],
)
def test_a_verdict_needs_both_differences_and_a_read_prompt(sft, few, baseline, shuffled, verdict, why):
    found, _ = result(sft, few, baseline, shuffled)
    assert found["verdict"] == verdict
    assert found["sentence"].startswith(f"sentiment: {verdict}. SFT scores {sft:.3f}")
    assert re.search(why, found["sentence"]), found["sentence"]


def test_the_page_shows_every_system_and_its_answers():
    found, rows = result(0.9, 0.5, 0.5)
    found |= {
        "few_shot": {"shots": 4, "draw": 0, "cue": "", "tried": {"4, draw 0": 0.5}},
        "baseline": {"name": "TF-IDF", "choice": {"C": 1.0}},
    }
    text = page({"tasks": {"sentiment": found}, "about": {"dtype": "float32", "seed": 7}}, {"sentiment": rows})
    assert found["sentence"] in text
    for name in ("base, zero-shot", "base, few-shot", "fine-tuned", "baseline", "majority reply"):
        assert f"| {name} | " in text and f"**{name}**" in text
