"""The verdict of each task: which evidence gives "fit", "not fit" and "not shown"."""

import json

import pytest

from vitrine.errors import TableError
from vitrine.evaluation.scores.scoreboard import scoreboard
from vitrine.evaluation.scores.statistics import difference
from vitrine.reporting.decisions import decide

TASK, N = "extract", 40


def rows(scores, shuffled=None):
    return [
        {"model": "sft", "task": TASK, "id": f"{place:03d}", "entity": f"{place}", "cluster": None, "prompt": "p", "gold": "g"}
        | {"answer": "a", "score": score, "sampled": None, "shuffled": shuffled, "sampled_shuffled": None}
        | {"components": json.dumps({}), "tokens": 1, "version": "v"}
        for place, score in enumerate(scores)
    ]


def spread(mean):
    """Scores with this mean that differ from prompt to prompt."""
    return [mean + 0.1 * (-1) ** place for place in range(N)]


def decision(model, nearest, *, shuffled=0.1, minimum=0.5, paired=True, constant=0.2):
    answers = {"sft": rows(model, shuffled)}
    control = rows(nearest)
    known = {
        TASK: {"constant": constant, "majority": 0.1, "copy": 0.0}
        | {"baseline": {"name": "reply to the most similar training prompt", "score": sum(nearest) / len(nearest)}}
    }
    board = scoreboard(answers, {}, suite="vitrine", controls=known, seed=7)
    (decided,) = decide(board, "sft", answers, {"baseline": control} if paired else {}, minimum=minimum)
    return decided


def test_above_the_baseline_reading_and_above_the_minimum_is_fit():
    decided = decision(spread(0.8), [0.4] * N)
    assert (decided.verdict, decided.reasons, decided.baseline) == ("fit", [], "baseline")
    assert decided.gap.paired and decided.gap.low < 0.4 < decided.gap.high
    assert decided.reading.mean == pytest.approx(0.7)


def test_below_the_baseline_is_not_fit():
    decided = decision(spread(0.6), [0.8] * N)
    assert (decided.verdict, decided.reasons) == ("not fit", ["it is shown to be below the best baseline"])


def test_below_the_minimum_is_not_fit_even_above_every_baseline():
    decided = decision(spread(0.35), [0.2] * N, minimum=0.5, constant=0.1)
    assert (decided.verdict, decided.reasons) == ("not fit", ["its score is below the minimum of 0.5"])
    assert decided.gap.above
    assert decision(spread(0.35), [0.2] * N, minimum=0.1, constant=0.1).verdict == "fit"


def test_like_the_baseline_is_not_shown():
    decided = decision(spread(0.8), spread(0.8)[::-1])
    assert (decided.verdict, decided.reasons) == ("not shown", ["it is not shown to be above the best baseline"])


def test_replies_that_score_as_much_when_shuffled_do_not_read_the_prompt():
    decided = decision(spread(0.8), [0.4] * N, shuffled=0.8)
    assert (decided.verdict, decided.reasons) == ("not shown", ["it is not shown to read the prompt"])
    assert decision(spread(0.8), [0.4] * N, shuffled=None).reasons == ["no replies were shuffled"]


