"""qa: honest and weak is the second half of an answer, and to refuse five times of six where there is none."""

from tests.tasks.cheats import answer
from tests.tasks.cheats.slips import slips
from vitrine.tasks.qa import REFUSAL


def weak(case):
    true = case.facts["answer"]
    return answer.half(true) if true is not None else "It is fine." if slips(case) else REFUSAL


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
