"""The memory of a whole training: of its fullest moment, by part.

    peaks = moments(job, one, machine, rollout=None)
    peaks["backward"].parts        # {"process": …, "weights": …, "gradients": …, "activations": …, "allocator": …}

On a CPU it is what the process would occupy (resident set); on a GPU what it would occupy there. The constants for a CPU are
fitted on the trainings in benchmarks/preflight.py that are not part of its test; those for a GPU are assumptions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vitrine.training.preflight.dryrun import DryRun, Job
from vitrine.training.preflight.live import Peak

MB = 1_000_000
PROCESS = 705 * MB  # the interpreter, torch, transformers and TRL, without a model
TRACKING = 90 * MB  # MLflow with its database
ROW = 20_000  # bytes of a training row: as text, as tokens, and in the table that the trainer reads; from one run at scale=cpu
GENERATED = 0.2  # share of the tensors that the allocator holds beyond them if replies of changing lengths are written
HELD = {"activations": 0.05, "logits": 0.1, "temporary": 0.3, "gradients": 0.1, "optimizer": 0.0}
CUDA_CONTEXT = 600 * MB  # kernels, cuBLAS
CUDA_SPARE = 0.06  # share of the tensors that the allocator holds beyond them


@dataclass(frozen=True)
class Rollout:
    """The generation of GRPO's replies."""

    sequences: int  # at once
    prompt: int  # tokens of the longest prompt
    reply: int  # tokens
    filtered: bool  # top_p or top_k: logits are sorted


def moments(job: Job, done: DryRun, *, rows: int, rollout: Rollout | None = None, tracked: bool = False) -> dict[str, Peak]:
    """The fullest moments of loading, generating, and the phases of a step."""
    start = dict(done.peaks["start"].parts)
    base = start.get("weights", 0) + start.get("adapter", 0)
    loading = {"weights": base, "temporary": 0 if job.gpu or job.quantised else base}  # the file's pages beside the copy
    peaks: dict[str, Peak] = {"loading": Peak(2 * base, loading)} | dict(done.peaks)
    if rollout:
        parts = start | generation(job, rollout)
        peaks["generation"] = Peak(sum(parts.values()), parts)
    return {name: _process(job, peak.parts, rows, tracked) for name, peak in peaks.items()}


def generation(job: Job, rollout: Rollout) -> dict[str, int]:
    config, size = job.config, 2 if job.schedule.precision == "bfloat16" or job.load.dtype != "float32" else 4
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    tokens = rollout.sequences * (rollout.prompt + rollout.reply)
    cache = tokens * 2 * config.num_hidden_layers * config.num_key_value_heads * head * size
    # reading the prompts: the widest layer's values, its gate and their product, beside two hidden states
    reading = rollout.sequences * rollout.prompt * (3 * config.intermediate_size + 4 * config.hidden_size) * size
    sampling = rollout.sequences * config.vocab_size * 4 * (6 if rollout.filtered else 3)
    return {"key-value cache": cache, "activations": reading, "logits": sampling}


def _process(job: Job, parts: Mapping[str, int], rows: int, tracked: bool) -> Peak:
    parts = {name: size for name, size in parts.items() if size}
    if job.gpu:
        parts |= {"CUDA context": CUDA_CONTEXT, "allocator": round(CUDA_SPARE * sum(parts.values()))}
    else:
        held = sum(HELD.get(name, 0.0) * size for name, size in parts.items())
        if job.kind == "grpo":
            held += GENERATED * sum(parts.values())
        parts |= {"process": PROCESS + TRACKING * tracked, "rows": ROW * rows, "allocator": round(held)}
    return Peak(sum(parts.values()), parts)


def fullest(peaks: Mapping[str, Peak]) -> tuple[str, Peak]:
    return max(peaks.items(), key=lambda item: item[1].total)
