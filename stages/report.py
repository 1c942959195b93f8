"""report -- one HTML file: for each task whether the model is fit for it, and the evidence for that.

reads   metrics/benchmark.json     scores, intervals, differences and controls
        data/answers               optional: <model>.parquet and controls/<control>.parquet, for paired tests and for the browser
        data/accounting.json       whose files each source is
        metrics/curves/*.csv       optional: learning curves
        metrics of stages          optional
writes  metrics/report.html        `vitrine report` opens a copy with commit and date
        metrics/report.json        the verdict of each task with its evidence, and the fingerprint
"""

from pathlib import Path
from typing import Any

from pydantic import Field

from vitrine import tables, tracking
from vitrine.reporting import write
from vitrine.reporting.cards.provenance import Origin, licences
from vitrine.reporting.decisions import decide
from vitrine.reporting.inputs import read_board, read_curve, read_records
from vitrine.reporting.scores.models import models_of
from vitrine.reporting.scores.page import report
from vitrine.reporting.scores.run import ModelSource, Run
from vitrine.reporting.verdicts import NAMES
from vitrine.settings import Settings
from vitrine.stage import stage
from vitrine.tables.answers import ANSWERS


class Report(Settings):
    benchmark: Path
    answers: Path
    accounting: Path
    curves: dict[str, Path]
    metrics: list[Path]
    report: Path
    recipe: str | None
    scale: str
    lm: ModelSource
    sources: dict[str, Origin]
    minimum: float = Field(ge=0, le=1)  # a task is fit only if the whole interval of its score reaches this
    examples: int = Field(ge=0, le=20)  # per task
    embedded: int = Field(ge=0, le=100_000_000)  # bytes of answers that the page holds


@stage("report", Report)
def main(settings: Report) -> dict[str, Any]:
    board = read_board(settings.benchmark)
    answers = _read_answers(settings.answers, board["models"])
    controls = _read_answers(settings.answers / "controls", NAMES)
    decisions = decide(board, models_of(board)[-1].key, answers, controls, minimum=settings.minimum)
    provenance = {licence.source: licence.provenance for licence in licences(settings.accounting)}
    run = Run(settings.recipe, settings.scale, settings.lm, settings.sources, provenance)
    curves = [read_curve(name, path) for name, path in settings.curves.items()]
    records = read_records(settings.metrics)
    limits: dict[str, Any] = {"minimum": settings.minimum, "examples": settings.examples, "embedded": settings.embedded}
    size = write(settings.report, report(board, answers, decisions, run, curves, records, **limits))
    fingerprint = run.fingerprint(board)
    tracking.set_tag("vitrine.report", fingerprint)
    return {
        "models": len(board["models"]),
        "answers": sum(map(len, answers.values())),
        "bytes": size,
        "fingerprint": fingerprint,
        "verdicts": {decision.task: decision.facts() for decision in decisions},
    }


def _read_answers(folder: Path, names: Any) -> dict[str, list[dict[str, Any]]]:
    """The tables of answers in a folder whose names are known."""
    files = sorted(path for path in folder.glob("*.parquet") if path.stem in names)
    return {path.stem: tables.read(path, ANSWERS) for path in files}


if __name__ == "__main__":
    main()
