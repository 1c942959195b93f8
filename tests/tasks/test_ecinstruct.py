"""ECInstruct's ten tasks: scores of replies, and metrics checked against scikit-learn, rouge-score and counts by hand."""

import json
import math
import random
import re
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, ndcg_score

from vitrine.tasks import TASKS
from vitrine.tasks.ecinstruct import answer, choice, ranking, values, yes_or_no

TASK_NAMES = ["ec_ave", "ec_prp", "ec_sa", "ec_sr", "ec_mpc", "ec_pm", "ec_psi", "ec_ap", "ec_qpr", "ec_ag"]
TOLERANCE = {"abs": 1e-9}
LETTERS = "ABCDEFGHIJKLMNOPQRST"
OPTIONS = {"ec_prp": 3, "ec_sa": 5, "ec_sr": 20, "ec_mpc": 4}
MACRO = dict.fromkeys(("ec_prp", "ec_sa", "ec_mpc"), "macro_f1")


def answers(task, pairs):
    return [{"components": TASKS[task].grade(reply, facts).components} for reply, facts in pairs]


def options(count):
    return [f"{LETTERS[place]}: thing {place}" for place in range(count)]


def rows(replies, kinds):
    """Lists of (reply, true value, whether the row is out of domain)."""
    return st.lists(st.tuples(replies, kinds, st.booleans()), min_size=1, max_size=30)


def test_all_ten_tasks_are_registered():
    assert [name for name in TASKS if name.startswith("ec_")] == TASK_NAMES


# choice


def choice_pairs(task, drawn):
    shown = options(OPTIONS[task])
    return [(reply, {"options": shown, "true": true % len(shown), "ood": ood}) for reply, true, ood in drawn]


REPLIES = st.sampled_from(["A", "B", "(C)", "D: thing 3", "thing 0", "E", "T", "A or B", "", "Because", "neither", "Z"])


@pytest.mark.parametrize("task", OPTIONS)
@given(drawn=rows(REPLIES, st.integers(0, 19)))
@settings(max_examples=60, deadline=None)
def test_choices_agree_with_scikit_learn(task, drawn):
    pairs = choice_pairs(task, drawn)
    metrics = TASKS[task].headline(answers(task, pairs))
    count = OPTIONS[task]
    parsed = {"A": "A", "B": "B", "(C)": "C", "D: thing 3": "D", "thing 0": "A", "E": "E", "T": "T"}

    def strict(reply):
        return parsed[reply] if reply in parsed and LETTERS.index(parsed[reply]) < count else "none"

    def official(reply):
        valid = LETTERS if task == "ec_sr" else "ABCDE"
        first = reply if task == "ec_sr" else reply[:1]
        return first if first and first in valid else None

    for prefix, ood in (("", False), ("ood_", True)):
        own = [(reply, LETTERS[facts["true"]]) for reply, facts in pairs if facts["ood"] == ood]
        if not own:
            continue
        predicted, true = [strict(reply) for reply, _ in own], [letter for _, letter in own]
        kept = [(official(reply), letter) for reply, letter in own if official(reply)]
        for metric in {"ec_mpc": ("accuracy", "macro_f1"), "ec_sr": ("recall_at_1",)}.get(task, ("macro_f1",)):
            assert metrics[f"{prefix}{metric}_strict"] == pytest.approx(sklearn_metric(metric, predicted, true), **TOLERANCE)
            expected = sklearn_metric(metric, *map(list, zip(*kept, strict=True))) if kept else 0.0
            assert metrics[f"{prefix}{metric}_official"] == pytest.approx(expected, **TOLERANCE)


def sklearn_metric(metric, predicted, true):
    if metric != "macro_f1":
        return accuracy_score(true, predicted)
    labels = sorted({*predicted, *true} - {"none"})
    return f1_score(true, predicted, labels=labels, average="macro", zero_division=0)


