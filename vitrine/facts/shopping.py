"""Questions about a listing that one sentence of its description settles.

    one of `examples(clean, limit=600, seed=7, choice=QUARTILES)`:
    {"id": "B00…", "entity": "blue steel bottle", "title": "Blue Steel Bottle",
     "context": "It is made of steel. It keeps drinks cold.",
     "question": "What does the listing say about \"drinks\"?", "answer": "It keeps drinks cold."}

The word that is asked about stands in that sentence and in no other, nor in the title: the answer is certain, and finding it
takes reading. That is all these questions are; what a teacher asks about a listing is richer.
"""

import random
import re
from itertools import accumulate
from pathlib import Path
from typing import Any

from vitrine.facts import listings
from vitrine.facts.listings import Listings
from vitrine.verifiers.tokens import content_words

SENTENCE = re.compile(r"(?<=[.!?])\s+")
LENGTHS = range(5, 31)  # words of a sentence that answers
CONTEXT = 100  # words of a description that are shown, in whole sentences
TELLING = 3  # of the words that could be asked about, the longest
ASKING = (
    'What does the listing say about "{word}"?',
    'Does it mention "{word}"?',
    'What should I know about "{word}"?',
    'I wonder about "{word}". What is said of it?',
    'Tell me what is written about "{word}".',
)


def examples(clean: Path, *, limit: int, seed: int, choice: Listings) -> list[dict[str, Any]]:
    """Up to `limit` listings with a question each."""
    found = listings.described(clean, limit=2 * limit, seed=seed + 2, choice=choice)  # others than `describe` first sees
    asked = (_asked(row, random.Random(f"{seed} {row['id']}")) for row in found)
    return [example for example in asked if example][:limit]


def _asked(row: dict[str, Any], chance: random.Random) -> dict[str, Any] | None:
    sentences = _shown(SENTENCE.split(row["content"].strip()))
    words = [set(content_words(sentence)) for sentence in sentences]
    known = set(content_words(row["title"]))
    certain = [
        (sentence, sorted(word for word in own - known - set().union(*words[:place], *words[place + 1 :]) if word.isalpha()))
        for place, (sentence, own) in enumerate(zip(sentences, words, strict=True))
        if len(sentence.split()) in LENGTHS and not sentence.endswith("?")
    ]
    certain = [(sentence, asked) for sentence, asked in certain if asked]
    if len(sentences) < 2 or not certain:
        return None
    answer, asked = chance.choice(certain)
    telling = sorted(asked, key=lambda word: (-len(word), word))[:TELLING]
    question = chance.choice(ASKING).format(word=chance.choice(telling))
    told = {name: row[name] for name in ("id", "entity", "title")}
    return told | {"context": " ".join(sentences), "question": question, "answer": answer}


def _shown(sentences: list[str]) -> list[str]:
    """As many of the first sentences as CONTEXT words hold."""
    words = accumulate(len(sentence.split()) for sentence in sentences)
    return [sentence for sentence, so_far in zip(sentences, words, strict=True) if so_far <= CONTEXT]
