"""Do the shop databases of the SQL reward tell slightly wrong queries from the right one?

python -m benchmarks.mutants                                              # on a generated sample of Olist
python -m benchmarks.mutants --olist ../shared/data/olist --golds 600     # on the published tables: three minutes
python -m benchmarks.mutants --olist ../shared/data/olist --golds 0       # the mutants of all gold queries: an hour

A mutant is a gold query with one common mistake (`mutations`). It is judged on the reward's small shop and on the whole shop,
each with its perturbed copies. `pass_share` is the share of mutants that are wrong on the whole shop but pass on the small one:
overall, for each kind of mistake, and (`old`) with the previous sampling of orders, which is kept here as the baseline. Gold
queries are taken equally from all question templates; `pass_share_all` weights each template by its number of gold queries.
`questions_lost` counts gold queries that cannot be used, because a copy gives the same result as the original. `rate_ratio` is
verdicts per second of processor time, new over old sampling, measured in turns. The last line is one JSON object.
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

from benchmarks.real import ingest_and_clean
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
RATED = 15  # gold queries per turn, with eight replies each; in short turns, other work on the machine slows both equally
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
    """Pairs of a kind of mistake and a replacement for the node (None: delete it). The node itself is not changed."""
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
    """The tables in the FROM and JOINs of this SELECT, without those of its subqueries."""
    parts = [select.args.get("from_") or select.args.get("from"), *select.args.get("joins", ())]
    return {part.this.name for part in parts if part and isinstance(part.this, exp.Table)}


def _with(tree: exp.Expression, place: int, changed: exp.Expression | None) -> str:
    """The query with one node replaced. `place` is its position in the order of `walk`."""
    copy = tree.copy()
    node = next(itertools.islice(copy.walk(), place, None))
    if node is copy and changed is not None:
        return changed.sql("duckdb")
    node.replace(changed) if changed is not None else node.pop()
    return copy.sql("duckdb")


# ---------------------------------------------------------------------------------------------------------- the shops


def old_sampling(clean_tables: Path, folder: Path, *, orders: int, seed: int) -> None:
    """The previous sampling: random orders, and copies with other orders and shuffled values."""
    all_tables = {
        name: tables.scan(clean_tables / "olist" / f"{name}.parquet", olist.TABLES[name]).collect() for name in shop.COLUMNS
    }
    for copy, name in enumerate(shop.COPIES):
        most = all_tables["orders"].height if not copy else round(0.8 * all_tables["orders"].height)
        part = _old_part(all_tables, min(orders, most), seed + copy)
        for table, frame in (_old_copy(part, seed + copy) if copy else part).items():
            tables.write(folder / name / f"{table}.parquet", frame, shop.schema(table))


def _old_part(all_tables: Mapping[str, pl.DataFrame], orders: int, seed: int) -> dict[str, pl.DataFrame]:
    chosen = all_tables["orders"].sort("order_id").sample(orders, shuffle=True, seed=seed).sort("order_id")

    def of(table: str, key: str, owner: pl.DataFrame) -> pl.DataFrame:
        return all_tables[table].join(owner.select(key).unique(), on=key, how="semi").sort(shop.COLUMNS[table])

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
    def shuffled(table: str, column: str) -> pl.DataFrame:
        return part[table].with_columns(pl.col(column).shuffle(seed=seed))

    factor = 1.0 + (seed % 5 + 1) / 20
    return {
        "orders": shuffled("orders", "order_status"),
        "customers": shuffled("customers", "customer_state"),
        "products": shuffled("products", "product_category_name"),
        "sellers": part["sellers"],
        "order_payments": shuffled("order_payments", "payment_type").with_columns((pl.col("payment_value") * factor).round(2)),
        "order_items": shuffled("order_items", "freight_value").with_columns((pl.col("price") * factor).round(2)),
        "order_reviews": shuffled("order_reviews", "review_score"),
    }


def clean_source(published: Path | None, folder: Path) -> Path:
    """The folder of clean tables, from the published files or from a generated sample."""
    if published is not None:
        ingest_and_clean("olist", published.parent, folder)
        (folder / "tables").mkdir()
        (folder / "clean").rename(folder / "tables" / "olist")
        return folder / "tables"
    composed = composition([f"ingest.sources.olist.rows={SAMPLE_ROWS}"])
    paths = {"raw": str(folder / "raw"), "clean": str(folder / "clean")}
    ingest.body(parse(Ingest, "ingest", composed["ingest"] | {"source": "olist", "raw": paths["raw"]}))
    clean.body(parse(Clean, "clean", composed["clean"] | {"source": "olist"} | paths))
    return folder / "clean"


def open_sandbox(folder: Path) -> Sandbox:
    return Sandbox({name: folder / name for name in shop.COPIES}, workers=1)


# ------------------------------------------------------------------------------------------------------- measurements


def golds_of(clean_tables: Path, count: int) -> list[tuple[str, str]]:
    """Pairs of question template and gold query: `count` of the grammar (0: all), templates in turn, and the analyst's."""
    grammar = itertools.islice(questions.examples(clean_tables, seed=SEED), count or None)
    pairs = [(example["id"].partition(":")[0], str(example["sql"])) for example in grammar]
    return [*pairs, *(("analyst", question.sql) for question in analyst.questions())]


