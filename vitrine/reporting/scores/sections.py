"""The sections of the report: what the template shows of scores, controls, differences, training, data and examples."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from vitrine.evaluation.scores.control_warnings import LEAST, warnings
from vitrine.evaluation.scores.scoreboard import OURS, OVERALL
from vitrine.reporting import charts, verdicts
from vitrine.reporting.examples import Row, choose
from vitrine.reporting.inputs import Curve, Record
from vitrine.reporting.scores.figures import MINUS, bracketed, dashed, interval_of, is_number, number, optional, plain, signed
from vitrine.reporting.scores.figures import label as label_of
from vitrine.reporting.scores.models import TONES, Model, models_of, name_of


def comparison(row: Mapping[str, Any]) -> str:
    """One difference in one sentence: "GRPO is above SFT by 0.031 [0.012, 0.050], n = 600, greedy." or "No difference shown: …".

    If answers were shuffled, the sentence about a gain also says whether (own - shuffled) grew: without that, the gain is not
    shown to be learned.
    """
    better, than = name_of(row["better"]), name_of(row["than"])
    mean, low, high = row["mean"], row["low"], row["high"]
    rest = f"n = {row['n']:,}, {row['decoding']}"
    if not verdicts.is_shown(row):
        return f"No difference shown: {better} {MINUS} {than} is {signed(mean)} [{plain(low)}, {plain(high)}], {rest}."
    if mean < 0:
        return f"{better} is below {than} by {plain(-mean)} [{plain(-high)}, {plain(-low)}], {rest}."
    gain = f"{better} is above {than} by {plain(mean)} [{plain(low)}, {plain(high)}], {rest}"
    if row.get("reads_prompt") is None:
        return f"{gain}."
    low, high = (row.get(f"own_less_shuffled_{end}") for end in ("low", "high"))
    reading = f"own {MINUS} shuffled: {signed(row['own_less_shuffled'])} {bracketed(low, high)}"
    if row["reads_prompt"]:
        return f"{gain}, and it is shown to read the prompt ({reading})."
    return f"{gain}, but it is {verdicts.NOT_READ} ({reading})."


def score_row(board: Mapping[str, Any], models: Sequence[Model], task: str) -> dict[str, Any]:
    """One row of the results: every model's score, bold if its gain over the model before it is shown, and the controls."""
    cells: list[Any] = []
    for model in models:
        own = board["models"][model.key]
        score = own["overall"] if task == OVERALL else own["tasks"].get(task)
        cells.append(score if score and score["score"] is not None else None)
    gained = {
        row["better"]
        for row in board["differences"]
        if row["task"] == task and row["decoding"] == "greedy" and row["mean"] > 0 and verdicts.outcome(row) == verdicts.SHOWN
    }
    graded = [(model, cell) for model, cell in zip(models, cells, strict=True) if cell]
    marks = [charts.Mark(model.tone, cell["score"], cell["low"], cell["high"]) for model, cell in graded]
    label = "; ".join(f"{model.name} {plain(cell['score'])}" for model, cell in graded)
    numbers = verdicts.overall(board) if task == OVERALL else verdicts.controls(board, task)
    known = {heading: numbers[name] for name, heading in verdicts.NAMES.items() if numbers[name] is not None}
    baseline = max(known.items(), key=lambda item: item[1]) if known else ("", None)
    return {
        "task": task,
        "n": next((cell["n"] for cell in cells if cell), None),
        "cells": [(cell, bool(cell) and model.key in gained) for model, cell in zip(models, cells, strict=True)],
        "chart": charts.dots(marks, charts.UNIT, label=f"{label_of(task)}: {label}") if marks else None,
        "baseline": (baseline[0], optional(baseline[1])) if graded else ("", ""),
        "shuffled": optional(numbers["shuffled"][models[-1].key]) if graded else "",
    }


def measures(board: Mapping[str, Any], models: Sequence[Model], tasks: Sequence[str]) -> list[dict[str, Any]]:
    """Each task's own metrics, by name, and the mean score of its samples."""
    groups = []
    for task in tasks:
        by_model = [board["models"][model.key]["tasks"].get(task, {}) for model in models]
        names = sorted({name for own in by_model for name, value in own.items() if name not in OURS and is_number(value)})
        rows = [(name, [(number(own.get(name)), interval_of(own, name)) for own in by_model]) for name in names]
        if any(own.get("sampled") is not None for own in by_model):
            ends = [dashed(own.get("sampled_low"), own.get("sampled_high")) for own in by_model]
            means = [number(own.get("sampled")) for own in by_model]
            rows.append(("mean score of samples", list(zip(means, ends, strict=True))))
        if rows:
            groups.append({"task": task, "rows": rows})
    return groups


