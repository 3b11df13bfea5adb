"""torch.nn as a whole: its names and signatures, first weights bit for bit, and layers that are exact."""

import inspect
import itertools
import operator

import pytest
import torch
from both import BITS, DTYPES, SEEDS, dyadics, mlp_budget, same_bits
from hypothesis import given
from hypothesis import strategies as st

import minigrad

SPACES = ["nn", "nn.modules", "nn.functional", "nn.init", "nn.utils", "nn.parameter", "optim"]


@pytest.mark.parametrize("space", SPACES)
def test_nothing_leaks_and_every_signature_is_torchs(space):
    ours, theirs = (operator.attrgetter(space)(t) for t in (minigrad, torch))
    for name in ours.__all__:
        # of the two functions between which return_indices chooses in torch, one has the parameters
        of_torch = getattr(theirs, f"{name}_with_indices", getattr(theirs, name))
        for one, other in callables(getattr(ours, name), of_torch):
            assert parameters(one) == parameters(other), one


def callables(ours, theirs):
    """A function and torch's; of a class its methods and torch's, but for what it has of Tensor or of Python."""
    if not inspect.isclass(ours):
        return [(ours, theirs)] if inspect.isfunction(theirs) else []
    classes = [c for c in ours.__mro__ if not issubclass(minigrad.nn.Parameter, c)]
    names = {
        n for c in classes for n, v in vars(c).items() if inspect.isfunction(v) and not n.startswith("_")
    }
    names = {
        n for n in names if not inspect.ismethoddescriptor(getattr(theirs, n))
    }  # C++ has no signature to read
    own = ours.__init__ not in (minigrad.nn.Module.__init__, minigrad.nn.Parameter.__init__)
    made = ["__init__"] if own else []  # torch's Module and Parameter are made in ways of their own
    return [(getattr(ours, name), getattr(theirs, name)) for name in (*sorted(names), *made)]


def parameters(function):
    given = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, getattr(p.default, "__name__", p.default)) for p in given]


# -- the seeded tier: bit for bit -----------------------------------------------------------------------------


@pytest.mark.seeded("uniform", "rand")
@given(SEEDS, st.integers(1, 40), st.integers(1, 40), st.booleans(), DTYPES)
def test_linear_begins_with_torchs_numbers(seed, n, m, bias, dtype):
    def made(t):
        t.manual_seed(seed)
        layer = t.nn.Linear(n, m, bias=bias, dtype=getattr(t, dtype))
        first = [p.detach().clone() for p in layer.parameters()]
        layer.reset_parameters()
        return [*first, *layer.parameters(), t.rand(3)]

    for ours, theirs in zip(made(minigrad), made(torch), strict=True):
        same_bits(ours, theirs)


@pytest.mark.seeded("uniform", "bernoulli")
@given(SEEDS, st.lists(st.integers(1, 20), min_size=2, max_size=5))
def test_whole_models_begin_alike(seed, sizes):
    def made(t):
        t.manual_seed(seed)
        net = t.nn.Sequential(*(t.nn.Linear(n, m) for n, m in itertools.pairwise(sizes)), t.nn.Dropout())
        return [*net.state_dict().values(), net[-1](t.ones(40))]

    for ours, theirs in zip(made(minigrad), made(torch), strict=True):
        same_bits(ours, theirs)


@pytest.mark.seeded("uniform")
def test_the_tutorials_model_begins_alike():
    for ours, theirs in zip(*(seeded_tutorial(t) for t in (minigrad, torch)), strict=True):
        same_bits(ours, theirs)


def seeded_tutorial(t):
    t.manual_seed(0)
    return list(t.nn.Sequential(t.nn.Linear(784, 100), t.nn.ReLU(), t.nn.Linear(100, 10)).parameters())


@pytest.mark.seeded("bernoulli", "rand")
@given(SEEDS, st.floats(0, 1), st.lists(st.integers(0, 30), max_size=2), DTYPES)
def test_dropout_masks(seed, p, shape, dtype):
    def dropped(t):
        t.manual_seed(seed)
        x = t.ones(*shape, dtype=getattr(t, dtype)) if shape else t.tensor(1.0, dtype=getattr(t, dtype))
        x.requires_grad_()
        y = t.nn.Dropout(p)(x * 1)
        y.sum().backward()
        return y, x.grad, t.rand(1)

    for ours, theirs in zip(dropped(minigrad), dropped(torch), strict=True):
        same_bits(ours, theirs)


