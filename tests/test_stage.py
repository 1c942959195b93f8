"""@stage: settings in, metrics out, and one sentence when something is wrong."""

import json
import math
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

from tests.conftest import House
from vitrine import params, stage


def sentence(done: "subprocess.CompletedProcess[str]") -> str:
    """The last line of stderr, when it is the only one besides a word about drift."""
    lines = [line for line in done.stderr.splitlines() if "differs from conf/" not in line]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def test_a_good_run_leaves_its_metrics_and_nothing_else(house: House) -> None:
    before = {path.name for path in house.root.iterdir()}
    done = house.toy()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = (house.root / "metrics" / "toy.json").read_text()
    metrics = json.loads(text)
    assert text == json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert metrics["rows"] == 3
    assert (metrics["a"], metrics["nan"], metrics["n"], metrics["text"]) == (0.5, None, {"deep": 3}, "é")
    assert metrics["seconds"] >= 0
    assert metrics["peak_mb"] > 10
    assert {path.name for path in house.root.iterdir()} - before == {"metrics"}
    reference = json.loads((house.root / "metrics" / "runs" / "toy.json").read_text())
    assert reference == {
        "run_id": None, "parent_run_id": None, "experiment": "vitrine", "uri": "sqlite:///mlflow.db",
        "reason": "tracking.enabled is false",
    }  # fmt: skip


@pytest.mark.slow
def test_a_program_ends_at_once_but_not_before_what_is_left_to_do(house: House) -> None:
    house.params(trouble="late")
    done = house.toy()
    assert (done.returncode, done.stdout) == (0, "what a thread still does\nwhat a library does at the end\n")
    code = "from stages.toy import main; main(); print('and what its caller does')"
    called = house.python("-c", code)  # by another program: not ours to end
    assert called.stdout.splitlines() == ["and what its caller does", *done.stdout.splitlines()]


@pytest.mark.slow
def test_the_seed_is_the_settings_seed(house: House) -> None:
    def drawn(seed: int) -> tuple[float, float]:
        house.params(seed=seed)
        assert house.toy().returncode == 0
        metrics = json.loads((house.root / "metrics" / "toy.json").read_text())
        return metrics["random"], metrics["numpy"]

    first = drawn(1)
    assert drawn(2) != first
    assert drawn(1) == first


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "named"),
    [
        ({"rowz": 3}, "toy.rowz: there is no such key; allowed: rows, seed, source, trouble"),
        ({"rows": "many"}, "toy.rows: Input should be a valid integer, unable to parse string as an integer (got 'many')"),
        ({"rows": 101}, "toy.rows: Input should be less than or equal to 100 (got 101)"),
        ({"rows": None}, "toy.rows: Input should be a valid integer (got None)"),
    ],
)
def test_a_bad_setting_is_one_sentence_and_leaves_no_metrics(house: House, edit: dict[str, object], named: str) -> None:
    assert house.toy().returncode == 0
    house.params(**edit)
    done = house.toy()
    assert done.returncode == 1
    assert sentence(done) == f"vitrine toy: {named}"
    assert not (house.root / "metrics" / "toy.json").exists(), "the metrics of the run before must not pass for this one's"


def test_an_unknown_override_is_refused_by_hydra(house: House) -> None:
    done = house.toy("toy.rowz=3")
    assert done.returncode != 0
    assert "toy.rowz" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (house.root / "metrics").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "named"),
    [
        (None, "params.yaml is missing"),
        ("toy: [", "params.yaml is not YAML"),
        ("", "params.yaml holds no sections"),
        ("tracking: {enabled: false}\n", "params.yaml has no section `toy`"),
        ("toy: 3\n", "toy: must be a section with keys (got 3)"),
    ],
)
def test_params_that_cannot_be_read_point_to_make_params(house: House, content: str | None, named: str) -> None:
    params = house.root / "params.yaml"
    params.unlink() if content is None else params.write_text(content)
    done = house.toy()
    assert done.returncode == 1
    assert named in sentence(done)
    assert "make params" in sentence(done)
    assert not (house.root / "metrics").exists()


