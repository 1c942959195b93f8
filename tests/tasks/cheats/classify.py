"""classify: each name of the path is an item to read."""

from pathlib import Path

from vitrine.verifiers.taxonomy import Taxonomy


def count_items(case):
    return len(case.facts["path"])


def with_errors(case, wrong):
    """From the first wrong name on, the path of another product with the same parents; cut there if no product has one."""
    true = case.facts["path"]
    if not wrong:
        return case.gold
    first = min(wrong)
    paths = (other.split(" > ") for other in case.others)
    wrong_paths = (path for path in paths if path[:first] == true[:first] and path[first : first + 1] not in ([], [true[first]]))
    return " > ".join(next(wrong_paths, true[:first]))


def cut(case):
    """The true path without its last name."""
    return " > ".join(case.facts["path"][:-1])


def score_formula(parts):
    """The formula in the task's docstring."""
    return 2 * parts["shared"] / (parts["said"] + parts["true"]) * (1.0 if parts["valid"] else 0.8)


def paths(case):
    return sorted(Taxonomy.load(Path(case.facts["taxonomy"])).paths)


def leaves(case):
    """Two siblings of the true category, and the longest path below another root."""
    true = tuple(case.facts["path"])
    siblings = [path for path in paths(case) if len(path) == len(true) and path[:-1] == true[:-1] and path != true]
    elsewhere = [path for path in paths(case) if path[0] != true[0]]
    return [" > ".join(path) for path in [*siblings[:2], max(elsewhere, key=len)]]


def roots(case):
    return Taxonomy.load(Path(case.facts["taxonomy"])).roots


CHEATS = {
    "every root": lambda case: ", ".join(roots(case)),
    "every root on a line": lambda case: "\n".join(roots(case)),
    "every root as one path": lambda case: " > ".join(roots(case)),
    "the first root": lambda case: roots(case)[0],
    "the longest path": lambda case: " > ".join(max(paths(case), key=len)),
    "the gold or the longest path": lambda case: f"{case.gold} or {leaves(case)[-1]}",
    "the gold, another path": lambda case: f"{case.gold}, {leaves(case)[-1]}",
    "the gold after another path": lambda case: f"{leaves(case)[-1]}; {case.gold}",
    "the gold and others on lines": lambda case: "\n".join([case.gold, *leaves(case)]),
    "the gold twice": lambda case: f"{case.gold}\n{case.gold}",
    "the gold without end": lambda case: " > ".join([case.gold] * 20),
    "every name of the gold in prose": lambda case: "It could be in " + " or in ".join(case.facts["path"]),
    "the gold inside a sentence": lambda case: f"This product certainly belongs in {case.gold} I think",
    "the last name alone": lambda case: case.facts["path"][-1],
    "the path backwards": lambda case: " > ".join(case.facts["path"][::-1]),
    "a hundred categories": lambda case: " ".join(path[-1] for path in paths(case)[:100]),
    "arrows": lambda case: " > " * 60,
    "the example of the prompt": lambda case: "A > B > C",
    "another root, then the gold": lambda case: (
        f"{next(root for root in roots(case) if root != case.facts['path'][0])} > {case.gold}"
    ),
    "all of the gold's names in JSON": lambda case: str(case.facts["path"]),
    "the root and things made up": lambda case: f"{case.facts['path'][0]} > Gadgets > Great Gadgets",
}
NOT_CHEATS = {"gold with invisible characters": "a reader sees the gold path, and the grader parses it"}
RIGHT_BY_CHANCE = {"the first root", "the longest path", "a hundred categories"}

ORDERED_REPLIES = {
    "deeper": lambda case: [" > ".join(case.facts["path"][:depth]) for depth in range(len(case.facts["path"]) + 1)],
    "made up, or not": lambda case: [f"{cut(case)} > Great Gadgets", cut(case), case.gold],
    "wrong names after the gold": lambda case: [
        f"{case.gold} > Great Gadgets > Small Ones",
        f"{case.gold} > Great Gadgets",
        case.gold,
    ],
}

GOLD_EQUIVALENTS = {
    "in capitals": lambda case: case.gold.upper(),
    "in words": lambda case: case.gold.replace("&", "and"),
    "with other arrows": lambda case: case.gold.replace(" > ", " › "),
    "without spaces": lambda case: case.gold.replace(" > ", ">"),
    "with a label": lambda case: f"Category: {case.gold}.",
    "spaces around": lambda case: f"\n  {case.gold}\t\n",
    "after thinking": lambda case: f"<think>{case.others[0]}?</think>{case.gold}",
}

EXACT_COMPONENTS = {
    "the gold and a made-up name": (
        lambda case: f"{case.gold} > Great Gadgets",
        lambda case: {"shared": len(case.facts["path"]), "said": len(case.facts["path"]) + 1, "valid": 0.0},
    ),
    "another root": (
        lambda case: next(root for root in roots(case) if root != case.facts["path"][0]),
        lambda case: {"shared": 0.0, "said": 1.0, "valid": 1.0},
    ),
    "no path": (
        lambda case: f"{case.gold}\n{case.gold}",
        lambda case: {"shared": 0.0, "said": 0.0, "true": len(case.facts["path"]), "valid": 0.0, "said_top": -1.0},
    ),
}
