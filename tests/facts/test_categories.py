"""Products are mapped to the taxonomy by whole names below the right department, or set aside with a reason."""

from pathlib import Path

import polars as pl
import pytest

from vitrine import tables
from vitrine.facts import categories, departments
from vitrine.facts.categories import Mapping, independent_parts, parts
from vitrine.tables.published.products import PRODUCTS
from vitrine.tables.published.taxonomy import CATEGORIES
from vitrine.verifiers.taxonomy import name_key

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "taxonomy" / "taxonomy-with-ids.en-US.2021-09-21.txt"
GIVING = ("Arts & Entertainment", "Party & Celebration", "Gift Giving")
KITCHEN = ("Home & Garden", "Kitchen & Dining")
PATHS = [
    (*GIVING, "Gift Cards & Certificates"),
    ("Electronics", "Audio", "Headphones & Headsets", "Headphones"),
    ("Electronics", "Audio", "Memory"),
    ("Home & Garden", "Decor", "Clocks", "Wall Clocks"),
    (*KITCHEN, "Cutlery & Knives"),
    (*KITCHEN, "Bath & Body Gift Sets"),
    (*KITCHEN, "Kitchen Appliances", "Toasters & Grills"),
    (*KITCHEN, "Tools", "Scoops"),
    (*KITCHEN, "Tableware", "Scoops"),
    ("Toys & Games", "Puzzles"),
    ("Toys & Games", "Games", "Puzzle Sets"),
]
MAPPING = Mapping({path[:depth]: None for path in PATHS for depth in range(1, len(path) + 1)})


@pytest.mark.parametrize(
    ("names", "leaf", "rule"),
    [
        pytest.param(["Toys & Games", "Puzzles"], "Puzzles", "same", id="same root"),
        pytest.param(["Toys & Games", "puzzle"], "Puzzles", "same", id="case and number"),
        pytest.param(["Home & Kitchen", "Home Décor", "Clocks", "Wall Clocks"], "Wall Clocks", "same", id="known department"),
        pytest.param(["Home & Kitchen", "Knives & Cutlery"], "Cutlery & Knives", "same", id="another order"),
        pytest.param(["Gift Cards", "Gift Cards"], "Gift Cards & Certificates", "part", id="one part"),
        pytest.param(["Home & Kitchen", "Grills"], "Toasters & Grills", "part", id="one word of two"),
        pytest.param(["Electronics", "Headphones", "Earbud Headphones"], "Headphones", "kind", id="a kind of its parent"),
        pytest.param(["Anything", "Clocks", "Wall Clocks"], "Wall Clocks", "same", id="unknown department, same parent"),
        pytest.param(["Home & Kitchen", "Tableware", "Scoops"], "Scoops", "same", id="the candidate that shares more parents"),
    ],
)
def test_names_are_mapped(names, leaf, rule):
    path, rule_used = MAPPING.find(names)
    assert (path[-1], rule_used) == (leaf, rule)


def test_main_category_is_used_if_the_department_is_not_specific():
    assert MAPPING.find(["Handmade Products", "Scoops", "Knives & Cutlery"]) == (None, "another department")
    assert MAPPING.find(["Handmade Products", "Scoops", "Knives & Cutlery"], "Home & Kitchen")[1] == "same"


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        pytest.param([], "no category", id="no path"),
        pytest.param(["Gift Cards"], "no category", id="department only"),
        pytest.param(["Gift Cards", "Gift Card Accessories"], "no such name", id="an accessory"),
        pytest.param(["Electronics", "Headphones", "Headphone Cases"], "no such name", id="cases are not headphones"),
        pytest.param(["Home & Kitchen", "Grills", "Charcoal Grills"], "no such name", id="a kind of a part is ambiguous"),
        pytest.param(["Home & Kitchen", "Bath"], "no such name", id="a dependent part"),
        pytest.param(["Automotive", "Memory"], "another department", id="the name is elsewhere"),
        pytest.param(["Home & Kitchen", "Scoops"], "several", id="two categories of that name"),
        pytest.param(["Home & Garden", "Toys & Games"], "no such name", id="a root is not specific"),
    ],
)
def test_unmapped_names_have_a_reason(names, reason):
    assert MAPPING.find(names) == (None, reason)


