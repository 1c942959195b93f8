"""Products with their path in Google's taxonomy, from the category that their shop has them in.

    ["Gift Cards", "Gift Cards"]                      ->  … > Gift Giving > Gift Cards & Certificates
    ["Electronics", "Headphones", "Earbud Headphones"] ->  Electronics > Audio > … > Headphones, the kind of thing it is
    ["Home & Kitchen", "Furniture", "Accent Furniture"]   ->  none: set aside, and counted

A shop's category is the last of its names; what stands behind it in the same list (a page's features, tags) is cut off. It is
mapped by name alone, whole names and never a likeness of words:

same    a category of the same name, its parts in any order, singular or plural: "Knives & Cutlery" is "Cutlery & Knives"
part    a category of which it is one part that stands for itself: "Gift Cards" of "Gift Cards & Certificates", but
        neither "Bath" nor "Body" of "Bath & Body Gift Sets"
kind    it ends with the name of a category that it lies below in its shop, and that one is mapped: the path stops there

and only if what is found lies where the department does (departments.py, or a root of the same name), or below a category that
the product lies below in its shop too. Of several, the one that shares most of the names above it; if two do, none.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.facts import departments
from vitrine.splits import sample
from vitrine.tables.published.products import PRODUCTS
from vitrine.tables.published.taxonomy import CATEGORIES, SEPARATOR
from vitrine.verifiers.taxonomy import name_key

LANGUAGE = "en-US"
NAME = r"^[^<>]{1,59}[^<>.]$"  # sentences and tags are no names of categories
DEEPEST = 8  # names of a shop's path that are looked at
PART = re.compile(r",|&|\band\b", re.IGNORECASE)
RULES = ("same", "part", "kind")
REASONS = ("no category", "no such name", "another department", "several")

Names = tuple[str, ...]
Parts = frozenset[str]


class Mapping:
    """From a shop's categories to paths of a taxonomy."""

    def __init__(self, paths: Iterable[Sequence[str]]) -> None:
        self.paths: list[Names] = [tuple(path) for path in paths]
        self._keys = {path: tuple(map(name_key, path)) for path in self.paths}
        self._above = {path: frozenset(map(parts, path[:-1])) for path in self.paths}
        self._roots = {keys[0] for keys in self._keys.values()}
        self._same: dict[Parts, list[Names]] = {}
        self._part: dict[str, list[Names]] = {}
        for path in self.paths:
            if len(path) > 1:  # a root says less than the department did
                self._same.setdefault(parts(path[-1]), []).append(path)
                for part in standing_alone(path[-1]):
                    self._part.setdefault(part, []).append(path)

    def find(self, names: Sequence[str], main: str | None = None) -> tuple[Names | None, str]:
        """The path and the rule that found it, or none and why there is none."""
        if len(names) < 2:
            return None, "no category"
        *above, leaf = names[1:]
        kinds = [name for name in reversed(above) if _is_kind(leaf, name)]
        tried = [("same", self._same.get(parts(leaf), [])), ("part", self._whole(leaf))]
        tried += [("kind", self._same.get(parts(name), [])) for name in kinds]
        why = "no such name"
        for rule, found in tried:
            placed = self._placed(found, names, main)
            if len(placed) == 1:
                return placed[0], rule
            if found and why == "no such name":
                why = "several" if placed else "another department"
        return None, why

    def _whole(self, name: str) -> list[Names]:
        """The categories of which all parts of `name` are parts that stand for themselves."""
        of_each = [self._part.get(part, []) for part in sorted(parts(name))]
        return reduce(lambda some, more: [path for path in some if path in more], of_each) if of_each else []

    def _placed(self, found: Sequence[Names], names: Sequence[str], main: str | None) -> list[Names]:
        """Those that lie where the shop has them: the ones that share most of the names above."""
        said = {parts(name) for name in names[:-1]}
        places = [place for department in (names[0], main or "") for place in self._places(department)]
        known = {path: len(said & self._above[path]) for path in found}
        fit = [path for path in found if known[path] or any(self._keys[path][: len(place)] == place for place in places)]
        most = max((known[path] for path in fit), default=0)
        return [path for path in fit if known[path] == most]

    def _places(self, department: str) -> list[Names]:
        return departments.taxonomy_places(department) + (
            [(name_key(department),)] if name_key(department) in self._roots else []
        )


