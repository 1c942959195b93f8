"""How long a training takes, from a few seconds of real computation on this machine, or from a card's published rate.

    clock = calibrate(job, passes)                  # one and three layers, forward and backward, real tensors
    clock.step_s(passes_of_a_step)                  # seconds of a step of the whole model

All layers are alike, so that the time of a deep model follows from one and from three layers; so does the optimizer's. A forward
pass takes a time that is linear in its tokens, through a short and a long one. With one thread it is processor time, which a busy
machine changes little.
"""

import functools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from vitrine.training.loop.optimizer import build as build_optimizer
from vitrine.training.preflight.dryrun import ForwardPass, Job, build, loss_of, on_cpu
from vitrine.training.preflight.shapes import with_layers

REPEATS = 3
DEEPER = 3  # layers of the deeper model that is timed
FAR = 1.5  # two forward passes are timed apart if one has this many times the tokens of the other
LARGEST = 12e9  # operations of a forward and backward pass that is timed; a larger one is timed with fewer rows
PASS_S = 0.012  # the trainer's own work for a forward pass: reading rows, metrics
STEP_S = 0.02  # ... and for a step: clipping, logging, schedule


@dataclass(frozen=True)
class Clock:
    short: tuple[int, float]  # tokens of a pass, its seconds
    long: tuple[int, float]
    update_s: float  # of the optimizer

    def pass_s(self, one: ForwardPass) -> float:
        (few, quick), (many, slow) = self.short, self.long
        if one.tokens >= many or many < FAR * few:  # two lengths that are close say nothing about a slope
            return slow * one.tokens / many
        return max(quick * one.tokens / few / 2, quick + (slow - quick) * (one.tokens - few) / (many - few))

    def step_s(self, passes: Sequence[ForwardPass]) -> float:
        return sum(self.pass_s(one) + PASS_S for one in passes) + self.update_s + STEP_S


def calibrate(job: Job, passes: Sequence[ForwardPass], flops_of_token: float) -> Clock:
    """Time a short and a long forward pass of `passes`, and an update, on this machine's processor.

    The process must have called `vitrine.stage.keep_freed_memory`, as stages do: fresh pages cost as much as the arithmetic."""
    ordered = sorted(passes, key=lambda one: one.tokens)
    chosen = [_limited(ordered[round(share * (len(ordered) - 1))], flops_of_token) for share in (0.1, 0.9)]
    layers = job.config.num_hidden_layers
    clean = job.schedule.accumulate == 1  # a later pass adds to the gradients
    works: list[list[Callable[[], object]]] = []  # of the shallow model, of the deeper one
    for count in (1, DEEPER):
        model, _ = build(replace(job, gpu=False), with_layers(job.config, count), device="meta")
        on_cpu(model, fill=True)
        optimizer = build_optimizer(model, job.schedule)
        works.append([*(functools.partial(_train, job, model, one, clean) for one in chosen), optimizer.step])
    pairs = [_best(*pair) for pair in zip(*works, strict=True)]
    whole = [max(one, one + (layers - 1) * (more - one) / (DEEPER - 1)) for one, more in pairs]
    return Clock((chosen[0].tokens, whole[0]), (chosen[1].tokens, whole[1]), whole[2])


def of_rate(flops_of_token: float, flops: float) -> Clock:
    """The clock of a card that makes `flops` operations a second."""
    token = flops_of_token / flops
    return Clock((1, token), (1, token), 0.0)


def _limited(one: ForwardPass, flops_of_token: float) -> ForwardPass:
    rows = len(one.lengths)
    share = LARGEST / max(1.0, one.tokens * flops_of_token)
    if share >= 1:
        return one
    kept = max(1, math.floor(rows * share))
    return replace(one, lengths=one.lengths[-kept:], learned=max(1, one.learned * kept // rows))


def _train(job: Job, model: Any, one: ForwardPass, clean: bool) -> None:
    if clean:
        model.zero_grad()
    loss_of(job, model, one).backward()


def _best(*works: Callable[[], object]) -> list[float]:
    """The least time of each of the works. They take turns, so that a busy machine slows them alike."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    times: list[list[float]] = [[] for _ in works]
    for turn in range(REPEATS + 1):
        for work, found in zip(works, times, strict=True):
            started = clock()
            work()
            if turn:  # the first one also allocates
                found.append(clock() - started)
    return [min(found) for found in times]
