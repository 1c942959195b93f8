"""Read the published files, from file to clean parquet, and check every total that is known of them.

python -m benchmarks.real olist ../shared/data      # make real-olist: the last line is one JSON object
python -m benchmarks.real others ../shared/data     # make real-data

Each source is pinned, ingested and cleaned as its stages do it, with the default options of `clean`, in a temporary folder.
Wrong totals are listed, and then the exit code is 1.
"""

import argparse
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from benchmarks.real_olist import KNOWN, TABLES, figures
from vitrine.cleaning import run
from vitrine.cleaning.by_source import CLEANERS, Options
from vitrine.sources import SOURCES, SourceSettings
from vitrine.sources.landing import land
from vitrine.sources.origins.pin import pin
from vitrine.tables import manifest as manifests

ROOT = Path(__file__).resolve().parents[1]
Figures = dict[str, Any]
NO_SOURCE = {
    "ecinstruct/ecinstruct_task_instructions.json": "the texts of the ten tasks",
    "ecinstruct/qpr_test_labels.json": "ranking labels",
    "ptbr_reviews": "B2W-Reviews01",
    "ptbr_text": "Machado de Assis",
    "text2sql_olist": "questions with SQL",
    "attribute_extraction": "OA-Mine, AE-110K, WDC-PAVE",
    "product_qa": "hetPQA, semiPQA",
}


# ------------------------------------------------------------------------------- files with their published names


def linked(*patterns: str) -> Callable[[Path, Path], None]:
    def lay_out(data: Path, folder: Path) -> None:
        for path in sorted(path for pattern in patterns for path in data.glob(pattern)):
            (folder / path.name).symlink_to(path)

    return lay_out


def as_listings(data: Path, folder: Path) -> None:
    """Complete rows as trn.json. The pairs, one JSON array with other field names, become lines of tst.json."""
    (folder / "trn.json").symlink_to(data / "amazontitles" / "trn_rows_all_fields.jsonl")
    pairs = json.loads(gzip.decompress((data / "amazontitles" / "fiap_amazontitles_500.json.gz").read_bytes()))
    lines = (
        {"uid": f"pair-{place}", "title": pair["instruction"], "content": pair["output"]} for place, pair in enumerate(pairs)
    )
    (folder / "tst.json").write_text("".join(json.dumps(line) + "\n" for line in lines))


LAID_OUT: Mapping[str, Callable[[Path, Path], None]] = {
    "olist": linked(*(f"olist/{name}*" for name in TABLES.values())),
    "amazon_titles": as_listings,
    "alpaca": linked("alpaca/*.json.gz"),
    "ecinstruct": linked("ecinstruct/*_test.json.gz"),
    "taxonomy": linked("taxonomy/taxonomy-with-ids.*.txt"),
    "products": linked("amazon_products/meta_*.json.gz"),
}
OTHERS: Mapping[str, Figures] = {
    "amazon_titles": {"rows_in": 502, "rejected": 0},
    "alpaca": {"rows_in": 9_229, "rejected": 0, "empty outputs": 4, "inputs that say noinput": 41},
    "ecinstruct": {"rows_in": 4_000, "rejected": 0, "tasks": {"PRP": 2_000, "PSI": 2_000}},
    "taxonomy": {
        "rows_in": 16_449,
        "rejected": 0,
        "files": {"en-US 2015-02-19": 5_427, "en-US 2021-09-21": 5_595, "pt-BR 2015-02-19": 5_427},
    },
    "products": {"rows_in": 1_547, "rejected": 0, "descriptions without a text": 742},
}


def other_figures(source: str, raw: Path, counts: Mapping[str, float]) -> Figures:
    """The figures of `OTHERS` for a source, measured."""
    figures: Figures = {"rows_in": counts["counted"], "rejected": counts["rejected"]}
    if source == "alpaca":
        rows = pl.read_parquet(raw / "instructions.parquet")
        figures |= {
            "empty outputs": (rows["output"] == "").sum(),
            "inputs that say noinput": rows["input"].str.contains("(?i)noinput").sum(),
        }
    if source == "ecinstruct":
        rows = pl.read_parquet(raw / "instructions.parquet")
        rules = CLEANERS[source](options().ecinstruct)["instructions"]
        tasks = rules.tidy(rows.lazy().with_columns(pl.all().name.prefix("raw."))).collect()["task"].value_counts()
        figures |= {"tasks": dict(sorted(tasks.iter_rows()))}
    if source == "taxonomy":
        rows = pl.read_parquet(raw / "categories.parquet")
        names = rows.select(pl.concat_str("language", "version", separator=" ")).to_series()
        figures |= {"files": dict(sorted(names.value_counts().iter_rows()))}
    if source == "products":
        rows = pl.read_parquet(raw / "products.parquet")
        figures |= {"descriptions without a text": (rows["description"].list.join("").str.strip_chars() == "").sum()}
    return figures


