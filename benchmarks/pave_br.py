"""PAVE-Br: the two systems whose predictions stand in the published files, and baselines, by micro F1 with paired differences.

python -m benchmarks.pave_br                                   # the sample, generated
python -m benchmarks.pave_br --data ../shared/data/pave_br     # the published files: a quarter of a minute

The files are read and cleaned as the stages do it: rows that nobody annotated, or that repeat another, are left out. Only
attributes are scored for which both systems have a column. Three metrics, each a micro F1 over (attribute, value) pairs:

written      cells are compared character by character, and only an empty cell is absent
normalized   whole values, after `vitrine.verifiers.values`: case, accents, blanks, "Não informado"
task         the grader of `atributos`: items of lists, and Portuguese spellings

`longest match` and `most common` are fitted on four fifths of the products and predict the last fifth, in turn. A product
(listings with the same title) is the unit of resampling: intervals are of a cluster bootstrap, p is that of a test that swaps
the two systems' values of a product at random. The last line is one JSON object.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import yaml

from vitrine.cleaning import run
from vitrine.cleaning.by_source import CLEANERS, Options
from vitrine.evaluation.scores.statistics import holm
from vitrine.facts import annotated, sample
from vitrine.sources import SOURCES
from vitrine.sources.landing import land
from vitrine.tasks import atributos
from vitrine.tasks.longest_match import LongestMatch
from vitrine.verifiers import values

ROOT = Path(__file__).resolve().parents[1]
SAMPLE, FOLDS, SEED = 1_600, 5, 7
DRAWS, BLOCK = 10_000, 500
PUBLISHED = ("vendor", "model")
BASELINES = ("longest match", "most common")
METRICS = ("written", "normalized", "task")
Counts = npt.NDArray[np.float64]  # a row for each listing, or product: true positives, false positives, false negatives
Record = Mapping[str, str]


def listings(data: Path | None, folder: Path) -> list[dict[str, Any]]:
    """The clean rows, with the raw cells as `written`."""
    source = SOURCES["pave_br"]
    if data is None:
        data = folder / "files"
        source.generate(data, rows=SAMPLE, seed=SEED)
    land(source, source.read(data), folder / "raw")
    options = Options.model_validate(yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())["sources"])
    run.clean(CLEANERS["pave_br"](options.pave_br), folder / "raw", folder / "clean")
    raw = pl.read_parquet(folder / "raw" / "listings.parquet").select(
        "id", **{f"written_{name}": name for name in ("values", *PUBLISHED)}
    )
    clean = pl.read_parquet(folder / "clean" / "listings.parquet")
    return clean.join(raw.unique("id", keep="first"), on="id", how="left", maintain_order="left").to_dicts()


def asked(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """By product type, the attributes for which both systems have a column."""
    found: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        of_type = found.setdefault(row["type"], {system: set() for system in PUBLISHED})
        for system in PUBLISHED:
            of_type[system].update(name for name, value in zip(row["attributes"], row[system], strict=True) if value)
    return {kind: sorted(set.intersection(*named.values())) for kind, named in found.items()}


def predictions(rows: Sequence[dict[str, Any]], names: Mapping[str, list[str]]) -> dict[str, list[dict[str, list[str]]]]:
    """Of the two baselines, cross-fitted by product."""
    examples = [annotated.example(row) for row in rows]
    for example in examples:
        example["attributes"] = names[example["type"]]
        example["values"] = {name: example["values"][name] for name in example["attributes"]}
    products = pl.DataFrame({"product": sorted({example["entity"] for example in examples})})
    fold = {
        product: place % FOLDS for place, product in enumerate(sample.shuffled(products, key="product", seed=SEED)["product"])
    }
    found: dict[str, list[dict[str, list[str]]]] = {name: [{}] * len(rows) for name in BASELINES}
    for held_out in range(FOLDS):
        baseline = LongestMatch(example for example in examples if fold[example["entity"]] != held_out)
        for place, example in enumerate(examples):
            if fold[example["entity"]] == held_out:
                found["longest match"][place] = baseline.predict(example)
                found["most common"][place] = baseline.most_common(example)
    return found


def counts(gold: Record, predicted: Record, same: Callable[[str], str]) -> tuple[float, float, float]:
    """Pairs of whole values: a wrong value is a false positive and a false negative."""
    true, given = ({name: same(value) for name, value in record.items()} for record in (gold, predicted))
    hits = sum(bool(value) and value == given[name] for name, value in true.items())
    return hits, sum(map(bool, given.values())) - hits, sum(map(bool, true.values())) - hits


def graded(gold: Record, predicted: Mapping[str, Any]) -> tuple[float, float, float]:
    facts = {"true": atributos.record({"values": gold})}
    parts = atributos.grade(json.dumps(predicted, ensure_ascii=False), facts).components
    return parts["tp"], parts["fp"], parts["fn"]


def measure(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Counts]]:
    """The counts of every system by metric, a row for each listing."""
    names = asked(rows)
    own = predictions(rows, names)

    def record(row: Mapping[str, Any], column: str) -> dict[str, str]:
        cells = dict(zip(row["attributes"], row[column], strict=True))
        return {name: cells[name] for name in names[row["type"]]}

    scored: dict[str, dict[str, list[tuple[float, float, float]]]] = {metric: {} for metric in METRICS}
    for system in (*PUBLISHED, *BASELINES):
        for place, row in enumerate(rows):
            gold = record(row, "values")
            given = record(row, system) if system in PUBLISHED else own[system][place]
            whole = {name: ", ".join(value) if isinstance(value, list) else value for name, value in given.items()}
            found = {"normalized": counts(gold, whole, values.normalize), "task": graded(gold, given)}
            if system in PUBLISHED:
                found["written"] = counts(record(row, "written_values"), record(row, f"written_{system}"), str)
            for metric, parts in found.items():
                scored[metric].setdefault(system, []).append(parts)
    return {metric: {system: np.array(parts) for system, parts in of.items()} for metric, of in scored.items()}


# ------------------------------------------------------------------------------------------------- statistics


def micro_f1(sums: Counts) -> npt.NDArray[np.float64]:
    """Of counts in the last axis."""
    found: npt.NDArray[np.float64] = 2 * sums[..., 0] / np.maximum(2 * sums[..., 0] + sums[..., 1] + sums[..., 2], 1)
    return found


def by_product(parts: Counts, products: Sequence[str]) -> Counts:
    number: dict[str, int] = {}
    index = [number.setdefault(product, len(number)) for product in products]
    return np.stack([np.bincount(index, weights=column) for column in parts.T], axis=1)


def resampled(systems: Sequence[Counts], rng: np.random.Generator) -> list[npt.NDArray[np.float64]]:
    """The micro F1 of each system on the same `DRAWS` / 10 samples of products."""
    size = len(systems[0])
    weights = rng.multinomial(size, np.full(size, 1 / size), DRAWS // 10).astype(np.float64)
    return [micro_f1(weights @ system) for system in systems]


def ends(numbers: npt.NDArray[np.float64]) -> list[float]:
    return [round(float(end), 4) for end in np.quantile(numbers, [0.025, 0.975])]


def swapped(one: Counts, other: Counts, rng: np.random.Generator) -> float:
    """The p-value: the share of random swaps of products' values that leave as large a difference of micro F1."""
    observed = abs(micro_f1(one.sum(0)) - micro_f1(other.sum(0)))
    total, reached = one.sum(0) + other.sum(0), 1
    for _ in range(DRAWS // BLOCK):
        ours = (coins := rng.integers(0, 2, (BLOCK, len(one))).astype(np.float64)) @ one + (1 - coins) @ other
        reached += int(np.count_nonzero(np.abs(micro_f1(ours) - micro_f1(total - ours)) >= observed - 1e-12))
    return reached / (DRAWS + 1)


def figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    products = [annotated.example(row)["entity"] for row in rows]
    scores: dict[str, dict[str, Any]] = {}
    differences: list[dict[str, Any]] = []
    p_values: list[float] = []
    for metric, systems in measure(rows).items():
        rng = np.random.default_rng(SEED)
        grouped = {system: by_product(parts, products) for system, parts in systems.items()}
        drawn = dict(zip(grouped, resampled(list(grouped.values()), rng), strict=True))
        scores[metric] = {
            system: {"f1": round(float(micro_f1(parts.sum(0))), 4), "interval": ends(drawn[system])}
            for system, parts in grouped.items()
        }
        pairs = [
            (one, other) for place, other in enumerate(grouped) for one in list(grouped)[place + 1 :] if one != "most common"
        ]
        for one, other in pairs:
            mean = float(micro_f1(grouped[one].sum(0)) - micro_f1(grouped[other].sum(0)))
            difference = {"metric": metric, "better": one, "than": other, "mean": round(mean, 4)}
            p_values.append(swapped(grouped[one], grouped[other], rng))
            differences.append(difference | {"interval": ends(drawn[one] - drawn[other])})
    for difference, p, adjusted in zip(differences, p_values, holm(p_values), strict=True):
        difference |= {"p": round(p, 5), "p_holm": round(adjusted, 5)}
    return {"n": len(rows), "products": len(set(products)), "scores": scores, "differences": differences}


def by_metric(differences: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """{"task": {"model - vendor": {"mean": …, "interval": …, "p": …, "p_holm": …}}}: each has a key of its own in a record."""
    found: dict[str, dict[str, Any]] = {}
    for pair in differences:
        numbers = {key: pair[key] for key in ("mean", "interval", "p", "p_holm")}
        found.setdefault(pair["metric"], {})[f"{pair['better']} - {pair['than']}"] = numbers
    return found


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder with the published CSVs; without it, a sample is generated")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="vitrine-pave-br-") as folder:
        found = figures(listings(given.data, Path(folder)))
    print(f"{found['n']} listings of {found['products']} products; micro F1 and its 95 % interval")
    shown = partial("{:15}{:>26}{:>26}{:>26}".format)
    print(shown("", *METRICS))
    for system in (*PUBLISHED, *BASELINES):
        cells = [found["scores"][metric].get(system) for metric in METRICS]
        print(
            shown(
                system,
                *(f"{cell['f1']:.3f} [{cell['interval'][0]:.3f}, {cell['interval'][1]:.3f}]" if cell else "" for cell in cells),
            )
        )
    for pair in found["differences"]:
        low, high = pair["interval"]
        print(
            f"{pair['metric']}: {pair['better']} - {pair['than']} = {pair['mean']:+.3f} [{low:+.3f}, {high:+.3f}], "
            f"p {pair['p']:.4f}, {pair['p_holm']:.4f} after Holm's correction"
        )
    named = found | {"differences": by_metric(found["differences"])}
    print(json.dumps({"source": "published" if given.data else "sample"} | named))


if __name__ == "__main__":
    main()
