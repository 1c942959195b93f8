"""Fit how often the sample's grammar chooses each alternative, to the fitted half of the published messages.

python -m benchmarks.likeness_fit --olist ../shared/data/olist     # writes vitrine/sources/samples/olist_weights.yaml

Each round generates messages and trains a classifier (words and word pairs) to tell them from published ones. Alternatives of
messages that look published become more frequent, the others less. Only the weights of the grammar's alternatives are written.
"""

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from benchmarks.likeness import WORD, classifier, folds, half, reviews
from vitrine.sources.samples.olist_reviews import FOLDER, ReviewFacts, ReviewWriter, load_grammar
from vitrine.sources.samples.weighted import Choice

TARGET = FOLDER / "olist_weights.yaml"
SMALLEST, LARGEST = 0.02, 60.0  # bounds of an alternative's share, relative to uniform shares
SHRINK = 15  # with this many messages, an alternative's weight moves by half of their mean log-odds
COMMON = 1_000
PLAN = re.compile(r"(m[1-5]|waitlost|short|g[45]$|upset$)")
Values = np.ndarray[Any, Any]
Drawn = list[tuple[Choice, int]]


def situations(count: int, seed: int) -> list[ReviewFacts]:
    """Facts of random reviews with published frequencies: most orders arrive in time."""
    rng = random.Random(seed)
    scores = rng.choices((1, 2, 3, 4, 5), (0.213, 0.052, 0.087, 0.146, 0.502), k=count)
    facts = []
    for score in scores:
        late = rng.random() < {1: 0.25, 2: 0.13, 3: 0.1, 4: 0.06, 5: 0.03}[score]
        delivered = rng.random() > {1: 0.13, 2: 0.06, 3: 0.03, 4: 0.01, 5: 0.005}[score]
        thing = rng.choice(THINGS)
        facts.append(ReviewFacts(score, late and delivered, delivered, rng.randrange(3, 40), rng.randrange(10, 40), thing))
    return facts


def things() -> list[str]:
    from vitrine.sources.samples.olist_shop import CATEGORIES

    return [thing for category in CATEGORIES for thing in category.things.split(",")]


THINGS = things()


def generate(count: int, seed: int) -> tuple[list[str], list[Drawn]]:
    writer, texts, drawn = ReviewWriter(seed), [], []
    for facts in situations(count, seed):
        draws: Drawn = []
        plain = writer.clauses(facts, lambda choice, which, draws=draws: draws.append((choice, which)))
        texts.append(writer.vary_spelling(plain, facts.score)[:200])
        drawn.append(draws)
    return texts, drawn


def step(real: Sequence[str], count: int, rate: float, seed: int) -> float:
    """One round, which changes the weights in place. Returns the AUC before the change."""
    made, drawn = generate(count, seed)
    chosen = random.Random(seed).sample(real, min(count, len(real)))
    labels = np.repeat([1, 0], [len(chosen), len(made)])
    log_odds = cross_val_predict(classifier(), [*chosen, *made], labels, cv=folds(seed), method="decision_function")
    common = frequent(real)
    rare = ratio(chosen, made, lambda text: sum(word not in common for word in WORD.findall(text.lower())), [0, 1, 2, 3, 5, 8])
    length = ratio(chosen, made, len, [6, 10, 16, 24, 36, 52, 72, 100, 140, 170, 190])
    clauses = log_odds[len(chosen) :] + rare
    plans = 0.3 * log_odds[len(chosen) :] + rare + 2 * length
    log_odds_of = {kind: odds_by_choice(drawn, odds) for kind, odds in (("clause", clauses), ("plan", plans))}
    for name, choices in load_grammar().choices.items():
        kind = "plan" if PLAN.match(name) else "clause"
        for choice in choices:
            if len(choice.options) > 1 and choice in log_odds_of[kind]:
                move(choice, log_odds_of[kind][choice], rate)
    return float(roc_auc_score(labels, log_odds))


def odds_by_choice(drawn: list[Drawn], odds: Values) -> dict[Choice, dict[int, list[float]]]:
    """choice -> alternative -> the log-odds of the messages that used it"""
    odds_of: dict[Choice, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for draws, value in zip(drawn, odds, strict=True):
        for choice, which in set(draws):
            odds_of[choice][which].append(float(value))
    return odds_of


def frequent(texts: Sequence[str]) -> frozenset[str]:
    """The most common words."""
    counts = Counter(word for text in texts for word in WORD.findall(text.lower()))
    return frozenset(word for word, _ in counts.most_common(COMMON))


def ratio(real: Sequence[str], made: Sequence[str], value: Callable[[str], int], edges: list[int]) -> Values:
    """For each generated text, the log of how much more common its bin of `value` is among real texts."""
    bins = [np.digitize([value(text) for text in texts], edges, right=True) for texts in (real, made)]
    real_counts, counts = (np.bincount(of, minlength=len(edges) + 1) + 5.0 for of in bins)
    return np.asarray(np.clip(np.log(real_counts / real_counts.sum() / (counts / counts.sum())), -2, 2)[bins[1]])


def move(choice: Choice, odds: dict[int, list[float]], rate: float) -> None:
    weights = np.array(choice.weights)
    all_values = np.concatenate([np.array(values) for values in odds.values()])
    for which, values in odds.items():
        gain = (np.mean(values) - all_values.mean()) * len(values) / (len(values) + SHRINK)
        weights[which] *= np.exp(np.clip(rate * gain, -1, 1))
    uniform = weights.sum() / len(weights)
    weights = np.clip(weights, SMALLEST * uniform, LARGEST * uniform)
    choice.set_weights(list(weights / weights.sum() * len(weights)))


def save(path: Path) -> None:
    with path.open("w") as file:
        file.write("# Weights of the grammar's alternatives, written by `python -m benchmarks.likeness_fit`.\n")
        for name, choices in load_grammar().choices.items():
            numbers = [f"{100 * weight:.0f}" if weight >= 0.01 else "1" for choice in choices for weight in choice.weights]
            lines, line = [], "  "
            for number in numbers:
                if len(line) + len(number) > 126:
                    lines.append(line.rstrip())
                    line = "  "
                line += number + " "
            file.write(f"{name}: >-\n" + "\n".join([*lines, line.rstrip()]) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--olist", type=Path, required=True, help="the folder with Olist's published files")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--rows", type=int, default=12_000, help="messages per round")
    parser.add_argument("--rate", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=Path, default=TARGET)
    args = parser.parse_args()
    real = half(reviews(args.olist), "fitted")["review_comment_message"].drop_nulls().to_list()
    aucs = []
    for number in range(args.rounds):
        aucs.append(round(step(real, args.rows, args.rate, args.seed * 1000 + number), 4))
        print(f"round {number}: auc {aucs[-1]}", flush=True)
    save(args.to)
    print(json.dumps({"auc": aucs}))


if __name__ == "__main__":
    main()