@pytest.mark.parametrize(
    ("task", "reply", "score"),
    [
        pytest.param("ec_sa", "B", 1.0, id="right"),
        pytest.param("ec_sa", "C", 0.75**5, id="a step away"),
        pytest.param("ec_sa", "D", 0.5**5, id="two steps away"),
        pytest.param("ec_sa", "E", 0.25**5, id="three steps away"),
        pytest.param("ec_prp", "B: thing 1", 1.0, id="right with its text"),
        pytest.param("ec_prp", "A", 0.0, id="another option"),
        pytest.param("ec_prp", "D", 0.0, id="an option that does not exist"),
        pytest.param("ec_sr", "A or B", 0.0, id="two"),
    ],
)
def test_grade_of_a_choice(task, reply, score):
    assert TASKS[task].grade(reply, {"options": options(OPTIONS[task]), "true": 1, "ood": False}).score == pytest.approx(score)


@pytest.mark.parametrize("task", OPTIONS)
@pytest.mark.parametrize("letter", "ABC")
def test_a_constant_earns_at_most_the_share_of_its_option(task, letter):
    shown = options(OPTIONS[task])
    scores = [TASKS[task].grade(letter, {"options": shown, "true": true, "ood": False}).score for true in range(len(shown))]
    near_misses = 2 * 0.75**5 + 2 * 0.5**5 if task == "ec_sa" else 0.0  # partial scores of the middle level
    assert fmean(scores) <= (1 + near_misses) / len(shown)


def test_official_metrics_drop_unparsed_replies_and_strict_ones_count_them_as_wrong():
    shown = options(3)
    replies = [("A", 0), ("no idea", 1), ("no idea", 1), ("no idea", 2)]
    metrics = TASKS["ec_prp"].headline(
        answers("ec_prp", [(reply, {"options": shown, "true": true, "ood": False}) for reply, true in replies])
    )
    assert metrics["macro_f1_official"] == 1.0 and metrics["macro_f1_strict"] == pytest.approx(1 / 3)
    assert metrics["invalid"] == 0.75


# yes or no

WORD = st.sampled_from(["yes", "no", "Yes.", " no ", "yes and no", "", "maybe", "YES"])


@given(drawn=rows(WORD, st.booleans()))
@settings(max_examples=100, deadline=None)
def test_yes_or_no_agrees_with_scikit_learn(drawn):
    metrics = yes_or_no.HEADLINE("f1")(answers("ec_pm", [(reply, {"yes": yes, "ood": ood}) for reply, yes, ood in drawn]))
    for prefix, out_of_domain in (("", False), ("ood_", True)):
        own = [(reply, "yes" if yes else "no") for reply, yes, ood in drawn if ood == out_of_domain]
        if not own:
            continue
        true = [word for _, word in own]
        strict = [{"yes and no": None, "": None, "maybe": None}.get(r, r.strip(" .").lower()) for r, _ in own]
        predicted = [reply or ("no" if word == "yes" else "yes") for reply, word in zip(strict, true, strict=True)]
        expected = f1_score(true, predicted, pos_label="yes", zero_division=0)
        assert metrics[f"{prefix}f1_strict"] == pytest.approx(expected, **TOLERANCE)
        kept = [(reply.strip().lower(), word) for reply, word in own if reply.strip().lower() in ("yes", "no")]
        official = f1_score([w for _, w in kept], [r for r, _ in kept], pos_label="yes", zero_division=0) if kept else 0.0
        assert metrics[f"{prefix}f1_official"] == pytest.approx(official, **TOLERANCE)


@pytest.mark.parametrize(
    ("reply", "score"),
    [("yes", 1.0), ("Yes, they are.", 1.0), ("no", 0.0), ("yes or no", 0.0), ("", 0.0), ("yes " * 30, 0.0), ("yess", 0.0)],
)
def test_grade_of_yes_or_no(reply, score):
    assert yes_or_no.grade(reply, {"yes": True, "ood": False}).score == pytest.approx(score)


# values

RECORD = st.fixed_dictionaries(
    {
        "attribute": st.sampled_from(["size", "colour"]),
        "value": st.sampled_from(["8 oz", "8", "red", "None"]),
        "source": st.sampled_from(["product title", "title", "None"]),
    }
)
RECORDS = st.lists(RECORD, min_size=1, max_size=3)
LIST = st.lists(RECORD, max_size=4).map(json.dumps) | st.sampled_from(
    ["", "[", '{"size": "8 oz"}', "[1]", '["attribute"]', '[{"value": "8 oz"}]']
)


