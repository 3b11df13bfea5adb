"""The ops of further activations, forward and rule.   torch: aten/src/ATen/native/cpu/Activation.cpp

The notation is that of minigrad/ops.py. A rule that has two branches computes both, and chooses. A branch must not
become infinite where the other one is chosen: its own derivative, times 0, would then be nan.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.arrays import kernels
from minigrad.arrays.memory import memory_like
from minigrad.arrays.normal import gaussian
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable
from minigrad.ops import clamp, exp, sigmoid, tanh, where, zeros_like


@differentiable(x=lambda dz, x, negative_slope: _leaky_slope(dz, x, negative_slope), plain=["negative_slope"])
def leaky_relu(x: Array, negative_slope: float) -> Array:
    """z = x where x > 0, else a·x        dx = dz where x > 0, else a·dz"""
    return _leaky_slope.forward(x, x, negative_slope)


@differentiable(
    "LeakyReluBackwardBackward0",
    x=lambda dz, y, negative_slope: _leaky_slope(dz, y, negative_slope),
    y=lambda dz: zeros_like(dz),
    plain=["negative_slope"],
)
def _leaky_slope(x: Array, y: Array, negative_slope: float) -> Array:
    """z = x where y > 0, else a·x        dx = dz there, else a·dz    dy = 0"""
    return kernels.where(y > 0, x, x * x.dtype.type(negative_slope))


@differentiable(
    x=lambda dz, x, alpha: where(unwrap(x) <= 0, dz * alpha * exp(clamp(x, -math.inf, 0.0)), dz),
    plain=["alpha"],
)
def elu(x: Array, alpha: float) -> Array:
    """z = x where x > 0, else α·(eˣ - 1)        dx = dz where x > 0, else dz·α·eˣ"""
    return kernels.where(x <= 0, np.expm1(np.minimum(x, 0)) * x.dtype.type(alpha), x)


@differentiable(x=lambda dz, x, low, high: _inside(dz, x, low, high), plain=["low", "high"])
def hardtanh(x: Array, low: float, high: float) -> Array:
    """z = min(max(x, low), high)        dx = dz where low < x < high, else 0"""
    return np.minimum(x.dtype.type(high), np.maximum(x.dtype.type(low), x))


@differentiable(
    "HardtanhBackwardBackward0",
    x=lambda dz, y, low, high: _inside(dz, y, low, high),
    y=lambda dz: zeros_like(dz),
    plain=["low", "high"],
)
def _inside(x: Array, y: Array, low: float, high: float) -> Array:
    """z = x where low < y < high, else 0        dx = dz there    dy = 0        The kinks belong to the flat parts."""
    return kernels.where((y <= low) | (y >= high), 0.0, x)


@differentiable(x=lambda dz, x: dz * sigmoid(x) * (1 + x * (1 - sigmoid(x))))
def silu(x: Array) -> Array:
    """z = x·σ(x)        dx = dz·σ(x)·(1 + x·(1 - σ(x)))"""
    return x / (1 + np.exp(-x))


@differentiable(x=lambda dz, x, slope: _gelu_gradient(dz, x, slope), tensors=["cdf", "slope"])
def gelu(x: Array, cdf: Array, slope: Array | None) -> Array:
    """z = x·Φ(x), Φ(x) = (1 + erf(x/√2))/2        dx = dz·(Φ(x) + x·φ(x))        φ(x) = Φ′(x) = exp(-x²/2)/√(2π)"""
    # Φ(x), and the slope Φ(x) + x·φ(x) if there will be a gradient, are computed together, before the op is called.
    return np.multiply(x, cdf, out=memory_like(x))


@differentiable(
    "GeluBackwardBackward0",
    x=lambda dz, y, slope: _gelu_gradient(dz, y, slope),
    y=lambda dz, x, y: dz * x * ((2 - y * y) * _normal_density(y)),
    tensors=["slope"],
)
def _gelu_gradient(x: Array, y: Array, slope: Array) -> Array:
    """z = x·(Φ(y) + y·φ(y))        dx = dz·(Φ(y) + y·φ(y))    dy = dz·x·(2 - y²)·φ(y)"""
    return np.multiply(x, slope, out=memory_like(x))


@differentiable(x=lambda dz, x, z: -dz * (x * z))
def _normal_density(x: Array) -> Array:
    """z = φ(x)        dx = -dz·x·φ(x)"""
    return gaussian(x) * x.dtype.type(1 / math.sqrt(2 * math.pi))


@differentiable("GeluBackward0", x=lambda dz, x: dz * _gelu_tanh_slope(x))
def gelu_tanh(x: Array) -> Array:
    """z = x·(1 + t)/2, t = tanh(c·(x + 0.044715·x³)), c = √(2/π)        dx = dz·((1 + t)/2 + x·dt/2)"""
    return x * x.dtype.type(0.5) * (1 + np.tanh(_gelu_inner(x)))


def _gelu_inner(x: Any) -> Any:
    return math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))


def _gelu_tanh_slope(x: Any) -> Any:
    t = tanh(_gelu_inner(x))
    inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * (x * x))
    return 0.5 * (1 + t) + 0.5 * x * ((1 - t * t) * inner)


@differentiable(
    x=lambda dz, x, beta, threshold: where(unwrap(x) * beta > threshold, dz, dz * sigmoid(x * beta)),
    plain=["beta", "threshold"],
)
def softplus(x: Array, beta: float, threshold: float) -> Array:
    """z = log(1 + exp(β·x))/β        dx = dz·σ(β·x)"""
    y = x * x.dtype.type(beta)
    return kernels.where(y > threshold, x, np.log1p(np.exp(np.minimum(y, threshold))) / x.dtype.type(beta))


@differentiable("LogSigmoidBackward0", x=lambda dz, x: dz * sigmoid(-x))
def log_sigmoid(x: Array) -> Array:
    """z = log σ(x) = min(x, 0) - log(1 + exp(-|x|))        dx = dz·σ(-x)"""
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))
