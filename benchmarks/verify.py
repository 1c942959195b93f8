"""Does a full rebuild give the same dvc.lock? `make verify`

Runs every stage again (`dvc repro --force`, into the same dvc.lock, since a new file may order the stages differently) and
compares what dvc.lock says before and after. Prints each file or folder whose hash moved; exits 1 if any did.

    python -m benchmarks.verify            # the whole pipeline, as long as `make repro` takes at first
    python -m benchmarks.verify sft        # words for `dvc repro --force`: these stages, and what comes before them
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LOCK = Path("dvc.lock")


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """A line for each stage that came or went, and for each output or dependency whose hash differs."""
    found = [f"{name}: only {'before' if name in before else 'now'}" for name in sorted(before.keys() ^ after.keys())]
    for name in before:
        for kind in ("deps", "outs"):
            old, new = ({one["path"]: one["md5"] for one in side.get(name, {}).get(kind) or []} for side in (before, after))
            found += [f"{name}: {kind[:-1]} {path}" for path in sorted(old.keys() & new) if old[path] != new[path]]
            found += [
                f"{name}: {kind[:-1]} {path}, only on one side" for path in sorted(old.keys() ^ new.keys()) if name in after
            ]
        if name in after and before[name].get("params") != after[name].get("params"):
            found.append(f"{name}: its parameters")
    return found


def main(words: list[str]) -> int:
    if not LOCK.exists():
        print("vitrine verify: there is no dvc.lock to compare with: run `make repro` first", file=sys.stderr)
        return 1
    before = yaml.safe_load(LOCK.read_text(encoding="utf-8"))["stages"]
    done = subprocess.run(["dvc", "repro", "--force", *words], check=False)
    if done.returncode:
        return done.returncode
    after = yaml.safe_load(LOCK.read_text(encoding="utf-8"))["stages"]
    found = moved(before, after)
    outs = sum(len(stage.get("outs") or []) for stage in after.values())
    print("\n".join(["", *found]))
    print(f"{len(after)} stages, {outs} outputs: " + (f"{len(found)} hashes moved" if found else "every hash is the same"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
