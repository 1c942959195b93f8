"""ec_ag: what must be read is each word of the answer that says something."""

import re

from vitrine.verifiers import tokens

WORD = re.compile(r"\w+")


def telling(text):
    """Where the words stand that say something; all words, if none does."""
    spans = [match.span() for match in WORD.finditer(text)]
    return [span for span in spans if tokens.content_words(text[slice(*span)])] or spans


def with_others(text, wrong, donor):
    """The text with words of another answer in the places of `wrong`."""
    instead = [donor[slice(*span)] for span in telling(donor)] or ["thing"]
    said, end = "", 0
    for place, (start, stop) in enumerate(telling(text)):
        said, end = said + text[end:start] + (instead[place % len(instead)] if place in wrong else text[start:stop]), stop
    return said + text[end:]


def pieces(case):
    return len(telling(case.facts["answer"]))


def spoiled(case, wrong):
    return with_others(case.facts["answer"], wrong, case.others[0])


def half(answer):
    words = answer.split()
    return " ".join(words[len(words) // 2 :])


DOES = re.compile(r"(?<=\b)(?:is|are|was|were|has|have|does|do|can|will|it|they|i|you)\b", re.IGNORECASE)


def denied(text, negator="not"):
    """The opposite of a text: a negator behind its first verb or pronoun, or in front."""
    found = DOES.sub(lambda verb: f"{verb[0]} {negator}", text, count=1)
    return found if found != text else f"{negator} {text}"


OPPOSITES = {  # they know the answer and say the opposite, of which nothing should be left
    "the opposite": denied,
    "the opposite, with no": lambda text: denied(text, "no"),
    "the opposite, with never": lambda text: denied(text, "never"),
    "the opposite, in front": lambda text: f"Not true: {text}",
    "the opposite, in the end": lambda text: f"{text} Not at all.",
    "the opposite, without": lambda text: denied(text, "without"),
}


def reviews(case):
    return [str(review) for review in case.example["fields"]["document"]]


CHEATS = {
    "the document": lambda case: " ".join(reviews(case)),
    "the document twice": lambda case: " ".join(reviews(case) * 2),
    "the question": lambda case: case.example["fields"]["question"],
    "the first review": lambda case: reviews(case)[0],
    "the longest review": lambda case: max(reviews(case), key=len),
    "yes": lambda case: "Yes.",
    "a frame": lambda case: "It is made of.",
    "another frame": lambda case: "The size is what it is.",
    "every frame": lambda case: "It is made of, it comes in, the size is, it is made by.",
    "common words": lambda case: "the it is of in to and a with for on by from",
    "every material": lambda case: "It is made of steel, wood, cotton, leather, glass, plastic, wool, linen, rubber, nylon.",
    "every colour": lambda case: "It comes in black, white, red, blue, green, gray, navy, pink, teal, gold and brown.",
    "the answer among others": lambda case: " ".join([*case.others[:4], case.gold, *case.others[4:8]]),
} | {name: lambda case, deny=deny: deny(case.gold) for name, deny in OPPOSITES.items()}
BY_CHANCE = {"the first review", "the longest review"}

LADDERS = {
    "a longer start": lambda case: [
        " ".join(case.facts["answer"].split()[:words]) for words in (0, len(case.facts["answer"].split()) - 1, 999)
    ],
    "fewer repetitions": lambda case: [f"{case.facts['answer']} " * times for times in (9, 4, 2, 1)],
}

SAME = {
    "in capitals": lambda case: case.gold.upper(),
    "without a stop": lambda case: case.gold.rstrip("."),
    "spaces around": lambda case: f"\n {case.gold} \n",
    "after thinking": lambda case: f"<think>what do they say?</think>{case.gold}",
}


def endless(case):
    return f"{case.facts['answer']} " + "blue " * 500


PARTS = {
    "more words than are read": (
        endless,
        lambda case: {"token_f1": tokens.f1(case.facts["answer"], " ".join(endless(case).split()[:300]))},
    )
}
