"""Losses: every option beside torch's, in float64 within a derived bound; texts and refusals."""

import itertools

import numpy as np
import pytest
import torch
from both import assert_same_refusal, assert_same_text
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad.autograd import gradcheck, gradgradcheck
from sidebyside.exchange import minigrad_kernels
from sidebyside.identity import same_bits

C = 4
SHAPES = {
    "batch": ((5, C), (5,)),
    "one": ((C,), ()),
    "images": ((2, C, 3, 2), (2, 3, 2)),
    "empty": ((0, C), (0,)),
}
OPTIONS = [
    {"reduction": reduction, "weighted": weighted, "ignore_index": ignore, "label_smoothing": smoothing}
    for reduction, weighted, ignore, smoothing in itertools.product(
        ("mean", "sum", "none"), (False, True), (-100, 1), (0.0, 0.1)
    )
]


def losses(t, x, y, options, dz=None):
    """The loss and its gradient."""
    leaf = t.from_numpy(x.copy()).requires_grad_()
    options = dict(options)
    weight = t.tensor([0.5, 2.0, 1.0, 0.25], dtype=leaf.dtype) if options.pop("weighted") else None
    z = t.nn.functional.cross_entropy(leaf, t.from_numpy(y.copy()), weight=weight, **options)
    z.backward(t.ones_like(z))
    return z.detach().numpy(), leaf.grad.numpy(), z.grad_fn.name()


def drawn(shape, target_shape, seed, soft):
    draw = np.random.default_rng(seed)
    x = draw.normal(0, 3, shape)
    return x, draw.dirichlet(np.ones(C), shape[:1]).reshape(shape) if soft else draw.integers(
        0, C, target_shape
    )


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("shape", SHAPES)
@given(seed=st.integers(0, 2**32 - 1))
def test_classes(shape, options, seed):
    """On minigrad's kernels PyTorch's own losses are ours bit for bit: the formulas are the same."""
    x, y = drawn(*SHAPES[shape], seed, soft=False)
    ours = losses(minigrad, x, y, options)
    with minigrad_kernels():
        theirs = losses(torch, x, y, options)
    assert same_bits(ours[0], theirs[0])
    assert same_bits(ours[1], theirs[1])


@pytest.mark.parametrize("options", [o for o in OPTIONS if o["ignore_index"] < 0], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(seed=st.integers(0, 2**32 - 1))
def test_probabilities(options, dtype, seed):
    x, y = drawn((5, C), None, seed, soft=True)
    ours = losses(minigrad, x.astype(dtype), y.astype(dtype), options)
    with minigrad_kernels():
        theirs = losses(torch, x.astype(dtype), y.astype(dtype), options)
    assert same_bits(ours[0], theirs[0])
    assert same_bits(ours[1], theirs[1])
    assert ours[2] == theirs[2]


@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1, 10, 1e4]))
def test_own_kernels_stay_within_the_bound(seed, scale):
    """Mean cross-entropy with both libraries' own kernels, float64, N = 5 samples.

    Higham, Accuracy and Stability, ch. 3: a sum of n terms errs by γₙ₋₁·Σ|terms|, exp and log by E = 4 ulp ≤ 8u at
    most. s = x - max x errs by u|s|, which e^s turns into a relative u|s|; S = Σ e^s by that, E and γ_C; log S by E
    more of |log S| ≤ log C, and that of the relative error of S; so o = s - log S errs by
    u(|s| + max|s| + E(1 + log C) + C + |o|), and the mean over N by γ_N of its terms' size more.
    """
    x, y = drawn((5, C), (5,), seed, soft=False)
    x = x * scale
    options = {"reduction": "mean", "weighted": False}
    u, error = 2.0**-53, 8
    wide = x.astype(np.longdouble)
    s = wide - wide.max(1, keepdims=True)
    o = s - np.log(np.exp(s).sum(1, keepdims=True))
    truth = -o[np.arange(5), y].mean()
    each = 2 * np.abs(s).max(1) + error * (1 + np.log(C)) + C + np.abs(o).max(1)
    bound = u * (each.mean() + (5 + 1) * np.abs(o[np.arange(5), y]).mean())
    for t in (minigrad, torch):
        assert abs(losses(t, x, y, options)[0] - truth) <= bound


