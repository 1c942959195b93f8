"""insights -- read six facts about a slice of the shop, answer an open question with a short report in Portuguese.

    Como foram as vendas de beleza_saude em SP?
    pedidos 132; receita 18450; ticket 139,77; nota 4,1; atraso 8,2; frete 21,90

    Resumo: beleza_saude em SP somou 132 pedidos e receita de R$ 18450.
    Números: ticket médio de R$ 139,77, nota 4,1, atraso de 8,2% e frete de R$ 21,90.
    Recomendação: ampliar o estoque e divulgar mais, porque os clientes estão satisfeitos.

Many reports are right, so none is the gold text: a verifier grades what a reader may rely on. The score is

    language * shape * sections² * calm * (0.1 + 0.9 subject) * (0.1 + 0.9 grounded * coverage)

sections   the three headings, each once, in order, each followed by text about the shop: words of `report_words.yaml`, with small
           words in an order that Portuguese has
subject    the share of the slice's parts that are named, in any spelling; less if several others are named too
grounded   figures told rightly, of these and all wrong numbers. A number is right only beside the name of its figure, in a
           sentence about this subject, as it is, that does not deny it; a figure told twice in two ways is wrong. "Mais de 132"
           is wrong for 132, "caiu 132" is no figure, and no score of 1,4 is excellent
coverage   figures told rightly, five of the six being enough
calm       falls where more is denied than a report on a shop has to deny
language   1 for Portuguese, falling to 0 for anything else
shape      falls for reports outside 24-80 words, for repeated phrases and for copying the fact table

A product and not a sum, so that no part can be had without the others: true numbers in nonsense, fine words without numbers, and
the report on another slice all earn next to nothing. Template-written references exist, for the format; each earns 1.0.
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
ADVICE = 2  # the place of the recommendation among the headings
ENOUGH_FACTS = 5
WORDS = (24, 80)
READ = 2_000  # characters: a report of twice the most words is worth nothing, and is shorter than this
DOUBT = 1  # a word of each section that counts as about business: a short one rests on few
SAID = 2  # content words and numbers of a section that says something
ABOUT = (0.45, 0.65)  # shares of a section's content words that are about business: none of its worth, all of it
DISORDER = (1, 3)  # small words of a section that cannot stand as they do: harmless up to the first, all of its worth gone
DENIALS = (3, 8)  # negators of a report: harmless up to the first, all of its worth gone at the second


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
    whole = answer_of(reply)
    report, figures, subject = report_tables.as_lines(whole[:READ]), facts["facts"], facts["subject"]
    bodies = _bodies(report)
    names = report_words.names(tuple(figures))
    told = [(place, claims.read(body, names)) for place, body in bodies]
    advised = [sentence for place, sentences in told if place == ADVICE for sentence in sentences]
    others = [sentence for place, sentences in told if place != ADVICE for sentence in sentences]
    found = report_figures.judge(others, advised, figures, subject)
    right = len(found.right)
    parts = {
        "sections": _sections(bodies, told, report_subjects.subject_words(subject)),
        "subject": report_subjects.named_share(subject, report) / max(1, len(report_subjects.other_subjects(subject, report))),
        "grounded": right / max(1, right + found.wrong),
        "coverage": min(1.0, right / min(ENOUGH_FACTS, len(figures))),
        "calm": 1 - _ramp(sum(negation.count_negators(one.tokens, one.named) for one in others + advised), *DENIALS),
        "language": min(1.0, language.portuguese_score(report) / 0.8),
        "shape": _shape(report, _length(whole), facts["table"]),
    }
    earned = (0.1 + 0.9 * parts["subject"]) * (0.1 + 0.9 * parts["grounded"] * parts["coverage"])
    return Grade(score=parts["language"] * parts["shape"] * parts["sections"] ** 2 * parts["calm"] * earned, components=parts)


def _bodies(report: str) -> list[tuple[int, str]]:
    """The texts behind the headings, each with the place of its heading among the three; -1 is what stands before them."""
    found, place, start = [], -1, 0
    for match in HEADING.finditer(report):
        found.append((place, report[start : match.start()]))
        place, start = "abc".index(str(match.lastgroup)), match.end()
    return [*found, (place, report[start:])]


def _sections(bodies: Sequence[tuple[int, str]], told: Sequence[tuple[int, list[Sentence]]], subject: frozenset[str]) -> float:
    """The share of headings that stand once, after the ones before, over at least three words about the shop."""
    places = [place for place, _ in bodies]
    kept, latest = 0.0, -1
    for (place, body), (_, sentences) in zip(bodies, told, strict=True):
        if place > latest and places.count(place) == 1:
            kept, latest = kept + (len(body.split()) >= 3) * _about(sentences, subject), place
    return kept / len(HEADINGS)


def _about(sentences: Sequence[Sentence], subject: frozenset[str]) -> float:
    """How much of what is said is about business. Names of figures and of the subject prove nothing, and count neither way."""
    content = [
        word
        for sentence in sentences
        for place, word in enumerate(sentence.tokens)
        if place not in sentence.named and word.isalpha() and word not in report_words.FUNCTION_WORDS and word not in subject
    ]
    known = sum(map(report_words.is_about_business, content))
    said = len(content) + sum(len(sentence.claims) for sentence in sentences)
    ordered = 1 - _ramp(sum(report_words.word_order_errors(sentence.text) for sentence in sentences), *DISORDER)
    return min(1.0, said / SAID) * _ramp((known + DOUBT) / (len(content) + DOUBT), *ABOUT) * ordered


def _ramp(value: float, zero: float, one: float) -> float:
    """0 up to `zero`, 1 from `one` on, straight between them."""
    return min(1.0, max(0.0, (value - zero) / (one - zero)))


def _length(report: str) -> int:
    """How many words it has, numbers among them."""
    return sum(any(map(str.isalnum, word)) for word in report.split())


def _shape(report: str, words: int, table: str) -> float:
    fewest, most = WORDS
    length = min(1.0, words / fewest, max(0.0, 2 - words / most))
    # How much of the table stands in the report, however much stands around it. A third does by chance: numbers side by side.
    own = min(1.0, 1.5 * (1 - overlap.copied_share(report, table)))
    return length * (1 - overlap.repeated_share(report)) * own


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
    examples=lambda config, *, limit, seed: insights.examples(config.clean, limit=limit, seed=seed),
    template=PROMPT,
    input=FiguresQuestion,
    gold=reference,
    gold_facts=lambda example: {"subject": example["subject"]},
    grade=grade,
    headline=headline,
    max_tokens=144,
)
