"""Generate examples of ECInstruct's tasks: an input, its options and the one right output, in the published format.

    MAKERS["PM"](catalogue)     # {"input": '{"product 1": {"title": …}, …}', "options": None, "output": "yes"}

Every output follows from its input. Published quirks kept: inputs are JSON texts, but Python lists for recommendations; a
missing field of a product is `"nan"` or bare NaN; a missing attribute has the value "None" and the source "None".
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vitrine.sources.samples import amazon_phrases, ecinstruct_phrases
from vitrine.sources.samples.amazon_phrases import Product
from vitrine.sources.samples.amazon_titles import VALUES
from vitrine.sources.samples.grammar import Phrase
from vitrine.sources.samples.taxonomy_tree import LEAVES, path

Example = dict[str, str | None]
BRANDS = [brand.strip() for brand in VALUES["brand"]]
FIRST_OOD = 24  # the products from this index on are those of the OOD settings
DEPARTMENTS = [path(LEAVES[product.name])[0] for product in amazon_phrases.PRODUCTS]
PREFIX = "product "  # of AVE's field names
MATERIALS = {material.lower() for product in amazon_phrases.PRODUCTS for material in product.materials.split(",")}


@dataclass(frozen=True)
class Item:
    """A product on sale."""

    product: Product
    brand: str
    colour: str
    material: str
    size: str
    price: float

    @property
    def department(self) -> str:
        return DEPARTMENTS[amazon_phrases.PRODUCTS.index(self.product)]

    def slots(self) -> dict[str, str]:
        named = {"kind": self.product.name.lower(), "material": self.material.lower(), "colour": self.colour.lower()}
        return named | {"brand": self.brand, "size": self.size, "use": self.product.use}

    def title(self) -> str:
        return f"{self.brand} {self.colour} {self.material} {self.product.name}, {self.size}"


@dataclass(frozen=True)
class Catalogue:
    """The products of one split; training and test have different pairs of product and brand."""

    rng: random.Random
    split: str
    out_of_domain: bool

    def text(self, phrase: Phrase, item: Item) -> str:
        """Expand `phrase` about `item`, with a capital first letter."""
        text = phrase.expand(self.rng.random).format(**item.slots())
        return text[:1].upper() + text[1:]

    def kinds(self) -> range:
        return range(FIRST_OOD, len(amazon_phrases.PRODUCTS)) if self.out_of_domain else range(FIRST_OOD)

    def item(self, kinds: Sequence[int] | None = None) -> Item:
        """A random product of this split, of one of `kinds` if given."""
        kinds = self.kinds() if kinds is None else kinds
        while True:
            kind, brand = self.rng.choice(kinds), self.rng.randrange(len(BRANDS))
            if self.split == {0: "test", 1: "val"}.get((kind * 7 + brand) % 10, "train"):
                return self.make(amazon_phrases.PRODUCTS[kind], BRANDS[brand])

    def related_kinds(self, item: Item) -> list[int]:
        """The other kinds of the same department."""
        return [
            kind
            for kind in self.kinds()
            if DEPARTMENTS[kind] == item.department and amazon_phrases.PRODUCTS[kind] != item.product
        ]

    def unrelated_kinds(self, item: Item) -> list[int]:
        """The kinds of other departments."""
        return [kind for kind in self.kinds() if DEPARTMENTS[kind] != item.department]

    def make(self, product: Product, brand: str) -> Item:
        rng = self.rng
        choices = (VALUES["colour"], product.materials.split(","), product.sizes.split(","))
        colour, material, size = (rng.choice(values) for values in choices)
        return Item(product, brand, colour, material, size, rng.randint(300, 20_000) / 100)

    def variant(self, item: Item, detail: str) -> Item:
        """The same product with another value of `detail`."""
        product = item.product
        values = {"colour": VALUES["colour"], "material": product.materials.split(","), "size": product.sizes.split(",")}
        other = self.rng.choice([value for value in values[detail] if value != getattr(item, detail)])
        return replace(item, **{detail: other})  # type: ignore[arg-type]  # a detail is a text


def _example(input: object, output: str, options: list[str] | None = None) -> Example:
    text = input if isinstance(input, str) else json.dumps(input)
    return {"input": text, "options": None if options is None else json.dumps(options), "output": output}


def _attributes(catalogue: Catalogue) -> Example:
    """AVE: one or two attributes, stated in the title, a feature, the description, the title and a feature, or nowhere."""
    rng, item = catalogue.rng, catalogue.item()
    attributes = rng.sample(["Material", "Colour", "Size"], rng.choice([1, 1, 2]))
    texts: dict[str, list[str]] = {"title": [item.brand], "description": [], "feature": []}
    if not MATERIALS & set(item.product.use.lower().split()):  # else it would state a material that counts as missing
        texts["feature"].append(item.product.use)
    answers = []
    for attribute in attributes:
        value = str(getattr(item, attribute.lower()))
        places = rng.choice([["title"], ["feature"], ["description"], ["title", "feature"], []])
        for place in places:
            texts[place].append(value if place == "title" else f"{attribute}: {value}")
            answers.append({"attribute": attribute.lower(), "value": value.lower(), "source": PREFIX + place})
        if not places:
            answers.append({"attribute": attribute.lower(), "value": "None", "source": "None"})
    texts["title"].append(item.product.name)
    product = {PREFIX + name: " ".join(parts) if name == "title" else ", ".join(parts) for name, parts in texts.items() if parts}
    product |= {
        PREFIX + "price": f"${item.price:.2f}",
        PREFIX + "brand": item.brand,
        "target attributes": " and ".join(attributes),
    }
    return _example(product, json.dumps(answers))


def _relation(catalogue: Catalogue) -> Example:
    """PRP: same department: bought together; same kind: viewed together; same kind and brand: similar. Very skewed."""
    relation = catalogue.rng.choices("ABC", [0.16, 0.81, 0.03])[0]
    first = _with_relatives(catalogue)
    if relation == "A":
        second = catalogue.item(catalogue.related_kinds(first))
    elif relation == "B":
        second = catalogue.make(first.product, catalogue.rng.choice([brand for brand in BRANDS if brand != first.brand]))
    else:
        second = catalogue.variant(first, "colour")
    return _example({"Product 1:": first.title(), "Product 2:": second.title()}, relation, ecinstruct_phrases.RELATIONS)


def _with_relatives(catalogue: Catalogue) -> Item:
    """A product whose department has other kinds in this catalogue."""
    departments = [DEPARTMENTS[kind] for kind in catalogue.kinds()]
    return catalogue.item([kind for kind in catalogue.kinds() if departments.count(DEPARTMENTS[kind]) > 1])


def _matching(catalogue: Catalogue) -> Example:
    """PM: the same product described twice; or another size of it, or another product."""
    rng, first = catalogue.rng, catalogue.item()
    same = rng.random() < 0.5
    second = first if same else rng.choice([catalogue.variant(first, "size"), catalogue.item(catalogue.unrelated_kinds(first))])
    other = f"{second.product.name} by {second.brand}: {second.colour}, {second.material}, {second.size}"
    return _example(
        {"product 1": _record(rng, first, first.title()), "product 2": _record(rng, second, other)},
        "yes" if same else "no",
    )


def _record(rng: random.Random, item: Item, title: str) -> dict[str, str | float]:
    """A product as a row of a table; missing values are NaN or "nan"."""
    return {
        "title": title.lower(),
        "description": item.product.use.lower() if rng.random() < 0.6 else float("nan"),
        "manufacturer": item.brand.lower() if rng.random() < 0.6 else "nan",
        "price": f"{item.price:.2f}" if rng.random() < 0.8 else "nan",
    }


def _sentiment(catalogue: Catalogue) -> Example:
    """SA: five grades, mostly the best."""
    rng, item = catalogue.rng, catalogue.item()
    grade = rng.choices(range(5), [0.6, 0.18, 0.08, 0.05, 0.09])[0]
    review = catalogue.text(Phrase(rng.choice(ecinstruct_phrases.REVIEWS[grade])), item)
    return _example(review, ecinstruct_phrases.SENTIMENTS[grade], ecinstruct_phrases.SENTIMENTS)


def _next(catalogue: Catalogue) -> Example:
    """SR: the customer buys in one department; one of twenty options is from it."""
    rng, first = catalogue.rng, catalogue.item()
    same_department = [kind for kind in catalogue.kinds() if DEPARTMENTS[kind] == first.department]
    bought = [first] + [catalogue.item(same_department) for _ in range(rng.randint(2, 6))]
    candidates = [catalogue.item(catalogue.unrelated_kinds(first)) for _ in range(19)]
    position = rng.randrange(20)
    candidates.insert(position, catalogue.item(same_department))
    ends = {1: "st", 2: "nd", 3: "rd"}
    history = [f"{number}{ends.get(number, 'th')}: {_listed(item)}" for number, item in enumerate(bought, start=1)]
    options = [f"{chr(65 + number)}: {_listed(item)}" for number, item in enumerate(candidates)]
    return {"input": str(history), "options": str(options), "output": chr(65 + position)}


def _listed(item: Item) -> str:
    return f"{item.title()}. {'. '.join(path(LEAVES[item.product.name])[:2])}. {item.brand}."


def _query(item: Item) -> str:
    return f"{item.colour} {item.material} {item.product.name} {item.size}".lower()


def _relevant(catalogue: Catalogue, item: Item, label: str) -> Item:
    """A product for the query about `item`: exact (E), substitute (S), complement (C) or irrelevant (I)."""
    if label == "S":
        return catalogue.variant(item, catalogue.rng.choice(["colour", "material", "size"]))
    if label == "C":
        return catalogue.item(catalogue.related_kinds(item))
    return item if label == "E" else catalogue.item(catalogue.unrelated_kinds(item))


def _class(catalogue: Catalogue) -> Example:
    """MPC: one of four classes, mostly exact."""
    item = _with_relatives(catalogue)
    label = catalogue.rng.choices("ESCI", [0.65, 0.22, 0.04, 0.09])[0]
    input = {"query": _query(item), "product title": _relevant(catalogue, item, label).title()}
    return _example(input, ecinstruct_phrases.RELEVANCE["ESCI".index(label)], ecinstruct_phrases.RELEVANCE)


def _substitute(catalogue: Catalogue) -> Example:
    """PSI: yes for a substitute, no for anything else."""
    item = _with_relatives(catalogue)
    label = catalogue.rng.choices("ESCI", [0.4, 0.42, 0.06, 0.12])[0]
    input = {"query": _query(item), "product": _relevant(catalogue, item, label).title()}
    return _example(input, "yes" if label == "S" else "no")


def _ranking(catalogue: Catalogue) -> Example:
    """QPR: two to four products of different classes."""
    rng, item = catalogue.rng, _with_relatives(catalogue)
    labels = rng.sample("ESCI", rng.randint(2, 4))
    listed = [f"{chr(65 + index)}: {_relevant(catalogue, item, label).title()}" for index, label in enumerate(labels)]
    order = sorted(range(len(labels)), key=lambda index: "ESCI".index(labels[index]))
    return _example({"query": _query(item), "product list": listed}, ",".join(chr(65 + index) for index in order))


def _answerable(catalogue: Catalogue) -> Example:
    """AP: whether the reviews answer the question."""
    topic, answered = catalogue.rng.choice(list(ecinstruct_phrases.TOPICS)), catalogue.rng.random() < 0.6
    input, _ = _question(catalogue, topic, answered=answered)
    return _example(input, "yes" if answered else "no")


def _answer(catalogue: Catalogue) -> Example:
    """AG: the answer that the reviews give."""
    input, answer = _question(catalogue, catalogue.rng.choice(list(ecinstruct_phrases.TOPICS)), answered=True)
    return _example(input, answer)


def _question(catalogue: Catalogue, topic: str, *, answered: bool) -> tuple[dict[str, object], str]:
    rng, item = catalogue.rng, catalogue.item()
    question, review, answer = ecinstruct_phrases.TOPICS[topic]
    others = rng.sample(
        [ecinstruct_phrases.TOPICS[other][1] for other in ecinstruct_phrases.TOPICS if other != topic], rng.randint(1, 2)
    )
    reviews = [catalogue.text(phrase, item) for phrase in [*others, *rng.sample(ecinstruct_phrases.CHATTER, rng.randint(1, 3))]]
    if answered:
        reviews.append(catalogue.text(review, item))
    rng.shuffle(reviews)
    text = answer.format(**item.slots())
    return {"question": catalogue.text(question, item), "document": reviews}, text[:1].upper() + text[1:]


MAKERS: dict[str, Callable[[Catalogue], Example]] = {
    "AVE": _attributes,
    "PRP": _relation,
    "PM": _matching,
    "SA": _sentiment,
    "SR": _next,
    "MPC": _class,
    "PSI": _substitute,
    "QPR": _ranking,
    "AP": _answerable,
    "AG": _answer,
}
