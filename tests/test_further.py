"""Functions that are imported at their first use: trapezoid, quantile, cov, heaviside and their kin."""

import pytest
import torch
from both import for_every, tells_the_same

import minigrad

NAN = float("nan")
INF = float("inf")


def gradient(t, program, *inputs):
    """The value, and the gradients of the sum of its square."""
    inputs = [x.double().requires_grad_() for x in inputs]
    z = program(*inputs)
    z.square().sum().backward()
    return z.detach(), [x.grad for x in inputs]


def table(t):
    return t.tensor([[3.0, -1.0, 2.0], [0.0, 4.0, 4.0]])


def row(t):
    return t.tensor([1.0, 2.0, 4.0])


def special(t):
    return t.tensor([-INF, -2.0, -0.0, 0.0, 1.0, INF, NAN])


EXACT = [
    lambda t: gradient(t, lambda y: t.trapezoid(y), table(t)),
    lambda t: gradient(t, lambda y: t.trapz(y, dx=0.5, dim=0), table(t)),
    lambda t: gradient(t, lambda y, x: t.trapezoid(y, x), table(t), row(t)),
    lambda t: gradient(t, lambda y, x: t.trapezoid(y, x), table(t), table(t) * 2),
    lambda t: gradient(t, lambda y, x: t.cumulative_trapezoid(y, x, dim=0), table(t), row(t)[:2]),
    lambda t: gradient(t, lambda y: t.cumulative_trapezoid(y, dx=3), table(t)),
    lambda t: [t.trapezoid(t.ones(0)), t.trapezoid(t.ones(1)), t.cumulative_trapezoid(t.ones(1))],
    lambda t: [t.trapezoid(t.arange(4)), t.trapezoid(t.arange(3), t.arange(3)), t.cumulative_trapezoid(t.arange(3))],
    lambda t: t.trapezoid(t.ones(3), t.ones(2)),
    lambda t: t.trapezoid(t.ones(3) > 0),
    lambda t: t.cumulative_trapezoid(t.ones(3), t.ones(3) > 0),
    lambda t: t.trapezoid(t.ones(3), dim=1),
    lambda t: gradient(t, lambda x: t.quantile(x, 0.5), table(t)),
    lambda t: gradient(t, lambda x: t.quantile(x, t.tensor([0.25, 0.75, 1.0]).double(), dim=0, keepdim=True), table(t)),
    lambda t: [t.quantile(table(t), t.tensor([0.25, 1.0]), 1, interpolation=how)
               for how in ("linear", "lower", "higher", "midpoint", "nearest")],
    lambda t: [t.quantile(special(t), 0.5), t.nanquantile(special(t), 0.5), t.nanquantile(t.full((2,), NAN), 0.5)],
    lambda t: t.nanquantile(t.tensor([[1.0, NAN, 3.0], [NAN, NAN, 2.0]]), t.tensor([0.5]), dim=1),
    lambda t: [t.quantile(table(t), 0.5, keepdim=True), t.quantile(t.tensor(3.0), 0.5)],
    lambda t: t.quantile(table(t), 1.5),
    lambda t: t.quantile(table(t), t.tensor([1.5])),
    lambda t: t.quantile(table(t), t.tensor([0.5]).double()),
    lambda t: t.quantile(table(t), t.ones(1, 1)),
    lambda t: t.quantile(t.arange(3), 0.5),
    lambda t: t.quantile(t.ones(0), 0.5),
    lambda t: t.quantile(table(t), 0.5, interpolation="cubic"),
    lambda t: [*t.kthvalue(table(t), 2), *t.kthvalue(table(t), 1, 0, True), *t.kthvalue(t.tensor(3.0), 1)],
    lambda t: gradient(t, lambda x: t.kthvalue(x, 2).values, table(t)),
    lambda t: t.kthvalue(table(t), 4),
    lambda t: [*t.cummax(table(t), 1), *t.cummin(table(t), 0), *t.cummax(special(t), 0), *t.cummin(t.arange(3), -1)],
    lambda t: [str(t.kthvalue(row(t), 2)), str(t.cummax(row(t), 0)), str(t.cummin(row(t), 0))],
    lambda t: gradient(t, lambda x: t.cummax(x, 1)[0], table(t)),
    lambda t: gradient(t, lambda x: t.cummin(x, 1).values, table(t)),
    lambda t: t.cummax(table(t), 2),
    lambda t: [t.msort(table(t)), t.msort(t.tensor([3, 1, 2]))],
    lambda t: gradient(t, lambda x: t.cov(x), table(t)[:, 1:]),
    lambda t: [t.cov(row(t)[:2]), t.cov(table(t)[:, 1:], correction=0), t.cov(t.tensor(3.0))],
    lambda t: t.cov(table(t)[:, 1:], fweights=t.tensor([1, 3])),
    lambda t: t.cov(table(t)[:, 1:], correction=0, aweights=t.tensor([1.0, 3.0])),
    lambda t: t.cov(table(t)[:, 1:], aweights=t.tensor([1.0, 1.0])),
    lambda t: t.cov(t.ones(2, 2, 2)),
    lambda t: t.cov(table(t) > 0),
    lambda t: t.cov(table(t), fweights=t.ones(3)),
    lambda t: t.cov(table(t), fweights=t.tensor([1, 2])),
    lambda t: t.cov(table(t), aweights=t.tensor([-1.0, 1.0, 1.0])),
    lambda t: [t.corrcoef(t.tensor([[1.0, 3.0], [2.0, -2.0]])), t.corrcoef(row(t))],
    lambda t: t.corrcoef(t.ones(2, 2, 2)),
    lambda t: t.unique_consecutive(t.tensor([1, 1, 2, 2, 3, 1]), return_inverse=True, return_counts=True),
    lambda t: [t.unique_consecutive(table(t)), t.unique_consecutive(t.ones(0)), t.unique_consecutive(special(t))],
    lambda t: t.unique_consecutive(t.tensor([[1, 1, 2], [1, 1, 2]]), True, True, dim=0),
    lambda t: t.unique_consecutive(t.tensor([[1, 1, 2], [1, 1, 3]]), return_counts=True, dim=1),
    lambda t: [t.heaviside(special(t), t.tensor(0.5)), t.heaviside(t.tensor([-1, 0, 2]), t.tensor([5, 6, 7]))],
    lambda t: t.heaviside(special(t), t.tensor(1)),
    lambda t: gradient(t, lambda x: t.heaviside(x, t.ones(1).double()), row(t)),
    lambda t: [f(special(t), t.tensor(0.5)) for f in (t.fmax, t.fmin)],
    lambda t: [f(special(t), t.tensor(NAN)) for f in (t.fmax, t.fmin)],
    lambda t: gradient(t, lambda x, y: t.fmax(x, y), row(t), table(t)),
    lambda t: [t.signbit(special(t)[:6]), t.signbit(t.arange(-1, 2)), t.isposinf(special(t)), t.isneginf(special(t))],
    lambda t: [t.isreal(special(t)), t.isposinf(t.arange(2))],
    lambda t: [t.gcd(t.tensor([12, 0, -8]), t.tensor(18)), t.lcm(t.tensor([4, 0]), t.tensor([6, 3]))],
    lambda t: t.gcd(row(t), row(t)),
    lambda t: [t.vander(row(t)), t.vander(row(t), 2), t.vander(t.arange(3), 4, True), t.vander(row(t), N=1)],
    lambda t: t.vander(table(t)),
    lambda t: t.vander(row(t), -1),
    lambda t: gradient(t, lambda x: t.diagflat(x, 1), table(t)),
    lambda t: [t.hsplit(table(t), 3), t.hsplit(row(t), [1]), t.vsplit(table(t), 2), t.dsplit(t.ones(1, 1, 4), (1, 2))],
    lambda t: t.hsplit(table(t), 2),
    lambda t: t.vsplit(row(t), 1),
    lambda t: t.dsplit(table(t), 1),
    lambda t: t.vsplit(table(t), 0),
    lambda t: gradient(t, lambda x, y: t.select_scatter(x, y, 0, 1), table(t), row(t)),
    lambda t: gradient(t, lambda x, y: t.slice_scatter(x, y.reshape(1, 3), 0, 1), table(t), row(t)),
    lambda t: gradient(t, lambda x, y: t.slice_scatter(x, y[:2].reshape(2, 1), 1, step=3), table(t), row(t)),
    lambda t: gradient(t, lambda x, y: t.diagonal_scatter(x, y[:2], 1), table(t), row(t)),
    lambda t: t.select_scatter(table(t), t.ones(2), 0, 0),
    lambda t: t.diagonal_scatter(table(t), t.ones(3)),
]  # fmt: skip


