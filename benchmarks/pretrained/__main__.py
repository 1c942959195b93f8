"""Is a pretrained model worth fine-tuning? Zero-shot, few-shot, fine-tuned and a baseline without a neural network, in pairs.

make pretrained-report                             # after `make pretrained`; under an hour on two cores
python -m benchmarks.pretrained --tasks sql --untuned 150 --tuned 300

Models are models/base and models/sft, prompts those of data/chat. Answers are kept in data/pretrained/answers, by model and
settings: a run that was interrupted continues and loses at most one batch. Choices (number and draw of the shots, variants of
the baselines) are made on validation prompts; the test prompts are answered once. data/pretrained/report.md is the page to read,
report.json the numbers; the last line is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.pretrained.baselines import BASELINES, fit
from benchmarks.pretrained.compare import compare, graded
from benchmarks.pretrained.page import page
from benchmarks.pretrained.rows import Split, prompt_of
from benchmarks.pretrained.systems import Options, Systems
from vitrine.errors import VitrineError
from vitrine.evaluation.controls import constants
from vitrine.files import replacing

SYSTEMS = ("zero_shot", "few_shot", "sft", "baseline", "majority")


def report(
    chat: Path, models: Path, into: Path, options: Options, tasks: Sequence[str], *, zero_shot: bool = True
) -> dict[str, Any]:
    started, seed = time.perf_counter(), options.seed
    splits = {task: Split.read(chat, task) for task in tasks}
    systems = Systems(models, options, into / "answers")
    systems.check()
    answered: dict[str, dict[str, Any]] = {task: {} for task in tasks}
    asked = {"few_shot": systems.few_shot, "sft": systems.tuned} | ({"zero_shot": systems.zero_shot} if zero_shot else {})
    for name, answer in asked.items():
        for task, split in splits.items():
            answered[task][name] = answer(split)
    answers: dict[str, dict[str, list[dict[str, Any]]]] = {}
    baselines, seconds = {}, {}
    for task, split in splits.items():
        baselines[task] = fit(task, split.train, split.validation)
        rows = split.drawn("test", options.tuned, seed=seed)
        majority = constants.majority([str(row["gold"]) for row in split.train])
        assert majority is not None
        own = {
            name: graded(one.rows, [reply.text for reply in one.replies], ended=[reply.ended for reply in one.replies], seed=seed)
            for name, one in answered[task].items()
        }
        own["baseline"] = graded(rows, baselines[task].reply([prompt_of(row) for row in rows]), seed=seed)
        own["majority"] = graded(rows, [majority.reply] * len(rows), seed=seed)
        answers[task] = {name: own[name] for name in SYSTEMS if name in own}
        seconds[task] = {name: round(one.seconds, 1) for name, one in answered[task].items()}
    results = compare(answers, names={task: own.name for task, own in baselines.items()}, seed=seed)
    for task, result in results.items():
        result["few_shot"] = answered[task]["few_shot"].choice
        result["baseline"] = {"name": baselines[task].name, "choice": baselines[task].choice}
        result["train"] = len(splits[task].train)
        result["answer_seconds"] = seconds[task]
    output = {
        "figures": {task: figures(result) for task, result in results.items()},
        "tasks": results,
        "worth_tuning": sum(result["verdict"] == "worth tuning" for result in results.values()),
        "about": systems.about(),
        "answer_minutes": round(sum(sum(own.values()) for own in seconds.values()) / 60, 1),
        "minutes": round((time.perf_counter() - started) / 60, 1),
    }
    for name, text in (
        ("report.json", json.dumps(output, ensure_ascii=False, indent=1) + "\n"),
        ("report.md", page(output, answers)),
    ):
        with replacing(into / name) as new:
            new.write_text(text, encoding="utf-8")
    with replacing(into / "answers.json") as new:
        new.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
    return output


def figures(result: dict[str, Any]) -> dict[str, Any]:
    """The few numbers of a task that `benchmarks.record` keeps, each with the ends of its interval."""
    scores = {name: [own["score"], own["low"], own["high"]] for name, own in result["systems"].items()}
    gaps = {f"over_{name}": [gap["mean"], gap["low"], gap["high"]] for name, gap in result["differences"].items()}
    return {**scores, **gaps, "verdict": result["verdict"], "ended": result["systems"]["sft"]["ended"]}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = Options()
    parser.add_argument("--chat", type=Path, default=Path("data/chat"), help="folder of the prompts (default: data/chat)")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder with base and sft (default: models)")
    parser.add_argument("--into", type=Path, default=Path("data/pretrained"), help="folder of answers and report")
    parser.add_argument("--tasks", nargs="+", choices=list(BASELINES), default=list(BASELINES))
    parser.add_argument("--tuned", type=int, default=defaults.tuned, help="test prompts for the fine-tuned model")
    parser.add_argument("--untuned", type=int, default=defaults.untuned, help="how many of them for the base model")
    parser.add_argument("--chosen-on", type=int, default=defaults.chosen_on, help="validation prompts for the choice of shots")
    parser.add_argument("--shots", type=int, nargs="+", default=list(defaults.shots), help="numbers of shots to try")
    parser.add_argument("--context", type=int, default=defaults.context, help="most tokens of a few-shot prompt and its reply")
    parser.add_argument("--batch", type=int, default=defaults.batch)
    parser.add_argument("--dtype", choices=["bfloat16", "float32"], default=defaults.dtype)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--no-zero-shot", action="store_true", help="leave zero-shot out: no verdict depends on it")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    args = parser.parse_args(arguments)
    import torch

    torch.set_num_threads(args.threads)
    names = ("seed", "tuned", "untuned", "chosen_on", "batch", "dtype", "context")
    options = Options(shots=tuple(args.shots), **{name: getattr(args, name) for name in names})
    try:
        output = report(args.chat, args.models, args.into, options, args.tasks, zero_shot=not args.no_zero_shot)
    except VitrineError as error:
        print(error, file=sys.stderr)
        return 1
    for result in output["tasks"].values():
        print(result["sentence"])
    print(f"{args.into / 'report.md'} has the tables and answers to read")
    print(json.dumps(output, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
