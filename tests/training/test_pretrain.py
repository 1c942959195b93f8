import csv
from collections import Counter

import pytest

from tests.tiny import load, schedule
from vitrine.errors import EmptyError
from vitrine.training import pretrain as pretraining
from vitrine.training.loop.run import run
from vitrine.training.pretrain import _blocks, pretrain

TEXTS = [f"Chegou em {n} dias, gostei do produto." for n in range(200)]


def test_the_loss_falls(base, tmp_path):
    curves = tmp_path / "base.csv"
    _, metrics = pretrain(load(base), TEXTS, schedule(steps=30), block=64, repeats=2, seed=7, curves=curves)
    losses = [float(row["loss"]) for row in csv.DictReader(curves.open())]
    assert len(losses) == 30 and losses[-1] < 0.7 * losses[0]
    assert metrics["tokens"] == 30 * 8 * 64


@pytest.mark.parametrize("fixed", [None, "the order of texts", "the order of blocks"])
def test_another_seed_gives_another_model(base, tmp_path, monkeypatch, fixed):
    """The seed changes the texts of each block and the order of blocks; each of the two alone changes the model."""
    if fixed == "the order of texts":
        monkeypatch.setattr(pretraining, "_blocks", lambda *args: _blocks(*args[:-1], 7))
    if fixed == "the order of blocks":
        monkeypatch.setattr(pretraining, "run", lambda model, schedule, **options: run(model, schedule, **options | {"seed": 7}))

    def weights(seed):
        model, _ = pretrain(load(base), TEXTS, schedule(steps=2), block=64, repeats=2, seed=seed, curves=tmp_path / "base.csv")
        return list(model.weights.state_dict().values())

    first = weights(7)
    assert all(a.equal(b) for a, b in zip(first, weights(7), strict=True))
    assert any(not a.equal(b) for a, b in zip(first, weights(8), strict=True))


def test_too_little_text_is_an_error(base, tmp_path):
    with pytest.raises(EmptyError, match="do not fill one block of 64 tokens"):
        pretrain(load(base), ["oi"], schedule(), block=64, repeats=2, seed=7, curves=tmp_path / "base.csv")


@pytest.mark.parametrize("repeats", [1, 2, 3])
def test_blocks_are_full_and_hold_each_text_repeats_times(base, repeats):
    tokenizer = load(base).tokenizer
    blocks = list(_blocks(tokenizer, TEXTS, 256, repeats, seed=7))
    assert all(len(block) == 256 for block in blocks)
    read = Counter("".join(tokenizer.decode([token for block in blocks for token in block])).split("<|endoftext|>"))
    assert sum(read[text] == repeats for text in TEXTS) > 0.95 * len(TEXTS), "an unfilled last block is left out"
    inside = tokenizer.decode(blocks[0]).split("<|endoftext|>")
    assert (len(inside) > len(set(inside)) + 2) is (repeats > 1), "a block repeats its texts"
    other = _blocks(tokenizer, TEXTS, 256, repeats, seed=8)
    assert blocks == list(_blocks(tokenizer, TEXTS, 256, repeats, seed=7)) != list(other)
