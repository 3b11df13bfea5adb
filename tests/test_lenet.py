"""The convolutional network: PyTorch's autograd on minigrad's kernels gives minigrad's bits in every step."""

import numpy as np
import pytest
import torch

import minigrad
from sidebyside import data
from sidebyside.contract import same_bits
from sidebyside.exchange import minigrad_kernels
from sidebyside.runs import Config, engine, numbers_of, start

BATCH, STEPS = 64, 6
OPTIMIZERS = {
    "SGD": {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3},
    "Adam": {"lr": 0.003, "amsgrad": True},
    "RMSprop": {"lr": 0.001, "centered": True},
}


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def training(name, digits, optimizer, dtype):
    """A model, its step, and batches."""
    side = engine(name)
    with numbers_of(name):
        side.torch.manual_seed(3)
        model = side.models["lenet"](64, 32, 10).to(getattr(side.torch, dtype))
    made = getattr(side.torch.optim, optimizer)(model.parameters(), **OPTIMIZERS[optimizer])
    x = side.torch.from_numpy(digits.x_train.astype(dtype))
    y = side.torch.from_numpy(digits.y_train)
    batches = [(x[i : i + BATCH], y[i : i + BATCH]) for i in range(0, STEPS * BATCH, BATCH)]
    return model, side.train.optimizer(model, made), batches


def state(model):
    """The gradients and weights as arrays."""
    return [each.detach().numpy() for p in model.parameters() for each in (p.grad, p)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_step_is_equal(digits, optimizer, dtype):
    ours, our_step, batches = training("minigrad", digits, optimizer, dtype)
    theirs, their_step, their_batches = training("torch", digits, optimizer, dtype)
    for mine, yours in zip(batches, their_batches, strict=True):
        loss = our_step(*mine).item()
        with minigrad_kernels():
            assert their_step(*yours).item() == loss
        assert all(map(same_bits, state(ours), state(theirs)))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_compiled_step_is_the_eager_one(digits, optimizer):
    (model, step, batches), (twin, other, _) = (
        training("minigrad", digits, optimizer, "float32") for _ in range(2)
    )
    compiled = minigrad.compile(other)
    for batch in batches:
        assert step(*batch).item() == compiled(*batch).item()
        assert all(map(same_bits, state(model), state(twin)))
    assert any(kind.programs for kind in compiled.kinds.values())


def test_compare_trains_it(digits):
    run = start("minigrad", Config("lenet", epochs=2, lr=0.2, batch_size=64, hidden=32), digits)
    run.advance(2)
    assert run.losses[1] < run.losses[0] < np.log(10)
    assert {p.ndim for p in run.parameters().values()} == {1, 2, 4}


def test_the_twin_has_the_same_first_weights():
    models = []
    for name, library in (("minigrad", minigrad), ("torch", torch)):
        with numbers_of(name):
            library.manual_seed(1)
            models.append(engine(name).models["lenet"](784, 100, 10))
    ours, theirs = (model.state_dict() for model in models)
    assert list(ours) == list(theirs)
    assert all(same_bits(ours[key].numpy(), theirs[key].numpy()) for key in ours)
