"""Three ways to the same numbers: minigrad, by hand in torch, torch's own."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from sidebyside.exchange import minigrad_kernels
from sidebyside.identity import same_bits
from torch_ref import functions
from torch_ref.optim import SGD

# Multiples of 2⁻² up to 2 in magnitude: (e, M) = (2, 2). A product of a row of D = 4 has e = 4, M = 16, plus
# the bias; its gradients, sums over N = 3 rows of products with dz of the same kind, have e = 6, M ≤ 3·(4·2·2)·2:
# M·2ᵉ < 2¹³, far inside float32's 2²⁴. So nothing rounds, in whatever order it is added.
SCALE, MOST = 4, 8


@st.composite
def dyadics(draw, *shape, dtype=np.float32):
    flat = draw(
        st.lists(st.integers(-MOST, MOST), min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))
    )
    return (np.array(flat, dtype) / dtype(SCALE)).reshape(shape)


def torch_run(function, arrays, dz):
    leaves = [torch.from_numpy(a.copy()).requires_grad_() for a in arrays]
    z = function(*leaves)
    z.backward(torch.from_numpy(dz.copy()))
    return [z.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)]


def minigrad_run(function, arrays, dz):
    leaves = [minigrad.from_numpy(a.copy()).requires_grad_() for a in arrays]
    z = function(*leaves)
    z.backward(minigrad.from_numpy(dz.copy()))
    return [z.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)]


def assert_all_same(*runs):
    for results in zip(*runs, strict=True):
        for other in results[1:]:
            assert same_bits(results[0], other), results


@given(dyadics(3, 4), dyadics(2, 4), dyadics(2), dyadics(3, 2))
def test_linear(x, weight, bias, dz):
    assert_all_same(
        minigrad_run(minigrad.nn.functional.linear, (x, weight, bias), dz),
        torch_run(functions.linear, (x, weight, bias), dz),
        torch_run(F.linear, (x, weight, bias), dz),
    )


@given(dyadics(3, 4), dyadics(3, 4))
def test_relu(x, dz):
    assert_all_same(
        minigrad_run(minigrad.relu, (x,), dz),
        torch_run(functions.relu, (x,), dz),
        torch_run(torch.relu, (x,), dz),
    )


floats = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(0, 3, (5, 4)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("ours", "by_hand", "theirs"),
    [
        (lambda x: x.softmax(1), lambda x: functions.softmax(x, 1), lambda x: x.softmax(1)),
        (lambda x: x.log_softmax(1), lambda x: functions.log_softmax(x, 1), lambda x: x.log_softmax(1)),
    ],
    ids=["softmax", "log_softmax"],
)
@given(x=floats, dz=floats)
def test_softmax_on_exchanged_kernels(dtype, ours, by_hand, theirs, x, dz):
    """On the same kernels the three are equal for any floats: the formulas are the same, not only close."""
    x, dz = x.astype(dtype), dz.astype(dtype)
    with minigrad_kernels():
        hand, own = torch_run(by_hand, (x,), dz), torch_run(theirs, (x,), dz)
    assert_all_same(minigrad_run(ours, (x,), dz), hand, own)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(x=floats, y=st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_cross_entropy_on_exchanged_kernels(dtype, x, y):
    x, y, one = x.astype(dtype), np.array(y), np.ones((), dtype)
    with minigrad_kernels():
        hand = torch_run(lambda x: functions.cross_entropy(x, torch.from_numpy(y)), (x,), one)
        own = torch_run(lambda x: F.cross_entropy(x, torch.from_numpy(y)), (x,), one)
    ours = minigrad_run(lambda x: minigrad.nn.functional.cross_entropy(x, minigrad.from_numpy(y)), (x,), one)
    assert_all_same(ours, hand, own)


OPTIONS = [
    {},
    {"momentum": 0.75},
    {"momentum": 0.75, "dampening": 0.25},
    {"momentum": 0.5, "nesterov": True},
    {"weight_decay": 0.25},
    {"momentum": 0.75, "weight_decay": 0.5, "maximize": True},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@given(w=dyadics(6), grads=st.lists(dyadics(6), min_size=1, max_size=2))
def test_sgd(options, w, grads):
    """Two steps: each multiplies by lr 2⁻¹ and options of two bits, 2⁻² to 3·2⁻²: at most 2·5 bits on 6: < 24."""
    results = []
    for library, optimizer in (
        (minigrad, minigrad.optim.SGD),
        (torch, SGD),
        (torch, torch.optim.SGD),
    ):
        p = library.from_numpy(w.copy()).requires_grad_()
        sgd = optimizer([p], lr=0.5, **options)
        for grad in grads:
            p.grad = library.from_numpy(grad.copy())
            sgd.step()
        results.append([p.detach().numpy()])
    assert_all_same(*results)
