"""How many words two answers share, as SQuAD counts it.

    f1("It is made of steel.", "Made of brushed steel")        ->  0.67
    grounded_share("It is made of wood.", "A steel bottle.")         ->  0.0     "wood" is what it says

Words are lower case, without punctuation and the articles a, an and the; each is matched once. `f1` is the published
metric. `match` is for rewards:

    match("It is made of steel.", …)     "Steel" 0.87     "It is made of." 0.18     "It is not made of steel." 0.10

It counts the words that say something four times as much as all words, so that a short answer pays, and its frame does not. It
leaves a tenth to a reply that denies what the reference says (`opposites`), and takes from one that is more than half as long
again and two words longer, by the square of how much longer it is: handing back everything that there is to read must not pay.
"""

import re
import string

from vitrine.verifiers import opposites, records

SLACK = 1.5
FEW = 2  # words that a short answer may be longer than its reference
FORM = 0.2  # what all words count beside those that say something: "It is made of" without steel
DENIED = 0.1  # what is left of a reply that says the opposite

STOP_WORDS = frozenset(  # words that say nothing of what an answer is about
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
    return ARTICLE.sub(" ", text.lower().translate(WITHOUT_PUNCTUATION)).split()


def f1(reference: str, reply: str) -> float:
    """The F1 of the reply's words, in [0, 1]; two texts without words are equal."""
    return words_f1(words(reference), words(reply))


def match(reference: str, reply: str) -> float:
    """How far the reply says what the reference says, in as many words and no opposite ones, in [0, 1]."""
    true, said = len(words(reference)), len(words(reply))
    telling = content_words(reference)
    meant = words_f1(telling, content_words(reply)) if telling else f1(reference, reply)  # "Yes." has no other words
    room = max(SLACK * true, true + FEW)
    polarity = DENIED if opposites.contradicts(reference, reply, small=STOP_WORDS) else 1.0
    return polarity * (FORM * f1(reference, reply) + (1 - FORM) * meant) * min(1.0, room / max(1, said)) ** 2


def content_words(text: str) -> list[str]:
    """The words and numbers that say something, in the order of the text."""
    return [word for word in words(text) if word not in STOP_WORDS]


def grounded_share(text: str, source: str) -> float:
    """The share of what the text says that stands in the source too; 0 for a text that says nothing."""
    said, known = content_words(text), set(words(source))
    return sum(word in known for word in said) / len(said) if said else 0.0


def words_f1(true: list[str], said: list[str]) -> float:
    """The F1 of two lists of words, each word as often as both have it; two empty ones are equal."""
    return records.f1(records.count_matches(said, true), predicted=len(said), gold=len(true))


def first_words(text: str, count: int) -> str:
    """The first `count` words of a text, with single blanks, or the text itself if it has no more."""
    found = text.split(maxsplit=count)
    return text if len(found) <= count else " ".join(found[:count])
