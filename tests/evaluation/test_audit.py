"""The reward audit on constructed answers: its arithmetic, its warnings, and the effect of partial credit."""

import json
import math
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import spearmanr

from vitrine import tables
from vitrine.chat.messages import user_message
from vitrine.errors import EmptyError, TableError, VerifierError
from vitrine.evaluation.audit import groups
from vitrine.evaluation.audit import tables as audit_tables
from vitrine.evaluation.audit import text as audit_text
from vitrine.evaluation.audit.audit import audit
from vitrine.evaluation.audit.controls import add_controls
from vitrine.evaluation.audit.ranks import rho, spearman
from vitrine.tables.answers import ANSWERS
from vitrine.tables.chat import CHAT
from vitrine.tables.prompts import PROMPTS
from vitrine.tasks import TASKS
from vitrine.tasks.task import grade_batch


def answer(number, score, *, task="sql", model="sft", version="a1", entity=None, **components):
    parts = {"parses": 1.0, "resolves": 1.0, "runs": 1.0, "equal": float(score == 1), "bird": 0.0, "unseen": 0.0} | components
    row = {"model": model, "task": task, "id": f"{task}:{number}", "entity": entity or str(number), "score": score}
    return row | {"components": json.dumps(parts), "version": version}


def report(answers, prompts=(), **options):
    return audit(answers, prompts, **{"tasks": TASKS, "group": 8, "seed": 7} | options)


def sql_report(answers, **options):
    return report(answers, **options)["tasks"]["sql"]["models"]["sft"]


RNG = random.Random(1)
WEAKLY_CORRELATED = [(score := RNG.random(), float(RNG.random() < 0.3 + 0.4 * score)) for _ in range(24)]
MIXED = [answer(i, score) for i, score in enumerate([0.0, 0.3, 0.3, 1.0] * 10)]


def test_the_report_summarises_the_answers():
    result = sql_report(MIXED)
    assert result["n"] == 40
    assert result["reward"]["mean"] == pytest.approx(0.4) and result["reward"]["low"] < 0.4 < result["reward"]["high"]
    assert (result["solved"], result["ceiling"], result["floor"]) == (0.25, 0.25, 0.25)
    assert result["metric"]["name"] == "execution_accuracy" and result["metric"]["value"] == 0.25
    assert result["components"]["equal"] == {
        "mean": 0.25,
        "spread": pytest.approx(math.sqrt(0.25 * 0.75)),
        "rho": pytest.approx(result["metric"]["rho"]),
    }
    assert result["components"]["runs"]["rho"] is None  # constant, so it has no rank correlation
    assert json.loads(json.dumps(report(MIXED), allow_nan=False)) == report(MIXED)


def test_a_metric_where_lower_is_better_is_negated():
    parts = {"returned": 0.0, "baseline": 0.5, "base_rate": 0.01, "grounded": 1.0}
    rows = [answer(i, 0.1 * (i % 10), task="churn", **parts, risk=0.1 * (i % 10)) for i in range(40)]
    metric = report(rows)["tasks"]["churn"]["models"]["sft"]["metric"]
    assert metric["name"] == "brier" and metric["rho"] == pytest.approx(1.0)


def test_a_metric_that_one_answer_lacks_has_no_rank_correlation():
    class Curve:
        solved, headline = 1.0, staticmethod(lambda rows: {"pr_auc": 0.5} if len(rows) > 1 else {})

    metric = audit(MIXED, tasks={"sql": Curve}, group=8, seed=7)["tasks"]["sql"]["models"]["sft"]["metric"]
    assert metric == {"name": "pr_auc", "value": 0.5, "n": 40, "rho": None, "low": None, "high": None}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([answer(i, 1.0) for i in range(40)], "100% of 40 answers earn 1.0", id="saturated"),
        pytest.param([answer(i, 0.0) for i in range(40)], "100% of 40 answers earn 0", id="at the floor"),
        pytest.param(MIXED, "parses, resolves, runs, unseen are the same in all 40 answers", id="constant components"),
        pytest.param(MIXED[:5], "5 answers are too few", id="too few"),
        pytest.param(
            [answer(i, random.Random(i).random(), equal=float(random.Random(-i - 1).random() < 0.5)) for i in range(400)],
            "reward and execution_accuracy disagree",
            id="disagreement",
        ),
        pytest.param(
            [answer(i, score, equal=equal) for i, (score, equal) in enumerate(WEAKLY_CORRELATED)],
            "it is not shown that reward and execution_accuracy agree",
            id="agreement not shown",
        ),
        pytest.param(
            [answer(i, 0.5, version="a1" if i % 2 else "b2") for i in range(40)],
            "different versions of the prompt",
            id="versions",
        ),
        pytest.param([*MIXED, answer(1, 0.5, task="gone")], "gone: no task has this name", id="an unknown task"),
    ],
)
def test_warnings(answers, expected):
    assert any(expected in warning for warning in report(answers)["warnings"])


