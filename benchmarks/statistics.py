"""Are "shown" and the 95 % intervals right? Simulated benchmarks with a known true difference.

    python -m benchmarks.statistics                      # 3, 5, 8, 20 and 100 clusters, 4,000 simulations of each process
    python -m benchmarks.statistics --simulations 400    # a short run

A process draws the scores of two models, or of one, with the distributions of benchmarks: right or wrong, mostly equal,
continuous, skewed, in clusters of one row or of 1 to 30. `false_shown` is the share of simulations without a true difference in
which a difference is shown. `coverage` is the share of intervals that contain the true mean or difference (0, or at most 0.1).
Each is the mean over the processes; `worst` has the worst of them, `processes` all. Numbers of clusters that are "too few" for
any statement are left out.

In all processes without a difference the two models are interchangeable. That is the null hypothesis of the sign-flip test
itself ("which model gave which answer is a coin toss"), so it holds there by construction. A mean of 0 is a weaker claim: a
model may be a little better on most clusters and much worse on a few. `false_shown_lopsided` measures two such cases. With few
clusters a sample often contains none of the rare losses, and the test is far too bold (4,000 simulations, seed 7):

                                      8 clusters       20      100
    +0.05 in 90 %, -0.45 in 10 %          43.3 %   12.1 %    6.7 %
    +0.10 in 75 %, -0.30 in 25 %          10.4 %    7.8 %    5.3 %
"""

import argparse
import json
from collections.abc import Callable
from statistics import fmean
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from vitrine.evaluation.scores.statistics import difference, fewest_clusters, interval, shown

COUNTS = (3, 5, 8, 20, 100)
DRAWS = 2_000  # sign flips; the benchmark stage draws 10,000
GAIN = 0.1  # a true difference, where there is one
Floats = npt.NDArray[np.float64]
Rng = np.random.Generator


class Pair(NamedTuple):
    """The scores of two models and their true difference."""

    better: Floats
    than: Floats
    clusters: list[int]
    truth: float


class Scores(NamedTuple):
    """The scores of one model and their true mean."""

    scores: Floats
    clusters: list[int]
    truth: float


# ------------------------------------------------------------------------------------------------- how rows are drawn


def one_each(rng: Rng, count: int) -> npt.NDArray[np.intp]:
    return np.arange(count)


def five_each(rng: Rng, count: int) -> npt.NDArray[np.intp]:
    return np.repeat(np.arange(count), 5)


def uneven(rng: Rng, count: int) -> npt.NDArray[np.intp]:
    """Clusters of 1 to 30 rows, most of them small."""
    return np.repeat(np.arange(count), np.ceil(rng.lognormal(1.2, 1.0, count)).clip(1, 30).astype(int))


def cluster_means(rng: Rng, of: npt.NDArray[np.intp], mean: float, concentration: float = 3.0) -> Floats:
    """The mean of each row: one for each cluster, beta-distributed around `mean`."""
    return rng.beta(mean * concentration, (1 - mean) * concentration, of[-1] + 1)[of]


def continuous(rng: Rng, means: Floats, concentration: float = 6.0) -> Floats:
    """Scores in [0, 1], spread around their means."""
    means = np.clip(means, 1e-6, 1 - 1e-6)
    return rng.beta(means * concentration, (1 - means) * concentration)


def coin(rng: Rng, chances: Floats) -> Floats:
    return (rng.random(len(chances)) < chances).astype(float)


Sizes = Callable[[Rng, int], npt.NDArray[np.intp]]


def right_or_wrong(sizes: Sizes) -> Callable[[Rng, int, float], Pair]:
    def draw(rng: Rng, count: int, gain: float) -> Pair:
        of = sizes(rng, count)
        return Pair(*(coin(rng, cluster_means(rng, of, 0.6 + side * gain / 2)) for side in (1, -1)), of.tolist(), gain)

    return draw


def bounded(sizes: Sizes) -> Callable[[Rng, int, float], Pair]:
    def draw(rng: Rng, count: int, gain: float) -> Pair:
        of = sizes(rng, count)
        return Pair(*(continuous(rng, cluster_means(rng, of, 0.5 + side * gain / 2)) for side in (1, -1)), of.tolist(), gain)

    return draw


