"""How well and how fast personal data is detected: precision and recall per kind on labelled texts, MB/s on two kinds of text.

    python -m benchmarks.personal_data                  # about a minute
    python -m benchmarks.personal_data rows=5000

A detection is right if it covers exactly the labelled letters and digits. It is read from the output of `redact`, so the search
for candidates is tested too. The formats that the detector was developed with must reach the required precision and recall. The
results on unseen formats, and on what is known to be missed (names, RG, plates), are only reported. The last line is one JSON
object, with the requirements.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks.labelled.corrected import CORRECTED
from benchmarks.labelled.known import KNOWN
from benchmarks.labelled.reported import MISSES, REPORTED
from benchmarks.labelled.texts import Formats, Span, texts
from benchmarks.labelled.unseen import UNSEEN
from vitrine.cleaning.personal_data import KINDS, redact
from vitrine.cleaning.personal_data.spans import spans
from vitrine.sources import amazon_titles

STRUCTURED = ("cpf", "cnpj", "email", "card", "cep", "order")
AXES = ("precision", "recall")
REQUIRED = 0.99
PLACEHOLDER = re.compile(rf"\[({'|'.join(KINDS)})\]".upper())


def findings(text: str, redacted: str) -> list[Span]:
    """The spans of `text` that `redacted` replaced by placeholders."""
    known = spans(text)
    if redacted == "".join(_with_placeholders(text, known)):
        return known
    parts = PLACEHOLDER.split(redacted)
    pattern = "".join(re.escape(part) if place % 2 == 0 else "(.+?)" for place, part in enumerate(parts))
    matched = re.fullmatch(pattern, text, re.DOTALL)
    if matched is None:
        raise AssertionError(f"{redacted!r} is not {text!r} with placeholders")
    return [(*matched.span(group), kind.lower()) for group, kind in enumerate(parts[1::2], start=1)]


def _with_placeholders(text: str, known: list[Span]) -> Iterator[str]:
    """Parts of `text` with these spans replaced by placeholders."""
    end = 0
    for start, after, kind in known:
        yield f"{text[end:start]}[{kind.upper()}]"
        end = after
    yield text[end:]


def signs(text: str, span: Span) -> tuple[str, frozenset[int]]:
    """The kind of a span and the positions of its letters and digits, without punctuation."""
    return span[2], frozenset(place for place in range(*span[:2]) if text[place].isalnum())


def grade(labelled: Sequence[tuple[str, list[Span]]], detected: Sequence[list[Span]]) -> dict[str, dict[str, float]]:
    right, detections, gold_count = Counter[str](), Counter[str](), Counter[str]()
    for (text, labels), guesses in zip(labelled, detected, strict=True):
        gold, guessed = {signs(text, span) for span in labels}, {signs(text, span) for span in guesses}
        gold_count.update(kind for kind, _ in gold)
        detections.update(kind for kind, _ in guessed)
        right.update(kind for kind, _ in gold & guessed)
    figures = {kind: _figures(right[kind], detections[kind], gold_count[kind]) for kind in KINDS}
    figures["structured"] = _figures(*(sum(count[kind] for kind in STRUCTURED) for count in (right, detections, gold_count)))
    return figures | {"overall": _figures(right.total(), detections.total(), gold_count.total())}


def _figures(right: int, detections: int, gold_count: int) -> dict[str, float]:
    precision, recall = (round(right / whole, 4) if whole else 1.0 for whole in (detections, gold_count))
    return {"precision": precision, "recall": recall, "n": gold_count, "found": detections}


def measured(rows: int, seed: int, formats: Formats) -> dict[str, dict[str, float]]:
    labelled = list(texts(rows, seed, formats))
    clean = pl.DataFrame({"text": [text for text, _ in labelled]}).select(redact(pl.col("text"), KINDS)).to_series()
    return grade(labelled, [findings(text, after) for (text, _), after in zip(labelled, clean, strict=True)])


def missed(rows: int, seed: int) -> dict[str, dict[str, float]]:
    """The recall of kinds that are not searched for: how often all letters and digits are redacted, under any placeholder."""
    recalls = {}
    for name, formats in MISSES.items():
        labelled = [(text, label) for text, labels in texts(rows, seed, formats) for label in labels]
        clean = pl.DataFrame({"text": [text for text, _ in labelled]}).select(redact(pl.col("text"), KINDS)).to_series()
        covered = []
        for (text, label), after in zip(labelled, clean, strict=True):
            hidden = {place for start, end, _ in findings(text, after) for place in range(start, end)}
            covered.append(signs(text, label)[1] <= hidden)
        recalls[name] = {"recall": round(sum(covered) / len(covered), 4), "n": len(covered)}
    return recalls


def rate(column: pl.Series) -> dict[str, float]:
    """Megabytes per second of processor time with all kinds (best of three), and the share of texts with a detection."""
    frame, seconds = column.alias("text").to_frame(), []
    for _ in range(3):
        started = time.process_time()
        after = frame.select(redact(pl.col("text"), KINDS)).to_series()
        seconds.append(time.process_time() - started)
    megabytes = column.str.len_bytes().sum() / 1e6
    hit = (after != column).mean()
    return {
        "mb_per_cpu_s": round(megabytes / min(seconds), 1),
        "mb": round(megabytes, 1),
        "texts": len(column),
        "hit": round(hit, 4),
    }


def listings(rows: int) -> pl.Series:
    """Contents of generated listings, in the published format."""
    with TemporaryDirectory() as folder:
        amazon_titles.SOURCE.generate(Path(folder), rows=rows, seed=7)
        columns = [pl.DataFrame(batch.rows)["content"] for batch in amazon_titles.SOURCE.read(Path(folder))]
    return pl.concat(columns).drop_nulls()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("options", nargs="*", metavar="KEY=NUMBER", help="rows=20000 or seed=7")
    given = dict(item.split("=") for item in parser.parse_args().options)
    options = {"rows": 20_000, "seed": 7} | {name: int(value) for name, value in given.items()}
    rows, seed = options["rows"], options["seed"]
    sets = {"known": KNOWN, "corrected": CORRECTED, "reported": REPORTED, "unseen": UNSEEN}
    grades = {name: measured(rows, seed, formats) for name, formats in sets.items()}
    for name, figures in grades.items():
        print(name, *(f"  {kind:<12}{values}" for kind, values in figures.items()), sep="\n")
    misses = missed(rows // 4, seed)
    print("known misses", *(f"  {name:<12}{values}" for name, values in misses.items()), sep="\n")
    dense = pl.Series([text for text, _ in texts(rows, seed, KNOWN)])
    rates = {"listings": rate(listings(4 * rows)), "dense": rate(dense)}
    worst = {kind: min(grades[name][kind][key] for name in sets if name != "unseen" for key in AXES) for kind in STRUCTURED}
    below = [kind for kind, least in worst.items() if least < REQUIRED]
    required = {"at least": REQUIRED, "of": STRUCTURED, "missed": below}
    print(json.dumps({**options, "grades": grades, "known_misses": misses, "rates": rates, "required": required}))
    sys.exit(1 if below else 0)


if __name__ == "__main__":
    main()
