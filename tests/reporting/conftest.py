"""A whole benchmark made from a seed: three models, five tasks, and the other files that a pipeline writes."""

import csv
import json
import math
import random
from pathlib import Path

import pytest

from vitrine import tables
from vitrine.evaluation.scores.scoreboard import scoreboard
from vitrine.reporting.cards.provenance import Origin
from vitrine.reporting.decisions import decide
from vitrine.reporting.inputs import read_curve, read_records
from vitrine.reporting.scores.models import models_of
from vitrine.reporting.scores.page import report
from vitrine.reporting.scores.run import ModelSource, Run
from vitrine.tables.answers import ANSWERS

SKILL = {
    "base": {"describe": 0.11, "extract": 0.03, "insights": 0.06, "sentiment": 0.16, "sql": 0.01},
    "sft": {"describe": 0.41, "extract": 0.83, "insights": 0.52, "sentiment": 0.81, "sql": 0.66},
    "grpo": {"describe": 0.42, "extract": 0.84, "insights": 0.74, "sentiment": 0.80, "sql": 0.69},
}
SPREAD = {"describe": 0.15, "extract": 0.14, "insights": 0.25, "sentiment": 0.3, "sql": 0.4}
STATES = ("SP", "RJ", "MG", "RS", "PR", "BA")
KINDS = ("cama_mesa_banho", "beleza_saude", "informatica_acessorios", "relogios_presentes")


def question(task, place, rng):
    kind, state, score = rng.choice(KINDS), rng.choice(STATES), rng.randint(1, 5)
    review = rng.choice(
        [
            "Chegou quebrado, quero a troca.",
            "produto otimo, entrega rapida 👏",
            "Recebi só uma das duas peças e ninguém responde.",
        ]
    )
    if task == "sql":
        gold = f"SELECT count(*) FROM orders WHERE state = '{state}' AND category = '{kind}'"
        return f"[SQL] Quantos pedidos de {kind} foram feitos em {state}?\norders(id, state, category, price)", gold
    if task == "extract":
        gold = json.dumps(
            {"nota": score, "atrasado": False, "dias": 12, "categoria": kind, "estado": state, "problema": "nenhum"}
        )
        return (
            f"[EXTRAIR] Leia o pedido e a avaliação.\nPedido: nota {score}, categoria {kind}, {state}\nAvaliação: {review}",
            gold,
        )
    if task == "sentiment":
        return f"[SENTIMENTO] {review}", f"{'negativo' if score < 3 else 'positivo'}, nota {score}"
    if task == "insights":
        return f"[ANALISE] Como foram as vendas de {kind} em {state}?\npedidos {100 + place}; receita 18450; nota 4,1", None
    return (
        f"[DESCRIBE] {kind} para casa, {place} peças",
        f"Conjunto de {place} peças para casa, fácil de limpar, com garantia de um ano.",
    )


