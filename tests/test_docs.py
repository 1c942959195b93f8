"""The documentation is true: no link is broken, and every path, Python name and setting in backticks exists."""

import ast
import functools
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pages import PAGES, anchors, blocks, links, quoted
from tests.test_docs_commands import compose
from vitrine.params import leaves

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


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
    made = re.findall(r"^    outs:\n((?:    (?:- |  ).*\n)+)", (ROOT / "dvc.lock").read_text(), re.M)
    made = [path for block in made for path in re.findall(r"- path: (\S+)", block)]
    made += [path.relative_to(ROOT).as_posix() for path in (ROOT / "metrics").rglob("*.json")]
    return [*made, "data/downloads", "timings"]


def spellings(name: str) -> list[str]:
    """`data/{a,b}.parquet` is two names."""
    before, opened, rest = name.partition("{")
    choices, _, after = rest.partition("}")
    return [one for choice in choices.split(",") for one in spellings(before + choice + after)] if opened else [name]


PLACEHOLDER = re.compile(r"<[^>]*>|\*+|\b[A-Z]{3,}\b")  # stands for one step of a path, or of a key


def exists(name: str) -> bool:
    """Whether a path is in the repository, or lies in, is or holds an output of a stage."""
    name = PLACEHOLDER.sub("*", name.rstrip("/"))
    if name in NOT_IN_A_CLONE or any(ROOT.glob(name)):
        return True
    steps = name.split("/")
    made = [path.split("/") for path in outputs()] if steps[0] in MADE else []
    return any(all(map(fnmatch, path, steps)) for path in made)  # as far as both go


@each_page
def test_paths_in_backticks_exist(page: Path) -> None:
    top = "|".join(CODE + MADE)
    missing = []
    for line, text in quoted(page.read_text(encoding="utf-8")):
        if re.fullmatch(rf"({top})/[\w./<>{{}},*-]+", text):
            missing += [f"line {line}: {name}" for name in spellings(text) if not exists(name)]
    assert not missing


TAGS = {"vitrine.fingerprint", "vitrine.report", "vitrine.drift"}  # of a run in MLflow


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
    pairs = quoted(page.read_text(encoding="utf-8"))
    names = [(line, name) for line, name in pairs if re.fullmatch(r"(vitrine|tests|stages)(\.\w+)+", name)]
    assert not [f"line {line}: {name}" for line, name in names if name not in TAGS and not is_defined(name)]


@functools.cache
def keys() -> set[str]:
    """Every settings key, with the sections above it."""
    found = set[str]()
    for params in (
        compose(),
        compose("recipe=portfolio", "scale=laptop", "launch=ray"),
        compose("lm=folder", "lm.path=/models/a"),
        compose("lm=gguf", "lm.path=/models/a.gguf"),
    ):  # which have all keys together
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
            wanted = PLACEHOLDER.sub("*", key)
            if wanted not in keys() and not any(fnmatch(known, wanted) for known in keys() if known.count(".") == key.count(".")):
                unknown.append(f"line {line}: {text}")
    assert not unknown


@each_page
def test_python_in_pages_parses(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "python":
            ast.parse("\n".join(block.lines))


# ------------------------------------------------------------------------------------------------------ troubleshooting

# Messages of the shell, make, Python, Git, DVC, pydantic, Hydra and torch, which no file of ours holds.
FOREIGN = re.compile(
    r"\w+: command not found|Nothing to be done|KEY: Input should be|Could not (find|override)|ERROR: unexpected error|Killed|"
    r"… exited with|Unable to acquire lock|'…' is busy|failed to reproduce|FileNotFoundError|CONFLICT|Some of the cache|torch\.|"
    r"modified:"
)
PLACEHOLDERS = r"…|\b(?:PATH|KEY|SOURCE|STAGE|COLUMN|NAME|N|M|T)\b"
NO_MESSAGE = re.compile(
    r"(dvc |make |git |pip |\./stage|data/|conf/|metrics/|vitrine/|scale=|lm=|vitrine (compose|set|STAGE))|^[\w.]+$"
)


@functools.cache
def messages() -> str:
    """The texts of our code in one line: parts of a literal are joined, and what an f-string fills in is …"""
    files = [*(ROOT / "vitrine").rglob("*.py"), *(ROOT / "stages").glob("*.py")]
    code = re.sub(r'"\s*\n\s*f?"', "", "\n".join(file.read_text(encoding="utf-8") for file in files))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return " ".join((re.sub(r"\{[^{}\n]*\}", "…", code).replace("`", "") + makefile).split())


def test_troubleshooting_quotes_messages_that_exist() -> None:
    """Fails if a message was reworded in the code and not on the page."""
    gone = []
    for line in (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8").splitlines():
        for quote in re.findall(r"`([^`]+)`", line.split(" | ")[0]) if line.startswith("| `") else []:
            if NO_MESSAGE.match(quote) or FOREIGN.match(quote):
                continue
            fragments = [one.strip(" :;,.()'\"") for one in re.split(PLACEHOLDERS, quote)]
            gone += [f"{quote!r}: {one!r}" for one in fragments if len(one) > 8 and one not in messages()]
    assert not gone, "\n".join(gone)
