"""shopping -- read a listing and a question about it, think, then answer from what the listing says.

    Blue Steel Bottle
    It is made of steel. It keeps drinks cold.
    What does the listing say about "drinks"?

    <think>The product is Blue Steel Bottle. The listing says: It keeps drinks cold.</think>
    It keeps drinks cold.

The score is a product, so that no part can be had without the others:

    thinking * grounded * answer_f1 * match * kept

thinking   1 for one short <think> … </think> before the answer that takes up words of the listing, less where it repeats itself;
           0.5 for an answer without any; 0 for thinking that is stuffed: tags within tags, a second one, too many words
grounded   the share of content words and numbers, of thinking and answer, that stand in title and description
answer_f1  the F1 of all words shared with the reference: a statement is asked for, not the word that the question quotes
match      what the answer shares with the reference, little for the opposite, less for a reply much longer (`tokens.match`)
kept       how far the answer keeps to the sentence that was asked for: 1 less thrice the share of its content words that stand
           elsewhere in the description, and neither in reference nor title. So a window of words around the one that was asked
           about, cut without regard to where its sentence begins and ends, earns less than an honest weak answer

The reference is written from the row: a template names the product and quotes the sentence that bears on the question. It
earns 1.0. So does a rule that copies the sentence with the word: that is what is asked for, so it is a baseline and no cheat,
and a model is worth something here only where it earns as much. Nothing here but `examples` knows where question, context and
answer come from.
"""

import re
from collections.abc import Mapping
from statistics import fmean
from typing import Any

from pydantic import Field

from vitrine.facts import shopping
from vitrine.tasks.task import Example, Facts, Grade, Input, Task, Text
from vitrine.verifiers import overlap, tokens

PROMPT = "[SHOP] {title}\n{context}\n{question}\nThink in <think></think>, then answer from the listing."
REPLY = re.compile(r"\s*<think>(?P<thinking>.*)</think>(?P<answer>.*)", re.DOTALL)
TAG = re.compile(r"</?think>")
MOST_THINKING = 80  # words
TAKEN_UP = 3  # words of the listing that thinking must hold to be about it
WITHOUT_THINKING = 0.5
STRAYING = 3  # nothing is left of an answer a third of which stands in other sentences


class ListingQuestion(Input):
    """A question about a listing."""

    title: Text = Field(description="title of the listing", examples=["Blue Steel Bottle"])
    context: Text = Field(description="description of the product", examples=["It is made of steel. It keeps drinks cold."])
    question: Text = Field(description="question of a shopper", examples=['What does the listing say about "drinks"?'])

    def prompt(self) -> str:
        return PROMPT.format(title=self.title, context=self.context, question=self.question)

    def facts(self) -> dict[str, Any]:
        return {"title": self.title, "context": self.context}


def grade(reply: str, facts: Facts) -> Grade:
    listing = f"{facts['title']}\n{facts['context']}"
    thinking, answer, shape = _parts(reply, listing)
    share = tokens.grounded_share(f"{thinking} {answer}", listing) if tokens.words(answer) else 0.0
    match = tokens.match(facts["answer"], answer)
    kept = _kept(answer, facts)
    f1 = tokens.f1(facts["answer"], answer)
    parts = {"thinking": shape, "grounded": share, "match": match, "kept": kept, "answer_f1": f1}
    return Grade(score=shape * share * f1 * match * kept, components=parts)


def _kept(answer: str, facts: Facts) -> float:
    said = tokens.content_words(answer)
    elsewhere = set(tokens.words(facts["context"])) - set(tokens.words(f"{facts['answer']} {facts['title']}"))
    strayed = sum(word in elsewhere for word in said)
    return max(0.0, 1 - STRAYING * strayed / len(said)) if said else 1.0


def _parts(reply: str, listing: str) -> tuple[str, str, float]:
    """The thinking, the answer, and what the way they are told is worth."""
    tags, found = TAG.findall(reply), REPLY.fullmatch(reply)
    if not tags:
        return "", reply.strip(), WITHOUT_THINKING
    if found is None or len(tags) != 2:
        return "", "", 0.0
    thinking, answer = found["thinking"].strip(), found["answer"].strip()
    if len(thinking.split()) > MOST_THINKING:
        return thinking, answer, 0.0
    about = set(tokens.content_words(thinking)) & set(tokens.content_words(listing))
    return (
        thinking,
        answer,
        min(1.0, 1.5 * (1 - overlap.repeated_share(thinking))) if len(about) >= TAKEN_UP else WITHOUT_THINKING,
    )


def reference(example: Example) -> str:
    """Thinking and answer as a template writes them: one wording of many."""
    return f"<think>The product is {example['title']}. The listing says: {example['answer']}</think>\n{example['answer']}"


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    return {
        "grounded_rate": fmean(part["grounded"] for part in parts),
        "fully_grounded": fmean(part["grounded"] == 1.0 for part in parts),
        "answer_f1": fmean(part["answer_f1"] for part in parts),
        "thinking": fmean(part["thinking"] > WITHOUT_THINKING for part in parts),
    }


TASK = Task(
    name="shopping",
    language="en",
    sources=("amazon_titles",),
    examples=lambda config, *, limit, seed: shopping.examples(config.clean, limit=limit, seed=seed, choice=config.listings),
    template=PROMPT,
    input=ListingQuestion,
    gold=reference,
    gold_facts=lambda example: {"answer": example["answer"]},
    grade=grade,
    headline=headline,
    solved=0.6,
    max_tokens=144,
)
