"""The plan of one training: steps, rows, tokens, memory by part, time, and whether it fits.

    plan = make_plan("sft", settings, lm=base.lm, machine=here())
    plan.fits, plan.peak.total, plan.step_s
    fitted(plan)                      # the largest micro_batch that fits, with the same effective batch; None if none does

The largest forward pass decides: the one with the most tokens, padding included, in the order in which the training reads its
rows. A step count wins over epochs: `steps` says how long a training is, and the epochs follow from it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.parquet as pq

from vitrine.errors import CheckpointError, SettingsError
from vitrine.lm import tokenizer as tokenizers
from vitrine.lm.settings import Load, Origin
from vitrine.training.loop.schedule import Schedule
from vitrine.training.preflight import memory, rows, shapes, speed
from vitrine.training.preflight.dryrun import DryRun, ForwardPass, Job, dry_run
from vitrine.training.preflight.live import Peak
from vitrine.training.preflight.machine import UTILISATION, Machine
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.packing import LARGEST_LOGITS

Kind = Literal["base", "sft", "grpo"]
FULL = Method(name="full", rank=1, alpha=1, dropout=0.0)
GROWING = ("activations", "logits", "temporary", "allocator")  # parts that grow with the rows of a forward pass
UNKNOWN_PROMPT = 0.5  # share of the context that a prompt takes, without prompts to look at


@dataclass(frozen=True)
class Work:
    """What a training reads."""

    rows: int | None  # of its table; None: not there yet
    seen: int  # rows of all steps, with repetitions
    passes: Sequence[ForwardPass]
    truncated: float | None
    source: str
    rollout: memory.Rollout | None = None
    generations: int = 1
    are_blocks: bool = False  # texts are joined and cut: a row is not seen as such

    @property
    def epochs(self) -> float | None:
        return None if self.are_blocks else self.seen / self.generations / self.rows if self.rows else None

    @property
    def tokens(self) -> int:
        return sum(sum(one.lengths) for one in self.passes)

    @property
    def learned(self) -> int:
        return sum(one.learned for one in self.passes)

    @property
    def padding(self) -> float:
        padded = sum(one.tokens for one in self.passes)
        return 1 - self.tokens / padded if padded else 0.0


@dataclass(frozen=True)
class Plan:
    kind: Kind
    job: Job
    work: Work
    machine: Machine
    shape: shapes.Shape
    largest: ForwardPass
    run: DryRun
    peaks: Mapping[str, Peak]
    context: int  # tokens of the longest row that the settings allow
    clock: speed.Clock | None
    timed: str  # how the time was found
    notes: Sequence[str] = field(default=())

    @property
    def moment(self) -> str:
        return memory.fullest(self.peaks)[0]

    @property
    def peak(self) -> Peak:
        return memory.fullest(self.peaks)[1]

    @property
    def fits(self) -> bool:
        return self.peak.total <= self.machine.memory

    @property
    def trained_context(self) -> int | None:
        """The longest text that the model was trained on."""
        return getattr(self.job.config, "max_position_embeddings", None)

    @property
    def step_s(self) -> float | None:
        """Seconds of an average step; of GRPO without writing the replies."""
        if self.clock is None or not self.work.passes:
            return None
        size = self.job.schedule.accumulate
        groups = [self.work.passes[start : start + size] for start in range(0, len(self.work.passes), size)]
        return float(np.mean([self.clock.step_s(group) for group in groups]))


def make_plan(
    kind: Kind,
    settings: Any,
    *,
    machine: Machine,
    lm: Origin | None = None,
    method: Method = FULL,
    timed: bool = True,
    tracked: bool = False,
) -> Plan:
    """`settings` of the stage; `lm` where the base model comes from, if it is not made yet; `method` of SFT, for GRPO; `tracked`
    if runs are logged to MLflow."""
    shape = shapes.find(lm, _folder(kind, settings, lm))
    method = settings.method if kind == "sft" else method if kind == "grpo" else FULL
    if kind == "grpo" and (settings.sft / "config.json").exists():
        method = FULL
    if shape.adapter:
        method = Method(name="lora", rank=shape.adapter["r"], alpha=shape.adapter["lora_alpha"], dropout=0.0)
    load: Load = settings.load if kind != "base" else settings.load.model_copy(update={"quantisation": None})
    schedule, method, load, notes = _supported(settings, method, load, machine)
    work = _work(kind, settings, schedule, shape)
    job = Job(shape.config, load, schedule, method, kind, gpu=machine.gpu)
    if kind == "sft" and settings.packing:
        tokenizer = _tokenizer(shape)  # may have fewer pieces than the model has embeddings
        pieces = len(tokenizer) if tokenizer else shape.config.vocab_size
        job = replace(job, at_once=schedule.micro_batch * settings.context * pieces <= LARGEST_LOGITS)
    largest = rows.largest(work.passes)
    done = dry_run(job, largest)
    peaks = memory.moments(job, done, rows=work.rows or 0, rollout=work.rollout, tracked=tracked)
    clock, how = _clock(job, done, work, largest, machine) if timed else (None, "not asked for")
    context = settings.block if kind == "base" else getattr(settings, "context", None) or max(largest.lengths)
    return Plan(kind, job, work, machine, shape, largest, done, peaks, context, clock, how, notes)


def fitted(settings: Any, plan: Plan, remake: Callable[[Any], Plan]) -> Plan | None:
    """The plan with the largest micro_batch that fits. The effective batch stays the same; `plan` is the one of `settings`.

    Only part of the memory grows with the rows of a forward pass, so that one plan says about how many fit. The choice is then
    computed exactly, and lowered until it fits."""
    sizes = [size for size in range(settings.batch, 0, -1) if settings.batch % size == 0]
    room = plan.machine.memory - plan.peak.total
    growing = sum(plan.peak.parts.get(part, 0) for part in GROWING)
    if plan.moment == "generation":  # replies are written for the whole batch: its forward passes do not matter
        return plan if plan.fits else None
    rows = plan.job.schedule.micro_batch * max(0.0, 1 + room / max(1, growing))
    for size in [size for size in sizes if size <= rows] or sizes[-1:]:
        found = plan if size == settings.micro_batch else remake(settings.model_copy(update={"micro_batch": size}))
        if found.fits:
            return found
    return None


def _folder(kind: Kind, settings: Any, lm: Origin | None) -> Path:
    if kind == "base":
        return Path("/nonexistent")  # the model that this stage makes: always from its settings
    folder = settings.base if kind == "sft" else settings.sft
    base = Path(folder).parent / "base"
    return folder if folder.is_dir() or kind == "sft" else base


def _supported(
    settings: Schedule, method: Method, load: Load, machine: Machine
) -> tuple[Schedule, Method, Load, tuple[str, ...]]:
    """Schedule, method and load with what takes the place of what the machine lacks, and a note on each."""
    notes = []
    schedule: Schedule = settings
    if not machine.gpu:
        if settings.optimizer.endswith("8bit"):
            schedule = schedule.model_copy(update={"optimizer": "adamw"})
            notes.append(f"optimizer adamw instead of {settings.optimizer}, which needs a GPU")
        if load.quantisation:
            raise SettingsError(
                f"load.quantisation={load.quantisation} is not trained on a CPU: plan for a card (--memory 16GB), or set "
                "load.quantisation to null"
            )
        if settings.precision == "bfloat16" and not _has_bfloat16():
            schedule = schedule.model_copy(update={"precision": "float32"})
            notes.append("precision float32 instead of bfloat16, which this processor does not compute")
    if method.name == "qlora" and not load.quantisation:
        method = method.model_copy(update={"name": "lora"})
        notes.append("method lora instead of qlora, because load.quantisation is null")
    if method.name == "full" and load.quantisation:
        raise SettingsError("method.name=full cannot train quantised weights: use qlora, or set load.quantisation to null")
    return schedule, method, load, tuple(notes)


def _has_bfloat16() -> bool:
    from vitrine.lm.hardware import detect

    return detect("cpu").bfloat16


def _work(kind: Kind, settings: Any, schedule: Schedule, shape: shapes.Shape) -> Work:
    if kind == "base":
        one = ForwardPass((settings.block,) * schedule.micro_batch, settings.block * schedule.micro_batch)
        passes = [one] * max(1, schedule.steps * schedule.accumulate)
        known = pq.read_metadata(settings.train).num_rows if settings.train.exists() else None
        seen = schedule.steps * schedule.batch
        return Work(known, seen, passes, None, f"blocks of {settings.block} tokens", are_blocks=True)
    tokenizer = _tokenizer(shape)
    if kind == "sft":
        found = (
            rows.sft_rows(settings.train, tokenizer, limit=settings.context)
            if settings.train.exists()
            else rows.unknown_rows(max(schedule.batch, schedule.micro_batch), settings.context)
        )
        once = schedule if schedule.steps else schedule.model_copy(update={"steps": 1})
        passes = rows.forward_passes(found, once, seed=settings.seed, packed=settings.packing and settings.backend == "trl")
        if not passes:
            raise SettingsError(f"every prompt fills sft.context={settings.context} tokens: no reply is left to learn from")
        known = len(found.whole) if settings.train.exists() else None
        return Work(known, schedule.steps * schedule.batch, passes, found.truncated, found.source)
    return _rollouts(settings, schedule, shape, tokenizer)


def _tokenizer(shape: shapes.Shape) -> Any:
    """The model's own tokenizer; None if it is not there yet."""
    if shape.tokenizer is None:
        return None
    with suppress(CheckpointError):
        return tokenizers.load(shape.tokenizer)
    return None


