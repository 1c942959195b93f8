"""One path of a tree of categories in a reply, and how much of it is right.

    tree = Taxonomy.from_paths([("Pets", "Cats", "Cat Beds"), ("Pets", "Cats", "Cat Toys")])
    said = tree.parse("pets › cats › cat toys")          # ParsedPath(path=("Pets", "Cats", "Cat Toys"), name_count=3)
    shared_depth(said.path, ("Pets", "Cats", "Cat Beds"))      # 2: Pets, and Pets > Cats
    hierarchical_scores(shared=2, predicted=said.name_count, gold=3).f1   # 0.667

A node is a whole path from the root, never a name alone, and a path stands for itself and everything above it but the root of
all: precision, recall and F1 of these sets (Kiritchenko and others, 2006), for one reply or summed over many.

Names may differ from the tree's in case, accents, punctuation and "and" for "&"; between them stand arrows (>, ›, », →, ->) or a
slash between blanks. `path` is the longest part from the root down that the tree has; whatever is written after it is in no
tree, and counts among `names`: as wrong as a wrong category. Several lines, or "A > B or C > D", are no answer.
"""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from vitrine import tables
from vitrine.errors import ParseError, TableError, VerifierError
from vitrine.tables.published.taxonomy import CATEGORIES
from vitrine.verifiers.labels import normalize
from vitrine.verifiers.replies import answer_of

ARROW = re.compile(r"[-=]{0,3}>+|[›»→]|\s/\s")
LABEL = re.compile(r"\A(?:product\s+)?(?:category|path|answer)\s*:", re.IGNORECASE)
FENCE = "`'\"*. "  # what a path is wrapped in
LONGEST = 400  # characters; a path of Google's has 214 at most


@dataclass(frozen=True)
class ParsedPath:
    """A path as a reply has it."""

    path: tuple[str, ...]  # the part that the tree has, from the root down, as the tree spells it
    name_count: int  # written in all

    @property
    def valid(self) -> bool:
        return len(self.path) == self.name_count


@dataclass(frozen=True)
class Scores:
    precision: float
    recall: float
    f1: float


class Taxonomy:
    """Every path that was given and all paths above it."""

    def __init__(self, spelled: dict[tuple[str, ...], tuple[str, ...]]) -> None:
        if not spelled:
            raise VerifierError("a taxonomy needs one path at least, and this one has none; check its file")
        self.paths = frozenset(spelled.values())
        self.roots = tuple(sorted({path[0] for path in self.paths}))
        self.depth = max(map(len, spelled))
        self._spelled = spelled
        roots = "|".join(re.escape(_joined(root)) for root in self.roots)
        self._another = re.compile(rf"(?:[,;|/]|\bor)\s*(?:{roots})\Z")

    @classmethod
    def from_paths(cls, paths: Iterable[Sequence[str]]) -> "Taxonomy":
        """Two paths that differ in case, accents or punctuation alone are one, spelled as the first is."""
        spelled: dict[tuple[str, ...], tuple[str, ...]] = {}
        for path in paths:
            keys = tuple(map(name_key, path))
            if not all(keys):
                raise VerifierError(f"the path {list(path)} has a name without a letter or digit; no reply could give it")
            for depth in range(1, len(keys) + 1):
                above = spelled.get(keys[: depth - 1], ())
                spelled.setdefault(keys[:depth], (*above, path[depth - 1]))
        return cls(spelled)

    @classmethod
    def load(cls, file: Path) -> "Taxonomy":
        """The taxonomy of this process over a parquet file of categories, read once."""
        return _at(str(Path(file).resolve()))

    def parse(self, reply: str) -> ParsedPath:
        """The path that the answer gives; ParseError if it gives none, or two."""
        answer = answer_of(reply).strip("`\n ")
        if not answer or len(answer) > LONGEST or len(answer.splitlines()) > 1:
            raise ParseError(f"{answer[:60]!r} is not one line with one path, names from the top down with > between them")
        written = ARROW.split(LABEL.sub("", html.unescape(answer.strip(FENCE))))
        keys = tuple(name_key(name) for name in written)
        known = next((depth for depth in range(len(keys), 0, -1) if keys[:depth] in self._spelled), 0)
        if len(keys) > self.depth or any(self._another.search(_joined(name)) for name in written[known:]):
            raise ParseError(f"{answer[:60]!r} goes on after its path; one path of at most {self.depth} names was expected")
        return ParsedPath(path=self._spelled[keys[:known]] if known else (), name_count=len(keys))

    def root(self, path: tuple[str, ...]) -> int:
        """Which of `roots` a path of this taxonomy stands on."""
        if path not in self.paths:
            raise VerifierError(f"{' > '.join(path)!r} is no path of the taxonomy; run `dvc repro format`, which writes both")
        return self.roots.index(path[0])


def name_key(name: str) -> str:
    """What is left of a name when two spellings of it are compared."""
    return " ".join(re.sub(r"[\W_]+", " ", _joined(name)).split())


def shared_depth(said: Sequence[str], true: Sequence[str]) -> int:
    """How many nodes two paths have in common."""
    alike = (one == other for one, other in zip(said, true, strict=False))
    return sum(1 for _ in takewhile(bool, alike))


def hierarchical_scores(*, shared: float, predicted: float, gold: float) -> Scores:
    """Of numbers of nodes: those in common, those said and those that are true, of one reply or of all together."""
    precision, recall = shared / predicted if predicted else 0.0, shared / gold if gold else 0.0
    return Scores(precision=precision, recall=recall, f1=2 * shared / (predicted + gold) if predicted + gold else 0.0)


def _joined(name: str) -> str:
    return normalize(name.replace("&", " and "))


@lru_cache(maxsize=8)
def _at(file: str) -> Taxonomy:
    try:
        return Taxonomy.from_paths(tables.load(Path(file), CATEGORIES)["path"].to_pylist())
    except TableError as error:
        raise VerifierError(f"the taxonomy that paths are checked against cannot be read: {error}") from error
