"""ec_ag: each content word of the answer is an item to read."""

import re

from vitrine.verifiers import tokens

WORD = re.compile(r"\w+")


def content_spans(text):
    """The spans of the content words; of all words if there is no content word."""
    spans = [match.span() for match in WORD.finditer(text)]
    return [span for span in spans if tokens.content_words(text[slice(*span)])] or spans


def replace_words(text, wrong, donor):
    """The text with the content words at the indices `wrong` replaced by words of another answer."""
    replacements = [donor[slice(*span)] for span in content_spans(donor)] or ["thing"]
    result, end = "", 0
    for place, (start, stop) in enumerate(content_spans(text)):
        word = replacements[place % len(replacements)] if place in wrong else text[start:stop]
        result, end = result + text[end:start] + word, stop
    return result + text[end:]


def count_items(case):
    return len(content_spans(case.facts["answer"]))


def with_errors(case, wrong):
    return replace_words(case.facts["answer"], wrong, case.others[0])


def second_half(answer):
    words = answer.split()
    return " ".join(words[len(words) // 2 :])


VERB_OR_PRONOUN = re.compile(r"(?<=\b)(?:is|are|was|were|has|have|does|do|can|will|it|they|i|you)\b", re.IGNORECASE)


def negated(text, negator="not"):
    """The opposite of a text: a negator after its first verb or pronoun, or at the start if it has neither."""
    result = VERB_OR_PRONOUN.sub(lambda match: f"{match[0]} {negator}", text, count=1)
    return result if result != text else f"{negator} {text}"


OPPOSITES = {  # the gold answer negated, which should earn next to nothing
    "the opposite": negated,
    "the opposite, with no": lambda text: negated(text, "no"),
    "the opposite, with never": lambda text: negated(text, "never"),
    "the opposite, in front": lambda text: f"Not true: {text}",
    "the opposite, in the end": lambda text: f"{text} Not at all.",
    "the opposite, without": lambda text: negated(text, "without"),
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
RIGHT_BY_CHANCE = {"the first review", "the longest review"}

ORDERED_REPLIES = {
    "a longer start": lambda case: [
        " ".join(case.facts["answer"].split()[:words]) for words in (0, len(case.facts["answer"].split()) - 1, 999)
    ],
    "fewer repetitions": lambda case: [f"{case.facts['answer']} " * times for times in (9, 4, 2, 1)],
}

GOLD_EQUIVALENTS = {
    "in capitals": lambda case: case.gold.upper(),
    "without a stop": lambda case: case.gold.rstrip("."),
    "spaces around": lambda case: f"\n {case.gold} \n",
    "after thinking": lambda case: f"<think>what do they say?</think>{case.gold}",
}


def endless(case):
    return f"{case.facts['answer']} " + "blue " * 500


EXACT_COMPONENTS = {
    "more words than are read": (
        endless,
        lambda case: {"token_f1": tokens.f1(case.facts["answer"], " ".join(endless(case).split()[:300]))},
    )
}
