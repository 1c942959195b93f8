import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, t

from benchmarks.statistics import LOPSIDED, PAIRS, measure
from tests.clock import cpu_seconds
from vitrine.errors import EmptyError
from vitrine.evaluation.scores.statistics import difference, fewest_clusters, holm, interval, shown

SCORES = st.integers(0, 20).map(lambda twentieth: twentieth / 20)
PAIRED = st.lists(st.tuples(SCORES, SCORES, st.integers(0, 9)), min_size=1, max_size=40)
FEW_EXAMPLES = settings(max_examples=60, deadline=None)


def columns(rows):
    return ([row[place] for row in rows] for place in range(3))


class TestInterval:
    def test_agrees_with_the_standard_error_for_many_rows(self):
        scores = np.random.default_rng(3).beta(2, 1, 500)
        result = interval(scores)
        half = 1.96 * scores.std(ddof=1) / np.sqrt(len(scores))
        assert result.mean == pytest.approx(scores.mean(), abs=1e-7)
        assert result.low == pytest.approx(scores.mean() - half, abs=0.1 * half)
        assert result.high == pytest.approx(scores.mean() + half, abs=0.1 * half)
        assert (result.n, result.clusters) == (500, 500)

    @pytest.mark.parametrize("each", [1, 3])
    def test_is_wilson_s_interval_with_cluster_variance_and_t_quantile(self, each):
        scores = np.random.default_rng(2).beta(2, 1, 9).repeat(each)
        result, mean = interval(scores, np.arange(9).repeat(each).tolist()), scores.mean()
        for end in (result.low, result.high):  # each end is t standard errors away, if it is the true mean
            variance = scores[::each].var(ddof=1) / 9 * end * (1 - end) / (mean * (1 - mean))
            assert abs(mean - end) / np.sqrt(variance) == pytest.approx(t.ppf(0.975, 8), rel=1e-5)

    def test_the_cluster_interval_covers_the_true_mean_where_the_row_interval_does_not(self):
        rng = np.random.default_rng(12)
        of, hits = np.repeat(np.arange(12), 5), {"clusters": 0, "rows": 0}
        for _ in range(300):
            scores = (rng.random(60) < rng.beta(1.2, 0.8, 12)[of]).astype(float)
            hits["clusters"] += _covers(interval(scores, of.tolist()), 0.6)
            hits["rows"] += _covers(interval(scores), 0.6)
        assert hits["clusters"] >= 276 and hits["rows"] <= 252  # of 300: 92 % and 84 %

    @pytest.mark.parametrize("clusters", [6, 24, 125])
    def test_all_0_and_all_1_have_the_clopper_pearson_bound(self, clusters):
        of = [place % clusters for place in range(125)]
        none, every = interval([0.0] * 125, of), interval([1.0] * 125, of)
        assert (none.low, none.high) == (0.0, pytest.approx(beta.ppf(0.975, 1, clusters), abs=1e-6))
        assert (every.low, every.high) == (pytest.approx(1 - none.high, abs=1e-6), 1.0)

    def test_equal_scores_leave_room_for_unseen_clusters(self):
        result = interval([0.1] * 7 + [0.1 + 1e-9])
        unseen = 1 - 0.025 ** (1 / 8)
        assert result.mean == 0.1
        assert (result.low, result.high) == pytest.approx((0.1 - 0.1 * unseen, 0.1 + 0.9 * unseen), abs=1e-6)

    def test_duplicated_rows_do_not_narrow_the_cluster_interval(self):
        scores = np.random.default_rng(5).random(100)
        thrice, of = np.repeat(scores, 3), np.repeat(np.arange(100), 3).tolist()
        assert interval(thrice, of)[:3] == pytest.approx(interval(scores)[:3], abs=1e-6)
        by_row = interval(thrice)
        assert by_row.high - by_row.low < 0.65 * (interval(scores).high - interval(scores).low)

    def test_one_large_cluster_widens_the_interval(self):
        scores = np.random.default_rng(6).random(60)
        even = interval(scores, [place % 12 for place in range(60)])
        uneven = interval(scores, [max(0, place - 48) for place in range(60)])
        assert uneven.high - uneven.low > 1.5 * (even.high - even.low)

    @FEW_EXAMPLES
    @given(rows=PAIRED, level=st.sampled_from([0.5, 0.9, 0.95]))
    def test_lies_in_0_to_1_and_contains_the_mean(self, rows, level):
        scores, _, of = columns(rows)
        result = interval(scores, of, level=level)
        assert result.low <= result.mean + 1e-7 and result.mean - 1e-7 <= result.high
        assert (result.n, result.clusters) == (len(rows), len(set(of)))
        assert (result.low == -np.inf) == (result.clusters < fewest_clusters(level)) == (result.high == np.inf)
        assert result.low == -np.inf or 0 <= result.low <= result.high <= 1

    @FEW_EXAMPLES
    @given(rows=PAIRED)
    def test_swapping_0_and_1_mirrors_the_interval(self, rows):
        scores, _, of = columns(rows)
        there, back = interval(scores, of), interval([1 - score for score in scores], of)
        assert (back.low, back.high) == pytest.approx((1 - there.high, 1 - there.low), abs=2e-7)

    def test_a_higher_level_gives_a_wider_interval(self):
        scores = np.random.default_rng(0).random(150)
        wide, narrow = interval(scores, level=0.99), interval(scores, level=0.5)
        assert wide.low < narrow.low < narrow.high < wide.high


