"""Near-duplicates among a million titles: what is found, how fast and in how much memory, beside datasketch on the same rows.

python -m benchmarks.duplicates                                   # a million rows, and 200,000 that datasketch is given too
python -m benchmarks.duplicates --rows 50000 --rival-rows 20000   # a minute

Titles are eight words or so of 200,000 invented ones, so that hardly two resemble each other by chance. Every twentieth has a
copy with letters changed, words dropped or added, until its Jaccard (sets of five-letter runs, worked out here with Python's
own sets) is just above 0.8, 0.85, 0.9 or 0.95, or 0.7, which is a lookalike and no duplicate; the rows are then shuffled.

recall      the share of planted duplicates whose later row is marked
precision   the share of marked rows that have an unmarked earlier row of Jaccard 0.8 or more
seconds     of the work on texts already in memory; peak_mb is the whole process, and each way has one of its own

datasketch runs as its manual shows (MinHashLSH, threshold 0.8, 128 permutations; the bands it chooses itself), and once more
with our bands, since its own are chosen for a balance of misses and false alarms and not for recall.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from vitrine.cleaning.near import minhash
from vitrine.cleaning.near.shingles import SIZE, comparable_texts

SEED, JACCARD = 7, 0.8
TARGETS = (0.8, 0.85, 0.9, 0.95)
LOOKALIKE = 0.7
ROOM = 0.03  # how far above its target a planted pair may be
SYLLABLES = (
    "ba ce do fa gui ho ju ka le mi no pra qui ro sa tre u va xi za bri cla dor fen gol lan mor nil per ral sun tok".split()
)


def runs(text: str) -> frozenset[str]:
    padded = text.ljust(SIZE)
    return frozenset(padded[at : at + SIZE] for at in range(len(padded) - SIZE + 1))


def alike(one: str, other: str) -> float:
    a, b = runs(one), runs(other)
    return len(a & b) / len(a | b)


def edited(text: str, rng: random.Random, vocabulary: list[str]) -> str:
    words = text.split()
    at = rng.randrange(len(words))
    way = rng.random()
    if way < 0.6:
        letter = rng.randrange(len(words[at]))
        words[at] = words[at][:letter] + rng.choice("abcdefghijklmnopqrstuvwxyz") + words[at][letter + 1 :]
    elif way < 0.8:
        words.insert(at, rng.choice(vocabulary)[:3])
    elif len(words) > 3:
        del words[at]
    return " ".join(words)


def copy_of(text: str, target: float, rng: random.Random, vocabulary: list[str]) -> str | None:
    """`text` edited until one more edit would bring it below `target`; None where that is not close enough."""
    copy = text
    for _ in range(30):
        changed = edited(copy, rng, vocabulary)
        if changed != copy and alike(text, changed) >= target:
            copy = changed
        if copy != text and alike(text, copy) < target + ROOM:
            return copy
    return None


def planted(rows: int) -> tuple[pl.Series, list[tuple[int, int, float]]]:
    """Titles as a shop might write them, and (earlier row, later row, target) of each planted pair."""
    rng, kinds = random.Random(SEED), (*TARGETS, LOOKALIKE)
    vocabulary = sorted({"".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(200_000)})
    originals = [" ".join(rng.choices(vocabulary, k=rng.randint(6, 10))) for _ in range(rows * 20 // 21)]
    titles, pairs = list(originals), []
    for at in range(0, len(originals), 20):
        target = kinds[len(titles) % len(kinds)]
        copy = copy_of(originals[at], target, rng, vocabulary)
        if copy is not None and len(titles) < rows:
            pairs.append((at, len(titles), target))
            titles.append(copy)
    while len(titles) < rows:
        titles.append(" ".join(rng.choices(vocabulary, k=rng.randint(6, 10))))
    order = list(range(rows))
    rng.shuffle(order)  # titles[n] becomes row order[n]
    written: list[str] = [""] * rows
    for title, row in zip(titles, order, strict=True):
        written[row] = title.title() if row % 3 else f"{title.upper()}!"  # which readers put aside
    found = [(min(order[a], order[b]), max(order[a], order[b]), target) for a, b, target in pairs]
    return pl.Series("title", written), found


def ours(titles: pl.Series) -> np.ndarray:
    return minhash.find_near_duplicates(minhash.bands(titles, jaccard=JACCARD), titles.gather, jaccard=JACCARD)


def datasketch(titles: pl.Series, params: tuple[int, int] | None = None) -> np.ndarray:
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=JACCARD, num_perm=128, params=params)
    gone = np.zeros(len(titles), bool)
    sets = ([run.encode() for run in runs(title)] for title in comparable_texts(titles))
    for row, sketch in enumerate(MinHash.generator(sets, num_perm=128)):
        gone[row] = bool(lsh.query(sketch))
        if not gone[row]:
            lsh.insert(row, sketch)
    return gone


WAYS = {
    "ours": ours,
    "datasketch": datasketch,
    "datasketch, our bands": lambda titles: datasketch(titles, minhash.band_plan(JACCARD)),
}


def work(way: str, folder: Path) -> None:
    """In a process of its own: mark the rows, print seconds and peak memory."""
    titles = pl.read_parquet(folder / "titles.parquet")["title"]
    started, before = time.perf_counter(), time.process_time()
    gone = WAYS[way](titles)
    seconds = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - before}
    np.save(folder / "gone.npy", gone)
    print(json.dumps({name: round(value, 1) for name, value in seconds.items()} | {"peak_mb": round(peak_mb())}))


def peak_mb() -> float:
    """Of this process alone: what `getrusage` says includes the parent's memory at the fork."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[0]) / 1024


