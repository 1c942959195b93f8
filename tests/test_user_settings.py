"""A user's own settings: kept by `vitrine set`, honoured by every way of starting, checked before anything is written or runs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, Run, ToyRepo
from vitrine import user_settings
from vitrine.errors import SettingsError


@pytest.fixture
def repo(repo: ToyRepo) -> ToyRepo:
    """The miniature with a second option of its one group."""
    (repo.root / "conf" / "toy" / "large.yaml").write_text("{source: null, rows: 50, trouble: none, seed: 7}\n")
    return repo


def vitrine(repo: ToyRepo, *words: str) -> "subprocess.CompletedProcess[str]":
    return repo.python("-m", "vitrine.cli", *words)


def toy(repo: ToyRepo) -> dict[str, object]:
    return dict(yaml.safe_load((repo.root / "params.yaml").read_text())["toy"])


def local(repo: ToyRepo) -> Path:
    return repo.root / "conf" / "user" / "local.yaml"


def test_set_keeps_a_value_that_later_composes_honour(repo: ToyRepo) -> None:
    done = vitrine(repo, "set", "toy.rows=5")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "toy.rows: 3 -> 5\nparams.yaml: 1 key changed\nwith your own settings (`vitrine settings`): toy.rows=5\n"
    )
    assert vitrine(repo, "compose", "toy.seed=9").returncode == 0
    assert (toy(repo)["rows"], toy(repo)["seed"]) == (5, 9)
    assert vitrine(repo, "compose").returncode == 0
    assert (toy(repo)["rows"], toy(repo)["seed"]) == (5, 7)
    assert vitrine(repo, "compose", "toy.rows=6").returncode == 0
    assert toy(repo)["rows"] == 6, "the command line wins"


@pytest.mark.slow
def test_groups_and_values_are_shown_and_dropped(repo: ToyRepo) -> None:
    assert vitrine(repo, "set", "toy=large", "toy.seed=8").returncode == 0
    assert (toy(repo)["rows"], toy(repo)["seed"]) == (50, 8)
    shown = vitrine(repo, "settings").stdout
    assert shown == "toy=large  (instead of default)\ntoy.seed=8  (instead of 7)\n"
    assert vitrine(repo, "unset", "toy.seed").returncode == 0
    assert (toy(repo)["rows"], toy(repo)["seed"]) == (50, 7)
    unknown = vitrine(repo, "unset", "toy.rows")
    assert (unknown.returncode, unknown.stderr) == (1, "vitrine unset: toy.rows is not set; set are: toy\n")
    assert vitrine(repo, "unset").returncode == 0
    assert toy(repo)["rows"] == 3
    assert not local(repo).exists(), "an empty file would be a section of its own"
    assert vitrine(repo, "settings").stdout == "nothing is set: `vitrine set KEY=VALUE`\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("toy.rows=many", "toy.rows: Input should be a valid integer, unable to parse string as an integer (got 'many')"),
        ("toy.rowz=5", "toy.rowz: there is no such key; allowed: rows, seed, source, trouble"),
        ("+toy.rowz=5", "toy.rowz: there is no such key; allowed: rows, seed, source, trouble"),
        ("toi.rows=5", "toi: there is no such section; allowed: "),
        ("toy=huge", "toy=huge: there is no such option; allowed: default, large"),
        ("toy.rows=1,2", "toy.rows=1,2: give a key one value, as in "),
        ("~toy.rows", "~toy.rows: give a key one value, as in "),
        ("toy.rows=[1", "toy.rows=[1: "),
    ],
)
def test_what_is_no_setting_is_refused_and_changes_nothing(repo: ToyRepo, word: str, said: str) -> None:
    assert vitrine(repo, "set", "toy.seed=8").returncode == 0
    before = local(repo).read_bytes(), (repo.root / "params.yaml").read_bytes()
    done = vitrine(repo, "set", word)
    assert done.returncode == 1
    assert done.stderr.startswith(f"vitrine set: {said}"), done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (local(repo).read_bytes(), (repo.root / "params.yaml").read_bytes()) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "user: conf/user/local.yaml is empty or does not begin with `# @package _global_`"),
        ("toy: {rows: 5}\n", "user: conf/user/local.yaml is empty or does not begin with `# @package _global_`"),
        ("# @package _global_\ntoy: {rowz: 5}\n", "toy.rowz: there is no such key; allowed: "),
        ("# @package _global_\ntoi: {rows: 5}\n", "toi: there is no such section; allowed: "),
        ("# @package _global_\ntoy: [\n", "conf/ holds a file that is not YAML (while parsing"),
    ],
)
def test_a_file_edited_by_hand_is_checked_too(repo: ToyRepo, text: str, said: str) -> None:
    local(repo).write_text(text)
    done = vitrine(repo, "compose")
    assert done.returncode == 1
    assert done.stderr.startswith(f"vitrine compose: {said}"), done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert vitrine(repo, "unset").returncode == 0, "the way out of it"


@pytest.mark.slow
def test_make_repro_composes_and_never_loses_an_edit(repo: ToyRepo, shell: Run) -> None:
    """`vitrine compose --keep-edits` is what `make repro` does first."""
    for words in (["git", "init", "-q"], ["git", "add", "."], ["git", "commit", "-qm", "first"], ["dvc", "init", "-q"]):
        assert shell(*words, cwd=repo.root).returncode == 0
    (repo.root / ".dvc" / "tmp").mkdir(exist_ok=True)

    def repro() -> "subprocess.CompletedProcess[str]":
        return vitrine(repo, "compose", "--keep-edits")

    repo.params(rows=4)
    assert shell("git", "commit", "-qam", "a colleague's settings", cwd=repo.root).returncode == 0
    assert repro().returncode == 1, "what a commit brought is not replaced by defaults"
    assert toy(repo)["rows"] == 4
    user_settings.write(repo.root / "conf", {"toy.rows": 5})
    assert repro().returncode == 0, "params.yaml is as Git has it, and one's own settings replace it"
    user_settings.write(repo.root / "conf", {"toy.rows": 6})
    assert repro().returncode == 0, "params.yaml is as it was composed last: nothing can be lost"
    assert toy(repo)["rows"] == 6
    repo.params(rows=7, seed=8)
    refused = repro()
    assert refused.returncode == 1
    assert "composing it would lose 2 keys. Keep them: `vitrine set toy.rows=7 toy.seed=8`;" in refused.stderr
    assert toy(repo)["rows"] == 7
    assert vitrine(repo, "set", "toy.rows=7", "toy.seed=8").returncode == 0
    assert repro().returncode == 0
    assert (toy(repo)["rows"], toy(repo)["seed"]) == (7, 8)
    assert vitrine(repo, "compose", "toy.seed=9").returncode == 0
    assert repro().returncode == 1, "what `compose` was told stands nowhere else"


@pytest.mark.slow
def test_a_model_that_is_set_is_said_to_stand_before_that_of_a_scale() -> None:
    own = {"scale": "smoke", "lm": "small"}
    said = "lm=small, which you set, is used; scale=smoke alone would choose lm=smoke"
    assert user_settings.find_conflicts(own, []) == [said]
    assert user_settings.find_conflicts({"lm": "small"}, ["scale=smoke", "seed=8"]) == [said]
    assert user_settings.find_conflicts({"lm": "small", "seed": 8}, []) == [], "over a default it is what is meant"
    assert user_settings.find_conflicts(own, ["lm=tiny"]) == []


def test_a_value_replaces_what_lies_below_and_above_it() -> None:
    block = user_settings.apply_overrides({"seed": 8}, ["benchmark.bertscore={name: a, layer: 17}"])
    assert block == {"seed": 8, "benchmark.bertscore.name": "a", "benchmark.bertscore.layer": 17}
    assert user_settings.apply_overrides(block, ["benchmark.bertscore=null"]) == {"seed": 8, "benchmark.bertscore": None}
    assert user_settings.apply_overrides({"a": None}, ["a.b='1.0'"]) == {"a.b": "1.0"}
    both = {"grpo": "default", "grpo.steps": 5}
    assert user_settings.apply_overrides({}, ["grpo=default", "grpo.steps=5"]) == both, "a group and a section may share a name"
    assert user_settings.apply_overrides(both, ["grpo=default"]) == both


@pytest.mark.parametrize("value", [1.0, "1.0", None, True, [1, "a b"], "häßlich: {x}", "${lm.context}", "a,b"])
def test_what_is_written_is_what_is_read(tmp_path: Path, value: object) -> None:
    (tmp_path / "scale").mkdir()
    own = {"scale": "smoke", "source@ingest.sources.olist": "olist", "a.b.c": value, "a.d": 1, "e": 2}
    (tmp_path / "source").mkdir()
    user_settings.write(tmp_path, own)
    assert user_settings.read(tmp_path) == own
    user_settings.write(tmp_path, {})
    assert user_settings.read(tmp_path) == {}


def test_a_file_that_is_no_yaml_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "user").mkdir()
    for text in ("a: [", "- 3\n", "defaults: [3]\n"):
        (tmp_path / user_settings.FILE).write_text(text)
        with pytest.raises(SettingsError, match=r"cannot be read .*vitrine unset"):
            user_settings.read(tmp_path)


# ------------------------------------------------------------------------------------------------------- experiments

PIPELINE = """stages:
  toy:
    cmd: exec ./stage toy
    deps: [stages/toy.py]
    params: [toy]
    metrics:
      - metrics/toy.json: {cache: false}
