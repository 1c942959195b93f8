"""Near-duplicates: which are found, which are not, and how many comparisons they cost."""

import functools
import random

import numpy as np
import polars as pl
import pytest

from vitrine.cleaning.near import minhash as near
from vitrine.cleaning.near.dedup import comparable
from vitrine.cleaning.near.shingles import comparable_texts, jaccard

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@functools.cache
def runs(text):
    form = pl.select(comparable(pl.lit(text))).item().ljust(5)
    return frozenset(form[at : at + 5] for at in range(len(form) - 4))


def dropped_of(texts, jaccard):
    """Whether each text is a near-duplicate of an earlier kept one."""
    return pl.Series(near.find_near_duplicates(near.bands(texts, jaccard=jaccard), texts.gather, jaccard=jaccard))


def shared(one, other):
    """The Jaccard similarity of two texts, computed in the simplest way."""
    return len(runs(one) & runs(other)) / len(runs(one) | runs(other))


def titles(count, seed, start=""):
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices(LETTERS, k=rng.randint(3, 8))) for _ in range(20_000)]
    return [start + " ".join(rng.choices(vocabulary, k=8)) for _ in range(count)]


def altered(text, rng, changes):
    letters = list(text)
    for at in rng.sample(range(len(letters)), changes):
        letters[at] = rng.choice(LETTERS)
    return "".join(letters)


def planted(texts, every, seed, changes=(0, 1, 2)):
    """The texts plus an altered copy of each `every`-th one, and the pairs whose Jaccard similarity is 0.8 or more."""
    rng = random.Random(seed)
    originals = range(0, len(texts), every)
    copies = [altered(texts[at], rng, rng.choice(changes)) for at in originals]
    pairs = [(at, len(texts) + n) for n, at in enumerate(originals) if shared(texts[at], copies[n]) >= 0.8]
    return pl.Series([*texts, *copies]), pairs


def recall(dropped, pairs):
    return np.mean([dropped[later] for _, later in pairs])


def test_the_similarity_of_two_texts_is_exact():
    rng = random.Random(3)
    texts = [*titles(150, seed=1), "", "a", "São", "sao", "Ótimo!", "猫の絵本", "😍 bom", "x" * 3000]
    pairs = [(one, altered(one, rng, min(2, len(one))) if rng.random() < 0.7 else rng.choice(texts)) for one in texts]
    one, other = (pl.Series(side) for side in zip(*pairs, strict=True))
    assert jaccard(comparable_texts(one), comparable_texts(other)) == pytest.approx([shared(*pair) for pair in pairs])


@pytest.mark.parametrize("j", [0.9, 0.8, 0.7, 0.6])
def test_bands_agree_as_often_as_the_formula_says(j):
    """Pairs of texts with about this Jaccard similarity."""
    rng, one, other = random.Random(7), [], []
    for _ in range(1500):
        words = [["".join(rng.choices(LETTERS, k=20)) for _ in range(count)] for count in (12, 2, 2)]
        one.append(" ".join(words[0] + words[1]))
        other.append(altered(one[-1], rng, round((1 - j) * 37)))
    one, other = pl.Series(one), pl.Series(other)
    true = jaccard(comparable_texts(one), comparable_texts(other))
    agree = near.bands(one, jaccard=0.8)[:, :20] == near.bands(other, jaccard=0.8)[:, :20]
    assert agree.mean() == pytest.approx((true**6).mean(), abs=0.02)
    assert agree.any(axis=1).mean() == pytest.approx((1 - (1 - true**6) ** 20).mean(), abs=0.03)


def test_planted_duplicates_are_dropped_and_nothing_else():
    texts, pairs = planted(titles(10_000, seed=1), every=10, seed=2)
    dropped = dropped_of(texts, jaccard=0.8).to_numpy()
    assert len(pairs) > 500 and recall(dropped, pairs) >= 0.99
    assert dropped.sum() <= len(pairs) + 2  # a random pair may be as similar, but that is rare
    planted_similarity = {later: shared(texts[at], texts[later]) for at, later in pairs}
    assert all(later in planted_similarity for later in np.flatnonzero(dropped)) and min(planted_similarity.values()) >= 0.8


def test_each_dropped_row_is_similar_to_an_earlier_kept_row():
    """Few words, so that most texts are similar to another one."""
    rng = random.Random(5)
    texts = pl.Series([" ".join(rng.choices(["azul", "verde", "caneca", "prato", "copo", "grande"], k=6)) for _ in range(600)])
    dropped = dropped_of(texts, jaccard=0.7).to_numpy()
    for row in np.flatnonzero(dropped):
        assert any(shared(texts[int(row)], texts[int(kept)]) >= 0.7 for kept in np.flatnonzero(~dropped[:row]))
    kept = texts.filter(~pl.Series(dropped)).to_list()
    alike = sum(shared(one, other) >= 0.7 for at, one in enumerate(kept) for other in kept[:at])
    assert dropped.sum() > 200 and alike <= 0.02 * len(kept)


