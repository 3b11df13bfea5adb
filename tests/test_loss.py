"""cross_entropy and nll_loss against torch's: every combination of options, values and gradients.

In float64 both libraries are held to the bound below on their distance from each other; the shapes are
small, the bound follows from the number of roundings alone.
"""

import itertools

import numpy as np
import pytest
import torch
from both import dyadics, for_every, same_bits, tells_the_same
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad.autograd import grad, gradcheck, gradgradcheck

U = 2.0**-53


def gamma(n):
    """Higham, Accuracy and Stability of Numerical Algorithms, section 3.1: n roundings are a factor 1 + θ, |θ| ≤ γₙ."""
    return n * U / (1 - n * U)


def close(ours, theirs, bound):
    ours, theirs = ours.detach().numpy(), theirs.detach().numpy()
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs))
    finite = np.isfinite(theirs)
    np.testing.assert_array_equal(ours[~finite], theirs[~finite])
    assert (np.abs(ours - theirs)[finite] <= np.broadcast_to(bound, theirs.shape)[finite]).all()


# exp and log are within 4 ulp, that is 8 u, of the truth in both libraries: the one constant that is assumed.
KERNEL = 8


def log_p_bound(x, C):
    """|fl(log p) - log p|: s = x - max is one rounding of size |s|; it, exp and the sum of C terms perturb
    Σ eˢ by the factor 1 + (|s|u + 8u + γ_C), log passes that on as an absolute error and adds 8 ulp of its
    own (|log Σ| ≤ log C), and the last subtraction rounds once more."""
    s = 2 * np.abs(x).max(initial=0)
    return U * (s + (s + KERNEL) + KERNEL * np.log(max(C, 2)) + s + np.log(max(C, 2))) + gamma(C)


def loss_bound(x, C, terms, weights, probabilities):
    """Twice (two libraries) the error of Σ w·q·log p over `terms` numbers: each has log p's own error and the
    three roundings of its factors, the sum γ_terms, the mean, 1 - s and s/C up to four more."""
    log_p = 2 * np.abs(x).max(initial=0) + np.log(max(C, 2))
    size = weights * probabilities * terms
    return 2 * size * (log_p_bound(x, C) + gamma(terms + 3 + 4 + 2) * log_p) * (1 + 1e-9)


def gradient_bound(x, C, N, weights, probabilities, divisor):
    """Twice the error of w·q - p·Σ w·q: p = e^(log p) carries log p's absolute error as a relative one and exp's
    8 u; the sum over C, the products, the divisor (a sum over N·C) and label smoothing round the rest."""
    size = weights * probabilities * (1 + C) / divisor
    return 2 * size * (2 * log_p_bound(x, C) + KERNEL * U + gamma(2 * C + N * C + 12)) * (1 + 1e-9)


SHAPES = [(5, 3), (1, 4), (3,), (2, 3, 4), (2, 3, 2, 2), (2, 3, 1, 2, 2)]
OPTIONS = list(
    itertools.product(
        SHAPES,
        ["mean", "sum", "none"],
        [False, True],
        [-100, 1],
        [0.0, 0.25, 1.0],
        ["classes", "probabilities"],
    )
)


def case(shape, reduction, weighted, ignore, smoothing, kind, seed=0):
    rng = np.random.default_rng([seed, len(shape)])
    C = shape[0 if len(shape) == 1 else 1]
    others = shape[:1][len(shape) == 1 :] + shape[2:]
    x = rng.standard_normal(shape) * 3
    target = rng.integers(0, C, others) if kind == "classes" else rng.random(shape)
    weight = rng.random(C) + 0.5 if weighted else None
    ignore = ignore if kind == "classes" else -100
    return x, target, weight, {"reduction": reduction, "ignore_index": ignore, "label_smoothing": smoothing}


def computed(t, function, x, target, weight, options):
    x = t.from_numpy(x.copy()).requires_grad_()
    target = t.from_numpy(np.array(target))
    if target.is_floating_point():
        target.requires_grad_()
    loss = function(t)(x, target, weight=None if weight is None else t.from_numpy(weight), **options)
    seeds = (
        t.from_numpy(np.linspace(0.5, 1, loss.numel()).reshape(loss.shape))
        if loss.ndim
        else t.tensor(1.0).double()
    )
    loss.backward(seeds)
    return loss, x.grad, target.grad if target.is_floating_point() else None


