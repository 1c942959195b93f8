"""Builds question templates: a measure with filters as one value, by group, as the top n, as a running total and so on.

    value("receita_categoria_ano", REVENUE, (CATEGORY, YEAR))
        "Qual é a receita da categoria {category} em {year}?"   and its other wordings
        SELECT SUM(price) FROM order_items JOIN products … WHERE product_category_name = '{category}' AND YEAR(…) = {year}

The wordings of a template are all combinations of the frame's wordings and those of its parts, plus any written for it. The
SELECT returns exactly the columns that the question names: the group and the number for "com os valores".
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from vitrine.facts.questions.parts import MONTHS, Filter, Grouping, Measure, source

Words = tuple[str, ...]


@dataclass(frozen=True)
class QuestionTemplate:
    name: str
    wordings: Words  # all have the same meaning and contain every slot
    sql: str


def value(name: str, measure: Measure, filters: Sequence[Filter], *own: str) -> QuestionTemplate:
    """One number."""
    wordings = _wordings(
        ("Qual é {measure} {filters}?", "Calcule {measure} {filters}.", "Preciso saber {measure} {filters}."), measure, filters
    )
    return QuestionTemplate(name, own + wordings, f"SELECT {measure.sql} {_from(measure, filters)} {_where(filters)}")


def by(name: str, measure: Measure, group: Grouping, filters: Sequence[Filter], *own: str) -> QuestionTemplate:
    """The number for each group."""
    frames = (f"Mostre {{measure}} por {group.singular} {{filters}}.", f"Por {group.singular}, qual é {{measure}} {{filters}}?")
    return QuestionTemplate(name, own + _wordings(frames, measure, filters), _grouped(measure, group, filters))


def top(name: str, measure: Measure, group: Grouping, filters: Sequence[Filter], *own: str) -> QuestionTemplate:
    """The n groups with the highest number; ties are ordered by name."""
    frames = (
        f"Quais são {group.article} {{n}} {group.plural} com maior {{noun}} {{filters}}?",
        f"Top {{n}} de {group.plural} por {{noun}} {{filters}}, com os valores.",
        f"Liste {group.article} {{n}} {group.plural} de maior {{noun}} {{filters}}.",
    )
    return QuestionTemplate(
        name, own + _wordings(frames, measure, filters), f"{_grouped(measure, group, filters)} ORDER BY 2 DESC, 1 LIMIT {{n}}"
    )


def having(
    name: str, measure: Measure, group: Grouping, limit: tuple[str, str], filters: Sequence[Filter], *own: str
) -> QuestionTemplate:
    """The groups beyond a limit, given as (wording, SQL): ("acima de {n}", "> {n}"), with their numbers."""
    wording, sql = limit
    frames = (
        f"Quais {group.plural} têm {{noun}} {{filters}} {wording}?",
        f"Liste {group.article} {group.plural} com {{noun}} {{filters}} {wording}, e os valores.",
    )
    return QuestionTemplate(
        name, own + _wordings(frames, measure, filters), f"{_grouped(measure, group, filters)} HAVING {measure.sql} {sql}"
    )


def above_average(
    name: str, measure: Measure, column: str, wording: str, filters: Sequence[Filter], *own: str
) -> QuestionTemplate:
    """The number of rows above the mean of the whole table."""
    frames = (f"Qual é {{measure}} {{filters}} {wording}?", f"Preciso saber {{measure}} {{filters}} {wording}.")
    mean = f"{column} > (SELECT AVG({column}) FROM {measure.table})"
    return QuestionTemplate(
        name,
        own + _wordings(frames, measure, filters),
        f"SELECT {measure.sql} {_from(measure, filters)} {_where(filters)} AND {mean}",
    )


def running(name: str, measure: Measure, filters: Sequence[Filter], *own: str) -> QuestionTemplate:
    """The running total by month."""
    frames = ("Mostre {measure} acumulad{o} mês a mês {filters}.", "Por mês, qual é {measure} acumulad{o} {filters}?")
    sql = _monthly(measure, f"SUM({measure.sql}) OVER (ORDER BY mes)", filters)
    return QuestionTemplate(name, own + _wordings(frames, measure, filters), sql)


def change(name: str, measure: Measure, filters: Sequence[Filter], *own: str) -> QuestionTemplate:
    """The difference from the previous month; the first month has none."""
    frames = (
        "Por mês, quanto variou {measure} {filters} em relação ao mês anterior?",
        "Mostre a diferença d{measure} {filters} de um mês para o outro.",
    )
    difference = f"{measure.sql} - LAG({measure.sql}) OVER (ORDER BY mes)"
    return QuestionTemplate(name, own + _wordings(frames, measure, filters), _monthly(measure, difference, filters))


def rank(name: str, measure: Measure, group: Grouping, filters: Sequence[Filter], *own: str) -> QuestionTemplate:
    """The rank of each group; ties share a rank."""
    frames = (
        f"Em que posição fica cada {group.singular} por {{noun}} {{filters}}?",
        f"Faça o ranking d{group.article} {group.plural} por {{noun}} {{filters}}.",
    )
    place = f"SELECT {group.sql}, RANK() OVER (ORDER BY {measure.sql} DESC)"
    sql = f"{place} {_from(measure, filters, group)} {_where(filters)} GROUP BY 1"
    return QuestionTemplate(name, own + _wordings(frames, measure, filters), sql)


def share(name: str, of: tuple[str, str], wording: str, condition: str, filters: Sequence[Filter], *own: str) -> QuestionTemplate:
    """The percentage of rows of a table, given as ("das entregas", "orders"), that meet a condition."""
    whole, table = of
    frames = (f"Que percentual {whole} {{filters}} {wording}?", f"Quantos por cento {whole} {{filters}} {wording}?")
    measure = Measure((("", ""),), f"100 * AVG(CASE WHEN {condition} THEN 1 ELSE 0 END)", table)
    return QuestionTemplate(
        name, own + _wordings(frames, measure, filters), f"SELECT {measure.sql} {_from(measure, filters)} {_where(filters)}"
    )


def _wordings(frames: Words, measure: Measure, filters: Sequence[Filter]) -> Words:
    """Every frame with every name of the measure and every wording of the filters."""
    wordings: dict[str, None] = {}
    for frame, (article, noun) in itertools.product(frames, measure.nouns):
        for phrases in itertools.product(*(part.wordings for part in filters)):
            parts = {"{measure}": f"{article} {noun}", "{noun}": noun, "{o}": article, "{filters}": " ".join(phrases)}
            wording = frame
            for slot, text in parts.items():
                wording = wording.replace(slot, text)
            wordings[wording] = None
    return tuple(wordings)


def _from(measure: Measure, filters: Sequence[Filter], *groups: Grouping) -> str:
    parts: list[Measure | Grouping | Filter] = [measure, *groups, *filters]
    return source(measure.table, *(need for part in parts for need in part.needs))


def _where(filters: Sequence[Filter]) -> str:
    return f"WHERE {' AND '.join(condition.sql for condition in filters)}"


def _grouped(measure: Measure, group: Grouping, filters: Sequence[Filter]) -> str:
    return f"SELECT {group.sql}, {measure.sql} {_from(measure, filters, group)} {_where(filters)} GROUP BY 1"


def _monthly(measure: Measure, number: str, filters: Sequence[Filter]) -> str:
    return f"SELECT {MONTHS.sql} AS mes, {number} {_from(measure, filters, MONTHS)} {_where(filters)} GROUP BY 1"
