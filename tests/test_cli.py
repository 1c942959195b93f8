"""vitrine compose: conf/ in, params.yaml out."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import House
from vitrine import cli


def compose(house: House, *words: str) -> "subprocess.CompletedProcess[str]":
    return house.python("-m", "vitrine.cli", "compose", *words)


def test_help_tells_what_there_is(house: House) -> None:
    done = house.python("-m", "vitrine.cli", "--help")
    assert done.returncode == 0
    assert "compose conf/ into params.yaml" in done.stdout
    assert "vitrine compose --check" in done.stdout


def test_a_misspelt_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["compse"])
    assert left.value.code == 2
    assert "compose" in capsys.readouterr().err


def test_compose_writes_what_it_says(house: House) -> None:
    done = compose(house, "toy.rows=5")
    assert (done.returncode, done.stdout) == (0, "toy.rows: 3 -> 5\nparams.yaml: 1 key changed\n")
    assert yaml.safe_load((house.root / "params.yaml").read_text())["toy"]["rows"] == 5
    again = compose(house, "toy.rows=5")
    assert (again.returncode, again.stdout) == (0, "params.yaml: nothing changed\n")


def test_check_writes_nothing(house: House) -> None:
    before = (house.root / "params.yaml").read_bytes()
    assert compose(house, "--check").returncode == 0
    done = compose(house, "--check", "toy.rows=5")
    assert done.returncode == 1
    assert done.stdout == "toy.rows: 3 -> 5\n"
    assert done.stderr == "vitrine compose: params.yaml is not what conf/ composes, see 1 key above: run `make params`\n"
    assert (house.root / "params.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("toy=huge", "Could not find 'toy/huge' Available options in 'toy': default"),
        ("toy.rowz=1", "Could not override 'toy.rowz'"),
        ("recipe=tucano2", "Could not override 'recipe'"),
        ("toy.rows=[1", "toy.rows=[1"),
        ("toy.rows=${nowhere}", "nowhere"),
    ],
)
def test_a_bad_override_is_one_sentence_and_changes_nothing(house: House, override: str, said: str) -> None:
    before = (house.root / "params.yaml").read_bytes()
    done = compose(house, override)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (house.root / "params.yaml").read_bytes() == before


def test_a_missing_or_broken_params_file_is_written_anew(house: House) -> None:
    params = house.root / "params.yaml"
    before = params.read_bytes()
    for broken in (None, b"toy: [", b"\xff\xfe", b"3\n"):
        params.unlink() if broken is None else params.write_bytes(broken)
        assert compose(house).returncode == 0
        assert params.read_bytes() == before


def test_it_acts_on_the_checkout_it_is_typed_in(house: House, tmp_path: Path) -> None:
    (house.root / "deep").mkdir()
    script = Path(sys.executable).parent / "vitrine"
    if script.exists():  # the installed command, which knows another checkout
        done = subprocess.run([script, "compose", "toy.rows=9"], cwd=house.root / "deep", capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "toy.rows: 3 -> 9\nparams.yaml: 1 key changed\n"), done.stderr
    outside = subprocess.run([sys.executable, "-m", "vitrine.cli", "compose"], cwd="/", capture_output=True, text=True)
    if outside.returncode != 0 and "No module named" not in outside.stderr:
        assert "is in no checkout" in outside.stderr
