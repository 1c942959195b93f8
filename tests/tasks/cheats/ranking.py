"""ec_qpr: the rank of each product but the last is an item to read."""

from vitrine.verifiers import ranking


def best(case):
    gains = case.facts["gains"]
    return [chr(65 + place) for place in sorted(range(len(gains)), key=lambda place: -gains[place])]


def count_items(case):
    return len(best(case)) - 1


def with_errors(case, wrong):
    """The best order with the products `wrong` moved to the end."""
    order = best(case)
    last = [order[place] for place in sorted(wrong)]
    return ",".join([*(letter for letter in order if letter not in last), *last])


CHEATS = {
    "as they are listed": lambda case: ",".join(sorted(best(case))),
    "listed backwards": lambda case: ",".join(sorted(best(case), reverse=True)),
    "the best alone": lambda case: best(case)[0],
    "the best, over and over": lambda case: ",".join(best(case)[:1] * len(best(case))),
    "all but the worst": lambda case: ",".join(best(case)[:-1]),
    "the best twice": lambda case: ",".join([best(case)[0], *best(case)]),
    "one too many": lambda case: ",".join([*best(case), "Z"]),
    "two orders": lambda case: f"{case.gold}\n{','.join(reversed(best(case)))}",
    "without commas": lambda case: "".join(best(case)),
    "the alphabet": lambda case: ",".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "A": lambda case: "A",
    "A,B": lambda case: "A,B",
}
RIGHT_BY_CHANCE = {"as they are listed", "listed backwards", "A,B"}

ORDERED_REPLIES = {"silence, the worst order, the best": lambda case: ["", ",".join(reversed(best(case))), case.gold]}

GOLD_EQUIVALENTS = {
    "blanks between": lambda case: ", ".join(best(case)),
    "signs between": lambda case: " > ".join(best(case)),
    "in brackets": lambda case: f"[{case.gold}]",
    "spaces around": lambda case: f"\n {case.gold} \n",
    "after thinking": lambda case: f"<think>A,B</think>\n{case.gold}",
}

NOT_CHEATS = {"gold letter by letter": "spaces do not change the order"}


def published(case, order):
    gains = [case.facts["gains"][ord(letter) - ord("A")] for letter in order]
    best = ranking.dcg(sorted(gains, reverse=True))
    return ranking.dcg(gains) / best if best else 0.0


EXACT_COMPONENTS = {
    "gold": (lambda case: ",".join(best(case)), lambda case: {"official": 1.0, "ndcg": 1.0, "valid": 1.0}),
    "the worst first": (
        lambda case: ",".join(best(case)[::-1]),
        lambda case: {"official": published(case, best(case)[::-1]), "ndcg": published(case, best(case)[::-1])},
    ),
    "the second alone": (
        lambda case: best(case)[1],
        lambda case: {"official": 1.0 if published(case, best(case)[1]) else 0.0, "ndcg": 0.0},
    ),
    "words behind the letters": (
        lambda case: ",".join(f"{letter} first" for letter in best(case)[::-1]),
        lambda case: {"official": published(case, best(case)[::-1]), "valid": 0.0},
    ),
    "nothing": (lambda case: "", lambda case: {"official": 0.0, "valid": 0.0}),
    "letters that are none": (lambda case: "Z,Y", lambda case: {"official": 0.0, "valid": 0.0}),
}
