"""Shared fixtures: a toy repository, a clone of this one, samples of every source, a tiny model."""

import copy
import functools
import gc
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from filelock import FileLock

if TYPE_CHECKING:
    from vitrine.tasks.task import ExampleConfig

gc.disable()  # until all tests are collected: they are kept anyway, and looking for garbage takes a quarter of that time


def pytest_collection_finish() -> None:
    gc.enable()


ROOT = Path(__file__).resolve().parents[1]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

TOY = '''"""toy -- a stage that can fail in every way."""

import atexit, errno, random, threading, time
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from vitrine import tracking
from vitrine.errors import TableError
from vitrine.settings import Settings
from vitrine.stage import stage


class Toy(Settings):
    source: str | None = None
    rows: int = Field(ge=0, le=100)
    trouble: str = "none"
    seed: int = 7


@stage("toy", Toy)
def main(settings: Toy) -> dict[str, Any]:
    tracking.log_metrics({"loss": 0.5}, step=1)
    if settings.trouble == "table":
        raise TableError("data/x.parquet lacks text: string; it has id: string")
    if settings.trouble == "mistake":
        return {"rows": 1 // 0}
    if settings.trouble == "disk":
        raise OSError(errno.ENOSPC, "No space left on device", "models/toy/model.safetensors")
    if settings.trouble == "library disk":
        raise RuntimeError("I/O error: No space left on device (os error 28)")
    if settings.trouble == "long":
        Path("started").touch()
        time.sleep(60)
    if settings.trouble == "late":
        atexit.register(print, "exit handler of a library")
        threading.Thread(target=lambda: (time.sleep(0.2), print("end of a thread"))).start()
    numbers = {"a": np.float32(0.5), "nan": float("nan"), "n": {"deep": np.int64(3)}, "text": "é"}
    return {"rows": settings.rows, "random": random.random(), "numpy": np.random.rand(), **numbers}


if __name__ == "__main__":
    main()
'''


SMOKE = os.environ.get("VITRINE_SMOKE")  # folder of the smoke run that the parts of `make test-all` share


def is_run_variable(name: str) -> bool:
    """Whether an environment variable is about runs and experiments."""
    return name.startswith(("DVC_EXP", "VITRINE_", "HYDRA_")) or name in ("DVC_ROOT", "DVC_STAGE", "MLFLOW_TRACKING_URI")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests ignore variables about runs and experiments that the shell, or a DVC that started pytest, has set."""
    for name in filter(is_run_variable, list(os.environ)):
        monkeypatch.delenv(name)


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """pytest's caplog, whatever earlier tests or their libraries have done to the loggers of this process."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("vitrine", "stages"):
            for attribute, value in {"disabled": False, "propagate": True, "level": logging.NOTSET}.items():
                monkeypatch.setattr(logging.getLogger(name), attribute, value)
    caplog.set_level(logging.WARNING)  # of the root logger; it also undoes logging.disable, and forgets the old levels
    return caplog


BLOCK_NETWORK = '''"""Blocks the network: every attempt is logged, since a library may catch the error, and refused."""

import os, socket, sys


def refuse(what, address):
    with open(os.environ["VITRINE_ATTEMPTS"], "a") as file:
        file.write(f"{what} {address!r} {sys.argv}\\n")
    raise OSError(f"offline: {what} {address!r}")


def guarded(name):
    allowed = getattr(socket.socket, name)

    def call(self, *args):
        if self.family == socket.AF_UNIX:
            return allowed(self, *args)
        refuse(name, args[-1])

    return call


for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, guarded(name))
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    setattr(socket, name, lambda *args, name=name, **rest: refuse(name, args[:2]))
'''


