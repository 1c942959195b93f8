"""Tables of results in Markdown: their cells are the numbers of the scoreboard."""

import copy

import pytest

from vitrine import cli
from vitrine.reporting.scores.table import best_baseline, summary, table
from vitrine.reporting.verdicts import outcome, overall


def cells(text):
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return {row[0]: dict(zip(head, row, strict=True)) for row in rows}


def test_table_has_scores_the_last_gain_and_controls(board):
    rows = cells(table(board))
    assert list(rows["`sql`"]) == [
        "",
        "base",
        "SFT",
        "GRPO",
        "GRPO − SFT",
        "constant",
        "nearest",
        "SFT shuffled",
        "GRPO shuffled",
    ]
    assert list(rows) == ["**overall**", *(f"`{task}`" for task in sorted(board["controls"])), "overall, sampled"]
    sql, score = rows["`sql`"], board["models"]["sft"]["tasks"]["sql"]
    assert sql["SFT"] == f"{score['score']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"
    assert (sql["constant"], sql["nearest"]) == ("0.210", "0.300")
    assert sql["SFT shuffled"] == f"{board['controls']['sql']['shuffled']['sft']:.3f}"
    assert rows["`insights`"]["GRPO − SFT"].endswith("], not shown to read the prompt")
    assert rows["overall, sampled"]["base"] == ""


def test_only_gains_shown_to_read_the_prompt_are_bold(board):
    row = next(row for row in board["differences"] if (row["better"], row["task"], row["decoding"]) == ("grpo", "sql", "greedy"))
    changed = copy.deepcopy(board)
    for one in changed["differences"]:
        one |= {"shown": True, "mean": 0.1, "low": 0.05, "high": 0.15, "reads_prompt": True}
    assert cells(table(changed))["`sql`"]["GRPO − SFT"] == "**+0.100 [0.050, 0.150]**"
    assert outcome(row | {"shown": True, "mean": -0.1, "reads_prompt": False}) == "shown", "a loss needs no reading"
    assert outcome(row | {"shown": False, "reads_prompt": True}) == "not shown"


def test_overall_controls_are_means_over_prompts(board):
    assert overall(board)["constant"] == pytest.approx((0.12 + 0.41 + 0.78 + 0.6 + 0.21) / 5)
    lacking = copy.deepcopy(board)
    lacking["controls"]["sql"]["baseline"] = None
    assert overall(lacking)["baseline"] is None and overall(lacking)["constant"] is not None


def test_vitrine_scores_prints_the_table(pipeline, board, capsys):
    assert cli.main(["scores", str(pipeline / "metrics" / "benchmark.json")]) == 0
    assert capsys.readouterr().out.strip() == table(board)


def test_summary_has_trained_models_and_the_best_baseline(board):
    rows = cells(summary(board))
    sql, score = rows["`sql`"], board["models"]["sft"]["tasks"]["sql"]
    assert list(sql) == ["", "prompts", "SFT", "GRPO", "GRPO − SFT", "best baseline", "SFT shuffled"]
    assert list(rows) == ["**overall**", *(f"`{task}`" for task in sorted(board["controls"]))]
    assert sql["prompts"] == str(score["n"])
    assert sql["SFT"] == f"{score['score']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"
    assert sql["best baseline"] == "0.300 (nearest)"
    assert sql["GRPO − SFT"] == cells(table(board))["`sql`"]["GRPO − SFT"]


def test_best_baseline_is_the_highest_control_that_is_known(board):
    board = copy.deepcopy(board)
    board["controls"]["sql"] = {"constant": 0.4, "majority": 0.4, "copy": 0.1, "baseline": None}
    assert best_baseline(board, "sql") == ("constant", 0.4)
    board["controls"]["sql"] = {"copy": 0.1}
    assert best_baseline(board, "sql") == ("copy", 0.1)
    board["controls"] = {}
    assert best_baseline(board, "sql") is None
    assert cells(summary(board))["`sql`"]["best baseline"] == ""
