import copy
import json
import random

import pytest

from vitrine.errors import EmptyError, TableError, VerifierError
from vitrine.evaluation.scores.scoreboard import headline, plot_rows, scoreboard, suite_version

SKILL = {"base": 0.05, "sft": 0.6, "grpo": 0.75}


def rows(model, tasks=("sql", "extract"), n=40, sampled=True):
    rng = random.Random(f"prompts and {model}")
    return [
        {
            "model": model,
            "task": task,
            "id": f"r{i}",
            "entity": f"customer {i // 2}",
            "prompt": f"{task}: question {i}",
            "gold": f"gold {i}",
            "answer": "…",
            "score": min(1.0, max(0.0, SKILL[model] + rng.uniform(-0.2, 0.2))),
            "sampled": SKILL[model] * 0.9 if sampled else None,
            "components": '{"runs": 1.0}',
            "tokens": 12,
        }
        for task in tasks
        for i in range(n)
    ]


@pytest.fixture
def answers():
    return {model: rows(model) for model in SKILL}


def board_of(answers, headlines=None, **names):
    return scoreboard(answers, headlines or {}, suite="vitrine", seed=7, **names)


def test_structure_of_the_board(answers):
    board = board_of(answers)
    assert set(board) == {"suite", "models", "differences", "controls", "seed"}
    assert set(board["differences"][0]) >= {"mean", "low", "high", "n", "clusters", "p", "p_holm", "shown", "reads_prompt"}
    assert (board["differences"][0]["n"], board["differences"][0]["clusters"]) == (80, 20)
    assert board["suite"] == {"name": "vitrine", "version": suite_version(answers["sft"]), "n": 80}
    overall = board["models"]["sft"]["overall"]
    assert overall["low"] < overall["score"] < overall["high"]
    assert (overall["n"], overall["sampled"], overall["sampled_n"]) == (80, 0.54, 80)
    assert board["models"]["sft"]["tasks"]["sql"]["n"] == 40
    assert board["seed"] == 7


def test_the_board_is_sorted_and_rounded_and_survives_json(answers):
    board = board_of(answers)
    assert json.loads(json.dumps(board, allow_nan=False)) == board
    assert json.dumps(board) == json.dumps(board, sort_keys=True)
    assert board["models"]["sft"]["overall"]["score"] == round(board["models"]["sft"]["overall"]["score"], 6)


def test_same_answers_give_same_board(answers):
    assert board_of(answers) == board_of(copy.deepcopy(answers))


def test_overall_is_the_mean_over_prompts_not_over_tasks():
    few = rows("sft", tasks=("sql",), n=10) + rows("sft", tasks=("extract",), n=30)
    board = board_of({"sft": few})
    assert board["models"]["sft"]["overall"]["score"] == pytest.approx(sum(row["score"] for row in few) / 40, abs=1e-6)
    assert board["differences"] == []


def test_each_model_is_compared_with_the_one_before_it(answers):
    compared = [(row["better"], row["than"], row["decoding"], row["task"]) for row in board_of(answers)["differences"]]
    one_pair = [(decoding, task) for decoding in ("greedy", "sampled") for task in ("overall", "extract", "sql")]
    assert compared == [("sft", "base", *rest) for rest in one_pair] + [("grpo", "sft", *rest) for rest in one_pair]


def test_differences_are_paired_by_id_not_by_position(answers):
    shuffled = {model: random.Random(model).sample(own, len(own)) for model, own in answers.items()}
    for row, other in zip(board_of(answers)["differences"], board_of(shuffled)["differences"], strict=True):
        assert row["mean"] == pytest.approx(other["mean"])
        assert row["low"] == pytest.approx(other["low"], abs=0.02)


def test_p_values_of_tasks_are_adjusted_and_the_overall_one_is_not(answers):
    differences = board_of(answers)["differences"]
    assert all(row["p_holm"] == row["p"] for row in differences if row["task"] == "overall")
    assert all(row["p_holm"] >= row["p"] for row in differences)
    assert any(row["p_holm"] > row["p"] for row in differences if row["task"] != "overall")


def test_samples_may_be_missing_for_some_or_all_prompts(answers):
    answers["base"] = rows("base", sampled=False)
    for row in answers["sft"][:30]:
        row["sampled"] = None
    board = board_of(answers)
    assert board["models"]["base"]["overall"]["sampled"] is None
    assert board["models"]["sft"]["overall"]["sampled_n"] == 50
    sampled = [row for row in board["differences"] if row["decoding"] == "sampled"]
    assert {row["than"] for row in sampled} == {"sft"}
    assert [row["n"] for row in sampled] == [50, 40, 10]


def test_headline_metrics_are_added_to_the_score(answers):
    headlines = {"sql": lambda own: {"accuracy": sum(row["score"] > 0.5 for row in own) / len(own), "loss": float("nan")}}
    tasks = board_of(answers, headlines)["models"]["grpo"]["tasks"]
    assert tasks["sql"]["accuracy"] == 1.0
    assert tasks["sql"]["loss"] is None
    assert "accuracy" not in tasks["extract"]


