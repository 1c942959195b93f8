"""Do the reward's shop and its copies tell a query that is nearly right from the right one?

python -m benchmarks.mutants                                              # on a generated sample of Olist
python -m benchmarks.mutants --olist ../shared/data/olist --golds 600     # on the published tables: three minutes
python -m benchmarks.mutants --olist ../shared/data/olist --golds 0       # the mutants of all golds: an hour

A mutant is a gold query with one usual mistake (`mutations`). It is judged on the reward's shop and on the whole one, each with
its copies. `pass_share` is how many of the mutants that are wrong on the whole shop pass on the reward's: overall, for each kind
of mistake, and (`old`) with the sampling that this one replaced, whose code is kept here as the baseline. Golds are taken from
all shapes alike; `pass_share_all` weighs each shape by its number of golds, as a run over all of them would. `questions_lost` are
golds whose result on a copy is the original's, so that they cannot be asked. `rate_ratio` is verdicts per second of processor
time, new over old sampling, in turns. The last line is one JSON object.
"""

import argparse
import itertools
import json
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import polars as pl
import psutil
import sqlglot
from sqlglot import expressions as exp

from benchmarks.real import through
from benchmarks.rewards_replies import MIX, broken, right
from stages.clean import Clean
from stages.clean import main as clean
from stages.ingest import Ingest
from stages.ingest import main as ingest
from vitrine import tables
from vitrine.facts import analyst, questions, shop
from vitrine.params import composition
from vitrine.settings import parse
from vitrine.tables.published import olist
from vitrine.verifiers.sql.judge import Sandbox, gold_results, is_ordered, judge, same_result

SEED = 7
SAMPLE_ROWS = 4_000
RATED = 15  # golds in each turn of the rate, with eight replies each; short turns, so that a busy machine hinders both alike
TURNS = 40

# ----------------------------------------------------------------------------------------------------- the mistakes

COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ)
SWAPPED = {exp.GT: exp.GTE, exp.GTE: exp.GT, exp.LT: exp.LTE, exp.LTE: exp.LT}
AGGREGATES = {exp.Sum: (exp.Avg, exp.Max), exp.Avg: (exp.Sum, exp.Max), exp.Min: (exp.Max,), exp.Max: (exp.Min,)}
PARTS_OF_A_DATE = {exp.Year: "year", exp.Month: "month"}
WITH_ORDERS = {"orders", "order_items", "order_payments", "order_reviews"}


def mutations(gold: str) -> Iterator[tuple[str, str]]:
    """Pairs of a kind of mistake and the gold query with that mistake at one place."""
    tree = sqlglot.parse_one(gold, read="duckdb")
    original, seen = tree.sql("duckdb"), set()
    for place, node in enumerate(tree.walk()):
        for kind, changed in _mistakes(node):
            mutant = _with(tree, place, changed)
            if mutant != original and mutant not in seen:
                seen.add(mutant)
                yield kind, mutant


def _mistakes(node: exp.Expression) -> Iterator[tuple[str, exp.Expression | None]]:
    """What may stand in the place of a node, which is left as it is; None: nothing."""
    if isinstance(node, exp.Column) and node.name == "customer_unique_id":
        yield "ids_for_people", exp.column("customer_id", table=node.table or None)
    if type(node) in SWAPPED:
        yield "edge", SWAPPED[type(node)](this=node.this.copy(), expression=node.expression.copy())
    if isinstance(node, exp.EQ) and type(node.this) in PARTS_OF_A_DATE and node.expression.is_int:
        for step in (-1, 1):
            number = exp.Literal.number(int(node.expression.this) + step)
            yield PARTS_OF_A_DATE[type(node.this)], exp.EQ(this=node.this.copy(), expression=number)
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct) and len(node.this.expressions) == 1:
        yield "distinct", exp.Count(this=node.this.expressions[0].copy())
    if isinstance(node, exp.Select) and node.args.get("distinct"):
        plain = node.copy()
        plain.set("distinct", None)
        yield "distinct", plain
    for other in AGGREGATES.get(type(node), ()):
        yield "aggregate", other(this=node.this.copy())
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        select = node.find_ancestor(exp.Select)
        if select and {table.name for table in select.find_all(exp.Table)} & WITH_ORDERS:
            yield "aggregate", exp.Count(this=exp.Distinct(expressions=[exp.column("order_id")]))
        if select and "orders" in _joined(select):
            yield "count_column", exp.Count(this=exp.column("order_delivered_customer_date"))
    if isinstance(node, COMPARISONS) and node.expression.is_int:
        number = exp.Literal.number(int(node.expression.this) + 1)
        yield "literal", type(node)(this=node.this.copy(), expression=number)
    if isinstance(node, exp.Year) and (dates := list(node.find_all(exp.Column))) and dates[0].name == "order_purchase_timestamp":
        delivered = node.copy()
        for date in delivered.find_all(exp.Column):
            date.set("this", exp.to_identifier("order_delivered_customer_date"))
        yield "delivery_year", delivered
    if isinstance(node, exp.And):
        yield "condition", node.this.copy()
        yield "condition", node.expression.copy()
    if isinstance(node, (exp.Where, exp.Having)) and not isinstance(node.this, exp.And):
        yield "condition", None


