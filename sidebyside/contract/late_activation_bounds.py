"""How rounding errors pass through PyTorch's kernels of the activations of fewer programs."""

from __future__ import annotations

import numpy as np

from minigrad.nn.later.activation_ops import SIXTH
from sidebyside.contract.activation_bounds import choose, number, sigmoid, softplus
from sidebyside.contract.balls import Ball
from sidebyside.contract.kernel_bounds import bound, joined, part
from sidebyside.contract.pool3d_bounds import BOUNDS

__all__ = ["BOUNDS"]


@bound("mish")
def _mish(call, x):
    x = call.ball(x)
    return x.scaled(softplus(x).rounded().tanh()).rounded()


@bound("mish_backward")
def _mish_backward(call, dz, x):
    dz, x, one = call.ball(dz), call.ball(x), number(call.ball(x), 1)
    t, s = softplus(x).rounded().tanh().rounded(), sigmoid(x).rounded(units=8)
    return dz.scaled(t + x.scaled(s).scaled(one - t.scaled(t))).rounded(units=2)


def _sixth(x):
    """min(max(x + 3, 0), 6)"""
    return (x + number(x, 3)).lipschitz(lambda c: np.clip(c, 0, 6))


@bound("hardswish")
def _hardswish(call, x):
    x = call.ball(x)
    return x.scaled(_sixth(x)) / number(x, 6)


@bound("hardswish_backward")
def _hardswish_backward(call, dz, x):
    dz, x = call.ball(dz), call.ball(x)
    slope = x / number(x, 3) + number(x, 0.5)
    inner = choose(x, np.less, number(x, 3), dz.scaled(slope), dz)
    return choose(x, np.less_equal, number(x, -3), number(x, 0), inner)


@bound("hardsigmoid")
def _hardsigmoid(call, x):
    x = call.ball(x)
    return _sixth(x) / number(x, 6)


@bound("hardsigmoid_backward")
def _hardsigmoid_backward(call, dz, x):
    dz, x, nought = call.ball(dz), call.ball(x), number(call.ball(x), 0)
    inner = choose(x, np.less, number(x, 3), dz.scaled(number(x, SIXTH)), nought)
    return choose(x, np.greater, number(x, -3), inner, nought)


def _shrunk(z, x, lambd):
    return choose(x.lipschitz(np.abs), np.less_equal, number(x, lambd), number(z, 0), z)


@bound("hardshrink")
def _hardshrink(call, x, lambd=0.5):
    return _shrunk(call.ball(x), call.ball(x), lambd)


@bound("softshrink")
def _softshrink(call, x, lambd=0.5):
    x = call.ball(x)
    limit = number(x, lambd)
    inner = choose(x, np.greater, number(x, 0), x - limit, x + limit)
    return _shrunk(inner, x, lambd)


@bound("hardshrink_backward", "softshrink_backward")
def _shrink_backward(call, dz, x, lambd):
    return _shrunk(call.ball(dz), call.ball(x), lambd)


@bound("threshold")
def _threshold(call, x, threshold, value):
    x = call.ball(x)
    return choose(x, np.less_equal, number(x, threshold), number(x, value), x)


@bound("celu")
def _celu(call, x, alpha=1.0):
    return BOUNDS["elu"](call, x, alpha, 1, 1 / alpha)


@bound("_prelu_kernel")
def _prelu(call, x, weight):
    x, w = call.ball(x), call.ball(weight)
    return choose(x, np.greater, number(x, 0), x, w.scaled(x))


@bound("_prelu_kernel_backward")
def _prelu_backward(call, dz, x, weight):
    dz, x, w = call.ball(dz), call.ball(x), call.ball(weight)
    nought = number(x, 0)
    return [
        choose(x, np.greater, nought, dz, w.scaled(dz)),
        choose(x, np.greater, nought, nought, x.scaled(dz)),
    ]


@bound("rrelu_with_noise")
def _rrelu(call, x, noise, lower=1 / 8, upper=1 / 3, training=False, generator=None):
    """What is drawn stands in the result: the noise is written by the kernel."""
    x = call.ball(x)
    if not training:
        return choose(x, np.greater, number(x, 0), x, x.scaled(number(x, (lower + upper) / 2)))
    slope = Ball(np.where(x.c > 0, 1, call.results[0] / np.where(x.c == 0, 1, x.c)).astype(x.kind))
    return x.scaled(slope).rounded(units=2)


@bound("rrelu_with_noise_backward")
def _rrelu_backward(call, dz, x, noise, lower, upper, training, is_result):
    dz, x = call.ball(dz), call.ball(x)
    if training and upper - lower > 1e-6:
        return dz.scaled(call.ball(noise))
    return choose(x, np.greater, number(x, 0), dz, dz.scaled(number(x, (lower + upper) / 2)))


def _halves(x, dim):
    """The halves of a Ball along dim, and the axis."""
    axis = dim % len(x.shape)
    half, before = x.shape[axis] // 2, (slice(None),) * axis
    return part(x, (*before, slice(0, half))), part(x, (*before, slice(half, None))), axis


@bound("glu")
def _glu(call, x, dim=-1):
    a, b, _ = _halves(call.ball(x), dim)
    return a.scaled(sigmoid(b).rounded(units=8)).rounded()


@bound("glu_backward")
def _glu_backward(call, dz, x, dim):
    dz = call.ball(dz)
    a, b, axis = _halves(call.ball(x), dim)
    s = sigmoid(b).rounded(units=8)
    da = dz.scaled(s)
    db = da.scaled(number(b, 1) - s).scaled(a).rounded(units=2)
    return joined([da.rounded(units=2), db], axis, a)