@for_every(EXACT)
def test_functions_tell_the_same(program):
    tells_the_same(program)


ROUNDED = {
    "cov": lambda t, x: t.cov(
        x.reshape(2, 5), aweights=t.arange(5).to(x.dtype) + 1, fweights=t.tensor([1, 2, 1, 3, 1])
    ),
    "corrcoef": lambda t, x: t.corrcoef(x.reshape(2, 5)),
    "quantile": lambda t, x: t.quantile(x, 0.3),
}  # fmt: skip


@pytest.mark.parametrize("name", ROUNDED)
def test_values_and_gradients_are_near(name):
    """Each is a few steps, which round to 1e-16 of numbers below 100."""
    values = [-3.0, -1.5, -0.7, -0.2, 0.1, 0.4, 0.9, 1.3, 2.2, 3.1]

    def computed(t):
        x = t.tensor(values, dtype=t.float64, requires_grad=True)
        z = ROUNDED[name](t, x)
        (dx,) = t.autograd.grad(z.sin().sum(), x, create_graph=True)
        (ddx,) = t.autograd.grad(dx.sum(), x)
        return z.tolist(), dx.tolist(), ddx.tolist()

    for one, other in zip(computed(minigrad), computed(torch), strict=True):
        assert torch.allclose(torch.tensor(one), torch.tensor(other), rtol=1e-12, atol=1e-12)
