"""products: generates `meta_Sample.json.gz` as the Amazon review collection of 2018 publishes product metadata.

    generate(folder, rows=500, seed=7)
    {"category": ["Kitchen &amp; Table", "Drinkware", "Water Bottles"], …, "title": "Kestrel Glass Water Bottle, 24 oz",
     "also_buy": ["B…"], "brand": "Kestrel", "feature": ["…"], "rank": "1,786 in Kitchen (", …, "price": "$25.00", "asin": "B…"}

The categories are those of the taxonomy sample. Published quirks kept: `rank` as a text or a list; prices that are empty,
ranges or page fragments; half of the descriptions empty; entities and tags; stray tags among the categories; duplicate asins.
Some lines are followed by a truncated copy (damage.py).
"""

import json
import random
from pathlib import Path

from vitrine.sources.samples import amazon_phrases as phrases
from vitrine.sources.samples import damage
from vitrine.sources.samples.amazon_titles import UID_STEP, VALUES
from vitrine.sources.samples.dialect import gzipped
from vitrine.sources.samples.grammar import Phrase, one_of
from vitrine.sources.samples.taxonomy_tree import LEAVES, path

TITLE = Phrase("{brand} [{colour} {material} {product}|{material} {product}, {size}|{product}, {colour}, {size}]")
DESCRIPTION = Phrase("[This {product} is made of {material}|A {product} of {material}][, in {colour}|]. {use}. {note}")
FEATURE = [
    Phrase(text) for text in ("[Material|Made of]: {material}", "[Size|Measures]: {size}", "[Colour|Comes in] {colour}", "{use}")
]
PAGE_FRAGMENT = "\n\t\t    \n\r\n    .a-box-inner{background-color:#fff}#BuyBox .selected{margin:0}\n"
STRAY_TAGS = "</span></span></span>"
EMPTY_FIELDS = ("tech1", "tech2", "fit", "similar_item", "date")  # nearly always published empty


def generate(folder: Path, *, rows: int, seed: int) -> None:
    """Write `rows` products to `folder`/meta_Sample.json.gz."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    number = 0
    damaged = frozenset(damage.damaged_rows(rows=rows, seed=seed, file="products"))
    with gzipped(folder / "meta_Sample.json.gz") as file:
        for row in range(rows):
            number = row if row == 0 or rng.random() > 1 / 60 else number  # else the asin of the row before is repeated
            line = json.dumps(_product(rng, number, rows)).encode()
            file.write(line + b"\n" + (damage.truncate(line) + b"\n" if row in damaged else b""))


def asin(number: int) -> str:
    return f"B{number * UID_STEP % 10**9:09d}"


def _product(rng: random.Random, number: int, rows: int) -> dict[str, object]:
    kind = one_of(rng.random, phrases.PRODUCTS)
    slots = {name: one_of(rng.random, VALUES[name]).strip() for name in ("brand", "colour")}
    slots |= {"product": kind.name, "use": kind.use, "material": one_of(rng.random, kind.materials.split(","))}
    slots |= {"size": one_of(rng.random, kind.sizes.split(",")), "note": phrases.NOTES[slots["material"]]}
    leaf = path(LEAVES[kind.name])
    others = [asin(rng.randrange(rows)) for _ in range(rng.choice([0, 0, 3, 8]))]
    product = {
        "category": [*leaf, *([STRAY_TAGS] if rng.random() < 0.02 else [])] if rng.random() > 0.01 else [],
        "description": _description(rng, slots) if rng.random() > 0.48 else [],
        "title": TITLE.expand(rng.random).format(**slots),
        "also_buy": others[: len(others) // 2],
        "also_view": others[len(others) // 2 :],
        "image": [f"https://images.example.com/{asin(number)}._SS40_.jpg"] if rng.random() < 0.6 else [],
        "brand": slots["brand"] if rng.random() > 0.1 else "",
        "feature": [feature.expand(rng.random).format(**slots) for feature in FEATURE if rng.random() < 0.5],
        "rank": _rank(rng, leaf),
        "details": {"Shipping Weight:": f"{rng.randint(1, 64)} ounces", "ASIN:": asin(number)},
        "main_cat": leaf[0],
        "price": _price(rng),
        "asin": asin(number),
    }
    return {name: _entities(value) for name, value in (product | dict.fromkeys(EMPTY_FIELDS, "")).items()}


def _description(rng: random.Random, slots: dict[str, str]) -> list[str]:
    text = DESCRIPTION.expand(rng.random).format(**slots)
    text = rng.choice(["{}", "{}", "{}", '<div class="aplus"> <b>{}</b></div>', "{}<br />", "{} {}"]).format(text, text)
    return [text] if rng.random() < 0.8 else [text, *phrases.LINKS[:1]]


def _rank(rng: random.Random, leaf: tuple[str, ...]) -> str | list[str]:
    place = f"{rng.randint(1, 3_000_000):,}"
    if rng.random() < 0.53:
        return f"{place} in {leaf[0]} ("
    return [f">#{place} in {leaf[0]} (See Top 100 in {leaf[0]})"] if rng.random() < 0.3 else []


def _price(rng: random.Random) -> str:
    """Empty in half of the rows; else dollars, a range, or a fragment of the page around the price."""
    dollars = rng.randint(300, 150_000) / 100
    price_range = f"${dollars:,.2f} - ${dollars + 5:,.2f}"
    return rng.choices(["", f"${dollars:,.2f}", price_range, PAGE_FRAGMENT], [0.5, 0.44, 0.03, 0.03])[0]


def _entities(value: object) -> object:
    """Replace characters by HTML entities in all texts of `value`."""
    if isinstance(value, list):
        return [_entities(item) for item in value]
    if isinstance(value, str) and value != PAGE_FRAGMENT and not value.startswith("<"):
        for letter, entity in phrases.ENTITIES.items():
            value = value.replace(letter, entity)
    return value