def _rollouts(settings: Any, schedule: Schedule, shape: shapes.Shape, tokenizer: Any) -> Work:
    """GRPO: each prompt `generations` times; a reply is taken to fill its limit, the most that it can be."""
    if settings.prompts.exists():
        from vitrine import tables
        from vitrine.tables.prompts import PROMPTS

        table = tables.read(settings.prompts, PROMPTS)
        kept = [row for row in table if not _skipped(row, settings.skip)]
        if not kept:
            raise SettingsError(f"{settings.prompts} has no prompt that grpo.skip={list(settings.skip)} leaves")
        prompts = [{"messages": row["messages"]} for row in kept]
        found = rows.of_rows(prompts, tokenizer, limit=10**9, source=str(settings.prompts))
        lengths, known, source = found.whole, len(kept), found.source
    else:
        limit = min(getattr(shape.config, "max_position_embeddings", 2048), 2048)
        lengths, known = np.array([int(limit * UNKNOWN_PROMPT)]), None
        source = f"no prompts yet: {lengths[0]} tokens a prompt"
    generator = np.random.default_rng(settings.seed)
    groups = schedule.steps * schedule.batch // settings.generations
    chosen = np.concatenate([generator.permutation(lengths) for _ in range(max(1, -(-groups // len(lengths))))])[: max(1, groups)]
    # Padded to the longest prompt of the batch that is generated together, and to the longest reply.
    repeated = np.repeat(chosen, settings.generations)
    reply, size, batch = settings.max_tokens, schedule.micro_batch, schedule.batch
    passes = []
    for start in range(0, max(1, len(repeated)), batch):
        group = repeated[start : start + batch]
        width = int(group.max()) + reply
        passes += [ForwardPass((width,) * size, size * reply, reply=reply)] * schedule.accumulate
    rollout = memory.Rollout(batch, int(lengths.max()), reply, settings.top_p < 1 or settings.top_k > 0)
    return Work(known, schedule.steps * batch, passes, None, source, rollout, settings.generations)


def _skipped(row: Mapping[str, Any], skip: Sequence[str]) -> bool:
    return row["mark"] in skip or ("flat" in skip and bool(row["flat"]))


def _clock(job: Job, done: DryRun, work: Work, largest: ForwardPass, machine: Machine) -> tuple[speed.Clock | None, str]:
    of_token = done.flops / max(1, largest.tokens)
    if machine.gpu:
        if machine.flops is None:
            return None, "unknown for this card: name one with --card"
        how = f"{machine.flops / 1e12:g} TFLOP/s as published, of which {UTILISATION:.0%} are taken to be used"
        return speed.of_rate(of_token, machine.flops * UTILISATION), how
    return speed.calibrate(job, work.passes, of_token), "one and three layers timed on this machine"
