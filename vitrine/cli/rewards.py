"""vitrine rewards audit: whether each task's reward is worth training on."""

import argparse
import contextlib
import json
from pathlib import Path
from typing import Any

from vitrine.cli.checkout import checkout, param, read_params
from vitrine.errors import SettingsError


def add_parser(commands: Any) -> None:
    rewards = commands.add_parser("rewards", help="audit the tasks' rewards on graded answers")
    command = rewards.add_subparsers(dest="part", required=True, metavar="PART").add_parser(
        "audit",
        help="mean, spread, agreement with the headline metric, groups without variance",
        description=audit_rewards.__doc__,
    )
    command.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="tables of answers, or folders of them; data/answers"
    )
    command.add_argument("--prompts", type=Path, metavar="FILE", help="scores of several replies a prompt; data/prompts.parquet")
    command.add_argument(
        "--chat",
        type=lambda path: Path(path).absolute(),
        metavar="FILE",
        help="the test prompts, to compute the controls anew; data/chat/test.parquet, if the answers come without controls",
    )
    command.add_argument("--group", type=_group_size, metavar="G", help="replies in a group; without it, grpo.generations")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the whole report there too")
    command.set_defaults(run=audit_rewards)


def audit_rewards(chosen: argparse.Namespace) -> int:
    """Read graded answers and print whether each task's reward is worth training on, and whether it needs the prompt.

    A component is a part of a score, from 0 to 1, that the task's grader reports beside it."""
    from vitrine.evaluation.audit import controls, tables, text  # NumPy and pyarrow, which other commands need not load
    from vitrine.evaluation.audit.audit import audit
    from vitrine.tasks import TASKS

    paths, prompts, chat, params = chosen.paths, chosen.prompts, chosen.chat, {}
    if not paths:  # of this checkout; named tables may be of another run, with other prompts and groups
        root = checkout(Path.cwd())
        params = read_params(root / "params.yaml")
        paths = [root / param(params, "benchmark.answers", "data/answers")]
        drawn = root / param(params, "prompts.prompts", "data/prompts.parquet")
        prompts = prompts or (drawn if drawn.exists() else None)
        chat = chat or root / param(params, "benchmark.test", "data/chat/test.parquet")
    seed = param(params, "benchmark.seed", 7)
    graded = controls.WithControls(tables.answers(paths), tables.controls(paths), [])
    if chosen.chat or (chat and chat.exists() and not graded.controls):
        with contextlib.chdir(_home(chat)):  # the facts of a prompt name the shop's files relative to their checkout
            graded = controls.add_controls(graded.answers, chat, seed=seed)
    report = audit(
        graded.answers,
        tables.prompts(prompts) if prompts else [],
        controls=graded.controls,
        regraded=graded.regraded,
        tasks=TASKS,
        group=chosen.group or param(params, "grpo.generations", 8),
        seed=seed,
    )
    if chosen.json:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps(report, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
    print("\n".join(text.lines(report)))
    print("A component is a part of a score, from 0 to 1, that the task's grader reports beside it (docs/rewards.md).")
    return 0


def _home(file: Path) -> Path:
    """The checkout that a file lies in, or else the current folder."""
    try:
        return checkout(file.resolve().parent)
    except SettingsError:
        return Path.cwd()


def _group_size(written: str) -> int:
    if not written.isdecimal() or int(written) < 2:
        raise argparse.ArgumentTypeError(f"a group has 2 replies or more, not {written!r}")
    return int(written)
