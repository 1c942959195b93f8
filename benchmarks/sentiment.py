"""Real reviews: a small model made here against the majority class, beside TF-IDF and a logistic regression.

python -m benchmarks.sentiment ../shared/data                       # the folder that holds olist/; about six minutes of one core
python -m benchmarks.sentiment ../shared/data --side validation --seed 8 --evenness 0 sft.steps=300

Ingested, cleaned, asked, split by customer and freed of what stands in the test prompts as the pipeline does it; then a
tokenizer, a model from scratch, pretraining and SFT on these prompts alone. Reviews are unevenly liked, and macro F1 weighs
the three polarities alike: training prompts are drawn so that a polarity's share is its own share to the power of one less
`evenness` (1: as many of each, 0: as they come). The sides that are answered keep their natural shares. Choose on
validation; the last line is one JSON object.
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

from benchmarks.real import through
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
MOST = 2500  # prompts of the side that is answered
DRAWS = 1000


def prompts(data: Path, folder: Path, seed: int) -> tuple[dict[str, Rows], dict[str, float]]:
    """Each side's chat rows, and what was set aside."""
    through("olist", data, folder)
    (folder / "clean").rename(folder / "olist")  # as `clean` has it: a folder a source
    rows = chat_rows(sentiment.TASK, ExampleConfig(clean=folder, facts=folder), limit=10**6, seed=seed)
    rules = Contamination.model_validate(composition([])["format"]["contamination"] | {"by_gold": ()})
    found = splitting.split(rows, **SHARES, most={"test": MOST}, golds={"sentiment": None}, contamination=rules, seed=seed)
    return {side: list(kept) for side, kept in found.kept.items()}, {name: value for name, value in found.counts.items() if value}


def polarity(row: dict[str, Any]) -> str:
    return sentiment.polarity(json.loads(row["facts"])["score"])


def drawn(rows: Rows, count: int, evenness: float, seed: int) -> Rows:
    """`count` rows, each read as often as any other of its polarity."""
    chance = random.Random(seed)
    own = {name: [row for row in rows if polarity(row) == name] for name in sentiment.POLARITIES}
    share = {name: len(of) ** (1 - evenness) for name, of in own.items()}
    found = []
    for name, of in own.items():
        wanted = round(count * share[name] / sum(share.values()))
        while wanted > 0:
            found += chance.sample(of, min(wanted, len(of)))
            wanted -= len(of)
    chance.shuffle(found)
    return found


def trained(
    rows: Rows, evenness: float, params: dict[str, Any], seed: int, folder: Path
) -> tuple[TransformersEngine, dict[str, float]]:
    """A model that has read the training prompts and learnt to answer them, and the seconds of both."""
    base, learning = parse(Base, "base", params["base"]), parse(Sft, "sft", params["sft"])
    assert isinstance(base.lm, Scratch)
    texts = [text for row in rows for text in (row["messages"][-1]["content"], row["gold"])]
    started = time.perf_counter()
    template = TEMPLATES[base.lm.template]
    learned = tokenizer.train(texts, template, vocabulary=base.lm.vocabulary, context=base.lm.context)
    model = decoder.build(base.lm, learned, base.load, seed=seed)
    model, _ = pretrain(model, texts, base, block=base.block, repeats=base.repeats, seed=seed, curves=folder / "base.csv")
    read = time.perf_counter()
    chosen = drawn(rows, learning.steps * learning.batch, evenness, seed)
    model, ends = sft(model, chosen, learning, learning.method, max_length=learning.context, seed=seed, curves=folder / "sft.csv")
    took = {"base_seconds": round(read - started, 1), "sft_seconds": round(time.perf_counter() - read, 1)}
    size = model.weights.num_parameters()
    return TransformersEngine(model, batch=128), took | {"parameters": size, "sft_loss": round(ends["loss"], 3)}


def bags(train: Rows, asked: Rows, seed: int) -> list[str]:
    """What TF-IDF of words and pairs of them and a logistic regression answer, both classes' weights evened out."""
    texts = [[row["messages"][-1]["content"].partition("Avaliação: ")[2] for row in rows] for rows in (train, asked)]
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, strip_accents="unicode"),
        LogisticRegression(max_iter=1000, class_weight="balanced", random_state=seed),
    )
    return list(model.fit(texts[0], [polarity(row) for row in train]).predict(texts[1]))


def graded(replies: Sequence[str], asked: Rows) -> list[dict[str, float]]:
    return [dict(sentiment.grade(reply, json.loads(row["facts"])).components) for reply, row in zip(replies, asked, strict=True)]


def macro_f1(parts: Sequence[dict[str, float]]) -> float:
    return sentiment.headline([{"components": part} for part in parts])["macro_f1"]


def spread(systems: dict[str, list[dict[str, float]]], clusters: list[str], seed: int) -> dict[str, list[float]]:
    """Macro F1 of each system in samples of customers, the same samples for all."""
    chance = np.random.default_rng(seed)
    of: dict[str, list[int]] = {}
    for place, customer in enumerate(clusters):
        of.setdefault(customer, []).append(place)
    customers = list(of.values())
    found: dict[str, list[float]] = {name: [] for name in systems}
    for _ in range(DRAWS):
        places = [place for one in chance.integers(0, len(customers), len(customers)) for place in customers[one]]
        for name, parts in systems.items():
            found[name].append(macro_f1([parts[place] for place in places]))
    return found


def middle(values: Sequence[float]) -> list[float]:
    return [round(float(edge), 4) for edge in np.quantile(values, [0.025, 0.975])]


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--side", choices=["test", "validation"], default="test")
    parser.add_argument("--evenness", type=float, default=1.0)
    parser.add_argument("overrides", nargs="*", help="as of `vitrine compose`")
    asked = parser.parse_intermixed_args(words)
    params = composition([f"seed={asked.seed}", *STEPS, *asked.overrides])
    with tempfile.TemporaryDirectory(prefix="vitrine-sentiment-") as name:
        folder = Path(name)
        split, counts = prompts(asked.data, folder, asked.seed)
        train, held_out = split["train"], split[asked.side][:MOST]
        engine, took = trained(train, asked.evenness, params, asked.seed, folder)
        started = time.perf_counter()
        answers = run("model", engine, held_out, samples=0, temperature=1.0, seed=asked.seed)
        took["answer_seconds"] = round(time.perf_counter() - started, 1)
    print(json.dumps({"counts": counts, **took}), flush=True)
    often = max(sentiment.POLARITIES, key=[polarity(row) for row in train].count)
    systems = {
        "majority": graded([often] * len(held_out), held_out),
        "model": [json.loads(answer["components"]) for answer in answers],
        "tfidf": graded(bags(train, held_out, asked.seed), held_out),
    }
    customers = [row["entity"] for row in held_out]
    right = {name: [part["right"] for part in parts] for name, parts in systems.items()}
    samples = spread(systems, customers, asked.seed)
    f1 = {name: macro_f1(parts) for name, parts in systems.items()}
    above = [100 * (one - other) for one, other in zip(samples["model"], samples["majority"], strict=True)]
    print(
        json.dumps(
            {
                **{f"{name}_macro_f1": round(value, 4) for name, value in f1.items()},
                **{f"{name}_macro_f1_interval": middle(samples[name]) for name in ("model", "tfidf")},
                "points_over_majority": round(100 * (f1["model"] - f1["majority"]), 1),
                "points_over_majority_interval": middle(above),
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
                "side": asked.side,
                "seed": asked.seed,
                "evenness": asked.evenness,
                **took,
            },
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
