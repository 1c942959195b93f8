"""qa: each content word of the answer is an item to read; if there is no answer, that is the only item."""

from tests.tasks.cheats import answer
from vitrine.tasks.qa import REFUSAL


def count_items(case):
    return answer.count_items(case) if case.facts["answer"] is not None else 1


def with_errors(case, wrong):
    """The gold answer with words of another answer; that other answer if the question has none."""
    donor = next((other for other in case.others if other != REFUSAL), "It is fine.")
    return answer.replace_words(case.gold, wrong, donor) if case.facts["answer"] is not None else donor if wrong else REFUSAL


CHEATS = {name: say for name, say in answer.CHEATS.items() if name != "the answer among others"} | {
    "always refusing": lambda case: REFUSAL,
    "refusing, then the gold": lambda case: f"{REFUSAL}. {answer.reviews(case)[0]}",
    "the first review, or a refusal": lambda case: f"{answer.reviews(case)[0]} It cannot be answered.",
    "not refusing": lambda case: "It can be answered.",
    "negated refusal": lambda case: "I would not say that it cannot be answered",
    "ten refusals": lambda case: f"{REFUSAL}\n" * 10,
}
RIGHT_BY_CHANCE = answer.RIGHT_BY_CHANCE | {"always refusing"}

ORDERED_REPLIES = {"silence, weak, gold": lambda case: ["", "It is.", case.gold]}

GOLD_EQUIVALENTS = {
    "in capitals": lambda case: case.gold.upper(),
    "spaces around": lambda case: f"\n {case.gold} \n",
    "after thinking": lambda case: f"<think>cannot be answered?</think>{case.gold}",
    "a whole sentence": lambda case: case.gold if case.facts["answer"] else "This question cannot be answered from the reviews.",
}

EXACT_COMPONENTS = {
    "gold": (
        lambda case: case.gold,
        lambda case: dict.fromkeys(("true", "said", "rouge_l"), float(case.facts["answer"] is not None)) | {"token_f1": 1.0},
    ),
    "both": (lambda case: f"{REFUSAL}: blue", lambda case: {"said": -1.0, "token_f1": 0.0, "rouge_l": 0.0}),
}
