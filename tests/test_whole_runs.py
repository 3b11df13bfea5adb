"""Whole runs of the tutorial's models on digits, step by step: PyTorch's autograd on minigrad's kernels."""

import itertools
import math

import pytest
import torch
from both import NIGHTLY, in_turns

import minigrad
from sidebyside import data
from sidebyside.contract import same_bits
from sidebyside.exchange import minigrad_kernels
from sidebyside.runs import LEARNING_RATES, Config, start

BATCH = 64
MODELS = sorted(LEARNING_RATES)
TYPES = "float32", "float64"


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def runs(config, dataset):
    """Both engines' runs from the same weights, and their steps."""
    ours, theirs = start("minigrad", config, dataset), start("torch", config, dataset)
    state = {name: torch.from_numpy(p.copy()) for name, p in ours.parameters().items()}
    theirs.model.load_state_dict(state)  # not every platform draws the same
    train = [run.engine.train for run in (ours, theirs)]
    if config.loop == "manual":
        steps = [side.manual(run.model, config.lr) for side, run in zip(train, (ours, theirs), strict=True)]
    else:
        pairs = zip(train, (ours, theirs), strict=True)
        steps = [side.optimizer(run.model, run.optimizer) for side, run in pairs]
    return ours, theirs, *steps


def batches(run, seed):
    """An epoch's batches, drawn from a seed."""
    run.engine.torch.manual_seed(seed)
    return run.engine.train.batches(run.x, run.y, BATCH)


def agree(config, dataset):
    """Whether every step's loss, gradients and weights are equal bit for bit; how many steps, the last loss."""
    ours, theirs, our_step, their_step = runs(config, dataset)
    count, loss = 0, math.nan
    for epoch in range(config.epochs):
        for mine, yours in zip(batches(ours, epoch), batches(theirs, epoch), strict=True):
            assert all(same_bits(a.numpy(), b.numpy()) for a, b in zip(mine, yours, strict=True)), count
            loss = our_step(*mine).item()
            with minigrad_kernels():
                assert their_step(*yours).item() == loss, f"loss at step {count}"
            for what in ("gradients", "parameters"):
                a, b = getattr(ours, what)(), getattr(theirs, what)()
                assert [n for n in b if not same_bits(a[n], b[n])] == [], f"{what} at step {count}"
            count += 1
    return count, loss


@pytest.mark.parametrize(
    ("loop", "model", "dtype"), in_turns(itertools.product(("manual", "optimizer"), MODELS), TYPES)
)
def test_every_step_of_mini_batches_is_equal(digits, model, loop, dtype):
    config = Config(model, loop, epochs=2, lr=LEARNING_RATES[model] / 4, dtype=dtype, seed=5)
    steps, loss = agree(config, digits)
    assert steps == 2 * math.ceil(len(digits.x_train) / BATCH)
    assert loss < math.log(10)  # better than guessing: it did train


@pytest.mark.parametrize("model", MODELS)
def test_every_step_with_momentum_and_weight_decay_is_equal(digits, model):
    config = Config(
        model, "optimizer", epochs=2, lr=0.05, seed=6, momentum=0.9, nesterov=True, weight_decay=1e-3
    )
    assert agree(config, digits)[0] == 2 * math.ceil(len(digits.x_train) / BATCH)


OPTIMIZERS = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3},
    "Adam": {"lr": 0.01, "amsgrad": True},
    "AdamW": {"lr": 0.01, "weight_decay": 0.1},
    "NAdam": {"lr": 0.01, "weight_decay": 1e-3},
    "RMSprop": {"lr": 0.003, "momentum": 0.5, "centered": True},
    "Adagrad": {"lr": 0.05, "lr_decay": 1e-3},
    "Adadelta": {"lr": 2.0},
    "Adamax": {"lr": 0.02, "weight_decay": 1e-3},
}


EPOCHS = 100 if NIGHTLY else 50


@pytest.mark.parametrize(("name", "dtype"), in_turns([(name,) for name in OPTIMIZERS], TYPES))
def test_every_epoch_with_each_optimizer_is_equal(digits, name, dtype):
    """Loss, gradients, weights and the optimizer's state, with a rate that falls; 200 of the images, all at once."""
    config = Config("sequential", "optimizer", hidden=32, dtype=dtype, seed=7)
    ours, theirs, *_ = runs(config, digits)
    sides = []
    for run in (ours, theirs):
        torch_like = run.engine.torch
        optimizer = getattr(torch_like.optim, name)(run.model.parameters(), **OPTIMIZERS[name])
        scheduler = torch_like.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
        step = run.engine.train.optimizer(run.model, optimizer)
        sides.append((run, optimizer, scheduler, step, run.x[:200], run.y[:200]))

    def epoch(run, optimizer, scheduler, step, x, y):
        loss = step(x, y).item()
        scheduler.step()
        state = [value.numpy().tobytes() for kept in optimizer.state.values() for value in kept.values()]
        return loss, state, run.gradients(), run.parameters(), scheduler.get_last_lr()

    for count in range(EPOCHS):
        loss, state, *tensors, rate = epoch(*sides[0])
        with minigrad_kernels():
            their_loss, their_state, *their_tensors, their_rate = epoch(*sides[1])
        assert (loss, state, rate) == (their_loss, their_state, their_rate), f"epoch {count}"
        for a, b in zip(tensors, their_tensors, strict=True):
            assert all(same_bits(a[key], b[key]) for key in a), f"epoch {count}"
    assert loss < (0.2 if NIGHTLY else 0.5) < math.log(10)  # it did train


def test_a_wrong_step_would_be_noticed(digits, monkeypatch):
    """Half an ulp of the learning rate is enough."""
    from torch_ref import train

    right = train.manual
    monkeypatch.setattr(train, "manual", lambda model, lr: right(model, math.nextafter(lr, 1.0)))
    with pytest.raises(AssertionError, match="at step"):
        agree(Config("sequential", "manual", epochs=1, lr=0.2, dtype="float64"), digits)
    assert minigrad.train.manual is not right
