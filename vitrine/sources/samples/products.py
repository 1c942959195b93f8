"""products: generates `meta_Sample.json.gz` as the Amazon review collection of 2018 publishes product metadata.

    generate(folder, rows=500, seed=7)
    {"category": ["Kitchen &amp; Table", "Drinkware", "Water Bottles"], …, "title": "Kestrel Glass Water Bottle, 24 oz",
     "also_buy": ["B…"], "brand": "Kestrel", "feature": ["…"], "rank": "1,786 in Kitchen (", …, "price": "$25.00", "asin": "B…"}

The categories are those of the taxonomy's sample. Published quirks kept: `rank` as a text or a list, prices that are empty,
ranges or pieces of a page, half of the descriptions empty, entities and tags, stray tags among the categories, doubled asins.
Some lines stand twice, once cut short (damage.py).
"""

import json
import random
from pathlib import Path

from vitrine.sources.samples import amazon_phrases as said
from vitrine.sources.samples import damage
from vitrine.sources.samples.amazon_titles import STEP, VALUES
from vitrine.sources.samples.dialect import gzipped
from vitrine.sources.samples.grammar import Phrase, one_of
from vitrine.sources.samples.taxonomy_tree import LEAVES, path

TITLE = Phrase("{brand} [{colour} {material} {product}|{material} {product}, {size}|{product}, {colour}, {size}]")
TELLS = Phrase("[This {product} is made of {material}|A {product} of {material}][, in {colour}|]. {use}. {note}")
FEATURE = [
    Phrase(text) for text in ("[Material|Made of]: {material}", "[Size|Measures]: {size}", "[Colour|Comes in] {colour}", "{use}")
]
PAGE = "\n\t\t    \n\r\n    .a-box-inner{background-color:#fff}#BuyBox .selected{margin:0}\n"
STRAY = "</span></span></span>"
ASIDE = ("tech1", "tech2", "fit", "similar_item", "date")  # published empty nearly always


def generate(folder: Path, *, rows: int, seed: int) -> None:
    """Write `rows` products into `folder`/meta_Sample.json.gz."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    number = 0
    damaged = frozenset(damage.chosen(rows=rows, seed=seed, of="products"))
    with gzipped(folder / "meta_Sample.json.gz") as file:
        for row in range(rows):
            number = row if row == 0 or chance.random() > 1 / 60 else number  # else the asin of the row before, again
            line = json.dumps(_product(chance, number, rows)).encode()
            file.write(line + b"\n" + (damage.cut(line) + b"\n" if row in damaged else b""))


def asin(number: int) -> str:
    return f"B{number * STEP % 10**9:09d}"


def _product(chance: random.Random, number: int, rows: int) -> dict[str, object]:
    kind = one_of(chance.random, said.PRODUCTS)
    slots = {name: one_of(chance.random, VALUES[name]).strip() for name in ("brand", "colour")}
    slots |= {"product": kind.name, "use": kind.use, "material": one_of(chance.random, kind.materials.split(","))}
    slots |= {"size": one_of(chance.random, kind.sizes.split(",")), "note": said.NOTES[slots["material"]]}
    leaf = path(LEAVES[kind.name])
    others = [asin(chance.randrange(rows)) for _ in range(chance.choice([0, 0, 3, 8]))]
    product = {
        "category": [*leaf, *([STRAY] if chance.random() < 0.02 else [])] if chance.random() > 0.01 else [],
        "description": _described(chance, slots) if chance.random() > 0.48 else [],
        "title": TITLE.say(chance.random).format(**slots),
        "also_buy": others[: len(others) // 2],
        "also_view": others[len(others) // 2 :],
        "image": [f"https://images.example.com/{asin(number)}._SS40_.jpg"] if chance.random() < 0.6 else [],
        "brand": slots["brand"] if chance.random() > 0.1 else "",
        "feature": [feature.say(chance.random).format(**slots) for feature in FEATURE if chance.random() < 0.5],
        "rank": _rank(chance, leaf),
        "details": {"Shipping Weight:": f"{chance.randint(1, 64)} ounces", "ASIN:": asin(number)},
        "main_cat": leaf[0],
        "price": _price(chance),
        "asin": asin(number),
    }
    return {name: _entities(value) for name, value in (product | dict.fromkeys(ASIDE, "")).items()}


def _described(chance: random.Random, slots: dict[str, str]) -> list[str]:
    text = TELLS.say(chance.random).format(**slots)
    text = chance.choice(["{}", "{}", "{}", '<div class="aplus"> <b>{}</b></div>', "{}<br />", "{} {}"]).format(text, text)
    return [text] if chance.random() < 0.8 else [text, *said.LINKS[:1]]


def _rank(chance: random.Random, leaf: tuple[str, ...]) -> str | list[str]:
    place = f"{chance.randint(1, 3_000_000):,}"
    if chance.random() < 0.53:
        return f"{place} in {leaf[0]} ("
    return [f">#{place} in {leaf[0]} (See Top 100 in {leaf[0]})"] if chance.random() < 0.3 else []


def _price(chance: random.Random) -> str:
    """Mostly nothing; else dollars, a range, or a piece of the page where the price stood."""
    dollars = chance.randint(300, 150_000) / 100
    several = f"${dollars:,.2f} - ${dollars + 5:,.2f}"
    return chance.choices(["", f"${dollars:,.2f}", several, PAGE], [0.5, 0.44, 0.03, 0.03])[0]


def _entities(value: object) -> object:
    """Texts as a page writes them."""
    if isinstance(value, list):
        return [_entities(one) for one in value]
    if isinstance(value, str) and value != PAGE and not value.startswith("<"):
        for letter, entity in said.ENTITIES.items():
            value = value.replace(letter, entity)
    return value
