"""Search for replies that earn a reward without reading the prompt's substance.

python -m benchmarks.cheats                                     # every task, 300 seconds each
python -m benchmarks.cheats --seconds 60 --task insights describe
python -m benchmarks.cheats --rewards ../older --task insights  # the rewards of another checkout

A cheat is a constant reply, or a template with slots that are filled from the prompt mechanically: benchmarks/cheats_templates.py
says what each slot holds and why that is no reading. A population of templates climbs by random edits of words, fields and
numbers. Each is scored by the task's own grade on climbing prompts; the winner is judged on prompts of other clusters. Prompts
are chosen so that each gold reply is as frequent as any other: the commonest label is no better an answer than the rest.

Beside the best cheat stand two controls on the same judging prompts: an honest weak answer (gold with a third of what must
be read wrong), and gold replies of other prompts. `ahead` is the share of judging prompts on which the cheat earns more than the
weak answer. The examples are those of a generated sample, made in about ten seconds. The last line is one JSON object:
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
    FUNCTION_WORDS,
    OWN_FORM,
    Slots,
    Template,
    Words,
    by_name,
    constants,
    edited,
    filled,
    pieces,
    record,
    slots,
    with_slots,
)
from stages.clean import Clean
from stages.clean import main as clean
from stages.ingest import Ingest
from stages.ingest import main as ingest
from tests.tasks import cheats as library
from tests.tasks.cheats import Case
from vitrine.facts import categories, churn, shop
from vitrine.params import composition
from vitrine.settings import parse
from vitrine.tasks import TASKS
from vitrine.tasks.task import ExampleConfig, Task

try:
    from tests.tasks import weak as rule
except ImportError:  # older checkouts have a weak answer for each task alone
    rule = None  # type: ignore[assignment]
Scored = tuple[float, Template]

ROWS = {"olist": 1500, "amazon_titles": 300, "alpaca": 100, "ecinstruct": 5000, "products": 400, "taxonomy": 600}
CLIMBING, JUDGING = 24, 60  # prompts
FEW = {"sql": (8, 30), "analyst": (8, 30)}  # where a grade takes long
POPULATION, SEEDS = 16, 30
POPULATIONS = ("constants", "slots", "slots", "best")
SHOWN_AFTER = (1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300)  # seconds


# ------------------------------------------------------------------------------------------------------------ prompts


def sample(folder: Path) -> ExampleConfig:
    """Small samples of every source, ingested and cleaned, and the facts that replies are graded on."""
    composed = composition([f"ingest.sources.{name}.rows={rows}" for name, rows in ROWS.items()])
    moved = {"raw": str(folder / "raw"), "clean": str(folder / "clean")}
    for source in ROWS:
        ingest.body(parse(Ingest, "ingest", composed["ingest"] | {"source": source, "raw": moved["raw"]}))
        clean.body(parse(Clean, "clean", composed["clean"] | {"source": source} | moved))
    for name, orders in {"shop": 300, "whole": None}.items():
        shop.build(folder / "clean", folder / "facts" / name, orders=orders, seed=7)
    section = composed["format"]
    options, sides = parse(churn.Churn, "format.churn", section["churn"]), {k: section[k] for k in ("validation", "test")}
    churn.build(folder / "clean", folder / "facts" / "churn.parquet", options, **sides, seed=7)
    categories.build(folder / "clean", folder / "facts")
    return ExampleConfig(clean=folder / "clean", facts=folder / "facts")


@dataclass(frozen=True)
class Prompt:
    """A case of a task, and what its slots hold."""

    case: Case
    slots: Slots
    asked: tuple[str, ...]  # names of attributes, where the task asks for some

    @classmethod
    def of(cls, case: Case) -> "Prompt":
        task, example = case.task.name, case.example
        asked = [one["attribute"] for one in example["values"]] if task in OWN_FORM else []
        fields = dict(case.task.input.of(example))
        return cls(case, slots(task, example, fields, case.prompt), tuple(dict.fromkeys(asked)))

    def reply(self, template: Template) -> str:
        name = self.case.task.name
        return record(name, template, self.slots, self.asked) if name in OWN_FORM else filled(template, self.slots)

    def gold(self) -> Template:
        name = self.case.task.name
        return constants(name, self.case.gold) if name in OWN_FORM else pieces(self.case.gold)


def prompts(task: Task, example_config: ExampleConfig, seed: int) -> tuple[list[Prompt], list[Prompt]]:
    """Prompts to climb on and prompts to judge on, labels as equal in number as can be; no cluster has prompts in both."""
    climbing, judging = FEW.get(task.name, (CLIMBING, JUDGING))
    examples = task.examples(example_config, limit=4 * (climbing + judging), seed=7)
    cases = [case for case in library.cases(task, examples, len(examples)) if not case.example.get("extra")]
    clusters = list(dict.fromkeys(_cluster(case) for case in cases))
    random.Random(seed).shuffle(clusters)
    share = climbing / (climbing + judging)
    first = set(clusters[: max(1, round(share * len(clusters)))])
    climb, judge = ([case for case in cases if (_cluster(case) in first) is wanted] for wanted in (True, False))
    return [Prompt.of(case) for case in _by_label(climb)[:climbing]], [Prompt.of(case) for case in _by_label(judge)[:judging]]


def _by_label(cases: Sequence[Case]) -> list[Case]:
    """The cases in turns, one of each label a turn: always saying the commonest one is no better than any other."""
    turns: Counter[Hashable] = Counter()
    placed = []
    for case in cases:
        own = label(case)
        placed.append((turns[own], len(placed), case))
        turns[own] += 1
    return [case for _, _, case in sorted(placed, key=lambda one: one[:2])]


def _cluster(case: Case) -> str:
    return str(case.example.get("cluster", case.example["entity"]))


# ------------------------------------------------------------------------------------------------------------- search


class Search:
    """Templates that climb on some prompts, in populations one after the other.

    The first population has no slots, so its best is a constant. Two more start afresh with slots; the last one starts from the
    best of all. A new template replaces the worst of its population if it scores better. It is scored on one prompt after the
    other, and no longer than it can still get into the population.
    """

    def __init__(self, climb: Sequence[Prompt], chance: random.Random) -> None:
        self.climb, self.chance = climb, chance
        self.found: list[Scored] = []  # the best of each population
        self.constant: Template | None = None
        self.tried = 0

    def steps(self, seconds: float) -> Iterator[float]:
        """Seconds spent so far, whenever it is time to show the best."""
        started, marks = time.perf_counter(), iter([*(mark for mark in SHOWN_AFTER if mark < seconds), float("inf")])
        mark = next(marks)
        for place, kind in enumerate(POPULATIONS, 1):
            self._begin(kind)
            while (spent := time.perf_counter() - started) < seconds * place / len(POPULATIONS):
                template = next(self.starts, None)
                self._enter(self._child() if template is None else template)
                if spent >= mark:
                    mark = next(marks)
                    yield spent
            self.found += self.best[:4]
            self.constant = self.best[0][1] if self.constant is None else self.constant
        yield time.perf_counter() - started

    def top(self) -> Scored:
        return max([*self.found, *self.best[:1]], key=lambda one: one[0])

    def _begin(self, kind: str) -> None:
        task, some, chance = self.climb[0].case.task, self.climb[:SEEDS], self.chance
        names = (
            sorted({name for prompt in self.climb for name in prompt.slots if name != "prompt"}) if kind != "constants" else []
        )
        golds = [one.gold() for one in some]
        slotted: list[Template] = []
        if task.name in OWN_FORM:
            ends = ["@product title", "@product description", "@product feature"] if task.name == "ec_ave" else [""]
            keys = ["*", *dict.fromkeys(piece.split("=")[0] for gold in golds for piece in gold)]
            values = ["null", "None@None", *(f"{{{name}}}{end}" for name in names for end in ends)]
            self.words = Words([*golds, *((f"{key}={value}",) for key in keys for value in values)], [], [], ())
            slotted = [(f"*={value}",) for value in values]
        else:
            asked, common = [pieces(one.case.prompt) for one in self.climb], FUNCTION_WORDS[task.language].split()
            self.words = Words(golds, asked, names, common)
            if names:
                slotted = [(slot,) for slot in self.words.slots] + [with_slots(one.case.gold, one.slots) for one in some]
        soups: list[Template] = [tuple(self.words.draw(chance) for _ in range(chance.randint(1, 40))) for _ in range(SEEDS)]
        self.material: list[Template] = [*golds, *slotted, *soups]
        self.seen: set[Template] = set()
        self.best: list[Scored] = []
        self.starts = iter([(), *self.material] if kind != "best" else [template for _, template in self.found])

    def _child(self) -> Template:
        parent = max(self.chance.choice(self.best) for _ in range(2))[1]
        others = [template for _, template in self.best] if self.chance.random() < 0.5 else self.material
        return edited(parent, others, self.words, self.chance)

    def _enter(self, template: Template) -> None:
        if self.climb[0].asked:  # of several values for one name the last one counts
            template = tuple(f"{name}={value}" for name, value in by_name(template).items())
        if template in self.seen:
            return
        self.seen.add(template)
        self.tried += 1
        least = self.best[-1][0] if len(self.best) == POPULATION else -1.0
        if (score := self._score(template, least)) is not None:
            self.best = sorted([*self.best, (score, template)], key=lambda one: (-one[0], len(one[1])))[:POPULATION]

    def _score(self, template: Template, least: float) -> float | None:
        """Its mean score; None as soon as it cannot exceed `least`, or is unlikely to after a quarter of the prompts."""
        total, count = 0.0, len(self.climb)
        for place, prompt in enumerate(self.climb, 1):
            total += prompt.case.score(prompt.reply(template))
            if total + count - place <= least * count or (place >= count / 4 and total / place < 0.6 * least):
                return None
        return total / count


# ------------------------------------------------------------------------------------------------------------- judging


def honest_and_shuffled(cases: Sequence[Case]) -> tuple[list[float], float]:
    """What an honest weak answer earns for each case, and what gold replies of other cases earn on average."""
    if rule is None:
        written = library.reply_module(cases[0].task).weak
        return [case.score(written(case)) for case in cases], fmean(case.score(case.others[0]) for case in cases)
    return list(map(rule.weak_score, cases)), rule.shuffled_gold(cases)


def label(case: Case) -> Hashable:
    return case.gold if rule is None else rule.label(case)


def mean(cases: Sequence[Case], scores: Sequence[float]) -> float:
    """Each label counts equally, so that a skewed label's constant is worth no more than any other."""
    return fmean(scores) if rule is None else rule.balanced_mean(cases, scores)


