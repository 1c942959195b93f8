"""Questions about a listing that exactly one sentence of its description answers.

    one of `examples(clean, limit=600, seed=7, choice=QUARTILES)`:
    {"id": "B00…", "entity": "blue steel bottle", "title": "Blue Steel Bottle",
     "context": "It is made of steel. It keeps drinks cold.",
     "question": "What does the listing say about \"drinks\"?", "answer": "It keeps drinks cold."}

The question's word occurs in that sentence only, neither in another one nor in the title, so the answer is certain and finding it
requires reading. Questions written by a teacher model are richer.
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
ANSWER_WORDS = range(5, 31)
MAX_CONTEXT_WORDS = 100  # of the description; only whole sentences are shown
LONGEST_WORDS = 3  # the question's word is one of the longest candidates
QUESTIONS = (
    'What does the listing say about "{word}"?',
    'Does it mention "{word}"?',
    'What should I know about "{word}"?',
    'I wonder about "{word}". What is said of it?',
    'Tell me what is written about "{word}".',
)


def examples(clean: Path, *, limit: int, seed: int, choice: Listings) -> list[dict[str, Any]]:
    """Up to `limit` listings with one question each."""
    rows = listings.described(clean, limit=2 * limit, seed=seed + 2, choice=choice)  # other listings than those of `describe`
    examples = (_example(row, random.Random(f"{seed} {row['id']}")) for row in rows)
    return [example for example in examples if example][:limit]


def _example(row: dict[str, Any], chance: random.Random) -> dict[str, Any] | None:
    """A listing with a question; None if no sentence of its description gives a certain answer."""
    sentences = _shown(SENTENCE.split(row["content"].strip()))
    words = [set(content_words(sentence)) for sentence in sentences]
    known = set(content_words(row["title"]))
    certain = [
        (sentence, sorted(word for word in own - known - set().union(*words[:place], *words[place + 1 :]) if word.isalpha()))
        for place, (sentence, own) in enumerate(zip(sentences, words, strict=True))
        if len(sentence.split()) in ANSWER_WORDS and not sentence.endswith("?")
    ]
    certain = [(sentence, candidates) for sentence, candidates in certain if candidates]
    if len(sentences) < 2 or not certain:
        return None
    answer, candidates = chance.choice(certain)
    longest = sorted(candidates, key=lambda word: (-len(word), word))[:LONGEST_WORDS]
    question = chance.choice(QUESTIONS).format(word=chance.choice(longest))
    return {name: row[name] for name in ("id", "entity", "title")} | {
        "context": " ".join(sentences),
        "question": question,
        "answer": answer,
    }


def _shown(sentences: list[str]) -> list[str]:
    """The first sentences, up to MAX_CONTEXT_WORDS words."""
    words = accumulate(len(sentence.split()) for sentence in sentences)
    return [sentence for sentence, so_far in zip(sentences, words, strict=True) if so_far <= MAX_CONTEXT_WORDS]
