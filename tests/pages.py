"""The pages of documentation, as the tests of docs read them: links, anchors, names in backticks, fenced commands.

for command in commands(Path("docs/teams.md")):
    command.line, command.text, command.mark      # 12, "dvc repro", "long" for `dvc repro  # long: ten minutes`

A fenced block without a language, or with `sh`, holds commands, one a line; `text`, `json` and `python` hold none. The comment
behind a command may begin with a mark that tells readers, and the tests, why it is not run here:

    dvc repro                                    # long: about ten minutes
    dvc exp run -S scale=full -S hardware=gpu    # GPU: …
    pip install -e '.[s3]'                       # network: …
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SINGLE = ("README.md", "CONTRIBUTING.md", "benchmarks/README.md", "data/README.md", "models/README.md")
PAGES = [*(ROOT / name for name in SINGLE), *sorted((ROOT / "docs").glob("*.md"))]
MARKS = ("GPU", "long", "demora", "network", "example")  # demora: `long`, in Portuguese
SHELL = ("", "sh", "bash")


@dataclass(frozen=True)
class Command:
    """One command of a page. `text` is without its comment; lines that are continued are joined."""

    page: Path
    line: int
    text: str
    mark: str  # one of MARKS, or ""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the line after the fence, its lines."""

    language: str
    first: int
    lines: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    language, first, held = None, 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r"\s*```(\w*)", line)
        if fence and language is None:
            language, first, held = fence[1], number + 1, []
        elif fence and language is not None:
            yield Block(language, first, tuple(held))
            language = None
        elif language is not None:
            held.append(line)
    assert language is None, f"a fence is not closed: line {first - 1}"


def prose(text: str) -> list[tuple[int, str]]:
    """The lines outside fenced blocks, with their numbers."""
    inside = {number for block in blocks(text) for number in range(block.first - 1, block.first + len(block.lines) + 1)}
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if number not in inside]


def commands(page: Path) -> Iterator[Command]:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language not in SHELL:
            continue
        begun, first, mark = "", 0, ""
        for number, line in enumerate(block.lines, block.first):
            code, _, comment = re.sub(r"(^|\s)#(\s|$)", "\0", line, count=1).partition("\0")
            if not begun and not code.strip():
                continue
            first = first if begun else number
            word = re.match(r"\w+", comment.strip())
            mark = word[0] if word and word[0] in MARKS else mark
            begun = f"{begun.removesuffix(chr(92)).rstrip()} {code.strip()}".strip()
            if begun.endswith(("\\", "&&", "|")) or (re.search(r"\bdo$|\bdo\s", begun) and not re.search(r"\bdone\b", begun)):
                continue
            yield Command(page, first, begun, mark)
            begun, mark = "", ""


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    made: set[str] = set()
    for _, line in prose(text):
        if heading := re.match(r"#{1,6}\s+(.*)", line):
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            slug = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
            made.add(slug if slug not in made else f"{slug}-{sum(one.startswith(slug) for one in made)}")
    return made


def links(text: str) -> Iterator[tuple[int, str]]:
    """The targets of links outside code, with their lines."""
    for number, line in prose(text):
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "``", line)):
            yield number, target


def quoted(text: str) -> Iterator[tuple[int, str]]:
    """Names in backticks outside fenced blocks, with their lines."""
    for number, line in prose(text):
        for name in re.findall(r"`([^`]+)`", line):
            yield number, name
