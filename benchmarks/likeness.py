"""How well a classifier tells generated reviews from published ones, and the rates of both.

python -m benchmarks.likeness --olist ../shared/data/olist              # the folder with the published reviews
python -m benchmarks.likeness --olist ../shared/data/olist --telling 30 # and the words that reveal the sample

The classifier is a logistic regression on TF-IDF of words and word pairs; `auc` is its cross-validated AUC (five folds). 0.5: it
cannot tell them apart; 1.0: it always can. Rows are distinct messages, equally many generated and published. The weights and
word lists of the generator were fitted on one half of the published messages, selected by a hash of the text, so the classifier
gets the other half (`--half fitted`: the first half, `--half both`: all). The last line is one JSON object.
"""

import argparse
import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline

from vitrine.errors import SourceError
from vitrine.facts.reviews import text_fields
from vitrine.sources.olist import SOURCE

WORD = re.compile(r"\w+")
EMOJI = r"[\p{Emoji_Presentation}❤☺✌]"
HALVES = ("held_out", "fitted", "both")
COUNTED = 4_000  # count distinct words and repeats in this many messages: both grow with the number of messages
Texts = list[str]


def reviews(folder: Path) -> pl.DataFrame:
    """The table of reviews in `folder`, published or generated."""
    tables = (pl.from_arrow(batch.rows) for batch in SOURCE.read(folder) if batch.table == "order_reviews")
    return next(table for table in tables if isinstance(table, pl.DataFrame))


def generate(rows: int, seed: int) -> pl.DataFrame:
    with tempfile.TemporaryDirectory(prefix="vitrine-likeness-") as folder:
        SOURCE.generate(Path(folder), rows=rows, seed=seed)
        return reviews(Path(folder))


def is_fitted(text: str) -> bool:
    """Whether the message is in the half that the generator was fitted on. Repeats are in the same half."""
    return hashlib.sha256(text.strip().lower().encode()).digest()[0] % 2 == 0


def half(frame: pl.DataFrame, which: str) -> pl.DataFrame:
    if which == "both":
        return frame
    text = pl.col("review_comment_message").fill_null(pl.col("review_id"))
    fitted = text.map_elements(is_fitted, return_dtype=pl.Boolean)
    return frame.filter(fitted if which == "fitted" else ~fitted)


def distinct(frame: pl.DataFrame, seed: int) -> Texts:
    """Each message once, in random order."""
    texts = frame["review_comment_message"].drop_nulls().unique(maintain_order=True)
    return list(texts.sample(fraction=1.0, shuffle=True, seed=seed))


def facts(frame: pl.DataFrame, seed: int) -> dict[str, float]:
    """Rates, lengths, scores, words, and how texts agree with scores."""
    messages = frame.drop_nulls("review_comment_message").sample(fraction=1.0, shuffle=True, seed=seed)
    texts, scores = messages["review_comment_message"], frame["review_score"]
    chars = texts.str.len_chars()
    words = [WORD.findall(text.lower()) for text in texts]
    fields = [text_fields(text) for text in texts]
    letters = texts.str.contains(r"\p{L}")
    pleased = (messages["review_score"] >= 4).to_list()
    upset = (messages["review_score"] <= 2).to_list()

    def among(chosen: Sequence[bool], test: Callable[[dict[str, str | bool]], bool]) -> float:
        return share([test(row) for row, is_chosen in zip(fields, chosen, strict=True) if is_chosen])

    return {
        "without_message": share(frame["review_comment_message"].is_null()),
        "without_title": share(frame["review_comment_title"].is_null()),
        **{f"score_{score}": share(scores == score) for score in range(5, 0, -1)},
        **{f"chars_p{percent}": float(chars.quantile(percent / 100) or 0) for percent in (5, 25, 50, 75, 95)},
        "words_in_4000": float(len({word for text in words[:COUNTED] for word in text})),
        "once_in_4000": once(words[:COUNTED]),
        "repeated_in_4000": 1 - texts.head(COUNTED).n_unique() / max(1, texts.head(COUNTED).len()),
        "all_lower": share((texts == texts.str.to_lowercase()) & letters),
        "all_upper": share((texts == texts.str.to_uppercase()) & letters),
        "with_accents": share(texts.str.contains(r"[À-ÿ]")),
        "emoji": share(texts.str.contains(EMOJI)),
        "ends_with_point": share(texts.str.contains(r"[.!?]\s*$")),
        "line_break": share(texts.str.contains("\n")),
        "problem_of_4_5": among(pleased, lambda row: row["problema"] != "nenhum"),
        "problem_of_1_2": among(upset, lambda row: row["problema"] != "nenhum"),
        "praise_of_4_5": among(pleased, lambda row: row["elogio"] != "nenhum"),
        "praise_of_1_2": among(upset, lambda row: row["elogio"] != "nenhum"),
        "recommends_of_4_5": among(pleased, lambda row: row["recomenda"] == "sim"),
        "recommends_of_1_2": among(upset, lambda row: row["recomenda"] == "sim"),
        "warns_of_1_2": among(upset, lambda row: row["recomenda"] == "nao"),
        "exchange_of_1_2": among(upset, lambda row: bool(row["pede_troca"])),
        "rebuys_of_4_5": among(pleased, lambda row: bool(row["recompra"])),
        "polarity_from_words": polarity_accuracy(messages.unique("review_comment_message", maintain_order=True).head(6_000)),
    }