def test_an_unknown_key_of_tracking_is_refused(house: House) -> None:
    path = house.root / "params.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"tracking": {"url": "x"}}))
    assert sentence(house.toy()) == "vitrine toy: tracking.url: there is no such key; allowed: enabled, experiment, uri"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("table", "vitrine toy: data/x.parquet lacks text: string; it has id: string"),
        ("disk", "models/toy/model.safetensors is full: free some space"),
        ("library disk", "is full: free some space"),
    ],
)
def test_what_goes_wrong_on_purpose_is_one_sentence(house: House, trouble: str, said: str) -> None:
    house.params(trouble=trouble)
    done = house.toy()
    assert done.returncode == 1
    assert said in sentence(done)
    assert not list((house.root / "metrics").rglob("*.json"))
    assert "Traceback" in house.toy(VITRINE_DEBUG="1").stderr


def test_a_mistake_keeps_its_traceback(house: House) -> None:
    house.params(trouble="mistake")
    done = house.toy()
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "stages/toy.py" in done.stderr
    assert not list((house.root / "metrics").rglob("*.json"))


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code", "word"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")])
def test_a_signal_ends_a_stage_with_its_code(house: House, number: signal.Signals, code: int, word: str) -> None:
    house.params(trouble="long")
    running = subprocess.Popen([sys.executable, "-m", "stages.toy"], cwd=house.root, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (house.root / "started").exists():
        assert time.monotonic() < deadline
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    running.send_signal(number)
    _, said = running.communicate(timeout=30)
    assert running.returncode == code
    assert said.splitlines()[-1] == f"vitrine toy: {word}; nothing of this stage is recorded"
    assert not list((house.root / "metrics").rglob("*.json"))


@pytest.mark.slow
def test_drifted_params_are_said_and_count(house: House) -> None:
    house.params(rows=4, seed=8)
    done = house.toy()
    assert done.returncode == 0
    assert done.stderr.startswith("vitrine toy: params.yaml differs from conf/ in toy.rows, toy.seed; ")
    assert len(done.stderr.splitlines()) == 1
    assert json.loads((house.root / "metrics" / "toy.json").read_text())["rows"] == 4
    assert house.toy(DVC_EXP_NAME="brave-otter").stderr == "", "an experiment is meant to differ"


@pytest.mark.slow
def test_an_item_has_files_of_its_own(matrix_house: House) -> None:
    assert matrix_house.toy("toy.source=olist").returncode == 0
    assert matrix_house.toy("toy.source=alpaca").returncode == 0
    found = {str(path.relative_to(matrix_house.root / "metrics")) for path in (matrix_house.root / "metrics").rglob("*.json")}
    assert found == {"toy/olist.json", "toy/alpaca.json", "runs/toy-olist.json", "runs/toy-alpaca.json"}


@pytest.mark.slow
@pytest.mark.parametrize("overrides", [[], ["toy.source=../../x"], ["toy.source=''"]])
def test_an_item_without_a_usable_name_is_refused(matrix_house: House, overrides: list[str]) -> None:
    done = matrix_house.toy(*overrides)
    assert done.returncode == 1
    assert "toy.source: names no source" in sentence(done)
    assert not (matrix_house.root / "metrics").exists()


def test_the_body_stays_a_plain_function(house: House) -> None:
    code = "from stages.toy import main, Toy; print(main.name, main.kind is Toy, main.body(Toy(rows=2))['rows'])"
    assert house.python("-c", code).stdout == "toy True 2\n"


def test_differences_name_each_key_once() -> None:
    old = {"a": {"b": 1, "c": [1]}, "d": None, "gone": {}}
    new = {"a": {"b": 2, "c": [1]}, "d": None, "e": {"f": 3}}
    assert params.differences(old, new) == [("a.b", 1, 2), ("gone", {}, None), ("e.f", None, 3)]


def test_declared_inputs_are_data_resolved_as_dvc_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cfg = OmegaConf.create({"paths": {"raw": "data/raw"}})
    assert stage.declared_inputs("clean", {}, cfg) == []
    deps = ["vitrine/cleaning/", "stages/clean.py", "${paths.raw}/${item.source}", {"data/x.csv": {}}]
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"clean": {"deps": deps}}}))
    assert stage.declared_inputs("clean", {"source": "olist"}, cfg) == [Path("data/raw/olist"), Path("data/x.csv")]
    assert stage.declared_inputs("clean", {}, cfg) == []
    assert stage.declared_inputs("other", {}, cfg) == []


def test_numbers_that_json_does_not_know_are_null() -> None:
    assert stage._plain({"a": math.inf, "b": (1, math.nan), 3: True}) == {"a": None, "b": [1, None], "3": True}