@pytest.mark.parametrize(
    ("name", "all_parts", "independent"),
    [
        ("Gift Cards & Certificates", {"gift card", "certificate"}, {"gift card"}),
        ("Pots and Pans", {"pot", "pan"}, {"pot", "pan"}),
        ("Bath & Body Gift Sets", {"bath", "body gift set"}, {"body gift set"}),
        ("Charms, Beads & Brushes", {"charm", "bead", "brush"}, {"charm", "bead", "brush"}),
        ("Watches", {"watch"}, set()),
        ("Lenses", {"lense"}, set()),
        ("Accessories", {"accessory"}, set()),
        ("&", set(), set()),
    ],
)
def test_names_are_split_into_parts(name, all_parts, independent):
    assert parts(name) == all_parts and independent_parts(name) == independent


def test_every_department_has_a_place_in_the_taxonomy():
    assert all(departments.taxonomy_places(name) for name in departments.TAXONOMY_PATHS)
    assert departments.taxonomy_places("Nowhere") == []
    assert departments.taxonomy_places("clothing, shoes and JEWELRY") == departments.taxonomy_places("Clothing, Shoes & Jewelry")


@pytest.fixture
def clean(tmp_path):
    newest = [_category(number, "en-US", "2021", path) for number, path in enumerate(sorted(set(MAPPING.paths)))]
    others = [_category(1, "en-US", "2015", ("Old",)), _category(1, "pt-BR", "2021", ("Brinquedos",))]
    tables.write(tmp_path / "taxonomy" / "categories.parquet", others + newest, CATEGORIES)
    products = [
        _product("B3", "Zebra Gift Card", ["Gift Cards", "Gift Cards", "No fees. Never.", "Imported"]),
        _product("B1", "Red Puzzle", ["Toys & Games", "Puzzles"]),
        _product("B2", " red puzzle", ["Toys & Games", "Games", "Puzzle Sets"]),
        _product("B4", "Blue Thing", []),
        _product("B5", "Blue Case", ["Gift Cards", "Gift Card Accessories"]),
        _product("B6", "Green Puzzle", ["Toys & Games", "Puzzles"]),
    ]
    tables.write(tmp_path / "products" / "products.parquet", products, PRODUCTS)
    return tmp_path


def _category(number, language, version, path):
    return {"id": number, "language": language, "version": version, "path": list(path), "depth": len(path), "parent": None}


def _product(asin, title, names):
    return {"asin": asin, "title": title, "main_category": None, "categories": names}


def test_build_writes_the_newest_taxonomy_and_counts_all_products(clean, tmp_path):
    counted = categories.build(clean, tmp_path / "facts")
    written = tables.read(tmp_path / "facts" / "taxonomy.parquet", CATEGORIES)
    assert {(row["language"], row["version"]) for row in written} == {("en-US", "2021")} and len(written) == len(MAPPING.paths)
    assert sum(counted.values()) == 6
    assert {name: count for name, count in counted.items() if count} == {
        "categories.same": 3,
        "categories.part": 1,
        "categories.no_category": 1,
        "categories.no_such_name": 1,
    }


def test_examples_are_mapped_products_with_distinct_titles(clean):
    by_id = {example["id"]: example for example in categories.examples(clean, limit=10, seed=7)}
    assert by_id.keys() == {"B1", "B3", "B6"}
    assert by_id["B1"]["entity"] == "red puzzle" and by_id["B1"]["title"] == "Red Puzzle"
    assert by_id["B3"]["path"] == [*GIVING, "Gift Cards & Certificates"]  # features after the category are cut off
    assert len(categories.examples(clean, limit=2, seed=7)) == 2
    assert {row["path"][-1] for row in categories.examples(clean, limit=2, seed=8)} == {"Puzzles", "Gift Cards & Certificates"}


def test_empty_source_gives_no_examples(tmp_path):
    tables.write(tmp_path / "taxonomy" / "categories.parquet", [], CATEGORIES)
    tables.write(
        tmp_path / "products" / "products.parquet", [_product("B1", "Red Puzzle", ["Toys & Games", "Puzzles"])], PRODUCTS
    )
    assert categories.examples(tmp_path, limit=5, seed=7) == []
    assert categories.build(tmp_path, tmp_path / "facts")["categories.no_such_name"] == 1
    assert pl.read_parquet(tmp_path / "facts" / "taxonomy.parquet").is_empty()


def test_department_places_exist_in_the_published_taxonomy():
    if not PUBLISHED.is_file():
        pytest.skip("the published taxonomy, ../shared/data/taxonomy, is not here")
    lines = PUBLISHED.read_text(encoding="utf-8").splitlines()
    paths = {tuple(map(name_key, line.partition(" - ")[2].split(" > "))) for line in lines if not line.startswith("#")}
    assert {place for name in departments.TAXONOMY_PATHS for place in departments.taxonomy_places(name)} <= paths