def mostly_equal(rng: Rng, count: int, gain: float) -> Pair:
    """Nine answers in ten are equal. In the others one model is right and the other wrong."""
    than, change = coin(rng, np.full(count, 0.5)), rng.random(count)
    better = np.where(change < 0.05 + gain / 2, 1.0, np.where(change > 0.95 + gain / 2, 0.0, than))
    than = np.where(change < 0.05 + gain / 2, 0.0, np.where(change > 0.95 + gain / 2, 1.0, than))
    return Pair(better, than, list(range(count)), gain)


def rare_failures(rng: Rng, count: int, gain: float) -> Pair:
    """Both models earn 1 except for rare failures, which cost 0.6 on average."""
    fail = [coin(rng, np.full(count, 0.15 - side * gain / 2)) for side in (1, -1)]
    better, than = (1 - failed * continuous(rng, np.full(count, 0.6)) for failed in fail)
    return Pair(better, than, list(range(count)), gain * 0.6)


def lopsided(rng: Rng, count: int, gain: float) -> Pair:
    """A few large gains and many small losses. The hardest case: a sample without a large gain has only losses."""
    large, small = coin(rng, np.full(count, 0.2)), 0.02 * rng.random(count)
    moved = np.where(large == 1, continuous(rng, np.full(count, 0.5)), -small)
    if not gain:  # each model gets the gain with probability 0.5
        moved *= np.where(rng.random(count) < 0.5, 1, -1)
    return Pair(
        np.clip(0.5 + moved / 2, 0, 1), np.clip(0.5 - moved / 2, 0, 1), list(range(count)), (0.1 - 0.008) if gain else 0.0
    )


PAIRS: dict[str, Callable[[Rng, int, float], Pair]] = {
    "right or wrong": right_or_wrong(one_each),
    "right or wrong, 5 a cluster": right_or_wrong(five_each),
    "right or wrong, 1-30 a cluster": right_or_wrong(uneven),
    "continuous": bounded(one_each),
    "continuous, 1-30 a cluster": bounded(uneven),
    "mostly equal": mostly_equal,
    "rare failures": rare_failures,
    "lopsided": lopsided,
}


def rare_losses(gain: float, loss: float, share: float) -> Callable[[Rng, int, float], Pair]:
    """A little better on most clusters, much worse on a `share` of them, with five rows each. The mean difference is 0."""
    assert abs(gain * (1 - share) - loss * share) < 1e-9

    def draw(rng: Rng, count: int, _: float) -> Pair:
        of = five_each(rng, count)
        moved = np.where(coin(rng, np.full(count, share)) == 1, -loss, gain)[of] + rng.normal(0, 0.01, len(of))
        return Pair(0.5 + moved / 2, 0.5 - moved / 2, of.tolist(), 0.0)

    return draw


LOPSIDED: dict[str, Callable[[Rng, int, float], Pair]] = {
    "+0.05 in 90 %, -0.45 in 10 %": rare_losses(0.05, 0.45, 0.1),
    "+0.10 in 75 %, -0.30 in 25 %": rare_losses(0.1, 0.3, 0.25),
}


def right(share: float, sizes: Sizes) -> Callable[[Rng, int], Scores]:
    def draw(rng: Rng, count: int) -> Scores:
        of = sizes(rng, count)
        return Scores(coin(rng, cluster_means(rng, of, share)), of.tolist(), share)

    return draw


def spread(mean: float, sizes: Sizes) -> Callable[[Rng, int], Scores]:
    def draw(rng: Rng, count: int) -> Scores:
        of = sizes(rng, count)
        return Scores(continuous(rng, cluster_means(rng, of, mean, 4.0)), of.tolist(), mean)

    return draw


def mostly_one(rng: Rng, count: int) -> Scores:
    """Seven scores in ten are 1, the others are spread over [0, 1]."""
    return Scores(np.where(rng.random(count) < 0.7, 1.0, continuous(rng, np.full(count, 0.5), 4.0)), list(range(count)), 0.85)


def large_clusters_are_harder(rng: Rng, count: int) -> Scores:
    """Half of the clusters have 2 rows of mean 0.8, half have 10 of mean 0.5."""
    large = rng.random(count) < 0.5
    of = np.repeat(np.arange(count), np.where(large, 10, 2))
    means = np.where(large, cluster_means(rng, np.arange(count), 0.5), cluster_means(rng, np.arange(count), 0.8))
    return Scores(coin(rng, means[of]), of.tolist(), (2 * 0.8 + 10 * 0.5) / 12)


