"""A plan as lines of text: a table for a terminal, and the sentence that says whether it fits.

print("\\n".join(lines(plan)))
"""

from collections.abc import Iterator

from vitrine.training.preflight.plan import Plan

GB = 1e9
SMALL = 50_000  # bytes; parts below are not shown
MOMENTS = {
    "loading": "while the weights are loaded",
    "generation": "while replies are written",
    "start": "between two steps",
    "forward": "at the end of a forward pass",
    "backward": "in the backward pass",
    "update": "while the optimizer updates",
}
PARTS = {
    "process": "the process: Python and libraries",
    "CUDA context": "CUDA context",
    "rows": "training rows",
    "weights": "weights",
    "adapter": "adapter",
    "gradients": "gradients",
    "optimizer": "optimizer state",
    "activations": "activations",
    "key-value cache": "key-value cache of the replies",
    "logits": "logits and loss",
    "temporary": "temporary tensors",
    "allocator": "held by the allocator",
}


def lines(plan: Plan) -> Iterator[str]:
    schedule, work = plan.job.schedule, plan.work
    yield f"{plan.kind}: {parameters(plan.run.parameters)}, {method_of(plan)}"
    yield f"shape: {plan.shape.source}"
    yield ""
    yield from _table("work", _work(plan))
    yield ""
    title = f"memory {MOMENTS[plan.moment]}"
    parts = [(PARTS[name], size_of(plan.peak.parts[name])) for name in PARTS if plan.peak.parts.get(name, 0) > SMALL]
    yield from _table(title, [*parts, ("together", size_of(plan.peak.total)), (plan.machine.name, size_of(plan.machine.memory))])
    yield ""
    step = plan.step_s
    if step is not None:
        made = "" if plan.kind != "grpo" else " (without writing the replies)"
        yield from _table("time", [("a step" + made, time_of(step)), ("all steps", time_of(step * schedule.steps))])
    yield f"time: {plan.timed}"
    for note in plan.notes:
        yield f"note: {note}"
    if work.truncated:
        yield f"note: {work.truncated:.1%} of the rows are cut at {plan.context} tokens; {plan.kind}.context is the limit"
    if plan.trained_context and plan.context > plan.trained_context:
        yield f"note: rows may have {plan.context} tokens, and the model was trained on texts of up to {plan.trained_context}"
    if not schedule.steps:
        yield f"note: {plan.kind}.steps is 0: nothing is trained; one step is planned here"


def verdict(plan: Plan, fitted: Plan | None) -> str:
    """Whether the plan fits, and what to change if it does not."""
    kind, schedule = plan.kind, plan.job.schedule
    where = f"needs {size_of(plan.peak.total)}, there are {size_of(plan.machine.memory)}"
    if plan.fits:
        return f"fits: {where}"
    if fitted:
        size = fitted.job.schedule.micro_batch
        return (
            f"does not fit: {where}. Lower {kind}.micro_batch to {size} (the effective batch stays {schedule.batch}): "
            f"then it needs {size_of(fitted.peak.total)}"
        )
    rest = [] if schedule.checkpointing else [f"set {kind}.checkpointing to true"]
    if kind == "sft" and plan.job.method.name == "full":
        rest.append("train an adapter (sft.method.name=lora)")
    if plan.machine.gpu and not plan.job.quantised and kind == "sft":
        rest.append("quantise the base (load.quantisation=nf4 sft.method.name=qlora)")
    if kind != "base":
        rest.append(f"shorten the rows ({'sft.context' if kind == 'sft' else 'grpo.max_tokens'})")
    advice = "; or ".join([*rest, "choose a smaller model"])
    return f"does not fit: {where}, and no {kind}.micro_batch helps: {advice}"


def override(plan: Plan) -> str:
    return f"{plan.kind}.micro_batch={plan.job.schedule.micro_batch}"


def method_of(plan: Plan) -> str:
    method, load = plan.job.method, plan.job.load
    trained = "every weight is trained" if method.name == "full" else f"{method.name} of rank {method.rank}"
    base = f"{load.quantisation} base" if load.quantisation else load.dtype
    more = ", checkpointing" if plan.job.schedule.checkpointing else ""
    return f"{trained}, {base}, {plan.job.schedule.precision} arithmetic, {plan.job.schedule.optimizer}{more}"


def _work(plan: Plan) -> Iterator[tuple[str, str]]:
    schedule, work = plan.job.schedule, plan.work
    accumulated = f"{schedule.micro_batch} x {schedule.accumulate}"
    yield "steps", f"{schedule.steps:,}"
    yield "sequences in a step", f"{schedule.batch} ({accumulated}: micro_batch x forward passes)"
    if work.generations > 1:
        yield "prompts in a step", f"{schedule.batch // work.generations} x {work.generations} replies"
    if work.rows is not None:
        yield "rows", f"{work.rows:,}" + (f", each seen {work.epochs:.2f} times" if work.epochs is not None else "")
    yield "lengths", work.source
    yield "tokens", f"{work.tokens:,}, of which {work.learned:,} are learned; padding {work.padding:.1%}"
    longest = f"{len(plan.largest.lengths)} rows of up to {max(plan.largest.lengths)} tokens"
    yield "largest forward pass", longest + (", packed" if plan.largest.packed else "")
    context = f"{plan.context} tokens" + (f"; the model's own limit is {plan.trained_context}" if plan.trained_context else "")
    yield "longest row allowed", context


def _table(title: str, rows: object) -> Iterator[str]:
    pairs = list(rows)  # type: ignore[call-overload]
    width = max(len(name) for name, _ in pairs)
    yield title
    for name, value in pairs:
        yield f"  {name:<{width}}  {value}"


def parameters(count: int) -> str:
    unit, divisor = ("billion", 1e9) if count >= 1e9 else ("million", 1e6) if count >= 1e6 else ("thousand", 1e3)
    return f"{count / divisor:.2f} {unit} parameters" if divisor > 1e3 else f"{count / divisor:.0f} {unit} parameters"


def size_of(size: int) -> str:
    if size >= GB:
        return f"{size / GB:.2f} GB"
    return f"{size / 1e6:.0f} MB" if size >= 1e7 else f"{size / 1e6:.1f} MB"


def time_of(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
