"""describe: honest and weak is a plain sentence about the title."""

import re

from vitrine.verifiers import overlap
from vitrine.verifiers.labels import plain

COMMON = "the and a of to in is it for with this that you your are on as be or an at from by will can"
PRAISE = "high quality durable perfect gift best great comfortable easy to use stylish premium design"


def weak(case):
    return f"This is the {case.example['title']}. It is a good choice for your home and easy to use every day."


CHEATS = {
    "the title": lambda case: case.example["title"],
    "the title ten times": lambda case: f"{case.example['title']}. " * 10,
    "the title's words, shuffled": lambda case: " ".join(sorted(case.example["title"].split())),
    "common words": lambda case: COMMON,
    "common words ten times": lambda case: f"{COMMON} " * 10,
    "praise": lambda case: PRAISE,
    "praise ten times": lambda case: f"{PRAISE}. " * 10,
    "one sentence, over and over": lambda case: "It is a good product for you. " * 12,
    "description of nothing": lambda case: (
        "This product is made of high quality materials and is the perfect gift for you and your family. Easy to use."
    ),
    "descriptions of five others": lambda case: " ".join(case.others[:5]),
    "every word of the others": lambda case: " ".join(sorted({word for other in case.others for word in other.split()})),
    "five common letters": lambda case: "a e i o u " * 30,
    "headings": lambda case: "Features:\nBenefits:\nSpecifications:\nWarranty:",
    "the description twice": lambda case: f"{case.gold} {case.gold}",
    "the description, then others": lambda case: " ".join([case.gold, *case.others[:8]]),
}


def formula(parts):
    """What the docstring of the page says."""
    return parts["rougeL"] * parts["fresh"] ** 2 * parts["length"] * parts["own"] * (0.4 + 0.6 * parts["about"])


def words(text):
    return re.findall(r"\w{3,}", plain(text))


def asked(case):
    """How many words of a description are not its title's, and how many words of its title stand in it, as the gold has it."""
    title, gold = words(case.example["title"]), words(case.gold)
    return 2 * sum(word not in title for word in gold) / len(gold), len({*title} & {*gold}) / len({*title})


def half_of_the_title(case):
    title = words(case.example["title"])
    return " ".join([*title[: len(title) // 2], *(["made", "for", "home"] * 2)[: len(title) // 2]])


def share_taken_up(case):
    title = {*words(case.example["title"])}
    return len(title & {*words(half_of_the_title(case))}) / len(title)


def long(case, times):
    """Different words, so many times as the reference has, which counts as no shorter than twenty."""
    return " ".join(f"w{place}rd" for place in range(round(times * max(20, len(case.gold.split())))))


LOOP = "it is good for you and for your home and " * 3
MADE = [  # a seller who repeats, copies the title and leaves a part of it out
    {
        "id": "made",
        "made": True,
        "entity": "blue steel bottle with cork",
        "title": "Blue Steel Bottle with Cork",
        "content": "Blue steel bottle for you and yours. Blue steel bottle for you and yours, with love. Blue steel bottle.",
    },
    {
        "id": "silent",
        "made": True,
        "entity": "northbay 750",
        "title": "Northbay 750",
        "content": "It is a good choice for your home and easy to use every day, keeps drinks cold and fits every holder.",
    },
]
PARTS = {
    "as long as the reference": (lambda case: long(case, 1), lambda case: {"length": 1.0, "own": 1.0, "fresh": 1.0}),
    "twice as long": (
        lambda case: long(case, 2),
        lambda case: {"length": 2.25 - len(long(case, 2).split()) / len(long(case, 1).split())},
    ),
    "three times as long": (lambda case: long(case, 3.2), lambda case: {"length": 0.0}),
    "a loop": (
        lambda case: LOOP,
        lambda case: {"fresh": min(1.0, (1 - overlap.looping(LOOP)) / (1 - overlap.looping(case.gold)))},
    ),
    "the title": (lambda case: case.example["title"], lambda case: {"own": 0.0, "about": 1.0}),
    "nothing": (lambda case: "", lambda case: {"own": 0.0, "about": 0.0 if asked(case)[1] else 1.0}),
    "half of the title's words": (
        half_of_the_title,
        lambda case: {"about": min(1.0, share_taken_up(case) / asked(case)[1]) if asked(case)[1] else 1.0},
    ),
    "one word of its own to three of the title": (
        lambda case: " ".join([*(words(case.example["title"]) * 3)[:6], "durable", "comfortable"]),
        lambda case: {"own": min(1.0, 2 * 2 / 8 / min(1.0, asked(case)[0]))},
    ),
}

LADDERS = {
    "a longer start": lambda case: [
        " ".join(case.gold.split()[: round(len(case.gold.split()) * share)]) for share in (0.1, 0.25, 0.5, 0.75, 1.0)
    ],
    "fewer repetitions": lambda case: [f"{case.gold} " * times for times in (8, 4, 2, 1)],
}

SAME = {
    "in capitals": lambda case: case.gold.upper(),
    "spaces around": lambda case: f"\n {case.gold} \n",
    "after thinking": lambda case: f"<think>what is it?</think>{case.gold}",
}