def _joined(select: exp.Select) -> set[str]:
    """The names of the tables in its own FROM and JOIN, without those of the queries in it."""
    parts = [select.args.get("from_") or select.args.get("from"), *select.args.get("joins", ())]
    return {part.this.name for part in parts if part and isinstance(part.this, exp.Table)}


def _with(tree: exp.Expression, place: int, changed: exp.Expression | None) -> str:
    """The query with another node at the place of one, counted in the order of `walk`."""
    copy = tree.copy()
    node = next(itertools.islice(copy.walk(), place, None))
    if node is copy and changed is not None:
        return changed.sql("duckdb")
    node.replace(changed) if changed is not None else node.pop()
    return copy.sql("duckdb")


# ---------------------------------------------------------------------------------------------------------- the shops


def old_sampling(clean_: Path, folder: Path, *, orders: int, seed: int) -> None:
    """The shop as it was drawn before: random orders, and copies of others with their values shuffled."""
    everything = {name: tables.scan(clean_ / "olist" / f"{name}.parquet", olist.TABLES[name]).collect() for name in shop.COLUMNS}
    for copy, name in enumerate(shop.COPIES):
        most = everything["orders"].height if not copy else round(0.8 * everything["orders"].height)
        part = _old_part(everything, min(orders, most), seed + copy)
        for table, frame in (_old_copy(part, seed + copy) if copy else part).items():
            tables.write(folder / name / f"{table}.parquet", frame, shop.schema(table))


def _old_part(everything: Mapping[str, pl.DataFrame], orders: int, seed: int) -> dict[str, pl.DataFrame]:
    chosen = everything["orders"].sort("order_id").sample(orders, shuffle=True, seed=seed).sort("order_id")

    def of(table: str, key: str, owner: pl.DataFrame) -> pl.DataFrame:
        return everything[table].join(owner.select(key).unique(), on=key, how="semi").sort(shop.COLUMNS[table])

    items = of("order_items", "order_id", chosen)
    return {
        "orders": chosen,
        "customers": of("customers", "customer_id", chosen),
        "order_items": items,
        "products": of("products", "product_id", items),
        "sellers": of("sellers", "seller_id", items),
        "order_payments": of("order_payments", "order_id", chosen),
        "order_reviews": of("order_reviews", "order_id", chosen),
    }


def _old_copy(part: Mapping[str, pl.DataFrame], seed: int) -> dict[str, pl.DataFrame]:
    def moved(table: str, column: str) -> pl.DataFrame:
        return part[table].with_columns(pl.col(column).shuffle(seed=seed))

    factor = 1.0 + (seed % 5 + 1) / 20
    return {
        "orders": moved("orders", "order_status"),
        "customers": moved("customers", "customer_state"),
        "products": moved("products", "product_category_name"),
        "sellers": part["sellers"],
        "order_payments": moved("order_payments", "payment_type").with_columns((pl.col("payment_value") * factor).round(2)),
        "order_items": moved("order_items", "freight_value").with_columns((pl.col("price") * factor).round(2)),
        "order_reviews": moved("order_reviews", "review_score"),
    }


