"""cross_entropy and nll_loss against torch's: every combination of options, values and gradients.

In float64 both libraries are held to the bound below on their distance from each other; the shapes are
small, the bound follows from the number of roundings alone.
"""

import itertools

import numpy as np
import pytest
import torch
from both import dyadics, lines, program, same_bits, tells_the_same
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

EDGES = lines("""
    F.cross_entropy(x, y)
    F.cross_entropy(x, y * 0, ignore_index=0)
    F.cross_entropy(x, y * 0, ignore_index=0, reduction="sum")
    F.cross_entropy(x, y * 0, ignore_index=0, reduction="none")
    F.cross_entropy(x, y * 0, ignore_index=0, label_smoothing=.1)
    F.cross_entropy(x, y * 0, ignore_index=0, label_smoothing=.1, reduction="none")
    F.cross_entropy(x, y, ignore_index=0, label_smoothing=.1, weight=w)
    F.cross_entropy(x, t.tensor([7, 2]), ignore_index=7)
    F.cross_entropy(x, y, weight=t.zeros(3))
    F.cross_entropy(x, y, weight=t.zeros(3), label_smoothing=.1)
    F.cross_entropy(x, y, weight=t.tensor([1., 2., -3.]))
    F.cross_entropy(x * 1e4, y)
    F.cross_entropy(x * 1e4, y, label_smoothing=.1)
    F.cross_entropy(x + t.tensor([float("inf"), 0., 0.]), y)
    F.cross_entropy(x - t.tensor([0., float("inf"), 0.]), y)
    F.cross_entropy(x - t.tensor([float("inf"), 0., 0.]), y)
    F.cross_entropy(x * t.tensor([float("nan"), 1., 1.]), y)
    F.cross_entropy(x - t.tensor([0., float("inf"), 0.]), y, label_smoothing=.1)
    F.cross_entropy(x - t.tensor([0., float("inf"), 0.]), t.tensor([[1., 0., 0.]] * 2))
    F.cross_entropy(x[:0], y[:0])
    F.cross_entropy(x[:0], y[:0], reduction="sum")
    F.cross_entropy(x[:0], y[:0], reduction="none")
    F.cross_entropy(x[:0], y[:0], label_smoothing=.1)
    F.cross_entropy(x[:, :0], y)
    F.cross_entropy(x, y.byte())
    F.cross_entropy(x, t.tensor([[-1., 2., 3.]] * 2))
    F.cross_entropy(x[0], y[0], w, label_smoothing=.1)
    F.cross_entropy(x, y, size_average=False)
    F.cross_entropy(x, y, reduce=False)
    F.cross_entropy(x, y, size_average=True, reduce=True)
    F.nll_loss(x, y, w, reduction="none")
    F.nll_loss(x[:0], y[:0])
    nn.NLLLoss(w)(x, y)
    nn.NLLLoss(ignore_index=2)(x, y)
    nn.CrossEntropyLoss(None, None, 0, None, "sum", .1)(x, y)
    nn.CrossEntropyLoss(w).double()(x.double(), y)
    nn.CrossEntropyLoss(reduce=False)(x, y)
""")


@pytest.mark.parametrize("source", EDGES)
def test_edges(source):
    def run(t):
        x = t.tensor([[1.0, 2.0, 3.0], [0.0, -1.0, 0.5]], requires_grad=True)
        names = {"x": lambda t: x, "y": lambda t: t.tensor([0, 2]), "w": lambda t: t.tensor([1.0, 2.0, 3.0])}
        loss = program(source, **names)(t)
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

