"""`make test-all` itself: verdicts, parts that run again, parts that do not fit into the budget."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.parts.runner import PARTS, Part, call, hash_of_files, run, verdict

NO_END = 10_000.0


@pytest.fixture
def part_files(tmp_path: Path) -> Path:
    """A folder with a test file for each outcome."""
    for name, body in {
        "good": "def test_one(): pass",
        "bad": "def test_one(): assert 0, 'why it fails'",
        "absent": "import pytest\n@pytest.mark.skip(reason='no server')\ndef test_one(): pass\ndef test_two(): pass",
        "long": "import time\ndef test_one(): time.sleep(60)",
    }.items():
        (tmp_path / f"test_{name}.py").write_text(body)
    return tmp_path


def part(part_files: Path, name: str, seconds: int = 5, **more: object) -> Part:
    return Part((str(part_files / f"test_{name}.py"), "-m", ""), seconds, **more)


@pytest.mark.slow
def test_only_parts_that_have_not_passed_run_again(part_files: Path) -> None:
    parts = {name: part(part_files, name) for name in ("good", "bad", "absent")}
    first = {name: (kind, why) for name, kind, why, _ in run(parts, part_files / "out", NO_END, again=False)}
    assert {name: kind for name, (kind, _) in first.items()} == {"good": "passed", "bad": "failed", "absent": "skipped"}
    assert first["absent"][1] == "no server", "a part with a skipped test has not passed"
    assert "why it fails" in (part_files / "out" / "bad.log").read_text()

    (part_files / "test_good.py").write_text("def test_one(): assert 0")
    (part_files / "test_bad.py").write_text("def test_one(): pass")
    second = {name: (kind, why) for name, kind, why, _ in run(parts, part_files / "out", NO_END, again=False)}
    assert second["good"][0] == "passed" and second["good"][1].startswith("earlier, on the same files")
    assert second["bad"][0] == "passed"
    assert next(run({"good": parts["good"]}, part_files / "out", NO_END, again=True))[1] == "failed", (
        "a part named on the command line runs again"
    )


def test_parts_that_cannot_be_prepared_or_do_not_fit_are_skipped(part_files: Path) -> None:
    parts = {
        "unprepared": part(part_files, "good", prepare=lambda: "there is no chromium: apt-get install chromium"),
        "large": part(part_files, "good", seconds=90),
    }
    results = {name: (kind, why) for name, kind, why, _ in run(parts, part_files / "out", 50, again=False)}
    assert results["unprepared"] == ("skipped", "there is no chromium: apt-get install chromium")
    assert results["large"][0] == "skipped" and results["large"][1].startswith("needs up to 90 s, but 50 s")


def test_a_command_that_does_not_finish_is_killed_with_its_children(tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); input('ready')"
    child = ["bash", "-c", f'sleep 60 & echo $! > {tmp_path}/child; {sys.executable} -c "{code}"; wait']
    assert call(child, tmp_path / "log", 1.0, {}) is None
    number = int((tmp_path / "child").read_text())
    alive = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True).stdout.strip()
    assert not alive or alive.startswith("Z")


@pytest.mark.parametrize(
    ("code", "log", "kind"),
    [
        (0, "..\n2 passed in 1.00s", "passed"),
        (0, "s.\nSKIPPED [1] a/test_b.py:3: no server\n1 passed, 1 skipped in 1.00s", "skipped"),
        (1, "F\n1 failed in 1.00s", "failed"),
        (5, "no tests ran in 0.01s", "failed"),
        (4, "ERROR: file or directory not found: tests/gone.py", "failed"),
    ],
)
def test_verdict_from_pytest_output(code: int, log: str, kind: str) -> None:
    assert verdict(code, log)[0] == kind


def test_changed_and_new_files_change_the_hash_but_ignored_files_do_not(tmp_path: Path) -> None:
    def git(*args: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *args], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "a").write_text("1")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "one")
    first = hash_of_files(tmp_path)
    (tmp_path / "x.log").write_text("ignored")
    assert hash_of_files(tmp_path) == first
    (tmp_path / "b").write_text("new")
    second = hash_of_files(tmp_path)
    assert second != first
    git("add", "-A")
    git("commit", "-qm", "two")
    assert hash_of_files(tmp_path) == second, "a commit of the same files does not change the hash"
    (tmp_path / "a").write_text("2")
    assert hash_of_files(tmp_path) not in (first, second)


def test_the_error_for_an_unknown_part_lists_the_parts() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.parts.runner", "browsr"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith(f"there is no part 'browsr': one of {', '.join(PARTS)}")


def test_every_part_names_files_that_exist() -> None:
    assert not [name for name, part in PARTS.items() if not (ROOT / part.tests[0]).exists()]
