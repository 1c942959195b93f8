"""Near-duplicates among a million titles: recall, precision, time and memory, compared with datasketch on the same rows.

python -m benchmarks.duplicates                                   # a million rows; datasketch gets 200,000 of its own
python -m benchmarks.duplicates --rows 50000 --rival-rows 20000   # a minute

Titles have about eight of 200,000 invented words, so that hardly any two are similar by chance. Every twentieth title has a copy
with changed letters and dropped or added words. The Jaccard similarity of the pair (over sets of five-letter runs, computed here
with Python sets) is just above 0.8, 0.85, 0.9 or 0.95, or just above 0.7: a lookalike, which is no duplicate. Rows are shuffled.

recall      the share of planted duplicates whose later row is marked
precision   the share of marked rows that have an unmarked earlier row of Jaccard similarity 0.8 or more
seconds     of the work on texts in memory; peak_mb is the memory of the whole process; each method has its own process

datasketch runs as in its manual (MinHashLSH, threshold 0.8, 128 permutations, its own choice of bands), and once more with our
bands: its own choice balances misses and false alarms, ours aims at recall.
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
MARGIN = 0.03  # how far the similarity of a planted pair may exceed its target
SYLLABLES = (
    "ba ce do fa gui ho ju ka le mi no pra qui ro sa tre u va xi za bri cla dor fen gol lan mor nil per ral sun tok".split()
)


def runs(text: str) -> frozenset[str]:
    padded = text.ljust(SIZE)
    return frozenset(padded[at : at + SIZE] for at in range(len(padded) - SIZE + 1))


def jaccard(one: str, other: str) -> float:
    a, b = runs(one), runs(other)
    return len(a & b) / len(a | b)


def edited(text: str, rng: random.Random, vocabulary: list[str]) -> str:
    words = text.split()
    at = rng.randrange(len(words))
    draw = rng.random()
    if draw < 0.6:
        letter = rng.randrange(len(words[at]))
        words[at] = words[at][:letter] + rng.choice("abcdefghijklmnopqrstuvwxyz") + words[at][letter + 1 :]
    elif draw < 0.8:
        words.insert(at, rng.choice(vocabulary)[:3])
    elif len(words) > 3:
        del words[at]
    return " ".join(words)


def copy_of(text: str, target: float, rng: random.Random, vocabulary: list[str]) -> str | None:
    """A copy of `text` with a similarity just above `target`, made by random edits; None if no edit gets close enough."""
    copy = text
    for _ in range(30):
        changed = edited(copy, rng, vocabulary)
        if changed != copy and jaccard(text, changed) >= target:
            copy = changed
        if copy != text and jaccard(text, copy) < target + MARGIN:
            return copy
    return None


def planted_titles(rows: int) -> tuple[pl.Series, list[tuple[int, int, float]]]:
    """Titles, and (earlier row, later row, target) of each planted pair."""
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
        written[row] = title.title() if row % 3 else f"{title.upper()}!"  # cleaning ignores case and punctuation
    shuffled = [(min(order[a], order[b]), max(order[a], order[b]), target) for a, b, target in pairs]
    return pl.Series("title", written), shuffled


def ours(titles: pl.Series) -> np.ndarray:
    return minhash.find_near_duplicates(minhash.bands(titles, jaccard=JACCARD), titles.gather, jaccard=JACCARD)


def datasketch(titles: pl.Series, params: tuple[int, int] | None = None) -> np.ndarray:
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=JACCARD, num_perm=128, params=params)
    marked = np.zeros(len(titles), bool)
    sets = ([run.encode() for run in runs(title)] for title in comparable_texts(titles))
    for row, sketch in enumerate(MinHash.generator(sets, num_perm=128)):
        marked[row] = bool(lsh.query(sketch))
        if not marked[row]:
            lsh.insert(row, sketch)
    return marked


METHODS = {
    "ours": ours,
    "datasketch": datasketch,
    "datasketch, our bands": lambda titles: datasketch(titles, minhash.band_plan(JACCARD)),
}


def run_method(method: str, folder: Path) -> None:
    """Mark the rows and print seconds and peak memory; runs in its own process."""
    titles = pl.read_parquet(folder / "titles.parquet")["title"]
    started, before = time.perf_counter(), time.process_time()
    marked = METHODS[method](titles)
    seconds = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - before}
    np.save(folder / "marked.npy", marked)
    print(json.dumps({name: round(value, 1) for name, value in seconds.items()} | {"peak_mb": round(peak_mb())}))


def peak_mb() -> float:
    """Peak memory of this process. `getrusage` would include the parent's memory at the fork."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[0]) / 1024


def measure(methods: list[str], folder: Path, rows: int) -> dict[str, dict[str, object]]:
    """The results of each method on the same titles."""
    titles, pairs = planted_titles(rows)
    titles.to_frame().write_parquet(folder / "titles.parquet")
    plain = comparable_texts(titles).to_list()
    assert all(target <= jaccard(plain[a], plain[b]) < target + MARGIN for a, b, target in pairs)
    results = {}
    for method in methods:
        command = [sys.executable, "-m", "benchmarks.duplicates", "--way", method, "--folder", str(folder)]
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        results[method] = scores(np.load(folder / "marked.npy"), plain, pairs) | json.loads(result.stdout.splitlines()[-1])
        print(json.dumps({method: results[method]}), flush=True)
    return results


def scores(marked: np.ndarray, plain: list[str], pairs: list[tuple[int, int, float]]) -> dict[str, object]:
    duplicates = [pair for pair in pairs if pair[2] >= JACCARD]
    at = {target: np.mean([marked[later] for _, later, mine in duplicates if mine == target]) for target in TARGETS}
    return {
        "rows": len(plain),
        "planted": len(duplicates),
        "lookalikes": len(pairs) - len(duplicates),
        "recall": round(float(np.mean([marked[later] for _, later, _ in duplicates])), 4),
        "recall_at": {str(target): round(float(share), 4) for target, share in at.items()},
        "precision": round(precision(marked, plain, pairs), 4),
    }


def precision(marked: np.ndarray, plain: list[str], pairs: list[tuple[int, int, float]]) -> float:
    """The share of marked rows that are near-duplicates of the planted original or, if they are no copy, of any earlier row."""
    right = {later for earlier, later, target in pairs if target >= JACCARD and not marked[earlier]}
    copies = {later for _, later, _ in pairs}
    unexplained = {row: runs(plain[row]) for row in np.flatnonzero(marked).tolist() if row not in copies}
    for earlier in np.flatnonzero(~marked).tolist() if unexplained else ():
        mine = runs(plain[earlier])
        right |= {row for row, its in unexplained.items() if row > earlier and len(mine & its) >= JACCARD * len(mine | its)}
    return sum(marked[row] for row in right) / max(1, int(marked.sum()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="titles for our method")
    parser.add_argument("--rival-rows", type=int, default=200_000, help="titles for both methods")
    parser.add_argument("--way", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        run_method(args.way, args.folder)
        return
    with tempfile.TemporaryDirectory(prefix="vitrine-benchmark-") as folder:
        large = measure(["ours"], Path(folder), args.rows)["ours"]
        small = measure(list(METHODS), Path(folder), args.rival_rows)
    same_rows, rivals = small["ours"], [result for method, result in small.items() if method != "ours"]
    rival = {"name": "datasketch", **rivals[0], "ours_seconds": same_rows["seconds"], "ours_recall": same_rows["recall"]}
    print(json.dumps(large | {"rival": rival, "rival_our_bands": rivals[1]}))


if __name__ == "__main__":
    main()