@given(drawn=st.lists(st.tuples(LIST, RECORDS, st.booleans()), min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_values_agree_with_counts_by_hand(drawn):
    rows = answers("ec_ave", [(reply, {"true": true, "ood": ood}) for reply, true, ood in drawn])
    metrics = values.TASK.headline(rows)
    for prefix, out_of_domain in (("", False), ("ood_", True)):
        hits = strict_hits = given = named = labels = 0
        for reply, true, ood in drawn:
            if ood != out_of_domain:
                continue
            records = records_in(reply)
            given, labels = given + len(records), labels + len(true)
            named += sum("attribute" in record for record in records)  # official metrics ignore records without the key
            remaining = list(true)
            for record in records:
                strict_hits += record in remaining
                if record in remaining:
                    remaining.remove(record)
                hits += sum(record == label or (out_of_domain and inside(record, label)) for label in true)
        if labels:
            assert metrics[f"{prefix}micro_f1_official"] == pytest.approx(2 * hits / (named + labels), **TOLERANCE)
            # the parser accepts only lists of objects: [1] and ["attribute"] hold no records
            assert metrics[f"{prefix}micro_f1_strict"] == pytest.approx(2 * strict_hits / (given + labels), **TOLERANCE)


def records_in(reply):
    try:
        parsed = json.loads(reply)
    except ValueError:
        return []
    return [record for record in parsed if isinstance(record, dict)] if isinstance(parsed, list) else []


def inside(record, label):
    return (
        record.keys() == label.keys()
        and record["attribute"] == label["attribute"]
        and all(record[part] in label[part] or label[part] in record[part] for part in ("value", "source"))
    )


TRUE = [{"attribute": "size", "value": "8 oz", "source": "product title"}]


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        pytest.param(json.dumps(TRUE), 1.0, id="gold"),
        pytest.param(json.dumps([TRUE[0] | {"source": "product feature"}]), 0.5, id="another source"),
        pytest.param(json.dumps([TRUE[0] | {"value": "9 oz"}]), 0.0, id="another value"),
        pytest.param(json.dumps(TRUE * 2), 2 / 3, id="repeated"),
        pytest.param("[]", 0.0, id="nothing"),
        pytest.param("size: 8 oz", 0.0, id="no list"),
    ],
)
def test_grade_of_values(reply, score):
    assert values.grade(reply, {"true": TRUE, "ood": False}).score == pytest.approx(score)


def test_partial_values_are_official_hits_only_out_of_domain():
    reply = json.dumps([TRUE[0] | {"value": "8"}])
    hits = [values.grade(reply, {"true": TRUE, "ood": ood}).components for ood in (False, True)]
    assert [part["official_hits"] for part in hits] == [0.0, 1.0] and [part["hits"] for part in hits] == [0.0, 0.0]


def test_official_counts_ignore_records_without_an_attribute():
    parts = values.grade('[{"value": "8 oz"}]', {"true": TRUE, "ood": False}).components
    assert (parts["official_said"], parts["said"]) == (0.0, 1.0)


# ranking


@given(st.lists(st.tuples(st.integers(2, 4), st.integers(0, 10_000)), min_size=1, max_size=8))
@settings(deadline=None)
def test_ranking_agrees_with_scikit_learn(drawn):
    pairs, expected = [], []
    for count, seed in drawn:
        rng = random.Random(seed)
        gold, order = (rng.sample(LETTERS[:count], count) for _ in range(2))
        facts = ranking.gold_facts({"output": ",".join(gold), "ood": False})
        pairs.append((",".join(order), facts))
        gains = [[2**gain - 1 for gain in facts["gains"]]]
        expected.append(ndcg_score(gains, [[-order.index(LETTERS[place]) for place in range(count)]]))
    pairs.append(("A", {"gains": [0.1, 1.0], "ood": False}))  # strict: 0; official: the best order of the named products, 1
    metrics = ranking.TASK.headline(answers("ec_qpr", pairs))
    assert metrics["ndcg_strict"] == pytest.approx(sum(expected) / len(pairs), **TOLERANCE)
    assert metrics["ndcg_official"] == pytest.approx((sum(expected) + 1) / len(pairs), **TOLERANCE)


