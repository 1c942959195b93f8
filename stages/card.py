"""card -- a model card for each model: the terms of what it learned from, its scores, the weights that it belongs to.

reads   models/base, models/sft, models/grpo   the weights, and their stages' metrics
        data/accounting.json                   the licence of each source in this run
        metrics/format.json                    how many prompts of each task were trained on
        metrics/benchmark.json
writes  models/cards/<model>.md                for whoever gets the model
"""

from pathlib import Path

from vitrine.reporting import write
from vitrine.reporting.cards.model_cards import Foundation, Model, Studied, model_card
from vitrine.reporting.cards.provenance import licences
from vitrine.reporting.inputs import read_board, read_records
from vitrine.settings import Settings
from vitrine.stage import stage
from vitrine.tasks import TASKS


class Card(Settings):
    models: dict[str, Path]  # in the order they were made
    metrics: dict[str, Path]
    benchmark: Path
    accounting: Path
    format: Path
    lm: Foundation
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
    numbers = {name: read_records([path])[0].numbers for name, path in settings.metrics.items()}
    before = None
    for name, folder in settings.models.items():
        model = Model(name, folder, before, numbers.get(name, {}))  # one from elsewhere has no stage here
        write(settings.cards / f"{name}.md", model_card(model, studied, board, settings.lm))
        before = name
    return {"models": len(settings.models), "sources": len({one for task in studied for one in task.sources})}


if __name__ == "__main__":
    main()
