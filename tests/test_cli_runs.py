"""vitrine report and vitrine diff: the report's stamped copy, and the scores of two runs side by side."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.reporting.conftest import made_answers, made_board
from vitrine import cli, tables
from vitrine.lineage import digest
from vitrine.reporting.scores.page import STAMP
from vitrine.tables.answers import ANSWERS


def git(root: Path, *arguments: str) -> str:
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    return subprocess.run(["git", *author, *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()


def write_run(root: Path, answers: dict[str, list[dict[str, Any]]], params: dict[str, Any]) -> None:
    (root / "metrics").mkdir(parents=True, exist_ok=True)
    (root / "metrics/benchmark.json").write_text(json.dumps(made_board(answers)))
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    for model, rows in answers.items():
        tables.write(root / "data/answers" / f"{model}.parquet", rows, ANSWERS)


def keep_in_cache(root: Path) -> None:
    """Put data/answers into DVC's cache and name it in dvc.lock, as `dvc repro` does."""
    files = []
    for file in sorted((root / "data/answers").glob("*.parquet")):
        content = file.read_bytes()
        files.append({"md5": hashlib.md5(content).hexdigest(), "relpath": file.name})
        store(root, files[-1]["md5"], content)
    listing = json.dumps(files).encode()
    digest = f"{hashlib.md5(listing).hexdigest()}.dir"
    store(root, digest, listing)
    lock = {"stages": {"benchmark": {"outs": [{"path": "data/answers", "md5": digest}]}}}
    (root / "dvc.lock").write_text(yaml.safe_dump(lock))


def store(root: Path, digest: str, content: bytes) -> None:
    path = root / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


