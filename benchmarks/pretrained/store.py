"""Answers on disk, batch by batch: an interrupted run continues where it stopped and loses at most one batch.

    stored = Stored(Path("data/pretrained/answers"), "sft-sql", key)      # key: everything that the answers depend on
    for batch in generator.batches(ids, skip=stored.batches):
        stored.append(…)

A file is named after its key, so other settings or another model start a new file. A line that was not written to its end is
dropped.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.pretrained.generate import Reply


class Stored:
    def __init__(self, folder: Path, name: str, key: Mapping[str, Any]) -> None:
        text = json.dumps(key, ensure_ascii=False, sort_keys=True)
        self.path = folder / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.jsonl"
        self.replies: dict[str, Reply] = {}
        self.seconds, self.batches = 0.0, 0
        folder.mkdir(parents=True, exist_ok=True)
        whole = 0
        if self.path.exists():
            content = self.path.read_bytes()
            whole = content.rfind(b"\n") + 1
            for line in content[:whole].splitlines():
                self._take(json.loads(line))
        with self.path.open("ab") as file:
            file.truncate(whole)

    def append(self, ids: Sequence[str], replies: Sequence[Reply], seconds: float) -> None:
        """One finished batch, on disk when this returns."""
        line = {"seconds": seconds, "replies": {own: asdict(reply) for own, reply in zip(ids, replies, strict=True)}}
        with self.path.open("ab") as file:
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._take(line)

    def _take(self, line: Mapping[str, Any]) -> None:
        self.replies |= {own: Reply(**reply) for own, reply in line["replies"].items()}
        self.seconds += line["seconds"]
        self.batches += 1