def is_usable(sandbox: Sandbox, gold: str) -> bool:
    """The condition of `vitrine.tasks.sql` for a question: rows in the original, and another result on each copy."""
    first, *copies = gold_results(gold, sandbox).values()
    return bool(first.rows) and not any(same_result(first, copy) for copy in copies)


def equals(sandbox: Sandbox, reply: str, gold: str) -> bool:
    """`judge(…).equal`, but faster: the copies are not queried if the results on the original differ."""
    right = gold_results(gold, sandbox)
    return same_result(right[sandbox.original], sandbox.run(reply), is_ordered(gold)) and judge(reply, gold, sandbox).equal


def wrong_mutants(golds: Sequence[tuple[str, str]], sandboxes: Mapping[str, Sandbox], whole: Sandbox) -> list[dict[str, Any]]:
    """Every mutant that is wrong on the whole shop, and whether it passes on the other shops."""
    mutants = []
    for shape, gold in golds:
        for kind, mutant in mutations(gold):
            if not equals(whole, mutant, gold):
                verdicts = {name: judge(mutant, gold, sandbox).equal for name, sandbox in sandboxes.items()}
                mutants.append({"shape": shape, "kind": kind, "gold": gold, "mutant": mutant} | verdicts)
    return mutants


def shares(mutants: Sequence[Mapping[str, Any]], name: str, by: str) -> dict[str, list[float]]:
    """For each value of the column `by`: the share of wrong mutants that pass, and the number of wrong mutants."""
    passed, total = Counter[str](), Counter[str]()
    for mutant in mutants:
        total[mutant[by]] += 1
        passed[mutant[by]] += mutant[name]
    return {key: [round(passed[key] / total[key], 4), total[key]] for key in sorted(total)}


def share_of_all(
    mutants: Sequence[Mapping[str, Any]], name: str, golds: Sequence[tuple[str, str]], sizes: Mapping[str, int]
) -> float:
    """The share of mutants that pass, with each template weighted by its number of gold queries."""
    taken = Counter(shape for shape, _ in golds)
    weights = [sizes[mutant["shape"]] / taken[mutant["shape"]] for mutant in mutants]
    return sum(weight * mutant[name] for weight, mutant in zip(weights, mutants, strict=True)) / max(1e-9, sum(weights))


def processor_seconds() -> float:
    """Processor time of this process and of its descendants, including those that have ended."""
    own = psutil.Process()
    return sum(sum(process.cpu_times()[:4]) for process in [own, *own.children(recursive=True)])


def verdict_seconds(golds: Sequence[str], sandboxes: Mapping[str, Sandbox]) -> dict[str, float]:
    """Processor seconds per verdict in each shop: the mean over turns in which all shops are measured."""
    spent: dict[str, list[float]] = {name: [] for name in sandboxes}
    for turn in range(TURNS):
        chosen = random.Random(turn).sample(golds, min(RATED, len(golds)))
        for name in list(sandboxes)[:: 1 if turn % 2 else -1]:
            spent[name].append(seconds_per_verdict(sandboxes[name], chosen, turn))
    return {name: fmean(values) for name, values in spent.items()}


