"""The churn table, and the scores of a logistic regression on it: the baseline for a language model.

python -m benchmarks.churn                              # the generated sample, 12,000 orders
python -m benchmarks.churn path/to/published/olist      # the published files; half a minute

The same profiles are split in two ways. `pipeline` is the table as the format stage writes it. `half` puts half of all customers
into the test split, because 8 % contain few customers who return. Scores are of the risk of churning; precision and lift are of
returning, the rare outcome. The constant predicts the churn rate of the training split. `prompts` is the task `churn` on the
pipeline's split, in which half of the prompts are about customers who returned: number and length of the prompts, rows dropped
as contaminated, and scores of replies that need no language model. The last line is one JSON object.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, balanced_accuracy_score, brier_score_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from stages.clean import Clean
from stages.clean import main as clean
from stages.ingest import Ingest
from stages.ingest import main as ingest
from vitrine import tables
from vitrine.chat.template import TEMPLATES
from vitrine.evaluation.scores.statistics import interval
from vitrine.facts import churn
from vitrine.lm import tokenizer
from vitrine.params import composition
from vitrine.settings import parse
from vitrine.sources import SOURCES
from vitrine.sources.origins.pin import pin
from vitrine.splits import splitting
from vitrine.splits.contamination import Contamination
from vitrine.tables.churn import CHURN
from vitrine.tasks import churn as task
from vitrine.tasks.task import ExampleConfig, chat_rows

NUMBERS = ["orders", "items", "delivered", "late", "categories", "reviews"]
MEASURES = ["spend", "freight", "recency_days", "tenure_days", "delivery_days", "installments", "mean_score", "last_score"]
KINDS = ["state", "category", "payment_type"]
DRAWS = 1000  # of customers, for the intervals
VAGUE = "O cliente pode não voltar, pois a maioria não volta."
TRUE = "Está há {dias sem comprar} dias sem comprar e gastou R$ {gasto} ao todo."
REPLIES: dict[str, tuple[Callable[[dict[str, Any]], float], str]] = {  # the predicted risk and the reason
    "0.97, vague": (lambda facts: 0.97, VAGUE),
    "0.5, vague": (lambda facts: 0.5, VAGUE),
    "0.97, true reason": (lambda facts: 0.97, TRUE),
    "0.5, true reason": (lambda facts: 0.5, TRUE),
    "logistic, true reason": (lambda facts: facts["baseline"], TRUE),
    "right, sure, true reason": (lambda facts: 0.9 if facts["churned"] else 0.1, TRUE),
}
SPLITS = {"pipeline": {}, "half": {"validation": 0.0, "test": 0.5}}


def features(table: pl.DataFrame) -> pl.DataFrame:
    """The logarithm of each number, with the median for missing values, and one column per category."""
    numbers = [pl.col(name).cast(pl.Float64).fill_null(pl.col(name).median()).log1p() for name in NUMBERS + MEASURES]
    return table.select(*numbers, *KINDS).to_dummies(KINDS)


def scores(returned: np.ndarray, risk: np.ndarray, seed: int) -> dict[str, list[float] | float]:
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(risk), len(risk)) for _ in range(DRAWS)]
    precisions = [average_precision_score(returned[draw], -risk[draw]) for draw in draws if returned[draw].any()]
    top = np.argsort(risk, kind="stable")[: len(risk) // 10]
    threshold = np.quantile(risk, returned.mean())  # predict as many returning customers as there are
    return {
        "pr_auc_of_returning": round(float(average_precision_score(returned, -risk)), 4),
        "interval": [round(float(edge), 4) for edge in np.quantile(precisions, [0.025, 0.975])],
        "brier": round(float(brier_score_loss(~returned, risk)), 5),
        "balanced_accuracy": round(float(balanced_accuracy_score(returned, risk < threshold)), 4),
        "lift_at_10_percent": round(float(returned[top].mean() / returned.mean()), 2) if np.ptp(risk) else 1.0,
    }


def compare(table: pl.DataFrame, seed: int) -> dict[str, object]:
    values, returned, test = features(table).to_numpy(), (~table["churned"]).to_numpy(), (table["side"] == "test").to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000)).fit(values[~test], ~returned[~test])
    constant = np.full(test.sum(), 1 - returned[~test].mean())
    risks = {"constant": constant, "logistic": model.predict_proba(values[test])[:, 1]}
    return {
        "customers": {"train": int((~test).sum()), "test": int(test.sum())},
        "returning": {"train": int(returned[~test].sum()), "test": int(returned[test].sum())},
        "base_rate": round(float(returned[test].mean()), 5),
        **{name: scores(returned[test], risk, seed) for name, risk in risks.items()},
    }


def task_figures(folder: Path, section: dict[str, Any]) -> dict[str, object]:
    rows = chat_rows(task.TASK, ExampleConfig(clean=folder, facts=folder), limit=10**6, seed=section["seed"])
    shares = {name: section[name] for name in ("validation", "test", "seed")}
    rules = Contamination.model_validate(section["contamination"] | {"by_gold": ()})
    split = splitting.split(rows, **shares, most={}, golds={"churn": None}, contamination=rules)
    texts = [row["messages"][-1]["content"] for row in rows]
    trained = tokenizer.train([*texts, *(row["gold"] for row in rows)], TEMPLATES["chatml"], vocabulary=2048, context=512)
    lengths = [[len(ids) for ids in trained(column).input_ids] for column in (texts, [row["gold"] for row in rows])]
    facts_of_test = [json.loads(row["facts"]) for row in split.kept["test"]]
    scored: dict[str, object] = {}
    for name, (risk, reason) in REPLIES.items():
        replies = [json.dumps({"risco": risk(facts), "motivo": reason.format(**facts["profile"])}) for facts in facts_of_test]
        grades = [task.grade(reply, facts) for reply, facts in zip(replies, facts_of_test, strict=True)]
        headline = task.headline([{"components": grade.components} for grade in grades])
        metrics = {
            key: round(headline[key], 3)
            for key in ("pr_auc", "brier", "balanced_accuracy", "lift_at_10_percent")
            if key in headline
        }
        scored[name] = {"score": [round(part, 3) for part in interval([grade.score for grade in grades])[:3]], **metrics}
    return {
        "prompts": {name: len(kept) for name, kept in split.kept.items()},
        "contaminated": split.counts.get("contaminated.churn", 0.0),
        "tokens of a prompt": [round(float(np.mean(lengths[0]))), max(lengths[0])],
        "tokens of a gold reply": [round(float(np.mean(lengths[1]))), max(lengths[1])],
        "replies": scored,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("olist", nargs="?", help="the folder with the published files (default: a generated sample)")
    path = parser.parse_args().olist
    params = composition([f"ingest.sources.olist.{key}" for key in ("origin=path", f"path={path}") if path])
    results: dict[str, object] = {}
    with TemporaryDirectory() as folder:
        paths = {"source": "olist", "raw": f"{folder}/raw", "clean": f"{folder}/clean"}
        manifests = Path(copytree(params["ingest"]["manifests"], f"{folder}/manifests"))
        if path:
            pin(SOURCES["olist"], Path(path), manifests / "olist.yaml")
        ingest_paths = {"source": "olist", "raw": paths["raw"], "manifests": str(manifests)}
        ingest.body(parse(Ingest, "ingest", params["ingest"] | ingest_paths))
        clean.body(parse(Clean, "clean", params["clean"] | paths))
        options, section = parse(churn.Churn, "format.churn", params["format"]["churn"]), params["format"]
        started = perf_counter()
        for name in ("train", "test"):
            moment = getattr(options, name)
            population = churn.profiles(Path(paths["clean"]), snapshot=moment, window_days=options.window_days)
            results[f"population at {moment}"] = [population.height, int((~population["churned"]).sum())]
        results["seconds"] = round(perf_counter() - started, 2)
        for name, shares in SPLITS.items():
            file = Path(folder) / name / "churn.parquet"
            split = {key: section[key] for key in ("validation", "test", "seed")} | shares
            churn.build(Path(paths["clean"]), file, options, **split)
            results[name] = compare(tables.scan(file, CHURN).collect(), section["seed"])
            print(json.dumps({name: results[name]}), flush=True)
        results["prompts"] = task_figures(Path(folder) / "pipeline", section)
    print(json.dumps({"data": "published" if path else "sample", **results}))


if __name__ == "__main__":
    main()
