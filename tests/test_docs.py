"""The documentation is true: no link is broken, names in backticks exist, and every command runs, composes or carries a mark."""

import ast
import functools
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Smoke, composed, run_in_shell
from tests.pages import PAGES, Command, anchors, blocks, commands, links, quoted
from vitrine import checks
from vitrine.params import leaves

COMMANDS = [command for page in PAGES for command in commands(page)]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


# ------------------------------------------------------------------------------------------------------ links and names


@each_page
def test_no_link_is_broken(page: Path) -> None:
    broken = []
    for line, target in links(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue  # another site, which a test without a network cannot ask
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists():
            broken.append(f"line {line}: there is no {target}")
        elif anchor and anchor not in anchors(file.read_text(encoding="utf-8")):
            broken.append(f"line {line}: {name or page.name} has no heading #{anchor}")
    assert not broken


CODE = "vitrine stages tests conf docs benchmarks manifests hydra_plugins".split()
MADE = "data models metrics timings".split()
NOT_IN_A_CLONE = {"conf/user/local.yaml", "docs/log.md"}


@functools.cache
def outputs() -> list[str]:
    """Every path that a stage writes, as dvc.lock has it, and what stages leave beside."""
    stages = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"].values()
    made = [out["path"] for entry in stages for out in entry.get("outs", [])]
    made += [path.relative_to(ROOT).as_posix() for path in (ROOT / "metrics").rglob("*.json")]
    return [*made, "data/downloads", "timings"]


def spellings(name: str) -> list[str]:
    """`data/{a,b}.parquet` is two names."""
    if several := re.search(r"\{([^}]*)\}", name):
        return [one for part in several[1].split(",") for one in spellings(name[: several.start()] + part + name[several.end() :])]
    return [name]


def pattern(name: str) -> str:
    """`data/raw/<source>/` as a regular expression; a star and a name in angle brackets stand for one step."""
    return "".join("[^/]+" if part[:1] in "<*" else re.escape(part) for part in re.split(r"(<[^>]*>|\*+)", name) if part)


def exists(name: str) -> bool:
    name = name.rstrip("/")
    top = name.partition("/")[0]
    if name in NOT_IN_A_CLONE or (top in CODE + MADE and list(ROOT.glob(re.sub(r"<[^>]*>", "*", name)))):
        return True
    parts, expression = name.count("/") + 1, re.compile(pattern(name))
    for path in outputs():
        above = "/".join(path.split("/")[:parts])
        if top in MADE and (expression.fullmatch(above) or f"{name}/".startswith(f"{path}/")):
            return True
        if top in MADE and path.count("/") + 1 < parts and re.match(f"{re.escape(path)}/", re.sub(r"<[^>]*>", "x", name)):
            return True
        if top in MADE and path.count("/") + 1 < parts and re.compile("/".join(map(pattern, name.split("/")[: path.count("/") + 1]))).fullmatch(path):
            return True
    return False


@each_page
def test_paths_in_backticks_exist(page: Path) -> None:
    top = "|".join(CODE + MADE)
    missing = []
    for line, text in quoted(page.read_text(encoding="utf-8")):
        if re.fullmatch(rf"({top})/[\w./<>{{}},*-]+", text):
            missing += [f"line {line}: {name}" for name in spellings(text) if not exists(name)]
    assert not missing


@functools.cache
def defined(file: Path) -> set[str]:
    """The names that a module defines or imports at its top level."""
    names = set[str]()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return names


def is_defined(name: str) -> bool:
    """Whether a dotted name is a module or package of ours, or a name at the top level of one."""
    parts = name.split(".")
    for depth in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:depth])
        files = [file for file in (base.with_suffix(".py"), base / "__init__.py") if file.exists()]
        if files or base.is_dir():
            return depth == len(parts) or any(parts[depth] in defined(file) for file in files)
    return False


@each_page
def test_python_names_in_backticks_are_defined(page: Path) -> None:
    names = [(line, text) for line, text in quoted(page.read_text(encoding="utf-8")) if re.fullmatch(r"(vitrine|tests|stages)(\.\w+)+", text)]
    assert not [f"line {line}: {name}" for line, name in names if not is_defined(name) and name != "vitrine.fingerprint"]


