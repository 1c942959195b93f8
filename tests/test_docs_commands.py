"""Every command in the documentation is run here, composed here, run by the tests of teams, or carries a mark (tests/pages.py).

Cheap commands run in a checkout in which the whole pipeline ran at scale=smoke. Of the others the settings are composed and
checked, the extras, targets and options looked up. A command of no class fails the tests: add a line to CLASSES.
"""

import functools
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hydra.errors import HydraException

from tests.conftest import ROOT, Smoke, composed, run_in_shell
from tests.pages import MARKS, PAGES, Command, blocks, commands
from vitrine import checks
from vitrine.cli import _parser
from vitrine.errors import VitrineError

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
TEAMS = "".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "tests" / "teams").glob("*.py")))
SETTING = re.compile(r"[+~]?[\w./@]+=.*", re.S)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


@functools.cache
def compose(*overrides: str) -> dict[str, Any]:
    """conf/ with these overrides, checked: as `dvc exp run` and `vitrine set` do."""
    params = composed(*overrides)
    checks.check(params)
    return params


def check_settings(words: list[str]) -> None:
    compose(*(word for word in words if SETTING.fullmatch(word)))


def check_arguments(words: list[str]) -> None:
    """`vitrine` takes these arguments; settings are composed as well."""
    try:
        _parser().parse_args(words[1:])
    except SystemExit as end:
        if end.code:
            raise AssertionError("its arguments are refused") from end
    if words[1] in ("compose", "set", "preflight"):
        check_settings(words)


def check_target(words: list[str]) -> None:
    done = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def check_benchmark(words: list[str]) -> None:
    module = ROOT.joinpath(*words[2].split("."))
    files = [*module.rglob("*.py")] if module.is_dir() else [module.with_suffix(".py")]
    text = "".join(file.read_text(encoding="utf-8") for file in files if file.exists())
    assert text, f"there is no {words[2]}"
    unknown = [word for word in words[3:] if word.startswith("--") and word.partition("=")[0] not in text]
    assert not unknown, f"{words[2]} has no {unknown}"


def check_extra(words: list[str]) -> None:
    names = {name for word in words for group in re.findall(r"\[([\w,]+)\]", word) for name in group.split(",")}
    assert names and names <= set(EXTRAS), f"extras are {', '.join(EXTRAS)}"


def check_stage(words: list[str]) -> None:
    assert (ROOT / "stages" / f"{words[1]}.py").exists(), f"there is no stage {words[1]}"


def check_teams(words: list[str]) -> None:
    """tests/teams runs the command, with names of its own."""
    program, *verbs = (word for word in words if not word.startswith("-"))
    command = " ".join([program, *verbs[: 2 if verbs[0] in ("exp", "remote") else 1]])
    assert command in TEAMS, f"no test of teams runs `{command}`"


def check_nothing(words: list[str]) -> None:
    """There is nothing to look up."""


class Class(NamedTuple):
    name: str  # run, composed, teams, shell
    expression: str  # of its commands
    check: Callable[[list[str]], None]


# A command is of the first class whose expression it matches.
CLASSES = [
    Class("run", r"vitrine (settings|scores|compose|set|unset|rewards audit$)", check_arguments),
    Class("run", r"vitrine (--help|pin \w+ --check|card|report|diff)", check_arguments),
    Class("run", r"vitrine preflight (base|sft|grpo)$", check_arguments),
    Class("run", r"\./stage (account|report|card|clean|ingest)\b", check_stage),
    Class("run", r"dvc (status|dag|list|exp show|queue status|params diff|metrics|plots show|config|cache dir)\b", check_nothing),
    Class("run", r"dvc repro\b", check_nothing),  # with --dry
    Class("run", r"dvc exp run .*--queue", check_settings),
    Class("run", r"python -c ", check_nothing),
    Class("composed", r"vitrine (rewards audit|pin|show|get|preflight) ", check_arguments),
    Class("composed", r"vitrine readme\b", check_arguments),  # it describes a run at scale=cpu; its own tests run it
    Class("composed", r"dvc exp run\b", check_settings),
    Class("composed", r"make\b", check_target),
    Class("composed", r"\./stage \w+", check_stage),
    Class("composed", r"python -m (benchmarks|tests)\.", check_benchmark),
    Class("composed", r"(python -m )?pip install\b.*\[", check_extra),
    Class("composed", r"(python -m )?pytest\b", check_nothing),
    Class("composed", r"mlflow ui --backend-store-uri sqlite:///mlflow.db", check_nothing),
    Class("teams", r"git (add|commit|push|fetch|switch|merge|checkout)\b", check_teams),
    Class("teams", r"dvc (push|pull|remote|commit|exp (push|pull|list|apply))\b", check_teams),
    Class("shell", r"(git (clone|status|diff|log|restore|rm)|cd|export|diff|find|rm|ps|kill|nvidia-smi|df|ls)\b", check_nothing),
    Class("shell", r"dvc (queue (start|stop|remove|logs)|gc|checkout|exp remove)\b", check_nothing),
]