def test_a_healthy_reward_has_no_warnings():
    rows = [
        answer(i, value, equal=float(value > 0.9), bird=i % 2, parses=(i % 5) / 4, resolves=i % 3, runs=i % 4, unseen=i % 7)
        for i, value in enumerate(x / 100 for x in range(100))
    ]
    drawn = [{"task": "sql", "samples": [i / 100, 1.0, 0.3]} for i in range(50)]
    assert report(rows, drawn)["warnings"] == []
    assert "no warnings" in audit_text.lines(report(rows, drawn))


@pytest.mark.parametrize(
    ("answers", "error", "message"),
    [
        ([], EmptyError, "nothing to audit"),
        ([answer(1, None)], EmptyError, "nothing to audit"),
        ([answer(1, 1.5)], VerifierError, "a score lies in"),
        ([answer(1, float("nan"))], VerifierError, "a score lies in"),
        ([answer(1, 0.5), answer(1, 0.5)], TableError, "twice"),
        ([answer(1, 0.5) | {"components": "[1"}], TableError, "not a JSON object"),
        ([answer(1, 0.5, parses=float("inf"))], VerifierError, "not finite"),
    ],
)
def test_invalid_answers_are_errors(answers, error, message):
    with pytest.raises(error, match=message):
        report(answers)


def test_share_of_zero_variance_groups():
    assert groups.share_from_samples([[1, 1, 1, 1], [0.2, 0.9, 0.2, 0.4]], 2) == pytest.approx((1 + 1 / 6) / 2)
    assert groups.share_from_samples([[0.5] * 8, [*[0.5] * 7, 0.5 + 1e-9]], 8) == 1.0  # equal in single precision
    assert groups.share_from_samples([[0.0, 1.0]], 8) == pytest.approx(2 / 2**8)  # fewer samples than replies in a group
    assert groups.solved_or_not([0.2, 0.6, 1.0], 0.6) == [0.0, 1.0, 1.0]


def test_the_share_from_one_reply_per_prompt_is_a_lower_bound():
    rng = np.random.default_rng(5)
    drawn = [list(rng.binomial(1, rate, 16).astype(float)) for rate in rng.beta(0.5, 0.5, 400)]
    least = groups.share_from_scores([scores[0] for scores in drawn], 8)
    assert least < groups.share_from_samples(drawn, 8) and least < 0.05


def test_partial_credit_cuts_zero_variance_groups_from_a_half_to_a_tenth():
    """Records of ten fields by a model that is confident in each, rightly or wrongly: rewarded per field, or for all ten."""
    rng = np.random.default_rng(7)
    sure = rng.beta(0.5, 0.07, (300, 10))
    drawn = [{"task": "extract", "samples": list((rng.random((8, 10)) < fields).mean(axis=1))} for fields in sure]
    result = report([], drawn)["tasks"]["extract"]["prompts"]
    assert 0.45 < result["binary"] < 0.65
    assert 0.05 < result["continuous"] < 0.15


def test_spearman_equals_scipy_s_with_ties():
    rng = np.random.default_rng(3)
    for _ in range(20):
        one, other = rng.integers(0, 5, 60).astype(float), rng.integers(0, 3, 60).astype(float)
        assert rho(one, other) == pytest.approx(spearmanr(one, other).statistic)


