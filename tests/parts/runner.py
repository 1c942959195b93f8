"""The parts of `make test-all`: tests that need a browser, a server or many minutes.

    python -m tests.parts.runner                  every part that has not passed on these files
    python -m tests.parts.runner ssh              this part, even if it passed before
    python -m tests.parts.runner --budget 900     the parts that fit into 900 seconds; the rest is listed as skipped

A part that passed leaves a stamp in .test-all/<hash of the files>/, so a second `make test-all` continues where the first
stopped. Any changed file, committed or not, changes the hash, and every part runs again.
"""

import argparse
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOTO = ROOT / ".venv-moto"


@dataclass(frozen=True)
class Part:
    tests: tuple[str, ...]  # arguments of pytest
    seconds: int  # on a busy machine, without the smoke run
    prepare: Callable[[], str | None] = lambda: None  # installs missing packages; returns a reason if it cannot
    smoke: bool = False  # uses the smoke run, which the first such part makes


SMOKE_SECONDS = 240


def system(command: str, package: str) -> str | None:
    """A reason if a system program is missing. In CI it is installed; elsewhere the user installs it."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    if not shutil.which(command, path=path) and os.environ.get("CI") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for args in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", package]):
            subprocess.run(["apt-get", *args], env=quiet, stdin=subprocess.DEVNULL, check=False)
    return None if shutil.which(command, path=path) else f"there is no {command}: apt-get install {package}"


def extra(name: str) -> str | None:
    """Installs the packages of an extra at their pinned versions."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][name]
    if all(find_spec(name.replace("-", "_")) for name in packages):
        return None
    return pip(sys.executable, "-c", str(ROOT / "constraints.txt"), *packages)


def moto() -> str | None:
    """Installs the S3 server in its own environment, because it needs another botocore than dvc-s3."""
    requirements = ROOT / "tests" / "teams" / "moto.txt"
    ready = MOTO / "ready"
    if ready.exists() and ready.read_text() == requirements.read_text():
        return None
    subprocess.run([sys.executable, "-m", "venv", "--clear", MOTO], check=True)
    if problem := pip(str(MOTO / "bin" / "python"), "-r", str(requirements)):
        return problem
    ready.write_text(requirements.read_text())
    return None


def unsloth() -> str | None:
    """A reason if Unsloth is missing. In CI it is installed; elsewhere the user installs it, since parts of it are AGPL."""
    if not find_spec("unsloth") and os.environ.get("CI"):
        subprocess.run(["make", "unsloth"], cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
        importlib.invalidate_caches()
    return None if find_spec("unsloth") else "unsloth is not installed: make unsloth"


def pip(python: str, *args: str) -> str | None:
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", *args], stdin=subprocess.DEVNULL)
    return None if done.returncode == 0 else f"pip install {' '.join(args)} failed"


# The most useful parts per minute first.
PARTS: dict[str, Part] = {
    "environments": Part(("tests/parts/test_environments.py",), 90),
    "s3": Part(("tests/teams/test_s3.py", "-m", "part or not part"), 120, lambda: extra("s3") or moto(), smoke=True),
    "ssh": Part(("tests/teams/test_ssh.py",), 120, lambda: extra("ssh") or system("sshd", "openssh-server"), smoke=True),
    "unsloth": Part(("tests/training/test_unsloth.py", "-m", "slow"), 180, unsloth),
    "browser": Part(("tests/parts/test_browser.py",), 60, lambda: system("chromium", "chromium"), smoke=True),
    "portfolio": Part(("tests/parts/test_recipes.py", "-k", "portfolio"), 300),
    "tucano2": Part(("tests/parts/test_recipes.py", "-k", "tucano2"), 240),
    "llama32": Part(("tests/parts/test_recipes.py", "-k", "llama32"), 240),
}


def hash_of_files(root: Path) -> str:
    """Git's hash of the working tree: tracked and new files, without ignored ones."""
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"GIT_INDEX_FILE": f"{folder}/index"}
        for args in (["read-tree", "HEAD"], ["add", "--all"]):
            subprocess.run(["git", *args], cwd=root, env=env, check=True, capture_output=True)
        done = subprocess.run(["git", "write-tree"], cwd=root, env=env, check=True, capture_output=True, text=True)
    return done.stdout.strip()[:16]


