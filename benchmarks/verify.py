"""Does a full rebuild give the same dvc.lock? `make verify`

Runs every stage again (`dvc repro --force`, into the same dvc.lock, because a new file may order the stages differently) and
compares dvc.lock before and after. Prints each file or folder whose hash changed; then the exit code is 1.

    python -m benchmarks.verify            # the whole pipeline: as long as the first `make repro`
    python -m benchmarks.verify sft        # arguments for `dvc repro --force`: these stages and the stages that they need
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LOCK = Path("dvc.lock")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """One line for each added or removed stage, and for each output or dependency with another hash."""
    lines = [f"{name}: only {'before' if name in before else 'now'}" for name in sorted(before.keys() ^ after.keys())]
    for name in before:
        for kind in ("deps", "outs"):
            old, new = ({entry["path"]: entry["md5"] for entry in lock.get(name, {}).get(kind) or []} for lock in (before, after))
            lines += [f"{name}: {kind[:-1]} {path}" for path in sorted(old.keys() & new) if old[path] != new[path]]
            lines += [
                f"{name}: {kind[:-1]} {path}, only {'before' if path in old else 'now'}"
                for path in sorted(old.keys() ^ new.keys())
                if name in after
            ]
        if name in after and before[name].get("params") != after[name].get("params"):
            lines.append(f"{name}: its parameters")
    return lines


def main(arguments: list[str]) -> int:
    if not LOCK.exists():
        print("vitrine verify: there is no dvc.lock to compare with; run `make repro` first", file=sys.stderr)
        return 1
    before = yaml.safe_load(LOCK.read_text(encoding="utf-8"))["stages"]
    process = subprocess.run(["dvc", "repro", "--force", *arguments], check=False)
    if process.returncode:
        return process.returncode
    after = yaml.safe_load(LOCK.read_text(encoding="utf-8"))["stages"]
    lines = changes(before, after)
    outs = sum(len(stage.get("outs") or []) for stage in after.values())
    print("\n".join(["", *lines]))
    print(f"{len(after)} stages, {outs} outputs: " + (f"{len(lines)} hashes changed" if lines else "every hash is the same"))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
