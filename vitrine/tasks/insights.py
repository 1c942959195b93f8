"""insights -- read six facts about a part of the shop and answer an open question with a short report in Portuguese.

    Como foram as vendas de beleza_saude em SP?
    pedidos 132; receita 18450; ticket 139,77; nota 4,1; atraso 8,2; frete 21,90

    Resumo: beleza_saude em SP somou 132 pedidos e receita de R$ 18450.
    Números: ticket médio de R$ 139,77, nota 4,1, atraso de 8,2% e frete de R$ 21,90.
    Recomendação: ampliar o estoque e divulgar mais, porque os clientes estão satisfeitos.

Many reports are right, so no text is the only gold: a verifier grades whether a reader can rely on the report. The score is

    language * shape * sections² * calm * (0.1 + 0.9 subject) * (0.1 + 0.9 grounded * coverage)

sections   the three headings, each once, in order, each followed by text about the shop: words of `report_words.yaml`, with
           function words in an order that Portuguese allows
subject    the share of the subject's parts (category, state …) that are named, in any spelling; less if other subjects are named
grounded   figures stated correctly, divided by these plus all wrong numbers. A number is correct only unchanged and beside the
           name of its figure, in a sentence about this subject that does not deny it. A figure stated in two different ways is
           wrong. "Mais de 132" is wrong for 132, "caiu 132" states no figure, and a score of 1,4 cannot be called excellent
coverage   share of figures stated correctly; five of the six are enough
calm       falls if the report has more negations than a report on a shop needs
language   1 for Portuguese, falling to 0 for anything else
shape      falls for reports outside 24-80 words, for repeated phrases and for copying the fact table

The score is a product, so that no part earns much without the others: true numbers in nonsense, fluent text without numbers and a
report on another subject all earn next to nothing. References written from a template show the format; each earns 1.0.
"""

import re
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Annotated, Any

from pydantic import Field

from vitrine.facts import insights, report_figures, report_subjects, report_tables, report_words
from vitrine.tasks.task import Example, Facts, Grade, Input, Task, Text
from vitrine.verifiers import claims, language, negation, overlap
from vitrine.verifiers.claims import Sentence
from vitrine.verifiers.replies import answer_of

PROMPT = "[ANALISE] {question}\n{table}\nEscreva Resumo, Números e Recomendação, citando os números."
HEADINGS = ("Resumo:", "Números:", "Recomendação:")
HEADING = re.compile(
    r"(?<!\w)[#*]{0,3} {0,2}(?:(?P<a>resumo)|(?P<b>n[úu]meros)|(?P<c>recomenda[çc](?:[ãa]o|[õo]es)))"
    r"[*]{0,2} {0,2}(?::[*]{0,2}|(?=\n))",
    re.IGNORECASE,
)
RECOMMENDATION = 2  # index of the heading
ENOUGH_FACTS = 5
WORDS = (24, 80)
MAX_CHARS = 2_000  # a report with twice the maximum of words earns 0 and is shorter than this
PRIOR_WORDS = 1  # added to each section's business words, because short sections give weak evidence
MIN_CONTENT = 2  # content words and numbers that a section needs for its full score
# Each pair is the start and the end of a ramp between full score and none, or between none and full score.
BUSINESS_SHARE = (0.45, 0.65)  # share of a section's content words that are about business: score 0, score 1
DISORDER = (1, 3)  # function words of a section in an impossible order: score 1, score 0
NEGATIONS = (3, 8)  # negations in a report: score 1, score 0


