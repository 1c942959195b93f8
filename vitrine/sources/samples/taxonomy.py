"""taxonomy: generates `taxonomy-with-ids.en-US.<version>.txt` and its Portuguese sibling, as Google publishes its own.

    generate(folder, rows=600, seed=7)      # 300 categories in each language
    # Google_Product_Taxonomy_Version: 2021-09-21
    412 - Kitchen & Table > Drinkware > Water Bottles

An invented tree (taxonomy_tree.py), made larger by kinds of its leaves, to any size. Published quirks kept: each file sorted
by its own names, so that lines do not agree; ids without order; a few categories in one of the languages only. Some lines
stand at the end once more, without their id (damage.py).
"""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

from vitrine.sources.samples import damage
from vitrine.sources.samples.taxonomy_tree import LEAVES, TREE, Node, path

VERSION = "2021-09-21"
LANGUAGES = {"en-US": False, "pt-BR": True}
ALONE = 0.02  # of the categories stand in one language only
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
    chance = random.Random(seed)
    here = {"en-US": rows - rows // 2, "pt-BR": rows // 2}
    alone = min(int(ALONE * rows / 2), 50)
    nodes = list(itertools.islice(_nodes(), here["en-US"] + alone))
    ids = dict(zip(nodes, chance.sample(range(1, 10 * len(nodes) + 1), len(nodes)), strict=True))
    for number, (language, portuguese) in enumerate(LANGUAGES.items()):
        left_out = _leaves(nodes, chance if number else None, alone)
        kept = [node for node in nodes if node not in left_out][: here[language]]
        lines = sorted((" > ".join(path(node, portuguese=portuguese)), ids[node]) for node in kept)
        text = "".join(f"{id} - {names}\n" for names, id in lines)
        for place in damage.chosen(rows=len(lines), seed=seed, of=language):
            text += f"{lines[place][0]}\n"  # without its id
        header = f"# Google_Product_Taxonomy_Version: {VERSION}\n"
        (folder / f"taxonomy-with-ids.{language}.{VERSION}.txt").write_bytes((header + text).encode())


def _nodes() -> Iterator[Node]:
    """Categories without end, each after its parent: the tree, then kinds of its leaves, then kinds of those."""
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


def _leaves(nodes: list[Node], chance: random.Random | None, count: int) -> set[Node]:
    """Categories without children: the last ones, or some that `chance` picks before them."""
    if chance is None:
        return set(nodes[len(nodes) - count :])
    parents = {node.parent for node in nodes}
    return set(chance.sample([node for node in nodes[: len(nodes) - count] if node not in parents], count))
