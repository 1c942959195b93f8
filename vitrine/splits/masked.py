"""Copies that hide behind their numbers: prompts that read the same once every number and date is masked.

    masked(pl.Series(["ES em 08/2018", "R$ 1.250,00"])).to_list()     # ["ES em 0", "R$ 0"]
    copied_masked(train, held_out, rules)                             # which training prompts are such a copy
    left_masked(test, train, rules)       # {"leaked_masked.sql": 0.0, "near_masked.sql": 0.31}: shares of a task's test prompts

How strict this is depends on what a task's prompts consist of:

free text      (most tasks) the own words, masked, may not have a Jaccard of `jaccard` or more with a held-out prompt's
same_only      questions of a grammar: "sales of toys in #" is near "sales of tools in #", and is another question. Only a
               question that reads the same when masked goes. How often its neighbours stay is published as `near_masked`
not_compared   the numbers are the prompt: customers whose figures differ share all other words. Nothing goes; it is published
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from vitrine.cleaning.near.minhash import resembling
from vitrine.cleaning.near.shingles import readable
from vitrine.settings import Settings

NUMBER = r"\p{N}+(?:[.,:/\-]\p{N}+)*"  # 1.250,00 and 08/2018 are one number each
MASK = "0"


class Masked(Settings):
    """How prompts are compared once their numbers are masked: one block of `format.contamination`."""

    jaccard: float = Field(gt=0, le=1)  # of near-duplicates, by runs of five characters
    same_only: tuple[str, ...]  # tasks in which only the same masked text is a copy
    not_compared: tuple[str, ...]  # tasks whose prompts differ in numbers alone


def masked(texts: pl.Series) -> pl.Series:
    """Each text with one sign for every number or date."""
    return texts.str.replace_all(NUMBER, MASK)


def copied_masked(train: pl.DataFrame, held_out: pl.DataFrame, rules: Masked) -> npt.NDArray[np.bool_]:
    """Which training prompts are a held-out prompt with other numbers. Frames have task, masked and masked_own."""
    task = train["task"]
    near = _near(train.with_columns(masked_own=_only(~task.is_in([*rules.same_only, *rules.not_compared]))), held_out, rules)
    return (_same(train, held_out) | near) & ~task.is_in(rules.not_compared).to_numpy()


def left_masked(test: pl.DataFrame, train: pl.DataFrame, rules: Masked) -> dict[str, float]:
    """For each task, the share of test prompts whose masked text is (leaked) or resembles (near) that of a training prompt."""
    found = test.select("task", leaked_masked=_same(test, train), near_masked=_same(test, train) | _near(test, train, rules))
    shares = found.group_by("task").mean().sort("task")
    return {f"{kind}.{row['task']}": row[kind] for kind in ("leaked_masked", "near_masked") for row in shares.to_dicts()}


def _same(prompts: pl.DataFrame, others: pl.DataFrame) -> npt.NDArray[np.bool_]:
    return readable(prompts["masked"]).is_in(readable(others["masked"]).implode()).to_numpy()


def _near(prompts: pl.DataFrame, others: pl.DataFrame, rules: Masked) -> npt.NDArray[np.bool_]:
    return resembling(prompts["masked_own"], others["masked_own"], jaccard=rules.jaccard)


def _only(where: pl.Series) -> pl.Expr:
    return pl.when(where).then("masked_own").otherwise(pl.lit(""))