def test_the_interval_of_a_correlation_resamples_clusters():
    rng = np.random.default_rng(4)
    one = np.repeat(rng.random(30), 6)  # six answers about each of thirty customers
    other = one + np.repeat(rng.normal(0, 0.3, 30), 6)
    rows, clusters = spearman(one, other, seed=7), spearman(one, other, list(np.repeat(np.arange(30), 6)), seed=7)
    assert clusters.high - clusters.low > 1.7 * (rows.high - rows.low)
    assert rows.low < rows.rho < rows.high and rows == spearman(one, other, seed=7) != spearman(one, other, seed=8)
    few = spearman(one[:30], other[:30], [n % 5 for n in range(30)], seed=7)
    assert (few.low, few.high) == (-1.0, 1.0), "five clusters are too few"
    assert math.isnan(spearman([1.0, 1.0], [0.0, 1.0], seed=7).rho) and math.isnan(rho([], []))
    with pytest.raises(ValueError, match="cannot be paired"):
        spearman([1.0], [1.0, 2.0], seed=7)
    with pytest.raises(ValueError, match="finite"):
        rho([1.0, float("nan")], [1.0, 2.0])


def test_tables_of_other_runs_are_read_with_missing_or_extra_columns(tmp_path):
    rows = [answer(1, 0.5) | dict.fromkeys(("prompt", "answer", "gold"), "") for _ in range(1)]
    tables.write(tmp_path / "sft.parquet", rows, ANSWERS)
    assert audit_tables.answers([tmp_path])[0]["version"] == "a1"
    tables.write(tmp_path / "controls" / "copy.parquet", [row | {"model": "copy"} for row in rows], ANSWERS)
    assert [row["model"] for row in audit_tables.answers([tmp_path])] == ["sft"], "controls are not models"
    older = pa.schema([field for field in ANSWERS if field.name not in ("version", "entity", "sampled")])
    pq.write_table(pa.Table.from_pylist([dict(rows[0])], older), tmp_path / "sft.parquet")
    assert "entity" not in audit_tables.answers([tmp_path / "sft.parquet"])[0]
    assert report(audit_tables.answers([tmp_path]))["tasks"]["sql"]["models"]["sft"]["n"] == 1
    tables.write(
        tmp_path / "prompts.parquet", [{"task": "sql", "samples": [0.5, 1.0]}, {"task": "sql", "samples": None}], PROMPTS
    )
    result = report([], audit_tables.prompts(tmp_path / "prompts.parquet"))["tasks"]["sql"]["prompts"]
    assert (result["n"], result["replies"]) == (1, 2)


def test_unreadable_tables_are_errors(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableError, match="holds no tables of answers"):
        audit_tables.answers([tmp_path / "empty"])
    with pytest.raises(TableError, match="does not exist"):
        audit_tables.answers([tmp_path / "gone.parquet"])
    pq.write_table(pa.table({"model": ["sft"]}), tmp_path / "thin.parquet")
    with pytest.raises(TableError, match="lacks task"):
        audit_tables.answers([tmp_path / "thin.parquet"])


CONTROLS = {"constant": 0.5, "majority": 0.4, "copy": 0.1, "baseline": {"name": "nearest", "score": 0.35}, "how": {}}


def test_controls_are_reported_for_each_model_and_warn():
    rows = [row | {"shuffled": row["score"] * 0.95} for row in MIXED]
    result = report(rows, controls={"sql": CONTROLS})
    assert result["tasks"]["sql"]["controls"] == CONTROLS
    assert result["tasks"]["sql"]["models"]["sft"]["shuffled"] == pytest.approx(0.38)
    assert "sql: one reply to every prompt earns 0.500, more than sft (0.400)" in result["warnings"]
    assert "sql: shuffled among the prompts, the answers of sft still earn 0.380 of 0.400 (95 %)" in result["warnings"]
    text = "\n".join(audit_text.lines(result))
    assert "sql   sft    0.400     0.380     0.500     0.400     0.100  0.350" in text and "--chat" not in text


