"""How many groups of GRPO would teach nothing: all replies to their prompt earn the same, so that none is better.

    share_from_samples([[1.0, 1.0, 1.0, 1.0], [0.2, 0.9, 0.2, 0.4]], group=2)   ->  (1.0 + 1/6) / 2
    share_from_scores([1.0, 1.0, 0.3, 0.2], group=2)                             ->  1/6

`share_from_samples` knows several replies to each prompt: a group is drawn from them without putting back, which is exact on
average (with fewer samples than a group has replies, with putting back, which is a little too high). `share_from_scores` knows
one reply a prompt and takes prompts as exchangeable. Replies to one prompt are more alike than replies to different
ones, so this is the least that can happen, not what is to be expected.
"""

from collections import Counter
from collections.abc import Sequence
from math import comb
from statistics import fmean

from vitrine.tables.answers import SCORE_DIGITS


def share_from_samples(samples: Sequence[Sequence[float]], group: int) -> float:
    """The expected share of groups without variance, given the scores of several replies to each prompt."""
    return fmean(share_from_scores(scores, group) for scores in samples)


def share_from_scores(scores: Sequence[float], group: int) -> float:
    """How likely `group` of the scores are all the same; of one reply to each prompt, the least share that can be."""
    counts, total = Counter(round(score, SCORE_DIGITS) for score in scores).values(), len(scores)
    if total < group:
        return sum((count / total) ** group for count in counts)
    return sum(comb(count, group) for count in counts) / comb(total, group)


def solved_or_not(scores: Sequence[float], solved: float) -> list[float]:
    """The same replies paid by right or wrong: 1 from `solved` on."""
    return [float(score >= solved) for score in scores]
