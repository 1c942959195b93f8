"""Do trainings survive? Kills SFT and GRPO at random moments, starts them again, and compares with a run that nothing disturbed.

    python -m benchmarks.resume                      # 20 kills of each stage; hours on a busy machine
    python -m benchmarks.resume --kills 2 --stages sft

In a temporary clone at scale=smoke with more steps. A kill is SIGKILL or SIGTERM, of the stage or of the `dvc repro` that
started it. A quarter of the kills come at any time from the start of DVC on, the others while the stage trains, and the first of
each stage in the middle of a save. Then `dvc repro` runs again. The last line is one JSON object:

    kills           kills that hit a running stage
    runs            trainings that were killed at least once and then run to their end
    equal           of these, the ones that ended with the hashes (weights, metrics, curve) of the undisturbed run
    continued       starts after a kill that continued from a checkpoint; the others had been killed before the first one
    orphans         processes that were alive 60 s after a kill
    slowest_end     seconds until the last process of a killed run had ended; most of a minute if the machine is very busy
    wrong_records   kills after which dvc.lock had an entry for the stage, or `dvc repro` returned 0
    cost            share of CPU time that checkpoints take in the default SFT of --base, one each `checkpoints.every`
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
import yaml

from benchmarks.checkout import BIN, clone, run

STEPS = {"sft": "sft.steps=120 sft.optimizer=muon", "grpo": "grpo.steps=40 grpo.iterations=2 grpo.optimizer=muon"}
TARGETS = [("stage", signal.SIGKILL), ("dvc", signal.SIGKILL), ("stage", signal.SIGTERM), ("dvc", signal.SIGTERM)]
ORPHAN_S = 60.0
MARK = "VITRINE_RESUME_BENCHMARK"


@dataclass(frozen=True)
class Kill:
    """What is killed and when: a share of the time from the start of DVC, or of the training; None: in the middle of a save."""

    target: str
    number: signal.Signals
    moment: float | None
    from_start: bool = False


class Repository:
    """A clone in which one stage is run again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mark = folder, uuid.uuid4().hex
        self.env = os.environ | {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "PYTHONPATH": str(folder),
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(folder / ".dvc" / "tmp" / "site"),
            MARK: self.mark,
        }

    def entry(self, stage: str) -> dict[str, Any] | None:
        """The entry of the stage in dvc.lock."""
        found: dict[str, Any] | None = yaml.safe_load((self.folder / "dvc.lock").read_text())["stages"].get(stage)
        return found

    def forget(self, stage: str) -> None:
        """Remove the entry of the stage from dvc.lock, so that `dvc repro` has to run it."""
        lock = yaml.safe_load((self.folder / "dvc.lock").read_text())
        lock["stages"].pop(stage, None)
        (self.folder / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False))

    def start(self, stage: str) -> "subprocess.Popen[str]":
        words = ["dvc", "repro", "--single-item", "--no-run-cache", stage]
        with (self.folder / "output.txt").open("w") as output:
            return subprocess.Popen(words, cwd=self.folder, env=self.env, stdout=output, stderr=subprocess.STDOUT, text=True)

    def output(self) -> str:
        return (self.folder / "output.txt").read_text()

    def scratch(self, stage: str) -> Path:
        return self.folder / ".vitrine" / "scratch" / stage

    def processes(self) -> Iterator[psutil.Process]:
        """The processes that a `dvc repro` of this benchmark has started."""
        for process in psutil.process_iter(["cmdline"]):
            try:
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self.mark:
                    yield process
            except psutil.Error:
                continue

    def measure(self, stage: str) -> tuple[float, float]:
        """Run a stage without a kill. Seconds until it trains, and of training."""
        self.forget(stage)
        began, training = time.monotonic(), 0.0
        process = self.start(stage)
        while process.poll() is None:
            if not training and list(self.scratch(stage).glob("*/1")):
                training = time.monotonic()
            time.sleep(0.05)
        if process.returncode or not training:
            sys.exit(f"{stage} failed, or kept no checkpoints:\n{self.output()[-3000:]}")
        return training - began, time.monotonic() - training

    def kill(self, stage: str, kill: Kill, before: float, training: float) -> bool:
        """Start the stage and kill it. False if it ended before the kill."""
        saved = set(self.scratch(stage).glob("*/1/*"))
        process, began = self.start(stage), time.monotonic()
        if kill.moment is not None and kill.from_start:
            time.sleep(kill.moment * (before + training))
        else:
            while process.poll() is None and not set(self.scratch(stage).glob("*/1/*")) - saved:
                time.sleep(0.02)  # until the first checkpoint of this run
            if kill.moment is not None:
                time.sleep(kill.moment * training)
            while kill.moment is None and process.poll() is None and not list(self.scratch(stage).glob("*/1/.*.unfinished")):
                pass  # a save takes milliseconds
        victim = psutil.Process(process.pid)
        if kill.target == "stage":
            stages = [own for own in self.processes() if f"stages.{stage}" in " ".join(own.cmdline())]
            victim = stages[0] if stages else victim  # DVC has not started it yet
        alive = process.poll() is None
        if alive:
            victim.send_signal(kill.number)
        process.wait(timeout=600)
        print(f"{stage}: {kill} after {time.monotonic() - began:.1f} s, exit {process.returncode}", file=sys.stderr, flush=True)
        return alive and not (process.returncode == 0 and self.entry(stage) is not None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="of each stage")
    parser.add_argument("--per-run", type=int, default=1, help="kills of one training before it may end")
    parser.add_argument("--stages", nargs="+", default=["sft", "grpo"], choices=["sft", "grpo"])
    parser.add_argument("--cost-steps", type=int, default=12, help="of the SFT whose checkpoints are timed; 0: none")
    parser.add_argument("--base", type=Path, default=Path("models/base"), help="the model of that SFT")
    parser.add_argument("--chat", type=Path, default=Path("data/chat"), help="its rows")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, help="no new kill after this time")
    parser.add_argument("--into", type=Path, help="keep the clone in this folder, and use it again")
    args = parser.parse_args()
    found: dict[str, float] = dict.fromkeys(("kills", "runs", "equal", "continued", "orphans", "slowest_end", "wrong_records"), 0)
    rng, until = random.Random(args.seed), time.monotonic() + 60 * (args.minutes or 1e6)
    with clone(args.into) as folder:
        compose = f"vitrine compose scale=smoke tracking.enabled=false {' '.join(STEPS.values())}"
        run(folder, f"{compose} checkpoints.every=null")
        run(folder, f"dvc repro {' '.join(args.stages)}")
        repository = Repository(folder)
        undisturbed = {stage: repository.entry(stage) for stage in args.stages}
        run(folder, f"{compose} checkpoints.every=0")
        times = {stage: repository.measure(stage) for stage in args.stages}
        changed = [stage for stage in args.stages if repository.entry(stage) != undisturbed[stage]]
        if changed:
            sys.exit(f"with checkpoints, and without a kill, {', '.join(changed)} has other outputs")
        for first in range(0, args.kills, args.per_run):
            for stage in args.stages:
                if time.monotonic() < until:
                    kills = [_choose(rng, number) for number in range(first, min(first + args.per_run, args.kills))]
                    _try(repository, stage, kills, times[stage], undisturbed[stage], found)
                    print(json.dumps(found), file=sys.stderr, flush=True)
    cost = measure_cost(args.base, args.chat, args.cost_steps) if args.cost_steps else {}
    print(json.dumps({**found, **cost, "stages": args.stages, "seconds": times}))


