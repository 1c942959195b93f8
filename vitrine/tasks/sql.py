"""sql -- read a question about the shop and its schema, answer with one SELECT.

    Quantos pedidos vieram de SP em 2017?
    SELECT COUNT(*) FROM orders JOIN customers USING (customer_id) WHERE customer_state = 'SP' AND YEAR(…) = 2017

The query is run, never compared as text: 0.1 if it parses, 0.2 if its names resolve, 0.3 if it runs, more as its
result overlaps the gold result, and 1.0 only if the two are equal on the original shop and on every perturbed copy.
A fenced query counts as well as a bare one; whatever else stands beside it is part of the query, and fails.
"""

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from vitrine.errors import VerifierError
from vitrine.facts import questions, shop
from vitrine.tasks.task import Facts, Grade, Places, Task
from vitrine.verifiers import sql as sandbox
from vitrine.verifiers.replies import answer_of

FENCE = re.compile(r"\A```(?:sql)?\s+(.*?)\s*```\Z", re.DOTALL)
PROMPT = f"[SQL] Responda com um SELECT.\n{shop.SCHEMA}\nPergunta: {{question}}"


def grade(reply: str, facts: Facts) -> Grade:
    said = FENCE.sub(r"\1", answer_of(reply))
    verdict = sandbox.judge(said, facts["sql"], sandbox.Sandbox.at(Path(facts["shop"])))
    stages = {
        "parses": verdict.parses,
        "resolves": verdict.resolves,
        "runs": verdict.runs,
        "equal": verdict.equal,
        "bird": verdict.bird,
    }
    return Grade(score=verdict.score, components={name: float(reached) for name, reached in stages.items()})


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    return {
        "execution_accuracy": fmean(part["equal"] for part in parts),
        "bird_accuracy": fmean(part["bird"] for part in parts),
        "runs": fmean(part["runs"] for part in parts),
    }


def examples(places: Places, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Questions whose answer differs between the copies of the shop: where it does not, a constant would earn 1.0."""
    folder = places.facts / "shop"
    box = sandbox.Sandbox.at(folder)
    telling = (example for example in questions.examples(places.clean, seed=seed) if _tells(box, str(example["sql"])))
    return [example | {"shop": str(folder)} for example in itertools.islice(telling, limit)]


def _tells(box: sandbox.Sandbox, gold: str) -> bool:
    original, *copies = box.run_all(gold, gold=True).values()
    if original.failure:
        raise VerifierError(f"a gold query fails ({original.failure}: {original.why}): {gold}")
    return bool(original.rows) and not any(sandbox.same_result(original, copy) for copy in copies)


TASK = Task(
    name="sql",
    language="pt",
    source="olist",
    examples=examples,
    prompt=lambda example: PROMPT.format(question=example["question"]),
    gold=lambda example: str(example["sql"]),
    facts=lambda example: {"sql": example["sql"], "shop": example["shop"]},
    grade=grade,
    headline=headline,
    max_tokens=112,
)
