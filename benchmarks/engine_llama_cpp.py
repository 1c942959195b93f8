"""The engine llama.cpp beside the engine transformers: tokens a second, equal prompts and answers, scores; one model, one run.

python -m benchmarks.engine_llama_cpp --prompts 200                     # needs the extra gguf, models/sft and data/; some minutes
python -m benchmarks.engine_llama_cpp --prompts 200 --samples 0         # greedy answers only
python -m benchmarks.engine_llama_cpp --model models/sft --file sft.gguf    # with a file of your own as one more engine

The model's folder is converted to float32, float16 and Q8_0. First, llama.cpp renders the file's chat template and cuts the text
into tokens itself: the ids should be those that both engines read. Then each round asks every engine in turn: greedily, one reply
a prompt, and sampled, several a prompt. Starting the process and loading the file is part of the time. In float32 the answers
should be equal; others are compared by score, with a paired interval. The last line is one JSON object; medians of the rounds.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

import psutil
import torch

from vitrine import tables
from vitrine.engines.engine import Answer, Engine, Sampling
from vitrine.engines.llama_cpp import CONTEXT_STEP, LlamaCppEngine
from vitrine.engines.settings import LlamaCpp, Transformers
from vitrine.errors import VerifierError
from vitrine.evaluation.scores.statistics import difference
from vitrine.lm.settings import Load
from vitrine.tables.chat import CHAT
from vitrine.tasks import GRADED, TASKS
from vitrine.tasks.task import grade_batch

Rows = Sequence[dict[str, Any]]

BATCH, SEED, TEMPERATURE = 128, 7, 0.9
REFERENCE = "transformers"


def answers(engine: Engine, rows: Rows, *, samples: int) -> dict[str, list[Answer]]:
    """By row id. Tasks are asked one after the other, since each has its own length of replies."""
    found: dict[str, list[Answer]] = {}
    for name in dict.fromkeys(row["task"] for row in rows):
        own = [row for row in rows if row["task"] == name]
        sampling = Sampling(max_tokens=TASKS[name].max_tokens)
        if samples:
            sampling = replace(sampling, temperature=TEMPERATURE, samples=samples, seed=SEED)
        found |= zip((row["id"] for row in own), engine.answer([row["messages"] for row in own], sampling), strict=True)
    return found


def processor_seconds(engine: Engine) -> float:
    """Of this process and, if it has one, the engine's own. On a busy machine they mislead less than the clock."""
    times = [time.process_time()]
    if isinstance(engine, LlamaCppEngine):
        times += psutil.Process(engine.llama.process.pid).cpu_times()[:2]
    return sum(times)


def scores(rows: Rows, given: dict[str, list[Answer]]) -> list[float]:
    """The mean score of each prompt's replies, in the order of `rows`."""
    earned: dict[str, float] = {}
    for name in dict.fromkeys(row["task"] for row in rows):
        task, own = TASKS[name], [row for row in rows if row["task"] == name]
        facts = [task.benchmark_facts(json.loads(row["facts"])) for row in own]
        grades = iter(
            grade_batch(task, [(one.text, known) for row, known in zip(own, facts, strict=True) for one in given[row["id"]]])
        )
        earned |= {row["id"]: fmean(next(grades).score for _ in given[row["id"]]) for row in own}
    return [earned[row["id"]] for row in rows]


def check_gold(rows: Rows) -> None:
    """The gold replies earn 1: otherwise grading lacks its facts, which would show only after minutes of answering."""
    gold = {row["id"]: [Answer(text=row["gold"], tokens=0, finished=True)] for row in rows}
    if (mean := fmean(scores(rows, gold))) < 1:
        raise VerifierError(
            f"the gold replies earn {mean:.3f} instead of 1: grade in the checkout whose pipeline made the prompts"
        )


def equal_prompts(engine: LlamaCppEngine, rows: Rows) -> float:
    """The share of prompts that llama.cpp itself, from the template and vocabulary in the file, turns into the same token ids."""
    equal = []
    with engine.llama.serve(slots=1, context=CONTEXT_STEP) as server:
        for row in rows:
            text = server.post("/apply-template", {"messages": row["messages"]})["prompt"]
            ids = server.post("/tokenize", {"content": text, "add_special": False, "parse_special": True})["tokens"]
            equal.append(ids == engine.reader.token_ids(row["messages"], to_answer=True))
    return fmean(equal)


