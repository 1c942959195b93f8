"""@stage: settings in, metrics out, and one sentence when something is wrong."""

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

from tests.conftest import House
from vitrine import params, stage
from vitrine.errors import SettingsError
from vitrine.settings import Settings


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
    assert set(metrics) == {"rows", "a", "nan", "n", "text", "random", "numpy"}, "what DVC hashes holds no time and no memory"
    assert {path.name for path in house.root.iterdir()} - before == {"metrics", "timings"}
    timings = json.loads((house.root / "timings" / "toy.json").read_text())
    assert set(timings) == {"began", "seconds", "peak_mb"}
    assert timings["seconds"] >= 0
    assert timings["peak_mb"] > 10
    assert house.toy().returncode == 0
    assert (house.root / "metrics" / "toy.json").read_text() == text, "the same bytes again"


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
    assert found == {"toy/olist.json", "toy/alpaca.json"}
    assert {path.name for path in (matrix_house.root / "timings").iterdir()} == {"toy-olist.json", "toy-alpaca.json"}


@pytest.mark.slow
@pytest.mark.parametrize("overrides", [[], ["toy.source=../../x"], ["toy.source=''"]])
def test_an_item_without_a_usable_name_is_refused(matrix_house: House, overrides: list[str]) -> None:
    done = matrix_house.toy(*overrides)
    assert done.returncode == 1
    assert "toy.source: names no source" in sentence(done)
    assert not (matrix_house.root / "metrics").exists()


@pytest.mark.parametrize("item", ["a/b", "/etc", "olist/", ".hidden", "", None, 3])
def test_an_item_s_name_is_that_of_one_file(item: object) -> None:
    toy = stage.stage("toy", Settings, item="source")(lambda settings: {})
    assert toy._cell({"source": "olist.v2"}) == "olist.v2"
    with pytest.raises(
        SettingsError, match=r"^toy\.source: names no source \(got .*\); say which: python -m stages\.toy toy\.source=NAME"
    ):
        toy._cell({"source": item})


@pytest.mark.parametrize(("section", "said"), [(None, "None"), ([], r"\[\]"), (3, "3")])
def test_a_section_without_keys_is_one_sentence(section: object, said: str) -> None:
    cfg = OmegaConf.create({"toy": section, "empty": {}})
    with pytest.raises(SettingsError, match=rf"^toy: must be a section with keys \(got {said}\); run `make params`$"):
        stage._section(cfg, "toy")
    with pytest.raises(SettingsError, match=r"^params.yaml has no section `other`: run `make params`$"):
        stage._section(cfg, "other")
    assert stage._section(cfg, "empty") == {}


def test_the_body_stays_a_plain_function(house: House) -> None:
    code = "from stages.toy import main, Toy; print(main.name, main.kind is Toy, main.body(Toy(rows=2))['rows'])"
    assert house.python("-c", code).stdout == "toy True 2\n"


def test_differences_name_each_key_once() -> None:
    old = {"a": {"b": 1, "c": [1]}, "d": None, "gone": {}}
    new = {"a": {"b": 2, "c": [1]}, "d": None, "e": {"f": 3}}
    assert params.differences(old, new) == [("a.b", 1, 2), ("gone", {}, None), ("e.f", None, 3)]


def test_what_dvc_yaml_declares_is_resolved_as_dvc_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cfg = OmegaConf.create({"paths": {"raw": "data/raw"}, "clean": {"sources": {"olist": {"min": 1}}, "workers": 2}})
    assert stage.declared("clean", {}, cfg) == ([], {})
    deps = ["vitrine/cleaning/", "stages/clean.py", "${paths.raw}/${item.source}", {"data/x.csv": {}}]
    block = {"deps": deps, "params": ["clean.sources.${item.source}"]}
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"clean": block}}))
    assert stage.declared("clean", {"source": "olist"}, cfg) == (
        ["vitrine/cleaning", "stages/clean.py", "data/raw/olist", "data/x.csv"],
        {"clean.sources.olist": {"min": 1}},
    )
    assert stage.declared("clean", {}, cfg) == ([], {})
    assert stage.declared("other", {}, cfg) == ([], {})


