"""report -- one HTML file that explains the benchmark: scores, differences, training, data, examples.

reads   metrics/benchmark.json, and where they exist data/answers/<model>.parquet, metrics/curves/*.csv, metrics of stages
writes  metrics/report.html
"""

from pathlib import Path

from pydantic import Field

from vitrine import tables
from vitrine.reporting import write
from vitrine.reporting.inputs import read_board, read_curve, read_records
from vitrine.reporting.scores.page import report
from vitrine.settings import Settings
from vitrine.stage import stage
from vitrine.tables.answers import ANSWERS


class Report(Settings):
    benchmark: Path
    answers: Path
    curves: dict[str, Path]
    metrics: list[Path]
    report: Path
    examples: int = Field(ge=0, le=20)  # per task


@stage("report", Report)
def main(settings: Report) -> dict[str, float]:
    board = read_board(settings.benchmark)
    files = sorted(path for path in settings.answers.glob("*.parquet") if path.stem in board["models"])
    answers = {path.stem: tables.read(path, ANSWERS) for path in files}
    curves = [read_curve(name, path) for name, path in settings.curves.items()]
    records = read_records(settings.metrics)
    size = write(settings.report, report(board, answers, curves, records, examples=settings.examples))
    return {"models": len(board["models"]), "answers": sum(map(len, answers.values())), "bytes": size}


if __name__ == "__main__":
    main()