"""


@pytest.fixture
def pipeline(repo: ToyRepo, shell: Run) -> ToyRepo:
    """The miniature as a repository of Git and DVC with one stage."""
    (repo.root / "dvc.yaml").write_text(PIPELINE)
    shutil.copy(ROOT / ".gitignore", repo.root)
    for words in (["git", "init", "-q"], ["dvc", "init", "-q"]):
        assert shell(*words, cwd=repo.root).returncode == 0
    shutil.copy(ROOT / ".dvc" / "config", repo.root / ".dvc")
    for words in (["git", "add", "."], ["git", "commit", "-qm", "first"]):
        assert shell(*words, cwd=repo.root).returncode == 0
    return repo


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_experiments_honour_what_is_set(pipeline: ToyRepo, shell: Run) -> None:
    def experiment(*words: str) -> "subprocess.CompletedProcess[str]":
        return shell("dvc", "exp", "run", *words, cwd=pipeline.root)

    def status() -> str:
        return shell("git", "status", "--porcelain", cwd=pipeline.root).stdout

    def queued() -> dict[str, object]:
        stash = shell("git", "show", "refs/exps/celery/stash:params.yaml", cwd=pipeline.root)
        return dict(yaml.safe_load(stash.stdout)["toy"])

    assert vitrine(pipeline, "set", "toy.rows=5").returncode == 0
    before = status()
    for words in (["--queue"], [], ["--temp"]):
        refused = experiment(*words, "-S", "toy.rows=many")
        assert refused.returncode == 1
        assert refused.stderr.splitlines()[-1].startswith("vitrine: toy.rows: Input should be a valid integer")
        unknown = experiment(*words, "-S", "+toy.rowz=1")
        assert "vitrine: toy.rowz: there is no such key; allowed: rows," in unknown.stderr
        assert (unknown.returncode, status()) == (1, before), "nothing ran, nothing is left behind"
    assert "No experiment" in shell("dvc", "queue", "status", cwd=pipeline.root).stdout

    done = experiment("--queue", "-S", "toy.seed=8")
    assert done.returncode == 0, done.stderr
    assert "vitrine: with your own settings (`vitrine settings`): toy.rows=5\n" in done.stderr
    assert (queued()["rows"], queued()["seed"]) == (5, 8)
    assert experiment("--queue", "-S", "toy.rows=6", "-S", "toy.seed=9").returncode == 0
    assert (queued()["rows"], queued()["seed"]) == (6, 9), "-S wins"
    vitrine(pipeline, "set", "toy.rows=7")
    assert (queued()["rows"], queued()["seed"]) == (6, 9), "a queued run is what it was when it was queued"

    done = experiment("--temp", "-S", "toy.seed=10", "-n", "apart")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "differs from conf/" not in done.stderr, "an experiment is meant to differ"
    (apart,) = shell("git", "for-each-ref", "--format=%(refname)", "refs/exps/*/*/apart", cwd=pipeline.root).stdout.split()
    assert '"rows": 7' in shell("git", "show", f"{apart}:metrics/toy.json", cwd=pipeline.root).stdout
    done = experiment("-S", "toy.seed=11")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (toy(pipeline)["rows"], toy(pipeline)["seed"]) == (7, 11)


@pytest.mark.slow
def test_a_stage_finds_the_python_of_the_checkout(pipeline: ToyRepo) -> None:
    """As `.venv/bin/dvc repro` starts it, without .venv/bin on PATH; in a queued run too, which lies in the checkout."""
    python = pipeline.root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    inner = pipeline.root / ".dvc" / "tmp" / "exps" / "tmp1"
    shutil.copytree(pipeline.root, inner, ignore=shutil.ignore_patterns(".dvc", ".venv", ".git"))
    for folder in (pipeline.root, inner):
        done = subprocess.run(
            ["/bin/sh", "-c", "exec ./stage toy toy.rows=4"],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert '"rows": 4' in (folder / "metrics" / "toy.json").read_text()
    assert len((ROOT / "stage").read_text().splitlines()) <= 7
