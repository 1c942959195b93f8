"""qa -- read a question and what reviewers wrote, answer it or say that it cannot be answered.

    Question: Which brand is this phone case?
    - A friend has the same one.
    - I trust Quillon, who make it.              ->  It is made by Quillon.      or      cannot be answered

Questions and answers are ECInstruct's (AG), with the document of their own row for context; to two of them comes one whose
reviews are silent (AP, no). Where AP says yes there is no reference, and those rows are not asked here.

A question without an answer earns 1 for saying so and 0 for anything else. One with an answer earns what it shares
with it by `tokens.match`: mostly the words that say something, a tenth of it for the opposite, less for a reply much longer.
Refusing and answering at
once is neither. So always refusing earns a third, and always answering what the answers are worth.

Token F1 is SQuAD 2's, over all questions; `answered_*` is over those that have an answer, and so are `bertscore` and `bleurt`
where `benchmark` names a model for them.
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
    """A question about a product, and what reviewers wrote about it."""

    question: Text = Field(description="question of a shopper", examples=["Which brand is this phone case?"])
    reviews: tuple[str, ...] = Field(
        description="texts to find the answer in",
        examples=[["A friend has the same one.", "I trust Quillon, who make it."]],
    )

    def prompt(self) -> str:
        return PROMPT.format(question=self.question, reviews="\n".join(f"- {review}" for review in self.reviews))


def grade(reply: str, facts: Facts) -> Grade:
    answer, true = answer_of(reply), facts["answer"]
    said = _decided(answer)
    answering = said == ANSWERED and true is not None
    components = {
        "said": said,
        "true": SILENT if true is None else ANSWERED,
        "token_f1": tokens.f1(true, answer) if answering else float(true is None and said == SILENT),
        "rouge_l": overlap.rouge(true, answer)["rougeL"] if answering else 0.0,
    }
    score = tokens.match(true, answer) if answering else components["token_f1"]
    return Grade(score=score, components=components)


def _decided(answer: str) -> float:
    """Whether the reply answers, refuses, or does neither, or both."""
    said = normalize(answer).strip(" .!\"'*")
    if REFUSED_ONLY.fullmatch(said):
        return SILENT
    return ANSWERED if tokens.words(answer) and not REFUSED.search(said) else NEITHER


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    settled = [part for part in parts if part["true"] == ANSWERED]
    said = [None if part["said"] == NEITHER else part["said"] for part in parts]
    true = [part["true"] for part in parts]
    return {
        "token_f1": _mean(parts, "token_f1"),
        "answered_token_f1": _mean(settled, "token_f1"),
        "answered_rouge_l": _mean(settled, "rouge_l"),
        "answerability_accuracy": classes.accuracy(said, true),
        "answerability_f1": classes.f1(said, true, ANSWERED),
    }


def _mean(parts: Sequence[Mapping[str, float]], name: str) -> float:
    return sum(part[name] for part in parts) / max(1, len(parts))


def examples(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    found = ecinstruct.questions(config.clean, limit=limit, seed=seed)
    told = [example for example in found if example["answer"] is None or _decided(example["answer"]) == ANSWERED]
    return [example | {"question": str(example["fields"]["question"]), "reviews": _reviews(example["fields"])} for example in told]


def _reviews(told: Mapping[str, Any]) -> list[str]:
    document = told["document"] or []
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