@dataclass(frozen=True)
class Offline:
    """The environment of a Python without a network, and the log of its attempts to use one."""

    env: dict[str, str]
    log: Path

    def attempts(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


def block_network(folder: Path) -> Offline:
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(BLOCK_NETWORK)
    return Offline({"PYTHONPATH": str(folder), "VITRINE_ATTEMPTS": str(folder / "attempts")}, folder / "attempts")


@pytest.fixture
def offline(tmp_path: Path) -> Offline:
    return block_network(tmp_path / "offline")


def composed(*overrides: str) -> dict[str, Any]:
    """conf/ of this checkout, composed without conf/user/local.yaml."""
    return copy.deepcopy(_composed(overrides))


@functools.cache  # a composition takes 0.2 s, and many tests want the same one
def _composed(overrides: tuple[str, ...]) -> dict[str, Any]:
    from vitrine.params import NO_USER_SETTINGS, composition

    return composition([NO_USER_SETTINGS, *overrides])


class ToyRepo:
    """A toy repository: the top-level modules and the cli of this one, a conf/ with one section, and a stage called toy."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def build(cls, root: Path) -> "ToyRepo":
        (root / "vitrine").mkdir(parents=True)
        for file in (ROOT / "vitrine").glob("*.py"):
            shutil.copy(file, root / "vitrine")
        shutil.copytree(ROOT / "vitrine" / "cli", root / "vitrine" / "cli", ignore=shutil.ignore_patterns("__pycache__"))
        (root / "stages").mkdir()
        (root / "stages" / "toy.py").write_text(TOY)
        for path, values in {
            "conf/config.yaml": {
                "defaults": [{"toy": "default"}, {"tracking": "off"}, "_self_", {"optional user": "local"}],
                "checked": "${vitrine.checked:}",
            },
            "conf/toy/default.yaml": {"source": None, "rows": 3, "trouble": "none", "seed": 7},
            "conf/tracking/off.yaml": {"uri": None, "experiment": "vitrine", "enabled": False},
        }.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(yaml.safe_dump(values))
        shutil.copy(ROOT / "conf" / "stage.yaml", root / "conf")
        shutil.copytree(ROOT / "conf" / "user", root / "conf" / "user", ignore=shutil.ignore_patterns("local.yaml"))
        shutil.copy(ROOT / "stage", root)
        shutil.copytree(ROOT / "hydra_plugins", root / "hydra_plugins", ignore=shutil.ignore_patterns("__pycache__"))
        built = cls(root)
        done = built.python("-m", "vitrine.cli", "compose")
        assert done.returncode == 0, done.stderr
        return built

    def python(self, *args: str, **env: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, *args]
        return subprocess.run(
            command, cwd=self.root, env=os.environ | env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
        )

    def toy(self, *overrides: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return self.python("-m", "stages.toy", *overrides, **env)

    def params(self, **toy: object) -> None:
        """Edit the toy section of params.yaml, as a user would."""
        path = self.root / "params.yaml"
        values = yaml.safe_load(path.read_text())
        values["toy"] |= toy
        path.write_text(yaml.safe_dump(values))


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once per session, since composing takes a process; each test gets a copy."""
    return ToyRepo.build(tmp_path_factory.mktemp("built") / "repo").root


@pytest.fixture
def repo(_built: Path, tmp_path: Path) -> ToyRepo:
    return ToyRepo(shutil.copytree(_built, tmp_path / "repo"))


@pytest.fixture
def matrix_repo(repo: ToyRepo) -> ToyRepo:
    """The toy repository with a matrix stage: one cell per source."""
    file = repo.root / "stages" / "toy.py"
    file.write_text(file.read_text().replace('@stage("toy", Toy)', '@stage("toy", Toy, item="source")'))
    return repo


def copy_working_tree(to: Path) -> Path:
    """Copy the tracked and new files of the working tree, without ignored ones, and commit them in a new repository."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    someone = ["-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], [*someone, "commit", "-q", "--no-verify", "-m", "as it stands"]):
        subprocess.run(["git", *words], cwd=to, check=True, capture_output=True)
    return to


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """A copy of the working tree with an empty DVC cache; removed afterwards, since a pipeline writes much."""
    yield copy_working_tree(tmp_path / "clone")
    shutil.rmtree(tmp_path / "clone", ignore_errors=True)


def run_in_shell(*args: str, cwd: Path, timeout: float = 1200, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as the Makefile does: our Python first on PATH, DVC's telemetry off, its scratch folder in the repository."""
    around = {name: value for name, value in os.environ.items() if not is_run_variable(name)} | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(cwd / ".dvc" / "tmp" / "site"),
        "GIT_AUTHOR_NAME": "someone",
        "GIT_AUTHOR_EMAIL": "someone@example.org",
        "GIT_COMMITTER_NAME": "someone",
        "GIT_COMMITTER_EMAIL": "someone@example.org",
    }
    return subprocess.run(
        args, cwd=cwd, env=around | env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
    )


@pytest.fixture
def shell() -> Run:
    return run_in_shell