def _choose(rng: random.Random, number: int) -> Kill:
    if number == 0:
        return Kill("stage", signal.SIGKILL, None)
    return Kill(*TARGETS[number % len(TARGETS)], moment=rng.random(), from_start=rng.random() < 0.25)


def _try(
    repository: Repository,
    stage: str,
    kills: Sequence[Kill],
    times: tuple[float, float],
    expected: dict[str, Any] | None,
    found: dict[str, float],
) -> None:
    """One training with its kills, counted in `found`."""
    repository.forget(stage)
    hits = 0
    for kill in kills:
        if not repository.kill(stage, kill, *times):
            break  # too late: the stage had ended
        hits += 1
        found["continued"] += hits > 1 and "continues after step" in repository.output()
        found["wrong_records"] += repository.entry(stage) is not None
        if kill is not kills[-1]:
            _count_orphans(repository, None, found)
    found["kills"] += hits
    if not hits:
        return
    if repository.entry(stage) is None:
        last = repository.start(stage)  # at once, as a user would: the killed one may still be ending
        _count_orphans(repository, last.pid, found)
        last.wait(timeout=3600)
        found["continued"] += "continues after step" in repository.output()
    found["runs"] += 1
    found["equal"] += repository.entry(stage) == expected
    if repository.entry(stage) != expected:
        print(f"{stage} after {kills} has other outputs\n{repository.output()[-3000:]}", file=sys.stderr, flush=True)