def compare(rows: Rows, engines: dict[str, Engine], rounds: int, samples: int) -> dict[str, Any]:
    rates: dict[tuple[str, bool], list[float]] = {}
    costs: dict[tuple[str, bool], list[float]] = {}
    given: dict[tuple[str, bool], dict[str, list[Answer]]] = {}
    for turn in range(rounds):
        for sampled in (False, True)[: 1 + bool(samples)]:
            for name, engine in engines.items():
                started, before = time.perf_counter(), processor_seconds(engine)
                given[name, sampled] = answers(engine, rows, samples=samples if sampled else 0)
                count = sum(one.tokens for several in given[name, sampled].values() for one in several)
                rates.setdefault((name, sampled), []).append(count / (time.perf_counter() - started))
                costs.setdefault((name, sampled), []).append((processor_seconds(engine) - before) / count)
                print(
                    f"round {turn + 1}, {name}, {'sampled' if sampled else 'greedy'}: {rates[name, sampled][-1]:.0f} tokens/s",
                    flush=True,
                )
    found: dict[str, Any] = {}
    for sampled, kind in ((False, "greedy"), (True, "sampled"))[: 1 + bool(samples)]:
        reference = scores(rows, given[REFERENCE, sampled])
        for name in engines:
            own = scores(rows, given[name, sampled])
            ratios = [ours / theirs for ours, theirs in zip(rates[name, sampled], rates[REFERENCE, sampled], strict=True)]
            cost = median(costs[name, sampled])
            result = {"tokens_per_s": round(median(rates[name, sampled])), "processor_ms_per_token": round(1000 * cost, 4)}
            result |= {"score": round(fmean(own), 4)}
            if name != REFERENCE:
                same = [one.text for row in rows for one in given[name, sampled][row["id"]]]
                other = [one.text for row in rows for one in given[REFERENCE, sampled][row["id"]]]
                paired = difference(own, reference, [row.get("cluster") or row["entity"] for row in rows], seed=SEED)
                result |= {
                    "ratio": round(median(ratios), 2),
                    "processor_ratio": round(median(costs[REFERENCE, sampled]) / cost, 2),
                    "score_difference": [round(value, 4) for value in paired[:3]],
                }
                if not sampled:  # sampled replies come from other random numbers
                    result["equal_answers"] = round(fmean(a == b for a, b in zip(same, other, strict=True)), 4)
            found.setdefault(kind, {})[name] = result
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("models/sft"))
    parser.add_argument("--test", type=Path, default=Path("data/chat/test.parquet"))
    parser.add_argument("--file", help="a GGUF file of the same model")
    parser.add_argument("--prompts", type=int, default=200, help="of graded tasks, evenly over the test prompts")
    parser.add_argument("--samples", type=int, default=4, help="sampled replies a prompt; 0: greedy only")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    rows = [row for row in tables.read(asked.test, CHAT) if row["task"] in GRADED and row["gold"] is not None]
    rows = rows[:: max(1, len(rows) // asked.prompts)][: asked.prompts]
    check_gold(rows)
    load = Load(device="cpu")
    torch.set_num_threads(asked.threads)
    ways: dict[str, dict[str, Any]] = {"float32": {}, "float16": {"dtype": "float16"}, "q8_0": {"weights": "q8_0"}}
    ways |= {"file": {"file": asked.file}} if asked.file else {}
    engines: dict[str, Engine] = {REFERENCE: Transformers(name="transformers", batch=asked.batch).open(asked.model, load)}
    for name, way in ways.items():
        stored = load.model_copy(update={"dtype": way.pop("dtype", load.dtype)})
        settings = LlamaCpp(name="llama_cpp", batch=asked.batch, threads=asked.threads, **way)
        engines[f"llama_cpp {name}"] = settings.open(asked.model, stored)
    first = engines["llama_cpp float32"]
    assert isinstance(first, LlamaCppEngine)
    result: dict[str, Any] = {"prompts": len(rows), "threads": asked.threads, "batch": asked.batch}
    result |= {"equal_prompts": round(equal_prompts(first, rows), 4)}
    print(f"{result['equal_prompts']:.1%} of the prompts are the same tokens in llama.cpp", flush=True)
    print(json.dumps(result | compare(rows, engines, asked.rounds, asked.samples)))


if __name__ == "__main__":
    main()