ANSWERED = made_answers(n=30)
BETTER = {
    model: [row | {"score": min(1.0, row["score"] + 0.2), "answer": "better"} if row["task"] == "sql" else row for row in rows]
    for model, rows in ANSWERED.items()
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one committed run, and a working tree in which the SQL scores are higher."""
    root = tmp_path / "checkout"
    (root / "conf").mkdir(parents=True)
    (root / "conf/stage.yaml").touch()
    (root / ".gitignore").write_text("data/\n.dvc/\noutputs/\n")
    write_run(root, ANSWERED, {"grpo": {"temperature": 0.9, "steps": 40}, "copies": {"grpo": {"temperature": 0.9}}})
    keep_in_cache(root)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    write_run(root, BETTER, {"grpo": {"temperature": 1.0, "steps": 40}, "copies": {"grpo": {"temperature": 1.0}}, "new": 1})
    monkeypatch.chdir(root)
    return root


def test_diff_pairs_the_working_tree_with_head(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diff"]) == 0
    lines = capsys.readouterr().out.splitlines()
    by_task = {line.split()[0]: line for line in lines if line}
    assert lines[0] == "model grpo"
    assert by_task["sql"].split()[-3:] == ["+0.149]", "30", "shown"]
    assert by_task["extract"].endswith("30   same replies") and "+0.000" in by_task["extract"]
    assert by_task["overall"].endswith("150  shown")
    assert any(line.startswith("paired prompt by prompt") for line in lines)
    assert lines[-3:] == [
        "settings that differ (HEAD -> workspace):",
        "  grpo.temperature: 0.9 -> 1.0",
        "  only in workspace: 1 keys (new)",
    ]


def test_the_overall_difference_is_labelled_if_it_is_over_common_prompts(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(repository, {model: rows[:-10] for model, rows in BETTER.items()}, {"grpo": {"temperature": 1.0}})
    assert cli.main(["diff"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("overall")]
    overall, common = lines
    assert overall.endswith("]") and "shown" not in overall, "the scores of all prompts, without a difference"
    assert common.startswith("overall, common prompts  ") and common.split()[-2:] == ["140", "shown"]


def test_diff_without_answers_says_that_it_is_not_paired(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in (repository / ".dvc/cache").rglob("*"):
        if file.is_file():
            file.unlink()
    assert cli.main(["diff", "HEAD", "workspace", "--model", "sft"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("model sft\n") and "not paired, so no difference is shown: both runs' answers" in printed
    assert "shown" not in printed.partition("not paired")[0]
    assert "the answers of HEAD are not on this machine, or have the columns of another version\n" in printed, (
        "no remote has them"
    )
    assert "the answers of workspace" not in printed
    (repository / ".dvc/config").write_text("['remote \"shared\"']\n    url = /mnt/shared\n")
    assert cli.main(["diff"]) == 0
    assert "another version: `dvc fetch --all-commits benchmark` may get them\n" in capsys.readouterr().out


PIPELINE = {
    "sft": {"cmd": "sft", "deps": ["vitrine/training/"], "outs": ["models/sft"]},
    "benchmark": {"cmd": "benchmark", "deps": ["models/sft"], "outs": ["data/answers"]},
    "report": {"cmd": "report", "deps": ["data/answers"]},
}


def write_lock(root: Path, *, model: str = "a") -> None:
    """A dvc.yaml and the dvc.lock of a run with the current params.yaml and code."""
    (root / "vitrine/training").mkdir(parents=True, exist_ok=True)
    (root / "vitrine/training/loop.py").touch()
    (root / "dvc.yaml").write_text(yaml.safe_dump({"stages": PIPELINE}))
    code = {"path": "vitrine/training/", "md5": digest(root / "vitrine/training")}
    params = yaml.safe_load((root / "params.yaml").read_text())
    lock = {
        "sft": {
            "deps": [code],
            "params": {"params.yaml": {"grpo": params["grpo"]}},
            "outs": [{"path": "models/sft", "md5": model}],
        },
        "benchmark": {"deps": [{"path": "models/sft", "md5": "a"}], "outs": [{"path": "data/answers", "md5": "b"}]},
        "report": {"params": {"params.yaml": {"new": 2}}},
        "renamed": {"params": {"params.yaml": {"new": 2}}, "outs": [{"path": "models/sft", "md5": "c"}]},
    }
    (root / "dvc.lock").write_text(yaml.safe_dump({"stages": lock}))


def test_scores_of_other_settings_or_code_are_not_presented_as_new(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def messages() -> tuple[str, str]:
        assert cli.main(["scores"]) == 0
        error = capsys.readouterr().err
        assert cli.main(["diff"]) == 0
        return error, capsys.readouterr().out.splitlines()[0]

    assert messages() == ("", "model grpo"), "a dvc.lock without the benchmark's stages says nothing"
    write_lock(repository)
    assert messages() == ("", "model grpo")
    write_lock(repository, model="newer")
    sentence = "the benchmark is behind (benchmark has not run since an earlier stage wrote other data): run `dvc repro`"
    assert sentence in messages()[0]
    write_lock(repository)
    (repository / "vitrine/training/loop.py").write_text("changed = True")
    sentence = (
        "the benchmark has not run with this code (changed: vitrine/training): run `dvc repro`; below are the scores of the"
    )
    error, first = messages()
    assert error.startswith(f"vitrine scores: {sentence}") and first.startswith(f"workspace: {sentence}")
    (repository / "params.yaml").write_text(yaml.safe_dump({"grpo": {"temperature": 1.5, "steps": 40}}))
    sentence = "the benchmark has not run with these settings (changed: settings of sft): run `dvc repro`"
    error, first = messages()
    assert sentence in error and first.startswith(f"workspace: {sentence}")


def test_diff_knows_folders_files_and_experiments(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "other", ANSWERED, {"grpo": {"temperature": 0.5}})
    assert cli.main(["diff", str(tmp_path / "other")]) == 0
    assert "grpo.temperature: 0.5 -> 1.0" in capsys.readouterr().out
    assert cli.main(["diff", str(tmp_path / "other/metrics/benchmark.json"), "HEAD"]) == 0
    assert "settings: not compared" in capsys.readouterr().out
    git(repository, "update-ref", "refs/exps/ab/cdef/wordy-name", git(repository, "rev-parse", "HEAD"))
    assert cli.main(["diff", "wordy-name"]) == 0
    assert "grpo.temperature: 0.9 -> 1.0" in capsys.readouterr().out


def test_diff_pairs_only_the_same_prompts(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = {
        model: [row | {"prompt": row["prompt"] + " "} if row["task"] == "sql" else row for row in rows]
        for model, rows in BETTER.items()
    }
    write_run(repository, other, {})
    assert cli.main(["diff"]) == 0
    printed = capsys.readouterr().out
    assert "the test prompts differ (version " in printed
    (sql,) = [line for line in printed.splitlines() if line.startswith("sql")]
    assert "shown" not in sql and "[+" not in sql.split("]")[-1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "nowhere is no folder, Git revision or DVC experiment here"),
        (["HEAD", "empty"], "empty has no benchmark (empty/metrics/benchmark.json does not exist)"),
        (["bare"], "bare has no benchmark (metrics/benchmark.json is not in commit "),
        (["--model", "gpt"], "HEAD has no model 'gpt'; choose one of "),
        (["broken.json"], "broken.json is not JSON"),
    ],
)
def test_diff_of_a_run_that_is_not_there_is_one_sentence(
    repository: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "empty").mkdir()
    (repository / "broken.json").write_text("{")
    git(repository, "branch", "bare", git(repository, "commit-tree", "-m", "bare", EMPTY))
    assert cli.main(["diff", *arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"vitrine diff: {sentence}") and error.count("\n") == 1


EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # Git's empty tree


def test_report_copies_the_page_with_commit_and_date(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "metrics/report.html").write_text(f"<body>{STAMP}<p>the report</p></body>")
    (repository / "metrics/accounting.html").write_text("rows")
    (repository / "timings").mkdir()
    (repository / "timings/report.json").write_text('{"began": "2026-01-02T03:04:05Z"}')
    assert cli.main(["report", "--no-open"]) == 0
    copy = repository / "outputs/report.html"
    assert capsys.readouterr().out == f"{copy}\n"
    text = copy.read_text()
    commit = git(repository, "rev-parse", "--short=12", "HEAD")
    assert f"report made on 2026-01-02T03:04:05Z; commit {commit} with uncommitted changes</p><p>the report" in text
    assert (repository / "outputs/accounting.html").read_text() == "rows"
    assert STAMP in (repository / "metrics/report.html").read_text(), "the pipeline's own file stays as it is"
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: not opened.append(address))
    assert cli.main(["report"]) == 0
    assert opened == [copy.as_uri()]


def test_report_without_a_page_is_one_sentence(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "--no-open"]) == 1
    assert "report.html does not exist: run `dvc repro report`" in capsys.readouterr().err