MEANS: dict[str, Callable[[Rng, int], Scores]] = {
    "30 % right": right(0.3, one_each),
    "90 % right": right(0.9, one_each),
    "3 % right": right(0.03, one_each),
    "60 % right, 5 a cluster": right(0.6, five_each),
    "70 % right, 1-30 a cluster": right(0.7, uneven),
    "continuous around 0.8": spread(0.8, one_each),
    "continuous around 0.5, 1-30 a cluster": spread(0.5, uneven),
    "mostly 1": mostly_one,
    "large clusters are harder": large_clusters_are_harder,
}


# ------------------------------------------------------------------------------------------------- measurements


def of_pair(name: str, count: int, gain: float, simulations: int, seed: int) -> tuple[float, float]:
    """How often a difference is shown, and how often the interval contains the true difference."""
    rng, shown_count, covered = np.random.default_rng([seed, count, int(gain * 100), crc32(name.encode())]), 0, 0
    for simulation in range(simulations):
        better, than, clusters, truth = (PAIRS | LOPSIDED)[name](rng, count, gain)
        result = difference(better, than, clusters, seed=simulation, draws=DRAWS)
        shown_count += shown(result.p)
        covered += result.low - 1e-9 <= truth <= result.high + 1e-9
    return shown_count / simulations, covered / simulations


def of_mean(name: str, count: int, simulations: int, seed: int) -> float:
    """How often the interval contains the true mean."""
    rng, covered = np.random.default_rng([seed, count, crc32(name.encode())]), 0
    for _ in range(simulations):
        scores, clusters, truth = MEANS[name](rng, count)
        result = interval(scores, clusters)
        covered += result.low - 1e-9 <= truth <= result.high + 1e-9
    return covered / simulations


def measure(counts: tuple[int, ...], simulations: int, seed: int) -> dict[str, object]:
    false_shown: dict[str, dict[str, float]] = {}
    lopsided: dict[str, dict[str, float]] = {}
    coverage: dict[str, dict[str, float]] = {}
    for count in counts:
        if count < fewest_clusters():
            continue
        false, covers = false_shown.setdefault(str(count), {}), coverage.setdefault(str(count), {})
        for name in PAIRS:
            false[name], covers[f"no difference: {name}"] = of_pair(name, count, 0.0, simulations, seed)
            power, covers[f"a difference: {name}"] = of_pair(name, count, GAIN, simulations, seed)
            print(f"{count:>4} {name:38} falsely shown {false[name]:.3f}, shown {power:.3f}", flush=True)
        for name in LOPSIDED:
            rate, _ = of_pair(name, count, 0.0, simulations, seed)
            lopsided.setdefault(str(count), {})[name] = rate
            print(f"{count:>4} {name:38} falsely shown {rate:.3f}", flush=True)
        for name in MEANS:
            covers[f"mean: {name}"] = of_mean(name, count, simulations, seed)
        for name, share in covers.items():
            print(f"{count:>4} {name:55} covered {share:.3f}", flush=True)
    return {
        "simulations": simulations,
        "too_few": [str(count) for count in counts if count < fewest_clusters()],
        "false_shown": {count: round(fmean(rates.values()), 4) for count, rates in false_shown.items()},
        "false_shown_lopsided": lopsided,
        "coverage": {count: round(fmean(rates.values()), 4) for count, rates in coverage.items()},
        "worst": {
            "false_shown": {count: max(rates.values()) for count, rates in false_shown.items()},
            "coverage": {count: min(rates.values()) for count, rates in coverage.items()},
            "coverage_of": {count: min(rates, key=rates.__getitem__) for count, rates in coverage.items()},
        },
        "processes": {"false_shown": false_shown, "coverage": coverage},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=4_000, help="simulations per process and number of clusters")
    parser.add_argument("--clusters", type=int, nargs="+", default=list(COUNTS), help="numbers of clusters")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    print(json.dumps(measure(tuple(args.clusters), args.simulations, args.seed)))


if __name__ == "__main__":
    main()
