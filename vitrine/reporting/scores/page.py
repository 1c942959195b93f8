"""The report: one HTML file that explains a benchmark to whoever opens it, offline, on any screen.

    page = report(board, answers, curves, records, examples=3)
    Path("metrics/report.html").write_text(page, encoding="utf-8")

`board` is what `evaluation.scoreboard` made. The rest is optional: what is not there becomes a sentence. The same inputs
give the same bytes; there is no date in it, DVC and Git know that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from vitrine.evaluation.scores.control_warnings import LEAST, warnings
from vitrine.evaluation.scores.scoreboard import INTERVALS, OURS, OVERALL
from vitrine.reporting import charts, environment, verdicts
from vitrine.reporting.examples import Row, choose, legible
from vitrine.reporting.inputs import Curve, Record

NAMES = {"base": "Base", "sft": "SFT", "grpo": "GRPO"}  # how models are called in prose; others keep their own name
TONES = 6  # colours that the page knows
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Model:
    key: str
    name: str
    tone: int


def report(
    board: Mapping[str, Any],
    answers: Mapping[str, Sequence[Row]],
    curves: Sequence[Curve],
    records: Sequence[Record],
    *,
    examples: int = 3,
) -> str:
    """The whole page."""
    models = models_of(board)
    tasks = sorted({task for model in models for task in board["models"][model.key]["tasks"]})
    filters = {"score": _plain, "signed": _signed, "count": "{:,}".format, "p": _p, "label": _label, "legible": legible}
    page = environment(Path(__file__).parent / "templates", filters).get_template("report.html.jinja")
    return page.render(
        board=board,
        models=models,
        tasks=tasks,
        heroes=[_hero(board, model) for model in models],
        verdicts=[(row, verdict(row)) for row in board["differences"] if row["task"] == OVERALL],
        scores=[_scores(board, models, task) for task in [OVERALL, *tasks]],
        unit_axis=charts.axis(charts.UNIT),
        controls=_controls(board, models, tasks),
        headlines=_headlines(board, models, tasks),
        pairs=_pairs(board),
        ends_axis=charts.axis(charts.Scale(0.0, 1.0, (0.0, 1.0))),
        trainings=[_training(curve, models, records) for curve in curves],
        accounts=_accounts([record for record in records if record.stage not in {curve.name for curve in curves}]),
        examples=_examples(answers, models, examples),
    )


def verdict(row: Mapping[str, Any]) -> str:
    """One difference in one sentence: "GRPO is above SFT by 0.031 [0.012, 0.050], n = 600, greedy." or "No difference shown: …".

    Where answers were shuffled, a gain also says whether (own - shuffled) grew, without which it is not shown to be learned.
    """
    better, than = _name(row["better"]), _name(row["than"])
    mean, low, high = row["mean"], row["low"], row["high"]
    rest = f"n = {row['n']:,}, {row['decoding']}"
    if not verdicts.is_shown(row):
        return f"No difference shown: {better} {MINUS} {than} is {_signed(mean)} [{_plain(low)}, {_plain(high)}], {rest}."
    if mean < 0:
        return f"{better} is below {than} by {_plain(-mean)} [{_plain(-high)}, {_plain(-low)}], {rest}."
    gain = f"{better} is above {than} by {_plain(mean)} [{_plain(low)}, {_plain(high)}], {rest}"
    if row.get("reads_prompt") is None:
        return f"{gain}."
    reading = f"own {MINUS} shuffled: {_signed(row['own_less_shuffled'])} {_ends(row, 'own_less_shuffled_')}"
    if row["reads_prompt"]:
        return f"{gain}, and what it earns by reading the prompt grew ({reading})."
    return f"{gain}, but it is {verdicts.NOT_READ} ({reading})."


def models_of(board: Mapping[str, Any]) -> list[Model]:
    """In the order of the pipeline, which the differences tell even where JSON has sorted the keys."""
    order: list[str] = []
    for row in board["differences"]:
        for key in (row["than"], row["better"]):
            if key in board["models"] and key not in order:
                order.append(key)
    order += sorted(board["models"].keys() - set(order), key=lambda key: ([*NAMES, key].index(key), key))
    return [Model(key, _name(key), place % TONES) for place, key in enumerate(order)]


def _hero(board: Mapping[str, Any], model: Model) -> dict[str, Any]:
    overall = board["models"][model.key]["overall"]
    marks = [charts.Mark(model.tone, overall["score"], overall["low"], overall["high"])]
    label = f"{model.name}, greedy: {_plain(overall['score'])}, interval {_plain(overall['low'])} to {_plain(overall['high'])}"
    sampled = overall.get("sampled")
    if sampled is not None:
        low, high = (sampled if overall.get(end) is None else overall[end] for end in ("sampled_low", "sampled_high"))
        marks.append(charts.Mark(model.tone, sampled, low, high, hollow=True))
        label += f"; sampled: {_plain(sampled)}"
    return {"model": model, "overall": overall, "chart": charts.dots(marks, charts.UNIT, label=label, rails=True)}


def _scores(board: Mapping[str, Any], models: Sequence[Model], task: str) -> dict[str, Any]:
    """One row of models × tasks, with the best marked where two or more models can be told apart."""
    cells: list[Any] = []
    for model in models:
        scores = board["models"][model.key]
        found = scores["overall"] if task == OVERALL else scores["tasks"].get(task)
        cells.append(found if found and found["score"] is not None else None)
    known = [cell["score"] for cell in cells if cell]
    best = max(known) if len(known) > 1 and max(known) > min(known) else None
    graded = [(model, cell) for model, cell in zip(models, cells, strict=True) if cell]
    marks = [charts.Mark(model.tone, cell["score"], cell["low"], cell["high"]) for model, cell in graded]
    label = "; ".join(f"{model.name} {_plain(cell['score'])}" for model, cell in graded)
    return {
        "task": task,
        "n": next((cell["n"] for cell in cells if cell), None),
        "cells": [(cell, bool(cell) and cell["score"] == best) for cell in cells],
        "chart": charts.dots(marks, charts.UNIT, label=f"{_label(task)}: {label}") if marks else None,
    }


def _headlines(board: Mapping[str, Any], models: Sequence[Model], tasks: Sequence[str]) -> list[dict[str, Any]]:
    """Each task's own metrics, by name, and the mean score of its samples."""
    groups = []
    for task in tasks:
        found = [board["models"][model.key]["tasks"].get(task, {}) for model in models]
        names = sorted({name for own in found for name, value in own.items() if name not in OURS and _is_number(value)})
        rows = [(name, [(_number(own.get(name)), _interval(own, name)) for own in found]) for name in names]
        if any(own.get("sampled") is not None for own in found):
            ends = [_dashed(own.get("sampled_low"), own.get("sampled_high")) for own in found]
            means = [_number(own.get("sampled")) for own in found]
            rows.append(("mean score of samples", list(zip(means, ends, strict=True))))
        if rows:
            groups.append({"task": task, "rows": rows})
    return groups


