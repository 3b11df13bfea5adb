"""The ops of LayerNorm, BatchNorm and GroupNorm, with their rules.   torch: aten/src/ATen/native/*_norm.cpp

All of them compute z = x̂·w + b with x̂ = (x - μ)/σ. They differ in which numbers share one mean μ and one σ:

    layer_norm    the last dimensions of a sample
    batch_norm    a channel, in all samples
    group_norm    a group of channels, in a sample

Here σ = √(v + ε), and v = Σ(x - μ)²/n is the biased variance. Since μ and σ depend on x, the rule of x has three terms:

    dx = (g - mean(g) - x̂·mean(g·x̂))/σ        g = dz·w

The first is the gradient if μ and σ were constants, the second what flows through μ, the third what flows through σ.
`standardized` computes x̂ and 1/σ before an op is called: its rules need them again.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.autograd.base import Array
from minigrad.autograd.op import differentiable
from minigrad.ops import mean_dim, mul, sub, sum_dim


def moments(x: Array, dim: tuple[int, ...]) -> tuple[Array, Array]:
    """The mean μ along dim, and Σ(x - μ)², from which both variances are made."""
    mean = mean_dim.forward(x, dim, True)
    centred = x - mean
    return mean, _inner.forward(centred, centred, dim)


def standardized(x: Array, mean: Array, squares: Array, eps: float) -> tuple[Array, Array]:
    """x̂ = (x - μ)/σ and 1/σ, where σ = √(v + ε), and v = Σ(x - μ)²/n is biased"""
    n = x.size // max(mean.size, 1)
    rstd = 1 / np.sqrt(squares / x.dtype.type(n) + x.dtype.type(eps))
    centred = x - mean
    return np.multiply(centred, rstd, out=centred), rstd


def batch_statistics(
    x: Array, running_mean: Array | None, running_var: Array | None, momentum: float, eps: float
) -> tuple[Array, Array, Array]:
    """μ, x̂ and 1/σ of each channel. The running statistics, if there are any, move towards the batch's.

    The two variances: σ is made from the biased one, Σ(x - μ)²/n; the running one moves towards Σ(x - μ)²/(n - 1).
    """
    mean, squares = moments(x, but_channels(x))
    if running_mean is not None and running_var is not None and x.size:
        unbiased = squares / x.dtype.type(x.size // mean.size - 1)
        for running, new in ((running_mean, mean), (running_var, unbiased)):
            running[...] = (1 - momentum) * running + momentum * new.reshape(-1)
    return mean, *standardized(x, mean, squares, eps)


def running(x: Array, running_mean: Array, running_var: Array, eps: float) -> tuple[Array, Array]:
    """μ and 1/σ of each channel by the running statistics."""
    mean, variance = (channels(each, x).astype(x.dtype) for each in (running_mean, running_var))
    return mean, 1 / np.sqrt(variance + x.dtype.type(eps))


@differentiable(
    "NativeLayerNormBackward0",
    x=lambda dz, x, weight, xhat, rstd, dim: three_terms(scaled(dz, weight), x, xhat, rstd, dim),
    weight=lambda dz, x, xhat, rstd, dim: dz * _known(x, xhat, rstd, dim),
    bias=lambda dz: dz,
    tensors=["xhat", "rstd"],
)
def layer_norm(
    x: Array, weight: Array | None, bias: Array | None, xhat: Array, rstd: Array, dim: tuple[int, ...]
) -> Array:
    """z = x̂·w + b        dx = (g - mean(g) - x̂·mean(g·x̂))/σ, g = dz·w    dw = Σ dz·x̂    db = Σ dz"""
    return affine(xhat, weight, bias)


@differentiable(
    "NativeBatchNormBackward0",
    x=lambda dz, x, weight, xhat, rstd: three_terms(
        scaled(dz, channels(weight, x)), x, xhat, rstd, but_channels(x)
    ),
    weight=lambda dz, x, xhat, rstd: _inner(
        dz, _known(x, xhat, rstd, but_channels(x)), but_channels(x)
    ).reshape(-1),
    bias=lambda dz: sum_dim(dz, but_channels(dz), False),
    tensors=["xhat", "rstd"],
)
def batch_norm(x: Array, weight: Array | None, bias: Array | None, xhat: Array, rstd: Array) -> Array:
    """z = x̂·w + b        dx = (g - mean(g) - x̂·mean(g·x̂))/σ, g = dz·w    dw = Σ dz·x̂    db = Σ dz        x: N×C×…"""
    return affine(xhat, channels(weight, x), channels(bias, x))


@differentiable(
    "NativeBatchNormBackward0",
    x=lambda dz, x, weight, rstd: mul(scaled(dz, channels(weight, x)), rstd),
    weight=lambda dz, x, mean, rstd: _inner(dz, mul(sub(x, mean), rstd), but_channels(x)).reshape(-1),
    bias=lambda dz: sum_dim(dz, but_channels(dz), False),
    tensors=["mean", "rstd"],
)
def running_norm(x: Array, weight: Array | None, bias: Array | None, mean: Array, rstd: Array) -> Array:
    """z = x̂·w + b, x̂ = (x - μ)/σ        dx = dz·w/σ    dw = Σ dz·x̂    db = Σ dz        x: N×C×…"""
    # μ and σ are constants here: the running statistics.
    return affine((x - mean) * rstd, channels(weight, x), channels(bias, x))


@differentiable(
    "NativeGroupNormBackward0",
    x=lambda dz, x, weight, xhat, rstd: three_terms(
        scaled(dz, channels(weight, x)).reshape(xhat.shape), x.reshape(xhat.shape), xhat, rstd, (2,)
    ).reshape(x.shape),
    weight=lambda dz, x, xhat, rstd: _inner(
        dz, _known(x.reshape(xhat.shape), xhat, rstd, (2,)).reshape(x.shape), but_channels(x)
    ).reshape(-1),
    bias=lambda dz: sum_dim(dz, but_channels(dz), False),
    tensors=["xhat", "rstd"],
)
def group_norm(x: Array, weight: Array | None, bias: Array | None, xhat: Array, rstd: Array) -> Array:
    """z = x̂·w + b        dx, dw, db as in batch_norm        x: N×C×…, x̂: N×G×…, σ: N×G×1"""
    return affine(xhat.reshape(x.shape), channels(weight, x), channels(bias, x))


def three_terms(g: Any, x: Any, xhat: Array, rstd: Array, dim: tuple[int, ...]) -> Any:
    """(g - mean(g) - x̂·mean(g·x̂))/σ, means along dim: the gradient of x, if that of x̂ is g"""
    normal, n = _known(x, xhat, rstd, dim), math.prod(xhat.shape[i] for i in dim)
    through_mean, through_deviation = mean_dim(g, dim, True), normal * (_inner(g, normal, dim) / n)
    return (g - through_mean - through_deviation) * _known_rstd(x, xhat, rstd, dim)


@differentiable(
    x=lambda dz, x, xhat, rstd, dim: three_terms(dz, x, xhat, rstd, dim), tensors=["xhat", "rstd"]
)
def _known(x: Array, xhat: Array, rstd: Array, dim: tuple[int, ...]) -> Array:
    """z = x̂, which is known already        dx = (dz - mean(dz) - x̂·mean(dz·x̂))/σ"""
    return xhat


@differentiable(
    x=lambda dz, x, xhat, rstd, dim, z: (
        -(dz * z * z / math.prod(xhat.shape[i] for i in dim)) * _known(x, xhat, rstd, dim)
    ),
    tensors=["xhat", "rstd"],
)
def _known_rstd(x: Array, xhat: Array, rstd: Array, dim: tuple[int, ...]) -> Array:
    """z = 1/σ, which is known already        dx = -Σ dz·x̂/(n·σ²)"""
    return rstd


@differentiable(x=lambda dz, y: dz * y, y=lambda dz, x: dz * x)
def _inner(x: Array, y: Array, dim: tuple[int, ...]) -> Array:
    """z = Σ x·y along dim, which is kept        dx = dz·y    dy = dz·x"""
    axes = list(range(x.ndim))
    kept = [i for i in axes if i not in dim]
    return np.einsum(x, axes, y, axes, kept).reshape([1 if i in dim else n for i, n in enumerate(x.shape)])


def affine(xhat: Array, weight: Array | None, bias: Array | None) -> Array:
    """x̂·w + b; without w and b a copy"""
    z = xhat.copy() if weight is None else xhat * weight
    return z if bias is None else np.add(z, bias, out=z)


def scaled(dz: Any, weight: Any) -> Any:
    """dz·w, the gradient that arrives at x̂"""
    return dz if weight is None else dz * weight


def channels(weight: Any, x: Any) -> Any:
    """A number for each channel, in a shape that broadcasts with x: N×C×…"""
    return None if weight is None else weight.reshape(-1, *(1,) * (x.ndim - 2))


def but_channels(x: Any) -> tuple[int, ...]:
    """All dimensions of x: N×C×… but that of the channels."""
    return (0, *range(2, x.ndim))
