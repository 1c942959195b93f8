"""The modules that a Python file imports, from its syntax tree; nothing is run.

modules(ROOT / "stages/sft.py", ROOT)    # {"vitrine.training", "vitrine.training.sft", "vitrine.training.sft.trainer", …}
"""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path


def modules(path: Path, root: Path) -> set[str]:
    """Dotted names of the modules that `path` imports, also inside functions. `from a import b` gives a and a.b."""
    return set(_modules_of(path.read_text(encoding="utf-8"), path.relative_to(root).parent.parts))


@functools.cache  # several tests read all files of the project, and some a copy of them with one change
def _modules_of(text: str, package: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_modules(ast.parse(text), package))


def _modules(tree: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    if isinstance(tree, ast.If) and "TYPE_CHECKING" in ast.unparse(tree.test):
        return  # not run
    if isinstance(tree, ast.Import):
        yield from (alias.name for alias in tree.names)
    elif isinstance(tree, ast.ImportFrom):
        base = [*package[: len(package) - tree.level + 1]] if tree.level else []
        module = ".".join([*base, *([tree.module] if tree.module else [])])
        yield from (module, *(f"{module}.{alias.name}" for alias in tree.names))
    for child in ast.iter_child_nodes(tree):
        yield from _modules(child, package)
