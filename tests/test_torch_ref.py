"""Three ways to the same numbers: minigrad, by hand in torch, torch's own."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from sidebyside.testing import dyadics, floats, labels, logits, same
from torch_ref import functions, optim

KINDS = st.sampled_from(["float32", "float64"])


@given(dyadics((3, 4)), dyadics((2, 4)), dyadics((2,)))
def test_linear_on_dyadics(x, weight, bias):
    assert same(minigrad.nn.functional.linear, functions.linear, F.linear, x, weight, bias) == "exact"


@given(dyadics((3, 4)))
def test_relu_on_dyadics(x):
    assert same(minigrad.relu, functions.relu, torch.relu, x) == "exact"


# On the same kernels the three are equal for any floats: the formulas are the same, not only close.


@given(floats((3, 4), KINDS))
def test_relu_on_exchanged_kernels(x):
    same(minigrad.relu, functions.relu, torch.relu, x, tier="exchanged")


def along(function, dim):
    return lambda x: function(x, dim)


@pytest.mark.parametrize("tier", ["exchanged", "bounded"])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("dim", [0, 1])
@given(x=logits(dtype=KINDS))
def test_softmax(name, dim, tier, x):
    ways = (getattr(module, name) for module in (minigrad, functions, torch))
    same(*(along(way, dim) for way in ways), x, tier=tier)


@pytest.mark.parametrize("tier", ["exchanged", "bounded"])
@given(x=logits(5, 4, KINDS), y=labels(5, 4))
def test_cross_entropy(tier, x, y):
    ways = minigrad.nn.functional.cross_entropy, functions.cross_entropy, F.cross_entropy
    same(*ways, x, y, tier=tier)


@pytest.mark.parametrize("tier", ["exchanged", "bounded"])
@given(x=logits(5, 4), y=labels(5, 4))
def test_nll_loss(tier, x, y):
    same(minigrad.nn.functional.nll_loss, functions.nll_loss, F.nll_loss, x, y, tier=tier)


OPTIONS = [
    {},
    {"momentum": 0.75},
    {"momentum": 0.75, "dampening": 0.25},
    {"momentum": 0.5, "nesterov": True},
    {"weight_decay": 0.25},
    {"momentum": 0.75, "weight_decay": 0.5, "maximize": True},
]


def stepping(optimizer, **options):
    """Weights after a step for each gradient."""

    def program(w, *gradients):
        p = w.detach().clone().requires_grad_()
        sgd = optimizer([p], **options)
        for gradient in gradients:
            p.grad = gradient.detach().clone()
            sgd.step()
        return p.detach()

    return program


WAYS = (minigrad.optim.SGD, optim.SGD, torch.optim.SGD)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@given(w=dyadics((6,)), gradients=st.lists(dyadics((6,)), min_size=1, max_size=2))
def test_sgd_on_dyadics(options, w, gradients):
    """Two steps: each multiplies by lr 2⁻¹ and options of two bits, so nothing rounds."""
    assert same(*(stepping(way, lr=0.5, **options) for way in WAYS), w, *gradients) == "exact"


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@given(w=floats((6,)), gradients=st.lists(floats((6,)), min_size=1, max_size=3), lr=st.floats(2**-10, 1))
def test_sgd_on_exchanged_kernels(options, w, gradients, lr):
    same(*(stepping(way, lr=lr, **options) for way in WAYS), w, *gradients, tier="exchanged")


def test_by_hand_is_compared_too():
    """A third way that errs is found, though the other two agree."""
    x = np.array([1.0, -1.0])
    with pytest.raises(AssertionError, match="by hand"):
        same(lambda x: x * 3, lambda x: x * 2, lambda x: x * 3, x)
