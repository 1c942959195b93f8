"""How well a classifier tells the sample's reviews from published ones, and the rates of both side by side.

python -m benchmarks.likeness --olist ../shared/data/olist              # the folder with the published reviews
python -m benchmarks.likeness --olist ../shared/data/olist --telling 30 # and the words that give the sample away

The classifier is a logistic regression on TF-IDF of words and pairs of words; `auc` is that of five folds. Rows are messages
without repeats, as many of the sample as published ones. 0.5: it cannot tell them apart; 1.0: it always can. The sample's
weights and word lists were fitted on one half of the published messages, chosen by a hash of the text, so the
classifier is given the other half (`--half fitted` gives it the first, `--half both` all). The last line is one JSON object.
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
COUNTED = 4_000  # messages whose distinct words and repeats are counted: both grow with the number of texts
Texts = list[str]


def reviews(folder: Path) -> pl.DataFrame:
    """The reviews among the files in `folder`, published or generated."""
    tables = (pl.from_arrow(piece.rows) for piece in SOURCE.read(folder) if piece.table == "order_reviews")
    return next(table for table in tables if isinstance(table, pl.DataFrame))


def sampled(rows: int, seed: int) -> pl.DataFrame:
    with tempfile.TemporaryDirectory(prefix="vitrine-likeness-") as folder:
        SOURCE.generate(Path(folder), rows=rows, seed=seed)
        return reviews(Path(folder))


def is_fitted(text: str) -> bool:
    """Whether the message belongs to the half that the sample was fitted on; repeats fall on the same side."""
    return hashlib.sha256(text.strip().lower().encode()).digest()[0] % 2 == 0


def half(frame: pl.DataFrame, which: str) -> pl.DataFrame:
    if which == "both":
        return frame
    told = pl.col("review_comment_message").fill_null(pl.col("review_id"))
    fitted = told.map_elements(is_fitted, return_dtype=pl.Boolean)
    return frame.filter(fitted if which == "fitted" else ~fitted)


def distinct(frame: pl.DataFrame, seed: int) -> Texts:
    """Each message once, in random order."""
    texts = frame["review_comment_message"].drop_nulls().unique(maintain_order=True)
    return list(texts.sample(fraction=1.0, shuffle=True, seed=seed))


def facts(frame: pl.DataFrame, seed: int) -> dict[str, float]:
    """Rates, lengths, stars, words and how texts agree with stars."""
    messages = frame.drop_nulls("review_comment_message").sample(fraction=1.0, shuffle=True, seed=seed)
    texts, scores = messages["review_comment_message"], frame["review_score"]
    chars = texts.str.len_chars()
    words = [WORD.findall(text.lower()) for text in texts]
    read = [text_fields(text) for text in texts]
    letters = texts.str.contains(r"\p{L}")
    pleased = (messages["review_score"] >= 4).to_list()
    upset = (messages["review_score"] <= 2).to_list()

    def among(chosen: Sequence[bool], says: Callable[[dict[str, str | bool]], bool]) -> float:
        return share([says(found) for found, of in zip(read, chosen, strict=True) if of])

    return {
        "without_message": share(frame["review_comment_message"].is_null()),
        "without_title": share(frame["review_comment_title"].is_null()),
        **{f"score_{score}": share(scores == score) for score in range(5, 0, -1)},
        **{f"chars_p{percent}": float(chars.quantile(percent / 100) or 0) for percent in (5, 25, 50, 75, 95)},
        "words_in_4000": float(len({word for of in words[:COUNTED] for word in of})),
        "once_in_4000": once(words[:COUNTED]),
        "repeated_in_4000": 1 - texts.head(COUNTED).n_unique() / max(1, texts.head(COUNTED).len()),
        "all_lower": share((texts == texts.str.to_lowercase()) & letters),
        "all_upper": share((texts == texts.str.to_uppercase()) & letters),
        "with_accents": share(texts.str.contains(r"[À-ÿ]")),
        "emoji": share(texts.str.contains(EMOJI)),
        "ends_with_point": share(texts.str.contains(r"[.!?]\s*$")),
        "line_break": share(texts.str.contains("\n")),
        "problem_of_4_5": among(pleased, lambda found: found["problema"] != "nenhum"),
        "problem_of_1_2": among(upset, lambda found: found["problema"] != "nenhum"),
        "praise_of_4_5": among(pleased, lambda found: found["elogio"] != "nenhum"),
        "praise_of_1_2": among(upset, lambda found: found["elogio"] != "nenhum"),
        "recommends_of_4_5": among(pleased, lambda found: found["recomenda"] == "sim"),
        "recommends_of_1_2": among(upset, lambda found: found["recomenda"] == "sim"),
        "warns_of_1_2": among(upset, lambda found: found["recomenda"] == "nao"),
        "exchange_of_1_2": among(upset, lambda found: bool(found["pede_troca"])),
        "rebuys_of_4_5": among(pleased, lambda found: bool(found["recompra"])),
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
    """How often the same classifier reads the polarity off held-out messages: more than published ones means too plain."""
    polarity = np.sign(messages["review_score"].to_numpy().astype(int) - 3)
    if min(np.unique(polarity, return_counts=True)[1]) < 5:
        return float("nan")
    found = cross_val_predict(classifier(), messages["review_comment_message"].to_list(), polarity, cv=folds(0))
    return float((found == polarity).mean())


def auc(real: Texts, made: Texts, seed: int) -> float:
    """Area under the curve of five folds; `made` is the positive class."""
    labels = np.repeat([0, 1], [len(real), len(made)])
    found = cross_val_predict(classifier(), [*real, *made], labels, cv=folds(seed), method="predict_proba")
    return float(roc_auc_score(labels, found[:, 1]))


def telling(real: Texts, made: Texts, count: int) -> tuple[list[str], list[str]]:
    """The words and pairs that speak most for the sample, and those that speak most for published messages."""
    model = classifier().fit([*real, *made], np.repeat([0, 1], [len(real), len(made)]))
    names = model[0].get_feature_names_out()
    order = np.argsort(model[1].coef_[0])
    return [str(names[i]) for i in order[::-1][:count]], [str(names[i]) for i in order[:count]]


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--olist", type=Path, required=True, help="the folder with Olist's published files")
    parser.add_argument("--rows", type=int, default=24_000, help="orders of the sample (default: 24000)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--half", choices=HALVES, default="held_out", help="which published messages are compared")
    parser.add_argument("--telling", type=int, default=0, metavar="N", help="print the N most telling words and pairs")
    parser.add_argument("--titles", action="store_true", help="compare titles instead of messages")
    asked = parser.parse_args(words)
    try:
        published = reviews(asked.olist)
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    if asked.titles:
        published = published.with_columns(review_comment_message="review_comment_title")
    of = half(published, asked.half)
    made = sampled(asked.rows, asked.seed)
    if asked.titles:
        made = made.with_columns(review_comment_message="review_comment_title")
    theirs, ours = distinct(of, asked.seed), distinct(made, asked.seed)
    count = min(len(theirs), len(ours))
    theirs, ours = theirs[:count], ours[:count]
    found = auc(theirs, ours, asked.seed)
    sides = {"real": facts(published, asked.seed), "sample": facts(made, asked.seed)}
    print(f"{'':20}{'real':>10}{'sample':>10}")
    for name, value in sides["real"].items():
        print(f"{name:20}{value:>10.3f}{sides['sample'][name]:>10.3f}")
    if asked.telling:
        sample_like, real_like = telling(theirs, ours, asked.telling)
        print("speaks for the sample:   ", ", ".join(sample_like))
        print("speaks for the published:", ", ".join(real_like))
    print(f"auc {found:.3f}, {count} messages a side")
    print(json.dumps({"auc": round(found, 4), "n": count, "facts": {of: rounded(side) for of, side in sides.items()}}))
    return 0


def rounded(side: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in side.items()}


if __name__ == "__main__":
    sys.exit(main())
