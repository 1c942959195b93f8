"""ec_ag -- answer a question from the reviews that come with it.

    {"question": "Which brand is this phone case?", "document": ["My friend has it too.", "I trust Quillon, who make it.", …]}
    ->  It is made by Quillon.

The score is `tokens.match`: mostly the F1 of content words and a little of all words, a tenth of that for the opposite statement,
and less for a much longer reply. "Quillon" is a good answer; "It is made by.", "It is not made by Quillon." and the document are
not.

The published metrics, BERTScore and BLEURT, need models; `benchmark.bertscore` and `.bleurt` add them. Token F1 and ROUGE-L need
no model and are not comparable with published figures. Like the publisher's metrics they read the first 300 words.
"""

from typing import Any

from vitrine.tasks.ecinstruct import published
from vitrine.tasks.ecinstruct.published import Parts
from vitrine.tasks.task import Example, Facts, Grade, Task
from vitrine.verifiers import overlap, tokens
from vitrine.verifiers.replies import answer_of

MAX_WORDS = 300


def grade(reply: str, facts: Facts) -> Grade:
    true, answer = tokens.first_words(facts["answer"], MAX_WORDS), tokens.first_words(answer_of(reply), MAX_WORDS)
    components = {
        "token_f1": tokens.f1(true, answer),
        "rouge_l": overlap.rouge(true, answer)["rougeL"],
        "valid": float(bool(answer)),
        "ood": float(facts["ood"]),
    }
    return Grade(score=tokens.match(facts["answer"], answer_of(reply)), components=components)


def headline(answers: list[Any]) -> dict[str, float]:
    parts: Parts = [answer["components"] for answer in answers]
    metrics = {name: published.mean(name, parts) for name in ("token_f1", "rouge_l", "valid")}
    for domain, ood in (("ind_", 0.0), ("ood_", 1.0)):
        if own := [part for part in parts if part["ood"] == ood]:
            metrics |= {f"{domain}{name}": published.mean(name, own) for name in ("token_f1", "rouge_l")}
    return metrics


def gold_facts(example: Example) -> dict[str, Any]:
    return {"answer": example["output"], "ood": example["ood"]}


TASK = Task(
    name="ec_ag",
    language="en",
    sources=("ecinstruct",),
    examples=published.examples("AG"),
    template=published.ARRANGEMENT,
    input=published.PublishedRow,
    gold=published.gold,
    gold_facts=gold_facts,
    grade=grade,
    headline=headline,
    similarity_text=lambda answer: answer_of(answer["answer"]),
    solved=0.6,
    max_tokens=128,
)
