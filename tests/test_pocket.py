"""minigrad/pocket.py, the whole idea in one file, computes what minigrad computes, bit for bit.

It rounds in two functions alone, a product and a sum. With minigrad's in their place whole runs are equal in every
epoch, and so, by the exchange (tests/test_whole_runs.py), PyTorch's own autograd is, too. With its own, it is exact
where nothing rounds.
"""

import ast
import itertools
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given

from minigrad import ops, pocket
from minigrad.arrays import kernels
from sidebyside import data
from sidebyside.contract import same_bits
from sidebyside.exchange import minigrad_kernels
from sidebyside.page import pocket as page_pocket
from sidebyside.runs import LEARNING_RATES, Config, start
from tests.both import BITS, DTYPES, SEEDS, dyadics, mlp_budget, sampled


class Custom(pocket.Sequential):
    """The tutorial's second model, its forward written out."""

    def __call__(self, x):
        fc1, relu, fc2 = self.layers
        x = fc1(x)
        x = relu(x)
        return fc2(x)


class Residual(pocket.Sequential):
    """The tutorial's third model: the hidden layer reaches the output around the ReLU, too."""

    def __call__(self, x):
        fc1, relu, fc2 = self.layers
        x1 = fc1(x)
        return fc2(relu(x1) + x1)


MODELS = {"sequential": pocket.Sequential, "custom": Custom, "residual": Residual}


def cross_entropy(output, y):
    """The tutorial's loss by hand: minigrad/train.py."""
    return (-output.pick(y) + output.exp().sum().log()).mean()


LOSSES = {"optimizer": pocket.CrossEntropyLoss(), "manual": cross_entropy}


def small(config, weights):
    """The config's model in pocket.py, with copied weights: a step that takes a batch and returns its loss."""
    w1, b1, w2, b2 = (weight.copy() for weight in weights)
    model = MODELS[config.model](pocket.Linear(w1, b1), pocket.ReLU(), pocket.Linear(w2, b2))
    sgd, criterion = pocket.SGD(model.parameters(), config.lr), LOSSES[config.loop]

    def step(x, y):
        loss = criterion(model(pocket.Tensor(x)), y)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        return loss.array.item()

    return model, step


def total(x, axis=None, keepdims=False):
    """minigrad's sum, with np.sum's arguments."""
    return kernels.sum_of(x, None if axis is None else (axis % x.ndim,), keepdims)


@pytest.fixture
def minigrads_rounding(monkeypatch):
    monkeypatch.setattr(pocket, "product", ops.mm.forward)
    monkeypatch.setattr(pocket, "total", total)


def equal_epochs(config, dataset):
    """In how many epochs loss and weights are minigrad's, bit for bit."""
    run = start("minigrad", config, dataset)
    model, step = small(config, run.parameters().values())
    count = 0
    for _ in range(config.epochs):
        order = run.engine.torch.get_rng_state()
        run.advance()
        after = run.engine.torch.get_rng_state()
        run.engine.torch.set_rng_state(order)
        batches = run.engine.train.batches(run.x, run.y, config.batch_size)
        losses = [step(x.numpy(), y.numpy()) for x, y in batches]
        run.engine.torch.set_rng_state(after)
        weights = [p.array for p in model.parameters()]
        same = all(same_bits(a, b) for a, b in zip(weights, run.parameters().values(), strict=True))
        count += same and sum(losses) / len(losses) == run.losses[-1]
    return count, run.losses


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


RUNS = list(itertools.product(MODELS, LOSSES, ["float32", "float64"], [None, 64]))


@pytest.mark.parametrize(("model", "loop", "dtype", "batch_size"), sampled(RUNS))
def test_every_epoch_is_minigrads(minigrads_rounding, digits, model, loop, dtype, batch_size):
    epochs, lr = (20, LEARNING_RATES[model]) if batch_size is None else (2, LEARNING_RATES[model] / 4)
    config = Config(model, loop, epochs=epochs, lr=lr, dtype=dtype, batch_size=batch_size, seed=3)
    count, losses = equal_epochs(config, digits)
    assert count == epochs
    assert losses[-1] < losses[0]


