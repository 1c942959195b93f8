"""ec_ag -- answer a question from the reviews that come with it.

    {"question": "Which brand is this phone case?", "document": ["My friend has it too.", "I trust Quillon, who make it.", …]}
    ->  It is made by Quillon.

The score is `tokens.match`: the F1 of the words that say something, and a little of all words; a tenth of it for the opposite,
and less for a reply much longer.
"Quillon" is an answer; "It is made by.", "It is not made by Quillon." and the document are not.

The published metrics are BERTScore and BLEURT, which come from models; `benchmark.bertscore` and `.bleurt` add them. Token F1 and
ROUGE-L, of the first 300 words, where the publisher cuts, need no model and do not compare with published figures.
"""

from typing import Any

from vitrine.tasks.ecinstruct import published
from vitrine.tasks.ecinstruct.published import Parts
from vitrine.tasks.task import Example, Facts, Grade, Task
from vitrine.verifiers import overlap, tokens
from vitrine.verifiers.replies import answer_of

CUT = 300  # words


def grade(reply: str, facts: Facts) -> Grade:
    true, said = tokens.first_words(facts["answer"], CUT), tokens.first_words(answer_of(reply), CUT)
    components = {
        "token_f1": tokens.f1(true, said),
        "rouge_l": overlap.rouge(true, said)["rougeL"],
        "valid": float(bool(said)),
        "ood": float(facts["ood"]),
    }
    return Grade(score=tokens.match(facts["answer"], answer_of(reply)), components=components)


def headline(answers: list[Any]) -> dict[str, float]:
    parts: Parts = [answer["components"] for answer in answers]
    found = {name: published.mean(name, parts) for name in ("token_f1", "rouge_l", "valid")}
    for domain, ood in (("ind_", 0.0), ("ood_", 1.0)):
        if own := [part for part in parts if part["ood"] == ood]:
            found |= {f"{domain}{name}": published.mean(name, own) for name in ("token_f1", "rouge_l")}
    return found


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
