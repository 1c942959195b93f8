"""qa -- read a question and reviews, and answer it or say that it cannot be answered.

    Question: Which brand is this phone case?
    - A friend has the same one.
    - I trust Quillon, who make it.              ->  It is made by Quillon.      or      cannot be answered

Questions and answers come from ECInstruct's AG task, with the document of their own row as context. One question in three comes
from its AP task and cannot be answered from its reviews. AP rows that can be answered have no reference and are not used.

If a question has no answer, refusing earns 1 and anything else 0. If it has one, the score is `tokens.match` with the gold
answer: mostly the F1 of content words, a tenth of that for the opposite statement, and less for a much longer reply. A reply that
refuses and answers counts as neither. So always refusing earns a third; always answering earns the score of the answers alone.

Token F1 is SQuAD 2's, over all questions. `answered_*` is over questions that have an answer, as are `bertscore` and `bleurt` if
`benchmark` names a model for them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from vitrine.facts import ecinstruct
from vitrine.tasks.task import ExampleConfig, Facts, Grade, Input, Task, Text
from vitrine.verifiers import classes, overlap, tokens
from vitrine.verifiers.labels import normalize
from vitrine.verifiers.replies import answer_of

PROMPT = "[QA] Answer the question from the reviews, or say: cannot be answered\nQuestion: {question}\n{reviews}"
REFUSAL = "cannot be answered"
REFUSED = re.compile(r"(?:can ?not|can['’]?t) be answered")
REFUSED_ONLY = re.compile(
    rf"(?:(?:this|the|it|that) ?(?:question)? ?)?{REFUSED.pattern}(?: from (?:the |these )?(?:reviews?|text))?"
)
ANSWERED, SILENT, NEITHER = 1.0, 0.0, -1.0


class ReviewsQuestion(Input):
    """A question about a product, and reviews of the product."""

    question: Text = Field(description="question of a shopper", examples=["Which brand is this phone case?"])
    reviews: tuple[str, ...] = Field(
        description="texts to find the answer in",
        examples=[["A friend has the same one.", "I trust Quillon, who make it."]],
    )

    def prompt(self) -> str:
        return PROMPT.format(question=self.question, reviews="\n".join(f"- {review}" for review in self.reviews))


def grade(reply: str, facts: Facts) -> Grade:
    answer, true = answer_of(reply), facts["answer"]
    decision = _decision(answer)
    answering = decision == ANSWERED and true is not None
    components = {
        "said": decision,
        "true": SILENT if true is None else ANSWERED,
        "token_f1": tokens.f1(true, answer) if answering else float(true is None and decision == SILENT),
        "rouge_l": overlap.rouge(true, answer)["rougeL"] if answering else 0.0,
    }
    score = tokens.match(true, answer) if answering else components["token_f1"]
    return Grade(score=score, components=components)


def _decision(answer: str) -> float:
    """ANSWERED, SILENT if the reply only refuses, NEITHER if it is empty or also answers."""
    text = normalize(answer).strip(" .!\"'*")
    if REFUSED_ONLY.fullmatch(text):
        return SILENT
    return ANSWERED if tokens.words(answer) and not REFUSED.search(text) else NEITHER


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    answered = [part for part in parts if part["true"] == ANSWERED]
    predicted = [None if part["said"] == NEITHER else part["said"] for part in parts]
    true = [part["true"] for part in parts]
    return {
        "token_f1": _mean(parts, "token_f1"),
        "answered_token_f1": _mean(answered, "token_f1"),
        "answered_rouge_l": _mean(answered, "rouge_l"),
        "answerability_accuracy": classes.accuracy(predicted, true),
        "answerability_f1": classes.f1(predicted, true, ANSWERED),
    }


def _mean(parts: Sequence[Mapping[str, float]], name: str) -> float:
    return sum(part[name] for part in parts) / max(1, len(parts))


def examples(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    rows = ecinstruct.questions(config.clean, limit=limit, seed=seed)
    usable = [row for row in rows if row["answer"] is None or _decision(row["answer"]) == ANSWERED]
    return [row | {"question": str(row["fields"]["question"]), "reviews": _reviews(row["fields"])} for row in usable]


def _reviews(fields: Mapping[str, Any]) -> list[str]:
    document = fields["document"] or []
    return [document] if isinstance(document, str) else list(map(str, document))


TASK = Task(
    name="qa",
    language="en",
    sources=("ecinstruct",),
    examples=examples,
    template=PROMPT,
    input=ReviewsQuestion,
    gold=lambda example: REFUSAL if example["answer"] is None else str(example["answer"]),
    gold_facts=lambda example: {"answer": example["answer"]},
    grade=grade,
    headline=headline,
    similarity_text=lambda answer: answer_of(answer["answer"]) if answer["components"]["true"] == ANSWERED else None,
    solved=0.6,
    max_tokens=96,
)
