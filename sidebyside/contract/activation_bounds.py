"""How rounding errors pass through torch's kernels of activations and of losses of single elements.

Each bound is the kernel's formula in Balls. A formula that goes through intermediate results which torch may keep in
registers is `rounded` once more.
"""

from __future__ import annotations

import math

import numpy as np

from sidebyside.contract.balls import KIN, Ball, L
from sidebyside.contract.kernel_bounds import BOUNDS, bound, together
from sidebyside.exchange import REDUCTIONS


def number(x, value):
    """A number that a kernel computes with, in the type of x."""
    near = x.kind.type(value)
    return Ball(near, abs(L(near) - L(value)))


def choose(x, holds, limit, yes, no):
    """yes where the comparison `holds` of x with the limit is true, else no. Both where rounding decides it."""
    return x.condition(holds(x.c, limit.c), limit).where(*together(yes, no))


def erf(x):
    """erf x. Its slope 2/√π·exp(-x²) falls with |x|; Python's erf, the centre, is within two units of float64."""
    centre = np.vectorize(math.erf, otypes=[np.float64])(np.asarray(x.c, np.float64))
    steepest = L(2 / math.sqrt(math.pi)) * np.exp(-(np.maximum(abs(x.c) - x.r, 0) ** 2))
    z = x.new(centre, x.r * steepest, x.d & ((x.r == 0) & ((x.c == 0) | ~np.isfinite(x.c))))
    return z.rounded((x.c == 0), units=KIN + 2)


def quick_erf(x):
    """erf x in float32 by Abramowitz and Stegun's formula 7.1.26, which errs by up to 1.5·10⁻⁷; else erf.

    So PyTorch has it in gelu, for several numbers at once (Vectorized<float>::erf), and so has minigrad.
    """
    if x.kind != np.float32:
        return erf(x)
    one, size = number(x, 1), x.lipschitz(np.abs)
    t = one / (one + size.scaled(number(x, 0.3275911)))
    y = number(x, 1.061405429)
    for a in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        y = y.scaled(t) + number(x, a)
    formula, true = one - y.scaled(t).scaled((-size.scaled(size)).exp()), erf(x)
    return x.new(true.c, np.maximum(true.r, formula.r + L("1.5e-7")), False)


def sigmoid(x):
    """1/(1 + e⁻ˣ)"""
    return number(x, 1) / (number(x, 1) + (-x).exp())


def softplus(x):
    """log(1 + eˣ) as max(x, 0) + log(1 + e^(-|x|)), which does not overflow"""
    small = -x.lipschitz(np.abs)
    return x.lipschitz(lambda c: np.maximum(c, 0)) + small.exp().log1p()


@bound("erf")
def _erf(call, x):
    return erf(call.ball(x))


@bound("cosh")
def _cosh(call, x):
    x = call.ball(x)
    return (x.exp() + (-x).exp()).scaled(number(x, 0.5))


@bound("xlogy")
def _xlogy(call, x, y):
    x, y = call.ball(x), call.ball(y)
    nought = number(x, 0)
    return choose(x, np.equal, nought, nought, x.scaled(y.log()))


@bound("leaky_relu")
def _leaky_relu(call, x, negative_slope=0.01):
    x = call.ball(x)
    return choose(x, np.greater, number(x, 0), x, x * call.ball(negative_slope))


@bound("leaky_relu_backward")
def _leaky_relu_backward(call, dz, x, negative_slope, is_result):
    dz, x = call.ball(dz), call.ball(x)
    return choose(x, np.greater, number(x, 0), dz, dz * call.ball(negative_slope))


@bound("hardtanh")
def _hardtanh(call, x, low=-1, high=1):
    return call.ball(x).lipschitz(lambda c: np.clip(c, call.kind.type(low), call.kind.type(high)))


@bound("hardtanh_backward")
def _hardtanh_backward(call, dz, x, low, high):
    dz, x = call.ball(dz), call.ball(x)
    nought = number(dz, 0)
    inner = choose(x, np.greater_equal, call.ball(high), nought, dz)
    return choose(x, np.less_equal, call.ball(low), nought, inner)


