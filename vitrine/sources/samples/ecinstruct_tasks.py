"""One example of each of ECInstruct's tasks: an input, its options and the one right output, in the published forms.

    MAKERS["PM"](shelf)     # {"input": '{"product 1": {"title": …}, …}', "options": None, "output": "yes"}

Every output follows from its input. Published quirks kept: inputs are JSON texts, those of recommendations Python lists;
`"nan"` and bare NaN where a product lacks a field; an attribute that is not told has the value and the source "None".
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vitrine.sources.samples import amazon_phrases as said
from vitrine.sources.samples import ecinstruct_phrases as words
from vitrine.sources.samples.amazon_phrases import Product
from vitrine.sources.samples.amazon_titles import VALUES
from vitrine.sources.samples.grammar import Phrase
from vitrine.sources.samples.taxonomy_tree import LEAVES, path

Example = dict[str, str | None]
BRANDS = [brand.strip() for brand in VALUES["brand"]]
ABROAD = 24  # the products from this one on are those of the OOD settings
DEPARTMENTS = [path(LEAVES[product.name])[0] for product in said.PRODUCTS]
OLD = "product "  # what AVE calls its fields
MATERIALS = {material.lower() for product in said.PRODUCTS for material in product.materials.split(",")}


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
        return DEPARTMENTS[said.PRODUCTS.index(self.product)]

    def slots(self) -> dict[str, str]:
        named = {"kind": self.product.name.lower(), "material": self.material.lower(), "colour": self.colour.lower()}
        return named | {"brand": self.brand, "size": self.size, "use": self.product.use}

    def title(self) -> str:
        return f"{self.brand} {self.colour} {self.material} {self.product.name}, {self.size}"


@dataclass(frozen=True)
class Shelf:
    """The products of one split: which brand makes which product is not the same in training and test."""

    chance: random.Random
    split: str
    abroad: bool

    def say(self, phrase: Phrase, item: Item) -> str:
        told = phrase.say(self.chance.random).format(**item.slots())
        return told[:1].upper() + told[1:]

    def kinds(self) -> range:
        return range(ABROAD, len(said.PRODUCTS)) if self.abroad else range(ABROAD)

    def item(self, kinds: Sequence[int] | None = None) -> Item:
        """A product, of these kinds if some are given."""
        kinds = self.kinds() if kinds is None else kinds
        while True:
            kind, brand = self.chance.choice(kinds), self.chance.randrange(len(BRANDS))
            if self.split == {0: "test", 1: "val"}.get((kind * 7 + brand) % 10, "train"):
                return self.made(said.PRODUCTS[kind], BRANDS[brand])

    def akin(self, item: Item) -> list[int]:
        """The other kinds of its department."""
        return [kind for kind in self.kinds() if DEPARTMENTS[kind] == item.department and said.PRODUCTS[kind] != item.product]

    def apart(self, item: Item) -> list[int]:
        """The kinds of other departments."""
        return [kind for kind in self.kinds() if DEPARTMENTS[kind] != item.department]

    def made(self, product: Product, brand: str) -> Item:
        chance = self.chance
        choices = (VALUES["colour"], product.materials.split(","), product.sizes.split(","))
        colour, material, size = (chance.choice(values) for values in choices)
        return Item(product, brand, colour, material, size, chance.randint(300, 20_000) / 100)

    def variant(self, item: Item, detail: str) -> Item:
        """The same product, but for one detail."""
        product = item.product
        values = {"colour": VALUES["colour"], "material": product.materials.split(","), "size": product.sizes.split(",")}
        other = self.chance.choice([value for value in values[detail] if value != getattr(item, detail)])
        return replace(item, **{detail: other})  # type: ignore[arg-type]  # a detail is a text


def _example(input: object, output: str, options: list[str] | None = None) -> Example:
    text = input if isinstance(input, str) else json.dumps(input)
    return {"input": text, "options": None if options is None else json.dumps(options), "output": output}


def _attributes(shelf: Shelf) -> Example:
    """AVE: one attribute or two, told in the title, in a feature, in both or nowhere."""
    chance, item = shelf.chance, shelf.item()
    asked = chance.sample(["Material", "Colour", "Size"], chance.choice([1, 1, 2]))
    texts: dict[str, list[str]] = {"title": [item.brand], "description": [], "feature": []}
    if not MATERIALS & set(item.product.use.lower().split()):  # else it would tell what counts as untold
        texts["feature"].append(item.product.use)
    found = []
    for attribute in asked:
        value = str(getattr(item, attribute.lower()))
        places = chance.choice([["title"], ["feature"], ["description"], ["title", "feature"], []])
        for place in places:
            texts[place].append(value if place == "title" else f"{attribute}: {value}")
            found.append({"attribute": attribute.lower(), "value": value.lower(), "source": OLD + place})
        if not places:
            found.append({"attribute": attribute.lower(), "value": "None", "source": "None"})
    texts["title"].append(item.product.name)
    told = {OLD + name: " ".join(parts) if name == "title" else ", ".join(parts) for name, parts in texts.items() if parts}
    told |= {OLD + "price": f"${item.price:.2f}", OLD + "brand": item.brand, "target attributes": " and ".join(asked)}
    return _example(told, json.dumps(found))


def _relation(shelf: Shelf) -> Example:
    """PRP: bought together if of one department, viewed together if of one kind, alike if of one brand as well; very skewed."""
    relation = shelf.chance.choices("ABC", [0.16, 0.81, 0.03])[0]
    first = _in_company(shelf)
    if relation == "A":
        second = shelf.item(shelf.akin(first))
    elif relation == "B":
        second = shelf.made(first.product, shelf.chance.choice([brand for brand in BRANDS if brand != first.brand]))
    else:
        second = shelf.variant(first, "colour")
    return _example({"Product 1:": first.title(), "Product 2:": second.title()}, relation, words.RELATIONS)


def _in_company(shelf: Shelf) -> Item:
    """A product whose department holds others on this shelf."""
    here = [DEPARTMENTS[kind] for kind in shelf.kinds()]
    return shelf.item([kind for kind in shelf.kinds() if here.count(DEPARTMENTS[kind]) > 1])


def _matching(shelf: Shelf) -> Example:
    """PM: the same product told twice; or another size of it, or another product."""
    chance, first = shelf.chance, shelf.item()
    same = chance.random() < 0.5
    second = first if same else chance.choice([shelf.variant(first, "size"), shelf.item(shelf.apart(first))])
    other = f"{second.product.name} by {second.brand}: {second.colour}, {second.material}, {second.size}"
    return _example(
        {"product 1": _record(chance, first, first.title()), "product 2": _record(chance, second, other)},
        "yes" if same else "no",
    )


def _record(chance: random.Random, item: Item, title: str) -> dict[str, str | float]:
    """A product as a table's row had it: what is missing is NaN, or the word that NaN becomes."""
    return {
        "title": title.lower(),
        "description": item.product.use.lower() if chance.random() < 0.6 else float("nan"),
        "manufacturer": item.brand.lower() if chance.random() < 0.6 else "nan",
        "price": f"{item.price:.2f}" if chance.random() < 0.8 else "nan",
    }