# --------------------------------------------------------------------------------------------------- the two stages


def options() -> Options:
    return Options.model_validate(yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())["sources"])


def ingest_and_clean(source: str, data: Path, to: Path) -> Figures:
    """Ingest and clean a source. Returns the counts and the seconds of both stages."""
    files, manifest = to / "files", to / f"{source}.yaml"
    files.mkdir(parents=True)
    LAID_OUT[source](data.absolute(), files)
    manifest.write_text((ROOT / "manifests" / f"{source}.yaml").read_text())
    pin(SOURCES[source], files, manifest)
    origin = SourceSettings(origin="path", path=files, rows=1, seed=0, max_rejects=1.0, selected=True)
    started = time.perf_counter()
    with SOURCES[source].batches(origin, manifests.read(manifest, source)) as batches:
        counts = land(SOURCES[source], batches, to / "raw")
    landed = time.perf_counter()
    cleaned = run.clean(CLEANERS[source](getattr(options(), source)), to / "raw", to / "clean")
    seconds = {"ingest_seconds": round(landed - started, 2), "clean_seconds": round(time.perf_counter() - landed, 2)}
    return {**cleaned, "counted": counts["rows_in"], "rejected": counts["rejected"], **seconds}


def rows_of(source: str, to: Path, counts: Mapping[str, float]) -> list[Figures]:
    """The row counts of each table: in, rejected, quarantined, out."""
    rejects = pl.read_parquet(to / "raw" / "rejects.parquet").with_columns(pl.col("file").str.strip_suffix(".gz"))
    counted = []
    for table in SOURCES[source].schemas:
        rejected = rejects.filter(file=TABLES[table]).height if source == "olist" else rejects.height
        out, aside = int(counts[f"rows_{table}"]), int(counts[f"quarantined_{table}"])
        name = table if source == "olist" else source
        counted.append({"table": name, "in": rejected + out + aside, "rejected": rejected, "quarantined": aside, "out": out})
    return counted


def print_table(rows: Iterable[Figures], seconds: str) -> None:
    print(f"{'':22}{'rows in':>10}{'rejected':>10}{'quarantined':>13}{'rows out':>10}")
    for row in rows:
        print(f"{row['table']:22}{row['in']:>10,}{row['rejected']:>10,}{row['quarantined']:>13,}{row['out']:>10,}")
    print(seconds)


def differences(known: Figures, measured: Figures, prefix: str = "") -> list[str]:
    """A sentence for each figure that is wrong."""
    return [
        f"{prefix}{name}: {measured.get(name)!r}; expected {value!r}"
        for name, value in known.items()
        if not (abs(measured[name] - value) < 0.005 if isinstance(value, float) else measured.get(name) == value)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["olist", "others"], help="the sources to read")
    parser.add_argument("data", type=Path, help="the folder with the published files")
    args = parser.parse_args(arguments)
    folder_needed = args.data / "olist" if args.what == "olist" else args.data
    if not folder_needed.is_dir():
        print(
            f"{folder_needed} does not exist; name the folder with the published files: make real-olist DATA=…", file=sys.stderr
        )
        return 1
    wrong: list[str] = []
    rows, sources, started = [], {}, time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="vitrine-real-") as folder:
        for source in ["olist"] if args.what == "olist" else OTHERS:
            to = Path(folder) / source
            counts = ingest_and_clean(source, args.data, to)
            tables = rows_of(source, to, counts)
            rows += tables
            wrong += differences({"rows in": counts["counted"]}, {"rows in": sum(table["in"] for table in tables)}, f"{source}, ")
            if source == "olist":
                wrong += differences(KNOWN, figures(to / "raw"))
            else:
                wrong += differences(OTHERS[source], other_figures(source, to / "raw", counts), f"{source}, ")
            sources[source] = {key: counts[key] for key in ("ingest_seconds", "clean_seconds")}
    total = round(time.perf_counter() - started, 1)
    parts = ", ".join(f"{name} {took['ingest_seconds']} + {took['clean_seconds']}" for name, took in sources.items())
    print_table(rows, f"ingest + clean, seconds: {parts}; {total} in total, with pinning and checks")
    if args.what == "others":
        for name, content in NO_SOURCE.items():
            print(f"{name} ({content}): no source reads this")
    checked = len(KNOWN) if args.what == "olist" else sum(map(len, OTHERS.values()))
    print("\n".join(wrong) if wrong else f"{checked} known totals, all right")
    print(json.dumps({"checked": checked, "wrong": wrong, "seconds": total, "sources": sources, "tables": rows}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
