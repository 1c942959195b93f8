"""What stands in a held-out prompt must not stand in training; the offender is dropped from *train*, never from test.

    rules = Contamination(ngram=13, jaccard=0.8, by_gold=("sql",), replies=("describe",), masked=None)
    leaked(train, held_out, rules)      # a kind, or null, for each row of `train`: "exact", "ngram", "near", "gold", …

exact   the whole prompt reads the same, once case, accents and punctuation are aside
ngram   it has thirteen words in a row that few say in common with a held-out prompt
near    its own words are nearly those of a held-out prompt (near.py): the way in which short texts leak
gold    the reply is the same, for tasks in which prompts that ask different things differ in a word only
masked  it is the same or nearly the same as a held-out prompt once numbers and dates are masked (masked.py says how strictly)
reply   the gold reply is nearly that of a held-out prompt of the task, for tasks that write free text

Its own words are those that are not its task's template. Instructions, a database schema and headings stand in every prompt
of a task and would make all of them overlap. They are told by how often they occur: three words in a row that more than half
of a task's prompts contain are template, whatever the template is. What few say is told likewise, from one prompt in fifty on:
an instruction that is worded in six ways, or a seller's phrase, is not evidence that a text was copied.

A question such as "how many orders came from SP in 2017?" resembles the same about RJ, and is another question. Held-out
questions of a grammar would all take their neighbours with them, and near-duplicates would empty the training set. What two
such questions must not share is the query that answers them, whatever the wording: these tasks are named in `by_gold`.

Two products with different titles may be sold with the same description. Their prompts share nothing, and yet a model that
has learned the one reply by heart knows the other. `replies` names the tasks whose replies are compared, by the same `jaccard`.
Not so where many prompts have the same right answer, such as a label: there a reply that is known gives nothing away.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from vitrine.cleaning.near.minhash import resembling
from vitrine.cleaning.near.shingles import Numbers, mixed, odd_numbers, readable
from vitrine.settings import Settings
from vitrine.splits.masked import Masked, copied_masked

Found = npt.NDArray[np.bool_]
TEMPLATE_WORDS = 3
TEMPLATE_SHARE = 0.5  # of a task's prompts
USUAL_SHARE, USUAL = 0.02, 8  # of a task's prompts, and prompts: fewer may be copies of one another
KINDS = ("exact", "ngram", "near", "gold", "masked", "reply")


class Contamination(Settings):
    """What counts as standing on both sides, beyond the same text."""

    ngram: int | None = Field(ge=1)  # words in a row; null: not compared
    jaccard: float | None = Field(gt=0, le=1)  # of near-duplicates; null: not compared
    by_gold: tuple[str, ...]  # tasks whose near-duplicates are told by the reply
    replies: tuple[str, ...]  # tasks whose near-duplicate replies count too; only the same reply where `jaccard` is null
    masked: Masked | None  # numbers and dates masked; null: not compared


def leaked(train: pl.DataFrame, held_out: pl.DataFrame, rules: Contamination) -> pl.Series:
    """The first kind that applies to each training prompt. Frames have task, prompt, own, rare and gold; masked, masked_own."""
    found = {"exact": copied(train["prompt"], held_out["prompt"])}
    if rules.ngram is not None:
        found["ngram"] = overlapping(train["rare"], held_out["rare"], words=rules.ngram)
    by_gold = pl.col("task").is_in(rules.by_gold)
    if rules.jaccard is not None:
        own = train.select(pl.when(~by_gold).then("own").otherwise(pl.lit(""))).to_series()
        found["near"] = resembling(own, held_out["own"], jaccard=rules.jaccard)
    for task in rules.by_gold:
        found["gold"] = same_replies(train, held_out, task, None) | found.get("gold", np.False_)
    if rules.masked is not None:
        found["masked"] = copied_masked(train, held_out, rules.masked)
    for task in rules.replies:
        found["reply"] = same_replies(train, held_out, task, rules.jaccard) | found.get("reply", np.False_)
    first = pl.coalesce(pl.when(kind).then(pl.lit(kind)) for kind in KINDS if kind in found)
    return pl.DataFrame(found).select(kind=first).to_series()


def same_replies(train: pl.DataFrame, held_out: pl.DataFrame, task: str, jaccard: float | None) -> Found:
    """Which gold replies of a task's training prompts are those of a held-out one, or nearly so; a missing reply is like none."""
    mine, theirs = (side.select(pl.when(task=task).then("gold")).to_series() for side in (train, held_out))
    if jaccard is None:
        return copied(mine, theirs.drop_nulls()) & mine.is_not_null().to_numpy()
    return resembling(mine, theirs, jaccard=jaccard)


