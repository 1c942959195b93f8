"""Compare the words of two answers, as SQuAD does.

    f1("It is made of steel.", "Made of brushed steel")        ->  0.67
    grounded_share("It is made of wood.", "A steel bottle.")         ->  0.0     "wood" is not in the source

Words are in lower case, without punctuation and the articles a, an, the; each is matched once. `f1` is the published metric.
`match` is for rewards:

    match("It is made of steel.", …)     "Steel" 0.87     "It is made of." 0.18     "It is not made of steel." 0.10

It weighs the F1 of content words with 0.8 and the F1 of all words with 0.2, so that a short answer earns much, and stop words
alone little. A reply that contradicts the reference keeps a tenth (`opposites`). A reply that is more than 1.5 times as long,
and more than two words longer, loses by the square of the excess: copying the whole source must not earn much.
"""

import re
import string

from vitrine.verifiers import opposites, records

LENGTH_RATIO = 1.5  # a reply may be this many times as long as its reference
EXTRA_WORDS = 2  # a short reply may have this many words more than its reference
ALL_WORDS_WEIGHT = 0.2  # weight of the F1 of all words: "It is made of" without "steel"
CONTRADICTION = 0.1  # factor for a reply that contradicts the reference

STOP_WORDS = frozenset(  # words without content of their own
    """
    about above after again against all also am and answer any are as asked asks at be because been before below between both
    but by called can come comes could describes designed did do does done down during each few for from get gets had has have
    having he her here his how i if in into is it its itself just listing made makes may me mentions might more most much must
    my no not nothing now of off on one only or other our out over own per product question reads reviews said same says shall
    she should so sold some such text than that their them then there these they this those through title to told too under
    until up us use very was we well were what when where which while who whom whose why will with within without would written
    yes you your
    """.split()
)

ARTICLE = re.compile(r"\b(?:a|an|the)\b")
WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def words(text: str) -> list[str]:
    """The words of a text: lower case, without punctuation and articles."""
    return ARTICLE.sub(" ", text.lower().translate(WITHOUT_PUNCTUATION)).split()


def f1(reference: str, reply: str) -> float:
    """The F1 of the words of two texts, in [0, 1]; two texts without words are equal."""
    return words_f1(words(reference), words(reply))


def match(reference: str, reply: str) -> float:
    """How well the reply matches the reference in content, polarity and length, in [0, 1]."""
    gold, predicted = len(words(reference)), len(words(reply))
    content = content_words(reference)
    content_f1 = words_f1(content, content_words(reply)) if content else f1(reference, reply)  # "Yes." has no content words
    allowed = max(LENGTH_RATIO * gold, gold + EXTRA_WORDS)
    polarity = CONTRADICTION if opposites.contradicts(reference, reply, small=STOP_WORDS) else 1.0
    return (
        polarity
        * (ALL_WORDS_WEIGHT * f1(reference, reply) + (1 - ALL_WORDS_WEIGHT) * content_f1)
        * min(1.0, allowed / max(1, predicted)) ** 2
    )


def content_words(text: str) -> list[str]:
    """The words and numbers that are not stop words, in order."""
    return [word for word in words(text) if word not in STOP_WORDS]


def grounded_share(text: str, source: str) -> float:
    """The share of the content words of `text` that occur in `source`; 0 if there are none."""
    content, known = content_words(text), set(words(source))
    return sum(word in known for word in content) / len(content) if content else 0.0


def words_f1(gold: list[str], predicted: list[str]) -> float:
    """The F1 of two lists of words, counted with repetition; two empty lists are equal."""
    return records.f1(records.count_matches(predicted, gold), predicted=len(predicted), gold=len(gold))


def first_words(text: str, count: int) -> str:
    """The first `count` words of a text, joined by blanks; the text itself if it has no more words."""
    parts = text.split(maxsplit=count)
    return text if len(parts) <= count else " ".join(parts[:count])
