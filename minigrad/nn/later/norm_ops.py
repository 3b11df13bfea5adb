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
from functools import lru_cache
from typing import Any

import numpy as np

from minigrad.arrays import row_major
from minigrad.arrays.kernels import by_rows, column_sums, ones
from minigrad.arrays.memory import memory_like
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable
from minigrad.ops import expand, mul, sub


def standardized(x: Array, dim: tuple[int, ...], eps: float) -> tuple[Array, Array, Array, Array]:
    """x̂ = (x - μ)/σ, 1/σ, μ and Σ(x - μ)² along dim, where σ = √(v + ε), and v = Σ(x - μ)²/n is biased"""
    n, x = x.dtype.type(count(x, dim)), row_major(x)  # torch's results lie row after row
    mean = _total.forward(x, dim) / n
    centred = spread(np.subtract, x, mean, dim)
    squares = _inner.forward(centred, centred, dim)
    rstd = 1 / np.sqrt(squares / n + x.dtype.type(eps))
    return spread(np.multiply, centred, rstd, dim, centred), rstd, mean, squares


def batch_statistics(
    x: Array, running_mean: Array | None, running_var: Array | None, momentum: float, eps: float
) -> tuple[Array, Array, Array]:
    """x̂, 1/σ and μ of each channel. The running statistics, if there are any, move towards the batch's.

    The two variances: σ is made from the biased one, Σ(x - μ)²/n; the running one moves towards Σ(x - μ)²/(n - 1).
    """
    dim = but_channels(x)
    xhat, rstd, mean, squares = standardized(x, dim, eps)
    if running_mean is not None and running_var is not None and x.size:
        unbiased = squares / x.dtype.type(count(x, dim) - 1)
        for running, new in ((running_mean, mean), (running_var, unbiased)):
            running[...] = (1 - momentum) * running + momentum * new.reshape(-1)
    return xhat, rstd, mean


def running(x: Array, running_mean: Array, running_var: Array, eps: float) -> tuple[Array, Array]:
    """μ and 1/σ of each channel by the running statistics."""
    mean, variance = (channels(each, x).astype(x.dtype) for each in (running_mean, running_var))
    return mean, 1 / np.sqrt(variance + x.dtype.type(eps))


@differentiable(
    "NativeLayerNormBackward0",
    x=lambda dz, x, weight, xhat, rstd, dim: _three_terms(scaled(dz, weight, dim), x, xhat, rstd, dim),
    weight=lambda dz, x, xhat, rstd, dim, shape: _inner(dz, _known(x, xhat, rstd, dim), but(dim, x)).reshape(
        shape
    ),
    bias=lambda dz, dim, shape: _total(dz, but(dim, dz)).reshape(shape),
    tensors=["xhat", "rstd"],
)
def layer_norm(
    x: Array, weight: Array | None, bias: Array | None, xhat: Array, rstd: Array, dim: tuple[int, ...]
) -> Array:
    """z = x̂·w + b        dx = (g - mean(g) - x̂·mean(g·x̂))/σ, g = dz·w    dw = Σ dz·x̂    db = Σ dz"""
    return affine(xhat, weight, bias, dim)


@differentiable(
    "NativeBatchNormBackward0",
    x=lambda dz, x, weight, xhat, rstd: _three_terms(
        scaled(dz, channels(weight, x), but_channels(x)), x, xhat, rstd, but_channels(x)
    ),
    weight=lambda dz, x, xhat, rstd: _inner(
        dz, _known(x, xhat, rstd, but_channels(x)), but_channels(x)
    ).reshape(-1),
    bias=lambda dz: _total(dz, but_channels(dz)).reshape(-1),
    tensors=["xhat", "rstd"],
)
def batch_norm(x: Array, weight: Array | None, bias: Array | None, xhat: Array, rstd: Array) -> Array:
    """z = x̂·w + b        dx = (g - mean(g) - x̂·mean(g·x̂))/σ, g = dz·w    dw = Σ dz·x̂    db = Σ dz        x: N×C×…"""
    return affine(xhat, channels(weight, x), channels(bias, x), but_channels(x))


