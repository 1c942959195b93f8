"""atributos -- read a Brazilian listing and answer with one JSON object of the requested attributes.

    Atributos: marca, cor, voltagem
    Título: Fogão Atlas 4 Bocas Branco e Preto   ->  {"marca": "Atlas", "cor": ["Branco", "Preto"], "voltagem": null}

The gold values come from PAVE-Br: people annotated them from texts and pictures, so a text does not state all of them. The score
is that of `attributes`:

    values * names

values   F1 over (attribute, item) pairs: a value that names several things is several pairs. "Não informado", "não se aplica",
         "-", an empty text and null are no pair. If no value is annotated: 1 if the reply gives none, 0 otherwise
names    F1 over the attribute names, so `{}` earns nothing

What counts as one spelling of a value, and how a text is split into items, is in `vitrine.verifiers.values_pt`: `Branca` equals
`branco`, `4 Bocas` equals `4`, `Frio, Quente` equals `Quente e Frio`, `4K / Ultra HD` may be written either way.

The headline's micro F1 sums pairs over all answers. `python -m benchmarks.pave_br --data DIR` scores by the same grader the
predictions of two systems, which the published files hold.
"""

import json
from typing import Any

from pydantic import Field

from vitrine.errors import ParseError
from vitrine.facts import annotated
from vitrine.tasks.attributes import compare, headline
from vitrine.tasks.task import Example, ExampleConfig, Facts, Grade, Input, Task, Text
from vitrine.verifiers import json_object, values_pt
from vitrine.verifiers.values import normalize

PROMPT = (
    "[ATRIBUTOS] Responda com um objeto JSON dos atributos: o valor, uma lista se houver vários, null se não houver.\n"
    "Atributos: {attributes}\n{listing}"
)


class MarketplaceListing(Input):
    """A listing in Portuguese, and the attributes to look for in it."""

    attributes: tuple[Text, ...] = Field(
        min_length=1, description="names of the attributes to look for", examples=[["marca", "cor"]]
    )
    title: Text = Field(description="title of the listing", examples=["Fogão Atlas 4 Bocas Branco"])
    type: Text | None = Field(default=None, description="product type", examples=["Fogão"])
    description: str | None = Field(
        default=None, description="description of the listing, without HTML", examples=["Marca: Atlas Voltagem: Bivolt"]
    )

    def prompt(self) -> str:
        parts = {"Produto": self.type, "Título": self.title, "Descrição": self.description}
        listing = "\n".join(f"{name}: {text}" for name, text in parts.items() if text)
        return PROMPT.format(attributes=", ".join(self.attributes), listing=listing)


def record(example: Example) -> dict[str, list[str]]:
    """Map each attribute to the items of its annotated value; none if it has no value."""
    return {name: list(dict.fromkeys(values_pt.items(name, value))) for name, value in example["values"].items()}


def gold(example: Example) -> str:
    return reply_of(record(example))


def reply_of(attributes: dict[str, list[str]]) -> str:
    """The JSON object that states these items."""
    values: dict[str, Any] = {name: items[0] if len(items) == 1 else items or None for name, items in attributes.items()}
    return json.dumps(values, ensure_ascii=False)


def grade(reply: str, facts: Facts) -> Grade:
    true = {_key(name): [values_pt.spellings(name, item) for item in items] for name, items in facts["true"].items()}
    predicted: dict[str, set[str]] = {}
    try:
        found, parses = json_object.find(reply), 1.0
    except ParseError:
        found, parses = {}, 0.0
    for name, value in found.items():
        predicted.setdefault(_key(name), set()).update(values_pt.predicted(name, value))
    return compare(true, predicted, parses)


def _key(name: str) -> str:
    """An attribute's name for comparison: "Quantidade de bocas" is quantidade_de_bocas."""
    return normalize(name.replace("_", " "))


def examples(config: ExampleConfig, *, limit: int, seed: int) -> list[dict[str, Any]]:
    return annotated.examples(config.clean, limit=limit, seed=seed)


TASK = Task(
    name="atributos",
    language="pt",
    sources=("pave_br",),
    examples=examples,
    template=PROMPT,
    input=MarketplaceListing,
    gold=gold,
    gold_facts=lambda example: {"true": record(example)},
    grade=grade,
    headline=headline,
    max_tokens=256,
)
