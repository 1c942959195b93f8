"""qa: what must be read is each word of the answer that says something, or that there is none."""

from tests.tasks.cheats import answer
from vitrine.tasks.qa import REFUSAL


def pieces(case):
    return answer.pieces(case) if case.facts["answer"] is not None else 1


def spoiled(case, wrong):
    """With words of another answer, or with that answer where there is none."""
    donor = next((other for other in case.others if other != REFUSAL), "It is fine.")
    return answer.with_others(case.gold, wrong, donor) if case.facts["answer"] is not None else donor if wrong else REFUSAL


CHEATS = {name: say for name, say in answer.CHEATS.items() if name != "the answer among others"} | {
    "always refusing": lambda case: REFUSAL,
    "refusing, then the gold": lambda case: f"{REFUSAL}. {answer.reviews(case)[0]}",
    "the first review, or a refusal": lambda case: f"{answer.reviews(case)[0]} It cannot be answered.",
    "not refusing": lambda case: "It can be answered.",
    "negated refusal": lambda case: "I would not say that it cannot be answered",
    "ten refusals": lambda case: f"{REFUSAL}\n" * 10,
}
BY_CHANCE = answer.BY_CHANCE | {"always refusing"}

LADDERS = {"silence, weak, gold": lambda case: ["", "It is.", case.gold]}

SAME = {
    "in capitals": lambda case: case.gold.upper(),
    "spaces around": lambda case: f"\n {case.gold} \n",
    "after thinking": lambda case: f"<think>cannot be answered?</think>{case.gold}",
    "a whole sentence": lambda case: case.gold if case.facts["answer"] else "This question cannot be answered from the reviews.",
}

PARTS = {
    "gold": (
        lambda case: case.gold,
        lambda case: dict.fromkeys(("true", "said", "rouge_l"), float(case.facts["answer"] is not None)) | {"token_f1": 1.0},
    ),
    "both": (lambda case: f"{REFUSAL}: blue", lambda case: {"said": -1.0, "token_f1": 0.0, "rouge_l": 0.0}),
}
