"""Search for replies that earn a reward without reading the substance of the prompt.

python -m benchmarks.cheats                                     # every task, 300 seconds each
python -m benchmarks.cheats --seconds 60 --task insights describe
python -m benchmarks.cheats --rewards ../older --task insights  # the rewards of another checkout

A cheat is a constant reply, or a template whose slots are filled from the prompt mechanically; benchmarks/cheats_templates.py
lists the slots and why filling them is not reading. The search is hill climbing: random edits of a population of templates,
scored by the task's own grader on some prompts. The winner is scored on prompts of other clusters. Labels are equally frequent
among the prompts, so that the commonest label earns no more than any other.

Two controls are scored on the same held-out prompts: an honest weak answer (the gold reply with a third of the items that must
be read wrong or missing), and gold replies of other prompts. `ahead` is the share of held-out prompts on which the cheat earns
more than the weak answer. Examples come from a generated sample, made in ten seconds. The last line is one JSON object:
{"tasks": {task: {"best_cheat": 0.31, "reply": "…", "best_constant": 0.2, "constant": "…", "weak": 0.66, "shuffled_gold": 0.2,
"ahead": 0.1}}}
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.cheats_templates import (
    ATTRIBUTE_TASKS,
    FUNCTION_WORDS,
    Slots,
    Template,
    Vocabulary,
    constants,
    fill,
    json_reply,
    mutate,
    pieces,
    slots,
    values_by_name,
    with_slots,
)
from stages.clean import Clean
from stages.clean import main as clean
from stages.ingest import Ingest
from stages.ingest import main as ingest
from tests.tasks import cheats as library
from tests.tasks import weak
from tests.tasks.cheats import Case
from vitrine.facts import categories, churn, shop
from vitrine.params import composition
from vitrine.settings import parse
from vitrine.tasks import TASKS
from vitrine.tasks.task import ExampleConfig, Task

Scored = tuple[float, Template]

ROWS = {"olist": 1500, "amazon_titles": 300, "alpaca": 100, "ecinstruct": 5000, "products": 400, "taxonomy": 600, "pave_br": 400}
CLIMBING, HELD_OUT = 24, 60  # prompts
FEWER = {"sql": (8, 30), "analyst": (8, 30)}  # tasks whose grading is slow
POPULATION, SEEDS = 16, 30
POPULATIONS = ("constants", "slots", "slots", "best")
REPORT_AFTER_S = (1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300)  # seconds


# ------------------------------------------------------------------------------------------------------------ prompts


def sample(folder: Path) -> ExampleConfig:
    """Ingest and clean small samples of every source, and build the facts for grading."""
    composed = composition([f"ingest.sources.{name}.rows={rows}" for name, rows in ROWS.items()])
    paths = {"raw": str(folder / "raw"), "clean": str(folder / "clean")}
    for source in ROWS:
        ingest.body(parse(Ingest, "ingest", composed["ingest"] | {"source": source, "raw": paths["raw"]}))
        clean.body(parse(Clean, "clean", composed["clean"] | {"source": source} | paths))
    for name, orders in {"shop": 300, "whole": None}.items():
        shop.build(folder / "clean", folder / "facts" / name, orders=orders, seed=7)
    section = composed["format"]
    options, shares = parse(churn.Churn, "format.churn", section["churn"]), {k: section[k] for k in ("validation", "test")}
    churn.build(folder / "clean", folder / "facts" / "churn.parquet", options, **shares, seed=7)
    categories.build(folder / "clean", folder / "facts")
    return ExampleConfig(clean=folder / "clean", facts=folder / "facts")


@dataclass(frozen=True)
class Prompt:
    """A case of a task and the values of its slots."""

    case: Case
    slots: Slots
    attributes: tuple[str, ...]  # names of the requested attributes, for tasks that request some

    @classmethod
    def of(cls, case: Case) -> "Prompt":
        task, example = case.task.name, case.example
        attributes = [value["attribute"] for value in example["values"]] if task in ATTRIBUTE_TASKS else []
        fields = dict(case.task.input.of(example))
        return cls(case, slots(task, example, fields, case.prompt), tuple(dict.fromkeys(attributes)))

    def reply(self, template: Template) -> str:
        name = self.case.task.name
        return json_reply(name, template, self.slots, self.attributes) if name in ATTRIBUTE_TASKS else fill(template, self.slots)

    def gold(self) -> Template:
        name = self.case.task.name
        return constants(name, self.case.gold) if name in ATTRIBUTE_TASKS else pieces(self.case.gold)


def prompts(task: Task, example_config: ExampleConfig, seed: int) -> tuple[list[Prompt], list[Prompt]]:
    """Prompts to climb on and held-out prompts. Labels are as equally frequent as possible; no cluster is in both."""
    climbing, held_out = FEWER.get(task.name, (CLIMBING, HELD_OUT))
    examples = task.examples(example_config, limit=4 * (climbing + held_out), seed=7)
    cases = [case for case in library.cases(task, examples, len(examples)) if not case.example.get("extra")]
    clusters = list(dict.fromkeys(_cluster(case) for case in cases))
    random.Random(seed).shuffle(clusters)
    share = climbing / (climbing + held_out)
    first = set(clusters[: max(1, round(share * len(clusters)))])
    climb, judge = ([case for case in cases if (_cluster(case) in first) is inside] for inside in (True, False))
    return [Prompt.of(case) for case in _alternating(climb)[:climbing]], [
        Prompt.of(case) for case in _alternating(judge)[:held_out]
    ]


def _alternating(cases: Sequence[Case]) -> list[Case]:
    """The cases in rounds with one case of each label, so that the commonest label is no better a constant than the others."""
    seen: Counter[Hashable] = Counter()
    ranked = []
    for case in cases:
        own = library.label(case)
        ranked.append((seen[own], len(ranked), case))
        seen[own] += 1
    return [case for _, _, case in sorted(ranked, key=lambda entry: entry[:2])]


def _cluster(case: Case) -> str:
    return str(case.example.get("cluster", case.example["entity"]))


# ------------------------------------------------------------------------------------------------------------- search


class Search:
    """Hill climbing over templates, one population after the other.

    The first population has no slots, so its best template is a constant. Two more start anew with slots; the last starts from
    the best of all. A new template replaces the worst of its population if it scores better. Scoring stops as soon as a template
    can no longer enter the population.
    """

    def __init__(self, climb: Sequence[Prompt], rng: random.Random) -> None:
        self.climb, self.rng = climb, rng
        self.winners: list[Scored] = []  # the best of each population
        self.constant: Template | None = None
        self.tried = 0

    def steps(self, seconds: float) -> Iterator[float]:
        """Yield the seconds spent so far whenever the best template should be reported."""
        started, marks = time.perf_counter(), iter([*(mark for mark in REPORT_AFTER_S if mark < seconds), float("inf")])
        mark = next(marks)
        for index, kind in enumerate(POPULATIONS, 1):
            self._begin(kind)
            while (spent := time.perf_counter() - started) < seconds * index / len(POPULATIONS):
                template = next(self.starts, None)
                self._enter(self._child() if template is None else template)
                if spent >= mark:
                    mark = next(marks)
                    yield spent
            self.winners += self.best[:4]
            self.constant = self.best[0][1] if self.constant is None else self.constant
        yield time.perf_counter() - started

    def top(self) -> Scored:
        return max([*self.winners, *self.best[:1]], key=lambda scored: scored[0])

    def _begin(self, kind: str) -> None:
        task, some, rng = self.climb[0].case.task, self.climb[:SEEDS], self.rng
        names = (
            sorted({name for prompt in self.climb for name in prompt.slots if name != "prompt"}) if kind != "constants" else []
        )
        golds = [prompt.gold() for prompt in some]
        slotted: list[Template] = []
        if task.name in ATTRIBUTE_TASKS:
            ends = ["@product title", "@product description", "@product feature"] if task.name == "ec_ave" else [""]
            keys = ["*", *dict.fromkeys(piece.split("=")[0] for gold in golds for piece in gold)]
            values = ["null", "None@None", *(f"{{{name}}}{end}" for name in names for end in ends)]
            self.vocabulary = Vocabulary([*golds, *((f"{key}={value}",) for key in keys for value in values)], [], [], ())
            slotted = [(f"*={value}",) for value in values]
        else:
            prompts, common = [pieces(prompt.case.prompt) for prompt in self.climb], FUNCTION_WORDS[task.language].split()
            self.vocabulary = Vocabulary(golds, prompts, names, common)
            if names:
                slotted = [(slot,) for slot in self.vocabulary.slots] + [
                    with_slots(prompt.case.gold, prompt.slots) for prompt in some
                ]
        random_templates: list[Template] = [
            tuple(self.vocabulary.draw(rng) for _ in range(rng.randint(1, 40))) for _ in range(SEEDS)
        ]
        self.material: list[Template] = [*golds, *slotted, *random_templates]
        self.seen: set[Template] = set()
        self.best: list[Scored] = []
        self.starts = iter([(), *self.material] if kind != "best" else [template for _, template in self.winners])

    def _child(self) -> Template:
        parent = max(self.rng.choice(self.best) for _ in range(2))[1]
        others = [template for _, template in self.best] if self.rng.random() < 0.5 else self.material
        return mutate(parent, others, self.vocabulary, self.rng)

    def _enter(self, template: Template) -> None:
        if self.climb[0].attributes:  # the last of several values for one name counts
            template = tuple(f"{name}={value}" for name, value in values_by_name(template).items())
        if template in self.seen:
            return
        self.seen.add(template)
        self.tried += 1
        lowest = self.best[-1][0] if len(self.best) == POPULATION else -1.0
        if (score := self._score(template, lowest)) is not None:
            self.best = sorted([*self.best, (score, template)], key=lambda scored: (-scored[0], len(scored[1])))[:POPULATION]

    def _score(self, template: Template, lowest: float) -> float | None:
        """The mean score. None if it cannot exceed `lowest`, or after a quarter of the prompts is unlikely to."""
        total, count = 0.0, len(self.climb)
        for index, prompt in enumerate(self.climb, 1):
            total += prompt.case.score(prompt.reply(template))
            if total + count - index <= lowest * count or (index >= count / 4 and total / index < 0.6 * lowest):
                return None
        return total / count


# ------------------------------------------------------------------------------------------------------------ results


def search_task(task: Task, example_config: ExampleConfig, seconds: float, seed: int) -> dict[str, Any]:
    climb, held_out = prompts(task, example_config, seed)
    cases = [prompt.case for prompt in held_out]
    weak_scores = [weak.weak_score(case) for case in cases]
    controls = {"weak": weak.balanced_mean(cases, weak_scores), "shuffled_gold": weak.shuffled_gold(cases)}
    print(
        f"\n{task.name}: {len(climb)} prompts to climb on, {len(held_out)} held out; weak answer {controls['weak']:.3f}",
        flush=True,
    )
    search = Search(climb, random.Random(f"{task.name}:{seed}"))

    def scores_of(template: Template) -> list[float]:
        return [prompt.case.score(prompt.reply(template)) for prompt in held_out]

    for spent in search.steps(seconds):
        climbed, template = search.top()
        scores = scores_of(template)
        mean = weak.balanced_mean(cases, scores)
        print(f"  {spent:5.0f} s  {search.tried:6d} tried   climbing {climbed:.3f}   held out {mean:.3f}", flush=True)
    constant = scores_of(search.constant or ())
    if weak.balanced_mean(cases, constant) > weak.balanced_mean(cases, scores):
        template, scores = search.constant or (), constant
    result = {
        "best_cheat": weak.balanced_mean(cases, scores),
        "reply": as_text(template),
        "best_constant": weak.balanced_mean(cases, constant),
        "constant": as_text(search.constant or ()),
        **controls,
        "ahead": fmean(cheat > honest for cheat, honest in zip(scores, weak_scores, strict=True)),
    }
    print(f"  best cheat {result['best_cheat']:.3f} | constant {result['best_constant']:.3f} | weak {result['weak']:.3f}", end="")
    print(f" | shuffled gold {result['shuffled_gold']:.3f} | above the weak answer on {result['ahead']:.0%} of the prompts")
    print(f"  cheat:     {result['reply']!r}\n  filled in: {held_out[0].reply(template)[:300]!r}")
    print(f"  constant:  {result['constant']!r}", flush=True)
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in result.items()}


def as_text(template: Template) -> str:
    return " ".join(template).replace(" \n ", "\n")


def run_in_checkout(folder: Path, arguments: Sequence[str]) -> int:
    """Run this search in another checkout, with its rewards, sample and weak answers."""
    own = Path(__file__).resolve().parent
    start = f"import benchmarks; benchmarks.__path__.insert(0, {str(own)!r}); from benchmarks.cheats import main; main()"
    environment = os.environ | {"PYTHONPATH": str(folder.resolve())}
    return subprocess.run([sys.executable, "-c", start, *arguments], cwd=folder, env=environment, check=False).returncode


def main(arguments: Sequence[str] | None = None) -> None:
    graded = [task.name for task in TASKS.values() if task.grade]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0, help="search time per task (default: 300)")
    parser.add_argument("--task", nargs="+", choices=graded, default=graded, metavar="NAME", help="tasks (default: all graded)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rewards", type=Path, metavar="CHECKOUT", help="search the rewards of another checkout")
    args = parser.parse_args(arguments)
    if args.rewards:
        options = ["--seconds", str(args.seconds), "--seed", str(args.seed), "--task", *args.task]
        sys.exit(run_in_checkout(args.rewards, options))
    with tempfile.TemporaryDirectory(prefix="vitrine-cheats-") as folder:
        example_config = sample(Path(folder))
        results = {name: search_task(TASKS[name], example_config, args.seconds, args.seed) for name in args.task}
    print(json.dumps({"tasks": results}, ensure_ascii=False))


if __name__ == "__main__":
    main()
