"""The stage `report`: its settings, its page and its errors."""

import html
import json
import shutil

import pytest

from stages.report import Report, main
from tests.reporting.conftest import write_accounting
from vitrine import tables
from vitrine.errors import TableError
from vitrine.settings import parse
from vitrine.tables.answers import ANSWERS


def settings(root, **changes):
    metrics = root / "metrics"
    values = {
        "benchmark": metrics / "benchmark.json",
        "answers": root / "answers",
        "accounting": root / "accounting.json",
        "curves": {name: metrics / "curves" / f"{name}.csv" for name in ("base", "sft", "grpo")},
        "metrics": [metrics / "ingest/olist.json", metrics / "grpo.json"],
        "report": root / "out" / "report.html",
        "recipe": "vitrine",
        "scale": "cpu",
        "lm": {"origin": "scratch", "template": "chatml", "layers": 4, "hidden": 128},
        "sources": {"olist": {"origin": "sample", "rows": 2000, "seed": 7, "selected": True, "path": None}},
        "minimum": 0.5,
        "embedded": 1_000_000,
        "examples": 2,
    }
    return parse(Report, "report", values | changes)


def test_the_stage_writes_the_page(pipeline):
    metrics = main.body(settings(pipeline))
    page = (pipeline / "out/report.html").read_bytes()
    assert {key: metrics[key] for key in ("models", "answers", "bytes")} == {"models": 3, "answers": 600, "bytes": len(page)}
    assert f'Fingerprint <span class="code">{metrics["fingerprint"]}</span>'.encode() in page
    assert len(page) < 2_000_000
    assert metrics["verdicts"]["extract"]["verdict"] == "fit"
    assert metrics["verdicts"]["extract"]["above_baseline"]["paired"] and metrics["verdicts"]["extract"]["reasons"] == []
    json.dumps(metrics, allow_nan=False)
    assert page.count(b"<article") == 5 * 2
    assert [path.name for path in (pipeline / "out").iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    "changes",
    [
        {"examples": 1},
        {"curves": {}},
        {"metrics": []},
        {"answers": "nowhere"},
        {"recipe": "tucano2"},
        {"scale": "smoke"},
        {"lm": {"origin": "hub", "name": "a/b", "revision": "main"}},
        {"sources": {}},
        {"minimum": 0.95},
        {"embedded": 9_000},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_setting_changes_the_page(pipeline, changes):
    main.body(settings(pipeline))
    page = (pipeline / "out/report.html").read_bytes()
    main.body(settings(pipeline, **changes))
    assert (pipeline / "out/report.html").read_bytes() != page


def test_whose_files_a_source_is_comes_from_the_accounting(pipeline, tmp_path):
    path = {"olist": {"origin": "path", "rows": 0, "seed": 7, "selected": True}}
    for provenance, words in (("published", "the publisher's files (olist)"), ("own", "your own files (olist)")):
        write_accounting(tmp_path / "accounting.json", provenance)
        main.body(settings(pipeline, sources=path, accounting=tmp_path / "accounting.json"))
        assert words in html.unescape((pipeline / "out/report.html").read_text())


def test_answers_of_another_benchmark_are_an_error(pipeline, tmp_path):
    shutil.copytree(pipeline / "answers", tmp_path / "answers")
    rows = tables.read(tmp_path / "answers/grpo.parquet", ANSWERS)
    tables.write(tmp_path / "answers/grpo.parquet", rows[1:], ANSWERS)
    with pytest.raises(TableError, match=r"the answers of grpo to describe .* are not those of the scoreboard") as error:
        main.body(settings(pipeline, answers=tmp_path / "answers"))
    assert "dvc repro -f benchmark" in str(error.value) and "\n" not in str(error.value)


def test_answers_of_models_that_were_not_scored_are_left_out(pipeline):
    extra = pipeline / "answers" / "another.parquet"
    extra.write_bytes(b"not even parquet")
    try:
        assert main.body(settings(pipeline))["answers"] == 600
    finally:
        extra.unlink()


def test_damaged_answers_stop_the_stage_and_leave_no_file(pipeline, tmp_path):
    (tmp_path / "sft.parquet").write_bytes(b"PAR1")
    with pytest.raises(TableError, match=r"sft\.parquet is not a whole parquet file"):
        main.body(settings(pipeline, answers=tmp_path, report=tmp_path / "out" / "report.html"))
    assert not (tmp_path / "out").exists()


def test_a_missing_scoreboard_is_an_error(pipeline, tmp_path):
    with pytest.raises(TableError, match=r"benchmark\.json cannot be read"):
        main.body(settings(pipeline, benchmark=tmp_path / "benchmark.json"))
