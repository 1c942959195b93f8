"""Learning curves: the values that a trainer logs at each step, as a CSV for plots and the report, and in MLflow.

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
    """Keeps the logged values in `names` (the trainer's name -> ours) and ignores the others."""

    def __init__(self, path: Path, names: Mapping[str, str]) -> None:
        self.path, self.names, self.rows = path, names, list[dict[str, float]]()

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **_: Any) -> None:
        values = {ours: float(logs[theirs]) for theirs, ours in self.names.items() if logs and theirs in logs}
        if values:
            self.add(state.global_step, values)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Keep values that the trainer does not log."""
        self.rows.append({"step": step, **values})
        tracking.log_metrics(values, step=step)

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Continue the curve of an interrupted training, in MLflow's new run too."""
        self.rows = list(saved["rows"])
        for row in self.rows:
            tracking.log_metrics({name: value for name, value in row.items() if name != "step"}, step=int(row["step"]))

    def values(self, name: str) -> list[float]:
        """The values logged under our `name`. A trainer's last log line lacks some names."""
        return [row[name] for row in self.rows if name in row]

    def write(self) -> None:
        """Write the CSV. Without steps it holds the header only, so that the plot is empty."""
        with replacing(self.path) as new, new.open("w", newline="", encoding="utf-8") as file:
            columns = dict.fromkeys([*self.names.values(), *(name for row in self.rows for name in row)])
            writer = csv.DictWriter(file, ["step", *(name for name in columns if name != "step")], restval="")
            writer.writeheader()
            writer.writerows(self.rows)