def searched(task: Task, example_config: ExampleConfig, seconds: float, seed: int) -> dict[str, Any]:
    climb, judge = prompts(task, example_config, seed)
    cases = [prompt.case for prompt in judge]
    honest, shuffled = honest_and_shuffled(cases)
    controls = {"weak": mean(cases, honest), "shuffled_gold": shuffled}
    print(f"\n{task.name}: {len(climb)} prompts to climb on, {len(judge)} to judge on; weak {controls['weak']:.3f}", flush=True)
    search = Search(climb, random.Random(f"{task.name}:{seed}"))

    def judged(template: Template) -> list[float]:
        return [prompt.case.score(prompt.reply(template)) for prompt in judge]

    for spent in search.steps(seconds):
        climbed, template = search.top()
        scores = judged(template)
        print(
            f"  {spent:5.0f} s  {search.tried:6d} tried   climbing {climbed:.3f}   judged {mean(cases, scores):.3f}", flush=True
        )
    constant = judged(search.constant or ())
    if mean(cases, constant) > mean(cases, scores):
        template, scores = search.constant or (), constant
    found = {
        "best_cheat": mean(cases, scores),
        "reply": shown(template),
        "best_constant": mean(cases, constant),
        "constant": shown(search.constant or ()),
        **controls,
        "ahead": fmean(cheat > own for cheat, own in zip(scores, honest, strict=True)),
    }
    print(f"  best cheat {found['best_cheat']:.3f} | constant {found['best_constant']:.3f} | weak {found['weak']:.3f}", end="")
    print(f" | shuffled gold {found['shuffled_gold']:.3f} | ahead of weak on {found['ahead']:.0%} of the prompts")
    print(f"  cheat:     {found['reply']!r}\n  filled in: {judge[0].reply(template)[:300]!r}\n  constant:  {found['constant']!r}")
    sys.stdout.flush()
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()}