@pytest.mark.usefixtures("minigrads_rounding")
def test_the_example_of_its_docstring_is_pytorchs_on_the_page():
    """Both texts that the page begins with, run from the same weights: loss and weights are equal bit for bit."""
    x, y = np.float32([[1.0, 2.0], [0.5, -1.0]]), np.array([1, 0])
    begin, *theirs = page_pocket.STEP.splitlines()
    with minigrad_kernels():
        scope = {"torch": torch, "nn": torch.nn, "x": torch.from_numpy(x), "y": torch.from_numpy(y)}
        exec(begin, scope)
        weights = [p.detach().numpy().copy() for p in scope["model"].parameters()]
        exec("\n".join(theirs), scope)
    mine = vars(pocket) | dict(zip(("w1", "b1", "w2", "b2"), weights, strict=True)) | {"x": x, "y": y}
    exec(page_pocket.example(), mine)
    assert same_bits(mine["loss"].array, scope["loss"].detach().numpy())
    for ours, other in zip(mine["model"].parameters(), scope["model"].parameters(), strict=True):
        assert same_bits(ours.array, other.detach().numpy())


@pytest.mark.skipif("MINIGRAD_DATA" not in os.environ, reason="MNIST IS NOT TESTED: set MINIGRAD_DATA")
@pytest.mark.parametrize("model", MODELS)
def test_every_epoch_on_mnist_is_minigrads(minigrads_rounding, model):
    config = Config(model, data="mnist", epochs=1, lr=LEARNING_RATES[model] / 4, batch_size=1000)
    assert equal_epochs(config, data.load("mnist"))[0] == 1


@given(SEEDS, DTYPES)
def test_it_is_exact_where_nothing_rounds(seed, dtype):
    """With its own product and sum: numbers with few bits, and a loss that only multiplies and adds."""
    N, D, H, C, e, M = 8, 5, 4, 3, 2, 2
    assert mlp_budget(D, H, C, N, e, M) < BITS[dtype]
    x, w1, b1, w2, b2, dz = dyadics(seed % 2**32, dtype, e, M, (N, D), (H, D), (H,), (C, H), (C,), (N, C))
    model = pocket.Sequential(pocket.Linear(w1, b1), pocket.ReLU(), pocket.Linear(w2, b2))
    (model(pocket.Tensor(x)) * pocket.Tensor(dz)).sum().sum().backward()
    parameters = [torch.from_numpy(a.copy()).requires_grad_() for a in (w1, b1, w2, b2)]
    F = torch.nn.functional
    hidden = F.relu(F.linear(torch.from_numpy(x), *parameters[:2]))
    (F.linear(hidden, *parameters[2:]) * torch.from_numpy(dz)).sum().backward()
    for ours, theirs in zip(model.parameters(), parameters, strict=True):
        assert same_bits(ours.grad, theirs.grad.numpy())


def test_the_gradient_of_cross_entropy_is_softmax_minus_one_hot():
    x, y = np.array([[1.0, 2.0, 0.5], [0.0, 0.0, 3.0]]), np.array([1, 0])
    scores = pocket.Tensor(x, requires_grad=True)
    pocket.CrossEntropyLoss()(scores, y).backward()
    softmax = torch.softmax(torch.from_numpy(x), 1).numpy()
    # Numbers below 1, each side with an exp, a sum of three terms and a quotient or a log: at most 8 roundings.
    np.testing.assert_allclose(
        scores.grad, (softmax - np.eye(3)[y]) / 2, rtol=0, atol=8 * np.finfo(float).eps
    )


def test_gradients_of_several_uses_add_up_and_backward_adds_to_grad():
    x = pocket.Tensor([3.0], requires_grad=True)
    loss = (x * x + x).sum()
    loss.backward()
    loss.backward()
    assert x.grad.tolist() == [14.0]


def test_shapes_that_would_broadcast_are_refused():
    x, y = pocket.Tensor([1.0, 2.0], requires_grad=True), pocket.Tensor([3.0], requires_grad=True)
    with pytest.raises(AssertionError, match="do not broadcast"):
        (x * y).sum().backward()


def test_it_is_one_file_of_150_lines_that_needs_numpy_alone():
    text = Path(pocket.__file__).read_text()
    assert len(text.splitlines()) <= 150
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [alias.name for node in imports for alias in node.names] == ["numpy"]