MISUSE = lines("""
    F.cross_entropy(x, t.tensor([0, 3]))
    F.cross_entropy(x, t.tensor([0, -1]))
    F.cross_entropy(x, t.tensor([0]))
    F.cross_entropy(x, t.tensor(1))
    F.cross_entropy(x, t.tensor(1.))
    F.cross_entropy(x, t.tensor([[0], [1]]))
    F.cross_entropy(x, t.tensor([[0.], [1.]]))
    F.cross_entropy(x, t.ones(2, 2))
    F.cross_entropy(x, t.ones(3, 2))
    F.cross_entropy(x, t.ones(3))
    F.cross_entropy(x, t.ones(2))
    F.cross_entropy(x, y.int())
    F.cross_entropy(x, y.to(t.int16))
    F.cross_entropy(x, y.to(t.int8))
    F.cross_entropy(x, y.bool())
    F.cross_entropy(x, y.half())
    F.cross_entropy(x, t.ones(2, 3, dtype=t.int64))
    F.cross_entropy(x, t.ones(2, 3, dtype=t.bool))
    F.cross_entropy(x, [0, 1])
    F.cross_entropy(x, np.array([0, 1]))
    F.cross_entropy(x, None)
    F.cross_entropy([1.], y)
    F.cross_entropy(x)
    F.cross_entropy(x, y, weight=t.ones(2))
    F.cross_entropy(x, y, weight=t.ones(3, 1))
    F.cross_entropy(x, y, weight=t.ones(3).double())
    F.cross_entropy(x, y, weight=t.ones(3, dtype=t.int64))
    F.cross_entropy(x, y, weight=t.ones(3, requires_grad=True))
    F.cross_entropy(x, y, weight=[1, 2, 3])
    F.cross_entropy(x, y, 3)
    F.cross_entropy(x, t.ones(2, 3), weight=t.ones(2))
    F.cross_entropy(x, t.ones(2, 3), ignore_index=1)
    F.cross_entropy(x, y, label_smoothing=1.5)
    F.cross_entropy(x, y, reduction="avg")
    F.cross_entropy(x, y, reduction=None)
    F.cross_entropy(x[0], t.tensor([1, 2]))
    F.cross_entropy(x[0], t.tensor(5))
    F.cross_entropy(x[0], t.tensor([[1]]))
    F.cross_entropy(t.tensor(1.), t.tensor(0))
    F.cross_entropy(t.ones(2, 3, 4), t.zeros(2, 3, dtype=t.int64))
    F.cross_entropy(t.ones(2, 3, 4), t.zeros(3, 4, dtype=t.int64))
    F.cross_entropy(t.ones(2, 3, 4), t.zeros(2, dtype=t.int64))
    F.cross_entropy(t.ones(2, 3, 4, 5), t.zeros(2, 4, 6, dtype=t.int64))
    F.cross_entropy(t.ones(2, 3, 4, 5), t.zeros(2, 4, dtype=t.int64))
    F.cross_entropy(t.ones(2, 3, 4), t.zeros(2, 4))
    F.cross_entropy(t.ones(2, 3, dtype=t.int64), y)
    F.cross_entropy(x[0], y[:1]), F.cross_entropy(x[0], y[:1], reduction="none"), F.nll_loss(x[0], y[:1])
    F.nll_loss(x, t.ones(2, 3))
    F.nll_loss(x, t.ones(2, 1, dtype=t.int64))
    F.nll_loss(x, [0, 1])
    F.nll_loss([0.], y)
    F.nll_loss(t.tensor(1.), t.tensor(0))
    F.nll_loss(t.ones(2, 3, dtype=t.int64), y)
    F.nll_loss(t.ones(2, 3, dtype=t.bool), y)
    F.nll_loss(x, y, reduction="x")
    nn.CrossEntropyLoss(x, y)
    nn.CrossEntropyLoss(reduction="avg")(x, y)
    nn.CrossEntropyLoss(weight=[1.])
    nn.CrossEntropyLoss()(x)
    nn.CrossEntropyLoss()(x, y, y)
    isinstance(nn.CrossEntropyLoss(), nn.NLLLoss), nn.CrossEntropyLoss(w).state_dict(), nn.NLLLoss().state_dict()
    nn.CrossEntropyLoss(size_average=False).reduction, nn.CrossEntropyLoss().ignore_index
""")


@pytest.mark.parametrize("source", MISUSE)
def test_misuse(source):
    x = lambda t: t.tensor([[1.0, 2.0, 3.0], [0.0, -1.0, 0.5]], requires_grad=True)
    tells_the_same(program(source, x=x, y=lambda t: t.tensor([0, 2]), w=lambda t: t.tensor([1.0, 2.0, 3.0])))


DIFFERENT = {
    "F.cross_entropy(x, y, label_smoothing=-.1)": "torch takes a negative smoothing for 0 without a word; we raise",
    "F.cross_entropy(x[0], y[:1], label_smoothing=.1)": "torch fails on a target of shape [1] here alone; we do not",
    "(lambda l: (l.backward(), x.grad))(F.cross_entropy(x[0], y[:1]))": "torch's backward fails; ours does not",
    "F.cross_entropy(x[:0], t.ones(0, 3))": "nan in both; torch makes the nan of an empty batch by a step of its own",
}


@pytest.mark.parametrize(
    "source",
    [pytest.param(s, marks=pytest.mark.xfail(strict=True, reason=why)) for s, why in DIFFERENT.items()],
)
def test_known_differences(source):
    test_misuse(source)


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


MSE = lines("""
    nn.MSELoss(), nn.MSELoss(reduction="sum")(z, o), nn.MSELoss()(z, o), nn.MSELoss(reduction="none")(z, o)
    nn.MSELoss(size_average=False).reduction
    nn.MSELoss("avg")
    nn.MSELoss(reduction="avg")(z, o)
    nn.MSELoss(o, o)
    nn.MSELoss()(o)
    F.mse_loss(t.zeros(2, 1), o)
    F.mse_loss(t.zeros(3), o)
    F.mse_loss(z, o, reduction="avg")
    F.mse_loss(z, o, size_average=False)
    F.mse_loss(z, o, reduce=False)
    F.mse_loss(z.long(), o.long())
    F.mse_loss(z.bool(), o.bool())
    F.mse_loss(z, o.long()), F.mse_loss(z, o.double()), F.mse_loss(t.zeros(0), t.ones(0)), F.mse_loss(z.half(), o)
    F.mse_loss([1.], o)
    F.mse_loss(o, [1.])
    F.mse_loss(o, 1.)
    F.mse_loss(o, None)
    [F.mse_loss(o, z, weight=t.tensor([1., 3.]), reduction=r) for r in ("none", "sum", "mean")]
    F.mse_loss(o, z, weight=t.ones(1))
    F.mse_loss(o, z, weight=o, reduction="avg")
    (lambda y: (y, y.backward(), x.grad))(F.mse_loss(x, o))
    (lambda y: (y, y.backward(), x.grad))(F.mse_loss(x.view(2, 1), o, reduction="sum"))
    (lambda y: (y, y.backward(o), x.grad))(F.mse_loss(x, o, reduction="none", weight=o))
    (lambda y: (y, y.backward(), x.grad))(F.mse_loss(o, x, weight=o))
    (lambda y: (y.backward(), x.grad, x.grad.dtype))(F.mse_loss(x, o.double()))
""")


@pytest.mark.parametrize("source", MSE)
def test_mse_loss(source):
    def run(t):
        names = {"z": t.zeros(2), "o": t.ones(2), "x": t.zeros(2, requires_grad=True)}
        return program(source, **{name: lambda t, value=value: value for name, value in names.items()})(t)

    tells_the_same(run)