def parts(command: Command) -> list[str]:
    """The commands that `&&` joins."""
    return [part.strip() for part in re.split(r"\s&&\s", command.text)]


def class_of(part: str) -> Class | None:
    return next((kind for kind in CLASSES if re.match(kind.expression, part)), None)


def words_of(part: str) -> list[str]:
    try:
        return shlex.split(part)
    except ValueError:  # a loop of the shell
        return part.split()


@each_page
def test_every_command_is_of_a_class_and_composes(page: Path) -> None:
    wrong = []
    for command in commands(page):
        for part in parts(command):
            kind = class_of(part)
            try:
                assert kind, "of no class: add a line to CLASSES"
                if kind.name != "teams" or not command.mark:
                    kind.check(words_of(part))
            except (AssertionError, VitrineError, HydraException) as error:
                wrong.append(f"{command}: {error}")
    assert not wrong, "\n".join(wrong)


@each_page
def test_marks_tell_readers_why(page: Path) -> None:
    """`# long` alone says nothing: how long, on what?"""
    marks = "|".join(MARKS)
    lines = enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
    assert not [f"line {number}: {line}" for number, line in lines if re.search(rf"\s# ({marks})\W*$", line)]


# --------------------------------------------------------------------------------------------------------------- for real


@pytest.fixture(scope="module")
def checkout(smoke: Smoke, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which the pipeline ran."""
    return smoke.copy(tmp_path_factory.mktemp("docs") / "checkout")


@pytest.fixture(scope="module")
def dvc_commands() -> set[str]:
    """Commands of DVC that other pages have run: they change nothing, and each takes seconds."""
    return set()


def is_run(command: Command) -> bool:
    return not command.mark and all((kind := class_of(part)) and kind.name == "run" for part in parts(command))


def for_test(text: str) -> str:
    """The command with the checkout's own `vitrine`, and without what a test cannot have: browsers, minutes of `dvc repro`."""
    text = re.sub(r"\bvitrine report\b", "vitrine report --no-open", text)
    text = re.sub(r"(^|&& )vitrine\b", r"\1python -m vitrine.cli", text)
    return re.sub(r"(^|&& )dvc repro( --dry)?", r"\1dvc repro --dry", text)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # the first test may make the smoke run
@pytest.mark.parametrize("page", [page for page in PAGES if any(map(is_run, commands(page)))], ids=lambda page: page.name)
def test_cheap_commands_run_in_the_order_of_their_page(page: Path, checkout: Path, dvc_commands: set[str]) -> None:
    failed = []
    (checkout / "conf/user/local.yaml").unlink(missing_ok=True)  # each page starts from the defaults
    run_in_shell("python", "-m", "vitrine.cli", "compose", cwd=checkout)
    for command in filter(is_run, commands(page)):
        if command.text in dvc_commands:
            continue
        if command.text.startswith("dvc "):
            dvc_commands.add(command.text)
        done = run_in_shell("bash", "-c", for_test(command.text), cwd=checkout, OMP_NUM_THREADS="1")
        if done.returncode:
            failed.append(f"{command}\n{(done.stdout + done.stderr)[-800:]}")
    assert not failed, "\n".join(failed)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("page", [page for page in PAGES if "```python\nfrom" in page.read_text()], ids=lambda page: page.name)
def test_python_that_imports_vitrine_runs(page: Path, checkout: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "python" and block.lines[0].startswith("from "):
            code = "\n".join(line for line in block.lines if "# ValidationError" not in line)
            done = run_in_shell("python", "-c", code, cwd=checkout)
            assert done.returncode == 0, done.stderr
