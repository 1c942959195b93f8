"""A model card for each model: its training data and their licences, its owner, its scores, and the weights it describes.

    model = Model("grpo", Path("models/grpo"), "sft", numbers)
    text = model_card(model, studied, board, Foundation(origin="scratch"), owner=Owner(), answers=rows)

The card is Markdown with the front matter of a Hugging Face model card. A model may fall under the terms of every row that it
saw. So the licences of its sources stand first, and a licence is only claimed for it if all of them give it. Like a data card
it holds counts and no rows. It holds no date and no commit either: `vitrine card` adds them to a copy (`stamp.py`).
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from huggingface_hub import EvalResult, ModelCardData
from pydantic import ConfigDict

from vitrine.errors import CheckpointError
from vitrine.evaluation.scores.scoreboard import INTERVALS, OVERALL
from vitrine.evaluation.scores.statistics import fewest_clusters
from vitrine.reporting import verdicts
from vitrine.reporting.cards.data_cards import FINGERPRINT, markdown, sha256
from vitrine.reporting.cards.known_problems import describe_generated, find_problems
from vitrine.reporting.cards.meanings import meaning
from vitrine.reporting.cards.owner import Owner
from vitrine.reporting.cards.provenance import Licence, allows, front_matter
from vitrine.reporting.cards.subgroups import Row, Subgroup, subgroups
from vitrine.settings import Settings

ADAPTER = "adapter_model.safetensors"


class Foundation(Settings):
    """What the first model was made from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    origin: Literal["scratch", "hub", "folder", "gguf"]
    name: str = ""
    revision: str = ""
    path: Path = Path()
    sha256: str | None = None


@dataclass(frozen=True)
class Model:
    name: str
    folder: Path
    before: str | None  # the model that it was trained from; None: it is the first
    numbers: Mapping[str, float]  # metrics of the stage that made it


@dataclass(frozen=True)
class Studied:
    """A task that was trained on."""

    task: str
    language: str
    prompts: int
    sources: Sequence[Licence]


@dataclass(frozen=True)
class Weights:
    file: str
    bytes: int
    sha256: str


def model_card(
    model: Model,
    studied: Sequence[Studied],
    board: Mapping[str, Any],
    foundation: Foundation,
    *,
    owner: Owner,
    answers: Sequence[Row] = (),
    languages: Mapping[str, str] | None = None,
) -> str:
    """The whole card of one model. `answers` are its benchmark answers, `languages` those of the tasks."""
    if model.before is None and foundation.origin != "scratch":
        studied = []  # its publishers trained it, not this run
    sources = sorted({source for task in studied for source in task.sources}, key=lambda source: source.source)
    weights = weights_of(model.folder)
    scores = board["models"].get(model.name)
    text = (
        markdown()
        .get_template("model_card.md.jinja")
        .render(
            head=_head(model, studied, sources, board, foundation).to_yaml().strip(),
            model=model,
            foundation=foundation,
            adapter=any(file.file == ADAPTER for file in weights),
            owner=owner.lines(),
            version=version_of(weights),
            studied=studied,
            tasks_of={source.source: [task.task for task in studied if source in task.sources] for source in sources},
            sources=[(source, allows(source)) for source in sources],
            board=board,
            scores=scores,
            differences=_differences(model.name, board),
            controls=_controls(model.name, board),
            measures=_measures(model.name, board),
            meanings=[(task, meaning(task)) for task in sorted(scores["tasks"])] if scores else [],
            fewest=fewest_clusters(),
            subgroups=[_subgroup(group) for group in subgroups(answers, languages or {})],
            weights=weights,
            generated=(generated := [source.source for source in sources if source.generated]),
            problems=[*describe_generated(generated), *find_problems(model.name, board, answers)],
            own=[source.source for source in sources if source.provenance in ("own", "mixed")],
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def weights_of(folder: Path) -> list[Weights]:
    """The weight files of a model, by name."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise CheckpointError(f"{folder} holds no weights (*.safetensors); run `dvc repro` or `dvc pull` to get them")
    return [Weights(file.name, file.stat().st_size, sha256(file)) for file in files]


def version_of(weights: Sequence[Weights]) -> str:
    """The fingerprint of a model's weights: weights that differ have another one."""
    return hashlib.sha256("".join(f"{file.file} {file.sha256}\n" for file in weights).encode()).hexdigest()[:FINGERPRINT]


def terms(sources: Sequence[Licence]) -> dict[str, str]:
    """The licence in the front matter: the one that all sources share, if the hub knows it; else a link to their list."""
    names = {front_matter(source.licence, source.homepage)["license"] for source in sources}
    if len(names) == 1 and not names & {"other", "unknown"}:
        return {"license": names.pop()}
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
            metric_value=result["score"],
        )
        for task, result in graded.items()
        if result.get("score") is not None
    ]
    values: dict[str, Any] = dict(terms(sources))
    if foundation.origin != "scratch":
        values |= terms([]) | {
            "license_name": "terms-of-its-base-and-data",
            "base_model": foundation.name or foundation.path.name,
        }
    return ModelCardData(
        **values,
        language=sorted({task.language for task in studied}) or None,
        library_name="transformers",
        pipeline_tag="text-generation",
        tags=["vitrine"],
        model_name=f"vitrine-{model.name}",
        eval_results=results or None,
    )


def _differences(name: str, board: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str]]:
    """The differences to the model before, each with its verdict."""
    rows = [row for row in board["differences"] if row["better"] == name and row["decoding"] == "greedy"]
    return [(row, verdicts.outcome(row)) for row in rows]


def _controls(name: str, board: Mapping[str, Any]) -> dict[str, list[str]]:
    """Overall and by task: the scores of the shuffled answers, of the best constant reply and of the nearest prompt's reply."""
    scores = board["models"].get(name)
    rows = {}
    for task in [OVERALL, *scores["tasks"]] if scores else []:
        own = verdicts.overall(board) if task == OVERALL else verdicts.controls(board, task)
        numbers = own["shuffled"][name], own[verdicts.CONSTANT], own[verdicts.BASELINE]
        rows[task] = ["not known" if number is None else f"{number:.3f}" for number in numbers]
    return rows


def _measures(name: str, board: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each task's own measures in one line: "accuracy 0.944 [0.903, 0.976], macro_f1 0.922 [0.859, 0.970]"."""
    scores = board["models"].get(name)
    rows = []
    for task, own in sorted(scores["tasks"].items()) if scores else []:
        intervals = {name: ends for name, ends in own.get(INTERVALS, {}).items() if own[name] is not None}
        if intervals:
            rows.append((task, ", ".join(f"{name} {own[name]:.3f}{_ends(*ends)}" for name, ends in intervals.items())))
    return rows


def _ends(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"


def _subgroup(group: Subgroup) -> dict[str, Any]:
    score = group.score
    ends = f"{score.low:.3f} to {score.high:.3f}" if math.isfinite(score.low) else "too few"
    return {"group": group, "n": score.n, "clusters": score.clusters, "mean": f"{score.mean:.3f}", "interval": ends}