class TestDifference:
    def test_pairing_shows_a_gain_that_two_intervals_do_not(self):
        rng = np.random.default_rng(5)
        than = 0.2 + 0.5 * rng.random(300)  # prompts differ a lot,
        better = than + 0.02 + rng.normal(0, 0.04, 300)  # the models only a little
        paired = difference(better, than, seed=7)
        assert shown(paired.p) and paired.p < 0.001
        unpaired = interval(better), interval(than)
        assert unpaired[0].low < unpaired[1].high
        assert paired.high - paired.low < 0.3 * (unpaired[0].high - unpaired[0].low)

    def test_clusters_widen_the_interval(self):
        rng = np.random.default_rng(8)
        effect, than = np.repeat(rng.normal(0.05, 0.1, 30), 10), 0.4 + 0.2 * rng.random(300)
        of = np.repeat(np.arange(30), 10).tolist()
        rows, clusters = difference(than + effect, than, seed=7), difference(than + effect, than, of, seed=7)
        assert clusters.high - clusters.low > 2 * (rows.high - rows.low)
        assert clusters.p > rows.p

    @FEW_EXAMPLES
    @given(rows=PAIRED)
    def test_the_p_value_and_the_interval_come_from_one_test(self, rows):
        better, than, of = columns(rows)
        result = difference(better, than, of, seed=7)
        assert shown(result.p) == (result.low > 0 or result.high < 0)
        assert (result.n, result.clusters) == (len(rows), len(set(of)))
        if result.clusters >= fewest_clusters():
            assert -1 <= result.low <= result.mean + 1e-7 and result.mean - 1e-7 <= result.high <= 1
        else:
            assert (result.low, result.high, result.p) == (-np.inf, np.inf, 1.0)

    @pytest.mark.parametrize("rows", [6, 7, 8, 13, 40])
    def test_the_interval_contains_exactly_the_differences_not_rejected(self, rows):
        rng = np.random.default_rng(rows)
        for gain in np.linspace(-0.2, 0.2, 9):
            than = 0.3 + 0.3 * rng.random(rows)
            better = than + gain * rng.random(rows) + 0.1 * rng.random(rows) - 0.05
            result = difference(better, than, seed=7, draws=400)
            assert shown(result.p) == (result.low > 0 or result.high < 0)
            for end, outside in ((result.low, -1e-5), (result.high, 1e-5)):
                beyond, within = (difference(better - end - step, than, seed=7, draws=400) for step in (outside, -outside))
                assert shown(beyond.p) and not shown(within.p)

    @FEW_EXAMPLES
    @given(rows=PAIRED)
    def test_swapping_the_models_flips_the_sign(self, rows):
        better, than, of = columns(rows)
        there, back = difference(better, than, of, seed=7), difference(than, better, of, seed=7)
        assert (back.mean, back.low, back.high, back.p) == (-there.mean, -there.high, -there.low, there.p)

    @settings(max_examples=25, deadline=None)
    @given(rows=st.lists(st.tuples(SCORES, SCORES, st.integers(0, 7)), min_size=12, max_size=30))
    def test_p_is_the_share_of_sign_flips_at_least_as_extreme(self, rows):
        better, than, of = columns(rows)
        result = difference(better, than, of, seed=7)
        moves = dict.fromkeys(of, 0.0)
        for one, other, cluster in rows:
            moves[cluster] += one - other
        means = {round(moves[cluster] / of.count(cluster), 9) for cluster in moves}
        if len(moves) < fewest_clusters() or len(means) == 1:  # too few clusters; or no spread, which another test covers
            return
        flips = [sum(sign * move for sign, move in zip(signs, moves.values(), strict=True)) for signs in _signs(len(moves))]
        assert result.p == pytest.approx(np.mean([abs(flip) >= abs(sum(moves.values())) - 1e-9 for flip in flips]))

    def test_random_flips_agree_with_all_flips(self):
        rng = np.random.default_rng(1)
        better, than = rng.random(15) * 0.6 + 0.2, rng.random(15) * 0.5 + 0.2
        moves = better - than
        exact = np.mean([abs(np.dot(signs, moves)) >= abs(moves.sum()) - 1e-9 for signs in _signs(15)])
        assert 0.02 < exact < 0.9
        assert difference(better, than, seed=7, draws=20_000).p == pytest.approx(exact, abs=0.02)

    def test_all_prompts_better_by_the_same_amount(self):
        result = difference([1.0] * 200, [0.0] * 200, seed=7)
        unseen = 1 - 0.025 ** (1 / 200)
        assert (result.mean, result.high) == (1.0, 1.0)
        assert result.low == pytest.approx(1 - 2 * unseen, abs=1e-6)
        assert result.p == pytest.approx(2.0**-199), "each sign is a coin toss, as in the test itself"

    def test_p_is_never_zero(self):
        than = np.random.default_rng(3).random(200) * 0.2
        assert difference(than + 0.5 + than, than, seed=7).p == pytest.approx(1 / 10_001)

    def test_equal_scores_still_have_an_interval(self):
        result = difference([0.1, 0.7] * 60, [0.1, 0.7] * 60, seed=7)
        unseen = 1 - 0.025 ** (1 / 120)
        assert (result.mean, result.p) == (0.0, 1.0)
        assert (result.low, result.high) == pytest.approx((-unseen, unseen), abs=1e-6)

    def test_values_in_minus_1_to_1_may_differ_by_2(self):
        result = difference([1.0] * 40, [-1.0] * 40, seed=7)
        assert (result.mean, result.high, result.p) == (2.0, 2.0, pytest.approx(2.0**-39))
        same, unseen = difference([-0.5] * 40, [-0.5] * 40, seed=7), 1 - 0.025 ** (1 / 40)
        assert (same.low, same.high) == pytest.approx((-2 * unseen, 2 * unseen), abs=1e-6)

    @pytest.mark.parametrize("clusters", [1, 2, 5])
    def test_too_few_clusters_give_an_unbounded_interval(self, clusters):
        of = [place % clusters for place in range(50)]
        result = difference([0.9] * 50, [0.1] * 50, of, seed=7)
        assert result == (0.8, -np.inf, np.inf, 50, clusters, 1.0)
        assert interval([0.9] * 50, of) == (0.9, -np.inf, np.inf, 50, clusters)

    def test_six_clusters_can_show_something(self):
        better, than = [0.9, 0.8, 0.95, 0.7, 0.85, 0.9], [0.1, 0.2, 0.0, 0.3, 0.1, 0.2]
        assert fewest_clusters() == 6
        assert difference(better, than, seed=7).p == 2 / 64
        assert difference(better, than, seed=7, level=0.99).p == 1.0, "two of 64 flips are more than one in a hundred"

    def test_the_result_depends_on_the_seed_and_not_on_global_state(self):
        scores = np.random.default_rng(0).random(150)
        np.random.seed(1)
        first = difference(scores, scores[::-1] ** 1.2, seed=7)
        np.random.seed(2)
        assert difference(scores, scores[::-1] ** 1.2, seed=7) == first
        assert difference(scores, scores[::-1] ** 1.2, seed=8) != first
        assert difference(scores, scores[::-1] ** 1.2, seed=7, draws=100) != first


