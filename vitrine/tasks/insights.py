"""insights -- read six facts about a slice of the shop, answer an open question with a short report in Portuguese.

    Como foram as vendas de beleza_saude em SP?
    pedidos 132; receita 18450; ticket 139,77; nota 4,1; atraso 8,2; frete 21,90

    Resumo: beleza_saude em SP somou 132 pedidos e receita de R$ 18450.
    Números: ticket médio de R$ 139,77, nota 4,1, atraso de 8,2% e frete de R$ 21,90.
    Recomendação: ampliar o estoque e divulgar mais, porque os clientes estão satisfeitos.

Many reports are right, so none is the gold text: a verifier grades what a reader may rely on. The score is

    language * shape * sections * (0.2 + 0.5 grounded + 0.3 coverage)

sections   the three headings, each once, in order, each followed by text
grounded   the share of the numbers it cites that stand in the facts, to the rounding they are written with
coverage   distinct facts cited, five of the six being enough
language   1 for Portuguese, falling to 0 for anything else
shape      falls for reports outside 15-70 words, for repeated phrases and for copying the fact table

A product and not a sum, so that no part can be had without the others: numbers without a report, the table copied, or
fine words without numbers all earn little. A few template-written references exist, for the format; each earns 1.0.
"""

import re
from collections.abc import Mapping
from statistics import fmean
from typing import Annotated, Any

from pydantic import Field

from vitrine.facts import insights
from vitrine.tasks.task import Example, Facts, Grade, Input, Task, Text
from vitrine.verifiers import grounding, language, overlap
from vitrine.verifiers.replies import answer_of

PROMPT = "[ANALISE] {question}\n{table}\nEscreva Resumo, Números e Recomendação, citando os números."
HEADINGS = ("Resumo:", "Números:", "Recomendação:")
ENOUGH_FACTS = 5
WORDS = (15, 70)


class FiguresQuestion(Input):
    """A question about how a part of the shop did, and the figures to answer it from."""

    question: Text = Field(description="question in Portuguese", examples=["Como foram as vendas de beleza_saude em SP?"])
    figures: dict[Text, Annotated[str, Field(pattern=r"^-?[0-9]+(,[0-9]+)?$")]] = Field(
        min_length=1,
        description="named figures as text, with a decimal comma and no thousands separator",
        examples=[{"pedidos": "132", "receita": "18450", "ticket": "139,77", "nota": "4,1", "atraso": "8,2", "frete": "21,90"}],
    )

    @property
    def table(self) -> str:
        return "; ".join(f"{name} {value}" for name, value in self.figures.items())

    def prompt(self) -> str:
        return PROMPT.format(question=self.question, table=self.table)

    def facts(self) -> dict[str, Any]:
        return {"facts": self.figures, "table": self.table}


def grade(reply: str, facts: Facts) -> Grade:
    report = answer_of(reply)
    known = [float(value.replace(",", ".")) for value in facts["facts"].values()]
    # The subject may carry a date ("SP em 03/2018"); naming it is not citing a number.
    found = grounding.check(report.replace(facts["subject"], " "), known)
    parts = {
        "sections": _sections(report),
        "grounded": found.share,
        "coverage": min(1.0, found.distinct / ENOUGH_FACTS),
        "language": min(1.0, language.portuguese(report) / 0.8),
        "shape": _shape(report, facts["table"]),
    }
    earned = 0.2 + 0.5 * parts["grounded"] + 0.3 * parts["coverage"]
    return Grade(score=parts["language"] * parts["shape"] * parts["sections"] * earned, components=parts)


def _sections(report: str) -> float:
    """The share of headings that stand once, after the ones before, with at least three words of text."""
    kept, place = 0, 0
    for heading in HEADINGS:
        start = report.find(heading, place)
        if start < 0 or report.count(heading) > 1:
            continue
        body = re.split("|".join(HEADINGS), report[start + len(heading) :])[0]
        kept, place = kept + (len(body.split()) >= 3), start
    return kept / len(HEADINGS)


def _shape(report: str, table: str) -> float:
    words = len(report.split())
    fewest, most = WORDS
    length = min(1.0, words / fewest, max(0.0, 2 - words / most))
    own = min(1.0, 1.5 * (1 - overlap.copied(table, report)))  # numbers that stand side by side in both are no copying
    return length * (1 - overlap.looping(report)) * own


def reference(example: Example) -> str:
    """A report as a template writes it: what the format looks like, one wording of many."""
    facts, subject = example["figures"], example["subject"]
    late, score = float(facts["atraso"].replace(",", ".")), float(facts["nota"].replace(",", "."))
    if late > 10:
        advice = "rever as transportadoras, porque os atrasos estão altos."
    elif score < 4:
        advice = "ouvir os clientes e melhorar a qualidade, porque a nota está baixa."
    else:
        advice = "ampliar o estoque e divulgar mais, porque os clientes estão satisfeitos."
    return (
        f"Resumo: {subject} somou {facts['pedidos']} pedidos e receita de R$ {facts['receita']}.\n"
        f"Números: ticket médio de R$ {facts['ticket']}, nota {facts['nota']}, atraso de {facts['atraso']}% "
        f"e frete de R$ {facts['frete']}.\n"
        f"Recomendação: {advice}"
    )


def headline(answers: list[Mapping[str, Any]]) -> dict[str, float]:
    parts = [answer["components"] for answer in answers]
    return {"grounded_rate": fmean(p["grounded"] for p in parts), "fully_grounded": fmean(p["grounded"] == 1.0 for p in parts)}


TASK = Task(
    name="insights",
    language="pt",
    sources=("olist",),
    examples=lambda places, *, limit, seed: insights.examples(places.clean, limit=limit, seed=seed),
    template=PROMPT,
    input=FiguresQuestion,
    gold=reference,
    truth=lambda example: {"subject": example["subject"]},
    grade=grade,
    headline=headline,
    max_tokens=144,
)