@differentiable(
    "NativeBatchNormBackward0",
    x=lambda dz, x, weight, rstd: mul(scaled(dz, channels(weight, x), but_channels(x)), rstd),
    weight=lambda dz, x, mean, rstd: _inner(dz, mul(sub(x, mean), rstd), but_channels(x)).reshape(-1),
    bias=lambda dz: _total(dz, but_channels(dz)).reshape(-1),
    tensors=["mean", "rstd"],
)
def running_norm(x: Array, weight: Array | None, bias: Array | None, mean: Array, rstd: Array) -> Array:
    """z = x̂·w + b, x̂ = (x - μ)/σ        dx = dz·w/σ    dw = Σ dz·x̂    db = Σ dz        x: N×C×…"""
    # μ and σ are constants here: the running statistics.
    dim = but_channels(x)
    xhat = spread(np.subtract, row_major(x), mean, dim)
    return affine(spread(np.multiply, xhat, rstd, dim, xhat), channels(weight, x), channels(bias, x), dim)


@differentiable(
    "NativeGroupNormBackward0",
    x=lambda dz, x, weight, xhat, rstd: _three_terms(
        scaled(dz, channels(weight, x), but_channels(x)).reshape(xhat.shape),
        x.reshape(xhat.shape),
        xhat,
        rstd,
        (2,),
    ).reshape(x.shape),
    weight=lambda dz, x, xhat, rstd: _inner(
        dz, _known(x.reshape(xhat.shape), xhat, rstd, (2,)).reshape(x.shape), but_channels(x)
    ).reshape(-1),
    bias=lambda dz: _total(dz, but_channels(dz)).reshape(-1),
    tensors=["xhat", "rstd"],
)
def group_norm(x: Array, weight: Array | None, bias: Array | None, xhat: Array, rstd: Array) -> Array:
    """z = x̂·w + b        dx, dw, db as in batch_norm        x: N×C×…, x̂: N×G×…, σ: N×G×1"""
    return affine(xhat.reshape(x.shape), channels(weight, x), channels(bias, x), but_channels(x))


@differentiable(
    g=lambda dz, x, xhat, rstd, dim: _three_terms(dz, x, xhat, rstd, dim),  # its Jacobian is symmetric
    x=lambda dz, z, g, x, xhat, rstd, dim: _of_three_terms(dz, z, g, x, xhat, rstd, dim),
    tensors=["xhat", "rstd"],
)
def _three_terms(g: Array, x: Array, xhat: Array, rstd: Array, dim: tuple[int, ...]) -> Array:
    """z = (g - mean(g) - x̂·mean(g·x̂))/σ, the gradient of x if that of x̂ is g; means along dim"""
    n = x.dtype.type(count(x, dim))
    z = spread(np.multiply, xhat, _inner.forward(g, xhat, dim) / n, dim)
    spread(np.add, z, _total.forward(g, dim) / n, dim, z)
    return spread(np.multiply, np.subtract(g, z, out=z), rstd, dim, z)


def _of_three_terms(dz: Any, z: Any, g: Any, x: Any, xhat: Array, rstd: Array, dim: tuple[int, ...]) -> Any:
    """-(x̂·mean(dz·z) + z·mean(dz·x̂) + mean(g·x̂)·(dz - mean(dz) - x̂·mean(dz·x̂))/σ)/σ"""
    normal, n = _known(x, xhat, rstd, dim), count(x, dim)
    terms = normal * _inner(dz, z, dim) + z * _inner(dz, normal, dim)
    terms = terms + _three_terms(dz, x, xhat, rstd, dim) * _inner(g, normal, dim)
    return -terms / n * _known_rstd(x, xhat, rstd, dim)


@differentiable(
    x=lambda dz, x, xhat, rstd, dim: _three_terms(dz, x, xhat, rstd, dim), tensors=["xhat", "rstd"]
)
def _known(x: Array, xhat: Array, rstd: Array, dim: tuple[int, ...]) -> Array:
    """z = x̂, which is known already        dx = (dz - mean(dz) - x̂·mean(dz·x̂))/σ"""
    return xhat


