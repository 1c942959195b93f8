"""A temporary clone of this checkout in which a benchmark may run the pipeline without touching yours.

with clone() as folder:
    run(folder, "vitrine compose seed=8")
    run(folder, "dvc repro")
"""

import contextlib
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


@contextlib.contextmanager
def clone(into: Path | None = None) -> Iterator[Path]:
    """The committed state of HEAD, with a DVC cache of its own; it is removed at the end, unless `into` says where to keep it.

    One that was kept goes on: what it has made and HEAD would make again alike is not made again.
    """
    with tempfile.TemporaryDirectory(prefix="vitrine-benchmark-") as parent:
        folder = into.resolve() if into else Path(parent) / "vitrine"
        if folder.exists():
            subprocess.run(["git", "-C", str(folder), "pull", "--quiet", "--autostash", "--ff-only"], check=True)
        else:
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        yield folder


def run(folder: Path, command: str) -> tuple[float, str]:
    """Seconds and output of a command in `folder`; a failure shows what it printed and ends the benchmark."""
    env = os.environ | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONPATH": str(folder),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(folder / ".dvc" / "tmp" / "site"),
    }
    words = shlex.split(command)
    if words[0] == "vitrine":  # the clone's own code, not the installed checkout's
        words = [sys.executable, "-m", "vitrine.cli", *words[1:]]
    started = time.perf_counter()
    done = subprocess.run(words, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{command} failed in {folder}:\n{done.stdout[-4000:]}")
    return seconds, done.stdout