def _sentiment(shelf: Shelf) -> Example:
    """SA: five grades, mostly the best one."""
    chance, item = shelf.chance, shelf.item()
    grade = chance.choices(range(5), [0.6, 0.18, 0.08, 0.05, 0.09])[0]
    review = shelf.say(Phrase(chance.choice(words.REVIEWS[grade])), item)
    return _example(review, words.SENTIMENTS[grade], words.SENTIMENTS)


def _next(shelf: Shelf) -> Example:
    """SR: the customer keeps to one department; one option of twenty is of it."""
    chance, first = shelf.chance, shelf.item()
    theme = [kind for kind in shelf.kinds() if DEPARTMENTS[kind] == first.department]
    bought = [first] + [shelf.item(theme) for _ in range(chance.randint(2, 6))]
    shown = [shelf.item(shelf.apart(first)) for _ in range(19)]
    place = chance.randrange(20)
    shown.insert(place, shelf.item(theme))
    ends = {1: "st", 2: "nd", 3: "rd"}
    history = [f"{number}{ends.get(number, 'th')}: {_listed(item)}" for number, item in enumerate(bought, start=1)]
    options = [f"{chr(65 + number)}: {_listed(item)}" for number, item in enumerate(shown)]
    return {"input": str(history), "options": str(options), "output": chr(65 + place)}