def test_headline_metrics_have_intervals(answers):
    headlines = {"sql": lambda own: {"accuracy": sum(row["score"] > 0.6 for row in own) / len(own), "loss": float("nan")}}
    sql = board_of(answers, headlines)["models"]["sft"]["tasks"]["sql"]
    low, high = sql["intervals"]["accuracy"]
    assert 0 < low < sql["accuracy"] < high < 1
    assert sql["intervals"]["loss"] == [None, None]
    assert "intervals" not in board_of(answers)["models"]["sft"]["tasks"]["sql"]


def test_a_headline_gets_components_as_a_dict(answers):
    headlines = {"sql": lambda own: {"runs": sum(row["components"]["runs"] for row in own) / len(own)}}
    assert board_of(answers, headlines)["models"]["sft"]["tasks"]["sql"]["runs"] == 1.0


def test_a_task_without_a_grader_has_no_part_in_the_overall_score(answers):
    before = board_of(answers)
    for model in answers:
        answers[model] += [row | {"score": None, "sampled": None} for row in rows(model, tasks=("general",), n=5)]
    board = board_of(answers, {"general": lambda own: {"loss": 2.5}})
    assert board["models"]["sft"]["overall"] == before["models"]["sft"]["overall"]
    assert board["differences"] == before["differences"]
    assert board["models"]["sft"]["tasks"]["general"]["loss"] == 2.5
    assert board["models"]["sft"]["tasks"]["general"]["score"] is None
    assert "general" not in {row["task"] for row in plot_rows(board)}


def test_a_single_prompt_gives_unbounded_intervals_and_no_error():
    board = board_of({model: rows(model, tasks=("sql",), n=1) for model in SKILL})
    assert (board["models"]["sft"]["overall"]["low"], board["models"]["sft"]["overall"]["high"]) == (0.0, 1.0)
    assert all(row["low"] == -1.0 and row["high"] == 1.0 for row in board["differences"])


def test_shown_follows_the_adjusted_p_value(answers):
    for row in board_of(answers)["differences"]:
        assert row["shown"] == (row["p_holm"] < 0.05)


def with_shuffled(answers, share):
    """The answers with shuffled scores of about `share[model]` times their own scores."""
    rng = random.Random(5)
    for model, own in answers.items():
        for row in own:
            row["sampled"] = 0.9 * row["score"]
            for column, shuffled in (("score", "shuffled"), ("sampled", "sampled_shuffled")):
                mean = share[model] * row[column]
                row[shuffled] = mean + rng.uniform(-0.1, 0.1) * min(mean, 1 - mean)
    return answers


def test_reads_prompt_is_true_only_for_a_gain_by_reading(answers):
    """SFT's answers depend on the prompt. GRPO earns more, but its answers earn as much on any prompt."""
    board = board_of(with_shuffled(answers, {"base": 0.5, "sft": 0.1, "grpo": 1.0}))
    for row in board["differences"]:
        assert row["shown"] and row["mean"] > 0
        assert row["reads_prompt"] is (row["better"] == "sft"), row
        assert (row["own_less_shuffled"] > 0) is row["reads_prompt"]
        assert row["own_less_shuffled_low"] < row["own_less_shuffled"] < row["own_less_shuffled_high"]
    assert board["controls"]["sql"]["shuffled"]["grpo"] == pytest.approx(SKILL["grpo"], abs=0.1)


def test_a_model_that_ignores_the_prompt_gains_nothing_by_reading(answers):
    for row in answers["grpo"]:
        row |= {"score": 0.9, "sampled": 0.9}  # the same reply to every prompt
    board = board_of(with_shuffled(answers, {"base": 1.0, "sft": 1.0, "grpo": 1.0}))
    assert not any(row["reads_prompt"] for row in board["differences"])


def test_without_shuffles_reads_prompt_is_unknown(answers):
    board = board_of(answers)
    assert {row["reads_prompt"] for row in board["differences"]} == {None}
    assert {row["own_less_shuffled_p_holm"] for row in board["differences"]} == {None}
    assert board["controls"]["sql"] == dict.fromkeys(("constant", "majority", "copy", "baseline", "how")) | {
        "shuffled": {"base": None, "sft": None, "grpo": None}
    }


def test_controls_are_listed_for_graded_tasks_only(answers):
    for model in answers:
        answers[model] += [row | {"score": None, "sampled": None} for row in rows(model, tasks=("general",), n=5)]
    known = {
        "constant": 0.2,
        "copy": 0.0,
        "majority": 0.1,
        "baseline": {"name": "nearest", "score": 0.3},
        "how": {"constant": "gold"},
    }
    board = board_of(answers, controls={"sql": known})
    assert set(board["controls"]) == {"extract", "sql"}
    assert {key: board["controls"]["sql"][key] for key in known} == known


def test_the_headline_holds_shown_and_reads_prompt(answers):
    numbers = headline(board_of(with_shuffled(answers, {"base": 0.5, "sft": 0.1, "grpo": 1.0})))
    assert numbers["sft_over_base_shown"] is numbers["sft_over_base_reads_prompt"] is numbers["grpo_over_sft_shown"] is True
    assert numbers["grpo_over_sft_reads_prompt"] is False
    assert len(numbers) <= 14


