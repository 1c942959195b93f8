"""ec_pm, ec_psi, ec_ap: the word is the only item to read."""


def right(case):
    return "yes" if case.facts["yes"] else "no"


def wrong(case):
    return "no" if case.facts["yes"] else "yes"


def label(case):
    return right(case)


def count_items(case):
    return 1


def with_errors(case, items):
    return wrong(case) if items else right(case)


CHEATS = {
    "always yes": lambda case: "yes",
    "always no": lambda case: "no",
    "yes and no": lambda case: "yes and no",
    "yes or no": lambda case: "yes or no",
    "the right one, then the other": lambda case: f"{right(case)}, {wrong(case)}",
    "the right one in an essay": lambda case: f"{right(case)}, " + "since the two are alike in the ways that matter to most " * 2,
    "glued": lambda case: "yesno",
    "perhaps": lambda case: "maybe",
    "y": lambda case: "y",
    "one": lambda case: "1",
    "false": lambda case: "False",
    "JSON of both": lambda case: '{"yes": 0.5, "no": 0.5}',
}
RIGHT_BY_CHANCE = {"always yes", "always no", "golds of ten others"}  # the others' gold replies are all the other word

ORDERED_REPLIES = {"silence, the wrong one, the right one": lambda case: ["", wrong(case), right(case)]}

GOLD_EQUIVALENTS = {
    "in capitals": lambda case: case.gold.upper(),
    "a sentence": lambda case: f"{case.gold.capitalize()}.",
    "an answer": lambda case: f"Answer: **{case.gold}**",
    "spaces around": lambda case: f"\n {case.gold} \n",
    "after thinking": lambda case: f"<think>yes or no?</think>\n{case.gold}",
}

EXACT_SCORES = {"the wrong word": (wrong, 0.0), "no word": (lambda case: "maybe", 0.0)}
EXACT_COMPONENTS = {
    "gold": (lambda case: case.gold, lambda case: {"valid": 1.0, "said": float(case.facts["yes"])}),
    "no word": (lambda case: "maybe", lambda case: {"valid": 0.0, "said": -1.0}),
}