def test_ranking_by_hand():
    facts = ranking.gold_facts({"output": "C,A,B", "ood": False})
    assert facts["gains"] == [0.1, 0.0, 1.0]
    second = (2**0.1 - 1) / math.log2(3)
    swapped = ranking.grade("A,C,B", facts).components
    assert swapped["ndcg"] == swapped["official"] == pytest.approx((2**0.1 - 1 + 1 / math.log2(3)) / (1 + second))
    assert ranking.grade("B,A,C", facts).score == pytest.approx(0.0) and ranking.grade("C,A", facts).score == 0.0


# answer


def test_answers_agree_with_rouge_score_and_squad():
    from rouge_score.rouge_scorer import RougeScorer

    rng, words = random.Random(7), "the lamp is made of blue steel and shines, all day! 8 oz".split()
    drawn = [(" ".join(rng.choices(words, k=rng.randrange(1, 12))), " ".join(rng.choices(words, k=9))) for _ in range(60)]
    drawn += [("steel", ""), ("steel " * 400, "steel " * 350)]
    metrics = answer.headline(answers("ec_ag", [(reply, {"answer": true, "ood": False}) for true, reply in drawn]))
    cut = [[" ".join(text.split()[:300]) for text in pair] for pair in drawn]
    scorer = RougeScorer(["rougeL"], use_stemmer=False)
    rouge = fmean(scorer.score(true, reply)["rougeL"].fmeasure for true, reply in cut)
    assert metrics["rouge_l"] == pytest.approx(rouge, **TOLERANCE)
    assert metrics["token_f1"] == pytest.approx(fmean(squad_f1(true, reply) for true, reply in cut), **TOLERANCE)
    assert metrics["valid"] == pytest.approx(61 / 62)


def squad_f1(true, reply):
    gold, predicted = (re.sub(r"\b(?:a|an|the)\b|[^\w\s]", " ", text.lower()).split() for text in (true, reply))
    shared = sum(min(gold.count(word), predicted.count(word)) for word in set(gold))
    return 2 * shared / (len(gold) + len(predicted))


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        pytest.param("It is made of steel.", 1.0, 1.0, id="gold"),
        pytest.param("Steel.", 0.8, 0.9, id="the content word"),
        pytest.param("It is not made of steel.", 0.0, 0.1, id="the opposite"),
        pytest.param("It is made of.", 0.0, 0.3, id="all but the content word"),
        pytest.param("It is made of wood.", 0.0, 0.3, id="another material"),
        pytest.param("It is made of steel. " + "It is blue and small and light. " * 4, 0.0, 0.1, id="everything"),
    ],
)
def test_grade_of_an_answer(reply, least, most):
    assert least <= answer.grade(reply, {"answer": "It is made of steel.", "ood": False}).score <= most


# examples from the sample


@pytest.fixture(scope="module")
def sampled(example_config):
    return {name: TASKS[name].examples(example_config, limit=40, seed=7) for name in TASK_NAMES}


@pytest.mark.parametrize("name", TASK_NAMES)
def test_prompts_are_the_published_texts(name, sampled):
    for example in sampled[name]:
        prompt = TASKS[name].prompt(example)
        assert prompt.startswith(f"{example['instruction']}\n{example['input']}")
        assert prompt.endswith(f"\noptions: {example['options']}" if example["options"] else example["input"])


@pytest.mark.parametrize("name", TASK_NAMES)
def test_gold_replies_have_perfect_metrics(name, sampled):
    task = TASKS[name]
    metrics = task.headline([{"components": task.grade(task.gold(e), task.facts(e)).components} for e in sampled[name]])
    assert {metric: value for metric, value in metrics.items() if value != pytest.approx(1.0)} in ({}, {"invalid": 0.0})
    assert any(metric.startswith("ood_") for metric in metrics) == (name not in ("ec_mpc", "ec_pm", "ec_psi", "ec_qpr"))


def test_options_of_a_choice_come_from_its_row(sampled):
    for example in sampled["ec_sr"]:
        facts = choice.gold_facts(example)
        assert len(facts["options"]) == 20 and facts["options"][facts["true"]].startswith(f"{example['output'][0]}:")