def stages_run(output: str) -> list[str]:
    """The stages that `dvc repro` or `dvc exp run` executed, without those from the cache."""
    return re.findall(r"^Running stage '([^']+)'", output, re.M)


@dataclass(frozen=True)
class Smoke:
    """A checkout in which the whole pipeline ran once at scale=smoke, without a network. Change only a copy of it."""

    root: Path
    ran: list[str]  # the stages, in order
    attempts: list[str]  # to reach the network

    def copy(self, to: Path) -> Path:
        return shutil.copytree(self.root, to, symlinks=True)


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Smoke:
    """Made once for all workers of a session, or once for all parts of `make test-all`."""
    own = tmp_path_factory.getbasetemp()
    folder = Path(SMOKE) if SMOKE else (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "smoke"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        done = folder / "done.json"
        if not done.exists():
            for name in ("checkout", "offline"):  # left by an interrupted run
                shutil.rmtree(folder / name, ignore_errors=True)
            checkout, offline = copy_working_tree(folder / "checkout"), block_network(folder / "offline")
            composed = run_in_shell("python", "-m", "vitrine.cli", "compose", "scale=smoke", cwd=checkout)
            assert composed.returncode == 0, composed.stderr
            run_in_shell("git", "commit", "-qam", "smoke", cwd=checkout)
            again = ["dvc", "repro", "--force"]
            made = run_in_shell(*again, cwd=checkout, OMP_NUM_THREADS="1", DVC_EXP_NAME="smoke", **offline.env)
            assert made.returncode == 0, (made.stdout + made.stderr)[-5000:]
            done.write_text(json.dumps({"ran": stages_run(made.stdout), "attempts": offline.attempts()}))
    return Smoke(folder / "checkout", **json.loads(done.read_text()))


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of published files, which is not part of the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the publishers' files are not at ../shared/data")
    return folder


SAMPLE = {"olist": 600, "amazon_titles": 300, "alpaca": 100, "ecinstruct": 5000, "products": 400, "taxonomy": 600, "pave_br": 400}


@pytest.fixture(scope="session")
def example_config(tmp_path_factory: pytest.TempPathFactory) -> "ExampleConfig":
    return sample(tmp_path_factory.mktemp("data"))


def sample(folder: Path) -> "ExampleConfig":
    """A small sample of every source after ingest and clean, with its facts. Takes seconds, once per session."""
    from stages.clean import Clean
    from stages.clean import main as clean
    from stages.ingest import Ingest
    from stages.ingest import main as ingest
    from vitrine.facts import categories, churn, shop
    from vitrine.settings import parse
    from vitrine.tasks.task import ExampleConfig

    params = composed(*(f"ingest.sources.{name}.rows={rows}" for name, rows in SAMPLE.items()))
    moved = {"raw": str(folder / "raw"), "clean": str(folder / "clean")}
    for source in SAMPLE:
        own = {"source": source}
        ingest.body(parse(Ingest, "ingest", params["ingest"] | own | {"raw": moved["raw"]}))
        clean.body(parse(Clean, "clean", params["clean"] | own | moved))
    shop.build(folder / "clean", folder / "facts" / "shop", orders=300, seed=7)
    shop.build(folder / "clean", folder / "facts" / "whole", orders=None, seed=7)
    section, file = params["format"], folder / "facts" / "churn.parquet"
    options = parse(churn.Churn, "format.churn", section["churn"])
    churn.build(folder / "clean", file, options, validation=section["validation"], test=section["test"], seed=7)
    categories.build(folder / "clean", folder / "facts")
    return ExampleConfig(clean=folder / "clean", facts=folder / "facts")


@pytest.fixture(scope="session")
def chat_rows() -> list[dict[str, Any]]:
    from tests.tiny import rows

    return rows(64)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, chat_rows: list[dict[str, Any]]) -> Path:
    """A folder with an untrained model of a few thousand parameters."""
    from tests.tiny import SHAPE
    from vitrine.chat.template import TEMPLATES
    from vitrine.lm import decoder, tokenizer
    from vitrine.lm.settings import Load

    folder = tmp_path_factory.mktemp("models") / "base"
    texts = [text for row in chat_rows for text in (row["messages"][-1]["content"], row["gold"])]
    template = TEMPLATES[SHAPE.template]
    trained = tokenizer.train(texts, template, vocabulary=SHAPE.vocabulary, context=SHAPE.context)
    decoder.build(SHAPE, trained, Load(), seed=7).save(folder)
    return folder