def own_parts(prompts: pl.Series, tasks: pl.Series) -> pl.Series:
    """Each prompt's words, as they are compared, without those of its task's template."""
    return _said_by_few(prompts, tasks, TEMPLATE_SHARE, 0)


def rare_parts(prompts: pl.Series, tasks: pl.Series) -> pl.Series:
    """Each prompt's words, as they are compared, without those that many of its task's prompts say."""
    return _said_by_few(prompts, tasks, USUAL_SHARE, USUAL)


def _said_by_few(prompts: pl.Series, tasks: pl.Series, share: float, fewest: int) -> pl.Series:
    """Without the runs of words that stand in more than this share of a task's prompts, and in more than `fewest`."""
    words, row = _words(readable(prompts))
    run, at = _runs(words, row, TEMPLATE_WORDS)
    task = tasks.rank("dense").to_numpy()
    frame = pl.DataFrame({"task": task[row[at]], "row": row[at], "run": run})
    size = pl.DataFrame({"task": task}).group_by("task").len("prompts")
    usual = (
        frame.unique()
        .group_by("task", "run")
        .len()
        .join(size, on="task")
        .filter(pl.col("len") > pl.max_horizontal(share * pl.col("prompts"), pl.lit(fewest)))
    )
    template = np.zeros(len(words), bool)
    begins = at[frame.with_row_index().join(usual, on=["task", "run"], how="semi")["index"].to_numpy()]
    for place in range(TEMPLATE_WORDS):
        template[begins + place] = True
    own = pl.DataFrame({"row": row, "word": words}).filter(~template).group_by("row").agg(pl.col("word").str.join(" "))
    every = pl.DataFrame({"row": np.arange(len(prompts))})
    return every.join(own, on="row", how="left", maintain_order="left")["word"].fill_null("")


def copied(texts: pl.Series, others: pl.Series) -> Found:
    """Which texts read the same as one of the others."""
    return readable(texts).is_in(readable(others).implode()).to_numpy()


def overlapping(texts: pl.Series, others: pl.Series, *, words: int) -> Found:
    """Which texts have this many words in a row in common with one of the others."""
    found = np.zeros(len(texts), bool)
    (mine, row), (theirs, _) = (_runs_of(side, words) for side in (texts, others))
    found[row[np.isin(mine, theirs)]] = True
    return found


def _runs_of(texts: pl.Series, size: int) -> tuple[Numbers, npt.NDArray[np.int64]]:
    words, row = _words(readable(texts))
    run, at = _runs(words, row, size)
    return run, row[at]


def _words(texts: pl.Series) -> tuple[pl.Series, npt.NDArray[np.int64]]:
    """The words of all texts one after the other, and the text that each stands in."""
    split = texts.str.split(" ")
    return split.explode(), np.repeat(np.arange(len(texts)), split.list.len().to_numpy())


def _runs(words: pl.Series, row: npt.NDArray[np.int64], size: int) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Every `size` words in a row within a text as one number, and the place of the first of them."""
    hashed = words.hash().to_numpy()
    starts = max(0, len(words) - size + 1)
    total = np.zeros(starts, np.uint64)
    for place, weight in enumerate(odd_numbers(size)):
        total += mixed(hashed[place : place + starts]) * weight
    at = np.flatnonzero(row[:starts] == row[size - 1 :][:starts]) if starts else np.zeros(0, np.int64)
    return mixed(total[at]), at
