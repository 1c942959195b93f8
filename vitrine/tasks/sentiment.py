"""sentiment -- read a review, answer with its polarity and the score its writer gave.

    Chegou quebrado, quero a troca.        ->  negativo, nota 1

Scores 1-2 are negative, 3 neutral, 4-5 positive. The right polarity earns 0.6; a score that is d steps away
earns 0.4 * (1 - d/4) ** 3, little enough that "neutro, nota 3" to every review does not pay. A reply that names no polarity, or
two, earns 0, and so does a long one; the adjective may agree with "avaliação" ("positiva"). The score of the review is never
shown: titles that are a bare grade were taken out in cleaning.
"""

import contextlib
import re
from collections.abc import Mapping
from statistics import fmean
from typing import Any

from pydantic import Field

from vitrine.errors import ParseError
from vitrine.facts import reviews
from vitrine.tasks.task import Facts, Grade, Input, Task, Text
from vitrine.verifiers import labels
from vitrine.verifiers.replies import answer_of

PROMPT = "[SENTIMENTO] A avaliação é positiva, neutra ou negativa, e que nota de 1 a 5 o cliente deu?\nAvaliação: {text}"
POLARITIES = ("negativo", "neutro", "positivo")
SPELLED = {form: name for name in POLARITIES for form in (name, f"{name[:-1]}a")}
SCORE = re.compile(r"(?<![\d.,])[1-5](?![\d]|[.,]\d)")
UNNAMED = -1.0
LONGEST = 80  # characters; an answer is two words and a digit, and listing guesses must not pay


class Review(Input):
    """A review as a customer wrote it."""

    title: str | None = Field(default=None, description="title of the review, if any", examples=["Não recomendo"])
    message: Text = Field(description="text of the review", examples=["Chegou quebrado, quero a troca."])

    @property
    def text(self) -> str:
        return ". ".join(filter(None, (self.title, self.message)))

    def prompt(self) -> str:
        return PROMPT.format(text=self.text)


def polarity(score: int) -> str:
    return POLARITIES[0] if score <= 2 else POLARITIES[1] if score == 3 else POLARITIES[2]


def grade(reply: str, facts: Facts) -> Grade:
    answer = answer_of(reply)
    said, scores = None, SCORE.findall(answer)
    if len(answer) <= LONGEST:
        with contextlib.suppress(ParseError):
            said = SPELLED[labels.find(answer, tuple(SPELLED))]
    true = polarity(facts["score"])
    right = float(said == true)
    near = (1 - abs(int(scores[0]) - facts["score"]) / 4) ** 3 if said and len(scores) == 1 else 0.0
    classes = {"said": float(POLARITIES.index(said)) if said else UNNAMED, "true": float(POLARITIES.index(true))}
    return Grade(score=0.6 * right + 0.4 * near, components={"right": right, "near": near, **classes})


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    """Accuracy and macro F1 of the polarity, in which a reply without one is wrong; how many replies have one."""
    pairs = [(answer["components"]["said"], answer["components"]["true"]) for answer in answers]
    f1 = []
    for label in map(float, range(len(POLARITIES))):
        hits = sum(said == true == label for said, true in pairs)
        named = sum(said == label for said, _ in pairs) + sum(true == label for _, true in pairs)
        if named:
            f1.append(2 * hits / named)
    return {
        "macro_f1": fmean(f1),
        "accuracy": fmean(said == true for said, true in pairs),
        "parse_rate": fmean(said != UNNAMED for said, _ in pairs),
    }


TASK = Task(
    name="sentiment",
    language="pt",
    sources=("olist",),
    # another seed than `extract` has, so that it first sees other reviews
    examples=lambda config, *, limit, seed: reviews.examples(config.clean, limit=limit, seed=seed + 1),
    template=PROMPT,
    input=Review,
    gold=lambda example: f"{polarity(example['score'])}, nota {example['score']}",
    gold_facts=lambda example: {"score": example["score"]},
    grade=grade,
    headline=headline,
    solved=0.75,  # the right polarity, and at most a step from the score
    max_tokens=16,
)