@functools.cache
def keys() -> set[str]:
    """Every settings key, with the sections above it, of the default and of the recipe with all tasks."""
    found = set[str]()
    for params in (composed(), composed("recipe=portfolio"), composed("launch=ray"), composed("lm=laptop")):
        for key in leaves(params):
            steps = key.split(".")
            found |= {".".join(steps[:depth]) for depth in range(1, len(steps) + 1)}
    return found


@each_page
def test_settings_in_backticks_exist(page: Path) -> None:
    sections = "|".join(sorted({key for key in keys() if "." not in key}))
    unknown = []
    for line, text in quoted(page.read_text(encoding="utf-8")):
        key = text.partition("=")[0]
        if re.fullmatch(rf"({sections})(\.[\w*<>]+)+", key) and not key.endswith((".py", ".yaml", ".md", ".json", ".parquet")):
            asked = re.compile(r"\.".join("[^.]+" if step[0] in "<*" else re.escape(step) for step in key.split(".")))
            if not any(asked.fullmatch(one) for one in keys()):
                unknown.append(f"line {line}: {text}")
    assert not unknown


# ------------------------------------------------------------------------------------------------------------- commands

OVERRIDE = re.compile(r"[+~]?[\w./@]+=.*")


def overrides(words: list[str]) -> list[str]:
    return [word for word in words if OVERRIDE.fullmatch(word)]


def composes(words: list[str]) -> None:
    """The overrides of a command are composed and checked, as `dvc exp run` and `vitrine set` would."""
    checks.check(composed(*overrides(words)))


def compose_make(words: list[str]) -> None:
    done = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def compose_benchmark(words: list[str]) -> None:
    module = ROOT.joinpath(*words[2].split("."))
    file = next((one for one in (module.with_suffix(".py"), module / "__main__.py", module / "__init__.py") if one.exists()), None)
    assert file, f"there is no {words[2]}"
    text = "".join(one.read_text(encoding="utf-8") for one in ([*module.rglob("*.py")] if module.is_dir() else [file]))
    assert not [word for word in words[3:] if word.startswith("--") and word.partition("=")[0] not in text]


def compose_pip(words: list[str]) -> None:
    asked = [name for word in words for group in re.findall(r"\[([\w,]+)\]", word) for name in group.split(",")]
    assert asked and not set(asked) - set(EXTRAS), f"there is no extra {asked}"


def compose_stage(words: list[str]) -> None:
    assert (ROOT / "stages" / f"{words[1]}.py").exists()


def nothing(words: list[str]) -> None:
    """There is nothing to compose."""


TEAMS = "".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "tests" / "teams").glob("*.py")))


def in_teams(words: list[str]) -> None:
    """A command of a team: tests/teams runs it, under names of its own."""
    program, verb = words[0], " ".join(word for word in words[1:] if not word.startswith("-"))
    steps = verb.split()[: 2 if words[1] in ("exp", "remote") else 1]
    assert " ".join([program, *steps]) in TEAMS or (program == "dvc" and " ".join(steps) in TEAMS), f"tests/teams runs no {steps}"