def share(flags: Sequence[bool] | pl.Series) -> float:
    return sum(flags) / max(1, len(flags))


def once(words: list[list[str]]) -> float:
    """The share of distinct words that occur once."""
    counts = pl.Series([word for of in words for word in of], dtype=pl.String).value_counts()["count"]
    return share(counts == 1)


def classifier() -> Pipeline:
    return make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=1000))


def folds(seed: int) -> StratifiedKFold:
    return StratifiedKFold(5, shuffle=True, random_state=seed)


def polarity_accuracy(messages: pl.DataFrame) -> float:
    """The accuracy of the same classifier for the polarity of held-out messages. Above that of published ones: too easy."""
    polarity = np.sign(messages["review_score"].to_numpy().astype(int) - 3)
    if min(np.unique(polarity, return_counts=True)[1]) < 5:
        return float("nan")
    predicted = cross_val_predict(classifier(), messages["review_comment_message"].to_list(), polarity, cv=folds(0))
    return float((predicted == polarity).mean())


def auc(real: Texts, made: Texts, seed: int) -> float:
    """Cross-validated area under the ROC curve. `made` is the positive class."""
    labels = np.repeat([0, 1], [len(real), len(made)])
    predicted = cross_val_predict(classifier(), [*real, *made], labels, cv=folds(seed), method="predict_proba")
    return float(roc_auc_score(labels, predicted[:, 1]))


def discriminative_terms(real: Texts, made: Texts, count: int) -> tuple[list[str], list[str]]:
    """The words and word pairs most typical of the sample, and those most typical of published messages."""
    model = classifier().fit([*real, *made], np.repeat([0, 1], [len(real), len(made)]))
    names = model[0].get_feature_names_out()
    order = np.argsort(model[1].coef_[0])
    return [str(names[i]) for i in order[::-1][:count]], [str(names[i]) for i in order[:count]]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--olist", type=Path, required=True, help="the folder with the published files of Olist")
    parser.add_argument("--rows", type=int, default=24_000, help="generated orders (default: 24000)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--half", choices=HALVES, default="held_out", help="which published messages are compared")
    parser.add_argument(
        "--telling", type=int, default=0, metavar="N", help="print the N most discriminative words and word pairs"
    )
    parser.add_argument("--titles", action="store_true", help="compare titles instead of messages")
    args = parser.parse_args(arguments)
    try:
        published = reviews(args.olist)
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    if args.titles:
        published = published.with_columns(review_comment_message="review_comment_title")
    chosen = half(published, args.half)
    made = generate(args.rows, args.seed)
    if args.titles:
        made = made.with_columns(review_comment_message="review_comment_title")
    real, generated = distinct(chosen, args.seed), distinct(made, args.seed)
    count = min(len(real), len(generated))
    real, generated = real[:count], generated[:count]
    result = auc(real, generated, args.seed)
    both = {"real": facts(published, args.seed), "sample": facts(made, args.seed)}
    print(f"{'':20}{'real':>10}{'sample':>10}")
    for name, value in both["real"].items():
        print(f"{name:20}{value:>10.3f}{both['sample'][name]:>10.3f}")
    if args.telling:
        sample_like, real_like = discriminative_terms(real, generated, args.telling)
        print("typical of the sample:    ", ", ".join(sample_like))
        print("typical of published ones:", ", ".join(real_like))
    print(f"auc {result:.3f}, {count} messages each")
    print(json.dumps({"auc": round(result, 4), "n": count, "facts": {name: rounded(rates) for name, rates in both.items()}}))
    return 0


def rounded(rates: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in rates.items()}


if __name__ == "__main__":
    sys.exit(main())
