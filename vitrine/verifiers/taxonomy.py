"""Parse a category path in a reply, and score how much of it is right.

    tree = Taxonomy.from_paths([("Pets", "Cats", "Cat Beds"), ("Pets", "Cats", "Cat Toys")])
    parsed = tree.parse("pets › cats › cat toys")        # ParsedPath(path=("Pets", "Cats", "Cat Toys"), name_count=3)
    shared_depth(parsed.path, ("Pets", "Cats", "Cat Beds"))                     # 2: Pets, and Pets > Cats
    hierarchical_scores(shared=2, predicted=parsed.name_count, gold=3).f1       # 0.667

A node is a full path from the root, never a name alone. A path is the set of its own node and the nodes above it; precision,
recall and F1 are those of these sets (Kiritchenko et al., 2006), for one reply or summed over many.

Names may differ from the tree's in case, accents, punctuation and "and" for "&". They are separated by arrows (>, ›, », →, ->)
or a slash between blanks. `path` is the longest prefix that is in the tree; later names only count in `name_count`, so they
are as wrong as a wrong category. Several lines, or "A > B or C > D", are no answer.
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
WRAPPING = "`'\"*. "  # characters around a path
MAX_CHARS = 400  # of an answer; Google's longest path has 214


@dataclass(frozen=True)
class ParsedPath:
    """A path as written in a reply."""

    path: tuple[str, ...]  # the longest prefix that is in the tree, with the tree's spelling
    name_count: int  # names in the reply

    @property
    def valid(self) -> bool:
        return len(self.path) == self.name_count


@dataclass(frozen=True)
class Scores:
    precision: float
    recall: float
    f1: float


class Taxonomy:
    """A set of paths with all paths above them."""

    def __init__(self, spelled: dict[tuple[str, ...], tuple[str, ...]]) -> None:
        if not spelled:
            raise VerifierError("a taxonomy needs at least one path, and this one has none; check its file")
        self.paths = frozenset(spelled.values())
        self.roots = tuple(sorted({path[0] for path in self.paths}))
        self.depth = max(map(len, spelled))
        self._spelled = spelled
        roots = "|".join(re.escape(_words_of(root)) for root in self.roots)
        self._second_path = re.compile(rf"(?:[,;|/]|\bor)\s*(?:{roots})\Z")

    @classmethod
    def from_paths(cls, paths: Iterable[Sequence[str]]) -> "Taxonomy":
        """Build a taxonomy. Paths that differ only in case, accents or punctuation are one path, with the first spelling."""
        spelled: dict[tuple[str, ...], tuple[str, ...]] = {}
        for path in paths:
            keys = tuple(map(name_key, path))
            if not all(keys):
                raise VerifierError(f"the path {list(path)} has a name without a letter or digit; no reply could match it")
            for depth in range(1, len(keys) + 1):
                above = spelled.get(keys[: depth - 1], ())
                spelled.setdefault(keys[:depth], (*above, path[depth - 1]))
        return cls(spelled)

    @classmethod
    def load(cls, file: Path) -> "Taxonomy":
        """Load the taxonomy from a parquet file of categories; each process reads a file once."""
        return _load(str(Path(file).resolve()))

    def parse(self, reply: str) -> ParsedPath:
        """Parse the path in an answer; ParseError if there is none, or more than one."""
        answer = answer_of(reply).strip("`\n ")
        if not answer or len(answer) > MAX_CHARS or len(answer.splitlines()) > 1:
            raise ParseError(f"{answer[:60]!r} is not one line with one path, names from the top down with > between them")
        written = ARROW.split(LABEL.sub("", html.unescape(answer.strip(WRAPPING))))
        keys = tuple(name_key(name) for name in written)
        known = next((depth for depth in range(len(keys), 0, -1) if keys[:depth] in self._spelled), 0)
        if len(keys) > self.depth or any(self._second_path.search(_words_of(name)) for name in written[known:]):
            raise ParseError(f"{answer[:60]!r} goes on after its path; one path of at most {self.depth} names was expected")
        return ParsedPath(path=self._spelled[keys[:known]] if known else (), name_count=len(keys))

    def root(self, path: tuple[str, ...]) -> int:
        """The index in `roots` of the root of a path of this taxonomy."""
        if path not in self.paths:
            raise VerifierError(f"{' > '.join(path)!r} is no path of the taxonomy; run `dvc repro format`, which writes both")
        return self.roots.index(path[0])


def name_key(name: str) -> str:
    """Normalize a name, so that its spellings can be compared."""
    return " ".join(re.sub(r"[\W_]+", " ", _words_of(name)).split())


def shared_depth(predicted: Sequence[str], gold: Sequence[str]) -> int:
    """Count the nodes that two paths share."""
    equal = (one == other for one, other in zip(predicted, gold, strict=False))
    return sum(1 for _ in takewhile(bool, equal))


def hierarchical_scores(*, shared: float, predicted: float, gold: float) -> Scores:
    """Precision, recall and F1 from numbers of nodes, of one reply or summed over replies."""
    precision, recall = shared / predicted if predicted else 0.0, shared / gold if gold else 0.0
    return Scores(precision=precision, recall=recall, f1=2 * shared / (predicted + gold) if predicted + gold else 0.0)


def _words_of(name: str) -> str:
    return normalize(name.replace("&", " and "))


@lru_cache(maxsize=8)
def _load(file: str) -> Taxonomy:
    try:
        return Taxonomy.from_paths(tables.load(Path(file), CATEGORIES)["path"].to_pylist())
    except TableError as error:
        raise VerifierError(f"the taxonomy that paths are checked against cannot be read: {error}") from error