@bound("elu")
def _elu(call, x, alpha=1, scale=1, input_scale=1):
    x = call.ball(x)
    inner = x.scaled(number(x, input_scale)).lipschitz(lambda c: np.minimum(c, 0))
    low = inner.expm1().scaled(number(x, alpha * scale))
    return choose(x, np.less_equal, number(x, 0), low.rounded(), x.scaled(number(x, scale)))


@bound("elu_backward")
def _elu_backward(call, dz, alpha, scale, input_scale, is_result, x):
    dz, x = call.ball(dz), call.ball(x)
    inner = x.scaled(number(x, input_scale)).lipschitz(lambda c: np.minimum(c, 0))
    low = dz.scaled(number(x, alpha * scale * input_scale)).scaled(inner.exp())
    return choose(x, np.less_equal, number(x, 0), low.rounded(units=3), dz.scaled(number(x, scale)))


@bound("silu")
def _silu(call, x):
    x = call.ball(x)
    return x.scaled(sigmoid(x)).rounded(units=8)


@bound("silu_backward")
def _silu_backward(call, dz, x):
    dz, x = call.ball(dz), call.ball(x)
    s = sigmoid(x).rounded(units=8)
    return dz.scaled(s.scaled(number(x, 1) + x.scaled(number(x, 1) - s))).rounded(units=2)


def normal_cdf(x):
    """(1 + erf(x/√2))/2"""
    return (number(x, 1) + quick_erf(x.scaled(number(x, math.sqrt(0.5))))).scaled(number(x, 0.5))


def gelu_tanh(x):
    """√(2/π)·(x + 0.044715·x³)"""
    return number(x, math.sqrt(2 / math.pi)).scaled(x + number(x, 0.044715).scaled(x.scaled(x).scaled(x)))


@bound("gelu")
def _gelu(call, x, *, approximate="none"):
    x = call.ball(x)
    if approximate == "none":
        return x.scaled(normal_cdf(x)).rounded()
    return x.scaled(number(x, 0.5)).scaled(number(x, 1) + gelu_tanh(x).tanh()).rounded()


@bound("gelu_backward")
def _gelu_backward(call, dz, x, *, approximate="none"):
    dz, x = call.ball(dz), call.ball(x)
    one, half = number(x, 1), number(x, 0.5)
    if approximate == "none":
        density = (-half.scaled(x).scaled(x)).exp().scaled(number(x, 1 / math.sqrt(2 * math.pi)))
        return dz.scaled(normal_cdf(x) + x.scaled(density)).rounded(units=2)
    t = gelu_tanh(x).tanh()
    inner = number(x, math.sqrt(2 / math.pi)).scaled(one + number(x, 3 * 0.044715).scaled(x.scaled(x)))
    slope = half.scaled(one + t) + half.scaled(x).scaled((one - t.scaled(t)).scaled(inner))
    return dz.scaled(slope).rounded(units=2)


@bound("softplus")
def _softplus(call, x, beta=1, threshold=20):
    x, b = call.ball(x), call.ball(beta)
    y = x.scaled(b)
    return choose(y, np.greater, call.ball(threshold), x, (softplus(y) / b).rounded())


@bound("softplus_backward")
def _softplus_backward(call, dz, x, beta, threshold):
    dz, y = call.ball(dz), call.ball(x).scaled(call.ball(beta))
    return choose(y, np.greater, call.ball(threshold), dz, dz.scaled(sigmoid(y).rounded(units=8)))


@bound("log_sigmoid_forward")
def _log_sigmoid(call, x):
    return [-softplus(-call.ball(x)), None]


@bound("log_sigmoid_backward")
def _log_sigmoid_backward(call, dz, x, buffer):
    return call.ball(dz).scaled(sigmoid(-call.ball(x)).rounded(units=8))


# losses


