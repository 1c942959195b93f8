"""How fast published rows are cleaned: AmazonTitles from file to clean parquet, compared with pandas and with a lower bound.

python -m benchmarks.clean            # ten minutes; the last line is one JSON object
python -m benchmarks.clean --rows 50000 --many 100000 --runs 1      # a short run

Each contender runs in its own process, in turn. Imports do not count. All read the same generated trn.json.gz, whose descriptions
are padded with invented words, so that a row has the size of a published one (150 bytes, compressed).

ours    `ingest` and `clean` with the default options: raw parquet, then clean parquet and a quarantine with reasons
pandas  read_json, the same steps and rules with `re`, drop_duplicates, to_parquet; no raw table and no quarantine
floor   the lower bound: `gzip -dc` to /dev/null, and writing the same clean parquet from memory
"""

import argparse
import gzip
import html
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import yaml

from vitrine import tables
from vitrine.cleaning import run, text
from vitrine.cleaning.by_source import CLEANERS, Options
from vitrine.sources import SOURCES
from vitrine.sources.landing import land
from vitrine.stage import keep_freed_memory
from vitrine.tables.published.listings import LISTINGS

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "data" / "olist"
SEED = 7
WORDS = 60  # added to each description
Figures = dict[str, float]


def generate(folder: Path, rows: int) -> None:
    """Write `rows` listings. Descriptions get invented words with Zipf frequencies, so that they compress like published ones."""
    SOURCES["amazon_titles"].generate(folder / "short", rows=rows, seed=SEED)
    rng = np.random.default_rng(SEED)
    syllables = np.array([first + vowel for first in "bcdfglmnprstvz" for vowel in "aeiou"])
    words = pl.Series(["".join(rng.choice(syllables, length)) for length in rng.integers(1, 6, 30_000)])
    with gzip.open(folder / "short" / "trn.json.gz") as file, gzip.open(folder / "trn.json.gz", "wb", compresslevel=6) as long:
        while lines := file.readlines(1 << 24):
            frame = pl.read_ndjson(
                b"".join(line for line in lines if line.rstrip().endswith(b"}"))
            )  # pandas reads no truncated lines
            drawn = np.minimum(rng.zipf(1.2, frame.height * WORDS), 10**9) % len(words)
            more = words.gather(drawn).reshape((frame.height, WORDS)).arr.to_list().list.join(" ")
            content, short = pl.col("content"), pl.col("content").str.len_chars() < 60
            longer = pl.when(short).then(content).otherwise(pl.concat_str([content, more], separator=" "))
            long.write(frame.with_columns(content=longer).write_ndjson().encode())
    shutil.rmtree(folder / "short")


def ours(folder: Path) -> Figures:
    return run_stages("amazon_titles", folder / "files", folder / "ours")


def run_stages(name: str, files: Path, to: Path) -> Figures:
    """Ingest and clean the files of a source as the two stages do. Returns the seconds of each."""
    blocks = yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())["sources"]
    rules = CLEANERS[name](getattr(Options.model_validate(blocks), name))
    keep_freed_memory()  # as a stage does
    started = time.perf_counter()
    land(SOURCES[name], SOURCES[name].read(files), to / "raw")
    landed = time.perf_counter()
    counts = run.clean(rules, to / "raw", to / "clean")
    done = time.perf_counter()
    return {"seconds": done - started, "ingest": landed - started, "clean": done - landed, "rows_out": counts["rows_out"]}


def floor(folder: Path) -> Figures:
    clean = pl.read_parquet(folder / "ours" / "clean" / "listings.parquet")
    started = time.perf_counter()
    subprocess.run(["gzip", "-dc", folder / "files" / "trn.json.gz"], stdout=subprocess.DEVNULL, check=True)
    unzipped = time.perf_counter()
    tables.write(folder / "floor.parquet", clean, LISTINGS)
    done = time.perf_counter()
    return {"seconds": done - started, "gzip": unzipped - started, "write": done - unzipped}


