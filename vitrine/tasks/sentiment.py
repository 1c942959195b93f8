"""sentiment -- read a review and answer with its polarity and the score that its writer gave.

    Chegou quebrado, quero a troca.        ->  negativo, nota 1

Scores 1-2 are negative, 3 is neutral, 4-5 are positive. The right polarity earns 0.6. A score that is d steps off earns
0.4 * (1 - d/4) ** 3, which falls so fast that answering "neutro, nota 3" to every review does not pay. A reply with no polarity,
with two, or longer than LONGEST earns 0. The adjective may agree with "avaliação" ("positiva"). The prompt never shows the
review's score: cleaning removes titles that are only a score.
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
POLARITY_BY_FORM = {form: name for name in POLARITIES for form in (name, f"{name[:-1]}a")}
SCORE = re.compile(r"(?<![\d.,])[1-5](?![\d]|[.,]\d)")
UNNAMED = -1.0
LONGEST = 80  # characters; an answer is a word, "nota" and a digit, and listing guesses must not pay


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
    predicted, scores = None, SCORE.findall(answer)
    if len(answer) <= LONGEST:
        with contextlib.suppress(ParseError):
            predicted = POLARITY_BY_FORM[labels.find(answer, tuple(POLARITY_BY_FORM))]
    true = polarity(facts["score"])
    right = float(predicted == true)
    near = (1 - abs(int(scores[0]) - facts["score"]) / 4) ** 3 if predicted and len(scores) == 1 else 0.0
    classes = {"said": float(POLARITIES.index(predicted)) if predicted else UNNAMED, "true": float(POLARITIES.index(true))}
    return Grade(score=0.6 * right + 0.4 * near, components={"right": right, "near": near, **classes})


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    """Accuracy and macro F1 of the polarity, where a reply without one is wrong, and the share of replies with one."""
    pairs = [(answer["components"]["said"], answer["components"]["true"]) for answer in answers]
    f1 = []
    for label in map(float, range(len(POLARITIES))):
        hits = sum(predicted == true == label for predicted, true in pairs)
        named = sum(predicted == label for predicted, _ in pairs) + sum(true == label for _, true in pairs)
        if named:
            f1.append(2 * hits / named)
    return {
        "macro_f1": fmean(f1),
        "accuracy": fmean(predicted == true for predicted, true in pairs),
        "parse_rate": fmean(predicted != UNNAMED for predicted, _ in pairs),
    }


TASK = Task(
    name="sentiment",
    language="pt",
    sources=("olist",),
    # a different seed from `extract`, so that the two tasks start with different reviews
    examples=lambda config, *, limit, seed: reviews.examples(config.clean, limit=limit, seed=seed + 1),
    template=PROMPT,
    input=Review,
    gold=lambda example: f"{polarity(example['score'])}, nota {example['score']}",
    gold_facts=lambda example: {"score": example["score"]},
    grade=grade,
    headline=headline,
    solved=0.75,  # the right polarity, and a score at most one step off
    max_tokens=16,
)