@pytest.mark.parametrize("kind", ["classes", "probabilities"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_cross_entropy_with_every_combination_of_options(shape, kind):
    for options in OPTIONS:
        if options[0] != shape or options[5] != kind:
            continue
        x, target, weight, named = case(*options)
        ours, dx, dq = computed(minigrad, lambda t: t.nn.functional.cross_entropy, x, target, weight, named)
        theirs, dx_, dq_ = computed(torch, lambda t: t.nn.functional.cross_entropy, x, target, weight, named)
        assert ours.grad_fn.name() == theirs.grad_fn.name()
        bounds(x, shape, weight, target, named["reduction"], (ours, dx, dq), (theirs, dx_, dq_))


def bounds(x, shape, weight, target, reduction, ours, theirs):
    C = shape[0 if len(shape) == 1 else 1]
    N = x.size // C
    w, q = 1.5, 1.0 + (target.max() if target.dtype.kind == "f" else 0)
    close(ours[0], theirs[0], loss_bound(x, C, N * C, w, q))
    if not np.isfinite(theirs[0].detach().numpy()).all():
        return
    divisor = 0.5 if reduction == "mean" else 1
    close(ours[1], theirs[1], gradient_bound(x, C, N, w, q, divisor))
    if theirs[2] is not None:  # the gradient of a probability is -w·log p
        close(ours[2], theirs[2], loss_bound(x, C, 1, w, 1.0))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignore", [-100, 1])
def test_nll_loss_with_every_combination_of_options(shape, reduction, weighted, ignore):
    x, target, weight, named = case(shape, reduction, weighted, ignore, 0.0, "classes")
    del named["label_smoothing"]
    ours = computed(minigrad, lambda t: t.nn.functional.nll_loss, x, target, weight, named)
    theirs = computed(torch, lambda t: t.nn.functional.nll_loss, x, target, weight, named)
    assert ours[0].grad_fn.name() == theirs[0].grad_fn.name()
    bounds(x, shape, weight, target, reduction, ours, theirs)


@given(
    st.integers(0, 2**32),
    st.integers(1, 8),
    st.integers(2, 8),
    st.floats(0, 60),
    st.floats(0, 1),
    st.booleans(),
)
def test_cross_entropy_of_any_logits(seed, N, C, scale, smoothing, weighted):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (N, C)) * scale
    target, weight = rng.integers(0, C, N), rng.random(C) + 0.5 if weighted else None
    named = {"label_smoothing": smoothing}
    ours = computed(minigrad, lambda t: t.nn.functional.cross_entropy, x, target, weight, named)
    theirs = computed(torch, lambda t: t.nn.functional.cross_entropy, x, target, weight, named)
    bounds(x, (N, C), weight, target, "mean", ours, theirs)


@given(
    st.integers(0, 2**32),
    st.sampled_from([1, 2, 4, 8]),
    st.integers(1, 5),
    st.sampled_from(["mean", "sum", "none"]),
)
def test_nll_loss_is_exact_on_dyadic_data(seed, N, C, reduction):
    """Sums of at most 8 multiples of 1/4 up to 2, divided by a power of two: nothing rounds."""
    (x,) = dyadics(seed, "float32", 2, 2, (N, C))
    y = np.random.default_rng(seed).integers(0, C, N)
    ours = computed32(minigrad, x, y, reduction)
    theirs = computed32(torch, x, y, reduction)
    for a, b in zip(ours, theirs, strict=True):
        same_bits(a.detach() + 0.0, b.detach() + 0.0)


def computed32(t, x, y, reduction):
    x = t.from_numpy(x.copy()).requires_grad_()
    loss = t.nn.NLLLoss(reduction=reduction)(x, t.from_numpy(y))
    loss.sum().backward()
    return loss, x.grad


# -- edges ----------------------------------------------------------------------------------------------------

EDGES = [
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y * 0, ignore_index=0),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y * 0, ignore_index=0, reduction="sum"),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y * 0, ignore_index=0, reduction="none"),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y * 0, ignore_index=0, label_smoothing=0.1),
    lambda t, x, y, w: t.nn.functional.cross_entropy(
        x, y * 0, ignore_index=0, label_smoothing=0.1, reduction="none"
    ),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, ignore_index=0, label_smoothing=0.1, weight=w),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.tensor([7, 2]), ignore_index=7),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, weight=t.zeros(3)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, weight=t.zeros(3), label_smoothing=0.1),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, weight=t.tensor([1.0, 2.0, -3.0])),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x * 1e4, y),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x * 1e4, y, label_smoothing=0.1),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x + t.tensor([float("inf"), 0.0, 0.0]), y),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x - t.tensor([0.0, float("inf"), 0.0]), y),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x - t.tensor([float("inf"), 0.0, 0.0]), y),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x * t.tensor([float("nan"), 1.0, 1.0]), y),
    lambda t, x, y, w: t.nn.functional.cross_entropy(
        x - t.tensor([0.0, float("inf"), 0.0]), y, label_smoothing=0.1
    ),
    lambda t, x, y, w: t.nn.functional.cross_entropy(
        x - t.tensor([0.0, float("inf"), 0.0]), t.tensor([[1.0, 0.0, 0.0]] * 2)
    ),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x[:0], y[:0]),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x[:0], y[:0], reduction="sum"),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x[:0], y[:0], reduction="none"),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x[:0], y[:0], label_smoothing=0.1),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x[:, :0], y),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y.byte()),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.tensor([[-1.0, 2.0, 3.0]] * 2)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x[0], y[0], w, label_smoothing=0.1),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, size_average=False),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, reduce=False),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, size_average=True, reduce=True),
    lambda t, x, y, w: t.nn.functional.nll_loss(x, y, w, reduction="none"),
    lambda t, x, y, w: t.nn.functional.nll_loss(x[:0], y[:0]),
    lambda t, x, y, w: t.nn.NLLLoss(w)(x, y),
    lambda t, x, y, w: t.nn.NLLLoss(ignore_index=2)(x, y),
    lambda t, x, y, w: t.nn.CrossEntropyLoss(None, None, 0, None, "sum", 0.1)(x, y),
    lambda t, x, y, w: t.nn.CrossEntropyLoss(w).double()(x.double(), y),
    lambda t, x, y, w: t.nn.CrossEntropyLoss(reduce=False)(x, y),
]