def test_rows_are_clustered_by_cluster_rather_than_entity(answers):
    own = {"sft": [row | {"entity": f"{number}"} for number, row in enumerate(answers["sft"])]}
    by_entity = board_of(own)["models"]["sft"]["overall"]
    for number, row in enumerate(own["sft"]):
        row["cluster"] = f"template {number // 20}"
    by_cluster = board_of(own)["models"]["sft"]["overall"]
    assert by_cluster["high"] - by_cluster["low"] != by_entity["high"] - by_entity["low"]


def test_without_cluster_rows_are_clustered_by_entity(answers):
    by_entity = board_of(answers)["models"]["sft"]["overall"]
    for row in answers["sft"]:
        row["entity"] = None
    assert board_of({"sft": answers["sft"]})["models"]["sft"]["overall"]["low"] != by_entity["low"]


def test_differences_are_clustered_by_cluster_rather_than_entity(answers):
    for model in answers:
        for number, row in enumerate(answers[model]):
            row["cluster"] = f"template {number % 8}"
    assert board_of(answers)["differences"][0]["clusters"] == 8
    for model in answers:
        for row in answers[model]:
            row["cluster"] = None
    assert board_of(answers)["differences"][0]["clusters"] == 20, "entities, with two rows in each of two tasks"


def test_the_version_depends_on_content_only(answers):
    sft = answers["sft"]
    version = suite_version(sft)
    assert suite_version(answers["grpo"][::-1]) == version
    for column in ("task", "id", "prompt", "gold"):
        assert suite_version([sft[0] | {column: "another"}, *sft[1:]]) != version
    assert board_of(answers, version="v2")["suite"]["version"] == "v2"


def test_plot_rows_hold_every_model_and_task(answers):
    bars = plot_rows(board_of(answers))
    assert len(bars) == 3 * 3
    assert set(bars[0]) == {"model", "task", "score", "low", "high"}
    assert [bar["task"] for bar in bars[:3]] == ["overall", "extract", "sql"]


class TestErrors:
    def test_a_prompt_that_one_model_lacks(self, answers):
        del answers["grpo"][3]
        with pytest.raises(TableError, match="grpo has no answer to prompt 'r3' of sql, which sft answers"):
            board_of(answers)

    def test_a_prompt_that_only_the_later_model_has(self, answers):
        del answers["base"][3:6]
        with pytest.raises(TableError, match=r"base has no answer to prompt 'r3' of sql \(and 2 more\), which sft answers"):
            board_of(answers)

    @pytest.mark.parametrize("column", ["prompt", "gold"])
    def test_different_prompts_with_the_same_id(self, answers, column):
        answers["sft"][0][column] = "something else"
        with pytest.raises(TableError, match=f"different {column} for prompt 'r0' of sql"):
            board_of(answers)

    def test_two_answers_to_one_prompt(self, answers):
        answers["sft"].append(answers["sft"][0])
        with pytest.raises(TableError, match="sft answers prompt 'r0' of sql twice"):
            board_of(answers)

    @pytest.mark.parametrize("column", ["score", "sampled", "shuffled", "sampled_shuffled"])
    @pytest.mark.parametrize("bad", [float("nan"), 1.2, -0.1])
    def test_a_score_outside_0_to_1(self, answers, column, bad):
        answers["sft"][0][column] = bad
        with pytest.raises(VerifierError, match=f"sft has {column} .* for prompt 'r0' of sql"):
            board_of(answers)

    def test_a_task_with_some_scores_missing(self, answers):
        for model in answers:
            answers[model][0]["score"] = None
        with pytest.raises(VerifierError, match="base has no score for 1 of 40 answers to sql"):
            board_of(answers)

    def test_a_task_graded_for_one_model_only(self, answers):
        answers["sft"][0]["score"] = None
        with pytest.raises(VerifierError, match="graded for only one of base and sft"):
            board_of(answers)

    def test_components_that_are_not_json(self, answers):
        answers["sft"][0]["components"] = "{"
        with pytest.raises(TableError, match="components of prompt 'r0' of sql are not a JSON object"):
            board_of(answers, {"sql": lambda own: {}})

    def test_a_headline_with_reserved_names(self, answers):
        with pytest.raises(VerifierError, match="headline of sql returns low, n"):
            board_of(answers, {"sql": lambda own: {"n": 1.0, "low": 0.0, "fine": 1.0}})

    @pytest.mark.parametrize(
        ("empty", "message"),
        [
            pytest.param({}, "no answers to score", id="no models"),
            pytest.param({"sft": []}, "sft has no answers", id="no rows"),
            pytest.param(
                {"sft": [row | {"score": None} for row in rows("sft")]}, "none of the tasks sql, extract is graded", id="ungraded"
            ),
        ],
    )
    def test_nothing_to_score(self, empty, message):
        with pytest.raises(EmptyError, match=message):
            board_of(empty)