def _listed(item: Item) -> str:
    return f"{item.title()}. {'. '.join(path(LEAVES[item.product.name])[:2])}. {item.brand}."


def _query(item: Item) -> str:
    return f"{item.colour} {item.material} {item.product.name} {item.size}".lower()


def _relevant(shelf: Shelf, item: Item, label: str) -> Item:
    """A product for the query after `item`: exact, substitute, complement or irrelevant."""
    if label == "S":
        return shelf.variant(item, shelf.chance.choice(["colour", "material", "size"]))
    if label == "C":
        return shelf.item(shelf.akin(item))
    return item if label == "E" else shelf.item(shelf.apart(item))


def _class(shelf: Shelf) -> Example:
    """MPC: one of four classes, mostly exact."""
    item = _in_company(shelf)
    label = shelf.chance.choices("ESCI", [0.65, 0.22, 0.04, 0.09])[0]
    input = {"query": _query(item), "product title": _relevant(shelf, item, label).title()}
    return _example(input, words.RELEVANCE["ESCI".index(label)], words.RELEVANCE)


def _substitute(shelf: Shelf) -> Example:
    """PSI: yes for a substitute."""
    item = _in_company(shelf)
    label = shelf.chance.choices("ESCI", [0.4, 0.42, 0.06, 0.12])[0]
    input = {"query": _query(item), "product": _relevant(shelf, item, label).title()}
    return _example(input, "yes" if label == "S" else "no")


def _ranking(shelf: Shelf) -> Example:
    """QPR: two to four products, no two of one class."""
    chance, item = shelf.chance, _in_company(shelf)
    labels = chance.sample("ESCI", chance.randint(2, 4))
    listed = [f"{chr(65 + place)}: {_relevant(shelf, item, label).title()}" for place, label in enumerate(labels)]
    order = sorted(range(len(labels)), key=lambda place: "ESCI".index(labels[place]))
    return _example({"query": _query(item), "product list": listed}, ",".join(chr(65 + place) for place in order))


def _answerable(shelf: Shelf) -> Example:
    """AP: the reviews settle the question, or are silent about it."""
    topic, settled = shelf.chance.choice(list(words.ASKED)), shelf.chance.random() < 0.6
    input, _ = _asked(shelf, topic, settled=settled)
    return _example(input, "yes" if settled else "no")


def _answer(shelf: Shelf) -> Example:
    """AG: what the reviews say."""
    input, answer = _asked(shelf, shelf.chance.choice(list(words.ASKED)), settled=True)
    return _example(input, answer)


def _asked(shelf: Shelf, topic: str, *, settled: bool) -> tuple[dict[str, object], str]:
    chance, item = shelf.chance, shelf.item()
    question, told, answer = words.ASKED[topic]
    others = chance.sample([words.ASKED[other][1] for other in words.ASKED if other != topic], chance.randint(1, 2))
    reviews = [shelf.say(phrase, item) for phrase in [*others, *chance.sample(words.CHATTER, chance.randint(1, 3))]]
    if settled:
        reviews.append(shelf.say(told, item))
    chance.shuffle(reviews)
    text = answer.format(**item.slots())
    return {"question": shelf.say(question, item), "document": reviews}, text[:1].upper() + text[1:]


MAKERS: dict[str, Callable[[Shelf], Example]] = {
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