def _controls(board: Mapping[str, Any], models: Sequence[Model], tasks: Sequence[str]) -> dict[str, Any] | None:
    """What answers earn that were not written for their prompts, beside each model; None where the board knows no controls."""
    if not board.get("controls"):
        return None
    rows, warned = [], []
    for task in [OVERALL, *(task for task in tasks if task in board["controls"])]:
        found = verdicts.overall(board) if task == OVERALL else verdicts.controls(board, task)
        pairs = [(model, _score_of(board, model, task), found["shuffled"][model.key]) for model in models]
        marks = [charts.Gap(model.tone, own, shuffled) for model, own, shuffled in pairs]
        posts = [value for name in (verdicts.CONSTANT, verdicts.BASELINE) if (value := found[name]) is not None]
        said = [f"{model.name} {_optional(own)}, shuffled {_optional(shuffled)}" for model, own, shuffled in pairs]
        said += [f"{heading} {_optional(found[name])}" for name, heading in verdicts.NAMES.items()]
        rows.append(
            {
                "task": task,
                "chart": charts.gaps(marks, posts, charts.UNIT, label=f"{_label(task)}: {'; '.join(said)}"),
                "cells": [(_optional(own), _optional(shuffled)) for _, own, shuffled in pairs],
                "controls": [(heading, _optional(found[name])) for name, heading in verdicts.NAMES.items()],
            }
        )
        if task != OVERALL:
            scores = {model.name: (own, shuffled) for model, own, shuffled in pairs if own is not None and own >= LEAST}
            warned += [f"{_label(task)}: {sentence}." for sentence in warnings(scores, found[verdicts.CONSTANT])]
    baselines = {own["baseline"]["name"] for own in board["controls"].values() if own.get("baseline")}
    return {"rows": rows, "warned": warned, "baselines": sorted(baselines), "names": list(verdicts.NAMES.values())}