@for_every(EDGES)
def test_edges(program):
    def run(t):
        x = t.tensor([[1.0, 2.0, 3.0], [0.0, -1.0, 0.5]], requires_grad=True)
        loss = program(t, x, t.tensor([0, 2]), t.tensor([1.0, 2.0, 3.0]))
        loss.sum().backward()
        return loss, loss.grad_fn.name(), x.grad + 0.0

    tells_the_same(run)


def test_all_ignored_is_nan_with_a_gradient_of_zero():
    x = minigrad.randn(2, 3, requires_grad=True)
    loss = minigrad.nn.functional.cross_entropy(x, minigrad.tensor([1, 1]), ignore_index=1)
    loss.backward()
    assert np.isnan(loss.item())
    assert (x.grad == 0).all()


# -- misuse ---------------------------------------------------------------------------------------------------

MISUSE = [
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.tensor([0, 3])),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.tensor([0, -1])),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.tensor([0])),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.tensor(1)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.tensor(1.0)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.tensor([[0], [1]])),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.tensor([[0.0], [1.0]])),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.ones(2, 2)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.ones(3, 2)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.ones(3)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.ones(2)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y.int()),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y.to(t.int16)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y.to(t.int8)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y.bool()),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y.half()),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.ones(2, 3, dtype=t.int64)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.ones(2, 3, dtype=t.bool)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, [0, 1]),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, np.array([0, 1])),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, None),
    lambda t, x, y, w: t.nn.functional.cross_entropy([1.0], y),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, weight=t.ones(2)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, weight=t.ones(3, 1)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, weight=t.ones(3).double()),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, weight=t.ones(3, dtype=t.int64)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, weight=t.ones(3, requires_grad=True)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, weight=[1, 2, 3]),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, 3),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.ones(2, 3), weight=t.ones(2)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, t.ones(2, 3), ignore_index=1),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, label_smoothing=1.5),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, reduction="avg"),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, reduction=None),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x[0], t.tensor([1, 2])),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x[0], t.tensor(5)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(x[0], t.tensor([[1]])),
    lambda t, x, y, w: t.nn.functional.cross_entropy(t.tensor(1.0), t.tensor(0)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(t.ones(2, 3, 4), t.zeros(2, 3, dtype=t.int64)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(t.ones(2, 3, 4), t.zeros(3, 4, dtype=t.int64)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(t.ones(2, 3, 4), t.zeros(2, dtype=t.int64)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(t.ones(2, 3, 4, 5), t.zeros(2, 4, 6, dtype=t.int64)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(t.ones(2, 3, 4, 5), t.zeros(2, 4, dtype=t.int64)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(t.ones(2, 3, 4), t.zeros(2, 4)),
    lambda t, x, y, w: t.nn.functional.cross_entropy(t.ones(2, 3, dtype=t.int64), y),
    lambda t, x, y, w: (
        t.nn.functional.cross_entropy(x[0], y[:1]),
        t.nn.functional.cross_entropy(x[0], y[:1], reduction="none"),
        t.nn.functional.nll_loss(x[0], y[:1]),
    ),
    lambda t, x, y, w: t.nn.functional.nll_loss(x, t.ones(2, 3)),
    lambda t, x, y, w: t.nn.functional.nll_loss(x, t.ones(2, 1, dtype=t.int64)),
    lambda t, x, y, w: t.nn.functional.nll_loss(x, [0, 1]),
    lambda t, x, y, w: t.nn.functional.nll_loss([0.0], y),
    lambda t, x, y, w: t.nn.functional.nll_loss(t.tensor(1.0), t.tensor(0)),
    lambda t, x, y, w: t.nn.functional.nll_loss(t.ones(2, 3, dtype=t.int64), y),
    lambda t, x, y, w: t.nn.functional.nll_loss(t.ones(2, 3, dtype=t.bool), y),
    lambda t, x, y, w: t.nn.functional.nll_loss(x, y, reduction="x"),
    lambda t, x, y, w: t.nn.CrossEntropyLoss(x, y),
    lambda t, x, y, w: t.nn.CrossEntropyLoss(reduction="avg")(x, y),
    lambda t, x, y, w: t.nn.CrossEntropyLoss(weight=[1.0]),
    lambda t, x, y, w: t.nn.CrossEntropyLoss()(x),
    lambda t, x, y, w: t.nn.CrossEntropyLoss()(x, y, y),
    lambda t, x, y, w: (
        isinstance(t.nn.CrossEntropyLoss(), t.nn.NLLLoss),
        t.nn.CrossEntropyLoss(w).state_dict(),
        t.nn.NLLLoss().state_dict(),
    ),
    lambda t, x, y, w: (
        t.nn.CrossEntropyLoss(size_average=False).reduction,
        t.nn.CrossEntropyLoss().ignore_index,
    ),
]


def told_of_three_classes(program):
    """A program of logits for three classes, their targets and weights tells the same in both libraries."""

    def run(t):
        x = t.tensor([[1.0, 2.0, 3.0], [0.0, -1.0, 0.5]], requires_grad=True)
        return program(t, x, t.tensor([0, 2]), t.tensor([1.0, 2.0, 3.0]))

    tells_the_same(run)


@for_every(MISUSE)
def test_misuse(program):
    told_of_three_classes(program)


DIFFERENT = [
    (
        lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, label_smoothing=-0.1),
        "torch takes a negative smoothing for 0 without a word; we raise",
    ),
    (
        lambda t, x, y, w: t.nn.functional.cross_entropy(x[0], y[:1], label_smoothing=0.1),
        "torch fails on a target of shape [1] here alone; we do not",
    ),
    (
        lambda t, x, y, w: (lambda layer: (layer.backward(), x.grad))(
            t.nn.functional.cross_entropy(x[0], y[:1])
        ),
        "torch's backward fails; ours does not",
    ),
    (
        lambda t, x, y, w: t.nn.functional.cross_entropy(x[:0], t.ones(0, 3)),
        "nan in both; torch makes the nan of an empty batch by a step of its own",
    ),
]


@for_every([pytest.param(f, marks=pytest.mark.xfail(strict=True, reason=why)) for f, why in DIFFERENT])
def test_known_differences(program):
    told_of_three_classes(program)


# -- derivatives ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.25])
@pytest.mark.parametrize("kind", ["classes", "probabilities"])
@pytest.mark.parametrize("shape", [(3, 4), (4,), (2, 3, 2)], ids=str)
def test_first_and_second_derivatives(shape, kind, smoothing, reduction):
    x, target, weight, named = case(shape, reduction, True, 1, smoothing, kind, seed=1)
    x, target, weight = (minigrad.from_numpy(np.array(a)) for a in (x, target, weight))
    inputs = [x.requires_grad_()]
    if kind == "probabilities":
        inputs.append(target.requires_grad_())
    loss = lambda x, *q: minigrad.nn.functional.cross_entropy(x, q[0] if q else target, weight, **named)
    assert gradcheck(loss, inputs)
    assert gradgradcheck(loss, inputs)


def test_hessian_vector_product_of_an_mlp():
    """Through cross-entropy, linear and relu. |Hv| is of the size of the products of at most 4 matrices, whose
    sums over n = 5, 6, 8 each contribute γₙ, the softmax its own bound, once per derivative."""
    rng = np.random.default_rng(0)
    N, D, H, C = 8, 5, 6, 3
    X, Y = rng.standard_normal((N, D)), rng.integers(0, C, N)
    P = [rng.standard_normal(s) / 2 for s in ((H, D), (H,), (C, H), (C,))]
    V = [rng.standard_normal(p.shape) for p in P]
    ours, theirs = (
        hessian_vector(minigrad, grad, X, Y, P, V),
        hessian_vector(torch, torch.autograd.grad, X, Y, P, V),
    )
    sizes = [np.abs(a).max() for a in (X, *P, *V)]
    size = np.prod([1 + s for s in sizes[:1] * 2 + sizes[1:5:2] * 2 + [max(sizes[5:])]]) * N * H * C
    bound = 2 * size * (gamma(2 * (N + D + H + C)) + 2 * log_p_bound(np.array([10.0]), C))
    assert bound < 1e-8  # or it would say nothing
    for a, b in zip(ours, theirs, strict=True):
        close(a, b, bound)


def hessian_vector(t, grad, X, Y, P, V):
    F = t.nn.functional
    w = [t.from_numpy(p.copy()).requires_grad_() for p in P]
    logits = F.linear(F.relu(F.linear(t.from_numpy(X), w[0], w[1])), w[2], w[3])
    first = grad(F.cross_entropy(logits, t.from_numpy(Y)), w, create_graph=True)
    along = sum((g * t.from_numpy(v)).sum() for g, v in zip(first, V, strict=True))
    return grad(along, w)


# -- mean squared error ---------------------------------------------------------------------------------------


@given(
    st.integers(0, 2**32),
    st.sampled_from(["none", "sum", "mean"]),
    st.booleans(),
    st.sampled_from([1, 2, 4, 8]),
)
def test_mse_loss_is_exact(seed, reduction, weighted, n):
    """Quarters of at most 2: a square has 8 bits, a sum of 16 of them 12, and n·2 elements divide exactly."""
    X, Y, W, DZ = dyadics(seed, "float32", 2, 2, (n, 2), (n, 2), (n, 2), (n, 2))
    if weighted and reduction == "mean":
        W = np.full_like(W, 0.5)  # so that Σ w is a power of two

    def run(t):
        x, y, w, dz = (t.from_numpy(a.copy()) for a in (X, Y, W, DZ))
        x.requires_grad_(), y.requires_grad_()
        loss = t.nn.functional.mse_loss(x, y, reduction=reduction, weight=w if weighted else None)
        loss.backward(dz if reduction == "none" else None)
        return [loss, x.grad, y.grad]

    for ours, theirs in zip(run(minigrad), run(torch), strict=True):
        same_bits(ours.detach() + 0.0, theirs.detach() + 0.0)


def test_mse_loss_can_be_differentiated_twice():
    x, y = (minigrad.randn(3, 2, dtype=minigrad.float64).requires_grad_() for _ in range(2))
    for reduction in ("none", "sum", "mean"):
        assert gradgradcheck(
            lambda x, y, how=reduction: minigrad.nn.functional.mse_loss(x, y, reduction=how), (x, y)
        )


MSE = [
    lambda t, z, o, x: (
        t.nn.MSELoss(),
        t.nn.MSELoss(reduction="sum")(z, o),
        t.nn.MSELoss()(z, o),
        t.nn.MSELoss(reduction="none")(z, o),
    ),
    lambda t, z, o, x: t.nn.MSELoss(size_average=False).reduction,
    lambda t, z, o, x: t.nn.MSELoss("avg"),
    lambda t, z, o, x: t.nn.MSELoss(reduction="avg")(z, o),
    lambda t, z, o, x: t.nn.MSELoss(o, o),
    lambda t, z, o, x: t.nn.MSELoss()(o),
    lambda t, z, o, x: t.nn.functional.mse_loss(t.zeros(2, 1), o),
    lambda t, z, o, x: t.nn.functional.mse_loss(t.zeros(3), o),
    lambda t, z, o, x: t.nn.functional.mse_loss(z, o, reduction="avg"),
    lambda t, z, o, x: t.nn.functional.mse_loss(z, o, size_average=False),
    lambda t, z, o, x: t.nn.functional.mse_loss(z, o, reduce=False),
    lambda t, z, o, x: t.nn.functional.mse_loss(z.long(), o.long()),
    lambda t, z, o, x: t.nn.functional.mse_loss(z.bool(), o.bool()),
    lambda t, z, o, x: (
        t.nn.functional.mse_loss(z, o.long()),
        t.nn.functional.mse_loss(z, o.double()),
        t.nn.functional.mse_loss(t.zeros(0), t.ones(0)),
        t.nn.functional.mse_loss(z.half(), o),
    ),
    lambda t, z, o, x: t.nn.functional.mse_loss([1.0], o),
    lambda t, z, o, x: t.nn.functional.mse_loss(o, [1.0]),
    lambda t, z, o, x: t.nn.functional.mse_loss(o, 1.0),
    lambda t, z, o, x: t.nn.functional.mse_loss(o, None),
    lambda t, z, o, x: [
        t.nn.functional.mse_loss(o, z, weight=t.tensor([1.0, 3.0]), reduction=r)
        for r in ("none", "sum", "mean")
    ],
    lambda t, z, o, x: t.nn.functional.mse_loss(o, z, weight=t.ones(1)),
    lambda t, z, o, x: t.nn.functional.mse_loss(o, z, weight=o, reduction="avg"),
    lambda t, z, o, x: (lambda y: (y, y.backward(), x.grad))(t.nn.functional.mse_loss(x, o)),
    lambda t, z, o, x: (lambda y: (y, y.backward(), x.grad))(
        t.nn.functional.mse_loss(x.view(2, 1), o, reduction="sum")
    ),
    lambda t, z, o, x: (lambda y: (y, y.backward(o), x.grad))(
        t.nn.functional.mse_loss(x, o, reduction="none", weight=o)
    ),
    lambda t, z, o, x: (lambda y: (y, y.backward(), x.grad))(t.nn.functional.mse_loss(o, x, weight=o)),
    lambda t, z, o, x: (lambda y: (y.backward(), x.grad, x.grad.dtype))(
        t.nn.functional.mse_loss(x, o.double())
    ),
]


@for_every(MSE)
def test_mse_loss(program):
    tells_the_same(lambda t: program(t, t.zeros(2), t.ones(2), t.zeros(2, requires_grad=True)))
