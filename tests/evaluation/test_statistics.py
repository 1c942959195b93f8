import time

import numpy as np
import pytest

from vitrine.errors import EmptyError
from vitrine.evaluation.scores.statistics import Difference, difference, holm, interval, shown


def test_interval_agrees_with_the_standard_error():
    scores = np.random.default_rng(3).beta(2, 1, 500)
    found = interval(scores, seed=7)
    half = 1.96 * scores.std(ddof=1) / np.sqrt(len(scores))
    assert found.mean == pytest.approx(scores.mean())
    assert found.low == pytest.approx(scores.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(scores.mean() + half, abs=0.1 * half)
    assert found.n == 500


def test_interval_holds_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(11)
    held = [
        low <= 0.3 <= high
        for _, low, high, _ in (interval(rng.random(60) < 0.3, seed=seed, draws=600, level=0.9) for seed in range(400))
    ]
    assert 0.85 <= np.mean(held) <= 0.95  # three standard errors of 400 trials are 0.045


def test_interval_of_clusters_holds_the_true_mean_where_that_of_rows_does_not():
    rng = np.random.default_rng(12)
    of = np.repeat(np.arange(40), 5)
    hits = {"clusters": 0, "rows": 0}
    for seed in range(200):
        scores = rng.normal(0, 1, 40)[of] + rng.normal(0, 0.3, 200)
        hits["clusters"] += abs(_centred(interval(scores, of.tolist(), seed=seed, draws=500))) <= 1
        hits["rows"] += abs(_centred(interval(scores, seed=seed, draws=500))) <= 1
    assert hits["clusters"] >= 180
    assert hits["rows"] <= 150


def _centred(found):
    """Where 0, the true mean, lies in the interval: -1 at one end, 1 at the other."""
    return (0 - (found.low + found.high) / 2) / ((found.high - found.low) / 2)


def test_duplicated_rows_are_no_new_evidence():
    scores = np.random.default_rng(5).random(100)
    thrice = np.repeat(scores, 3)
    once = interval(scores, seed=7)
    clustered = interval(thrice, np.repeat(np.arange(100), 3).tolist(), seed=7)
    alone = interval(thrice, seed=7)
    assert clustered.high - clustered.low == pytest.approx(once.high - once.low, rel=0.05)
    assert alone.high - alone.low < 0.65 * (clustered.high - clustered.low)


def test_clusters_of_any_size_and_name_keep_the_mean_of_the_rows():
    found = interval([1.0, 1.0, 1.0, 0.0, 0.5], ["ana", "ana", "ana", None, ("a", 1)], seed=7)
    assert found.mean == pytest.approx(0.7)
    assert found.low == 0.0


def test_pairing_finds_what_two_intervals_hide():
    rng = np.random.default_rng(5)
    than = rng.random(300)  # prompts differ a lot,
    better = than + 0.02 + rng.normal(0, 0.05, 300)  # the models only a little
    paired = difference(better, than, seed=7)
    assert shown(paired)
    assert paired.p < 0.001
    apart = interval(better, seed=7), interval(than, seed=7)
    assert apart[0].low < apart[1].high
    assert paired.high - paired.low < 0.3 * (apart[0].high - apart[0].low)


def test_difference_of_clusters_is_less_certain():
    rng = np.random.default_rng(8)
    effect = np.repeat(rng.normal(0.1, 0.3, 30), 10)
    than = rng.random(300)
    of = np.repeat(np.arange(30), 10).tolist()
    rows, clusters = difference(than + effect, than, seed=7), difference(than + effect, than, of, seed=7)
    assert clusters.high - clusters.low > 2 * (rows.high - rows.low)
    assert clusters.p > rows.p


def test_difference_turns_round():
    rng = np.random.default_rng(2)
    one, other = rng.random(80), rng.random(80)
    there, back = difference(one, other, seed=7), difference(other, one, seed=7)
    assert back.mean == pytest.approx(-there.mean)
    assert back.p == there.p
    assert back.low == pytest.approx(-there.high, abs=0.01)


def test_p_is_uniform_when_neither_is_better():
    rng = np.random.default_rng(9)
    p = [difference(rng.random(40), rng.random(40), seed=seed, draws=400).p for seed in range(300)]
    assert np.mean(np.less_equal(p, 0.05)) == pytest.approx(0.05, abs=0.04)
    assert np.mean(np.less_equal(p, 0.5)) == pytest.approx(0.5, abs=0.1)


def test_p_agrees_with_all_sign_flips_counted():
    moves = [0.3, 0.1, -0.1, 0.4, 0.2, 0.1]
    flips = np.array(np.meshgrid(*[[-1, 1]] * 6)).reshape(6, -1).T @ np.array(moves)
    exact = np.mean(np.abs(flips) >= abs(sum(moves)) - 1e-9)
    assert difference(moves, [0.0] * 6, seed=7, draws=20_000).p == pytest.approx(exact, abs=0.01)


def test_p_is_never_zero():
    assert difference([1.0] * 200, [0.0] * 200, seed=7).p == pytest.approx(1 / 10_001)


def test_same_seed_same_numbers_whatever_the_global_state():
    scores = np.random.default_rng(0).random(150)
    np.random.seed(1)
    first = interval(scores, seed=7), difference(scores, scores[::-1], seed=7)
    np.random.seed(2)
    assert (interval(scores, seed=7), difference(scores, scores[::-1], seed=7)) == first
    assert interval(scores, seed=8) != first[0]


def test_level_and_draws_count():
    scores = np.random.default_rng(0).random(150)
    wide, narrow = interval(scores, seed=7, level=0.99), interval(scores, seed=7, level=0.5)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert interval(scores, seed=7, draws=100) != interval(scores, seed=7)


def test_2000_scores_take_less_than_a_second():
    scores = np.random.default_rng(0).random(2000)
    begun = time.process_time()
    interval(scores, [f"c{i}" for i in range(2000)], seed=7)
    assert time.process_time() - begun < 1.0  # 0.15 s on a quiet core


class TestEdges:
    def test_equal_scores(self):
        assert interval([0.1] * 7, ["a", "a", "b", "b", "b", "c", "d"], seed=7) == (0.1, 0.1, 0.1, 7)

    def test_equal_models(self):
        same = difference([0.1, 0.7], [0.1, 0.7], seed=7)
        assert same == (0.0, 0.0, 0.0, 2, 1.0)
        assert not shown(same)

    def test_one_row_shows_nothing(self):
        assert interval([0.4], seed=7) == (0.4, -np.inf, np.inf, 1)
        assert not shown(difference([0.9], [0.1], seed=7))

    def test_one_cluster_shows_nothing(self):
        found = difference([0.9] * 50, [0.1] * 50, ["the same person"] * 50, seed=7)
        assert (found.n, found.p) == (50, pytest.approx(1.0))
        assert not shown(found)

    @pytest.mark.parametrize(
        ("low", "high", "verdict"), [(0.01, 0.2, True), (-0.2, -0.01, True), (-0.1, 0.1, False), (0.0, 0.1, False)]
    )
    def test_shown_when_the_interval_excludes_zero(self, low, high, verdict):
        assert shown(Difference(mean=0.05, low=low, high=high, n=9, p=0.5)) is verdict

    def test_no_scores(self):
        with pytest.raises(EmptyError, match="scores holds no numbers"):
            interval([], seed=7)
        with pytest.raises(EmptyError, match="better holds no numbers"):
            difference([], [], seed=7)

    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), None])
    def test_not_a_number(self, bad):
        with pytest.raises(ValueError, match=r"scores\[1\] is (nan|inf)"):
            interval([0.5, bad, 0.5], seed=7)
        with pytest.raises(ValueError, match=r"than\[1\] is (nan|inf)"):
            difference([0.5, 0.5], [0.5, bad], seed=7)

    def test_lengths_that_do_not_match(self):
        with pytest.raises(ValueError, match="2 scores cannot be paired with 1"):
            difference([0.5, 0.5], [0.5], seed=7)
        with pytest.raises(ValueError, match="2 scores have 1 clusters"):
            interval([0.5, 0.5], ["a"], seed=7)

    @pytest.mark.parametrize("wrong", [{"draws": 0}, {"level": 1.0}, {"level": 0.0}])
    def test_nothing_to_draw(self, wrong):
        with pytest.raises(ValueError, match="at least one draw"):
            interval([0.5, 0.6], seed=7, **wrong)

    def test_a_table_is_not_a_row(self):
        with pytest.raises(ValueError, match="one row of numbers"):
            interval(np.ones((3, 2)), seed=7)


class TestHolm:
    def test_step_down(self):
        assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])

    def test_never_above_one_and_never_below_the_raw(self):
        p = np.random.default_rng(1).random(20)
        adjusted = np.array(holm(p.tolist()))
        assert np.all(adjusted <= 1)
        assert np.all(adjusted >= p)
        assert np.all(np.diff(adjusted[np.argsort(p)]) >= 0)

    def test_none_and_one(self):
        assert holm([]) == []
        assert holm([0.3]) == [0.3]

    def test_not_a_probability(self):
        with pytest.raises(ValueError, match=r"lie in \[0, 1\]"):
            holm([0.2, 1.2])
