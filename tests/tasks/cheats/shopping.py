"""shopping: each content word of the sentence that answers the question is an item to read."""

import re

from tests.tasks.cheats.answer import OPPOSITES, content_spans, replace_words, second_half
from vitrine.facts.shopping import SENTENCE
from vitrine.verifiers import overlap
from vitrine.verifiers.tokens import STOP_WORDS, content_words, words


def think_and_answer(thinking, answer):
    return f"<think>{thinking}</think>\n{answer}"


def thinking(case):
    return f"The product is {case.facts['title']}."


def count_items(case):
    return len(content_spans(case.facts["answer"]))


def with_errors(case, wrong):
    """The gold reply with words of another answer, in thinking and answer alike."""
    answer = replace_words(case.facts["answer"], wrong, case.others[0].split("</think>")[1])
    return think_and_answer(f"{thinking(case)} The listing says: {answer}", answer)


def half_of_it(case):
    return think_and_answer(f"{thinking(case)} {case.facts['answer']}", second_half(case.facts["answer"]))


def queried_word(case):
    return re.search(r'"([^"]+)"', case.example["question"])[1]


def window(case, size):
    """`size` words around the queried word: a rule that finds the word and understands nothing."""
    context = case.facts["context"].split()
    place = next(place for place, word in enumerate(context) if queried_word(case) in words(word))
    return " ".join(context[max(0, place - size // 2) : place + size // 2 + 1])


def sentence(case):
    """The sentence with the queried word: the right answer, so this rule is a baseline and not a cheat."""
    return next(text for text in SENTENCE.split(case.facts["context"]) if queried_word(case) in content_words(text))


BASELINE = "the sentence that holds the word"
WINDOWS = {f"{size} words around the queried word": size for size in (1, 5, 7, 9, 11, 13, 17, 25)}

CHEATS = {
    "the description": lambda case: think_and_answer(thinking(case), case.facts["context"]),
    "the description, without thinking": lambda case: case.facts["context"],
    "the description twice": lambda case: think_and_answer(case.facts["context"], case.facts["context"] * 2),
    "the title": lambda case: think_and_answer(thinking(case), case.facts["title"]),
    "the question": lambda case: think_and_answer(thinking(case), case.example["question"]),
    "the first sentence": lambda case: think_and_answer(thinking(case), case.facts["context"].split(". ")[0]),
    "the answer in thinking": lambda case: think_and_answer(case.facts["answer"], ""),
    "the answer in thinking, then see above": lambda case: think_and_answer(case.facts["answer"], "See above."),
    "thinking at length": lambda case: think_and_answer(f"{case.facts['context']} " * 9, case.facts["answer"]),
    "thinking of anything": lambda case: think_and_answer(
        "hmm, let me think about it again and again, " * 15, case.facts["answer"]
    ),
    "two thoughts": lambda case: f"<think>{thinking(case)}</think>{case.gold}",
    "thoughts in thoughts": lambda case: think_and_answer(case.gold, case.facts["answer"]),
    "ten thoughts": lambda case: f"<think>{thinking(case)}</think>" * 10 + case.facts["answer"],
    "thinking after the answer": lambda case: f"{case.facts['answer']}\n<think>{thinking(case)}</think>",
    "an answer to anything": lambda case: think_and_answer(
        thinking(case), "It is a great product of high quality that you will love."
    ),
    "the answer and praise": lambda case: think_and_answer(
        thinking(case), f"{case.facts['answer']} " + "Superb value, buy now! " * 12
    ),
    "no answer in the listing": lambda case: think_and_answer(thinking(case), "The listing does not say."),
}
CHEATS |= {
    name: lambda case, size=size: think_and_answer(thinking(case), window(case, size)) for name, size in WINDOWS.items()
} | {
    name: lambda case, deny=deny: think_and_answer(thinking(case), deny(case.facts["answer"])) for name, deny in OPPOSITES.items()
}
# The answer may be the first sentence, name the product, or be as long as the window.
RIGHT_BY_CHANCE = {"the first sentence", "the title", *WINDOWS}

ORDERED_REPLIES = {
    "silence, thinking, the title, half, all": lambda case: [
        "",
        think_and_answer(thinking(case), ""),
        half_of_it(case),
        case.gold,
    ],
    "without thinking, with it": lambda case: [case.facts["answer"], case.gold],
    "less praise": lambda case: [
        think_and_answer(thinking(case), case.facts["answer"] + " Superb value, buy now!" * times) for times in (9, 4, 2, 1, 0)
    ],
}

GOLD_EQUIVALENTS = {
    "spaces around": lambda case: f"\n {case.gold} \n",
    "on one line": lambda case: case.gold.replace("\n", " "),
    BASELINE: lambda case: think_and_answer(thinking(case), sentence(case)),
    "in other words": lambda case: think_and_answer(
        f"{thinking(case)} It is about: {case.facts['answer']}", case.facts["answer"]
    ),
}


def score_formula(parts):
    return parts["thinking"] * parts["grounded"] * parts["answer_f1"] * parts["match"] * parts["kept"]


def strays(case, count):
    """Words of the description that are in neither answer nor title."""
    own = set(words(f"{case.facts['answer']} {case.facts['title']}"))
    return [word for word in dict.fromkeys(content_words(case.facts["context"])) if word not in own][:count]


def expected_kept(case, count):
    own, strayed = content_words(case.facts["answer"]), strays(case, count)
    return max(0.0, 1 - 3 * len(strayed) / (len(own) + len(strayed)))


def thoughts(case, text):
    return f"<think>{text}</think>{case.facts['answer']}"


def listed(case, count):
    """Words of five or more letters from title and description, each once."""
    distinct = dict.fromkeys(re.findall(r"[a-z]{5,}", f"{case.facts['title']} {case.facts['context']}".lower()))
    return " ".join([word for word in distinct if word not in STOP_WORDS][:count])


def long(case, words):
    return f"{listed(case, 5)} " + " ".join(f"w{place}rd" for place in range(words - 5))


def loop(case):
    return f"{listed(case, 4)} " * 3


EXACT_COMPONENTS = {
    "one word of another sentence": (
        lambda case: think_and_answer(thinking(case), f"{case.facts['answer']} {' '.join(strays(case, 1))}"),
        lambda case: {"kept": expected_kept(case, 1)},
    ),
    "five words of other sentences": (
        lambda case: think_and_answer(thinking(case), f"{case.facts['answer']} {' '.join(strays(case, 5))}"),
        lambda case: {"kept": expected_kept(case, 5)},
    ),
    "words of the title are no others": (
        lambda case: think_and_answer(thinking(case), f"{case.facts['title']}: {case.facts['answer']}"),
        lambda case: {"kept": 1.0},
    ),
    "other sentences alone": (
        lambda case: think_and_answer(thinking(case), " ".join(strays(case, 3))),
        lambda case: {"kept": 0.0},
    ),
    "words that say nothing": (lambda case: think_and_answer(thinking(case), "It is."), lambda case: {"kept": 1.0}),
    "no thinking": (lambda case: case.facts["answer"], lambda case: {"thinking": 0.5, "match": 1.0}),
    "thinking of two words": (lambda case: thoughts(case, listed(case, 2)), lambda case: {"thinking": 0.5}),
    "thinking of three words": (lambda case: thoughts(case, listed(case, 3)), lambda case: {"thinking": 1.0}),
    "thinking of eighty words": (lambda case: thoughts(case, long(case, 80)), lambda case: {"thinking": 1.0}),
    "thinking of eighty-one words": (lambda case: thoughts(case, long(case, 81)), lambda case: {"thinking": 0.0}),
    "thinking in a loop": (
        lambda case: thoughts(case, loop(case)),
        lambda case: {"thinking": min(1.0, 1.5 * (1 - overlap.repeated_share(loop(case))))},
    ),
    "thinking without end": (lambda case: f"<think>{case.facts['answer']}", lambda case: {"thinking": 0.0, "grounded": 0.0}),
}