def damaged(house: House) -> None:
    """The house's stage reads a file, and a bit of it has flipped since the stage above wrote it."""
    (house.root / "x.txt").write_text("b")
    stages = {"other": {"outs": [{"path": "x.txt", "md5": "0cc175b9c0f1b6a831c399e269772661"}]}}  # of "a"
    (house.root / "dvc.lock").write_text(yaml.safe_dump({"stages": stages}))
    (house.root / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"other": {"outs": ["x.txt"]}, "toy": {"deps": ["x.txt"]}}}))


def test_a_damaged_input_stops_a_stage_that_dvc_started(house: House) -> None:
    damaged(house)
    done = house.toy(DVC_STAGE="toy")
    assert done.returncode == 1
    assert sentence(done).startswith("vitrine toy: x.txt is not what dvc.lock says that other wrote")
    assert not (house.root / "metrics").exists()


def test_a_stage_that_is_no_more_is_not_believed(house: House) -> None:
    damaged(house)
    (house.root / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"toy": {"deps": ["x.txt"]}}}))
    assert house.toy(DVC_STAGE="toy").returncode == 0, "it was renamed, and dvc.lock still holds its entry"


def test_started_by_hand_it_only_says_so(house: House) -> None:
    damaged(house)
    done = house.toy()
    assert done.returncode == 0
    assert sentence(done).startswith("vitrine toy: x.txt is not what dvc.lock says")


@pytest.mark.slow
def test_what_the_system_refuses_is_one_sentence(house: House) -> None:
    (house.root / "metrics" / "toy.json").mkdir(parents=True)
    assert "metrics/toy.json is a folder where a file should be" in sentence(house.toy())
    (house.root / "metrics" / "toy.json").rmdir()
    (house.root / "metrics").rmdir()
    (house.root / "metrics").write_text("")
    assert "is, or lies in, a file where a folder should be" in sentence(house.toy())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "models/sft"), "models/sft may not be read or written here"),
        (RuntimeError("Permission denied (os error 13)"), "may not be read or written here"),
        (OSError(30, "Read-only file system", "data/x.parquet"), "data/x.parquet may not be read or written here"),
        (OSError(122, "Disk quota exceeded", "data/x.parquet"), "data/x.parquet is full: free some space"),
        (ValueError("a mistake"), None),
    ],
    ids=str,
)
def test_each_librarys_way_of_saying_so_is_known(error: Exception, said: str | None) -> None:
    found = stage._refused(error)
    assert found is None if said is None else found and said in found


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_a_stage_ends_with_the_dvc_that_started_it(house: House, shell: str) -> None:
    """`kill -9` leaves DVC no time to tell its stage, and the shell between them stays."""
    house.params(trouble="long")
    command = f"{sys.executable} -m stages.toy; true"  # a shell that does not turn into its command, as `exec` would
    (house.root / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"toy": {"cmd": command, "outs": ["metrics/toy.json"]}}}))
    assert house.python("-m", "dvc", "init", "-q", "--no-scm").returncode == 0
    dvc = subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro"], cwd=house.root, env=os.environ | {"SHELL": shell}, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not (house.root / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (running,) = [one for one in psutil.Process(dvc.pid).children(recursive=True) if one.cmdline()[1:] == ["-m", "stages.toy"]]
    dvc.kill()
    running.wait(timeout=20)
    dvc.wait()
    assert not list((house.root / "metrics").rglob("*.json"))


def test_numbers_that_json_does_not_know_are_null() -> None:
    assert stage._plain({"a": math.inf, "b": (1, math.nan), 3: True}) == {"a": None, "b": [1, None], "3": True}
