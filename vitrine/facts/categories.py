"""Maps a product's shop category to a path in Google's product taxonomy.

    ["Gift Cards", "Gift Cards"]                      ->  … > Gift Giving > Gift Cards & Certificates
    ["Electronics", "Headphones", "Earbud Headphones"] ->  Electronics > Audio > … > Headphones, the broader category
    ["Home & Kitchen", "Furniture", "Accent Furniture"]   ->  no match: set aside and counted

A product's category is the last name in its shop path; page features and tags after it in the same list are cut off. Rules
match whole names, never similar words:

same    a taxonomy category of the same name, parts in any order, singular or plural: "Knives & Cutlery" is "Cutlery & Knives"
part    a taxonomy category that has the name as an independent part: "Gift Cards" matches "Gift Cards & Certificates", but
        neither "Bath" nor "Body" matches "Bath & Body Gift Sets"
kind    the name ends with the name of one of its parent categories in the shop, and that parent is mapped: the path stops there

A match counts only if it lies below the department's place in the taxonomy (departments.py, or a root of the same name) or below
a category that is also above the product in its shop. If several match, the one that shares most parent names wins; a tie maps
to nothing.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.facts import departments, sample
from vitrine.tables.published.products import PRODUCTS
from vitrine.tables.published.taxonomy import CATEGORIES, SEPARATOR
from vitrine.verifiers.taxonomy import name_key

LANGUAGE = "en-US"
NAME = r"^[^<>]{1,59}[^<>.]$"  # excludes sentences and HTML tags
MAX_DEPTH = 8  # names of a shop path that are read
PART = re.compile(r",|&|\band\b", re.IGNORECASE)
RULES = ("same", "part", "kind")
REASONS = ("no category", "no such name", "another department", "several")

Names = tuple[str, ...]
Parts = frozenset[str]


class Mapping:
    """Maps shop categories to paths of a taxonomy."""

    def __init__(self, paths: Iterable[Sequence[str]]) -> None:
        self.paths: list[Names] = [tuple(path) for path in paths]
        self._keys = {path: tuple(map(name_key, path)) for path in self.paths}
        self._above = {path: frozenset(map(parts, path[:-1])) for path in self.paths}
        self._roots = {keys[0] for keys in self._keys.values()}
        self._same: dict[Parts, list[Names]] = {}
        self._part: dict[str, list[Names]] = {}
        for path in self.paths:
            if len(path) > 1:  # a root is less specific than the department
                self._same.setdefault(parts(path[-1]), []).append(path)
                for part in independent_parts(path[-1]):
                    self._part.setdefault(part, []).append(path)

    def find(self, names: Sequence[str], main: str | None = None) -> tuple[Names | None, str]:
        """Return (path, rule), or (None, reason) if nothing matches."""
        if len(names) < 2:
            return None, "no category"
        *above, leaf = names[1:]
        kinds = [name for name in reversed(above) if _is_kind(leaf, name)]
        tried = [("same", self._same.get(parts(leaf), [])), ("part", self._with_parts(leaf))]
        tried += [("kind", self._same.get(parts(name), [])) for name in kinds]
        reason = "no such name"
        for rule, candidates in tried:
            best = self._best(candidates, names, main)
            if len(best) == 1:
                return best[0], rule
            if candidates and reason == "no such name":
                reason = "several" if best else "another department"
        return None, reason

    def _with_parts(self, name: str) -> list[Names]:
        """Categories that have every part of `name` as an independent part."""
        by_part = [self._part.get(part, []) for part in sorted(parts(name))]
        return reduce(lambda some, more: [path for path in some if path in more], by_part) if by_part else []

    def _best(self, candidates: Sequence[Names], names: Sequence[str], main: str | None) -> list[Names]:
        """The candidates in the right place of the taxonomy that share most parent names with the shop path."""
        parents = {parts(name) for name in names[:-1]}
        places = [place for department in (names[0], main or "") for place in self._places(department)]
        shared = {path: len(parents & self._above[path]) for path in candidates}
        fitting = [path for path in candidates if shared[path] or any(self._keys[path][: len(p)] == p for p in places)]
        most = max((shared[path] for path in fitting), default=0)
        return [path for path in fitting if shared[path] == most]

    def _places(self, department: str) -> list[Names]:
        root = [(name_key(department),)] if name_key(department) in self._roots else []
        return departments.taxonomy_places(department) + root


@lru_cache(maxsize=65_536)
def parts(name: str) -> Parts:
    """The parts of a name, each in the singular: "Knives & Cutlery" is {"knife", "cutlery"}."""
    singular = (" ".join(map(_singular, name_key(part).split())) for part in PART.split(name))
    return frozenset(part for part in singular if part)


def independent_parts(name: str) -> Parts:
    """The parts that keep their meaning alone: those with the most words. Empty if the name has one part only."""
    all_parts = parts(name)
    longest = max((len(part.split()) for part in all_parts), default=0)
    return frozenset(part for part in all_parts if len(part.split()) == longest) if len(all_parts) > 1 else frozenset()


def _singular(word: str) -> str:
    for ending, singular in (
        ("ies", "y"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("sses", "ss"),
        ("xes", "x"),
        ("ss", "ss"),
        ("us", "us"),
    ):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + singular
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def _is_kind(leaf: str, name: str) -> bool:
    """Whether `leaf` is `name` with words before it: "Earbud Headphones" are headphones."""
    inner, outer = parts(leaf), parts(name)
    return len(inner) == len(outer) == 1 and next(iter(inner)).endswith(f" {next(iter(outer))}")


def build(clean: Path, facts: Path) -> dict[str, float]:
    """Write `facts`/taxonomy.parquet for the grader. Return the number of products by rule or reason."""
    counted = dict.fromkeys((*RULES, *REASONS), 0.0)
    tables.write(facts / "taxonomy.parquet", _taxonomy(clean), CATEGORIES)
    for outcome, count in _mapped(clean).group_by("outcome").len().collect().iter_rows():
        counted[outcome] = float(count)
    return {f"categories.{outcome.replace(' ', '_')}": count for outcome, count in counted.items()}


def examples(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` mapped products, stratified by path, each title once."""
    mapped = _mapped(clean).filter(pl.col("path").is_not_null())
    titles = pl.col("title").str.to_lowercase().str.strip_chars()
    keys = mapped.select("asin", "path", title=titles.hash()).collect(engine="streaming")
    distinct = keys.sort("asin").unique("title", keep="first", maintain_order=True).drop("title")
    chosen = sample.stratified(distinct, limit, key="asin", by=["path"], seed=seed)
    rows = mapped.select("asin", "title", entity=titles).filter(pl.col("asin").is_in(chosen["asin"].implode())).collect()
    in_order = chosen.join(rows, on="asin", how="left", maintain_order="left")
    return in_order.select("entity", "title", id="asin", path=pl.col("path").str.split(SEPARATOR)).to_dicts()


