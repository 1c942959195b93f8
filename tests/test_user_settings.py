"""A user's own settings: `vitrine set` keeps them, every compose and experiment uses them, and all are checked first."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, Run, ToyRepo
from vitrine import user_settings
from vitrine.cli import compose
from vitrine.errors import SettingsError
from vitrine.params import composition, differences


@pytest.fixture
def repo(repo: ToyRepo) -> ToyRepo:
    """The toy repository with a second option in its group."""
    (repo.root / "conf" / "toy" / "large.yaml").write_text("{source: null, rows: 50, trouble: none, seed: 7}\n")
    return repo


def vitrine(repo: ToyRepo, *args: str) -> "subprocess.CompletedProcess[str]":
    return repo.python("-m", "vitrine.cli", *args)


def toy(repo: ToyRepo) -> dict[str, object]:
    return dict(yaml.safe_load((repo.root / "params.yaml").read_text())["toy"])


def local(repo: ToyRepo) -> Path:
    return repo.root / "conf" / "user" / "local.yaml"


def test_set_keeps_a_value_for_later_composes(repo: ToyRepo) -> None:
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
def test_settings_and_unset_work_for_groups_and_values(repo: ToyRepo) -> None:
    assert vitrine(repo, "set", "toy=large", "toy.seed=8").returncode == 0
    assert (toy(repo)["rows"], toy(repo)["seed"]) == (50, 8)
    listing = vitrine(repo, "settings").stdout
    assert listing == "toy=large  (instead of default)\ntoy.seed=8  (instead of 7)\n"
    assert vitrine(repo, "set", "toy.source=mine").returncode == 0
    assert "toy.source=mine  (not set by default)\n" in vitrine(repo, "settings").stdout
    assert vitrine(repo, "unset", "toy.source").returncode == 0
    assert vitrine(repo, "unset", "toy.seed").returncode == 0
    assert (toy(repo)["rows"], toy(repo)["seed"]) == (50, 7)
    unknown = vitrine(repo, "unset", "toy.rows")
    assert (unknown.returncode, unknown.stderr) == (1, "vitrine unset: toy.rows is not set; set are: toy\n")
    assert vitrine(repo, "unset").returncode == 0
    assert toy(repo)["rows"] == 3
    assert not local(repo).exists(), "Hydra would take an empty file as a section"
    assert vitrine(repo, "settings").stdout == "nothing is set: `vitrine set KEY=VALUE`\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("toy.rows=many", "toy.rows: Input should be a valid integer, unable to parse string as an integer (got 'many')"),
        ("toy.rowz=5", "toy.rowz: there is no such key; did you mean rows? Allowed: rows, seed, source, trouble"),
        ("+toy.rowz=5", "toy.rowz: there is no such key; did you mean rows? Allowed: rows, seed, source, trouble"),
        ("toi.rows=5", "toi: there is no such section; allowed: "),
        ("toy=huge", "toy=huge: there is no such option; choose one of default, large"),
        ("toy=larg", "toy=larg: there is no such option; did you mean large? Choose one of default, large"),
        ("toy.rows=1,2", "toy.rows=1,2: give a key one value, as in "),
        ("~toy.rows", "~toy.rows: give a key one value, as in "),
        ("toy.rows=[1", "toy.rows=[1: "),
    ],
)
def test_an_invalid_setting_is_refused_and_changes_nothing(repo: ToyRepo, override: str, message: str) -> None:
    assert vitrine(repo, "set", "toy.seed=8").returncode == 0
    before = local(repo).read_bytes(), (repo.root / "params.yaml").read_bytes()
    done = vitrine(repo, "set", override)
    assert done.returncode == 1
    assert done.stderr.startswith(f"vitrine set: {message}"), done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (local(repo).read_bytes(), (repo.root / "params.yaml").read_bytes()) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "user: conf/user/local.yaml is empty or does not begin with `# @package _global_`"),
        ("toy: {rows: 5}\n", "user: conf/user/local.yaml is empty or does not begin with `# @package _global_`"),
        ("# @package _global_\ntoy: {rowz: 5}\n", "toy.rowz: there is no such key; did you mean rows? Allowed: "),
        ("# @package _global_\ntoi: {rows: 5}\n", "toi: there is no such section; allowed: "),
        ("# @package _global_\ntoy: [\n", "conf/ holds a file that is not YAML (while parsing"),
    ],
)
def test_a_file_edited_by_hand_is_checked_too(repo: ToyRepo, text: str, message: str) -> None:
    local(repo).write_text(text)
    done = vitrine(repo, "compose")
    assert done.returncode == 1
    assert done.stderr.startswith(f"vitrine compose: {message}"), done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert vitrine(repo, "unset").returncode == 0, "`vitrine unset` repairs it"


@pytest.mark.slow
def test_make_repro_composes_but_keeps_edits(repo: ToyRepo, shell: Run) -> None:
    """`make repro` begins with `vitrine compose --keep-edits`."""
    for words in (["git", "init", "-q"], ["git", "add", "."], ["git", "commit", "-qm", "first"], ["dvc", "init", "-q"]):
        assert shell(*words, cwd=repo.root).returncode == 0
    (repo.root / ".dvc" / "tmp").mkdir(exist_ok=True)

    def repro() -> "subprocess.CompletedProcess[str]":
        return vitrine(repo, "compose", "--keep-edits")

    repo.params(rows=4)
    assert shell("git", "commit", "-qam", "a colleague's settings", cwd=repo.root).returncode == 0
    assert repro().returncode == 1, "values from a commit are not replaced by defaults"
    assert toy(repo)["rows"] == 4
    user_settings.write(repo.root / "conf", {"toy.rows": 5})
    assert repro().returncode == 0, "params.yaml is committed, so own settings may replace it"
    user_settings.write(repo.root / "conf", {"toy.rows": 6})
    assert repro().returncode == 0, "params.yaml is unchanged since the last compose: nothing can be lost"
    assert toy(repo)["rows"] == 6
    repo.params(rows=7, seed=8)
    refused = repro()
    assert refused.returncode == 1
    assert "composing it would lose 2 keys. Keep them: `vitrine set toy.rows=7 toy.seed=8`;" in refused.stderr
    assert toy(repo)["rows"] == 7
    for change in (["set", "toy.rows=7"], ["unset"]):
        refused = vitrine(repo, *change)
        assert (refused.returncode, refused.stdout) == (1, ""), change
        assert "toy.seed=8`; run them as they are: `dvc repro`; or drop them: `vitrine compose`" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
        assert (toy(repo)["rows"], toy(repo)["seed"], user_settings.read(repo.root / "conf")) == (7, 8, {"toy.rows": 6})
    assert vitrine(repo, "set", "toy.rows=7", "toy.seed=8").returncode == 0
    assert repro().returncode == 0
    assert (toy(repo)["rows"], toy(repo)["seed"]) == (7, 8)
    assert vitrine(repo, "compose", "toy.seed=9").returncode == 0
    assert repro().returncode == 1, "overrides of `compose` are saved nowhere else"


@pytest.mark.slow
def test_a_refusal_names_the_group_choice_that_made_the_edits(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    (tmp_path / "conf" / user_settings.FILE).unlink(missing_ok=True)

    def sentence(*overrides: str) -> str:
        edited = composition(overrides, tmp_path / "conf")
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(edited))
        return compose._explain_lost_edits(tmp_path, differences(edited, composition([], tmp_path / "conf")))

    assert "Keep them: `vitrine set scale=smoke`; run them" in sentence("scale=smoke")
    both = sentence("scale=smoke", "recipe=portfolio", "grpo.temperature=0.5")
    assert "Keep them: `vitrine set scale=smoke recipe=portfolio grpo.temperature=0.5`; run them" in both
    many = sentence(*(f"sft.{key}" for key in ("steps=3", "batch=64", "clip=2", "log_every=3", "warmup=0.3")))
    assert many.count("sft.") == 3 and "… (`vitrine compose --check` shows 2 more)" in many


@pytest.mark.slow
def test_find_conflicts_reports_a_model_that_replaces_the_scales_model() -> None:
    own = {"scale": "smoke", "lm": "small"}
    sentence = "lm=small, which you set, is used; scale=smoke alone would choose lm=smoke"
    assert user_settings.find_conflicts(own, []) == [sentence]
    assert user_settings.find_conflicts({"lm": "small"}, ["scale=smoke", "seed=8"]) == [sentence]
    assert user_settings.find_conflicts({"lm": "small", "seed": 8}, []) == [], "replacing a default is no conflict"
    assert user_settings.find_conflicts(own, ["lm=tiny"]) == []


def test_a_value_replaces_keys_below_and_above_it() -> None:
    block = user_settings.apply_overrides({"seed": 8}, ["benchmark.bertscore={name: a, layer: 17}"])
    assert block == {"seed": 8, "benchmark.bertscore.name": "a", "benchmark.bertscore.layer": 17}
    assert user_settings.apply_overrides(block, ["benchmark.bertscore=null"]) == {"seed": 8, "benchmark.bertscore": None}
    assert user_settings.apply_overrides({"a": None}, ["a.b='1.0'"]) == {"a.b": "1.0"}
    both = {"grpo": "default", "grpo.steps": 5}
    assert user_settings.apply_overrides({}, ["grpo=default", "grpo.steps=5"]) == both, (
        "a group and a section may have the same name"
    )
    assert user_settings.apply_overrides(both, ["grpo=default"]) == both


@pytest.mark.parametrize("value", [1.0, "1.0", None, True, [1, "a b"], "häßlich: {x}", "${lm.context}", "a,b"])
def test_settings_survive_a_round_trip(tmp_path: Path, value: object) -> None:
    (tmp_path / "scale").mkdir()
    own = {"scale": "smoke", "source@ingest.sources.olist": "olist", "a.b.c": value, "a.d": 1, "e": 2}
    (tmp_path / "source").mkdir()
    user_settings.write(tmp_path, own)
    assert user_settings.read(tmp_path) == own
    user_settings.write(tmp_path, {})
    assert user_settings.read(tmp_path) == {}


def test_a_broken_file_points_to_unset(tmp_path: Path) -> None:
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
    """The toy repository under Git and DVC, with one stage."""
    (repo.root / "dvc.yaml").write_text(PIPELINE)
    shutil.copy(ROOT / ".gitignore", repo.root)
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"]):
        assert shell(*command, cwd=repo.root).returncode == 0
    shutil.copy(ROOT / ".dvc" / "config", repo.root / ".dvc")
    for command in (["git", "add", "."], ["git", "commit", "-qm", "first"]):
        assert shell(*command, cwd=repo.root).returncode == 0
    return repo


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_experiments_use_own_settings(pipeline: ToyRepo, shell: Run) -> None:
    def experiment(*args: str) -> "subprocess.CompletedProcess[str]":
        return shell("dvc", "exp", "run", *args, cwd=pipeline.root)

    def status() -> str:
        return shell("git", "status", "--porcelain", cwd=pipeline.root).stdout

    def queued() -> dict[str, object]:
        stash = shell("git", "show", "refs/exps/celery/stash:params.yaml", cwd=pipeline.root)
        return dict(yaml.safe_load(stash.stdout)["toy"])

    assert vitrine(pipeline, "set", "toy.rows=5").returncode == 0
    before = status()
    for options in (["--queue"], [], ["--temp"]):
        refused = experiment(*options, "-S", "toy.rows=many")
        assert refused.returncode == 1
        assert refused.stderr.splitlines()[-1].startswith("vitrine: toy.rows: Input should be a valid integer")
        unknown = experiment(*options, "-S", "+toy.rowz=1")
        assert "vitrine: toy.rowz: there is no such key; did you mean rows? Allowed: rows," in unknown.stderr
        misspelt = experiment(*options, "-S", "toy.rowz=1")
        assert (misspelt.returncode, misspelt.stderr.splitlines()[-1]) == (
            1,
            "vitrine: toy.rowz: there is no such key or group; did you mean toy.rows?",
        )
        assert (unknown.returncode, status()) == (1, before), "nothing ran and nothing changed"
    assert "No experiment" in shell("dvc", "queue", "status", cwd=pipeline.root).stdout

    done = experiment("--queue", "-S", "toy.seed=8")
    assert done.returncode == 0, done.stderr
    assert "vitrine: with your own settings (`vitrine settings`): toy.rows=5\n" in done.stderr
    assert (queued()["rows"], queued()["seed"]) == (5, 8)
    assert experiment("--queue", "-S", "toy.rows=6", "-S", "toy.seed=9").returncode == 0
    assert (queued()["rows"], queued()["seed"]) == (6, 9), "-S wins"
    vitrine(pipeline, "set", "toy.rows=7")
    assert (queued()["rows"], queued()["seed"]) == (6, 9), "a queued run keeps the settings of the time it was queued"

    done = experiment("--temp", "-S", "toy.seed=10", "-n", "apart")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "differs from conf/" not in done.stderr, "an experiment differs on purpose"
    (apart,) = shell("git", "for-each-ref", "--format=%(refname)", "refs/exps/*/*/apart", cwd=pipeline.root).stdout.split()
    assert '"rows": 7' in shell("git", "show", f"{apart}:metrics/toy.json", cwd=pipeline.root).stdout
    done = experiment("-S", "toy.seed=11")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (toy(pipeline)["rows"], toy(pipeline)["seed"]) == (7, 11)


@pytest.mark.slow
def test_a_stage_uses_the_python_of_its_checkout(pipeline: ToyRepo) -> None:
    """Also without .venv/bin on PATH, and in a queued run, whose folder is inside the checkout."""
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
    assert len((ROOT / "stage").read_text().splitlines()) <= 12