class FiguresQuestion(Input):
    """A question about the performance of a part of the shop, and the figures that answer it."""

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
    answer = answer_of(reply)
    report, figures, subject = report_tables.as_lines(answer[:MAX_CHARS]), facts["facts"], facts["subject"]
    bodies = _bodies(report)
    names = report_words.names(tuple(figures))
    sections = [(heading, claims.read(body, names)) for heading, body in bodies]
    advice = [sentence for heading, sentences in sections if heading == RECOMMENDATION for sentence in sentences]
    others = [sentence for heading, sentences in sections if heading != RECOMMENDATION for sentence in sentences]
    figure_grade = report_figures.judge(others, advice, figures, subject)
    right = len(figure_grade.right)
    negations = sum(negation.count_negators(sentence.tokens, sentence.named) for sentence in others + advice)
    parts = {
        "sections": _sections(bodies, sections, report_subjects.subject_words(subject)),
        "subject": report_subjects.named_share(subject, report) / max(1, len(report_subjects.other_subjects(subject, report))),
        "grounded": right / max(1, right + figure_grade.wrong),
        "coverage": min(1.0, right / min(ENOUGH_FACTS, len(figures))),
        "calm": 1 - _ramp(negations, *NEGATIONS),
        "language": min(1.0, language.portuguese_score(report) / 0.8),
        "shape": _shape(report, _length(answer), facts["table"]),
    }
    earned = (0.1 + 0.9 * parts["subject"]) * (0.1 + 0.9 * parts["grounded"] * parts["coverage"])
    return Grade(score=parts["language"] * parts["shape"] * parts["sections"] ** 2 * parts["calm"] * earned, components=parts)


def _bodies(report: str) -> list[tuple[int, str]]:
    """Each section's heading, as an index of HEADINGS, and its text. The text before the first heading has index -1."""
    bodies, heading, start = [], -1, 0
    for match in HEADING.finditer(report):
        bodies.append((heading, report[start : match.start()]))
        heading, start = "abc".index(str(match.lastgroup)), match.end()
    return [*bodies, (heading, report[start:])]


def _sections(
    bodies: Sequence[tuple[int, str]], sections: Sequence[tuple[int, list[Sentence]]], subject: frozenset[str]
) -> float:
    """The share of headings that occur once and in order, weighted by how much of their text is about the shop."""
    headings = [heading for heading, _ in bodies]
    total, latest = 0.0, -1
    for (heading, body), (_, sentences) in zip(bodies, sections, strict=True):
        if heading > latest and headings.count(heading) == 1:
            total, latest = total + (len(body.split()) >= 3) * _about(sentences, subject), heading
    return total / len(HEADINGS)


def _about(sentences: Sequence[Sentence], subject: frozenset[str]) -> float:
    """How far a section is about business, in [0, 1]. Names of figures and of the subject do not count."""
    content = [
        word
        for sentence in sentences
        for index, word in enumerate(sentence.tokens)
        if index not in sentence.named and word.isalpha() and word not in report_words.FUNCTION_WORDS and word not in subject
    ]
    business = sum(map(report_words.is_about_business, content))
    length = len(content) + sum(len(sentence.claims) for sentence in sentences)
    ordered = 1 - _ramp(sum(report_words.word_order_errors(sentence.text) for sentence in sentences), *DISORDER)
    share = (business + PRIOR_WORDS) / (len(content) + PRIOR_WORDS)
    return min(1.0, length / MIN_CONTENT) * _ramp(share, *BUSINESS_SHARE) * ordered


def _ramp(value: float, zero: float, one: float) -> float:
    """0 up to `zero`, 1 from `one` on, linear between them."""
    return min(1.0, max(0.0, (value - zero) / (one - zero)))


def _length(report: str) -> int:
    """The number of words, including numbers."""
    return sum(any(map(str.isalnum, word)) for word in report.split())


def _shape(report: str, words: int, table: str) -> float:
    fewest, most = WORDS
    length = min(1.0, words / fewest, max(0.0, 2 - words / most))
    # The share of the table that the report copies. A third is copied by chance, because the report cites its numbers.
    own = min(1.0, 1.5 * (1 - overlap.copied_share(report, table)))
    return length * (1 - overlap.repeated_share(report)) * own


def reference(example: Example) -> str:
    """A report from a template: it shows the format, in one wording of many."""
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
    examples=lambda config, *, limit, seed: insights.examples(config.clean, limit=limit, seed=seed),
    template=PROMPT,
    input=FiguresQuestion,
    gold=reference,
    gold_facts=lambda example: {"subject": example["subject"]},
    grade=grade,
    headline=headline,
    max_tokens=144,
)
