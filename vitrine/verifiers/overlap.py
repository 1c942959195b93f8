"""Measure how much of one text occurs in another, and how much a text repeats itself.

    rouge("the cat sat on the mat", "the cat lay on the mat")["rougeL"]   ->  0.833…
    copied_share(title, reply)    ->  1.0 if every sequence of four words of the reply occurs in the title
    repeated_share("muito bom " * 500)   ->  0.998

ROUGE is the F measure of the `rouge-score` package, without stemming, with its own tokenizer: lower-case ASCII letters and
digits. It is for English only, because accents split words. `rougeLsum` takes each line as a sentence.
"""

import re
from functools import lru_cache
from typing import Any

from vitrine.verifiers.labels import normalize

MEASURES = ("rouge1", "rouge2", "rougeL", "rougeLsum")
MAX_WORDS = 1_000  # of a reply for ROUGE: its time grows with the product of both lengths
GRAM_SIZE = 4

WORD = re.compile(r"\w{1,24}")  # long words are cut, so that one endless word counts as repetition
WORD_OR_SIGNS = re.compile(r"\w{1,24}|[^\w\s]{1,24}")


def rouge(reference: str, reply: str) -> dict[str, float]:
    """ROUGE-1, -2, -L and -Lsum of `reply` against `reference`, each in [0, 1]."""
    scores = _scorer().score(reference, _start(reply))
    return {measure: float(scores[measure].fmeasure) for measure in MEASURES}


def copied_share(source: str, reply: str) -> float:
    """The share of the reply's word 4-grams that occur in `source`; a reply of fewer words is one n-gram."""
    words = WORD.findall(normalize(reply))
    size = min(GRAM_SIZE, len(words))
    grams = _grams(words, size)
    source_grams = set(_grams(WORD.findall(normalize(source)), size))
    return sum(gram in source_grams for gram in grams) / len(grams) if grams else 0.0


def repeated_share(reply: str) -> float:
    """The share of 4-grams (of words and runs of punctuation) that occurred earlier in the reply."""
    grams = _grams(WORD_OR_SIGNS.findall(normalize(reply)), GRAM_SIZE)
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def _grams(words: list[str], size: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[start:] for start in range(size)), strict=False)) if size else []


def _start(reply: str) -> str:
    words = list(re.finditer(r"\S+", reply))
    return reply if len(words) <= MAX_WORDS else reply[: words[MAX_WORDS - 1].end()]


@lru_cache(maxsize=1)
def _scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(list(MEASURES), use_stemmer=False)