def measured(ways: list[str], folder: Path, rows: int) -> dict[str, dict[str, object]]:
    """What each way finds in the same titles."""
    titles, pairs = planted(rows)
    titles.to_frame().write_parquet(folder / "titles.parquet")
    plain = comparable_texts(titles).to_list()
    assert all(target <= alike(plain[a], plain[b]) < target + ROOM for a, b, target in pairs)
    found = {}
    for way in ways:
        command = [sys.executable, "-m", "benchmarks.duplicates", "--way", way, "--folder", str(folder)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found[way] = verdict(np.load(folder / "gone.npy"), plain, pairs) | json.loads(done.stdout.splitlines()[-1])
        print(json.dumps({way: found[way]}), flush=True)
    return found


def verdict(gone: np.ndarray, plain: list[str], pairs: list[tuple[int, int, float]]) -> dict[str, object]:
    duplicates = [pair for pair in pairs if pair[2] >= JACCARD]
    at = {target: np.mean([gone[later] for _, later, mine in duplicates if mine == target]) for target in TARGETS}
    return {
        "rows": len(plain),
        "planted": len(duplicates),
        "lookalikes": len(pairs) - len(duplicates),
        "recall": round(float(np.mean([gone[later] for _, later, _ in duplicates])), 4),
        "recall_at": {str(target): round(float(share), 4) for target, share in at.items()},
        "precision": round(precision(gone, plain, pairs), 4),
    }


def precision(gone: np.ndarray, plain: list[str], pairs: list[tuple[int, int, float]]) -> float:
    """The share of marked rows with a witness: the planted original, or, for a row that is no copy, any earlier row."""
    right = {later for earlier, later, target in pairs if target >= JACCARD and not gone[earlier]}
    copies = {later for _, later, _ in pairs}
    wanting = {row: runs(plain[row]) for row in np.flatnonzero(gone).tolist() if row not in copies}
    for earlier in np.flatnonzero(~gone).tolist() if wanting else ():
        mine = runs(plain[earlier])
        right |= {row for row, its in wanting.items() if row > earlier and len(mine & its) >= JACCARD * len(mine | its)}
    return sum(gone[row] for row in right) / max(1, int(gone.sum()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rival-rows", type=int, default=200_000)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        work(asked.way, asked.folder)
        return
    with tempfile.TemporaryDirectory(prefix="vitrine-benchmark-") as folder:
        whole = measured(["ours"], Path(folder), asked.rows)["ours"]
        few = measured(list(WAYS), Path(folder), asked.rival_rows)
    same_rows, rivals = few["ours"], [found for way, found in few.items() if way != "ours"]
    rival = {"name": "datasketch", **rivals[0], "ours_seconds": same_rows["seconds"], "ours_recall": same_rows["recall"]}
    print(json.dumps(whole | {"rival": rival, "rival_our_bands": rivals[1]}))


if __name__ == "__main__":
    main()