def cleaned(published: Path | None, folder: Path) -> Path:
    """The folder of clean tables: of the published ones, or of a generated sample."""
    if published is not None:
        through("olist", published.parent, folder)
        (folder / "tables").mkdir()
        (folder / "clean").rename(folder / "tables" / "olist")
        return folder / "tables"
    composed = composition([f"ingest.sources.olist.rows={SAMPLE_ROWS}"])
    moved = {"raw": str(folder / "raw"), "clean": str(folder / "clean")}
    ingest.body(parse(Ingest, "ingest", composed["ingest"] | {"source": "olist", "raw": moved["raw"]}))
    clean.body(parse(Clean, "clean", composed["clean"] | {"source": "olist"} | moved))
    return folder / "clean"


def opened(folder: Path) -> Sandbox:
    return Sandbox({name: folder / name for name in shop.COPIES}, workers=1)


# ------------------------------------------------------------------------------------------------------ what is measured


def golds_of(clean_: Path, count: int) -> list[tuple[str, str]]:
    """Pairs of a shape and a gold query: so many of the grammar, the shapes in turn (0: all), and all of the analyst's."""
    grammar = itertools.islice(questions.examples(clean_, seed=SEED), count or None)
    found = [(one["id"].partition(":")[0], str(one["sql"])) for one in grammar]
    return [*found, *(("analyst", one.sql) for one in analyst.questions())]


def tells(box: Sandbox, gold: str) -> bool:
    """As `vitrine.tasks.sql` asks before a question is taken."""
    first, *copies = gold_results(gold, box).values()
    return bool(first.rows) and not any(same_result(first, copy) for copy in copies)


def equals(box: Sandbox, said: str, gold: str) -> bool:
    """What `judge` calls equal, without the copies where the original differs, and without partial credit."""
    right = gold_results(gold, box)
    return same_result(right[box.original], box.run(said), is_ordered(gold)) and judge(said, gold, box).equal


def passes(golds: Sequence[tuple[str, str]], boxes: Mapping[str, Sandbox], whole: Sandbox) -> list[dict[str, Any]]:
    """Every mutant that fails on the whole shop, and whether it passes on the others."""
    found = []
    for shape, gold in golds:
        for kind, mutant in mutations(gold):
            if not equals(whole, mutant, gold):
                verdicts = {name: judge(mutant, gold, box).equal for name, box in boxes.items()}
                found.append({"shape": shape, "kind": kind, "gold": gold, "mutant": mutant} | verdicts)
    return found


def shares(found: Sequence[Mapping[str, Any]], name: str, by: str) -> dict[str, list[float]]:
    """For each kind: how many of its wrong mutants pass, and how many mutants that is."""
    passed, failed = Counter[str](), Counter[str]()
    for one in found:
        failed[one[by]] += 1
        passed[one[by]] += one[name]
    return {key: [round(passed[key] / failed[key], 4), failed[key]] for key in sorted(failed)}


def share_of_all(
    found: Sequence[Mapping[str, Any]], name: str, golds: Sequence[tuple[str, str]], sizes: Mapping[str, int]
) -> float:
    """The share of mutants that pass, had every gold of every shape been tried: each counts for those like it."""
    taken = Counter(shape for shape, _ in golds)
    weights = [sizes[one["shape"]] / taken[one["shape"]] for one in found]
    return sum(weight * one[name] for weight, one in zip(weights, found, strict=True)) / max(1e-9, sum(weights))


def worked() -> float:
    """Seconds of processor time of this process, of those below it, and of those that ended below them."""
    own = psutil.Process()
    return sum(sum(process.cpu_times()[:4]) for process in [own, *own.children(recursive=True)])


def rated(golds: Sequence[str], boxes: Mapping[str, Sandbox]) -> dict[str, float]:
    """Seconds of processor time that a verdict takes in each shop: the mean over all turns, in which the shops take turns."""
    spent: dict[str, list[float]] = {name: [] for name in boxes}
    for turn in range(TURNS):
        asked = random.Random(turn).sample(golds, min(RATED, len(golds)))
        for name in list(boxes)[:: 1 if turn % 2 else -1]:
            spent[name].append(seconds_a_verdict(boxes[name], asked, turn))
    return {name: fmean(values) for name, values in spent.items()}


