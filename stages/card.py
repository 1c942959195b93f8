"""card -- a model card for each model: licences of its training data, its owner's statements, scores, weights.

reads   models/base, models/sft, models/grpo   the weights, and their stages' metrics
        data/accounting.json                   the licence of each source in this run
        metrics/format.json                    how many prompts of each task were trained on
        metrics/benchmark.json, data/answers   scores, and what they are by subgroup
writes  models/cards/<model>.md                for anyone who gets the model; `vitrine card` adds commit and date to a copy
"""

from pathlib import Path
from typing import Any

from vitrine import tables
from vitrine.reporting import write
from vitrine.reporting.cards.model_cards import Foundation, Model, Studied, model_card
from vitrine.reporting.cards.owner import Owner
from vitrine.reporting.cards.provenance import licences
from vitrine.reporting.inputs import read_board, read_records
from vitrine.settings import Settings
from vitrine.stage import stage
from vitrine.tables.answers import ANSWERS
from vitrine.tasks import TASKS


class Card(Settings):
    models: dict[str, Path]  # in the order they were made
    metrics: dict[str, Path]
    benchmark: Path
    answers: Path  # a folder with a table for each model
    accounting: Path
    format: Path
    lm: Foundation
    owner: Owner
    cards: Path


@stage("card", Card)
def main(settings: Card) -> dict[str, float]:
    board = read_board(settings.benchmark)
    known = {licence.source: licence for licence in licences(settings.accounting)}
    (formatted,) = read_records([settings.format])
    prompts = {name: int(formatted.numbers.get(f"train.{name}", 0)) for name in TASKS}
    studied = [
        Studied(name, TASKS[name].language, count, [known[source] for source in TASKS[name].sources if source in known])
        for name, count in prompts.items()
        if count
    ]
    numbers = {model: read_records([path])[0].numbers for model, path in settings.metrics.items()}
    before = None
    for name, folder in settings.models.items():
        model = Model(name, folder, before, numbers.get(name, {}))  # one from elsewhere has no stage here
        text = model_card(
            model,
            studied,
            board,
            settings.lm,
            owner=settings.owner,
            answers=_answers(settings.answers / f"{name}.parquet"),
            languages={name: task.language for name, task in TASKS.items()},
        )
        write(settings.cards / f"{name}.md", text)
        before = name
    return {"models": len(settings.models), "sources": len({source for task in studied for source in task.sources})}


def _answers(table: Path) -> list[dict[str, Any]]:
    """A model's answers; none if it was not benchmarked."""
    return tables.read(table, ANSWERS) if table.exists() else []


if __name__ == "__main__":
    main()