def _count_orphans(repository: Repository, last: int | None, found: dict[str, float]) -> None:
    """Count processes that are alive ORPHAN_S after a kill, and end them. `last` is the DVC of the next run."""
    began = time.monotonic()
    while orphans := [process for process in repository.processes() if last not in {process.pid, *_ancestors(process)}]:
        if time.monotonic() - began > ORPHAN_S:
            break
        if time.monotonic() - began > 15:
            print([process.info["cmdline"][:4] for process in orphans], file=sys.stderr, flush=True)
        found["slowest_end"] = max(found["slowest_end"], round(time.monotonic() - began, 1))
        time.sleep(0.5)
    found["orphans"] += len(orphans)
    for process in orphans:
        print(f"orphan: {process.info}", file=sys.stderr, flush=True)
        process.kill()


def _ancestors(process: psutil.Process) -> set[int]:
    try:
        return {parent.pid for parent in process.parents()}
    except psutil.Error:
        return set()


def measure_cost(base: Path, chat: Path, steps: int) -> dict[str, float]:
    """CPU time of a checkpoint of the default SFT, and its share of the training at one checkpoint each `checkpoints.every`."""
    from stages.sft import Sft
    from vitrine import scratch, tables
    from vitrine.lm.model import Model
    from vitrine.params import composition
    from vitrine.settings import parse
    from vitrine.tables.chat import CHAT
    from vitrine.training.loop.checkpoints import Store
    from vitrine.training.sft.trainer import sft

    params = composition([])
    settings = parse(Sft, "sft", params["sft"] | {"steps": steps, "base": str(base), "train": str(chat / "train.parquet")})
    rows = [row for row in tables.read(settings.train, CHAT) if row["gold"] is not None]
    saves, ends, save = list[float](), list[float](), Store.save

    def timed(self: Store, step: int, write: Any) -> bool:
        ends.append(time.process_time())
        saved = save(self, step, write)
        saves.append(time.process_time() - ends[-1])
        return saved

    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(Store, "save", timed),
        scratch.use("sft", "0" * 64, scratch.Saving(every=0), Path(folder)),
    ):
        model, curves = Model.load(settings.base, settings.load), Path(folder) / "curves.csv"
        sft(model, rows, settings, settings.method, max_length=settings.context, seed=settings.seed, curves=curves)
    one_step = (ends[-1] - ends[0] - sum(saves[:-1])) / (len(ends) - 1)
    one_save, every = statistics.median(saves), params["checkpoints"]["every"]
    return {"cost": one_save / every, "cost_each_step": one_save / one_step, "save_cpu_seconds": one_save}


if __name__ == "__main__":
    main()
