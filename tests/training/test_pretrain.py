import csv

import pytest

from tests.tiny import load, schedule
from vitrine.errors import EmptyError
from vitrine.training.pretrain import _blocks, pretrain

TEXTS = [f"Chegou em {n} dias, gostei do produto." for n in range(200)]


def test_the_loss_falls(base, tmp_path):
    curves = tmp_path / "base.csv"
    _, metrics = pretrain(load(base), TEXTS, schedule(steps=30), block=64, tellings=2, seed=7, curves=curves)
    losses = [float(row["loss"]) for row in csv.DictReader(curves.open())]
    assert len(losses) == 30 and losses[-1] < 0.7 * losses[0]
    assert metrics["tokens"] == 30 * 8 * 64


def test_too_little_text_is_said(base, tmp_path):
    with pytest.raises(EmptyError, match="do not fill one block of 64 tokens"):
        pretrain(load(base), ["oi"], schedule(), block=64, tellings=2, seed=7, curves=tmp_path / "base.csv")


def test_texts_are_told_again_in_the_same_block(base):
    words = load(base).tokenizer
    once, twice = ([tuple(b) for b in _blocks(words, TEXTS, 256, tellings, seed=7)] for tellings in (1, 2))
    assert len(twice) > 1.8 * len(once)
    told = words.decode(twice[0]).split("<|endoftext|>")
    assert len(told) > len(set(told)) + 2
    assert all(len(block) == 256 for block in once + twice)