EDGES = {
    "all ignored": (np.zeros((2, C)), np.array([-100, -100])),
    "huge": (np.array([[1e4, 0, 0, 0.0]]), np.array([1])),
    "inf": (np.array([[np.inf, 0, 0, 0]]), np.array([0])),
    "-inf at the target": (np.array([[-np.inf, 0, 0, 0]]), np.array([0])),
    "-inf elsewhere": (np.array([[-np.inf, 0, 0, 0]]), np.array([1])),
    "all -inf": (np.full((1, C), -np.inf), np.array([1])),
    "nan": (np.array([[np.nan, 0, 0, 0]]), np.array([1])),
    "one byte classes": (np.zeros((2, C)), np.array([1, 2], np.uint8)),
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("edge", EDGES)
def test_edges(edge, reduction):
    x, y = EDGES[edge]
    options = {"reduction": reduction, "weighted": False}
    ours = losses(minigrad, x, y, options)
    with minigrad_kernels():
        theirs = losses(torch, x, y, options)
    assert same_bits(ours[0], theirs[0])
    assert same_bits(ours[1], theirs[1])
    assert ours[2] == theirs[2]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_derivatives_of_both_orders(options):
    x, y = drawn((3, C), (3,), 0, soft=False)
    options = dict(options)
    weight = (
        minigrad.tensor([0.5, 2.0, 1.0, 0.25], dtype=minigrad.float64) if options.pop("weighted") else None
    )
    criterion = minigrad.nn.CrossEntropyLoss(weight, **options)
    leaf, target = minigrad.from_numpy(x).requires_grad_(), minigrad.from_numpy(y)
    assert gradcheck(lambda x: criterion(x, target), leaf)
    assert gradgradcheck(lambda x: criterion(x, target), leaf)


def test_derivatives_of_probabilities():
    x, q = drawn((3, C), None, 0, soft=True)
    leaves = [minigrad.from_numpy(v).requires_grad_() for v in (x, q)]
    assert gradcheck(minigrad.nn.functional.cross_entropy, leaves)
    assert gradgradcheck(minigrad.nn.functional.cross_entropy, leaves)


def hessian_vector_product(t, values, y, vectors):
    x, *weights = (t.from_numpy(v.copy()) for v in values)
    w1, b1, w2, b2 = (w.requires_grad_() for w in weights)
    h = t.tanh(t.nn.functional.linear(x, w1, b1))
    loss = t.nn.functional.cross_entropy(t.nn.functional.linear(h, w2, b2), t.from_numpy(y))
    grads = t.autograd.grad(loss, weights, create_graph=True)
    product = sum((g * t.from_numpy(v)).sum() for g, v in zip(grads, vectors, strict=True))
    return [g.detach().numpy() for g in t.autograd.grad(product, weights)]


@pytest.mark.parametrize("seed", range(5))
def test_hessian_vector_product_of_an_mlp(seed):
    """Against central differences of the gradient in longdouble-free float64 nothing is sharper than torch itself:
    both products are sums of at most n = 200 products of numbers below 8, each of at most 40 roundings; so each
    errs by γ₂₄₀ of the sum of magnitudes, which the largest element of the product times n bounds from above.
    """
    draw = np.random.default_rng(seed)
    shapes = ((6, 5), (7, 5), (7,), (3, 7), (3,))
    values = [draw.normal(size=shape) for shape in shapes]
    vectors = [draw.normal(size=shape) for shape in shapes[1:]]
    y = draw.integers(0, 3, 6)
    ours, theirs = (hessian_vector_product(t, values, y, vectors) for t in (minigrad, torch))
    n = 240
    gamma = n * 2.0**-53 / (1 - n * 2.0**-53)
    for a, b in zip(ours, theirs, strict=True):
        assert np.abs(a - b).max() <= 2 * gamma * n * np.abs(b).max()


@pytest.mark.parametrize(
    "program",
    [
        lambda t: repr(t.nn.functional.cross_entropy(t.zeros(3), t.tensor(1))),
        lambda t: repr(t.nn.functional.cross_entropy(t.zeros(3), t.tensor([1]))),
        lambda t: repr(t.nn.functional.cross_entropy(t.zeros(0, 3), t.zeros(0).long())),
        lambda t: repr(t.nn.functional.cross_entropy(t.zeros(2, 3), t.tensor([-100, -100]))),
        lambda t: t.nn.NLLLoss()(t.zeros(2, 3), t.tensor([0, 1])),
        lambda t: t.nn.NLLLoss(reduction="none")(t.zeros(2, 3), t.tensor([0, 1])),
        lambda t: t.nn.CrossEntropyLoss()(t.tensor([[5.0, 0.0]]), t.tensor([0])),
    ],
)
def test_text(program):
    assert_same_text(program)


@pytest.mark.parametrize(
    "program",
    [
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.tensor([0, 1, 3, 0])),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.tensor([0, 1, -1, 0])),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.tensor([0, 1])),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.tensor([[0], [1], [0], [0]])),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.tensor([0, 1, 1, 0]).int()),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.tensor([0, 1, 1, 0.0])),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.tensor([True, False, True, False])),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.zeros(4, 3).long()),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.zeros(4, 2)),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.tensor([0, 1, 1, 0]), weight=t.ones(2)),
        lambda t: t.nn.functional.cross_entropy(t.zeros(2, 3, 4), t.zeros(2, 3).long()),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.tensor([0, 1, 1, 0]), label_smoothing=1.5),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.tensor([0, 1, 1, 0]), reduction="avg"),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), t.zeros(4, 3), ignore_index=1),
        lambda t: t.nn.functional.cross_entropy(t.zeros(4, 3), [0, 1, 1, 0]),
        lambda t: t.nn.CrossEntropyLoss(t.zeros(4, 3), t.tensor([0, 1, 1, 0])),
        lambda t: repr(t.nn.functional.nll_loss(t.zeros(2, 3), t.tensor([0, 5]))),
    ],
)
def test_refusal(program):
    assert_same_refusal(program)
