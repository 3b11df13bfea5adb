"""The ops of the activations of fewer programs, forward and rule.   torch: aten/src/ATen/native/cpu/Activation.cpp

The notation is that of minigrad/ops.py. A rule that has two branches computes both, and chooses.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.arrays import kernels
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable
from minigrad.nn.activation_ops import softplus
from minigrad.ops import cat, clamp, cut, exp, mul, sigmoid, tanh, where, zeros_like


@differentiable(x=lambda dz, x: dz * _mish_slope(x))
def mish(x: Array) -> Array:
    """z = x·t, t = tanh(log(1 + eˣ))        dx = dz·(t + x·σ(x)·(1 - t²))"""
    return x * np.tanh(np.log1p(np.exp(x)))


def _mish_slope(x: Any) -> Any:
    t = tanh(softplus(x, 1.0, 20.0))
    return t + x * sigmoid(x) * (1 - t * t)


@differentiable(x=lambda dz, x: _hardswish_slope(dz, x))
def hardswish(x: Array) -> Array:
    """z = x·min(max(x + 3, 0), 6)/6        dx = 0 where x ≤ -3, dz where x ≥ 3, else dz·(x/3 + 1/2)"""
    three, six = x.dtype.type(3), x.dtype.type(6)
    return x * np.minimum(np.maximum(x + three, 0), six) / six


@differentiable(
    "HardswishBackwardBackward0",
    x=lambda dz, y: _hardswish_slope(dz, y),
    y=lambda dz, x, y: where(np.abs(unwrap(y)) < 3, dz * x / 3, 0.0),
)
def _hardswish_slope(x: Array, y: Array) -> Array:
    """z = 0 where y ≤ -3, x where y ≥ 3, else x·(y/3 + 1/2)        dy = dz·x/3 between them, else 0"""
    slope = kernels.where(y < 3, y / y.dtype.type(3) + y.dtype.type(0.5), y.dtype.type(1))
    return kernels.where(y <= -3, 0.0, x * slope)


SIXTH = float(np.float32(1 / 6))  # torch has a float32 for float64, too


@differentiable(x=lambda dz, x: where(np.abs(unwrap(x)) < 3, dz * SIXTH, 0.0))
def hardsigmoid(x: Array) -> Array:
    """z = min(max(x + 3, 0), 6)/6        dx = dz/6 where -3 < x < 3, else 0"""
    three, six = x.dtype.type(3), x.dtype.type(6)
    return np.minimum(np.maximum(x + three, 0), six) / six


@differentiable(x=lambda dz, x, lambd: _hardshrink_slope(dz, x, lambd), plain=["lambd"])
def hardshrink(x: Array, lambd: float) -> Array:
    """z = x where |x| > λ, else 0        dx = dz where |x| > λ, else 0"""
    return kernels.where(np.abs(x) <= x.dtype.type(lambd), 0.0, x)


@differentiable(x=lambda dz, x, lambd: _softshrink_slope(dz, x, lambd), plain=["lambd"])
def softshrink(x: Array, lambd: float) -> Array:
    """z = x - λ where x > λ, x + λ where x < -λ, else 0        dx = dz where |x| > λ, else 0"""
    limit = x.dtype.type(lambd)
    return kernels.where(np.abs(x) <= limit, x * 0, x - np.copysign(limit, x))


@differentiable(
    "HardshrinkBackwardBackward0",
    x=lambda dz, y, lambd: _hardshrink_slope(dz, y, lambd),
    y=lambda dz: zeros_like(dz),
    plain=["lambd"],
)
def _hardshrink_slope(x: Array, y: Array, lambd: float) -> Array:
    """z = x where |y| > λ, else 0        dx = dz there    dy = 0"""
    return kernels.where(np.abs(y) <= y.dtype.type(lambd), 0.0, x)


_softshrink_slope: Any = _hardshrink_slope.named("SoftshrinkBackwardBackward0")


@differentiable(x=lambda dz, x, threshold: _threshold_slope(dz, x, threshold), plain=["threshold", "value"])
def threshold(x: Array, threshold: float, value: float) -> Array:
    """z = x where x > t, else v        dx = dz where x > t, else 0"""
    return kernels.where(x <= x.dtype.type(threshold), x.dtype.type(value), x)


@differentiable(
    "ThresholdBackwardBackward0",
    x=lambda dz, y, threshold: _threshold_slope(dz, y, threshold),
    y=lambda dz: zeros_like(dz),
    plain=["threshold"],
)
def _threshold_slope(x: Array, y: Array, threshold: float) -> Array:
    """z = x where y > t, else 0        dx = dz there    dy = 0"""
    return kernels.where(y <= y.dtype.type(threshold), 0.0, x)


@differentiable(
    "EluBackward0",
    x=lambda dz, x, alpha, scale, input_scale: where(
        unwrap(x) <= 0,
        dz * (input_scale * alpha * scale) * exp(clamp(x * input_scale, -math.inf, 0.0)),
        dz * scale,
    ),
    plain=["alpha", "scale", "input_scale"],
)
def scaled_elu(x: Array, alpha: float, scale: float, input_scale: float) -> Array:
    """z = s·x where x > 0, else s·α·(exp(i·x) - 1)        dx = dz·s where x > 0, else dz·s·α·i·exp(i·x)"""
    number = x.dtype.type
    negative = np.expm1(np.minimum(x, 0) * number(input_scale)) * number(alpha * scale)
    return kernels.where(x < 0, negative, x * number(scale))


celu = scaled_elu.named("CeluBackward0")


@differentiable(
    "PreluKernelBackward0",
    x=lambda dz, x, weight: where(unwrap(x) > 0, dz, weight * dz),
    weight=lambda dz, x: where(unwrap(x) > 0, 0.0, clamp(x, -math.inf, 0.0) * dz),
)
def prelu(x: Array, weight: Array) -> Array:
    """z = x where x > 0, else w·x        dx = dz where x > 0, else w·dz    dw = 0 where x > 0, else x·dz"""
    return kernels.where(x > 0, x, weight * x)


@differentiable("RreluWithNoiseBackward0", x=lambda dz, noise: mul(dz, noise), tensors=["noise"])
def rrelu(x: Array, noise: Array) -> Array:
    """z = x·r, r = 1 where x > 0        dx = dz·r"""
    return x * noise


@differentiable(x=lambda dz, x, dim: _glu_gradient(dz, x, dim), plain=["dim"])
def glu(x: Array, dim: int) -> Array:
    """z = a·σ(b), x = a, b        da = dz·σ(b)    db = dz·a·σ(b)·(1 - σ(b))"""
    a, b = np.split(x, 2, dim)
    return a / (1 + np.exp(-b))


def _glu_gradient(dz: Any, x: Any, dim: int) -> Any:
    half, before = x.shape[dim] // 2, (slice(None),) * dim
    a, b = cut(x, (*before, slice(0, half))), cut(x, (*before, slice(half, 2 * half)))
    s = sigmoid(b)
    return cat(dim, (half, half), dz * s, dz * s * (1 - s) * a)
