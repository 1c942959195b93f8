"""Formats a reward audit as lines for a terminal.

print("\\n".join(lines(audit(answers, prompts, tasks=TASKS, group=8, seed=7))))

task     model     n  reward [interval]    solved  at 1.0  at 0  metric                   rho [interval]
extract  sft     125  0.913 [0.895, 0.93]     44%     44%    0%  field_f1 0.910           0.99 [0.98, 1.00]
"""

from collections.abc import Mapping, Sequence
from typing import Any

HOW = """\
shuffled: the same answers, given to other prompts of the task. constant: the best single reply for every prompt. majority: the
  most frequent reply, or value of each field. copy: the prompt itself. nearest: the gold reply to the most similar training
  prompt.
rho: rank correlation of an answer's reward with its value of the headline metric, with an interval by bootstrap over clusters.
same: share of zero-variance groups, in which all {group} replies to a prompt earn the same, so that GRPO learns nothing;
  measured on several replies per prompt if there are any, otherwise a lower bound ("at least") from one reply per prompt."""


def lines(report: Mapping[str, Any]) -> list[str]:
    """The report as four tables, how to read them, and the warnings."""
    return [
        *_table(
            ["task", "model", "n", "reward [interval]", "solved", "at 1.0", "at 0", "metric", "rho [interval]"], _rewards(report)
        ),
        "",
        *_controls(report),
        "",
        *_table(["task", "model", "same", "right or wrong", "replies"], _groups(report)),
        "",
        *_table(["task", "model", "component", "mean", "spread", "rho with the reward"], _components(report)),
        "",
        *HOW.format(group=report["group"]).splitlines(),
        "",
        *(f"warning: {warning}" for warning in report["warnings"] or ()),
        *(["no warnings"] if not report["warnings"] else []),
    ]


def _models(report: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [(task, model, own) for task, audited in report["tasks"].items() for model, own in audited["models"].items()]


def _rewards(report: Mapping[str, Any]) -> list[list[str]]:
    rows = []
    for task, model, own in _models(report):
        reward, metric = own["reward"], own["metric"] or {}
        value = f"{metric['name']} {_number(metric['value'], 3)}" if metric else "-"
        shares = [f"{own[name]:.0%}" for name in ("solved", "ceiling", "floor")]
        rows.append([task, model, str(own["n"]), _range(reward, "mean", 3), *shares, value, _range(metric, "rho", 2)])
    return rows


def _controls(report: Mapping[str, Any]) -> list[str]:
    """Each model's score, its shuffled score, and the scores of the task's other controls."""
    rows, unknown = [], []
    for task, audited in report["tasks"].items():
        known = audited["controls"] or {}
        others = [known.get("constant"), known.get("majority"), known.get("copy"), (known.get("baseline") or {}).get("score")]
        for model, own in audited["models"].items():
            rows.append([task, model, *(_number(value, 3) for value in (own["reward"]["mean"], own["shuffled"], *others))])
        if audited["models"] and (not known or any(own["shuffled"] is None for own in audited["models"].values())):
            unknown.append(task)
    head = ["task", "model", "as given", "shuffled", "constant", "majority", "copy", "nearest"]
    missing = f"controls are not all available for {', '.join(unknown)}: name the test prompts with --chat" if unknown else ""
    return [*_table(head, rows), *([missing] if missing else [])]


def _groups(report: Mapping[str, Any]) -> list[list[str]]:
    rows = []
    for task, audited in report["tasks"].items():
        if prompts := audited["prompts"]:
            shares = [f"{prompts[kind]:.1%}" for kind in ("continuous", "binary")]
            rows.append([task, "prompts", *shares, f"of {prompts['replies']} to each of {prompts['n']} prompts"])
        for model, own in audited["models"].items():
            shares = [f"{own['least_same'][kind]:.1%}" for kind in ("continuous", "binary")]
            rows.append([task, model, *shares, f"at least, from one to each of {own['n']}"])
    return rows


def _components(report: Mapping[str, Any]) -> list[list[str]]:
    return [
        [task, model, name, _number(part["mean"], 3), _number(part["spread"], 3), _number(part["rho"], 2)]
        for task, model, own in _models(report)
        for name, part in own["components"].items()
    ]


def _number(number: float | None, digits: int) -> str:
    return "-" if number is None else f"{number:.{digits}f}"


def _range(numbers: Mapping[str, Any], name: str, digits: int) -> str:
    if numbers.get(name) is None:
        return "-"
    return f"{_number(numbers[name], digits)} [{_number(numbers['low'], digits)}, {_number(numbers['high'], digits)}]"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