class TestNoDifference:
    """Few clusters; `python -m benchmarks.statistics` runs more simulations of more processes."""

    @pytest.mark.parametrize("clusters", [3, 5, 8, 20])
    def test_is_rarely_shown_and_usually_covered_by_the_interval(self, clusters):
        rng, times = np.random.default_rng(clusters), 300
        rejected = covered = 0
        for seed in range(times):
            sizes = rng.integers(1, 12, clusters)
            of = np.repeat(np.arange(clusters), sizes)
            better, than = (np.clip(rng.normal(0.5, 0.2, clusters)[of] + rng.normal(0, 0.1, len(of)), 0, 1) for _ in "ab")
            result = difference(better, than, of.tolist(), seed=seed, draws=400)
            rejected, covered = rejected + shown(result.p), covered + _covers(result, 0.0)
        assert rejected <= 0.09 * times  # three standard errors of 300 trials at 5 % are 3.8 %
        assert covered >= 0.91 * times


def test_the_benchmark_reports_false_positives_for_rare_large_losses_separately():
    """A mean difference of 0 is not the null hypothesis of the test, so these cases are not averaged with exchangeable models."""
    for name, draw in LOPSIDED.items():
        pair = draw(np.random.default_rng(7), 20_000, 0.0)
        assert np.mean(pair.better - pair.than) == pytest.approx(pair.truth, abs=0.005), name
        assert min(pair.better.min(), pair.than.min()) >= 0 and max(pair.better.max(), pair.than.max()) <= 1
    result = measure((8,), 60, 7)
    assert result["false_shown_lopsided"]["8"].keys() == LOPSIDED.keys()
    assert max(result["false_shown_lopsided"]["8"].values()) > 0.25  # 0.43 of 4,000 simulations
    assert result["processes"]["false_shown"]["8"].keys() == PAIRS.keys() and result["false_shown"]["8"] < 0.09


