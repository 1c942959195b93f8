from collections import Counter

import pytest

from vitrine.splits.entity import split_of


def test_shares_are_as_set():
    sides = Counter(split_of(f"customer-{n}", seed=7, validation=0.1, test=0.2) for n in range(20_000))
    assert sides["test"] / 20_000 == pytest.approx(0.2, abs=0.01)
    assert sides["validation"] / 20_000 == pytest.approx(0.1, abs=0.01)


def test_an_entity_stays_in_its_split_and_another_seed_moves_some():
    entities = [f"customer-{n}" for n in range(500)]
    first = [split_of(e, seed=7, validation=0.1, test=0.2) for e in entities]
    assert first == [split_of(e, seed=7, validation=0.1, test=0.2) for e in reversed(entities)][::-1]
    assert first != [split_of(e, seed=8, validation=0.1, test=0.2) for e in entities]


def test_a_larger_test_share_only_adds_entities_to_test():
    for n in range(500):
        if split_of(f"c{n}", seed=7, validation=0.0, test=0.1) == "test":
            assert split_of(f"c{n}", seed=7, validation=0.0, test=0.3) == "test"