@differentiable(
    x=lambda dz, x, xhat, rstd, dim, z: -(dz * z * z / count(xhat, dim)) * _known(x, xhat, rstd, dim),
    tensors=["xhat", "rstd"],
)
def _known_rstd(x: Array, xhat: Array, rstd: Array, dim: tuple[int, ...]) -> Array:
    """z = 1/σ, which is known already        dx = -Σ dz·x̂/(n·σ²)"""
    return rstd


@differentiable(x=lambda dz, y: dz * y, y=lambda dz, x: dz * x)
def _inner(x: Array, y: Array, dim: tuple[int, ...]) -> Array:
    """z = Σ x·y along dim, which is kept        dx = dz·y    dy = dz·x"""
    a, k, s = seen_as(x.shape, dim)
    if s == 1:
        z = column_sums(np.multiply(x, y, out=memory_like(x)).reshape(a, k))
    elif a == 1:
        z = np.einsum("ks,ks->k", x.reshape(k, s), y.reshape(k, s))
    else:
        z = np.einsum("aks,aks->k", x.reshape(a, k, s), y.reshape(a, k, s))
    return z.reshape(kept(x.shape, dim))


@differentiable(x=lambda dz, shape: expand(dz, shape))
def _total(x: Array, dim: tuple[int, ...]) -> Array:
    """z = Σ x along dim, which is kept        dx = dz"""
    # Products with ones: BLAS is faster than NumPy's sums.
    a, k, s = seen_as(x.shape, dim)
    z = x if s == 1 else x.reshape(a * k, s) @ ones(x, (s,))
    return (z if a == 1 else column_sums(z.reshape(a, k))).reshape(kept(x.shape, dim))


@lru_cache
def seen_as(shape: tuple[int, ...], dim: tuple[int, ...]) -> tuple[int, int, int]:
    """The shape as A×K×S. What is added up lies along A and S: the last dims, the first ones, or all but the second."""
    n = len(dim)
    if n and dim[-1] - dim[0] >= n:
        return shape[0], shape[1], math.prod(shape[2:])
    if n and dim[-1] == len(shape) - 1:
        return 1, math.prod(shape[:-n]), math.prod(shape[-n:])
    return math.prod(shape[:n]), math.prod(shape[n:]), 1


def count(x: Any, dim: tuple[int, ...]) -> int:
    """How many elements of x are added up along dim."""
    return math.prod([x.shape[i] for i in dim])


@lru_cache
def kept(shape: tuple[int, ...], dim: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with 1 along dim."""
    return tuple(1 if i in dim else n for i, n in enumerate(shape))


def but(dim: tuple[int, ...], x: Any) -> tuple[int, ...]:
    """The other dimensions of x."""
    return tuple([i for i in range(x.ndim) if i not in dim])


def spread(ufunc: Any, x: Array, y: Array, dim: tuple[int, ...], out: Array | None = None) -> Array:
    """ufunc(x, y), y of size 1 along dim, or of x's shape there.

    A number for each channel is written out once for all samples: NumPy's loops then run over whole samples.
    """
    z = memory_like(x) if out is None else out
    a, k, s = seen_as(x.shape, dim)
    if z is None or a < 8 or s == 1 or y.size != k:
        return by_rows(ufunc, x, y, z)
    by_rows(ufunc, x.reshape(a, k * s), np.repeat(y, s), z.reshape(a, k * s))
    return z


def affine(xhat: Array, weight: Array | None, bias: Array | None, dim: tuple[int, ...]) -> Array:
    """x̂·w + b; without w and b a copy"""
    z = xhat.copy() if weight is None else spread(np.multiply, xhat, weight, dim)
    return z if bias is None else spread(np.add, z, bias, dim, z)


def scaled(dz: Any, weight: Any, dim: tuple[int, ...]) -> Any:
    """dz·w, the gradient that arrives at x̂"""
    if weight is None or unwrap(dz) is not dz:
        return dz if weight is None else dz * weight
    return spread(np.multiply, dz, weight, dim)


def channels(weight: Any, x: Any) -> Any:
    """A number for each channel, in a shape that broadcasts with x: N×C×…"""
    return None if weight is None else weight.reshape(-1, *(1,) * (x.ndim - 2))


def but_channels(x: Any) -> tuple[int, ...]:
    """All dimensions of x: N×C×… but that of the channels."""
    return (0, *range(2, x.ndim))
