"""describe: each content word of the description is an item to read."""

import math
import random
import re

from vitrine.tasks.describe import FUNCTION_WORDS
from vitrine.verifiers import overlap, tokens
from vitrine.verifiers.labels import normalize

COMMON = "the and a of to in is it for with this that you your are on as be or an at from by will can"
PRAISE = "high quality durable perfect gift best great comfortable easy to use stylish premium design"
WORD = re.compile(r"\w+")


def content(text):
    return [word for word in WORD.findall(normalize(text)) if word not in FUNCTION_WORDS]


def _content_spans(case):
    """The spans of the gold reply's content words."""
    return [match.span() for match in WORD.finditer(case.gold) if normalize(match[0]) not in FUNCTION_WORDS]


def count_items(case):
    return len(_content_spans(case))


def with_errors(case, wrong):
    rng = random.Random(case.gold)
    donor = [match[0] for match in WORD.finditer(case.others[0]) if normalize(match[0]) not in FUNCTION_WORDS] or ["thing"]
    result, end = "", 0
    for place, (start, stop) in enumerate(_content_spans(case)):
        result += case.gold[end:start] + (rng.choice(donor) if place in wrong else case.gold[start:stop])
        end = stop
    return result + case.gold[end:]


def plain_sentence(case):
    return f"This is the {case.example['title']}. It is a good choice for your home and easy to use every day."


CHEATS = {
    "the title": lambda case: case.example["title"],
    "the title ten times": lambda case: f"{case.example['title']}. " * 10,
    "the title's words, shuffled": lambda case: " ".join(sorted(case.example["title"].split())),
    "common words": lambda case: COMMON,
    "common words ten times": lambda case: f"{COMMON} " * 10,
    "the title among function words": lambda case: (
        f"from the this {case.example['title']} and is made it of and is it a and with in a"
    ),
    "function words, the title, function words": lambda case: (
        f"it is the one of this and that is a {case.example['title']} that is made of and comes in a with the of it and for you"
    ),
    "a function word before each word of the title": lambda case: " ".join(
        f"the {word} is" for word in case.example["title"].split()
    ),
    "the title in a frame": lambda case: f"The {case.example['title']} is made of and comes in, and is sold as and designed for.",
    "the title, praised": lambda case: f"The {case.example['title']} is a {PRAISE}.",
    "a plain sentence about any title": plain_sentence,
    "praise": lambda case: PRAISE,
    "praise ten times": lambda case: f"{PRAISE}. " * 10,
    "one sentence, over and over": lambda case: "It is a good product for you. " * 12,
    "description of nothing": lambda case: (
        "This product is made of high quality materials and is the perfect gift for you and your family. Easy to use."
    ),
    "descriptions of five others": lambda case: " ".join(case.others[:5]),
    "the description of another, with this title": lambda case: f"{case.example['title']}. {case.others[0]}",
    "every word of the others": lambda case: " ".join(sorted({word for other in case.others for word in other.split()})),
    "five common letters": lambda case: "a e i o u " * 30,
    "headings": lambda case: "Features:\nBenefits:\nSpecifications:\nWarranty:",
    "the description twice": lambda case: f"{case.gold} {case.gold}",
    "the description, then others": lambda case: " ".join([case.gold, *case.others[:8]]),
}


def score_formula(parts):
    """The formula in the task's docstring, for references of ASCII letters that ROUGE reads completely."""
    scale = parts["fresh"] ** 2 * parts["length"] * parts["dense"] * (0.2 + 0.8 * parts["own"]) * (0.4 + 0.6 * parts["about"])
    return math.sqrt(parts["rougeL"] * parts["content"]) * scale


def reference_values(case):
    """The gold's own values: twice the share of content words not in the title; the share of title words that it uses."""
    title, gold = content(case.example["title"]), content(case.gold)
    return 2 * sum(word not in title for word in gold) / len(gold), len({*title} & {*gold}) / len({*title})


