"""The comparison as a page of Markdown, with ten answers of each system to read.

page(report, answers)       # report: what `python -m benchmarks.pretrained` prints as its last line
"""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
NAMES = {
    "zero_shot": "base, zero-shot",
    "few_shot": "base, few-shot",
    "sft": "fine-tuned",
    "baseline": "baseline",
    "majority": "majority reply",
}
SHOWN_ANSWERS, LONGEST = 10, 400


def page(report: Mapping[str, Any], answers: Mapping[str, Mapping[str, Sequence[Row]]]) -> str:
    parts = ["# A pretrained model on four tasks", _verdicts(report)]
    for task, result in report["tasks"].items():
        parts.append(f"## {task}\n\n{result['sentence']}\n\n{_table(result)}\n\n{_choices(result)}")
    parts.append("## Answers\n\nThe first prompts, as each system answered them.")
    for task, systems in answers.items():
        parts += [f"### {task}", *(_answers(NAMES[name], rows) for name, rows in systems.items())]
    return "\n\n".join(parts) + "\n"


def _verdicts(report: Mapping[str, Any]) -> str:
    about = report["about"]
    return (
        "\n".join(f"- {result['sentence']}" for result in report["tasks"].values())
        + f"\n\nGreedy replies in {about['dtype']}, seed {about['seed']}. Intervals are 95 %, by cluster; differences are "
        "paired, over the prompts that both systems answered, with Holm's correction over all pairs. Shuffled: the score of "
        "the same replies, given to other prompts."
    )


def _table(result: Mapping[str, Any]) -> str:
    metrics = list(dict.fromkeys(name for own in result["systems"].values() for name in own["metrics"]))
    head = ["system", "n", "score", *metrics, "shuffled", "replies that end"]
    lines = [head, ["---"] * len(head)]
    for name, own in result["systems"].items():
        values = [_range(own["metrics"][metric], "value") if metric in own["metrics"] else "" for metric in metrics]
        ended = "" if own["ended"] is None else f"{own['ended']:.0%}"
        lines.append([NAMES[name], str(own["n"]), _range(own, "score"), *values, f"{own['shuffled']:.3f}", ended])
    lines += [[], ["difference of the fine-tuned model", "n", "mean", "p (Holm)", "shown"], ["---"] * 5]
    for name, gap in [*result["differences"].items(), ("its own replies, shuffled", result["reading"])]:
        lines.append(
            [
                NAMES.get(name, name),
                str(gap["n"]),
                _range(gap, "mean", "+"),
                f"{gap['p_holm']:.4f}",
                "yes" if gap["shown"] else "no",
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" if line else "" for line in lines)


def _choices(result: Mapping[str, Any]) -> str:
    few, own = result["few_shot"], result["baseline"]
    cue = f"replies after the line `{few['cue']}`" if few["cue"] else "no cue before a reply"
    tried = ", ".join(f"{name} {score:.3f}" for name, score in few["tried"].items())
    chosen = ", ".join(f"{name} {value}" for name, value in own["choice"].items())
    return f"Chosen on validation: {few['shots']} shots, draw {few['draw']}, {cue} ({tried}). Baseline: {own['name']} ({chosen})."


def _answers(name: str, rows: Sequence[Row]) -> str:
    lines = [
        f"- {row['score']:.2f} `{_line(row['answer'])}`" + (f"  (gold `{_line(row['gold'])}`)" if row["gold"] else "")
        for row in rows[:SHOWN_ANSWERS]
    ]
    return f"**{name}**\n\n" + "\n".join(lines)


def _line(text: str) -> str:
    line = " ".join(text.replace("`", "'").split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _range(own: Mapping[str, Any], key: str, sign: str = "") -> str:
    number = format(own[key], f"{sign}.3f")
    return number if own["low"] is None else f"{number} [{own['low']:{sign}.3f}, {own['high']:{sign}.3f}]"