def with_pandas(folder: Path) -> Figures:
    options = yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())["sources"]["amazon_titles"]
    assert options["personal_data"] == ["email"], "the pandas version redacts e-mails and nothing else"
    letters, marks = characters("LNS"), characters("M")
    entity, boilerplate, tag, url = (re.compile(pattern) for pattern in (text.ENTITY, text.BOILERPLATE, text.TAG, text.URL))
    control = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
    invisible = re.compile(re.sub(r"\\u\{([0-9A-F]{4})\}", r"\\u\1", text.INVISIBLE))
    email = re.compile(r"(?i)\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b")
    mark, other = re.compile(f"[{marks}]+"), re.compile(f"[^{letters}]+")

    def tidy(value: str) -> str:
        for _ in range(text.NESTED):
            decoded = entity.sub(lambda match: html.unescape(match[0]), value)
            if decoded == value:
                break
            value = decoded
        for pattern in (boilerplate, tag, url, control):
            value = pattern.sub(" ", value)
        value = " ".join(unicodedata.normalize("NFC", invisible.sub("", value)).split())
        return email.sub("[EMAIL]", value)

    def same(value: str) -> str:
        return other.sub(" ", mark.sub("", unicodedata.normalize("NFKD", value).lower())).strip()

    started = time.perf_counter()
    frame = pd.read_json(folder / "files" / "trn.json.gz", lines=True, dtype=False, convert_dates=False)
    for column in ("title", "content"):
        frame[column] = frame[column].fillna("").apply(tidy)
    frame = frame[(frame["title"] != "") & (frame["content"] != "")]
    frame["same_title"], frame["same_content"] = frame["title"].apply(same), frame["content"].apply(same)
    frame = frame[(frame["same_title"] != frame["same_content"]) & (frame["content"].str.len() >= options["min_chars"])]
    frame = frame.drop_duplicates("uid").drop_duplicates(["same_title", "same_content"])
    made = frame[["uid", "title", "content"]]
    made.to_parquet(folder / "pandas.parquet", index=False, compression="zstd", compression_level=tables.ZSTD_LEVEL)
    return {"seconds": time.perf_counter() - started, "rows_out": len(made)}


def characters(categories: str) -> str:
    """All characters whose Unicode category begins with one of these letters, as ranges for a character class of `re`."""
    inside = (code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] in categories)
    runs = [[code for _, code in group] for _, group in groupby(enumerate(inside), lambda pair: pair[1] - pair[0])]
    return "".join(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}" for codes in runs)


def differing(folder: Path) -> int:
    """The number of rows that only one of ours and pandas keeps, or keeps with another text."""
    own = pl.read_parquet(folder / "ours" / "clean" / "listings.parquet")
    other = pl.read_parquet(folder / "pandas.parquet").cast(dict.fromkeys(LISTINGS.names, pl.String))
    return own.join(other, on=LISTINGS.names, how="anti").height + other.join(own, on=LISTINGS.names, how="anti").height


def olist(folder: Path) -> Figures:
    return run_stages("olist", REAL, folder)


CONTENDERS: dict[str, Callable[[Path], Figures]] = {"ours": ours, "pandas": with_pandas, "floor": floor, "olist": olist}


def measure(contender: str, folder: Path) -> Figures:
    """One run, in its own process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.clean", "--contender", contender, "--folder", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    result: Figures = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps({contender: result}), flush=True)
    return result


def medians(figures: list[Figures]) -> Figures:
    return {name: round(median(run[name] for run in figures), 3) for name in figures[0]}


def compare(rows: int, many: int, runs: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="vitrine-clean-") as place:
        small, large = Path(place) / "small", Path(place) / "large"
        for folder, count in ((small, rows), (large, many)):
            generate(folder / "files", count)
        turns = [{name: measure(name, small) for name in ("ours", "pandas", "floor")} for _ in range(runs)]
        figures = {name: medians([turn[name] for turn in turns]) for name in turns[0]}
        big = medians([measure("ours", large) for _ in range(runs)])
        real = medians([measure("olist", Path(place) / "olist") for _ in range(runs)]) if REAL.is_dir() else None
        seconds = figures["ours"]["seconds"]
        return {
            "rows_per_s": round(rows / seconds),
            "ratio_to_pandas": round(figures["pandas"]["seconds"] / seconds, 2),
            "ratio_to_floor": round(seconds / figures["floor"]["seconds"], 2),
            "peak_mb": max(figures["ours"]["peak_mb"], big["peak_mb"]),
            "linear_within": round(abs((big["seconds"] / many) / (seconds / rows) - 1), 3),
            "olist_s": real and real["seconds"],
            "rows_that_differ_from_pandas": differing(small),
            "rows": rows,
            "runs": runs,
            "gz_mb": round((small / "files" / "trn.json.gz").stat().st_size / 1e6, 1),
            **figures,
            str(many): big,
            "olist": real,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=400_000, help="listings for all contenders")
    parser.add_argument("--many", type=int, default=2_250_000, help="listings for a second run of `ours`")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender; medians count")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.contender:
        result = CONTENDERS[args.contender](args.folder)
        kilobytes = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        print(json.dumps(result | {"peak_mb": kilobytes // 1024}))
    else:
        print(json.dumps(compare(args.rows, args.many, args.runs)))


if __name__ == "__main__":
    main()