def _taxonomy(clean: Path) -> pl.DataFrame:
    """The newest version in LANGUAGE."""
    rows = tables.scan(clean / "taxonomy" / "categories.parquet", CATEGORIES).filter(language=LANGUAGE)
    return rows.filter(pl.col("version") == pl.col("version").max()).sort("path").collect()


def _mapped(clean: Path) -> pl.LazyFrame:
    """asin, title, path (joined) and outcome (rule or reason). Each distinct shop category is mapped once."""
    is_name = pl.element().str.contains(NAME).cast(pl.UInt8).cum_min() == 1
    shop = pl.col("categories").list.head(MAX_DEPTH).list.eval(pl.element().filter(is_name)).list.join(SEPARATOR)
    products = tables.scan(clean / "products" / "products.parquet", PRODUCTS)
    products = products.select("asin", "title", shop=shop, main=pl.col("main_category").fill_null(""))
    distinct = products.select("shop", "main").unique().collect(engine="streaming")
    mapping = Mapping(_taxonomy(clean)["path"].to_list())
    results = [mapping.find(shop.split(SEPARATOR), main) for shop, main in distinct.iter_rows()]
    paths = [SEPARATOR.join(path) if path else None for path, _ in results]
    outcomes = [outcome for _, outcome in results]
    mapped = distinct.with_columns(path=pl.Series(paths, dtype=pl.String), outcome=pl.Series(outcomes, dtype=pl.String))
    return products.join(mapped.lazy(), on=["shop", "main"], how="left")
