"""Prompts that are equal or similar once every number and date is masked.

    mask_numbers(pl.Series(["ES em 08/2018", "R$ 1.250,00"])).to_list()     # ["ES em 0", "R$ 0"]
    masked_copies(train, held_out, rules)   # which training prompts are such copies of held-out ones
    masked_shares(test, train, rules)       # {"leaked_masked.sql": 0.0, "near_masked.sql": 0.31}: shares of a task's test prompts

How strict the rule is depends on the prompts of a task:

free text      (most tasks) a copy has own words that, masked, reach the Jaccard similarity `jaccard` with a held-out prompt's
same_only      questions of a grammar: "sales of toys in #" is similar to "sales of tools in #", but it is another question. Only
               a question that is equal when masked is a copy. `near_masked` reports how often similar ones stay
not_compared   the numbers are the prompt: customers whose figures differ share all other words. Nothing is dropped; the share of
               such prompts is reported
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from vitrine.cleaning.near.minhash import similar_to_any
from vitrine.cleaning.near.shingles import comparable_texts
from vitrine.settings import Settings

NUMBER = r"\p{N}+(?:[.,:/\-]\p{N}+)*"  # 1.250,00 and 08/2018 are one number each
MASK = "0"


class Masked(Settings):
    """How prompts are compared with masked numbers: one block of `format.contamination`."""

    jaccard: float = Field(gt=0, le=1)  # of near-duplicates, by runs of five characters
    same_only: tuple[str, ...]  # tasks in which only an equal masked text is a copy
    not_compared: tuple[str, ...]  # tasks whose prompts differ only in numbers


def mask_numbers(texts: pl.Series) -> pl.Series:
    """Each text with every number and date replaced by MASK."""
    return texts.str.replace_all(NUMBER, MASK)


def masked_copies(train: pl.DataFrame, held_out: pl.DataFrame, rules: Masked) -> npt.NDArray[np.bool_]:
    """Which training prompts are a held-out prompt with other numbers. Frames have task, masked, masked_own."""
    task = train["task"]
    near = _near(train.with_columns(masked_own=_only(~task.is_in([*rules.same_only, *rules.not_compared]))), held_out, rules)
    return (_same(train, held_out) | near) & ~task.is_in(rules.not_compared).to_numpy()


def masked_shares(test: pl.DataFrame, train: pl.DataFrame, rules: Masked) -> dict[str, float]:
    """For each task, the share of test prompts whose masked text equals (leaked) or is similar to (near) a training prompt's."""
    matches = test.select("task", leaked_masked=_same(test, train), near_masked=_same(test, train) | _near(test, train, rules))
    shares = matches.group_by("task").mean().sort("task")
    return {f"{kind}.{row['task']}": row[kind] for kind in ("leaked_masked", "near_masked") for row in shares.to_dicts()}


def _same(prompts: pl.DataFrame, others: pl.DataFrame) -> npt.NDArray[np.bool_]:
    return comparable_texts(prompts["masked"]).is_in(comparable_texts(others["masked"]).implode()).to_numpy()


def _near(prompts: pl.DataFrame, others: pl.DataFrame, rules: Masked) -> npt.NDArray[np.bool_]:
    return similar_to_any(prompts["masked_own"], others["masked_own"], jaccard=rules.jaccard)


def _only(where: pl.Series) -> pl.Expr:
    return pl.when(where).then("masked_own").otherwise(pl.lit(""))
