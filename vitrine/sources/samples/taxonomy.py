"""taxonomy: generates `taxonomy-with-ids.en-US.<version>.txt` and its Portuguese sibling, in Google's format.

    generate(folder, rows=600, seed=7)      # 300 categories in each language
    # Google_Product_Taxonomy_Version: 2021-09-21
    412 - Kitchen & Table > Drinkware > Water Bottles

An invented tree (taxonomy_tree.py), extended to any size with variants of its leaves. Published quirks kept: each file is
sorted by its own names, so lines do not correspond; ids are unordered; a few categories exist in one language only. Some
lines are repeated at the end without their id (damage.py).
"""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

from vitrine.sources.samples import damage
from vitrine.sources.samples.taxonomy_tree import LEAVES, TREE, Node, path

VERSION = "2021-09-21"
LANGUAGES = {"en-US": False, "pt-BR": True}  # whether its names are Portuguese
ONE_LANGUAGE = 0.02  # share of categories that exist in one language only
KINDS = [
    ("Travel", "de viagem"),
    ("Kids'", "para crianças"),
    ("Gift", "para presente"),
    ("Pocket", "de bolso"),
    ("Luxury", "de luxo"),
    ("Everyday", "do dia a dia"),
    ("Classroom", "para sala de aula"),
    ("Holiday", "de festa"),
]


def generate(folder: Path, *, rows: int, seed: int) -> None:
    """Write `rows` categories, half of them in each language."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    counts = {"en-US": rows - rows // 2, "pt-BR": rows // 2}
    unshared = min(int(ONE_LANGUAGE * rows / 2), 50)
    nodes = list(itertools.islice(_nodes(), counts["en-US"] + unshared))
    ids = dict(zip(nodes, rng.sample(range(1, 10 * len(nodes) + 1), len(nodes)), strict=True))
    for number, (language, portuguese) in enumerate(LANGUAGES.items()):
        missing = _childless(nodes, rng if number else None, unshared)
        kept = [node for node in nodes if node not in missing][: counts[language]]
        lines = sorted((" > ".join(path(node, portuguese=portuguese)), ids[node]) for node in kept)
        text = "".join(f"{id} - {names}\n" for names, id in lines)
        for row in damage.damaged_rows(rows=len(lines), seed=seed, file=language):
            text += f"{lines[row][0]}\n"  # without its id
        header = f"# Google_Product_Taxonomy_Version: {VERSION}\n"
        (folder / f"taxonomy-with-ids.{language}.{VERSION}.txt").write_bytes((header + text).encode())


def _nodes() -> Iterator[Node]:
    """Yield categories endlessly, parents first: the tree, then variants of its leaves, then variants of those."""
    yield from TREE
    above = list(LEAVES.values())
    for _ in itertools.count():
        below = []
        for node in above:
            for english, portuguese in KINDS:
                kind = Node(f"{english} {node.english}", f"{node.portuguese} {portuguese}", parent=node)
                below.append(kind)
                yield kind
        above = below


def _childless(nodes: list[Node], rng: random.Random | None, count: int) -> set[Node]:
    """`count` categories without children: the last ones without `rng`; with it, random ones before those."""
    if rng is None:
        return set(nodes[len(nodes) - count :])
    parents = {node.parent for node in nodes}
    return set(rng.sample([node for node in nodes[: len(nodes) - count] if node not in parents], count))