def half_of_the_title(case):
    title = content(case.example["title"])
    return " ".join([*title[: len(title) // 2], *(["sturdy", "home", "light"] * 2)[: len(title) // 2]])


def share_taken_up(case):
    title = {*content(case.example["title"])}
    return len(title & {*content(half_of_the_title(case))}) / len(title)


def long(case, times):
    """Different words, `times` as many as in the reference, which counts as at least twenty words long."""
    return " ".join(f"w{place}rd" for place in range(round(times * max(20, len(case.gold.split())))))


def thin(case):
    return f"w0rd {COMMON}"


LOOP = "it is good for you and for your home and " * 3
EXTRA_EXAMPLES = [  # descriptions that repeat, that copy the title, or that never name the product
    {
        "id": "made",
        "extra": True,
        "entity": "blue steel bottle with cork",
        "title": "Blue Steel Bottle with Cork",
        "content": "Blue steel bottle for you and yours. Blue steel bottle for you and yours, with love. Blue steel bottle.",
    },
    {
        "id": "silent",
        "extra": True,
        "entity": "northbay 750",
        "title": "Northbay 750",
        "content": "It is a good choice for your home and easy to use every day, keeps drinks cold and fits every holder.",
    },
]
EXACT_COMPONENTS = {
    "as long as the reference": (
        lambda case: long(case, 1),
        lambda case: {"length": 1.0, "own": 1.0, "fresh": 1.0, "dense": 1.0},
    ),
    "twice as long": (
        lambda case: long(case, 2),
        lambda case: {"length": 2.25 - len(long(case, 2).split()) / len(long(case, 1).split())},
    ),
    "three times as long": (lambda case: long(case, 3.2), lambda case: {"length": 0.0}),
    "a loop": (
        lambda case: LOOP,
        lambda case: {"fresh": min(1.0, (1 - overlap.repeated_share(LOOP)) / (1 - overlap.repeated_share(case.gold)))},
    ),
    "the title": (lambda case: case.example["title"], lambda case: {"own": 0.0, "about": 1.0}),
    "nothing": (lambda case: "", lambda case: {"own": 0.0, "dense": 0.0, "about": 0.0 if reference_values(case)[1] else 1.0}),
    "half of the title's words": (
        half_of_the_title,
        lambda case: {"about": min(1.0, share_taken_up(case) / reference_values(case)[1]) if reference_values(case)[1] else 1.0},
    ),
    "one word of its own to three of the title": (
        lambda case: " ".join([*(content(case.example["title"]) * 3)[:6], "durable", "comfortable"]),
        lambda case: {"own": min(1.0, 2 * 2 / 8 / min(1.0, reference_values(case)[0]))},
    ),
    "one content word among function words": (
        thin,
        lambda case: {
            "dense": min(
                1.0, 1 / len(WORD.findall(thin(case))) / (0.8 * len(content(case.gold)) / len(WORD.findall(normalize(case.gold))))
            )
        },
    ),
    "half of the words": (
        lambda case: " ".join(case.gold.split()[::2]),
        lambda case: {"content": tokens.words_f1(content(case.gold), content(" ".join(case.gold.split()[::2])))},
    ),
}

ORDERED_REPLIES = {
    "a longer start": lambda case: [
        " ".join(case.gold.split()[: round(len(case.gold.split()) * share)]) for share in (0.1, 0.25, 0.5, 0.75, 1.0)
    ],
    "fewer repetitions": lambda case: [f"{case.gold} " * times for times in (8, 4, 2, 1)],
    "fewer words of another": lambda case: [with_errors(case, frozenset(range(wrong))) for wrong in (count_items(case), 1, 0)],
}

GOLD_EQUIVALENTS = {
    "in capitals": lambda case: case.gold.upper(),
    "spaces around": lambda case: f"\n {case.gold} \n",
    "after thinking": lambda case: f"<think>what is it?</think>{case.gold}",
}
