"""The table of results in the README: what it says follows from the scoreboard, and the README has the committed one."""

import copy
import json
from pathlib import Path

import pytest

from vitrine import cli
from vitrine.reporting.scores.table import table
from vitrine.reporting.verdicts import overall, said

ROOT = Path(__file__).resolve().parents[2]
BOARD = ROOT / "metrics" / "benchmark.json"


def cells(text):
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return {row[0]: dict(zip(head, row, strict=True)) for row in rows}


def test_it_holds_scores_the_last_gain_and_controls(board):
    found = cells(table(board))
    assert list(found["`sql`"]) == [
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
    assert list(found) == ["**overall**", *(f"`{task}`" for task in sorted(board["controls"])), "overall, sampled"]
    sql, score = found["`sql`"], board["models"]["sft"]["tasks"]["sql"]
    assert sql["SFT"] == f"{score['score']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"
    assert (sql["constant"], sql["nearest"]) == ("0.210", "0.300")
    assert sql["SFT shuffled"] == f"{board['controls']['sql']['shuffled']['sft']:.3f}"
    assert found["`insights`"]["GRPO − SFT"].endswith("], not shown to read the prompt")
    assert found["overall, sampled"]["base"] == ""


def test_only_what_is_shown_to_read_the_prompt_is_in_bold(board):
    row = next(row for row in board["differences"] if (row["better"], row["task"], row["decoding"]) == ("grpo", "sql", "greedy"))
    changed = copy.deepcopy(board)
    for one in changed["differences"]:
        one |= {"shown": True, "mean": 0.1, "low": 0.05, "high": 0.15, "reads_prompt": True}
    assert cells(table(changed))["`sql`"]["GRPO − SFT"] == "**+0.100 [0.050, 0.150]**"
    assert said(row | {"shown": True, "mean": -0.1, "reads_prompt": False}) == "shown", "a loss needs no reading"
    assert said(row | {"shown": False, "reads_prompt": True}) == "not shown"


def test_overall_controls_are_means_over_prompts(board):
    assert overall(board)["constant"] == pytest.approx((0.12 + 0.41 + 0.78 + 0.6 + 0.21) / 5)
    lacking = copy.deepcopy(board)
    lacking["controls"]["sql"]["baseline"] = None
    assert overall(lacking)["baseline"] is None and overall(lacking)["constant"] is not None


def test_the_command_prints_it(pipeline, board, capsys):
    assert cli.main(["scores", str(pipeline / "metrics" / "benchmark.json")]) == 0
    assert capsys.readouterr().out.strip() == table(board)


def test_the_readme_has_the_committed_results():
    assert table(json.loads(BOARD.read_text())) in (ROOT / "README.md").read_text(), "paste the output of `vitrine scores`"