def _pairs(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The differences, one table per pair of models: a row a task, greedy and sampled side by side on one scale."""
    pairs: dict[tuple[str, str], dict[str, dict[str, Mapping[str, Any]]]] = {}
    for row in board["differences"]:
        pairs.setdefault((row["better"], row["than"]), {}).setdefault(row["task"], {})[row["decoding"]] = row
    tones = {model.key: model.tone for model in models_of(board)}
    found = []
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
                f"{kind} {_signed(row['mean'])}, interval {_plain(row['low'])} to {_plain(row['high'])}"
                for kind, row in both.items()
            )
            label = f"{_label(task)}: {'; '.join(spans)}"
            chart = charts.dots(marks, scale, label=label, zero=True)
            cells = [(both.get(kind), verdicts.outcome(both[kind]) if kind in both else "") for kind in ("greedy", "sampled")]
            rows.append({"task": task, "chart": chart, "cells": cells})
        found.append({"better": _name(better), "than": _name(than), "rows": rows, "axis": charts.axis(scale, signed=True)})
    return found


def _training(curve: Curve, models: Sequence[Model], records: Sequence[Record]) -> dict[str, Any]:
    """One small chart a column, and what the stage of this name reported at its end."""
    known = {model.key: model for model in models}
    model = known.get(curve.name) or Model(curve.name, _name(curve.name), len(models) % TONES)
    panels = []
    for column in [*curve.columns, *(name for name in curve.broken if name not in curve.columns)]:
        points, broken = curve.columns.get(column, ()), curve.broken.get(column, 0)
        note = f"{broken:,} of {broken + len(points):,} values are not finite numbers" if broken else ""
        last = _number(points[-1][1]) if points else "none"
        chart = Markup()
        if points:
            label = f"{_label(column)} of {model.name} over steps, from {_number(points[0][1])} to {last}"
            chart = charts.lines(points, tone=model.tone, label=label)
        panels.append({"name": column, "last": last, "chart": chart, "note": note})
    own = _accounts([record for record in records if record.stage == curve.name])
    return {"model": model, "panels": panels, "absent": curve.absent, "accounts": own}


def _accounts(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Numbers of each stage: a row per name, a column per cell of its matrix."""
    stages: dict[str, list[Record]] = {}
    for record in records:
        stages.setdefault(record.stage, []).append(record)
    tables = []
    for stage, own in stages.items():
        present = [record for record in own if not record.absent]
        names = list(dict.fromkeys(name for record in present for name in record.numbers))
        rows = [(name, [_number(record.numbers.get(name)) for record in present]) for name in names]
        absent = [record.absent for record in own if record.absent]
        if rows or absent:
            columns = [record.item for record in present]
            tables.append({"stage": stage, "columns": columns, "rows": rows, "absent": absent})
    return tables


def _examples(answers: Mapping[str, Sequence[Row]], models: Sequence[Model], count: int) -> list[dict[str, Any]]:
    present = [model for model in models if answers.get(model.key)]
    tasks: dict[str, list[dict[str, Any]]] = {}
    chosen = choose({m.key: answers[m.key] for m in present}, {m.key: m.name for m in present}, count=count)
    for one in chosen:
        said = [(model, one.answers[model.key]) for model in present]
        tasks.setdefault(one.task, []).append({"why": one.why, "prompt": one.prompt, "gold": one.gold, "answers": said})
    return [{"task": task, "examples": found} for task, found in tasks.items()]


def _name(model: str) -> str:
    return NAMES.get(model, model)


def _label(name: str) -> str:
    return "Overall" if name == OVERALL else name.replace("_", " ")


def _plain(value: float) -> str:
    text = f"{value:.3f}"
    return "0.000" if text == "-0.000" else text.replace("-", MINUS)


def _signed(value: float) -> str:
    text = _plain(value)
    return text if text.startswith(MINUS) or text == "0.000" else f"+{text}"


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def _score_of(board: Mapping[str, Any], model: Model, task: str) -> float | None:
    own = board["models"][model.key]
    score: float | None = (own["overall"] if task == OVERALL else own["tasks"].get(task, {})).get("score")
    return score


def _optional(value: float | None) -> str:
    return "–" if value is None else _plain(value)


def _ends(found: Mapping[str, Any], prefix: str = "") -> str:
    low, high = (found.get(f"{prefix}{end}") for end in ("low", "high"))
    return "" if low is None or high is None else f"[{_plain(low)}, {_plain(high)}]"


def _interval(own: Mapping[str, Any], name: str) -> str:
    return _dashed(*(own.get(INTERVALS, {}).get(name) or (None, None)))


def _dashed(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_number(low)} – {_number(high)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> str:
    """Any number, short: whole ones with separators, others with three or four digits that count."""
    if not _is_number(value):
        return "–"
    if float(value).is_integer() and abs(value) < 1e15:
        text = f"{int(value):,}"
    elif 0.001 <= abs(value) < 10:
        text = f"{value:.3f}"
    elif 10 <= abs(value) < 1e9:
        text = f"{value:,.1f}"
    else:
        text = f"{value:.2e}"
    return text.replace("-", MINUS)
