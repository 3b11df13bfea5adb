"""Gradients: whose memory they have, how they lie in it, and how exact the second ones are."""

import itertools

import numpy as np
import pytest
import torch
from both import leaf
from hypothesis import given
from hypothesis import strategies as st

import minigrad

pytestmark = pytest.mark.usefixtures("recording_stays_on")


# -- who owns a gradient ------------------------------------------------------------------------------------

SHARING = {
    "add": lambda x, y: x + y,
    "add twice": lambda x, y: x + y + x,
    "sum": lambda x, y: (x + y).sum(),
    "reshape": lambda x, y: x.reshape(2, 1) + y.reshape(2, 1),
    "clone": lambda x, y: x.clone() + y.clone(),
    "stack": lambda x, y: minigrad.stack([x, y]),
    "cat": lambda x, y: minigrad.cat([x, y]),
    "transpose": lambda x, y: x.t() + y.t(),
    "expand": lambda x, y: x.expand(3, 2) + y,
    "view": lambda x, y: x[:] + y[...],
    "copy_slices": lambda x, y: stacked(x, y),
    "product of a sum": lambda x, y: (x + y) * 2,
    "product of a sum of sums": lambda x, y: ((x + y) + (y + x)) * 2,
}


def stacked(x, y):
    z = minigrad.zeros(2, 2)
    z[0], z[1] = x, y
    return z


@pytest.mark.parametrize("name", SHARING)
def test_no_two_gradients_share_memory(name):
    x, y = leaf(minigrad), leaf(minigrad, [3.0, 4.0])
    z = SHARING[name](x, y)
    dz = minigrad.ones(z.shape)
    z.backward(dz)
    for a, b in itertools.combinations([x.grad.array, y.grad.array, dz.array, z.array], 2):
        assert not np.shares_memory(a, b)
    assert x.grad.array.flags.writeable
    before = y.grad.tolist()
    x.grad.add_(1)
    assert y.grad.tolist() == before
    assert dz.tolist() == minigrad.ones(z.shape).tolist()


def test_a_gradient_handed_in_twice_is_copied():
    x, y, dz = leaf(minigrad), leaf(minigrad), minigrad.ones(2)
    minigrad.autograd.backward([x, y], [dz, dz])
    x.grad.add_(5)
    assert (dz.tolist(), y.grad.tolist()) == ([1, 1], [1, 1])


def test_grad_returns_arrays_of_its_own():
    x, y = leaf(minigrad), leaf(minigrad)
    dx, dy = minigrad.autograd.grad((x + y).sum(), [x, y])
    dx.add_(1)
    assert dy.tolist() == [1, 1]


# -- how a gradient lies in memory --------------------------------------------------------------------------


def test_a_gradient_that_lies_column_after_column_is_scattered_all_the_same():
    def gradient(torch):
        a = torch.ones(3, 3, requires_grad=True)
        d = a.gather(0, torch.tensor([[0, 0, 0], [1, 1, 1], [2, 2, 0]]))
        (dx,) = torch.autograd.grad(d.mT, a, torch.arange(9.0).reshape(3, 3))
        return dx.tolist()

    assert gradient(minigrad) == gradient(torch)


# -- second derivatives of a loss ---------------------------------------------------------------------------


def hessian_vector_product(library, x, v, target):
    nll = library.nn.functional.nll_loss
    x, v = library.from_numpy(x.copy()).requires_grad_(), library.from_numpy(v)
    loss = nll(library.log_softmax(x, dim=1), library.from_numpy(target))
    (dx,) = library.autograd.grad(loss, x, create_graph=True)
    return library.autograd.grad((dx * v).sum(), x)[0].numpy()


@given(st.integers(0, 2**32 - 1))
def test_the_hessian_of_cross_entropy_in_float64(seed):
    rng = np.random.default_rng(seed)
    x, v, target = rng.normal(0, 3, (4, 5)), rng.standard_normal((4, 5)), rng.integers(0, 5, 4)
    z = x.astype(np.longdouble)
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    truth = (p * v - p * (p * v).sum(1, keepdims=True)) / 4
    # Hv = p·(v - Σp·v)/N. Each p errs by a relative 4u + 2·8u (exp, log) + 4·|x|u < 80u at |x| < 15, every
    # other step, about ten, by u; all are relative to terms no larger than these:
    size = (p * abs(v) + p * (p * abs(v)).sum(1, keepdims=True)) / 4
    bound = 200 * 2**-53 * size
    assert (abs(hessian_vector_product(minigrad, x, v, target) - truth) <= bound).all()
    assert (abs(hessian_vector_product(torch, x, v, target) - truth) <= bound).all()
