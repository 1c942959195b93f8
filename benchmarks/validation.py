"""One model's graded answers to the validation prompts, for `benchmarks.choices`; the test prompts may not be there.

python -m benchmarks.validation sft --samples 4 --out answers.parquet     # in a checkout whose model is made
"""

import argparse
from pathlib import Path

from stages.benchmark import Benchmark
from vitrine import tables
from vitrine.errors import VitrineError
from vitrine.evaluation.scores.runner import run
from vitrine.params import read
from vitrine.settings import parse
from vitrine.tables.answers import ANSWERS
from vitrine.tables.chat import CHAT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a key of benchmark.models")
    parser.add_argument("--samples", type=int, default=0, help="sampled replies a prompt, beside the greedy one")
    parser.add_argument("--out", type=Path, required=True, help="tables.answers.ANSWERS")
    asked = parser.parse_args()
    settings = parse(Benchmark, "benchmark", read()["benchmark"])
    if settings.test.exists():
        raise VitrineError(f"{settings.test} is there, and a choice may not see it; delete it first (DVC brings it back)")
    rows = tables.read(settings.test.with_name("validation.parquet"), CHAT, why_needed="settings are chosen on validation prompts")
    engine = settings.engine.open(settings.models[asked.model], settings.load)
    how = {"samples": asked.samples, "temperature": settings.temperature, "seed": settings.seed}
    tables.write(asked.out, run(asked.model, engine, rows, **how), ANSWERS)


if __name__ == "__main__":
    main()
