"""vitrine preflight: what a training needs in memory and time, before it begins."""

import argparse
import functools
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from vitrine import checks
from vitrine.cli.checkout import checkout, read_params
from vitrine.errors import SettingsError
from vitrine.lineage import flatten, read_stages
from vitrine.params import composition
from vitrine.settings import parse

STAGES = ("base", "sft", "grpo")
NOT_MADE = Path("not-made-yet")  # a path that does not exist


def add_parser(commands: Any) -> None:
    command = commands.add_parser("preflight", help="memory, steps and time of a training", description=preflight.__doc__)
    command.add_argument("words", nargs="*", metavar="STAGE|KEY=VALUE", help=f"{', '.join(STAGES)} (without one: sft); overrides")
    command.add_argument("--memory", metavar="SIZE", help="plan for a GPU with this much memory, such as 16GB")
    command.add_argument("--card", metavar="NAME", help="plan for this card, such as T4, L4 or A100")
    command.add_argument("--fit", action="store_true", help="print only the override that makes it fit")
    command.add_argument("--try", dest="tried", action="store_true", help="train one step on the longest rows and measure")
    command.add_argument("--json", action="store_true", help="print the plan as JSON")
    command.set_defaults(run=preflight)


def preflight(chosen: argparse.Namespace) -> int:
    """Compute what the stage base, sft or grpo needs: steps and rows, tokens and padding, memory by part, time; and whether it
    fits into this machine, or into a card that is not here. Nothing is trained, no weights are loaded and no GPU is used."""
    root = checkout(Path.cwd())
    names = [word for word in chosen.words if "=" not in word]
    if unknown := [name for name in names if name not in STAGES]:
        raise SettingsError(f"{unknown[0]} is no stage that trains: choose one of {', '.join(STAGES)}")
    values = compose(root, [word for word in chosen.words if "=" in word])
    os.chdir(root)  # paths of settings are relative to it
    sys.path[:0] = [str(root)] if str(root) not in sys.path else []

    from vitrine.stage import keep_freed_memory
    from vitrine.training.preflight import machine as machines
    from vitrine.training.preflight import plan as plans
    from vitrine.training.preflight import text

    keep_freed_memory()  # as in a stage: the time of fresh memory would be measured
    tracked = bool(values.get("tracking", {}).get("enabled", True))
    card = bool(chosen.memory or chosen.card)
    code = 0
    for name in names or ["sft"]:
        settings = _without_foreign(_settings(name, values), values)
        base = _settings("base", values)
        machine = machines.planned(chosen.memory, chosen.card) if card else machines.here(settings.load.device)
        method = _settings("sft", values).method
        remake = functools.partial(plans.make_plan, name, machine=machine, lm=base.lm, method=method, tracked=tracked)
        plan = remake(settings, timed=not chosen.fit)
        fitted = None if plan.fits and not chosen.fit else plans.fitted(settings, plan, functools.partial(remake, timed=False))
        if chosen.fit and fitted:
            print(text.override(fitted))
        elif chosen.json:
            print(json.dumps(as_json(plan, text.verdict(plan, fitted)), indent=1, sort_keys=True))
        elif not chosen.fit:
            print("\n".join(text.lines(plan)))
        if not chosen.json and (not chosen.fit or not fitted):
            print(text.verdict(plan, fitted))
        if chosen.tried:
            print(_tried(name, settings, plan.peak.total))
        code = max(code, 0 if plan.fits or (chosen.fit and fitted) else 1)
    return code


def compose(root: Path, overrides: list[str]) -> dict[str, Any]:
    """params.yaml, or what these overrides compose to."""
    values = composition(overrides, root / "conf") if overrides else read_params(root / "params.yaml")
    if not values:
        raise SettingsError("params.yaml is missing or broken: run `vitrine compose`")
    checks.check(values, root)
    return values


def _without_foreign(settings: Any, values: dict[str, Any]) -> Any:
    """The settings, with paths that do not exist in place of data and models that were made for another recipe."""
    lock = read_stages(Path("dvc.lock"))
    made = {stage: lock.get(stage, {}).get("params", {}).get("params.yaml", {}).get(stage, {}) for stage in ("format", "base")}
    foreign = []
    if _texts(made["base"].get("lm", {})) != _texts(values["base"]["lm"]):
        foreign += ["base", "sft"]
    if _texts(made["format"]) != _texts(values["format"]):
        foreign += ["train", "prompts"]
    return settings.model_copy(update={key: NOT_MADE / key for key in foreign if hasattr(settings, key)})


def _texts(values: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in flatten(values)}  # YAML readers disagree on `1e-05`


def _settings(name: str, values: dict[str, Any]) -> Any:
    return parse(importlib.import_module(f"stages.{name}").main.kind, name, values[name])


def as_json(plan: Any, verdict: str) -> dict[str, Any]:
    work, schedule = plan.work, plan.job.schedule
    return {
        "stage": plan.kind,
        "steps": schedule.steps,
        "batch": schedule.batch,
        "micro_batch": schedule.micro_batch,
        "rows": work.rows,
        "epochs": work.epochs,
        "tokens": work.tokens,
        "learned_tokens": work.learned,
        "padding_share": work.padding,
        "truncated_share": work.truncated,
        "memory": dict(plan.peak.parts),
        "memory_total": plan.peak.total,
        "memory_of_machine": plan.machine.memory,
        "moment": plan.moment,
        "step_s": plan.step_s,
        "parameters": plan.run.parameters,
        "trained": plan.run.trained,
        "fits": plan.fits,
        "verdict": verdict,
    }


def _tried(name: str, settings: Any, predicted: int) -> str:
    from vitrine.cli.trial import run_trial
    from vitrine.training.preflight.text import size_of

    found = run_trial(name, settings)
    return f"tried: one step on the longest rows took {size_of(found)}; the prediction is {predicted / found - 1:+.0%}"
