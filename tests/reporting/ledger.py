"""The files that ingest and clean write for one small source, with right sums."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from vitrine import tables
from vitrine.reporting.inputs import read_records
from vitrine.reporting.rows.accounting import Account, account
from vitrine.tables import manifest
from vitrine.tables.manifest import Manifest
from vitrine.tables.quarantine import QUARANTINE
from vitrine.tables.rejects import REJECTS

TEXTS = pa.schema([("id", pa.string()), ("text", pa.string())])
MANIFEST = {
    "source": "shop",
    "title": "A shop's words",
    "publisher": "The shop",
    "homepage": "https://shop.example/words_1",
    "licence": "CC BY-NC-SA 4.0",
    "commercial": False,
    "citation": "The shop (2020). Words.",
    "path": {},
    "hub": None,
    "url": {},
}
KEPT = [("1", "two words"), ("2", "some more words"), ("3", None)]
ASIDE = [("4", "text is empty", ""), ("5", "text is empty", " "), ("6", "id stands in an earlier row", "two words again")]
REFUSED = [("words.csv", 7, "a field is missing", b"7"), ("words.csv", 9, "a field is missing", b"9,\xff\xfe caf\xc3\xa9")]


@dataclass(frozen=True)
class Ledger:
    root: Path
    source: str

    def account(self, *, selected: bool = True, examples: int = 3) -> Account:
        records = read_records(self.record(stage) for stage in ("ingest", "clean"))
        return account(self.source, self.raw(), self.clean(), *records, selected=selected, examples=examples)

    def raw(self, name: str = "") -> Path:
        return self.root / "raw" / self.source / name

    def clean(self, name: str = "") -> Path:
        return self.root / "clean" / self.source / name

    def record(self, stage: str, **changes: float) -> Path:
        """The record of `stage`, after changes to it."""
        path = self.root / "metrics" / stage / f"{self.source}.json"
        if changes:
            path.write_text(json.dumps(json.loads(path.read_text()) | changes))
        return path

    def manifest(self, **changes: object) -> Manifest:
        path = self.root / "manifests" / f"{self.source}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(MANIFEST | {"source": self.source} | changes))
        return manifest.read(path, self.source)


def lay(root, source="shop", *, kept=KEPT, aside=ASIDE, refused=REFUSED, counters=None):
    """One table `words`: rows (id, text); set aside (id, reason, text or the row's JSON); refused (file, line, reason, bytes)."""
    ledger = Ledger(root, source)
    rows = [dict(zip(TEXTS.names, row, strict=True)) for row in kept]
    quarantine = [
        {"table": "words", "id": id, "reason": reason, "row": text if text[:1] == "{" else json.dumps({"id": id, "text": text})}
        for id, reason, text in aside
    ]
    tables.write(ledger.raw("words.parquet"), [*rows, *({"id": row["id"], "text": "raw"} for row in quarantine)], TEXTS)
    tables.write(ledger.raw("rejects.parquet"), [dict(zip(REJECTS.names, row, strict=True)) for row in refused], REJECTS)
    tables.write(ledger.clean("words.parquet"), rows, TEXTS)
    tables.write(ledger.clean("quarantine.parquet"), quarantine, QUARANTINE)
    raw = len(rows) + len(quarantine)
    ingested = {"rows_in": raw + len(refused), "rows_out": raw, "rejected": len(refused), "rows_words": raw}
    cleaned = {"rows_in": raw, "rows_out": len(rows), "quarantined": len(quarantine)}
    cleaned |= {"rows_words": len(rows), "quarantined_words": len(quarantine)}
    for stage, numbers in (("ingest", ingested), ("clean", cleaned | (counters or {}))):
        path = root / "metrics" / stage / f"{source}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(numbers))
    ledger.manifest()
    return ledger


def drop_a_row(path: Path) -> None:
    pq.write_table(pq.read_table(path)[1:], path)
