"""sentiment: the polarity and the score are the items to read."""

import random

from vitrine.tasks.sentiment import POLARITIES, polarity


def count_items(case):
    return 2


def with_errors(case, wrong):
    """The gold reply with a different polarity (item 0) or score (item 1) from another review."""
    names, scores = zip(*(other.split(", nota ") for other in others_shuffled(case)), strict=True)
    name, score = case.gold.split(", nota ")
    name = next(other for other in names if other != name) if 0 in wrong else name
    score = next(other for other in scores if other != score) if 1 in wrong else score
    return f"{name}, nota {score}"


def others_shuffled(case):
    """The other gold replies in random order, so that labels keep their frequencies."""
    return random.Random(case.place).sample(case.others, len(case.others))


def neighbour(case):
    """The right polarity, with a score one step off."""
    score = case.facts["score"]
    return f"{polarity(score)}, nota {score - 1 if score > 3 else score + 1}"


def others(case):
    return [name for name in POLARITIES if name != polarity(case.facts["score"])]


CHEATS = {
    "every polarity": lambda case: "positivo, neutro, negativo",
    "every polarity and every score": lambda case: "positivo neutro negativo, nota 1 2 3 4 5",
    "right polarity and another": lambda case: (
        f"{polarity(case.facts['score'])} ou {others(case)[0]}, nota {case.facts['score']}"
    ),
    "another polarity, right score": lambda case: f"{others(case)[0]}, nota {case.facts['score']}",
    "the majority": lambda case: "positivo, nota 5",
    "the safe middle": lambda case: "neutro, nota 3",
    "right score without polarity": lambda case: f"nota {case.facts['score']}",
    "right polarity, every score": lambda case: f"{polarity(case.facts['score'])}, nota 1 2 3 4 5",
    "right polarity, a range": lambda case: f"{polarity(case.facts['score'])}, nota 1-5",
    "right polarity, opposite score": lambda case: f"{polarity(case.facts['score'])}, nota {1 if case.facts['score'] > 3 else 5}",
    "polarities glued together": lambda case: "positivonegativoneutro, nota 3",
    "a polarity on each line": lambda case: "positivo\nnegativo\nneutro",
    "hedging at length": lambda case: f"{polarity(case.facts['score'])}, mas talvez fosse o contrário, " * 3 + "nota 3",
    "mixed": lambda case: "misto, nota 3",
    "JSON of every class": lambda case: '{"positivo": 0.34, "neutro": 0.33, "negativo": 0.33}',
    "options of the question": lambda case: "positiva, neutra ou negativa, nota de 1 a 5",
}

EXACT_SCORES = {
    "neighbouring score": (neighbour, 0.6 + 0.4 * 0.75**3),
    "no score": (lambda case: polarity(case.facts["score"]), 0.6),
}

ORDERED_REPLIES = {
    "a nearer score": lambda case: [
        f"{polarity(case.facts['score'])}, nota {score}"
        for score in sorted(range(1, 6), key=lambda score: -abs(score - case.facts["score"]))
    ],
    "the right polarity, then the score": lambda case: [
        others(case)[0],
        polarity(case.facts["score"]),
        neighbour(case),
        case.gold,
    ],
}

GOLD_EQUIVALENTS = {
    "in capitals": lambda case: case.gold.upper(),
    "spaces around": lambda case: f"\n  {case.gold}\t\n",
    "other punctuation": lambda case: case.gold.replace(", nota", ". Nota:") + ".",
    "after thinking": lambda case: f"<think>positivo ou negativo?</think>{case.gold}",
}
