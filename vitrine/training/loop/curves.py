"""What a trainer logs, step by step: to a CSV that DVC plots and the report draw, and to the tracking server.

curves = Curves(Path("metrics/curves/sft.csv"), {"loss": "loss", "mean_token_accuracy": "accuracy"})
trainer.add_callback(curves)
trainer.train()
curves.write()
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from vitrine import tracking
from vitrine.files import replacing


class Curves(TrainerCallback):  # type: ignore[misc]  # transformers ships no type for it
    """Keeps the logged values in `names` (the trainer's name -> ours); the rest of the log is the trainer's own business."""

    def __init__(self, path: Path, names: Mapping[str, str]) -> None:
        self.path, self.names, self.rows = path, names, list[dict[str, float]]()

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **_: Any) -> None:
        values = {ours: float(logs[theirs]) for theirs, ours in self.names.items() if logs and theirs in logs}
        if values:
            self.rows.append({"step": state.global_step, **values})
            tracking.log_metrics(values, step=state.global_step)

    def values(self, name: str) -> list[float]:
        """Everything that was logged under our `name`; a trainer's closing line holds only some of them."""
        return [row[name] for row in self.rows if name in row]

    def write(self) -> None:
        """The header is there even when nothing was trained, so that a plot of no steps is an empty plot."""
        with replacing(self.path) as new, new.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["step", *dict.fromkeys(self.names.values())], restval="")
            writer.writeheader()
            writer.writerows(self.rows)