def seconds_a_verdict(box: Sandbox, golds: Sequence[str], turn: int) -> float:
    """On the mix of replies of a model in training, whose gold results are known."""
    box.clear_cache()
    for gold in golds:
        box.preload(gold, {name: result.to_json() for name, result in gold_results(gold, box).items()})
    chance, replies = random.Random(turn), [kind for kind, share in MIX.items() for _ in range(share)]
    wrong = [[mutant for _, mutant in mutations(gold)] or [golds[place - 1]] for place, gold in enumerate(golds)]
    pairs = []
    for place, gold in enumerate(golds):
        for number in range(8):
            kind, unique = replies[(place * 8 + number) % len(replies)], 1_000 * turn + 8 * place + number
            said = {
                "right": right(gold, unique),
                "wrong": f"{chance.choice(wrong[place])} -- {unique}",
                "broken": broken(gold, unique),
            }
            pairs.append((said[kind], gold))
    before = worked()
    for reply, gold in pairs:
        judge(reply, gold, box)
    return (worked() - before) / len(pairs)


def measured(clean_: Path, folder: Path, golds: Sequence[tuple[str, str]], orders: int) -> dict[str, Any]:
    old_sampling(clean_, folder / "old", orders=orders, seed=SEED)
    shop.build(clean_, folder / "new", orders=orders, seed=SEED)
    shop.build(clean_, folder / "whole", orders=None, seed=SEED)
    sizes = Counter(shape for shape, _ in golds_of(clean_, 0))
    with opened(folder / "old") as old, opened(folder / "new") as new, opened(folder / "whole") as whole:
        told = {name: {gold for _, gold in golds if tells(box, gold)} for name, box in (("old", old), ("new", new))}
        found = passes(golds, {"new": new, "old": old}, whole)
        both = sorted(told["old"] & told["new"])
        seconds = rated(both, {"old": old, "new": new})
    asked_new = [one for one in found if one["gold"] in told["new"]]
    return {
        "golds": len(golds),
        "mutants_wrong": len(found),
        "pass_share": round(sum(one["new"] for one in found) / max(1, len(found)), 4),
        "pass_share_all": round(share_of_all(found, "new", golds, sizes), 4),
        "pass_share_of_asked": round(sum(one["new"] for one in asked_new) / max(1, len(asked_new)), 4),
        "by_kind": shares(found, "new", "kind"),
        "by_shape": shares(found, "new", "shape"),
        "old": {
            "pass_share": round(sum(one["old"] for one in found) / max(1, len(found)), 4),
            "pass_share_all": round(share_of_all(found, "old", golds, sizes), 4),
            "by_kind": shares(found, "old", "kind"),
        },
        "questions_lost": {name: len({gold for _, gold in golds} - told[name]) for name in told},
        "lost_now": sorted({gold for _, gold in golds} - told["new"])[:20],
        "lost_only_now": len(told["old"] - told["new"]),
        "cpu_ms_a_verdict": {name: round(1000 * value, 3) for name, value in seconds.items()},
        "rate_ratio": round(seconds["old"] / seconds["new"], 3),
        "passing": [{key: one[key] for key in ("kind", "gold", "mutant")} for one in found if one["new"]],
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--olist", type=Path, help="folder of the published tables; default: a generated sample")
    options.add_argument("--golds", type=int, default=600, help="gold queries of the grammar; 0: all of them")
    options.add_argument("--orders", type=int, default=1500, help="orders of the reward's shop")
    options.add_argument("--passing", type=Path, help="write the mutants that pass to this file")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-mutants-") as folder:
        clean_ = cleaned(asked.olist, Path(folder))
        found = measured(clean_, Path(folder), golds_of(clean_, asked.golds), asked.orders)
    passing = found.pop("passing")
    if asked.passing:
        asked.passing.write_text(json.dumps(passing, indent=1))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
