"""The share of zero-variance GRPO groups: if all replies of a group earn the same, the group teaches nothing.

    share_from_samples([[1.0, 1.0, 1.0, 1.0], [0.2, 0.9, 0.2, 0.4]], group=2)   ->  (1.0 + 1/6) / 2
    share_from_scores([1.0, 1.0, 0.3, 0.2], group=2)                             ->  1/6

`share_from_samples` uses several replies per prompt. It draws a group from them without replacement, which is unbiased; if there
are fewer samples than replies in a group, with replacement, which is slightly too high. `share_from_scores` uses one reply per
prompt and treats prompts as exchangeable. Replies to one prompt resemble each other more than replies to different prompts, so
this is a lower bound, not an estimate.
"""

from collections import Counter
from collections.abc import Sequence
from math import comb
from statistics import fmean

from vitrine.tables.answers import SCORE_DIGITS


def share_from_samples(samples: Sequence[Sequence[float]], group: int) -> float:
    """The expected share of zero-variance groups, given the scores of several replies to each prompt."""
    return fmean(share_from_scores(scores, group) for scores in samples)


def share_from_scores(scores: Sequence[float], group: int) -> float:
    """The probability that `group` of the scores are equal. With one reply per prompt it is a lower bound of the share."""
    counts, total = Counter(round(score, SCORE_DIGITS) for score in scores).values(), len(scores)
    if total < group:
        return sum((count / total) ** group for count in counts)
    return sum(comb(count, group) for count in counts) / comb(total, group)


def solved_or_not(scores: Sequence[float], solved: float) -> list[float]:
    """Binary rewards for the same replies: 1 for a score of at least `solved`, otherwise 0."""
    return [float(score >= solved) for score in scores]