def verdict(code: int, log: str) -> tuple[str, str]:
    """Passed, failed or skipped, and why, from pytest's output. A part with a skipped test has not passed."""
    closing = [line for line in log.splitlines() if re.search(r"\d+ (passed|failed|skipped|errors?|deselected)\b", line)][-1:]
    summary = closing[0].strip("= ") if closing else f"exit status {code}"
    if code != 0:
        return "failed", summary
    if reasons := re.findall(r"^SKIPPED \[\d+\] \S+ (.*)$", log, re.M):
        return "skipped", "; ".join(dict.fromkeys(reasons))
    return "passed", summary


def call(command: Sequence[str], log: Path, limit: float, env: Mapping[str, str]) -> int | None:
    """The exit status of a command; None if it and its children were killed after `limit` seconds."""
    with log.open("w") as file:
        child = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | env, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
        try:
            return child.wait(timeout=limit)
        except BaseException as stop:
            os.killpg(child.pid, signal.SIGTERM)  # the process group of the child: only processes started here
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
            if isinstance(stop, subprocess.TimeoutExpired):
                return None
            raise


def run(parts: Mapping[str, Part], folder: Path, budget: float, again: bool) -> Iterator[tuple[str, str, str, float]]:
    """The name, verdict, reason and seconds of each part."""
    folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    for name, part in parts.items():
        stamp, log, began = folder / f"{name}.json", folder / f"{name}.log", time.monotonic()
        if stamp.exists() and not again:
            yield name, "passed", f"earlier, on the same files, in {json.loads(stamp.read_text())['seconds']:.0f} s", 0.0
            continue
        smoke = folder / "smoke"
        need = part.seconds + (SMOKE_SECONDS if part.smoke and not (smoke / "done.json").exists() else 0)
        left = budget - (time.monotonic() - start)
        if need > left:
            yield name, "skipped", f"needs up to {need} s, but {max(left, 0):.0f} s are left", 0.0
            continue
        if problem := part.prepare():
            yield name, "skipped", problem, time.monotonic() - began
            continue
        left = budget - (time.monotonic() - start)
        command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-m", "part", *part.tests]
        code = call(command, log, min(left, 6 * need), {"VITRINE_SMOKE": str(smoke)})
        seconds = time.monotonic() - began
        if code is None:
            kind, why = ("skipped", "the budget ended first") if left < 6 * need else ("failed", "it did not finish")
        else:
            kind, why = verdict(code, log.read_text())
        if kind == "passed":
            stamp.write_text(json.dumps({"seconds": round(seconds, 1)}))
        yield name, kind, why, seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="make test-all", description="tests that need a browser, a server or many minutes")
    parser.add_argument("part", nargs="*", help=f"one or more of {', '.join(PARTS)}")
    parser.add_argument("--budget", type=float, default=float("inf"), metavar="SECONDS")
    args = parser.parse_args()
    if unknown := [name for name in args.part if name not in PARTS]:
        parser.error(f"there is no part '{unknown[0]}': one of {', '.join(PARTS)}")
    folder = ROOT / ".test-all" / hash_of_files(ROOT)
    for other in folder.parent.glob("*"):  # stamps of earlier files
        if other != folder and other.is_dir():
            shutil.rmtree(other, ignore_errors=True)
    chosen = {name: PARTS[name] for name in args.part} or PARTS
    failed = []
    for name, kind, why, seconds in run(chosen, folder, args.budget, again=bool(args.part)):
        print(f"{name}: {kind}: {why} ({seconds:.0f} s)", flush=True)
        if kind == "failed":
            failed.append(name)
            log = folder / f"{name}.log"
            print("".join(f"    {line}\n" for line in log.read_text().splitlines()[-60:]), end="", flush=True)
            print(f"    full log: {log.relative_to(ROOT)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