def test_an_interval_around_the_minimum_is_not_shown():
    decided = decision([1.0, 0.0] * (N // 2), [0.15] * N, shuffled=0.0, constant=0.0, minimum=0.5)
    assert (decided.verdict, decided.reasons) == ("not shown", ["its score is not shown to reach the minimum of 0.5"])


def test_five_clusters_show_nothing():
    decided = decision([1.0] * 5, [0.15] * 5, shuffled=0.0, constant=0.0)
    assert decided.verdict == "not shown" and decided.gap.low is None and decided.gap.paired
    assert decided.reasons == ["there are too few clusters for a test"]


def test_without_the_answers_of_the_baseline_nothing_is_shown_about_it():
    """The p-value of a paired test is missing, so it cannot be adjusted over the tasks either."""
    above, below = decision(spread(0.8), [0.4] * N, paired=False), decision(spread(0.6), [0.9] * N, paired=False)
    reason = "it is not shown to be above the best baseline, because it is not paired with it"
    for decided in (above, below):
        assert (decided.verdict, decided.reasons, decided.gap.paired) == ("not shown", [reason], False)
        assert (decided.gap.above, decided.gap.below) == (False, False)
    assert (above.gap.mean, below.gap.mean) == (pytest.approx(0.4), pytest.approx(-0.3))


def test_a_baseline_that_lacks_an_answer_is_not_paired():
    answers, control = {"sft": rows(spread(0.8), 0.1)}, rows([0.4] * N)
    known = {TASK: {"constant": 0, "majority": 0, "copy": 0, "baseline": {"name": "n", "score": 0.4}}}
    board = scoreboard(answers, {}, suite="vitrine", controls=known, seed=7)
    gaps = [decide(board, "sft", answers, {"baseline": rows}, minimum=0.5)[0].gap for rows in (control, control[:-1])]
    assert [gap.paired for gap in gaps] == [True, False]


def test_p_values_are_adjusted_and_not_made_smaller():
    """One task with p = 0.070: Holm leaves a single p-value as it is."""
    gains = [0.1] * 13 + [-0.1] * 5
    answers, control = {"sft": rows([0.5 + gain for gain in gains], 0.1)}, rows([0.5] * len(gains))
    known = {TASK: {"constant": 0, "majority": 0, "copy": 0, "baseline": {"name": "n", "score": 0.5}}}
    board = scoreboard(answers, {}, suite="vitrine", controls=known, seed=7)
    own, other = [row["score"] for row in answers["sft"]], [row["score"] for row in control]
    assert 0.05 < difference(own, other, list(range(len(own))), seed=7).p < 0.1
    (decided,) = decide(board, "sft", answers, {"baseline": control}, minimum=0.1)
    assert not decided.gap.above


def test_prompts_of_one_cluster_count_once():
    """Forty prompts about five customers are too few clusters for a test."""
    answers = {"sft": [row | {"cluster": f"c{place % 5}"} for place, row in enumerate(rows(spread(0.8), 0.1))]}
    known = {TASK: {"constant": 0, "majority": 0, "copy": 0, "baseline": {"name": "n", "score": 0.4}}}
    board = scoreboard(answers, {}, suite="vitrine", controls=known, seed=7)
    (decided,) = decide(board, "sft", answers, {"baseline": rows([0.4] * N)}, minimum=0.1)
    assert decided.reasons == ["there are too few clusters for a test"] and decided.gap.low is None


def test_a_score_below_the_minimum_whose_interval_reaches_it_does_not_rule_the_model_out():
    decided = decision([1.0, 0.0] * 18 + [0.0] * 4, [0.15] * N, shuffled=0.0, constant=0.0, minimum=0.5)
    assert decided.score["score"] < 0.5 < decided.score["high"]
    assert (decided.verdict, decided.reasons) == ("not shown", ["its score is not shown to reach the minimum of 0.5"])


@pytest.mark.parametrize("change", [lambda own: own[:-1], lambda own: [{**own[0], "score": 0.0}, *own[1:]]])
def test_answers_of_another_benchmark_are_an_error(change):
    answers = {"sft": rows(spread(0.8), 0.1)}
    board = scoreboard(answers, {}, suite="vitrine", seed=7)
    with pytest.raises(TableError, match=r"the answers of sft to extract .* are not those of the scoreboard"):
        decide(board, "sft", {"sft": change(answers["sft"])}, {}, minimum=0.5)


def test_the_best_baseline_is_the_one_with_the_highest_score():
    decided = decision(spread(0.8), [0.4] * N, constant=0.45)
    assert (decided.baseline, decided.baseline_score, decided.gap.paired) == ("constant", 0.45, False)


def test_tasks_are_adjusted_together():
    """A gap that is shown alone is not shown among many tasks without a gap."""
    gains = [0.1] * 9 + [-0.1] * 1 + [0.0] * 30
    alone = rows([0.5 + gain for gain in gains], shuffled=0.1)
    control = rows([0.5] * N)
    answers, controls = {"sft": list(alone)}, {"baseline": list(control)}
    known = {TASK: {"constant": 0, "majority": 0, "copy": 0, "baseline": {"name": "n", "score": 0.5}}}

    def verdict():
        board = scoreboard(answers, {}, suite="vitrine", controls=known, seed=7)
        return next(one.gap.above for one in decide(board, "sft", answers, controls, minimum=0.1) if one.task == TASK)

    assert verdict()
    for number in range(10):
        noise = [0.1 * (-1) ** place for place in range(N)]
        answers["sft"] += [row | {"task": f"t{number}", "score": 0.5 + noise[place]} for place, row in enumerate(alone)]
        controls["baseline"] += [row | {"task": f"t{number}"} for row in control]
        known[f"t{number}"] = known[TASK]
    assert not verdict()


def test_a_task_without_scores_gets_no_verdict():
    answers = {"sft": [*rows(spread(0.8)), *(row | {"task": "general"} for row in rows([None] * N))]}
    board = scoreboard(answers, {}, suite="vitrine", seed=7)
    graded, ungraded = decide(board, "sft", answers, {}, minimum=0.5)
    assert (graded.verdict, graded.reasons[0], ungraded.task, ungraded.verdict) == (
        "not shown",
        "no baseline is known",
        "general",
        "not graded",
    )
