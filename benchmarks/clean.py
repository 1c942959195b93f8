"""How fast published rows become clean ones: AmazonTitles from file to clean parquet, beside pandas and what cannot be avoided.

python -m benchmarks.clean            # ten minutes; the last line is one JSON object
python -m benchmarks.clean --rows 50000 --many 100000 --runs 1      # to try it

Every contender runs in its own process, in turn, and its imports are not counted. They read the same generated trn.json.gz,
whose descriptions are the sample's and made-up words, so that a row weighs what a published one does (150 bytes, zipped).

ours    what `ingest` and `clean` do with the default options: raw parquet, then clean parquet and a quarantine with reasons
pandas  read_json, the same steps and rules with `re`, drop_duplicates, to_parquet; no raw table and no quarantine
floor   `gzip -dc` to nowhere, and writing the same clean parquet from memory
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
WORDS = 60  # added to a description
Figures = dict[str, float]


def generate(folder: Path, rows: int) -> None:
    """`rows` listings; descriptions go on with made-up words, as unevenly used as words are, until they zip as published ones."""
    SOURCES["amazon_titles"].generate(folder / "short", rows=rows, seed=SEED)
    dice = np.random.default_rng(SEED)
    syllables = np.array([first + vowel for first in "bcdfglmnprstvz" for vowel in "aeiou"])
    words = pl.Series(["".join(dice.choice(syllables, length)) for length in dice.integers(1, 6, 30_000)])
    with gzip.open(folder / "short" / "trn.json.gz") as file, gzip.open(folder / "trn.json.gz", "wb", compresslevel=6) as long:
        while lines := file.readlines(1 << 24):
            frame = pl.read_ndjson(b"".join(lines))
            drawn = np.minimum(dice.zipf(1.2, frame.height * WORDS), 10**9) % len(words)
            more = words.gather(drawn).reshape((frame.height, WORDS)).arr.to_list().list.join(" ")
            said, short = pl.col("content"), pl.col("content").str.len_chars() < 60
            longer = pl.when(short).then(said).otherwise(pl.concat_str([said, more], separator=" "))
            long.write(frame.with_columns(content=longer).write_ndjson().encode())
    shutil.rmtree(folder / "short")


def ours(folder: Path) -> Figures:
    return product("amazon_titles", folder / "files", folder / "ours")


def product(name: str, files: Path, to: Path) -> Figures:
    """`files` of a source as the two stages leave them, with the seconds of each."""
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
    letters, marks = of_category("LNS"), of_category("M")
    entity, boilerplate, tag, url = (re.compile(pattern) for pattern in (text.ENTITY, text.BOILERPLATE, text.TAG, text.URL))
    control = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
    invisible = re.compile(re.sub(r"\\u\{([0-9A-F]{4})\}", r"\\u\1", text.INVISIBLE))
    email = re.compile(r"(?i)\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b")
    mark, other = re.compile(f"[{marks}]+"), re.compile(f"[^{letters}]+")

    def tidy(said: str) -> str:
        for _ in range(text.NESTED):
            decoded = entity.sub(lambda found: html.unescape(found[0]), said)
            if decoded == said:
                break
            said = decoded
        for pattern in (boilerplate, tag, url, control):
            said = pattern.sub(" ", said)
        said = " ".join(unicodedata.normalize("NFC", invisible.sub("", said)).split())
        return email.sub("[EMAIL]", said)

    def same(said: str) -> str:
        return other.sub(" ", mark.sub("", unicodedata.normalize("NFKD", said).lower())).strip()

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


def of_category(kinds: str) -> str:
    """The characters whose Unicode category begins with one of `kinds`, as the inside of a class of `re`."""
    inside = (code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] in kinds)
    runs = [[code for _, code in group] for _, group in groupby(enumerate(inside), lambda pair: pair[1] - pair[0])]
    return "".join(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}" for codes in runs)


def differing(folder: Path) -> int:
    """How many of the rows that ours and pandas keep are not in both, text by text."""
    one = pl.read_parquet(folder / "ours" / "clean" / "listings.parquet")
    two = pl.read_parquet(folder / "pandas.parquet").cast(dict.fromkeys(LISTINGS.names, pl.String))
    return one.join(two, on=LISTINGS.names, how="anti").height + two.join(one, on=LISTINGS.names, how="anti").height


def olist(folder: Path) -> Figures:
    return product("olist", REAL, folder)


CONTENDERS: dict[str, Callable[[Path], Figures]] = {"ours": ours, "pandas": with_pandas, "floor": floor, "olist": olist}


def measured(contender: str, folder: Path) -> Figures:
    """One run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.clean", "--contender", contender, "--folder", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps({contender: found}), flush=True)
    return found


def middle(figures: list[Figures]) -> Figures:
    return {name: round(median(found[name] for found in figures), 3) for name in figures[0]}


def compared(rows: int, many: int, runs: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="vitrine-clean-") as place:
        small, large = Path(place) / "small", Path(place) / "large"
        for folder, count in ((small, rows), (large, many)):
            generate(folder / "files", count)
        turns = [{name: measured(name, small) for name in ("ours", "pandas", "floor")} for _ in range(runs)]
        found = {name: middle([turn[name] for turn in turns]) for name in turns[0]}
        big = middle([measured("ours", large) for _ in range(runs)])
        real = middle([measured("olist", Path(place) / "olist") for _ in range(runs)]) if REAL.is_dir() else None
        seconds = found["ours"]["seconds"]
        return {
            "rows_per_s": round(rows / seconds),
            "ratio_to_pandas": round(found["pandas"]["seconds"] / seconds, 2),
            "ratio_to_floor": round(seconds / found["floor"]["seconds"], 2),
            "peak_mb": max(found["ours"]["peak_mb"], big["peak_mb"]),
            "linear_within": round(abs((big["seconds"] / many) / (seconds / rows) - 1), 3),
            "olist_s": real and real["seconds"],
            "rows_that_differ_from_pandas": differing(small),
            "rows": rows,
            "runs": runs,
            "gz_mb": round((small / "files" / "trn.json.gz").stat().st_size / 1e6, 1),
            **found,
            str(many): big,
            "olist": real,
        }


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=400_000)
    asked.add_argument("--many", type=int, default=2_250_000)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--contender", choices=CONTENDERS)
    asked.add_argument("--folder", type=Path)
    words = asked.parse_args()
    if words.contender:
        found = CONTENDERS[words.contender](words.folder)
        kilobytes = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        print(json.dumps(found | {"peak_mb": kilobytes // 1024}))
    else:
        print(json.dumps(compared(words.rows, words.many, words.runs)))


if __name__ == "__main__":
    main()
