"""Contamination: training prompts that repeat a held-out prompt. They are dropped from *train*, never from test.

    rules = Contamination(ngram=13, jaccard=0.8, by_gold=("sql",), replies=("describe",), masked=None)
    leak_kinds(train, held_out, rules)      # for each row of `train` a kind or null: "exact", "ngram", "near", "gold", …

exact   the whole prompt is equal to a held-out one, apart from case, accents and punctuation
ngram   it shares thirteen uncommon words in a row with a held-out prompt
near    its own words are similar to those of a held-out prompt (minhash.py): this finds copies of short texts
gold    the gold reply is the same, for tasks in which prompts with different answers differ by one word only
masked  it is equal or similar to a held-out prompt once numbers and dates are masked (masked.py says how strictly)
reply   the gold reply is similar to that of a held-out prompt of the task, for tasks that write free text

A prompt's own words are those outside its task's template. Instructions, a database schema and headings occur in every prompt of
a task and would make all prompts overlap. The template is recognised by frequency: three words in a row that more than half of a
task's prompts contain belong to it. Common words are recognised in the same way, from one prompt in fifty on: an instruction with
six wordings, or a seller's phrase, is no evidence of a copied text.

"How many orders came from SP in 2017?" is similar to the same question about RJ, but it is another question. Near-duplicates of
the held-out questions of a grammar would empty the training set. Two such questions may not share the query that answers them,
whatever their wording: `by_gold` names these tasks.

Two products with different titles may have the same description. Their prompts share nothing, but a model that has learned one
reply by heart knows the other. `replies` names the tasks whose replies are compared, with the same `jaccard`. Tasks in which many
prompts have the same right answer, such as a label, are left out: a known reply gives nothing away there.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from vitrine.cleaning.near.minhash import similar_to_any
from vitrine.cleaning.near.shingles import Numbers, comparable_texts, mix_bits, odd_multipliers
from vitrine.settings import Settings
from vitrine.splits.masked import Masked, masked_copies

Mask = npt.NDArray[np.bool_]
TEMPLATE_WORDS = 3
TEMPLATE_SHARE = 0.5  # of a task's prompts
COMMON_SHARE, COMMON = 0.02, 8  # words are common in more than this share of a task's prompts, and in more prompts than this
KINDS = ("exact", "ngram", "near", "gold", "masked", "reply")


class Contamination(Settings):
    """Which training prompts count as copies of held-out ones, besides equal texts."""

    ngram: int | None = Field(ge=1)  # words in a row; null: not compared
    jaccard: float | None = Field(gt=0, le=1)  # of near-duplicates; null: not compared
    by_gold: tuple[str, ...]  # tasks whose near-duplicates are recognised by the gold reply
    replies: tuple[str, ...]  # tasks whose near-duplicate replies count too; only the same reply where `jaccard` is null
    masked: Masked | None  # numbers and dates masked; null: not compared


def leak_kinds(train: pl.DataFrame, held_out: pl.DataFrame, rules: Contamination) -> pl.Series:
    """The first kind that applies to each training prompt, or null. Columns: task, prompt, own, rare, gold, masked(_own)."""
    kinds = {"exact": same_text(train["prompt"], held_out["prompt"])}
    if rules.ngram is not None:
        kinds["ngram"] = shares_word_run(train["rare"], held_out["rare"], words=rules.ngram)
    by_gold = pl.col("task").is_in(rules.by_gold)
    if rules.jaccard is not None:
        own = train.select(pl.when(~by_gold).then("own").otherwise(pl.lit(""))).to_series()
        kinds["near"] = similar_to_any(own, held_out["own"], jaccard=rules.jaccard)
    for task in rules.by_gold:
        kinds["gold"] = same_replies(train, held_out, task, None) | kinds.get("gold", np.False_)
    if rules.masked is not None:
        kinds["masked"] = masked_copies(train, held_out, rules.masked)
    for task in rules.replies:
        kinds["reply"] = same_replies(train, held_out, task, rules.jaccard) | kinds.get("reply", np.False_)
    first = pl.coalesce(pl.when(kind).then(pl.lit(kind)) for kind in KINDS if kind in kinds)
    return pl.DataFrame(kinds).select(kind=first).to_series()


def same_replies(train: pl.DataFrame, held_out: pl.DataFrame, task: str, jaccard: float | None) -> Mask:
    """Which gold replies of a task's training prompts equal, or are similar to, a held-out one. A null reply equals no other."""
    mine, theirs = (frame.select(pl.when(task=task).then("gold")).to_series() for frame in (train, held_out))
    if jaccard is None:
        return same_text(mine, theirs.drop_nulls()) & mine.is_not_null().to_numpy()
    return similar_to_any(mine, theirs, jaccard=jaccard)