# A command is of the first class whose expression it matches: run in a checkout in which the whole pipeline ran at scale=smoke;
# composed, as far as that goes without running; run by the tests of teams; or an ordinary command of the shell.
CLASSES = [
    ("run", r"vitrine (settings|scores|compose|set|unset)\b|vitrine rewards audit$|vitrine pin \w+ --check|vitrine --help", composes),
    ("run", r"vitrine (readme|report|diff)\b", nothing),
    ("run", r"\./stage (account|report|card|clean|ingest)\b", compose_stage),
    ("run", r"dvc (status|dag|list|stage list|exp show|queue status|params diff|metrics (show|diff)|plots show|config|cache dir)\b", nothing),
    ("run", r"dvc repro\b", nothing),  # with --dry
    ("run", r"dvc exp run .*--queue", composes),
    ("run", r"python -c ", nothing),
    ("composed", r"vitrine (rewards audit|pin) ", nothing),
    ("composed", r"dvc exp run\b", composes),
    ("composed", r"make\b", compose_make),
    ("composed", r"\./stage \w+", compose_stage),
    ("composed", r"python -m (benchmarks|tests)\.", compose_benchmark),
    ("composed", r"(python -m )?pip install\b.*\[", compose_pip),
    ("composed", r"python -m pytest|pytest ", nothing),
    ("composed", r"mlflow ui --backend-store-uri sqlite:///mlflow.db", nothing),
    ("teams", r"git (add|commit|push|fetch|switch|merge|checkout)\b|dvc (push|pull|remote|commit)\b|dvc exp (push|pull|list|apply)\b", in_teams),
    ("shell", r"git (clone|status|diff|log|restore|rm)\b|cd |export |diff |find |rm |ps |kill |nvidia-smi|df |ls ", nothing),
    ("shell", r"dvc (queue (start|stop|remove|logs)|gc|checkout|exp remove)\b|[A-Z_]+=\S+ ", nothing),
]


def parts(command: Command) -> list[str]:
    """The commands that `&&` joins."""
    return [part.strip() for part in re.split(r"\s&&\s", command.text)]


def class_of(part: str) -> tuple[str, Any]:
    for name, expression, check in CLASSES:
        if re.match(expression, part):
            return name, check
    return "unknown", None


def words_of(part: str) -> list[str]:
    try:
        return shlex.split(part)
    except ValueError:
        return part.split()


def test_every_command_has_a_class() -> None:
    """A new kind of command needs a line in CLASSES, or one of the marks in its comment."""
    unknown = [str(command) for command in COMMANDS for part in parts(command) if class_of(part)[0] == "unknown"]
    assert not unknown


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command)[:90])
def test_a_command_composes(command: Command) -> None:
    for part in parts(command):
        name, check = class_of(part)
        assert check, str(command)
        check(words_of(part)) if name != "teams" or not command.mark else composes(words_of(part))


def test_a_mark_says_something() -> None:
    """`# long` alone tells a reader nothing."""
    bare = []
    for page in PAGES:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"\s# (long|network|example)\s*$", line):
                bare.append(f"{page.name}:{number}")
    assert not bare


@each_page
def test_python_in_pages_parses(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "python":
            ast.parse("\n".join(block.lines))


@pytest.fixture(scope="module")
def checkout(smoke: Smoke, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the checkout in which the pipeline ran, with `vitrine` and `dvc` on PATH."""
    root = smoke.copy(tmp_path_factory.mktemp("docs") / "checkout")
    yield root


def runnable(command: Command) -> bool:
    return not command.mark and all(class_of(part)[0] == "run" for part in parts(command))


def as_run(text: str) -> str:
    """`vitrine` is this checkout's, wherever it is installed; `dvc repro` only says what it would run."""
    text = re.sub(r"(^|&& )vitrine ", r"\1python -m vitrine.cli ", text)
    text = re.sub(r"(^|&& )dvc repro( --dry)?", r"\1dvc repro --dry", text)
    return re.sub(r"(^|&& )dvc plots show", r"\1dvc plots show --out dvc_plots", text)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # the first one may make the smoke run
@pytest.mark.parametrize("page", [page for page in PAGES if any(map(runnable, commands(page)))], ids=lambda page: page.name)
def test_the_commands_of_a_page_run(page: Path, checkout: Path) -> None:
    """Those that are cheap, in the order of the page."""
    failed = []
    for command in filter(runnable, commands(page)):
        done = run_in_shell("bash", "-c", as_run(command.text), cwd=checkout, OMP_NUM_THREADS="1")
        if done.returncode:
            failed.append(f"{command}\n{(done.stdout + done.stderr)[-800:]}")
    assert not failed, "\n".join(failed)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("page", [page for page in PAGES if "```python\nfrom" in page.read_text()], ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page: Path, checkout: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "python" and block.lines[0].startswith("from "):
            code = "\n".join(line for line in block.lines if "ValidationError" not in line)
            done = run_in_shell("python", "-c", code, cwd=checkout)
            assert done.returncode == 0, done.stderr