@lru_cache(maxsize=65_536)
def parts(name: str) -> Parts:
    """What a name joins, each in the singular: "Knives & Cutlery" is {"knife", "cutlery"}."""
    singular = (" ".join(map(_singular, name_key(part).split())) for part in PART.split(name))
    return frozenset(part for part in singular if part)


def standing_alone(name: str) -> Parts:
    """The parts that mean by themselves what they mean together: those that no other part is longer than."""
    found = parts(name)
    longest = max((len(part.split()) for part in found), default=0)
    return frozenset(part for part in found if len(part.split()) == longest) if len(found) > 1 else frozenset()


def _singular(word: str) -> str:
    for plural, one in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("ss", "ss"), ("us", "us")):
        if word.endswith(plural) and len(word) > len(plural) + 1:
            return word[: -len(plural)] + one
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def _is_kind(leaf: str, name: str) -> bool:
    """Whether `leaf` is `name` with words before it: "Earbud Headphones" are headphones."""
    inner, outer = parts(leaf), parts(name)
    return len(inner) == len(outer) == 1 and next(iter(inner)).endswith(f" {next(iter(outer))}")


def build(clean: Path, facts: Path) -> dict[str, float]:
    """Write `facts`/taxonomy.parquet, which replies are checked against; how many products each rule mapped, or did not."""
    counted = dict.fromkeys((*RULES, *REASONS), 0.0)
    tables.write(facts / "taxonomy.parquet", _taxonomy(clean), CATEGORIES)
    for how, count in _mapped(clean).group_by("how").len().collect().iter_rows():
        counted[how] = float(count)
    return {f"categories.{how.replace(' ', '_')}": count for how, count in counted.items()}


def examples(clean: Path, *, limit: int, seed: int) -> list[dict[str, Any]]:
    """Up to `limit` products that have a path; every path has its share. A title that several products have stands once."""
    found = _mapped(clean).filter(pl.col("path").is_not_null())
    titles = pl.col("title").str.to_lowercase().str.strip_chars()
    measured = found.select("asin", "path", title=titles.hash()).collect(engine="streaming")
    distinct = measured.sort("asin").unique("title", keep="first", maintain_order=True).drop("title")
    chosen = sample.stratified(distinct, limit, key="asin", by=["path"], seed=seed)
    rows = found.select("asin", "title", entity=titles).filter(pl.col("asin").is_in(chosen["asin"].implode())).collect()
    in_order = chosen.join(rows, on="asin", how="left", maintain_order="left")
    return in_order.select("entity", "title", id="asin", path=pl.col("path").str.split(SEPARATOR)).to_dicts()


def _taxonomy(clean: Path) -> pl.DataFrame:
    """The newest version that there is in our language."""
    rows = tables.scan(clean / "taxonomy" / "categories.parquet", CATEGORIES).filter(language=LANGUAGE)
    return rows.filter(pl.col("version") == pl.col("version").max()).sort("path").collect()


def _mapped(clean: Path) -> pl.LazyFrame:
    """asin, title, path as one text, how: each distinct category of the shop is mapped once."""
    named = pl.element().str.contains(NAME).cast(pl.UInt8).cum_min() == 1
    shop = pl.col("categories").list.head(DEEPEST).list.eval(pl.element().filter(named)).list.join(SEPARATOR)
    products = tables.scan(clean / "products" / "products.parquet", PRODUCTS)
    products = products.select("asin", "title", shop=shop, main=pl.col("main_category").fill_null(""))
    distinct = products.select("shop", "main").unique().collect(engine="streaming")
    mapping = Mapping(_taxonomy(clean)["path"].to_list())
    found = [mapping.find(shop.split(SEPARATOR), main) for shop, main in distinct.iter_rows()]
    paths = [SEPARATOR.join(path) if path else None for path, _ in found]
    known = distinct.with_columns(
        path=pl.Series(paths, dtype=pl.String), how=pl.Series([how for _, how in found], dtype=pl.String)
    )
    return products.join(known.lazy(), on=["shop", "main"], how="left")
