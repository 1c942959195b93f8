"""The report: one HTML file that says for each task whether the model is fit for it, and shows the evidence.

    page = report(board, answers, decisions, run, curves, records, minimum=0.5, examples=3)
    Path("metrics/report.html").write_text(page, encoding="utf-8")

`board` comes from evaluation.scores.scoreboard, `decisions` from reporting.decisions. Everything else is optional: the page says
what is missing. It works offline and makes no request; its one script filters the answers and opens folded sections. The same
inputs give the same bytes: the page holds no date and no commit, which `vitrine report` stamps on a copy.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from vitrine.evaluation.scores.control_warnings import join_names
from vitrine.evaluation.scores.scoreboard import OVERALL
from vitrine.reporting import charts, environment, verdicts
from vitrine.reporting.decisions import FEW_CLUSTERS, FIT, NOT_FIT, NOT_GRADED, Decision, Gap
from vitrine.reporting.examples import Row, legible
from vitrine.reporting.inputs import Curve, Record
from vitrine.reporting.scores import sections
from vitrine.reporting.scores.answers import GRADES, embed
from vitrine.reporting.scores.figures import bracketed, label, p_value, plain, signed
from vitrine.reporting.scores.models import Model, models_of
from vitrine.reporting.scores.phrases import does, generated_caveat
from vitrine.reporting.scores.run import Run, size

STAMP = "<!-- stamp -->"  # where `vitrine report` puts commit and date
EMBEDDED_BYTES = 1_400_000  # of answers in the browser, so that the whole file stays below 2 MB
BASELINES = {
    verdicts.CONSTANT: "constant",
    verdicts.MAJORITY: "majority",
    verdicts.COPY: "copy of the prompt",
    verdicts.BASELINE: "nearest",
}


def report(
    board: Mapping[str, Any],
    answers: Mapping[str, Sequence[Row]],
    decisions: Sequence[Decision],
    run: Run,
    curves: Sequence[Curve],
    records: Sequence[Record],
    *,
    minimum: float = 0.5,
    examples: int = 3,
    embedded: int = EMBEDDED_BYTES,
) -> str:
    """The whole page."""
    models = models_of(board)
    tasks = sorted({task for model in models for task in board["models"][model.key]["tasks"]})
    filters = {"score": plain, "signed": signed, "count": "{:,}".format, "p": p_value, "label": label, "legible": legible}
    templates = environment(Path(__file__).parent / "templates", filters)
    script = templates.get_template("answers.js.jinja").render()
    trainings = [sections.training_panels(curve, models, records) for curve in curves]
    return templates.get_template("report.html.jinja").render(
        board=board,
        models=models,
        tasks=tasks,
        run=run,
        size=size(next((record.numbers.get("parameters") for record in records if record.stage == "base"), None)),
        fingerprint=run.fingerprint(board),
        title=_title(models[-1], decisions),
        decisions=[
            (decision, does(decision.task), _with_caveat(sentence(decision, models[-1].name), decision, run))
            for decision in decisions
        ],
        setback=_setback(board, models[-1]),
        minimum=f"{minimum:g}",
        comparisons=[
            (row, sections.comparison(row))
            for row in board["differences"]
            if row["task"] == OVERALL and row["decoding"] == "greedy"
        ],
        scores=[sections.score_row(board, models, task) for task in [OVERALL, *tasks]],
        unit_axis=charts.axis(charts.UNIT),
        controls=sections.controls_table(board, models, tasks),
        measures=sections.measures(board, models, tasks),
        pairs=sections.difference_tables(board),
        trainings=trainings,
        accounts=sections.stage_numbers([one for one in records if one.stage not in {curve.name for curve in curves}]),
        examples=sections.example_groups(answers, models, examples),
        embedded=embed(answers, models, limit=embedded) if any(answers.values()) else None,
        grades=GRADES,
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        stamp=Markup(STAMP),
    )


def sentence(decision: Decision, model: str) -> str:
    """The evidence behind a verdict in one or two sentences, without the verdict itself."""
    if decision.verdict == NOT_GRADED:
        return "This task has no reward, so its answers are not graded; only its loss is measured."
    score = decision.score
    text = f"{model} scores {plain(score['score'])} {bracketed(score['low'], score['high'])} on {score['n']:,} prompts"
    if FEW_CLUSTERS in decision.reasons:
        return f"{text}. {FEW_CLUSTERS.capitalize()}."
    if decision.gap is not None and decision.baseline_score is not None:
        name = f"the best baseline ({BASELINES[decision.baseline]}, {plain(decision.baseline_score)})"
        text += f", {_distance(decision.gap)} {name}"
    if decision.reading is not None:
        text += f" and {_distance(decision.reading)} its own replies shuffled"
    reasons = join_names(decision.reasons) if decision.reasons else ""
    return f"{text}. {reasons[:1].upper()}{reasons[1:]}." if reasons else f"{text}."


def _with_caveat(text: str, decision: Decision, run: Run) -> str:
    caveat = "" if decision.verdict == NOT_GRADED else generated_caveat(decision.task, run.sources)
    return f"{text} {caveat}" if caveat else text


def _distance(gap: Gap) -> str:
    """How far above or below: "0.283 [0.233, 0.334] above", "0.012 (not paired) below"."""
    if gap.low is None or gap.high is None:
        ends = "(not paired)"
    else:
        ends = bracketed(-gap.high, -gap.low) if gap.mean < 0 else bracketed(gap.low, gap.high)
    return f"{plain(abs(gap.mean))} {ends} {'below' if gap.mean < 0 else 'above'}"


def _setback(board: Mapping[str, Any], model: Model) -> str:
    """A warning if the delivered model is shown to be worse overall than the one before it; empty if not."""
    for row in board["differences"]:
        announced = row["better"] == model.key and (row["task"], row["decoding"]) == (OVERALL, "greedy")
        if announced and verdicts.is_shown(row) and row["mean"] < 0:
            return f"Overall, {sections.comparison(row)} Compare both models in the results before you deliver {model.name}."
    return ""


def _title(model: Model, decisions: Sequence[Decision]) -> str:
    graded = [decision.verdict for decision in decisions if decision.verdict != NOT_GRADED]
    fit, refuted = graded.count(FIT), graded.count(NOT_FIT)
    rest = len(graded) - fit - refuted
    if not fit:
        ruled_out = f"; it is not fit for {refuted}" if refuted else ""
        return f"{model.name} is not shown to be fit for any of {len(graded)} tasks{ruled_out}"
    parts = [f"fit for {fit} of {len(graded)} tasks"]
    parts += [f"not fit for {refuted}"] if refuted else []
    parts += [f"not shown for {rest}"] if rest else []
    return f"{model.name} is {', '.join(parts)}"
