"""@stage: settings in, metrics out, and one sentence for each expected failure."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml
from omegaconf import OmegaConf

from tests.conftest import ToyRepo
from vitrine import params, stage
from vitrine.errors import SettingsError
from vitrine.settings import Settings


def sentence(done: "subprocess.CompletedProcess[str]") -> str:
    """The only line of stderr, not counting the notice about drift."""
    lines = [line for line in done.stderr.splitlines() if "differs from conf/" not in line]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def test_a_successful_run_writes_metrics_and_timings_only(repo: ToyRepo) -> None:
    before = {path.name for path in repo.root.iterdir()}
    done = repo.toy()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = (repo.root / "metrics" / "toy.json").read_text()
    metrics = json.loads(text)
    assert text == json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert metrics["rows"] == 3
    assert (metrics["a"], metrics["nan"], metrics["n"], metrics["text"]) == (0.5, None, {"deep": 3}, "é")
    assert set(metrics) == {"rows", "a", "nan", "n", "text", "random", "numpy"}, (
        "files that DVC hashes hold no time and no memory"
    )
    assert {path.name for path in repo.root.iterdir()} - before == {"metrics", "timings"}
    timings = json.loads((repo.root / "timings" / "toy.json").read_text())
    assert set(timings) == {"began", "seconds", "peak_mb"}
    assert timings["seconds"] >= 0
    assert timings["peak_mb"] > 10
    assert repo.toy().returncode == 0
    assert (repo.root / "metrics" / "toy.json").read_text() == text, "the same bytes again"


@pytest.mark.slow
def test_a_stage_skips_cleanup_but_runs_exit_handlers_and_threads(repo: ToyRepo) -> None:
    repo.params(trouble="late")
    done = repo.toy()
    assert (done.returncode, done.stdout) == (0, "end of a thread\nexit handler of a library\n")
    code = "from stages.toy import main; main(); print('its caller')"
    called = repo.python("-c", code)  # called by another program, which must go on
    assert called.stdout.splitlines() == ["its caller", *done.stdout.splitlines()]


@pytest.mark.slow
def test_a_stage_seeds_random_and_numpy_with_its_seed(repo: ToyRepo) -> None:
    def draw(seed: int) -> tuple[float, float]:
        repo.params(seed=seed)
        assert repo.toy().returncode == 0
        metrics = json.loads((repo.root / "metrics" / "toy.json").read_text())
        return metrics["random"], metrics["numpy"]

    first = draw(1)
    assert draw(2) != first
    assert draw(1) == first


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"rowz": 3}, "toy.rowz: there is no such key; did you mean rows? Allowed: rows, seed, source, trouble"),
        ({"rows": "many"}, "toy.rows: Input should be a valid integer, unable to parse string as an integer (got 'many')"),
        ({"rows": 101}, "toy.rows: Input should be less than or equal to 100 (got 101)"),
        ({"rows": None}, "toy.rows: Input should be a valid integer (got None)"),
    ],
)
def test_a_bad_setting_is_one_sentence_and_keeps_the_last_metrics(repo: ToyRepo, edit: dict[str, object], message: str) -> None:
    assert repo.toy().returncode == 0
    before = (repo.root / "metrics" / "toy.json").read_bytes()
    repo.params(**edit)
    done = repo.toy()
    assert done.returncode == 1
    assert sentence(done) == f"vitrine toy: {message}"
    assert (repo.root / "metrics" / "toy.json").read_bytes() == before, "only a successful run replaces the record"


@pytest.mark.parametrize("words", [[], ["tyo"]])
def test_an_unknown_stage_is_refused_with_the_known_ones(repo: ToyRepo, words: list[str]) -> None:
    done = subprocess.run(["./stage", *words], cwd=repo.root, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == f"./stage: there is no stage '{''.join(words)}' here; choose one of toy\n"


def test_an_unknown_override_is_refused_by_hydra(repo: ToyRepo) -> None:
    done = repo.toy("toy.rowz=3")
    assert done.returncode != 0
    assert "toy.rowz" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (repo.root / "metrics").exists()


@pytest.mark.parametrize(
    ("override", "use"),
    [
        ("seed=8", "write toy.seed=8"),
        pytest.param("other.rows=3", "write toy.KEY=VALUE", marks=pytest.mark.slow),
        pytest.param("+other.x=3", "write toy.KEY=VALUE", marks=pytest.mark.slow),
    ],
)
def test_an_override_outside_the_section_is_refused(repo: ToyRepo, override: str, use: str) -> None:
    path = repo.root / "params.yaml"
    path.write_text(path.read_text() + "seed: 7\nother: {rows: 3}\n")
    done = repo.toy(override)
    assert done.returncode == 1
    key = override.lstrip("+").partition("=")[0]
    assert sentence(done) == f"vitrine toy: {key} is outside the section `toy`, and the stage reads no other one: {use}"
    assert not (repo.root / "metrics").exists()


@pytest.mark.slow
def test_the_record_of_the_last_success_stays_if_a_stage_fails(repo: ToyRepo) -> None:
    assert repo.toy().returncode == 0
    before = (repo.root / "metrics" / "toy.json").read_bytes()
    repo.params(trouble="mistake")
    assert repo.toy().returncode == 1
    assert (repo.root / "metrics" / "toy.json").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "params.yaml is missing"),
        ("toy: [", "params.yaml is not YAML"),
        ("", "params.yaml holds no sections"),
        ("tracking: {enabled: false}\n", "params.yaml has no section `toy`"),
        ("toy: 3\n", "toy: must be a section with keys (got 3)"),
    ],
)
def test_unreadable_params_point_to_make_params(repo: ToyRepo, content: str | None, message: str) -> None:
    params = repo.root / "params.yaml"
    params.unlink() if content is None else params.write_text(content)
    done = repo.toy()
    assert done.returncode == 1
    assert message in sentence(done)
    assert "make params" in sentence(done)
    assert not (repo.root / "metrics").exists()


def test_an_unknown_key_of_tracking_is_refused(repo: ToyRepo) -> None:
    path = repo.root / "params.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"tracking": {"url": "x"}}))
    expected = "vitrine toy: tracking.url: there is no such key; did you mean uri? Allowed: enabled, experiment, uri"
    assert sentence(repo.toy()) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        ("table", "vitrine toy: data/x.parquet lacks text: string; it has id: string"),
        ("disk", "models/toy/model.safetensors is full: free some space"),
        ("library disk", "is full: free some space"),
    ],
)
def test_an_expected_failure_is_one_sentence(repo: ToyRepo, trouble: str, message: str) -> None:
    repo.params(trouble=trouble)
    done = repo.toy()
    assert done.returncode == 1
    assert message in sentence(done)
    assert not list((repo.root / "metrics").rglob("*.json"))
    assert "Traceback" in repo.toy(VITRINE_DEBUG="1").stderr


def test_an_unexpected_error_keeps_its_traceback(repo: ToyRepo) -> None:
    repo.params(trouble="mistake")
    done = repo.toy()
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "stages/toy.py" in done.stderr
    assert not list((repo.root / "metrics").rglob("*.json"))


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code", "word"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")])
def test_a_signal_ends_a_stage_with_its_code(repo: ToyRepo, number: signal.Signals, code: int, word: str) -> None:
    repo.params(trouble="long")
    running = subprocess.Popen([sys.executable, "-m", "stages.toy"], cwd=repo.root, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (repo.root / "started").exists():
        assert time.monotonic() < deadline
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    running.send_signal(number)
    _, stderr = running.communicate(timeout=30)
    assert running.returncode == code
    assert stderr.splitlines()[-1] == f"vitrine toy: {word}; nothing of this stage is recorded"
    assert not list((repo.root / "metrics").rglob("*.json"))


@pytest.mark.slow
def test_drifted_params_are_reported_and_used(repo: ToyRepo) -> None:
    repo.params(rows=4, seed=8)
    done = repo.toy()
    assert done.returncode == 0
    assert done.stderr.startswith("vitrine toy: params.yaml differs from conf/ in toy.rows, toy.seed; ")
    assert len(done.stderr.splitlines()) == 1
    assert json.loads((repo.root / "metrics" / "toy.json").read_text())["rows"] == 4
    assert repo.toy(DVC_EXP_NAME="brave-otter").stderr == "", "an experiment differs on purpose"


@pytest.mark.slow
def test_each_item_has_its_own_files(matrix_repo: ToyRepo) -> None:
    assert matrix_repo.toy("toy.source=olist").returncode == 0
    assert matrix_repo.toy("toy.source=alpaca").returncode == 0
    records = {str(path.relative_to(matrix_repo.root / "metrics")) for path in (matrix_repo.root / "metrics").rglob("*.json")}
    assert records == {"toy/olist.json", "toy/alpaca.json"}
    assert {path.name for path in (matrix_repo.root / "timings").iterdir()} == {"toy-olist.json", "toy-alpaca.json"}


@pytest.mark.slow
@pytest.mark.parametrize("overrides", [[], ["toy.source=../../x"], ["toy.source=''"]])
def test_an_unusable_item_name_is_refused(matrix_repo: ToyRepo, overrides: list[str]) -> None:
    done = matrix_repo.toy(*overrides)
    assert done.returncode == 1
    assert "toy.source: names no source" in sentence(done)
    assert not (matrix_repo.root / "metrics").exists()


@pytest.mark.parametrize("item", ["a/b", "/etc", "olist/", ".hidden", "", None, 3])
def test_an_item_name_must_be_a_plain_file_name(item: object) -> None:
    toy = stage.stage("toy", Settings, item="source")(lambda settings: {})
    assert toy._cell({"source": "olist.v2"}) == "olist.v2"
    with pytest.raises(
        SettingsError, match=r"^toy\.source: names no source \(got .*\); name one: python -m stages\.toy toy\.source=NAME"
    ):
        toy._cell({"source": item})


@pytest.mark.parametrize(("section", "value"), [(None, "None"), ([], r"\[\]"), (3, "3")])
def test_a_section_without_keys_is_refused(section: object, value: str) -> None:
    cfg = OmegaConf.create({"toy": section, "empty": {}})
    with pytest.raises(SettingsError, match=rf"^toy: must be a section with keys \(got {value}\); run `make params`$"):
        stage._section(cfg, "toy")
    with pytest.raises(SettingsError, match=r"^params.yaml has no section `other`: run `make params`$"):
        stage._section(cfg, "other")
    assert stage._section(cfg, "empty") == {}


def test_the_body_is_a_plain_function(repo: ToyRepo) -> None:
    code = "from stages.toy import main, Toy; print(main.name, main.kind is Toy, main.body(Toy(rows=2))['rows'])"
    assert repo.python("-c", code).stdout == "toy True 2\n"


def test_differences_list_each_key_once() -> None:
    old = {"a": {"b": 1, "c": [1]}, "d": None, "gone": {}}
    new = {"a": {"b": 2, "c": [1]}, "d": None, "e": {"f": 3}}
    assert params.differences(old, new) == [("a.b", 1, 2), ("gone", {}, None), ("e.f", None, 3)]


def test_declared_inputs_are_resolved_as_dvc_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cfg = OmegaConf.create({"paths": {"raw": "data/raw"}, "clean": {"sources": {"olist": {"min": 1}}, "workers": 2}})
    assert stage.declared_inputs("clean", {}, cfg) == ([], {})
    deps = ["vitrine/cleaning/", "stages/clean.py", "${paths.raw}/${item.source}", {"data/x.csv": {}}]
    block = {"deps": deps, "params": ["clean.sources.${item.source}"]}
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"clean": block}}))
    assert stage.declared_inputs("clean", {"source": "olist"}, cfg) == (
        ["vitrine/cleaning", "stages/clean.py", "data/raw/olist", "data/x.csv"],
        {"clean.sources.olist": {"min": 1}},
    )
    assert stage.declared_inputs("clean", {}, cfg) == ([], {})
    assert stage.declared_inputs("other", {}, cfg) == ([], {})


def damage_input(repo: ToyRepo) -> None:
    """Let the stage depend on a file that has changed since the stage before wrote it."""
    (repo.root / "x.txt").write_text("b")
    stages = {"other": {"outs": [{"path": "x.txt", "md5": "0cc175b9c0f1b6a831c399e269772661"}]}}  # of "a"
    (repo.root / "dvc.lock").write_text(yaml.safe_dump({"stages": stages}))
    (repo.root / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"other": {"outs": ["x.txt"]}, "toy": {"deps": ["x.txt"]}}}))


def test_a_damaged_input_stops_a_stage_that_dvc_started(repo: ToyRepo) -> None:
    damage_input(repo)
    done = repo.toy(DVC_STAGE="toy")
    assert done.returncode == 1
    assert sentence(done).startswith("vitrine toy: x.txt is not what dvc.lock says that other wrote")
    assert not (repo.root / "metrics").exists()


def test_lock_entries_of_removed_stages_are_ignored(repo: ToyRepo) -> None:
    damage_input(repo)
    (repo.root / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"toy": {"deps": ["x.txt"]}}}))
    assert repo.toy(DVC_STAGE="toy").returncode == 0, "the stage `other` is only in dvc.lock"


def test_a_damaged_input_is_only_reported_if_started_by_hand(repo: ToyRepo) -> None:
    damage_input(repo)
    done = repo.toy()
    assert done.returncode == 0
    assert sentence(done).startswith("vitrine toy: x.txt is not what dvc.lock says")


@pytest.mark.slow
def test_a_wrong_file_type_is_one_sentence(repo: ToyRepo) -> None:
    (repo.root / "metrics" / "toy.json").mkdir(parents=True)
    assert "metrics/toy.json is a folder where a file should be" in sentence(repo.toy())
    (repo.root / "metrics" / "toy.json").rmdir()
    (repo.root / "metrics").rmdir()
    (repo.root / "metrics").write_text("")
    assert "is, or lies in, a file where a folder should be" in sentence(repo.toy())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied", "models/sft"), "models/sft may not be read or written here"),
        (RuntimeError("Permission denied (os error 13)"), "may not be read or written here"),
        (OSError(30, "Read-only file system", "data/x.parquet"), "data/x.parquet may not be read or written here"),
        (OSError(122, "Disk quota exceeded", "data/x.parquet"), "data/x.parquet is full: free some space"),
        (ValueError("a mistake"), None),
    ],
    ids=str,
)
def test_os_errors_are_explained_also_if_a_library_wraps_them(error: Exception, message: str | None) -> None:
    sentence = stage._explain_os_error(error)
    assert sentence is None if message is None else sentence and message in sentence


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_a_stage_ends_with_the_dvc_that_started_it(repo: ToyRepo, shell: str) -> None:
    """After `kill -9`, DVC cannot stop its stage, and the shell between them goes on."""
    repo.params(trouble="long")
    command = f"{sys.executable} -m stages.toy; true"  # a shell that stays, since there is no `exec`
    (repo.root / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"toy": {"cmd": command, "outs": ["metrics/toy.json"]}}}))
    assert repo.python("-m", "dvc", "init", "-q", "--no-scm").returncode == 0
    dvc = subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro"], cwd=repo.root, env=os.environ | {"SHELL": shell}, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not (repo.root / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (running,) = [
        child for child in psutil.Process(dvc.pid).children(recursive=True) if child.cmdline()[1:] == ["-m", "stages.toy"]
    ]
    dvc.kill()
    running.wait(timeout=20)
    dvc.wait()
    assert not list((repo.root / "metrics").rglob("*.json"))


def test_a_stage_whose_starter_has_ended_does_not_start(repo: ToyRepo) -> None:
    """DVC may be killed before the stage watches it; ./stage has noted who started it."""
    done = repo.toy(DVC_STAGE="toy", VITRINE_STARTER=str(os.getpid() + 1))
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "")
    assert not list((repo.root / "metrics").rglob("*.json"))
    assert repo.toy(DVC_STAGE="toy", VITRINE_STARTER=str(os.getpid())).returncode == 0


def test_nan_and_infinity_become_null() -> None:
    assert stage._plain({"a": math.inf, "b": (1, math.nan), 3: True}) == {"a": None, "b": [1, None], "3": True}