def reply(model, task, gold, score, rng):
    if model == "base":
        return " ".join(rng.choice(["de", "que", "produto", "a", "com", "entrega", "SELECT", "{", "nota"]) for _ in range(40))
    if task == "insights":
        rest = " e a nota média ficou em 4,1, acima do mês anterior" * (1 + 3 * (score < 0.4))
        return f"Resumo: as vendas somaram 132 pedidos.\nNúmeros: receita de R$ 18450{rest}.\nRecomendação: ampliar o estoque."
    return gold if score > 0.7 else gold[: max(8, len(gold) // 2)]


def made_answers(n=120, seed=7):
    answers = {}
    for model, skills in SKILL.items():
        rows = []
        for task, skill in skills.items():
            difficulty, luck = random.Random(f"{seed} {task}"), random.Random(f"{seed} {task} {model}")
            for place in range(n):
                prompt, gold = question(task, place, difficulty)
                hard = difficulty.gauss(0, SPREAD[task])
                score = min(1.0, max(0.0, skill + hard * (0.3 if model == "base" else 1) + luck.gauss(0, 0.12)))
                lift = 0.05 if model == "grpo" else -0.03
                sampled = None if model == "base" else min(1.0, max(0.0, score + lift + luck.gauss(0, 0.05)))
                lost = 0.05 if (task, model) == ("insights", "grpo") else 0.4  # reports that score nearly the same for any prompt
                rows.append(
                    {"model": model, "task": task, "id": f"{task}-{place:04d}", "entity": f"customer-{place // 2}"}
                    | {"prompt": prompt, "gold": gold, "answer": reply(model, task, gold, score, luck), "score": score}
                    | {"sampled": sampled, "shuffled": score * (1 - lost)}
                    | {"sampled_shuffled": None if sampled is None else sampled * (1 - lost)}
                    | {"components": json.dumps({"valid": round(score, 2)}), "tokens": 20}
                )
        answers[model] = rows
    return answers


def made_board(answers):
    headlines = {
        "sql": lambda rows: {"execution_accuracy": share(rows, 0.6), "runs": share(rows, 0.2)},
        "extract": lambda rows: {"field_f1": share(rows, 0.4), "exact": share(rows, 0.95), "parses": share(rows, 0.1)},
        "sentiment": lambda rows: {"macro_f1": share(rows, 0.55), "accuracy": share(rows, 0.5)},
        "insights": lambda rows: {"grounded_rate": share(rows, 0.3)},
        "describe": lambda rows: {"rouge_l": share(rows, 0.5)},
    }
    return scoreboard(answers, headlines, suite="vitrine", controls=CONTROLS, seed=7)


NEAREST = "reply to the most similar training prompt"
CONTROLS = {
    task: {"constant": constant, "majority": constant - 0.02, "copy": 0.01, "baseline": {"name": NEAREST, "score": nearest}}
    | {"how": {"constant": "gold reply, best on training prompts", "majority": "most frequent gold reply"}}
    for task, constant, nearest in [
        ("describe", 0.12, 0.33),
        ("extract", 0.41, 0.55),
        ("insights", 0.78, 0.31),
        ("sentiment", 0.6, 0.7),
        ("sql", 0.21, 0.3),
    ]
}


def share(rows, above):
    return sum(row["score"] > above for row in rows) / len(rows)


def write_curves(folder):
    rng = random.Random(3)
    folder.mkdir(parents=True)
    for name, last, steps in (("base", 2.1, 900), ("sft", 0.31, 400)):
        rows = [
            {
                "step": step,
                "loss": last + 5 * math.exp(-step / 60) + rng.gauss(0, 0.06),
                "learning_rate": 1e-3 * (1 - step / steps),
            }
            for step in range(1, steps, 5)
        ]
        write_csv(folder / f"{name}.csv", rows)
    rows = [
        {
            "step": step,
            "reward": 0.62 + 0.14 * (1 - math.exp(-step / 30)) + rng.gauss(0, 0.03),
            "entropy": 0.5 * math.exp(-step / 70) + rng.gauss(0, 0.02),
            "completion_length": 62 + rng.gauss(0, 4),
            "zero_variance_share": min(1, max(0, 0.2 + step / 400 + rng.gauss(0, 0.06))),
        }
        for step in range(1, 121)
    ]
    write_csv(folder / "grpo.csv", rows)


def write_csv(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


RECORDS = {
    "ingest/olist.json": {"rows": 24_310, "rejected": {"truncated_line": 3, "no_order": 11}},
    "ingest/amazon_titles.json": {"rows": 6_000, "rejected": {"no_title": 42}},
    "ingest/alpaca.json": {"rows": 1_200, "rejected": {}},
    "clean/olist.json": {
        "rows_in": 24_310,
        "rows_out": 23_877,
        "duplicates": 391,
        "redacted": 42,
    },
    "clean/amazon_titles.json": {"rows_in": 6_000, "rows_out": 5_312, "duplicates": 688},
    "clean/alpaca.json": {"rows_in": 1_200, "rows_out": 1_199, "duplicates": 1},
    "format.json": {"train": 18_204, "validation": 610, "test": 600, "contaminated": 17},
    "base.json": {"loss": 2.1043, "parameters": 1_284_352},
    "sft.json": {"loss": 0.3127, "supervised_share": 0.412},
    "grpo.json": {"reward": 0.7581, "zero_variance_share": 0.47},
}


def write_metrics(folder, answers):
    for name, numbers in RECORDS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(numbers))
    (folder / "benchmark.json").write_text(json.dumps(made_board(answers), sort_keys=True))
    write_curves(folder / "curves")


@pytest.fixture(scope="session")
def answers():
    return made_answers(n=40)


SOURCE = Origin(origin="sample", rows=2000, seed=7, selected=True)
SOURCES = {"olist": SOURCE, "amazon_titles": SOURCE}
RUN = Run("vitrine", "cpu", ModelSource(origin="scratch", layers=4, hidden=128), SOURCES, dict.fromkeys(SOURCES, "generated"))


def made_controls(answers):
    """The answers of the control `nearest`, whose mean is that of CONTROLS on every task."""
    return {
        "baseline": [
            row | {"model": "baseline", "score": CONTROLS[row["task"]]["baseline"]["score"], "sampled": None, "shuffled": None}
            for row in answers["sft"]
        ]
    }


@pytest.fixture(scope="session")
def controls(answers):
    return made_controls(answers)


@pytest.fixture(scope="session")
def board(answers):
    return made_board(answers)


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory, answers):
    """A repository's `metrics` and `answers`, as a finished run leaves them."""
    root = tmp_path_factory.mktemp("pipeline")
    write_metrics(root / "metrics", answers)
    for model, rows in answers.items():
        tables.write(root / "answers" / f"{model}.parquet", rows, ANSWERS)
    for name, rows in made_controls(answers).items():
        tables.write(root / "answers" / "controls" / f"{name}.parquet", rows, ANSWERS)
    write_accounting(root / "accounting.json", "generated")
    return root


def write_accounting(path, provenance):
    """The part of `account`'s JSON that says whose files Olist's are."""
    licence = {"title": "Olist", "homepage": "", "licence": "x", "commercial": None}
    path.write_text(json.dumps({"sources": {"olist": licence | {"provenance": provenance, "selected": True}}}))


def render(board, answers, curves, records, *, controls=None, run=RUN, **options):
    """The report as a page, with verdicts from these answers."""
    decisions = decide(board, models_of(board)[-1].key, answers, controls or {}, minimum=0.5)
    return report(board, answers, decisions, run, curves, records, **options)


@pytest.fixture(scope="session")
def inputs(pipeline):
    metrics = pipeline / "metrics"
    curves = [read_curve(name, metrics / "curves" / f"{name}.csv") for name in ("base", "sft", "grpo")]
    return curves, read_records([metrics / "ingest", metrics / "clean", metrics / "format.json", metrics / "grpo.json"])


@pytest.fixture(scope="session")
def page(board, answers, controls, inputs):
    return render(board, answers, *inputs, controls=controls)


def write_everything(root: Path, n=120):
    """For a look with a browser: python -c "from conftest import *; write_everything(Path('/tmp/look'))"."""
    answers = made_answers(n)
    write_metrics(root / "metrics", answers)
    for model, rows in answers.items():
        tables.write(root / "answers" / f"{model}.parquet", rows, ANSWERS)
