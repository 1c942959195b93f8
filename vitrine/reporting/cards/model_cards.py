"""A model card for each model: what it learned from and under which terms, what it scores, which weights it belongs to.

    text = model_card(Model("grpo", Path("models/grpo"), "sft", numbers), studied, board, Foundation(origin="scratch"))

The card is Markdown with the front matter of a Hugging Face model card. A model may fall under the terms of every row that it
saw: so the licences of its sources stand first, and no licence is claimed for it that one of them does not give. Like a data
card it holds counts and no rows.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from huggingface_hub import EvalResult, ModelCardData
from pydantic import ConfigDict

from vitrine.errors import CheckpointError
from vitrine.evaluation.scores.scoreboard import INTERVALS, OVERALL
from vitrine.reporting import verdicts
from vitrine.reporting.cards.data_cards import markdown
from vitrine.reporting.cards.provenance import Licence, allows, front_matter
from vitrine.settings import Settings

ADAPTER = "adapter_model.safetensors"


class Foundation(Settings):
    """What the first model was made from, as far as a card tells it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    origin: Literal["scratch", "hub"]
    name: str = ""
    revision: str = ""


@dataclass(frozen=True)
class Model:
    name: str
    folder: Path
    before: str | None  # the model that it was trained from, if it is not the first
    numbers: Mapping[str, float]  # of the stage that made it


@dataclass(frozen=True)
class Studied:
    """A task as it was trained on."""

    task: str
    language: str
    prompts: int
    sources: Sequence[Licence]


@dataclass(frozen=True)
class Weights:
    file: str
    bytes: int
    sha256: str


def model_card(model: Model, studied: Sequence[Studied], board: Mapping[str, Any], foundation: Foundation) -> str:
    """The whole card of one model."""
    taught = [] if model.before is None and foundation.origin == "hub" else studied  # its own makers taught it
    sources = sorted({source for one in taught for source in one.sources}, key=lambda source: source.source)
    weights = weights_of(model.folder)
    text = (
        markdown()
        .get_template("model_card.md.jinja")
        .render(
            head=_head(model, taught, sources, board, foundation).to_yaml().strip(),
            model=model,
            foundation=foundation,
            adapter=any(one.file == ADAPTER for one in weights),
            studied=taught,
            tasks_of={source.source: [one.task for one in taught if source in one.sources] for source in sources},
            sources=[(source, allows(source)) for source in sources],
            board=board,
            scores=board["models"].get(model.name),
            differences=_differences(model.name, board),
            controls=_controls(model.name, board),
            measures=_measures(model.name, board),
            weights=weights,
            generated=[source.source for source in sources if source.generated],
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def weights_of(folder: Path) -> list[Weights]:
    """The files that hold the numbers, by name."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise CheckpointError(f"{folder} holds no weights (*.safetensors); run `dvc repro` or `dvc pull` to get them")
    return [Weights(file.name, file.stat().st_size, _sha256(file)) for file in files]


def terms(sources: Sequence[Licence]) -> dict[str, str]:
    """The licence in the front matter: that of all sources if it is one and the hub knows it, else the way to their list."""
    found = {front_matter(source.licence, source.homepage)["license"] for source in sources}
    if len(found) == 1 and not found & {"other", "unknown"}:
        return {"license": found.pop()}
    return {"license": "other", "license_name": "terms-of-its-data", "license_link": "#licences"}


def _head(
    model: Model, studied: Sequence[Studied], sources: Sequence[Licence], board: Mapping[str, Any], foundation: Foundation
) -> ModelCardData:
    scores = board["models"].get(model.name)
    suite = board["suite"]
    graded = {**scores["tasks"], OVERALL: scores["overall"]} if scores else {}
    results = [
        EvalResult(
            task_type="text-generation",
            dataset_type=suite["name"],
            dataset_name=f"{suite['name']} {suite['version']}, held-out prompts",
            metric_type="score",
            metric_name=f"{task}: mean score, 0 to 1",
            metric_value=found["score"],
        )
        for task, found in graded.items()
        if found.get("score") is not None
    ]
    values: dict[str, Any] = dict(terms(sources))
    if foundation.origin == "hub":
        values |= terms([]) | {"license_name": "terms-of-its-base-and-data", "base_model": foundation.name}
    return ModelCardData(
        **values,
        language=sorted({one.language for one in studied}) or None,
        library_name="transformers",
        pipeline_tag="text-generation",
        tags=["vitrine"],
        model_name=f"vitrine-{model.name}",
        eval_results=results or None,
    )


def _differences(name: str, board: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str]]:
    """The model against the one before, and in words whether that is shown."""
    rows = [row for row in board["differences"] if row["better"] == name and row["decoding"] == "greedy"]
    return [(row, verdicts.said(row)) for row in rows]


def _controls(name: str, board: Mapping[str, Any]) -> dict[str, list[str]]:
    """Overall and by task: what the model's answers earn shuffled, the best constant reply, the reply to the nearest prompt."""
    scores = board["models"].get(name)
    found = {}
    for task in [OVERALL, *scores["tasks"]] if scores else []:
        own = verdicts.overall(board) if task == OVERALL else verdicts.controls(board, task)
        numbers = own["shuffled"][name], own[verdicts.CONSTANT], own[verdicts.BASELINE]
        found[task] = ["not known" if number is None else f"{number:.3f}" for number in numbers]
    return found


def _measures(name: str, board: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each task's own measures in one line: "accuracy 0.944 [0.903, 0.976], macro_f1 0.922 [0.859, 0.970]"."""
    scores = board["models"].get(name)
    found = []
    for task, own in sorted(scores["tasks"].items()) if scores else []:
        words = [f"{one} {own[one]:.3f}{_ends(*ends)}" for one, ends in own.get(INTERVALS, {}).items() if own[one] is not None]
        if words:
            found.append((task, ", ".join(words)))
    return found


def _ends(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