def seconds_per_verdict(sandbox: Sandbox, golds: Sequence[str], turn: int) -> float:
    """Processor seconds per verdict on the mix of replies of a model in training. Gold results are preloaded."""
    sandbox.clear_cache()
    for gold in golds:
        sandbox.preload(gold, {name: result.to_json() for name, result in gold_results(gold, sandbox).items()})
    rng, kinds = random.Random(turn), [kind for kind, share in MIX.items() for _ in range(share)]
    wrong = [[mutant for _, mutant in mutations(gold)] or [golds[place - 1]] for place, gold in enumerate(golds)]
    pairs = []
    for place, gold in enumerate(golds):
        for number in range(8):
            kind, unique = kinds[(place * 8 + number) % len(kinds)], 1_000 * turn + 8 * place + number
            variants = {
                "right": right(gold, unique),
                "wrong": f"{rng.choice(wrong[place])} -- {unique}",
                "broken": broken(gold, unique),
            }
            pairs.append((variants[kind], gold))
    before = processor_seconds()
    for reply, gold in pairs:
        judge(reply, gold, sandbox)
    return (processor_seconds() - before) / len(pairs)


def measure(clean_tables: Path, folder: Path, golds: Sequence[tuple[str, str]], orders: int) -> dict[str, Any]:
    old_sampling(clean_tables, folder / "old", orders=orders, seed=SEED)
    shop.build(clean_tables, folder / "new", orders=orders, seed=SEED)
    shop.build(clean_tables, folder / "whole", orders=None, seed=SEED)
    sizes = Counter(shape for shape, _ in golds_of(clean_tables, 0))
    with open_sandbox(folder / "old") as old, open_sandbox(folder / "new") as new, open_sandbox(folder / "whole") as whole:
        usable = {name: {gold for _, gold in golds if is_usable(sandbox, gold)} for name, sandbox in (("old", old), ("new", new))}
        mutants = wrong_mutants(golds, {"new": new, "old": old}, whole)
        both = sorted(usable["old"] & usable["new"])
        seconds = verdict_seconds(both, {"old": old, "new": new})
    of_usable = [mutant for mutant in mutants if mutant["gold"] in usable["new"]]
    return {
        "golds": len(golds),
        "mutants_wrong": len(mutants),
        "pass_share": round(sum(mutant["new"] for mutant in mutants) / max(1, len(mutants)), 4),
        "pass_share_all": round(share_of_all(mutants, "new", golds, sizes), 4),
        "pass_share_of_asked": round(sum(mutant["new"] for mutant in of_usable) / max(1, len(of_usable)), 4),
        "by_kind": shares(mutants, "new", "kind"),
        "by_shape": shares(mutants, "new", "shape"),
        "old": {
            "pass_share": round(sum(mutant["old"] for mutant in mutants) / max(1, len(mutants)), 4),
            "pass_share_all": round(share_of_all(mutants, "old", golds, sizes), 4),
            "by_kind": shares(mutants, "old", "kind"),
        },
        "questions_lost": {name: len({gold for _, gold in golds} - usable[name]) for name in usable},
        "lost_now": sorted({gold for _, gold in golds} - usable["new"])[:20],
        "lost_only_now": len(usable["old"] - usable["new"]),
        "cpu_ms_a_verdict": {name: round(1000 * value, 3) for name, value in seconds.items()},
        "rate_ratio": round(seconds["old"] / seconds["new"], 3),
        "passing": [{key: mutant[key] for key in ("kind", "gold", "mutant")} for mutant in mutants if mutant["new"]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--olist", type=Path, help="folder of the published files (default: a generated sample)")
    parser.add_argument("--golds", type=int, default=600, help="gold queries of the grammar (default: 600; 0: all)")
    parser.add_argument("--orders", type=int, default=1500, help="orders in the small shop (default: 1500)")
    parser.add_argument("--passing", type=Path, help="write the mutants that pass to this file")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-mutants-") as folder:
        clean_tables = clean_source(args.olist, Path(folder))
        figures = measure(clean_tables, Path(folder), golds_of(clean_tables, args.golds), args.orders)
    passing = figures.pop("passing")
    if args.passing:
        args.passing.write_text(json.dumps(passing, indent=1))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