def reduced(call, z, reduction):
    """The losses, their sum, or their mean."""
    total = z if REDUCTIONS[reduction] == "none" else z.sum()
    return total / call.ball(math.prod(z.shape)) if REDUCTIONS[reduction] == "mean" else total


def shared(call, dz, x, reduction):
    """The gradient that arrives at each loss."""
    return dz / call.ball(max(math.prod(x.shape), 1)) if REDUCTIONS[reduction] == "mean" else dz


def apart(call, x, y):
    """x - y, and its size."""
    d = call.ball(x) - call.ball(y)
    return d, d.lipschitz(np.abs)


@bound("smooth_l1_loss")
def _smooth_l1(call, x, y, reduction=1, beta=1.0):
    (_, d), b, half = apart(call, x, y), call.ball(beta), call.ball(0.5)
    z = choose(d, np.less, b, half.scaled(d).scaled(d) / b, d - half.scaled(b))
    return reduced(call, z, reduction)


@bound("smooth_l1_loss_backward")
def _smooth_l1_backward(call, dz, x, y, reduction, beta):
    d, b, dz = apart(call, x, y)[0], call.ball(beta), call.ball(dz)
    slope = d.lipschitz(lambda c: np.clip(c, -b.c, b.c)) / b
    return shared(call, dz, d, reduction).scaled(slope).rounded(units=2)  # torch multiplies by 1/n


@bound("huber_loss")
def _huber(call, x, y, reduction=1, delta=1.0):
    (_, d), b, half = apart(call, x, y), call.ball(delta), call.ball(0.5)
    z = choose(d, np.less_equal, b, half.scaled(d).scaled(d), b.scaled(d - half.scaled(b)))
    return reduced(call, z, reduction)


@bound("huber_loss_backward")
def _huber_backward(call, dz, x, y, reduction, delta):
    d, b, dz = apart(call, x, y)[0], call.ball(delta), call.ball(dz)
    slope = d.lipschitz(lambda c: np.clip(c, -b.c, b.c))
    return shared(call, dz, d, reduction).scaled(slope).rounded(units=2)  # torch multiplies by 1/n


@bound("binary_cross_entropy")
def _binary_cross_entropy(call, x, y, weight=None, reduction=1):
    x, y, one = call.ball(x), call.ball(y), call.ball(1)
    logs = [log.lipschitz(lambda c: np.maximum(c, -100)) for log in ((-x).log1p(), x.log())]
    z = (y - one).scaled(logs[0]) - y.scaled(logs[1])
    return reduced(call, z if weight is None else z.scaled(call.ball(weight)), reduction)


@bound("binary_cross_entropy_backward")
def _binary_cross_entropy_backward(call, dz, x, y, weight=None, reduction=1):
    dz, x, y, one = call.ball(dz), call.ball(x), call.ball(y), call.ball(1)
    spread = (one - x).scaled(x).lipschitz(lambda c: np.maximum(c, np.float32(1e-12)))
    z = dz.scaled((x - y) / spread)
    return shared(call, z if weight is None else z.scaled(call.ball(weight)), x, reduction).rounded(units=2)


@bound("logit")
def _logit(call, x, eps=None):
    x = call.ball(x)
    return (x.log() - (-x).log1p()).rounded(units=3)


@bound("logit_backward")
def _logit_backward(call, dz, x, eps=None):
    dz, x, one = call.ball(dz), call.ball(x), call.ball(1)
    return (dz / (x.scaled(one - x))).rounded()


@bound("binary_cross_entropy_with_logits")
def _binary_cross_entropy_with_logits(call, x, y, weight=None, pos_weight=None, reduction=1):
    x, y, one = call.ball(x), call.ball(y), call.ball(1)
    log_p = -softplus(-x)
    if pos_weight is not None:
        log_p = ((call.ball(pos_weight) - one).scaled(y) + one).scaled(log_p)
    z = (one - y).scaled(x) - log_p
    return reduced(call, z if weight is None else z.scaled(call.ball(weight)), reduction)


__all__ = ["BOUNDS"]
