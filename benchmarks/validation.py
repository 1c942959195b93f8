"""Write one model's graded answers to the validation prompts, for `benchmarks.choices`. Refuses to run if the test prompts exist.

python -m benchmarks.validation sft --samples 4 --out answers.parquet     # in a checkout with the trained model
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
    parser.add_argument("--samples", type=int, default=0, help="sampled replies per prompt, besides the greedy one")
    parser.add_argument("--out", type=Path, required=True, help="a parquet file with the schema tables.answers.ANSWERS")
    args = parser.parse_args()
    settings = parse(Benchmark, "benchmark", read()["benchmark"])
    if settings.test.exists():
        raise VitrineError(
            f"{settings.test} exists, and settings must not be chosen on it: delete it first (`dvc checkout` restores it)"
        )
    rows = tables.read(
        settings.test.with_name("validation.parquet"), CHAT, why_needed="settings are chosen on validation prompts"
    )
    engine = settings.engine.open(settings.models[args.model], settings.load)
    sampling = {"samples": args.samples, "temperature": settings.temperature, "seed": settings.seed}
    tables.write(args.out, run(args.model, engine, rows, **sampling), ANSWERS)


if __name__ == "__main__":
    main()
