"""One optimizer step on fake tensors: the bytes that live at its fullest moment, and the work of a forward pass.

    job = Job(config, Load(), schedule, Method(…), kind="sft")
    done = dry_run(job, ForwardPass(lengths=(512,) * 8, learned=1200))
    done.peak.parts          # {"weights": …, "gradients": …, "optimizer": …, "activations": …, "logits": …}

The model is built from its config by transformers and PEFT, and runs as in a training; only the loss is repeated here, as the
trainers compute it. A step with several forward passes keeps the gradients of the first while the second one runs.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint
from transformers import AutoModelForCausalLM, PretrainedConfig
from transformers.utils import logging as transformers_logging

from vitrine.lm.model import Model
from vitrine.lm.settings import Load
from vitrine.training.loop.schedule import Schedule
from vitrine.training.preflight.live import Live, Peak
from vitrine.training.preflight.shapes import with_layers
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.packing import PACKED

FEW, DEEP = 2, 4  # layers of the models that a deeper one is computed from
CHUNK = 256  # supervised tokens whose logits TRL computes at once
NF4_BYTES = 0.5 + (1 + 4 / 256) / 64  # of a value: four bits, and an 8-bit scale per 64 values, with a scale of its own per 256
EIGHT_BIT_FROM = 4096  # bitsandbytes keeps smaller tensors in float32


@dataclass(frozen=True)
class ForwardPass:
    """The rows of one forward pass."""

    lengths: tuple[int, ...]  # tokens of each row, without padding
    learned: int  # tokens that the loss is on
    packed: bool = False
    reply: int = 0  # GRPO: tokens of the longest reply

    @property
    def tokens(self) -> int:
        """With padding."""
        return sum(self.lengths) if self.packed else len(self.lengths) * max(self.lengths)


@dataclass(frozen=True)
class Job:
    """What decides the memory of a step, besides its rows."""

    config: PretrainedConfig
    load: Load
    schedule: Schedule
    method: Method
    kind: Literal["base", "sft", "grpo"]
    at_once: bool = False  # the logits of all supervised tokens are computed at once (sft.packing with few of them)
    gpu: bool = False

    @property
    def quantised(self) -> bool:
        return self.load.quantisation is not None


@dataclass(frozen=True)
class DryRun:
    peaks: Mapping[str, Peak]  # of the moments of a step: start (between steps), forward, backward, update
    flops: int  # of one forward and backward pass
    moved: int  # bytes that its operations write
    calls: int  # operations
    trained: int  # values
    parameters: int  # values of the model without an adapter

    @property
    def peak(self) -> Peak:
        return max(self.peaks.values(), key=lambda peak: peak.total)


def dry_run(job: Job, one: ForwardPass) -> DryRun:
    """A step of the whole model. All layers are alike, so that a deep model follows from two shallow ones."""
    layers = job.config.num_hidden_layers
    if layers <= DEEP:
        return _dry_run(job, one, layers)
    small, large = _dry_run(job, one, FEW), _dry_run(job, one, DEEP)
    share = (layers - FEW) / (DEEP - FEW)

    def extended(start: float, end: float) -> int:
        return round(start + share * (end - start))

    peaks = {}
    for moment, one_peak in large.peaks.items():
        before = small.peaks[moment].parts
        names = {*before, *one_peak.parts}
        parts = {name: max(0, extended(before.get(name, 0), one_peak.parts.get(name, 0))) for name in names}
        peaks[moment] = Peak(sum(parts.values()), parts)
    numbers = ("flops", "moved", "calls", "trained", "parameters")
    return DryRun(peaks, **{name: extended(getattr(small, name), getattr(large, name)) for name in numbers})


def _dry_run(job: Job, one: ForwardPass, layers: int) -> DryRun:
    transformers_logging.set_verbosity_error()
    live, held = Live(), list[torch.Tensor]()
    model, quantised = build(job, with_layers(job.config, layers), device="meta")
    with FakeTensorMode(allow_non_fake_inputs=True):
        on_cpu(model)
        dense = [weight for name, weight in model.named_parameters() if name in quantised]
        frozen = [weight for name, weight in model.named_parameters() if not weight.requires_grad and name not in quantised]
        trained = [weight for weight in model.parameters() if weight.requires_grad]
        with live:
            live.put([*frozen, *model.buffers()], "weights")
            live.put(trained, "weights" if job.method.name == "full" else "adapter")
            live.put(dense, "replaced")  # the quantised weights take its place below
            held += _states(job, model)
            live.put(held, "optimizer")
            for weight in trained:
                weight.register_post_accumulate_grad_hook(lambda done: live.put([done.grad], "gradients"))
            before = live.flops, live.moved, live.calls
            _pass(job, model, one, live)
            after = live.flops, live.moved, live.calls
            if job.schedule.accumulate > 1:
                _pass(job, model, one, live)
            _update(job, model, live)
    flops, moved, calls = (int(end - start) for start, end in zip(before, after, strict=True))
    count = sum(weight.numel() for weight in trained)
    own = sum(weight.numel() for weight in model.parameters()) - (0 if job.method.name == "full" else count)
    peaks = {moment: _with_quantised(job, peak, dense) for moment, peak in live.peaks.items()}
    return DryRun(peaks, flops, moved, calls, count, own)


def build(job: Job, config: PretrainedConfig, *, device: str) -> tuple[Any, set[str]]:
    """The model to train and the names of the weights that would be quantised."""
    with torch.device(device):
        return _build(job, config)


def _build(job: Job, config: PretrainedConfig) -> tuple[Any, set[str]]:
    load = job.load.model_copy(update={"quantisation": None, "device": "cpu"})
    attention = "eager" if load.attention == "eager" else "sdpa"  # FlashAttention needs the same memory as sdpa
    weights = AutoModelForCausalLM.from_config(config, attn_implementation=attention, dtype=getattr(torch, load.dtype))
    names: set[str] = set()
    if job.quantised:
        head = weights.get_output_embeddings()
        linear = {id(part.weight) for part in weights.modules() if isinstance(part, torch.nn.Linear) and part is not head}
        for weight in weights.parameters():
            if id(weight) not in linear:
                weight.data = weight.data.float()  # as prepare_model_for_kbit_training does
            else:
                weight.data = weight.data.bfloat16()
    method = job.method.model_copy(update={"name": "full" if job.method.name == "full" else "lora"})
    model = method.apply(Model(weights, None, "", load)).weights
    model.train()
    if job.quantised:
        names = {name for name, weight in model.named_parameters() if not weight.requires_grad and weight.ndim == 2}
        names = {name for name in names if "embed" not in name and "lm_head" not in name}
    if job.schedule.checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        if job.method.name != "full":
            model.enable_input_require_grads()
    return model, names


def on_cpu(model: Any, *, fill: bool = False) -> None:
    """Replace tensors of the device `meta` by tensors of the CPU: fake ones in a FakeTensorMode, real ones with `fill`."""

    generator = torch.Generator().manual_seed(0)

    def made_of(tensor: torch.Tensor) -> torch.Tensor:
        if fill and tensor.dtype.is_floating_point:
            # as small as real weights; equal ones would underflow, which is slow
            made = torch.empty(tensor.shape, dtype=tensor.dtype)
            return made.uniform_(-0.03, 0.03, generator=generator) if tensor.ndim > 1 else made.fill_(1.0)
        return torch.zeros(tensor.shape, dtype=tensor.dtype)

    made: dict[int, torch.Tensor] = {}
    for part in model.modules():
        for name, weight in part._parameters.items():
            if weight is not None and id(weight) not in made:  # tied weights stay tied
                made[id(weight)] = torch.nn.Parameter(made_of(weight), requires_grad=weight.requires_grad)
            if weight is not None:
                part._parameters[name] = made[id(weight)]
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = made_of(buffer)


def inner(model: Any) -> Any:
    """The model inside an adapter."""
    return model.base_model.model if hasattr(model, "peft_config") else model


def _pass(job: Job, model: Any, one: ForwardPass, live: Live) -> None:
    live.moment, live.phase = "forward", "activations"
    loss = loss_of(job, model, one, live)
    live.moment, live.phase = "backward", "temporary"
    loss.backward()


def loss_of(job: Job, model: Any, one: ForwardPass, live: Live | None = None) -> torch.Tensor:
    """The loss of one forward pass, from made-up tokens, as the trainer of this kind computes it."""
    live = live or Live()
    autocast = torch.autocast("cpu", dtype=torch.bfloat16) if job.schedule.precision == "bfloat16" else nullcontext()
    inputs, shape = _inputs(model, one)
    with autocast:
        if job.kind == "sft" and not job.at_once:
            hidden = inner(model).base_model(**inputs, use_cache=False).last_hidden_state
            live.phase = "logits"
            return _chunked(hidden, inner(model).get_output_embeddings(), one)
        if job.kind == "sft" and one.packed:
            inputs["logits_to_keep"] = torch.zeros(one.learned, dtype=torch.long)
        if job.kind == "grpo":
            inputs["logits_to_keep"] = one.reply + 1
        hidden = (
            inner(model)
            .base_model(**{key: value for key, value in inputs.items() if key != "logits_to_keep"}, use_cache=False)
            .last_hidden_state
        )
        live.phase = "logits"
        kept = inputs.get("logits_to_keep", 0)
        if not isinstance(kept, int):
            hidden = hidden[:, kept]
        elif kept:
            hidden = hidden[:, -kept:]
        logits = inner(model).get_output_embeddings()(hidden)
    if job.schedule.precision == "bfloat16":
        logits = logits.float()  # accelerate converts a model's outputs
    if job.kind == "grpo":
        from trl.trainer.utils import selective_log_softmax_and_entropy

        chosen = torch.zeros(len(one.lengths), one.reply, dtype=torch.long)
        scores, _ = selective_log_softmax_and_entropy(
            logits[:, :-1], chosen, entropy_requires_grad=False, temperature=0.9, row_mask=torch.ones_like(chosen)
        )
        return scores.sum()
    rows = shape[0] * shape[1] if logits.shape[1] == shape[1] else one.learned
    loss = F.cross_entropy(logits.float().reshape(rows, -1), torch.zeros(rows, dtype=torch.long))
    if job.kind == "sft":  # TRL's entropy and accuracy
        with torch.no_grad():
            for part in logits.reshape(rows, -1).split(128):
                scores = part.log_softmax(-1)
                (torch.exp(scores) * scores).sum(-1)
            logits.argmax(-1)
    return loss


def _inputs(model: Any, one: ForwardPass) -> tuple[dict[str, Any], tuple[int, int]]:
    if one.packed:
        if model.config._attn_implementation != PACKED:
            model.set_attn_implementation(PACKED)
        places = torch.cat([torch.arange(length) for length in one.lengths])[None]
        ids = torch.zeros(1, one.tokens, dtype=torch.long)
        return {"input_ids": ids, "position_ids": places, "segment_lengths": list(one.lengths)}, (1, one.tokens)
    shape = len(one.lengths), max(one.lengths)
    ids = torch.zeros(shape, dtype=torch.long)
    return {"input_ids": ids, "attention_mask": torch.ones(shape, dtype=torch.long)}, shape


def _chunked(hidden: torch.Tensor, head: Any, one: ForwardPass) -> torch.Tensor:
    """TRL's loss: logits of CHUNK supervised tokens at a time, computed again in the backward pass."""
    width = hidden.shape[-1]
    hidden = hidden.reshape(-1, width) if one.packed else hidden[:, :-1].reshape(-1, width)
    count = min(len(hidden), CHUNK * max(1, math.ceil(one.learned / CHUNK)))
    order = torch.arange(len(hidden))
    hidden, labels = hidden[order], torch.zeros(len(hidden), dtype=torch.long)

    def part(states: torch.Tensor, weight: torch.Tensor, wanted: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = (states @ weight.to(states.dtype).t()).float()
        scores = F.log_softmax(logits, dim=-1)
        loss = F.nll_loss(scores, wanted, reduction="sum")
        logits.argmax(dim=-1)
        return loss, -(scores.exp() * scores).sum(dim=-1).sum()

    loss = hidden.new_zeros((), dtype=torch.float32)
    for start in range(0, count, CHUNK):
        chunk = hidden[start : start + CHUNK]
        found, _ = checkpoint(
            part, chunk, head.weight, labels[start : start + CHUNK], use_reentrant=False, preserve_rng_state=False
        )
        loss = loss + found
    return loss / max(1, one.learned)


def matrices(job: Job, model: Any) -> tuple[list[Any], list[Any]]:
    """The trained weights that Muon would update, and those of AdamW."""
    named = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    large = [weight for name, weight in named if weight.ndim == 2 and "embed" not in name and "lm_head" not in name]
    if job.schedule.optimizer != "muon" or not large:
        return [], [weight for _, weight in named]
    own = set(map(id, large))
    return large, [weight for _, weight in named if id(weight) not in own]


def _states(job: Job, model: Any) -> Iterator[torch.Tensor]:
    """Tensors of the optimizer's size."""
    muon, adam = matrices(job, model)
    for weight in muon:
        yield torch.empty_like(weight)
    for weight in adam:
        if job.schedule.optimizer.endswith("8bit") and weight.numel() >= EIGHT_BIT_FROM:
            blocks = math.ceil(weight.numel() / 256)  # a float32 scale per block
            yield torch.empty(2 * (weight.numel() + 4 * blocks), dtype=torch.uint8)
        else:
            yield torch.empty_like(weight)
            yield torch.empty_like(weight)


def _update(job: Job, model: Any, live: Live) -> None:
    """The moment of the optimizer's step: its scratch memory beside weights, gradients and state."""
    muon, adam = matrices(job, model)
    live.moment, live.phase = "update", "temporary"
    if muon:
        largest = max(muon, key=lambda weight: weight.numel())
        held = [torch.empty(largest.shape, dtype=torch.bfloat16) for _ in range(4)] + [torch.empty_like(largest)]
        del held
    if adam and not job.schedule.optimizer.endswith("8bit"):
        if job.gpu:  # all at once
            held = [torch.empty_like(weight) for weight in adam]
        else:  # one after the other
            held = [torch.empty_like(max(adam, key=lambda weight: weight.numel())) for _ in range(2)]
        del held


def _with_quantised(job: Job, peak: Peak, dense: list[Any]) -> Peak:
    parts = {name: size for name, size in peak.parts.items() if size}
    if dense:
        parts.pop("replaced", 0)
        per_value = NF4_BYTES if job.load.quantisation == "nf4" else 1.0
        parts["weights"] = parts.get("weights", 0) + round(per_value * sum(weight.numel() for weight in dense))
        parts["temporary"] = parts.get("temporary", 0) + 2 * max(
            weight.numel() for weight in dense
        )  # one matrix at a time in bfloat16
    return Peak(sum(parts.values()), parts)
