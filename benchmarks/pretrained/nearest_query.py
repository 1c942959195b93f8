"""A baseline for SQL without a neural network: the query of the most similar training question, with the new question's values.

    nearest = NearestQuery([("Quantos pedidos vieram de SP em 2017?", "… customer_state = 'SP' AND YEAR(…) = 2017"), …])
    nearest.queries(["Quantos pedidos vieram de RJ em 2018?"])       # ["… customer_state = 'RJ' AND YEAR(…) = 2018"]

A value is a month with its year, a year, another number, or a text that stands in a training question and that its query compares
with a column. Columns that share texts (the states of customers and of sellers) are of one kind. Values of the training question
are replaced in its query by the new question's values of the same kind, in order.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

MONTH, YEAR, NUMBER = "mes", "ano", "numero"
COMPARED = re.compile(r"(\w+) = '([^']*)'")
LITERAL = re.compile(
    r"(?P<month>(?<=MONTH\()[\w.]+\) = )?(?P<year>(?<=YEAR\()[\w.]+\) = )?(?<![\w.'])(?P<number>\d+(?:\.\d+)?)(?![\w.'])"
)
PLACED = re.compile(r"(?:GROUP|ORDER) BY [\d, DESCA]*$")  # a number after it is a column's place
Slot = tuple[str, str]  # kind and value


class NearestQuery:
    def __init__(self, pairs: Sequence[tuple[str, str]], *, masked: bool = True, same_slots: bool = True) -> None:
        self.pairs, self.masked, self.same_slots = list(pairs), masked, same_slots
        self.kinds = _kinds(self.pairs)
        texts = "|".join(map(re.escape, sorted(self.kinds, key=len, reverse=True)))
        self._values = re.compile(
            r"(?P<both>\b(?P<m>\d{1,2})/(?P<y>\d{4})\b)|(?P<year>\b20\d\d\b)|(?P<number>\b\d+(?:\.\d+)?\b)"
            + (rf"|(?P<text>(?<!\w)(?:{texts})(?!\w))" if texts else "")
        )
        self._slots = [self.slots(question) for question, _ in self.pairs]
        self._vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+")
        self._vectors = self._vectorizer.fit_transform([self._seen(question) for question, _ in self.pairs])

    def slots(self, question: str) -> list[Slot]:
        """The values in a question, in order."""
        found: list[Slot] = []
        for match in self._values.finditer(question):
            if match["both"]:
                found += [(MONTH, match["m"]), (YEAR, match["y"])]
            elif match["year"]:
                found.append((YEAR, match["year"]))
            elif match["number"]:
                found.append((NUMBER, match["number"]))
            else:
                found.append((self.kinds[match[0]], match[0]))
        return found

    def queries(self, questions: Sequence[str]) -> list[str]:
        similarity = (self._vectorizer.transform([self._seen(question) for question in questions]) @ self._vectors.T).toarray()
        return [self._query(question, row) for question, row in zip(questions, similarity, strict=True)]

    def _query(self, question: str, similarity: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> str:
        own = self.slots(question)
        nearest = np.argsort(-similarity, kind="stable")
        best = int(nearest[0])
        if self.same_slots:  # else: the most similar one, whatever its values
            wanted = sorted(kind for kind, _ in own)
            best = next((int(place) for place in nearest if sorted(kind for kind, _ in self._slots[place]) == wanted), best)
        return fill(self.pairs[best][1], self._slots[best], own)

    def _seen(self, question: str) -> str:
        """The question as it is compared: with `masked`, a value counts by its kind."""
        if not self.masked:
            return question

        def kind(match: "re.Match[str]") -> str:
            return f" {MONTH} {YEAR} " if match["both"] else f" {self.slots(match[0])[0][0]} "

        return self._values.sub(kind, question)


def fill(query: str, old: Sequence[Slot], new: Sequence[Slot]) -> str:
    """The query with the n-th old value of each kind replaced by the n-th new one of this kind."""
    values: dict[str, list[str]] = defaultdict(list)
    for kind, value in new:
        values[kind].append(value)
    given: dict[Slot, str] = {}
    taken: dict[str, int] = defaultdict(int)
    for kind, value in old:
        if taken[kind] < len(values[kind]):
            given.setdefault((kind, value), values[kind][taken[kind]])
        taken[kind] += 1
    texts = {value: new_value for (kind, value), new_value in given.items() if kind not in (MONTH, YEAR, NUMBER)}

    def number(match: "re.Match[str]") -> str:
        if PLACED.search(query[: match.start("number")]):
            return match[0]
        kind = MONTH if match["month"] else YEAR if match["year"] else NUMBER
        before = match[0][: match.start("number") - match.start()]
        return before + given.get((kind, match["number"]), match["number"])

    query = LITERAL.sub(number, query)
    return re.sub(r"'([^']*)'", lambda match: f"'{texts.get(match[1], match[1])}'", query)


def _kinds(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The kind of each text that a query compares with a column and that its question names."""
    columns: dict[str, set[str]] = defaultdict(set)
    for question, query in pairs:
        for column, value in COMPARED.findall(query):
            if value and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", question):
                columns[value].add(column)
    joined = {column: column for names in columns.values() for column in names}

    def root(column: str) -> str:
        while joined[column] != column:
            column = joined[column]
        return column

    for names in columns.values():
        first, *others = sorted(map(root, names))
        for other in others:
            joined[root(other)] = root(first)
    return {value: root(min(names)) for value, names in columns.items()}
