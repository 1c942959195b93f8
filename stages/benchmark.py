"""benchmark -- every model answers the held-out prompts: scores with intervals and controls, paired differences.

reads   data/chat/test.parquet, data/facts, models/base, models/sft, models/grpo
        data/chat/train.parquet        for the controls, which are chosen on training prompts
writes  data/answers/<model>.parquet   tables.answers.ANSWERS; the controls: data/answers/controls/
        metrics/benchmark.json         docs/formats.md; its main numbers for `dvc exp show`: metrics/headline.json
        metrics/scores.csv             a plot of score per task
"""

import csv
from pathlib import Path
from typing import Any

from pydantic import Field

from vitrine import tables
from vitrine.engines.settings import EngineSettings
from vitrine.evaluation.controls.controls import control_answers, summary, training_rows
from vitrine.evaluation.likeness import Measures, headlines
from vitrine.evaluation.scores.runner import run
from vitrine.evaluation.scores.scoreboard import headline, plot_rows, scoreboard
from vitrine.files import replacing
from vitrine.lm.settings import Load
from vitrine.stage import stage
from vitrine.tables.answers import ANSWERS
from vitrine.tables.chat import CHAT


class Benchmark(Measures):
    test: Path
    train: Path
    models: dict[str, Path]  # in the order of training; each is compared with the one before
    answers: Path
    scores: Path
    suite: str
    temperature: float = Field(gt=0, le=2)
    sampled: list[str]  # models to sample from as well; a base model that has not learned to stop costs much and shows little
    samples: int = Field(ge=0)  # per prompt; 0: greedy only
    shuffles: int = Field(ge=0)  # how often each answer is graded as the answer to another prompt; 0: never
    engine: EngineSettings
    load: Load
    seed: int


@stage("benchmark", Benchmark, headline=headline)
def main(settings: Benchmark) -> dict[str, Any]:
    rows = tables.read(settings.test, CHAT, why_needed="the benchmark needs held-out prompts")
    measures = settings.load_models()
    answers = {}
    for name, folder in settings.models.items():
        engine = settings.engine.open(folder, settings.load)
        samples = settings.samples if name in settings.sampled else 0
        answers[name] = run(
            name,
            engine,
            rows,
            samples=samples,
            temperature=settings.temperature,
            shuffled=settings.shuffles,
            seed=settings.seed,
        )
        tables.write(settings.answers / f"{name}.parquet", answers[name], ANSWERS)
    controls = control_answers(rows, training_rows(settings.train), answers, seed=settings.seed)
    for name, replies in controls.items():
        tables.write(settings.answers / "controls" / f"{name}.parquet", replies, ANSWERS)
    board = scoreboard(answers, headlines(measures), suite=settings.suite, controls=summary(controls), seed=settings.seed)
    with replacing(settings.scores) as new, new.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["model", "task", "score", "low", "high"])
        writer.writeheader()
        writer.writerows(plot_rows(board))
    return board


if __name__ == "__main__":
    main()