def shown(template: Template) -> str:
    return " ".join(template).replace(" \n ", "\n")


def in_checkout(folder: Path, words: Sequence[str]) -> int:
    """Run this search in another checkout, on its rewards, sample and weak answers."""
    own = Path(__file__).resolve().parent
    start = f"import benchmarks; benchmarks.__path__.insert(0, {str(own)!r}); from benchmarks.cheats import main; main()"
    around = os.environ | {"PYTHONPATH": str(folder.resolve())}
    return subprocess.run([sys.executable, "-c", start, *words], cwd=folder, env=around, check=False).returncode


def main(words: Sequence[str] | None = None) -> None:
    graded = [task.name for task in TASKS.values() if task.grade]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0, help="of search a task (default: 300)")
    parser.add_argument("--task", nargs="+", choices=graded, default=graded, metavar="NAME", help="tasks (default: all graded)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rewards", type=Path, metavar="CHECKOUT", help="search the rewards of another checkout")
    asked = parser.parse_args(words)
    if asked.rewards:
        options = ["--seconds", str(asked.seconds), "--seed", str(asked.seed), "--task", *asked.task]
        sys.exit(in_checkout(asked.rewards, options))
    with tempfile.TemporaryDirectory(prefix="vitrine-cheats-") as folder:
        example_config = sample(Path(folder))
        found = {name: searched(TASKS[name], example_config, asked.seconds, asked.seed) for name in asked.task}
    print(json.dumps({"tasks": found}, ensure_ascii=False))


if __name__ == "__main__":
    main()