def test_the_first_stays_and_chains_are_not_followed():
    a = "caneca de porcelana azul com tampa 300 ml"
    b, c = a + " nova", a + " nova linda"
    assert shared(a, b) >= 0.85 and shared(b, c) >= 0.85 > shared(a, c)
    assert dropped_of(pl.Series([a, b, c]), jaccard=0.85).to_list() == [False, True, False]
    assert dropped_of(pl.Series([c, b, a]), jaccard=0.85).to_list() == [False, True, False]


def test_a_text_without_letters_is_no_duplicate():
    texts = pl.Series([None, "", " .!", None, "sim", "Sim!"])
    assert dropped_of(texts, jaccard=0.8).to_list() == [False, False, False, False, False, True]
    assert not near.similar_to_any(texts[:4], texts[:4], jaccard=0.8).any()
    assert dropped_of(pl.Series([], dtype=pl.String), jaccard=0.8).to_list() == []


def test_batches_give_the_same_keys_as_all_texts_at_once():
    texts = pl.Series([*titles(3000, seed=4), "", "a" * 70_000, "b"])
    whole = near.bands(texts, jaccard=0.8)
    parts = [near.bands(texts[at : at + 700], jaccard=0.8) for at in range(0, len(texts), 700)]
    assert (np.concatenate(parts) == whole).all() and whole.shape == (3003, 20 + near.SKETCH_NUMBERS)


def test_a_text_repeated_n_times_costs_n_comparisons(monkeypatch):
    compared = counted(monkeypatch)
    dropped = dropped_of(pl.Series(["Recomendo muito esta loja"] * 20_000 + ["Outra coisa"]), jaccard=0.8)
    assert dropped.to_list() == [False, *[True] * 19_999, False] and sum(compared) == 19_999


@pytest.mark.slow
def test_a_common_phrase_neither_hides_copies_nor_makes_the_cost_quadratic(monkeypatch):
    phrase = "this sturdy phone case with a soft inner lining fits the model "
    texts, pairs = planted(titles(6000, seed=6, start=phrase), every=6, seed=7, changes=(1, 2, 3))
    assert shared(texts[0], texts[1]) > 0.3
    compared = counted(monkeypatch)
    dropped = dropped_of(texts, jaccard=0.8).to_numpy()
    assert recall(dropped, pairs) >= 0.98
    assert dropped.sum() == len({later for _, later in pairs if dropped[later]})
    assert sum(compared) < len(texts) * 20 * (near.BUCKET_LIMIT + near.LEADERS) / 4 < len(texts) ** 2 / 4


def counted(monkeypatch):
    compared = []

    def counting(one, other):
        compared.append(len(one))
        return jaccard(one, other)

    monkeypatch.setattr(near, "similarity", counting)
    return compared


def test_only_texts_of_candidate_pairs_are_fetched():
    texts, pairs = planted(titles(3000, seed=8), every=100, seed=9, changes=(1,))
    fetched = []

    def fetch(rows):
        fetched.extend(rows.tolist())
        return texts.gather(rows)

    dropped = near.find_near_duplicates(near.bands(texts, jaccard=0.8), fetch, jaccard=0.8)
    assert recall(dropped, pairs) == 1 and {row for pair in pairs for row in pair} <= set(fetched)
    assert len(fetched) < 300


def test_similar_to_any_compares_only_across_the_two_series():
    ours = pl.Series(["Caneca azul de porcelana 300 ml", "Prato fundo branco", "Caneca azul de porcelana 300 ml."])
    theirs = pl.Series(["caneca azul de porcelana, 300 ml!", "Copo de vidro", "copo de vidro"])
    assert near.similar_to_any(ours, theirs, jaccard=0.8).tolist() == [True, False, True]
    assert not near.similar_to_any(ours, theirs[1:], jaccard=0.8).any()
    assert not near.similar_to_any(ours, theirs[:0], jaccard=0.8).any()


def test_a_higher_threshold_drops_fewer_rows():
    texts, _ = planted(titles(1500, seed=11), every=3, seed=12, changes=(0, 1, 2, 3))
    counts = [dropped_of(texts, jaccard=j).sum() for j in (0.6, 0.7, 0.8, 0.9, 1.0)]
    assert counts == sorted(counts, reverse=True) and len(set(counts)) == 5 and counts[-1] > 0


@pytest.mark.parametrize("j", [0.05, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0])
def test_every_threshold_has_bands_that_find_its_pairs(j):
    count, rows = near.band_plan(j)
    assert count * rows <= near.MAX_HASHES and 1 - (1 - j**rows) ** count >= 0.996