def controls_table(board: Mapping[str, Any], models: Sequence[Model], tasks: Sequence[str]) -> dict[str, Any] | None:
    """Each model beside the controls, by task; None if the scoreboard has no controls."""
    if not board.get("controls"):
        return None
    rows, warned = [], []
    for task in [OVERALL, *(task for task in tasks if task in board["controls"])]:
        numbers = verdicts.overall(board) if task == OVERALL else verdicts.controls(board, task)
        pairs = [(model, _score_of(board, model, task), numbers["shuffled"][model.key]) for model in models]
        marks = [charts.Gap(model.tone, own, shuffled) for model, own, shuffled in pairs]
        baselines = [value for name in (verdicts.CONSTANT, verdicts.BASELINE) if (value := numbers[name]) is not None]
        labels = [f"{model.name} {optional(own)}, shuffled {optional(shuffled)}" for model, own, shuffled in pairs]
        labels += [f"{heading} {optional(numbers[name])}" for name, heading in verdicts.NAMES.items()]
        rows.append(
            {
                "task": task,
                "chart": charts.gaps(marks, baselines, charts.UNIT, label=f"{label_of(task)}: {'; '.join(labels)}"),
                "cells": [(optional(own), optional(shuffled)) for _, own, shuffled in pairs],
                "controls": [(heading, optional(numbers[name])) for name, heading in verdicts.NAMES.items()],
            }
        )
        if task != OVERALL:
            scores = {model.name: (own, shuffled) for model, own, shuffled in pairs if own is not None and own >= LEAST}
            warned += [f"{label_of(task)}: {sentence}." for sentence in warnings(scores, numbers[verdicts.CONSTANT])]
    names = {own["baseline"]["name"] for own in board["controls"].values() if own.get("baseline")}
    return {"rows": rows, "warned": warned, "baselines": sorted(names), "names": list(verdicts.NAMES.values())}


def difference_tables(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The differences, one table per pair of models: one row for each task, greedy and sampled side by side on one scale."""
    pairs: dict[tuple[str, str], dict[str, dict[str, Mapping[str, Any]]]] = {}
    for row in board["differences"]:
        pairs.setdefault((row["better"], row["than"]), {}).setdefault(row["task"], {})[row["decoding"]] = row
    tones = {model.key: model.tone for model in models_of(board)}
    tables = []
    for (better, than), by_task in pairs.items():
        ends = [row[key] for rows in by_task.values() for row in rows.values() for key in ("low", "high")]
        scale = charts.Scale.around([0.0, *ends], steps=4)
        rows = []
        for task in sorted(by_task, key=lambda task: (task != OVERALL, task)):
            both = by_task[task]
            marks = [
                charts.Mark(tones.get(better, 0), row["mean"], row["low"], row["high"], hollow=decoding != "greedy")
                for decoding, row in both.items()
            ]
            spans = (
                f"{kind} {signed(row['mean'])}, interval {plain(row['low'])} to {plain(row['high'])}"
                for kind, row in both.items()
            )
            label = f"{label_of(task)}: {'; '.join(spans)}"
            chart = charts.dots(marks, scale, label=label, zero=True)
            cells = [(both.get(kind), verdicts.outcome(both[kind]) if kind in both else "") for kind in ("greedy", "sampled")]
            rows.append({"task": task, "chart": chart, "cells": cells})
        tables.append({"better": name_of(better), "than": name_of(than), "rows": rows, "axis": charts.axis(scale, signed=True)})
    return tables


def training_panels(curve: Curve, models: Sequence[Model], records: Sequence[Record]) -> dict[str, Any]:
    """One small chart for each column of a training curve, and the numbers that its stage reported."""
    known = {model.key: model for model in models}
    model = known.get(curve.name) or Model(curve.name, name_of(curve.name), len(models) % TONES)
    panels = []
    for column in [*curve.columns, *(name for name in curve.broken if name not in curve.columns)]:
        points, broken = curve.columns.get(column, ()), curve.broken.get(column, 0)
        note = f"{broken:,} of {broken + len(points):,} values are not finite numbers" if broken else ""
        last = number(points[-1][1]) if points else "none"
        chart = Markup()
        if points:
            label = f"{label_of(column)} of {model.name} over steps, from {number(points[0][1])} to {last}"
            chart = charts.lines(points, tone=model.tone, label=label)
        panels.append({"name": column, "last": last, "chart": chart, "note": note})
    own = stage_numbers([record for record in records if record.stage == curve.name])
    return {"model": model, "panels": panels, "absent": curve.absent, "accounts": own}


def stage_numbers(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Numbers of each stage: a row per name, a column per cell of its matrix."""
    stages: dict[str, list[Record]] = {}
    for record in records:
        stages.setdefault(record.stage, []).append(record)
    tables = []
    for stage, own in stages.items():
        present = [record for record in own if not record.absent]
        names = list(dict.fromkeys(name for record in present for name in record.numbers))
        rows = [(name, [number(record.numbers.get(name)) for record in present]) for name in names]
        absent = [record.absent for record in own if record.absent]
        if rows or absent:
            columns = [record.item for record in present]
            tables.append({"stage": stage, "columns": columns, "rows": rows, "absent": absent})
    return tables


def example_groups(answers: Mapping[str, Sequence[Row]], models: Sequence[Model], count: int) -> list[dict[str, Any]]:
    present = [model for model in models if answers.get(model.key)]
    tasks: dict[str, list[dict[str, Any]]] = {}
    chosen = choose({m.key: answers[m.key] for m in present}, {m.key: m.name for m in present}, count=count)
    for example in chosen:
        replies = [(model, example.answers[model.key]) for model in present]
        shown = {"why": example.why, "prompt": example.prompt, "gold": example.gold, "answers": replies}
        tasks.setdefault(example.task, []).append(shown)
    return [{"task": task, "examples": examples} for task, examples in tasks.items()]


def _score_of(board: Mapping[str, Any], model: Model, task: str) -> float | None:
    own = board["models"][model.key]
    score: float | None = (own["overall"] if task == OVERALL else own["tasks"].get(task, {})).get("score")
    return score