@pytest.mark.seeded("bernoulli")
@pytest.mark.parametrize("name", ["dropout", "dropout1d"])
def test_the_gradient_of_dropout_can_be_differentiated_again(name):
    def second(t):
        t.manual_seed(0)
        x = t.arange(12.0).reshape(3, 4).requires_grad_()
        y = getattr(t.nn.functional, name)(x, 0.5, True)
        (dx,) = t.autograd.grad(y.square().sum(), x, create_graph=True)
        dx.square().sum().backward()
        return x.grad

    same_bits(second(minigrad), second(torch))


# -- the exact tier: on dyadic data no rounding can happen ----------------------------------------------------


@given(
    st.integers(0, 2**32),
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(1, 4),
    st.integers(0, 8),
    DTYPES,
    st.booleans(),
)
def test_linear_and_relu_are_exact(seed, D, H, C, N, dtype, bias):
    assert mlp_budget(8, 8, 4, 8, 2, 2) <= BITS["float32"]  # a theorem about the strategy, not an assumption
    X, DZ, *P = dyadics(seed, dtype, 2, 2, (N, D), (N, C), (H, D), (H,), (C, H), (C,))

    def run(t):
        x, dz = (t.from_numpy(a.copy()).requires_grad_() for a in (X, DZ))
        net = t.nn.Sequential(
            t.nn.Linear(D, H, bias, dtype=getattr(t, dtype)),
            t.nn.ReLU(),
            t.nn.Linear(H, C, bias, dtype=getattr(t, dtype)),
        )
        arrays = P if bias else [P[0], P[2]]
        net.load_state_dict(
            {k: t.from_numpy(a.copy()) for k, a in zip(net.state_dict(), arrays, strict=True)}
        )
        y = net(x)
        loss = (y * dz).sum()
        loss.backward()
        return [y, loss, x.grad, dz.grad, *(p.grad for p in net.parameters())]

    for ours, theirs in zip(run(minigrad), run(torch), strict=True):
        assert ours.dtype.itemsize == theirs.dtype.itemsize
        same_bits(
            ours.detach() + 0.0, theirs.detach() + 0.0
        )  # + 0.0: the sign of a zero may differ in a product


def test_linear_of_the_tutorials_width_is_exact():
    assert mlp_budget(784, 100, 10, 16, 1, 1) <= BITS["float64"]
    X, W1, b1, W2, b2, DZ = dyadics(
        0, "float64", 1, 1, (16, 784), (100, 784), (100,), (10, 100), (10,), (16, 10)
    )

    def run(t):
        F = t.nn.functional
        w = [t.from_numpy(a.copy()).requires_grad_() for a in (W1, b1, W2, b2)]
        (F.linear(F.relu(F.linear(t.from_numpy(X), *w[:2])), *w[2:]) * t.from_numpy(DZ)).sum().backward()
        return [p.grad for p in w]

    for ours, theirs in zip(run(minigrad), run(torch), strict=True):
        same_bits(ours + 0.0, theirs + 0.0)


@given(st.integers(0, 2**32), st.lists(st.integers(1, 3), min_size=0, max_size=3), DTYPES, st.booleans())
def test_linear_of_any_number_of_dimensions_is_exact(seed, batch, dtype, bias):
    X, W, b, DZ = dyadics(seed, dtype, 2, 2, (*batch, 4), (3, 4), (3,), (*batch, 3))

    def run(t):
        x, w, v = (t.from_numpy(a.copy()).requires_grad_() for a in (X, W, b))
        y = t.nn.functional.linear(x, w, v if bias else None)
        y.backward(t.from_numpy(DZ))
        return [y, x.grad, w.grad, *([v.grad] if bias else [])]

    for ours, theirs in zip(run(minigrad), run(torch), strict=True):
        same_bits(ours.detach() + 0.0, theirs.detach() + 0.0)
