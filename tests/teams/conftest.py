"""Fixtures for team tests: ana has run the pipeline and pushed to a bare Git repository, which colleagues clone."""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Smoke, run_in_shell, stages_run


@dataclass(frozen=True)
class Checkout:
    """One person's checkout."""

    root: Path
    env: dict[str, str]  # environment variables of this person's commands, such as credentials

    def run(self, *args: str, fails: bool = False) -> str:
        done = run_in_shell(*args, cwd=self.root, OMP_NUM_THREADS="1", **self.env)
        assert (done.returncode != 0) is fails, f"{' '.join(args)}\n{(done.stdout + done.stderr)[-5000:]}"
        return done.stdout + done.stderr

    def sh(self, line: str, fails: bool = False) -> str:
        """Runs a command line from docs/teams.md."""
        return self.run("bash", "-c", line, fails=fails)

    def stages(self, line: str) -> list[str]:
        """Runs a command and returns the stages that it executed."""
        return stages_run(self.sh(line))

    def commit(self, message: str) -> None:
        self.run("git", "commit", "-qam", message)

    def file(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def hashes(self, *folders: str) -> dict[str, str]:
        """The hash of every file in the folders."""
        files = [path for folder in folders for path in sorted((self.root / folder).rglob("*")) if path.is_file()]
        return {path.relative_to(self.root).as_posix(): hashlib.md5(path.read_bytes()).hexdigest() for path in files}

    def dirty(self) -> list[str]:
        return self.run("git", "status", "--porcelain", "--untracked-files=all").splitlines()


@dataclass(frozen=True)
class Team:
    folder: Path
    ana: Checkout

    def colleague(self, name: str, branch: str = "main", **env: str) -> Checkout:
        """A fresh clone with an empty DVC cache."""
        root = self.folder / name
        run_in_shell("git", "clone", "-q", "--branch", branch, str(self.folder / "project.git"), str(root), cwd=self.folder)
        return Checkout(root, env)


def make_team(smoke: Smoke, folder: Path, **env: str) -> Team:
    ana = Checkout(smoke.copy(folder / "ana"), env)
    ana.run("git", "add", "-A")
    ana.run("git", "commit", "-qm", "the pipeline's outputs")
    ana.run("git", "branch", "-M", "main")
    ana.run("git", "init", "-q", "--bare", str(folder / "project.git"))
    ana.run("git", "remote", "add", "origin", str(folder / "project.git"))
    return Team(folder, ana)


@pytest.fixture
def team(smoke: Smoke, tmp_path: Path) -> Iterator[Team]:
    yield make_team(smoke, tmp_path / "team")
    shutil.rmtree(tmp_path / "team", ignore_errors=True)


def assert_trains_nothing(ana: Checkout, colleague: Checkout) -> None:
    """Asserts that the colleague gets ana's results without running a stage."""
    lock = ana.file("dvc.lock")
    assert colleague.file("dvc.lock") == lock, "Git brings the lock"
    assert not (colleague.root / "models").exists() or not list((colleague.root / "models").rglob("*.safetensors"))

    assert colleague.stages("dvc repro --pull") == []

    assert colleague.file("dvc.lock") == lock
    assert colleague.dirty() == []
    outputs = ana.hashes("data", "models", "metrics")
    assert [name for name in outputs if name.endswith(".safetensors")]
    assert colleague.hashes("data", "models", "metrics") == outputs
    assert colleague.stages("dvc repro") == []