def test_a_model_that_reads_and_beats_the_constant_has_no_warning():
    rows = [row | {"shuffled": row["score"] * 0.85} for row in MIXED]
    warnings = report(rows, controls={"sql": CONTROLS | {"constant": 0.39}})["warnings"]
    assert not [warning for warning in warnings if "shuffled" in warning or "one reply" in warning]


def test_without_controls_the_text_names_the_option():
    result = report(MIXED, regraded=["sql"])
    assert result["tasks"]["sql"]["controls"] is None and result["tasks"]["sql"]["models"]["sft"]["shuffled"] is None
    assert "controls are not all available for sql: name the test prompts with --chat" in audit_text.lines(result)
    assert any("sql: its grader now gives these answers other scores" in warning for warning in result["warnings"])


REVIEWS = [
    {
        "id": f"sentiment:{n}",
        "task": "sentiment",
        "entity": str(n),
        "messages": user_message(f"bom {n}" if n % 2 else f"ruim {n}"),
    }
    | {"gold": "positivo, nota 5" if n % 2 else "negativo, nota 1", "facts": json.dumps({"score": 5 if n % 2 else 1})}
    | {"version": "a1"}
    for n in range(20)
]


def answers_to(rows, reply_to, **changes):
    scores = [
        grade.score for grade in grade_batch(TASKS["sentiment"], [(reply_to(row), json.loads(row["facts"])) for row in rows])
    ]
    return [
        {"model": "sft", "task": "sentiment", "id": row["id"], "entity": row["entity"], "answer": reply_to(row), "score": score}
        | {"version": "a1"}
        | changes
        for row, score in zip(rows, scores, strict=True)
    ]


def test_controls_are_computed_from_the_prompts_facts(tmp_path):
    tables.write(tmp_path / "test.parquet", REVIEWS, CHAT)
    reads = add_controls(answers_to(REVIEWS, lambda row: row["gold"]), tmp_path / "test.parquet", seed=7)
    assert 0.3 < sum(row["shuffled"] for row in reads.answers) / 20 < 0.7 and reads.regraded == []
    assert reads.controls["sentiment"]["baseline"] is None, "there are no training prompts"
    assert reads.controls["sentiment"]["how"]["constant"] == "answer of sft, best on test prompts"
    tables.write(tmp_path / "train.parquet", [row | {"id": f"{row['id']}-train"} for row in REVIEWS], CHAT)
    ignores = add_controls(answers_to(REVIEWS, lambda row: "positivo, nota 5"), tmp_path / "test.parquet", seed=7)
    assert [row["shuffled"] for row in ignores.answers] == [row["score"] for row in ignores.answers]
    assert ignores.controls["sentiment"]["baseline"]["score"] == 1.0
    assert ignores.controls["sentiment"]["how"]["constant"].endswith("best on training prompts")


@pytest.mark.parametrize(
    ("changes", "regraded"),
    [
        pytest.param({"id": "sentiment:elsewhere"}, [], id="other prompts"),
        pytest.param({"version": "b2"}, [], id="another version of the prompt"),
        pytest.param({"score": 0.123}, ["sentiment"], id="another grader"),
        pytest.param({"task": "gone"}, [], id="an unknown task"),
    ],
)
def test_no_controls_for_other_prompts_or_changed_graders(tmp_path, changes, regraded):
    tables.write(tmp_path / "test.parquet", REVIEWS, CHAT)
    result = add_controls(answers_to(REVIEWS, lambda row: row["gold"], **changes), tmp_path / "test.parquet", seed=7)
    assert result.regraded == regraded and result.controls == {}
    assert not any("shuffled" in row for row in result.answers)


def test_the_text_contains_the_numbers():
    drawn = [{"task": "sql", "samples": [0.3] * 8}]
    text = "\n".join(audit_text.lines(report(MIXED, drawn)))
    for expected in (
        "execution_accuracy 0.250",
        "100.0%",
        "of 8 to each of 1 prompts",
        "at least, from one to each of 40",
        "warning: ",
    ):
        assert expected in text