def without_template(prompts: pl.Series, tasks: pl.Series) -> pl.Series:
    """The comparison form of each prompt without the words of its task's template."""
    return _without_frequent_words(prompts, tasks, TEMPLATE_SHARE, 0)


def without_common_words(prompts: pl.Series, tasks: pl.Series) -> pl.Series:
    """The comparison form of each prompt without words that are common in its task's prompts."""
    return _without_frequent_words(prompts, tasks, COMMON_SHARE, COMMON)


def _without_frequent_words(prompts: pl.Series, tasks: pl.Series, share: float, fewest: int) -> pl.Series:
    """Remove the runs of words that occur in more than this share of a task's prompts, and in more than `fewest` prompts."""
    words, row = _words(comparable_texts(prompts))
    run, at = _runs(words, row, TEMPLATE_WORDS)
    task = tasks.rank("dense").to_numpy()
    frame = pl.DataFrame({"task": task[row[at]], "row": row[at], "run": run})
    size = pl.DataFrame({"task": task}).group_by("task").len("prompts")
    frequent = (
        frame.unique()
        .group_by("task", "run")
        .len()
        .join(size, on="task")
        .filter(pl.col("len") > pl.max_horizontal(share * pl.col("prompts"), pl.lit(fewest)))
    )
    template = np.zeros(len(words), bool)
    starts = at[frame.with_row_index().join(frequent, on=["task", "run"], how="semi")["index"].to_numpy()]
    for place in range(TEMPLATE_WORDS):
        template[starts + place] = True
    own = pl.DataFrame({"row": row, "word": words}).filter(~template).group_by("row").agg(pl.col("word").str.join(" "))
    all_rows = pl.DataFrame({"row": np.arange(len(prompts))})
    return all_rows.join(own, on="row", how="left", maintain_order="left")["word"].fill_null("")


def same_text(texts: pl.Series, others: pl.Series) -> Mask:
    """Which texts have the same comparison form as one of the others."""
    return comparable_texts(texts).is_in(comparable_texts(others).implode()).to_numpy()


def shares_word_run(texts: pl.Series, others: pl.Series, *, words: int) -> Mask:
    """Which texts share this many words in a row with one of the others."""
    shares = np.zeros(len(texts), bool)
    (mine, row), (theirs, _) = (_runs_of(series, words) for series in (texts, others))
    shares[row[np.isin(mine, theirs)]] = True
    return shares


def _runs_of(texts: pl.Series, size: int) -> tuple[Numbers, npt.NDArray[np.int64]]:
    words, row = _words(comparable_texts(texts))
    run, at = _runs(words, row, size)
    return run, row[at]


def _words(texts: pl.Series) -> tuple[pl.Series, npt.NDArray[np.int64]]:
    """The words of all texts in order, and the number of the text that each is in."""
    split = texts.str.split(" ")
    return split.explode(), np.repeat(np.arange(len(texts)), split.list.len().to_numpy())


def _runs(words: pl.Series, row: npt.NDArray[np.int64], size: int) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Each run of `size` words within a text as one number, and the position of its first word."""
    hashed = words.hash().to_numpy()
    starts = max(0, len(words) - size + 1)
    total = np.zeros(starts, np.uint64)
    for place, weight in enumerate(odd_multipliers(size)):
        total += mix_bits(hashed[place : place + starts]) * weight
    at = np.flatnonzero(row[:starts] == row[size - 1 :][:starts]) if starts else np.zeros(0, np.int64)
    return mix_bits(total[at]), at
