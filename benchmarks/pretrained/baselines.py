"""Baselines without a neural network, one for each task. They are fitted on training rows; choices are made on validation rows.

    baseline = fit("extract", train_rows, validation_rows)     # rows of tables.chat
    baseline.name, baseline.choice                             # "order copied, TF-IDF for each field", {"C": 10, …}
    baseline.reply(prompts)                                    # one reply to each prompt

sentiment   TF-IDF and a logistic regression over the five scores; the polarity follows from the score
extract     the fields of the order are copied, the fields of the text come from TF-IDF and a logistic regression each
atributos   the longest training value that the listing states (`tasks.longest_match`), by product type and attribute
sql         the query of the most similar training question, with the values of the new one (`nearest_query`)

A baseline sees what a model sees: the text of the prompt.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.pretrained.nearest_query import NearestQuery
from benchmarks.pretrained.rows import facts_of, prompt_of
from vitrine.tasks import TASKS, atributos, extract, sentiment
from vitrine.tasks.longest_match import LongestMatch
from vitrine.tasks.task import grade_batch

Row = Mapping[str, Any]
Replies = Callable[[Sequence[str]], list[str]]  # the prompts' texts -> a reply to each
Candidates = Iterator[tuple[dict[str, Any], Replies]]


@dataclass(frozen=True)
class Baseline:
    name: str
    choice: dict[str, Any]  # the best on validation rows
    reply: Replies


def fit(task: str, train: Sequence[Row], validation: Sequence[Row]) -> Baseline:
    """The best variant on the validation rows; the first of equal ones. `train` are rows with a gold reply."""
    name, candidates = BASELINES[task]
    prompts, facts = [prompt_of(row) for row in validation], [facts_of(row) for row in validation]
    best: tuple[float, dict[str, Any], Replies] | None = None
    for choice, reply in candidates(train):
        score = fmean(grade.score for grade in grade_batch(TASKS[task], list(zip(reply(prompts), facts, strict=True))))
        if best is None or score > best[0] + 1e-9:
            best = (score, choice, reply)
    assert best is not None
    return Baseline(name, best[1] | {"validation": round(best[0], 4)}, best[2])


def classifier(texts: Sequence[str], labels: Sequence[Any], *, strength: float, balanced: bool, seed: int = 7) -> Any:
    """A function from texts to labels: TF-IDF of words and word pairs, and a logistic regression; constant with one label."""
    if len(set(labels)) == 1:
        return lambda texts: [labels[0]] * len(texts)
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, strip_accents="unicode", token_pattern=r"\w+"),
        LogisticRegression(C=strength, max_iter=1000, class_weight="balanced" if balanced else None, random_state=seed),
    )
    fitted = model.fit(texts, labels)
    return lambda texts: fitted.predict(texts).tolist()


def _grid() -> Iterator[dict[str, Any]]:
    return ({"C": strength, "balanced": balanced} for strength, balanced in product((1.0, 10.0, 100.0), (False, True)))


def _review(prompt: str) -> str:
    return prompt.partition("Avaliação: ")[2] or prompt


def _sentiment(train: Sequence[Row]) -> Candidates:
    texts = [_review(prompt_of(row)) for row in train]
    scores = [facts_of(row)["score"] for row in train]
    for choice in _grid():
        predict = classifier(texts, scores, strength=choice["C"], balanced=choice["balanced"])

        def reply(prompts: Sequence[str], predict: Any = predict) -> list[str]:
            found = predict([_review(prompt) for prompt in prompts])
            return [f"{sentiment.polarity(score)}, nota {score}" for score in found]

        yield choice, reply


def _extract(train: Sequence[Row]) -> Candidates:
    texts = [_review(prompt_of(row)) for row in train]
    golds = [json.loads(row["gold"]) for row in train]
    for choice in _grid():
        fields = {
            name: classifier(texts, [str(gold[name]) for gold in golds], strength=choice["C"], balanced=choice["balanced"])
            for name in extract.TEXT_FIELDS
        }

        def reply(prompts: Sequence[str], fields: Mapping[str, Any] = fields) -> list[str]:
            reviews = [_review(prompt) for prompt in prompts]
            read = {name: [_value(label) for label in predict(reviews)] for name, predict in fields.items()}
            return [
                json.dumps(_copied(prompt) | {name: values[place] for name, values in read.items()}, ensure_ascii=False)
                for place, prompt in enumerate(prompts)
            ]

        yield choice, reply


def _value(label: str) -> Any:
    return {"True": True, "False": False}.get(label, label)


def _copied(prompt: str) -> dict[str, Any]:
    """The fields that repeat or compare values of the order."""
    order = json.loads(re.findall(r"^Pedido: (.*)$", prompt, re.MULTILINE)[0])
    own = {"atrasado": order["dias"] > order["prazo"]}
    return {name: own.get(name, order.get(name)) for name in extract.ORDER_FIELDS}


def _atributos(train: Sequence[Row]) -> Candidates:
    baseline = LongestMatch(_listing(prompt_of(row)) | {"values": facts_of(row)["true"]} for row in train)
    for fill in (False, True):

        def reply(prompts: Sequence[str], fill: bool = fill) -> list[str]:
            replies = []
            for listing in map(_listing, prompts):
                found = baseline.predict(listing)
                if fill:
                    common = baseline.most_common(listing)
                    found = {name: items or common[name] for name, items in found.items()}
                replies.append(atributos.reply_of(found))
            return replies

        yield {"most common value where none is stated": fill}, reply


def _listing(prompt: str) -> dict[str, Any]:
    """The parts of a listing, from the lines of its prompt."""
    lines = dict(
        re.findall(r"^(Atributos|Produto|Título|Descrição): ((?:.|\n(?!Produto: |Título: |Descrição: ))*)$", prompt, re.MULTILINE)
    )
    return {
        "attributes": lines["Atributos"].split(", "),
        "type": lines.get("Produto"),
        "title": lines.get("Título", ""),
        "description": lines.get("Descrição"),
    }


def _sql(train: Sequence[Row]) -> Candidates:
    pairs = [(_question(prompt_of(row)), row["gold"]) for row in train]
    for masked, same_slots in product((True, False), (True, False)):
        nearest = NearestQuery(pairs, masked=masked, same_slots=same_slots)

        def reply(prompts: Sequence[str], nearest: NearestQuery = nearest) -> list[str]:
            return nearest.queries([_question(prompt) for prompt in prompts])

        yield {"values masked": masked, "same kinds of values": same_slots}, reply


def _question(prompt: str) -> str:
    return prompt.rpartition("Pergunta: ")[2]


BASELINES: dict[str, tuple[str, Callable[[Sequence[Row]], Candidates]]] = {
    "sentiment": ("TF-IDF", _sentiment),
    "extract": ("order copied, TF-IDF for each field", _extract),
    "atributos": ("longest match", _atributos),
    "sql": ("nearest question with its values filled in", _sql),
}
