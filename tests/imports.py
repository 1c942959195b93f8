"""The modules that a Python file imports, from its syntax tree; nothing is run.

modules(ROOT / "stages/sft.py", ROOT)    # {"vitrine.training", "vitrine.training.sft", "vitrine.training.sft.trainer", …}
"""

import ast
from collections.abc import Iterator
from pathlib import Path


def modules(path: Path, root: Path) -> set[str]:
    """Dotted names of the modules that `path` imports, also inside functions. `from a import b` gives a and a.b."""
    package = path.relative_to(root).parent.parts
    return set(_modules(ast.parse(path.read_text(encoding="utf-8")), package))


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
