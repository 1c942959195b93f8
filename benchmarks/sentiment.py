"""Real reviews: a small model trained here, compared with the majority class and with TF-IDF and a logistic regression.

python -m benchmarks.sentiment ../shared/data                       # the folder with olist/; about six minutes on one core
python -m benchmarks.sentiment ../shared/data --side validation --seed 8 --evenness 0 sft.steps=300

Reviews are ingested, cleaned, turned into prompts, split by customer and decontaminated as in the pipeline. Then a tokenizer and
a model from scratch are trained on these prompts alone: pretraining, then SFT. Polarities are unequally frequent, but macro F1
weights them equally, so training prompts are resampled: the share of a polarity becomes proportional to its natural share to the
power of 1 - `evenness` (1: equal numbers, 0: as they are). The validation and test splits keep their natural shares. Choose
settings on validation; the last line is one JSON object.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.real import ingest_and_clean
from stages.base import Base
from stages.sft import Sft
from vitrine.chat.template import TEMPLATES
from vitrine.engines.transformers import TransformersEngine
from vitrine.evaluation.scores.runner import run
from vitrine.evaluation.scores.statistics import difference, interval
from vitrine.lm import decoder, tokenizer
from vitrine.lm.settings import Scratch
from vitrine.params import composition
from vitrine.settings import parse
from vitrine.splits import splitting
from vitrine.splits.contamination import Contamination
from vitrine.tasks import sentiment
from vitrine.tasks.task import ExampleConfig, chat_rows
from vitrine.training.pretrain import pretrain
from vitrine.training.sft.trainer import sft

Rows = list[dict[str, Any]]
STEPS = ["base.steps=60", "sft.steps=450"]
SHARES = {"validation": 0.08, "test": 0.08}
MAX_PROMPTS = 2500  # that are answered
DRAWS = 1000  # samples of customers, for the intervals


def prompts(data: Path, folder: Path, seed: int) -> tuple[dict[str, Rows], dict[str, float]]:
    """The chat rows of each split, and the counts of rows set aside."""
    ingest_and_clean("olist", data, folder)
    (folder / "clean").rename(folder / "olist")  # the pipeline's layout: one folder per source
    rows = chat_rows(sentiment.TASK, ExampleConfig(clean=folder, facts=folder), limit=10**6, seed=seed)
    rules = Contamination.model_validate(composition([])["format"]["contamination"] | {"by_gold": ()})
    split = splitting.split(rows, **SHARES, most={"test": MAX_PROMPTS}, golds={"sentiment": None}, contamination=rules, seed=seed)
    return {name: list(kept) for name, kept in split.kept.items()}, {name: value for name, value in split.counts.items() if value}


def polarity(row: dict[str, Any]) -> str:
    return sentiment.polarity(json.loads(row["facts"])["score"])


def resample(rows: Rows, count: int, evenness: float, seed: int) -> Rows:
    """`count` rows, resampled by polarity. Rows of the same polarity occur equally often (within one)."""
    rng = random.Random(seed)
    own = {name: [row for row in rows if polarity(row) == name] for name in sentiment.POLARITIES}
    share = {name: len(of_polarity) ** (1 - evenness) for name, of_polarity in own.items()}
    sampled = []
    for name, of_polarity in own.items():
        wanted = round(count * share[name] / sum(share.values()))
        while wanted > 0:
            sampled += rng.sample(of_polarity, min(wanted, len(of_polarity)))
            wanted -= len(of_polarity)
    rng.shuffle(sampled)
    return sampled


def trained(
    rows: Rows, evenness: float, params: dict[str, Any], seed: int, folder: Path
) -> tuple[TransformersEngine, dict[str, float]]:
    """A model after pretraining and SFT on the training prompts, and the seconds of both."""
    base, learning = parse(Base, "base", params["base"]), parse(Sft, "sft", params["sft"])
    assert isinstance(base.lm, Scratch)
    texts = [text for row in rows for text in (row["messages"][-1]["content"], row["gold"])]
    started = time.perf_counter()
    template = TEMPLATES[base.lm.template]
    trained_tokenizer = tokenizer.train(texts, template, vocabulary=base.lm.vocabulary, context=base.lm.context)
    model = decoder.build(base.lm, trained_tokenizer, base.load, seed=seed)
    model, _ = pretrain(model, texts, base, block=base.block, repeats=base.repeats, seed=seed, curves=folder / "base.csv")
    pretrained = time.perf_counter()
    chosen = resample(rows, learning.steps * learning.batch, evenness, seed)
    model, metrics = sft(
        model, chosen, learning, learning.method, max_length=learning.context, seed=seed, curves=folder / "sft.csv"
    )
    costs = {"base_seconds": round(pretrained - started, 1), "sft_seconds": round(time.perf_counter() - pretrained, 1)}
    size = model.weights.num_parameters()
    return TransformersEngine(model, batch=128), costs | {"parameters": size, "sft_loss": round(metrics["loss"], 3)}


def tfidf_predictions(train: Rows, held_out: Rows, seed: int) -> list[str]:
    """Predictions of a logistic regression on TF-IDF of words and word pairs, with balanced class weights."""
    texts = [[row["messages"][-1]["content"].partition("Avaliação: ")[2] for row in rows] for rows in (train, held_out)]
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, strip_accents="unicode"),
        LogisticRegression(max_iter=1000, class_weight="balanced", random_state=seed),
    )
    return list(model.fit(texts[0], [polarity(row) for row in train]).predict(texts[1]))


def graded(replies: Sequence[str], prompts: Rows) -> list[dict[str, float]]:
    return [
        dict(sentiment.grade(reply, json.loads(row["facts"])).components) for reply, row in zip(replies, prompts, strict=True)
    ]


def macro_f1(parts: Sequence[dict[str, float]]) -> float:
    return sentiment.headline([{"components": part} for part in parts])["macro_f1"]


def bootstrap(systems: dict[str, list[dict[str, float]]], clusters: list[str], seed: int) -> dict[str, list[float]]:
    """Macro F1 of each system in bootstrap samples of customers. All systems get the same samples."""
    rng = np.random.default_rng(seed)
    by_customer: dict[str, list[int]] = {}
    for place, customer in enumerate(clusters):
        by_customer.setdefault(customer, []).append(place)
    customers = list(by_customer.values())
    scores: dict[str, list[float]] = {name: [] for name in systems}
    for _ in range(DRAWS):
        places = [place for drawn in rng.integers(0, len(customers), len(customers)) for place in customers[drawn]]
        for name, parts in systems.items():
            scores[name].append(macro_f1([parts[place] for place in places]))
    return scores


def interval_of(values: Sequence[float]) -> list[float]:
    return [round(float(edge), 4) for edge in np.quantile(values, [0.025, 0.975])]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with olist/")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--side", choices=["test", "validation"], default="test", help="the split to answer (default: test)")
    parser.add_argument(
        "--evenness", type=float, default=1.0, help="1: equally many of each polarity, 0: as they are (default: 1)"
    )
    parser.add_argument("overrides", nargs="*", help="as for `vitrine compose`")
    args = parser.parse_intermixed_args(arguments)
    params = composition([f"seed={args.seed}", *STEPS, *args.overrides])
    with tempfile.TemporaryDirectory(prefix="vitrine-sentiment-") as name:
        folder = Path(name)
        split, counts = prompts(args.data, folder, args.seed)
        train, held_out = split["train"], split[args.side][:MAX_PROMPTS]
        engine, costs = trained(train, args.evenness, params, args.seed, folder)
        started = time.perf_counter()
        answers = run("model", engine, held_out, samples=0, temperature=1.0, seed=args.seed)
        costs["answer_seconds"] = round(time.perf_counter() - started, 1)
    print(json.dumps({"counts": counts, **costs}), flush=True)
    majority = max(sentiment.POLARITIES, key=[polarity(row) for row in train].count)
    systems = {
        "majority": graded([majority] * len(held_out), held_out),
        "model": [json.loads(answer["components"]) for answer in answers],
        "tfidf": graded(tfidf_predictions(train, held_out, args.seed), held_out),
    }
    customers = [row["entity"] for row in held_out]
    right = {name: [part["right"] for part in parts] for name, parts in systems.items()}
    samples = bootstrap(systems, customers, args.seed)
    f1 = {name: macro_f1(parts) for name, parts in systems.items()}
    gains = [100 * (own - other) for own, other in zip(samples["model"], samples["majority"], strict=True)]
    print(
        json.dumps(
            {
                **{f"{name}_macro_f1": round(value, 4) for name, value in f1.items()},
                **{f"{name}_macro_f1_interval": interval_of(samples[name]) for name in ("model", "tfidf")},
                "points_over_majority": round(100 * (f1["model"] - f1["majority"]), 1),
                "points_over_majority_interval": interval_of(gains),
                "accuracy": {name: [round(n, 4) for n in interval(values, customers)[:3]] for name, values in right.items()},
                "model_minus_tfidf_accuracy": [
                    round(n, 4) for n in difference(right["model"], right["tfidf"], customers, seed=7)[:3]
                ],
                "parse_rate": sentiment.headline([{"components": part} for part in systems["model"]])["parse_rate"],
                "shares": {
                    name: round([polarity(row) for row in held_out].count(name) / len(held_out), 3)
                    for name in sentiment.POLARITIES
                },
                "n": len(held_out),
                "train": len(train),
                "side": args.side,
                "seed": args.seed,
                "evenness": args.evenness,
                **costs,
            },
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
