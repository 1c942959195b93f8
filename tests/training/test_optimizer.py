import copy

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

from tests.tiny import load, schedule
from vitrine.training.loop.optimizer import ChainedOptimizer, build


@pytest.fixture
def model(base):
    return load(base).weights


def stepped(model, optimizer, count=1):
    for _ in range(count):
        tokens = torch.randint(5, 250, (2, 16), generator=torch.Generator().manual_seed(7))
        model(input_ids=tokens, labels=tokens).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_every_weight_belongs_to_exactly_one_optimizer(model, name):
    optimizer = build(model, schedule(optimizer=name))
    optimized = [id(weight) for group in optimizer.param_groups for weight in group["params"]]
    assert sorted(optimized) == sorted(id(weight) for weight in model.parameters())


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_frozen_weights_do_not_change(model, name):
    frozen = model.model.layers[0].mlp.up_proj.weight.requires_grad_(False)
    before = frozen.clone()
    stepped(model, build(model, schedule(optimizer=name)))
    assert frozen.equal(before)


def test_a_schedule_changes_the_learning_rate_of_every_optimizer(model):
    optimizer = build(model, schedule(optimizer="muon", learning_rate=0.01))
    assert isinstance(optimizer, ChainedOptimizer)
    scheduler = LambdaLR(optimizer, lambda step: 0.5**step)
    stepped(model, optimizer)
    scheduler.step()
    assert {group["lr"] for part in optimizer.parts for group in part.param_groups} == {0.005}


def test_a_restored_optimizer_takes_the_same_steps(base):
    one, two = (load(base).weights for _ in range(2))
    first, second = (build(model, schedule(optimizer="muon")) for model in (one, two))
    stepped(one, first, 2)
    two.load_state_dict(one.state_dict())
    second.load_state_dict(copy.deepcopy(first.state_dict()))  # as if from a file; otherwise both would share tensors
    stepped(one, first)
    stepped(two, second)
    assert all(a.equal(b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True))