def test_shown_depends_on_the_adjusted_p_value():
    result = difference([0.5 + 0.01 * n for n in range(8)], [0.5] * 8, seed=7)
    assert result.low > 0 and shown(result.p)
    assert not any(map(shown, holm([result.p] * 10))), (
        "with nine other comparisons it is not shown, although its own interval excludes 0"
    )
    assert [shown(p) for p in (0.0, 0.0499, 0.05, 0.093, 1.0)] == [True, True, False, False, False]


def test_row_order_and_cluster_names_do_not_matter():
    rng = np.random.default_rng(9)
    better, than, of = rng.random(80), rng.random(80), rng.integers(0, 12, 80)
    names = dict(enumerate([None, "ana", ("a", 1), *range(9)]))
    order = rng.permutation(80)
    expected = difference(better, than, of.tolist(), seed=7), interval(better, of.tolist())
    named = [names[number] for number in of[order]]
    assert (difference(better[order], than[order], named, seed=7), interval(better[order], named)) == expected


def test_2000_scores_take_less_than_a_second():
    rng, of = np.random.default_rng(0), [f"c{i}" for i in range(2000)]
    better, than = rng.random(2000), rng.random(2000)
    work = lambda: (interval(better, of), difference(better, than, of, seed=7))  # noqa: E731
    assert cpu_seconds(work, limit=1.0) < 1.0  # 0.2 s on an idle core


class TestErrors:
    def test_no_scores(self):
        with pytest.raises(EmptyError, match="scores holds no numbers"):
            interval([])
        with pytest.raises(EmptyError, match="better holds no numbers"):
            difference([], [], seed=7)

    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), None])
    def test_not_a_number(self, bad):
        with pytest.raises(ValueError, match=r"scores\[1\] is (nan|inf)"):
            interval([0.5, bad, 0.5])
        with pytest.raises(ValueError, match=r"than\[1\] is (nan|inf)"):
            difference([0.5, 0.5], [0.5, bad], seed=7)

    def test_scores_out_of_range(self):
        with pytest.raises(ValueError, match=r"scores lie in \[0, 1\]; got 0.5 to 1.5"):
            interval([0.5, 1.5])
        with pytest.raises(ValueError, match=r"their differences in \[-1, 1\]; got 0 to 3"):
            difference([0.5, 3.0], [0.5, 0.0], seed=7)

    def test_lengths_that_do_not_match(self):
        with pytest.raises(ValueError, match="2 scores cannot be paired with 1"):
            difference([0.5, 0.5], [0.5], seed=7)
        with pytest.raises(ValueError, match="2 scores have 1 clusters"):
            interval([0.5, 0.5], ["a"])

    @pytest.mark.parametrize("level", [1.0, 0.0])
    def test_an_invalid_level(self, level):
        for call in (lambda: interval([0.5, 0.6], level=level), lambda: difference([0.5], [0.6], seed=7, level=level)):
            with pytest.raises(ValueError, match="a level lies between 0 and 1"):
                call()

    def test_too_few_draws_for_the_level(self):
        with pytest.raises(ValueError, match="needs at least 20 draws; got draws=19"):
            difference([0.5, 0.6], [0.1, 0.2], seed=7, draws=19)

    def test_a_two_dimensional_array(self):
        with pytest.raises(ValueError, match="one row of numbers"):
            interval(np.ones((3, 2)))


class TestHolm:
    def test_matches_a_worked_example(self):
        assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])

    def test_is_at_most_1_and_at_least_the_raw_p_value(self):
        p = np.random.default_rng(1).random(20)
        adjusted = np.array(holm(p.tolist()))
        assert np.all(adjusted <= 1)
        assert np.all(adjusted >= p)
        assert np.all(np.diff(adjusted[np.argsort(p)]) >= 0)

    def test_zero_or_one_p_values(self):
        assert holm([]) == []
        assert holm([0.3]) == [0.3]

    def test_not_a_probability(self):
        with pytest.raises(ValueError, match=r"lie in \[0, 1\]"):
            holm([0.2, 1.2])


def _covers(result, truth):
    return result.low <= truth <= result.high


def _signs(count):
    return itertools.product((-1, 1), repeat=count)
