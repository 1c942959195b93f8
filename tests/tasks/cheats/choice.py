"""ec_prp, ec_sa, ec_sr, ec_mpc: the right option is the only item to read."""


def letter(case):
    return chr(ord("A") + case.facts["true"])


def text(case):
    return case.facts["options"][case.facts["true"]].partition(":")[2].strip()


def another(case):
    return chr(ord("A") + (case.facts["true"] + 1) % len(case.facts["options"]))


def label(case):
    return letter(case)


def count_items(case):
    return 1


def with_errors(case, wrong):
    """The first gold letter of another example that differs and is an option here; otherwise the next option."""
    letters = (other[0] for other in case.others if ord(other[0]) - ord("A") < len(case.facts["options"]))
    return next((other for other in letters if other != letter(case)), another(case)) if wrong else letter(case)


CHEATS = {
    "always A": lambda case: "A",
    "always B": lambda case: "B",
    "always C": lambda case: "C",
    "every letter": lambda case: ", ".join(option[0] for option in case.facts["options"]),
    "every option": lambda case: "\n".join(case.facts["options"]),
    "the right letter or another": lambda case: f"{letter(case)} or {another(case)}",
    "the right letter, then another": lambda case: f"{letter(case)}\n{another(case)}",
    "the right letter, glued to another": lambda case: letter(case) + another(case),
    "the right letter with another's text": lambda case: f"{letter(case)}: {case.facts['options'][ord(another(case)) - 65][3:]}",
    "the right option, then another": lambda case: f"{letter(case)}: {text(case)}\n{another(case)}",
    "the right letter in an essay": lambda case: f"{letter(case)} is likely, but it could as well be something else.",
    "not the right letter": lambda case: f"not {letter(case)}",
    "a letter that is none": lambda case: "Z",
    "the place in numbers": lambda case: str(case.facts["true"] + 1),
    "options": lambda case: "options",
}
RIGHT_BY_CHANCE = {"always A", "always B", "always C"}

ORDERED_REPLIES = {"silence, another option, the right one": lambda case: ["", another(case), letter(case)]}

GOLD_EQUIVALENTS = {
    "the letter alone": letter,
    "a small letter": lambda case: letter(case).lower(),
    "in brackets": lambda case: f"({letter(case)})",
    "with its text": lambda case: f"{letter(case)}: {text(case)}",
    "its text alone": text,
    "the option": lambda case: f"Option {letter(case)}.",
    "an answer": lambda case: f"Answer: {letter(case)}",
    "spaces around": lambda case: f"\n {case.gold} \n",
    "after thinking": lambda case: f"<think>A or B?</think>\n{case.gold}",
}

ONE_LETTER = "the transformation does not change a gold reply of one letter"
NOT_CHEATS = {
    "gold backwards": ONE_LETTER,
    "gold letter by letter": ONE_LETTER,
    "gold with invisible characters": ONE_LETTER,
    "gold in lookalike letters": "some letters have no lookalike character",
}


def score_of_another(case):
    """The score of the option after the right one."""
    if case.task.name != "ec_sa":
        return 0.0
    steps = abs(ord(another(case)) - ord(letter(case)))
    return (1 - steps / (len(case.facts["options"]) - 1)) ** 5


EXACT_COMPONENTS = {
    "gold": (
        lambda case: letter(case),
        lambda case: {"said": float(case.facts["true"]), "official": float(case.facts["true"]), "valid": 1.0},
    ),
    "the letter and more": (
        lambda case: f"{letter(case)} because",
        lambda case: {"said": -1.0, "valid": 0.0, "official": -1.0 if case.task.name == "ec_sr" else float(case.facts["true"])},
    ),
    "no letter": (lambda case: "?", lambda case: {"said": -1.0, "valid": 0.0, "official": -1.0}),
}
EXACT_SCORES = {"another option": (another, score_of_another), "no option": (lambda case: "?", 0.0)}
