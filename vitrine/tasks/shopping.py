"""shopping -- read a listing and a question about it, think, and answer from the listing.

    Blue Steel Bottle
    It is made of steel. It keeps drinks cold.
    What does the listing say about "drinks"?

    <think>The product is Blue Steel Bottle. The listing says: It keeps drinks cold.</think>
    It keeps drinks cold.

The score is a product, so that no part earns anything without the others:

    thinking * grounded * answer_f1 * match * kept

thinking   1 for one short <think> … </think> before the answer that uses words of the listing, less if it repeats itself;
           0.5 without thinking; 0 for nested tags, a second block or too many words
grounded   the share of content words and numbers, in thinking and answer, that occur in title or description
answer_f1  F1 over all words shared with the reference: the answer is a statement, not the word that the question quotes
match      `tokens.match` with the reference: little for the opposite statement, less for a much longer reply
kept       1 minus three times the share of the answer's content words that occur elsewhere in the description, but neither in
           the reference nor in the title. So a window of words around the queried one that ignores where its sentence begins and
           ends earns less than an honest weak answer

The reference comes from a template: it names the product and quotes the sentence that answers the question. It earns 1.0. So does
a rule that copies the sentence with the queried word. That is the task, so the rule is a baseline and not a cheat: a model is
useful here only if it scores as high. Only `examples` knows where question, context and answer come from.
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
MAX_THINKING_WORDS = 80
MIN_LISTING_WORDS = 3  # content words of the listing that the thinking must use
WITHOUT_THINKING = 0.5
STRAYING_COST = 3  # an answer with a third of its words from other sentences earns 0


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
    words = tokens.content_words(answer)
    elsewhere = set(tokens.words(facts["context"])) - set(tokens.words(f"{facts['answer']} {facts['title']}"))
    strayed = sum(word in elsewhere for word in words)
    return max(0.0, 1 - STRAYING_COST * strayed / len(words)) if words else 1.0


def _parts(reply: str, listing: str) -> tuple[str, str, float]:
    """The thinking, the answer, and the score of the thinking."""
    tags, match = TAG.findall(reply), REPLY.fullmatch(reply)
    if not tags:
        return "", reply.strip(), WITHOUT_THINKING
    if match is None or len(tags) != 2:
        return "", "", 0.0
    thinking, answer = match["thinking"].strip(), match["answer"].strip()
    if len(thinking.split()) > MAX_THINKING_WORDS:
        return thinking, answer, 0.0
    used = set(tokens.content_words(thinking)) & set(tokens.content_words(listing))
    fresh = min(1.0, 1.5 * (1 - overlap.repeated_share(thinking)))
    return thinking, answer, fresh if len(used) >= MIN_LISTING_WORDS else WITHOUT_THINKING


def reference(example: Example) -> str:
    """Thinking and answer from a template: one wording of many."""
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
