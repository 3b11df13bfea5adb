"""Overflow, nan and division by zero: NumPy warns of them, PyTorch does not, and nor does minigrad."""

import math

import numpy as np
from both import for_every, last, matrix, tells_the_same


def in_place_overflow(t, x):
    y = t.tensor([1e38])
    y *= 1e38
    z = t.tensor([1.0, 0.0])
    z /= 0
    w = t.tensor([1000.0])
    w.exp_()
    w.sub_(w)
    return (y, z, w, t.tensor([-1.0, 0.0]).log_())


def numbers_too_large_for_their_type(t, x):
    y = t.tensor([1.0])
    y.copy_(t.tensor([1e300], dtype=t.float64))
    y[0] = t.tensor(1e300, dtype=t.float64)
    return y


QUIET = [
    lambda t, x: (
        t.exp(t.tensor([1e4])),
        t.log(t.tensor([-1.0, 0.0])),
        t.sqrt(t.tensor([-1.0])),
        t.zeros(2) / 0,
        t.tensor([1, 0]) / 0,
        t.zeros(1).reciprocal(),
    ),
    lambda t, x: (
        t.tensor([math.inf]) - math.inf,
        t.tensor([math.inf]) * 0,
        t.tensor([1e38]) * 1e38,
        t.tensor([3e38, 3e38]).sum(),
        t.tensor([3e38, 3e38]).mean(),
    ),
    lambda t, x: (
        t.tensor([-1.0]) ** 0.5,
        t.tensor([0.0]) ** -1,
        t.tensor([10.0]) ** 40,
        t.tensor([1e200], dtype=t.float64) ** 2,
        t.tensor([2]) ** 70,
        0.0 ** t.tensor([-1.0]),
    ),
    lambda t, x: (
        t.tensor([60000.0]).half() * 2,
        t.tensor([70000.0]).half(),
        t.tensor([1e300], dtype=t.float64).float(),
        t.tensor([1e39]),
        t.ones(1) * 1e39,
        t.tensor(1e39),
    ),
    lambda t, x: (
        t.tensor([math.nan, math.inf, 1e10]).long(),
        t.tensor([math.nan, 1e10]).int(),
        t.tensor(np.array([math.nan, 1e20]), dtype=t.int64),
        t.tensor([math.nan]).bool(),
    ),
    lambda t, x: (
        t.tensor([math.nan, 1.0]) > 0,
        t.tensor([math.nan]).max(),
        t.tensor([math.nan, 1.0]).argmax(),
        t.maximum(t.tensor([math.nan]), t.ones(1)),
        t.tensor([math.nan]).clamp(0, 1),
    ),
    lambda t, x: (
        t.zeros(0).mean(),
        t.zeros(0, 3).mean(0),
        t.tensor([math.inf, -math.inf]).sum(),
        t.tensor([math.inf]).softmax(0),
        t.tensor([-math.inf]).logsumexp(0),
    ),
    lambda t, x: (
        t.full((2, 2), 1e30) @ t.full((2, 2), 1e30),
        t.full((2, 2), math.inf) @ t.zeros(2, 2),
        t.nn.functional.linear(t.full((1, 2), 1e30), t.full((1, 2), 1e30)),
    ),
    lambda t, x: (
        t.sigmoid(t.tensor([-1e5, 1e5])),
        t.tanh(t.tensor([1e5])),
        t.allclose(t.tensor([math.inf]), t.tensor([math.inf])),
        t.logsumexp(t.tensor([1e38, 1e38]) * 10, 0),
    ),
    lambda t, x: (
        t.ones(1) % 0,
        t.tensor([1e38] * 4).var(),
        t.tensor([math.inf, 1.0]).std(),
        t.tensor([3e38, 10.0]).prod(),
    ),
    in_place_overflow,
    numbers_too_large_for_their_type,
    lambda t, x: last(y := t.arange(2), y.copy_(t.tensor([math.nan, 1e30])), y),
    lambda t, x: last(
        y := t.tensor([1000.0, 1.0], requires_grad=True), (t.exp(y) / t.exp(y).sum()).sum().backward(), y.grad
    ),
    lambda t, x: last(
        y := t.tensor([0.0, -1.0], requires_grad=True),
        (y.log() + y.sqrt() + 1 / y + y**-0.5 + y / y).sum().backward(),
        y.grad,
    ),
    lambda t, x: last(y := t.tensor([0.0, 1e30], requires_grad=True), (y**3 + 2**y).sum().backward(), y.grad),
    lambda t, x: last(
        y := t.tensor([math.nan, 1.0], requires_grad=True),
        (y.max() + y.relu().sum() + y.clamp(0, 1).sum()).backward(),
        y.grad,
    ),
    lambda t, x: last(y := t.tensor([60000.0], requires_grad=True), (y.half() * 70000.0).backward(), y.grad),
    lambda t, x: last(
        y := t.tensor([1e200], requires_grad=True, dtype=t.float64), (y.float() * 2 + y**3).backward(), y.grad
    ),
    lambda t, x: last(y := t.zeros(0, requires_grad=True), y.mean().backward(), y.grad),
    lambda t, x: last(
        y := t.tensor([0.0], requires_grad=True),
        z := t.autograd.grad(y.sqrt().sum(), y, create_graph=True)[0],
        t.autograd.grad(z.sum(), y),
    ),
    lambda t, x: last(
        y := t.tensor([[-math.inf, 0.0]], requires_grad=True),
        t.nn.functional.cross_entropy(y, t.tensor([0])).backward(),
        y.grad,
    ),
    lambda t, x: last(
        y := t.tensor([[math.inf, 0.0]], requires_grad=True),
        t.nn.functional.cross_entropy(y, t.tensor([[0.5, 0.5]])).backward(),
        y.grad,
    ),
    lambda t, x: last(
        y := t.zeros(2, 3, requires_grad=True),
        t.nn.functional.cross_entropy(y, t.zeros(2).long(), ignore_index=0).backward(),
        y.grad,
    ),
    lambda t, x: last(
        y := t.tensor([3e38], requires_grad=True),
        (y * 1).backward(t.tensor([3e38])),
        (y * 1).backward(t.tensor([3e38])),
        y.grad,
    ),
    lambda t, x: last(
        y := t.tensor([1e30], requires_grad=True),
        o := t.optim.SGD([y], lr=1e30, momentum=0.9, weight_decay=1e20, nesterov=True),
        (y * y).sum().backward(),
        o.step(),
        o.step(),
        y,
    ),
    lambda t, x: last(
        y := t.tensor([1e30], requires_grad=True),
        o := t.optim.SGD([y], lr=1e30, maximize=True),
        (y * y).sum().backward(),
        o.step(),
        y,
    ),
    lambda t, x: last(
        m := t.nn.Linear(2, 1),
        m(t.full((1, 2), 1e38) * 1e5).sum().backward(),
        [p.grad for p in m.parameters()],
    ),
    lambda t, x: (
        repr(t.tensor([1e300, math.nan, -math.inf], dtype=t.float64)),
        repr(t.tensor([1e-45, 3e38])),
        repr(t.tensor([6e4, 6e-8]).half()),
    ),
]


@for_every(QUIET)
def test_numbers_out_of_range_come_without_a_warning(program):
    tells_the_same(lambda t: program(t, matrix(t)))
