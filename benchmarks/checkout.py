"""A temporary clone of this checkout, in which a benchmark runs the pipeline without touching yours.

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
    """Clone HEAD, with its own DVC cache. The clone is removed at the end, unless it is kept in the folder `into`.

    A kept clone is updated to HEAD and used again; its finished stages are not repeated.
    """
    with tempfile.TemporaryDirectory(prefix="vitrine-benchmark-") as parent:
        folder = into.resolve() if into else Path(parent) / "vitrine"
        if folder.exists():
            subprocess.run(["git", "-C", str(folder), "pull", "--quiet", "--autostash", "--ff-only"], check=True)
        else:
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        yield folder


def run(folder: Path, command: str) -> tuple[float, str]:
    """Run a command in `folder` and return its seconds and output. If it fails, print its output and exit."""
    env = os.environ | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONPATH": str(folder),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(folder / ".dvc" / "tmp" / "site"),
    }
    arguments = shlex.split(command)
    if arguments[0] == "vitrine":  # the code of the clone, not of the installed checkout
        arguments = [sys.executable, "-m", "vitrine.cli", *arguments[1:]]
    started = time.perf_counter()
    result = subprocess.run(
        arguments, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    seconds = time.perf_counter() - started
    if result.returncode:
        sys.exit(f"{command} failed in {folder}:\n{result.stdout[-4000:]}")
    return seconds, result.stdout
