"""The ops of layers and losses, forward and rules on one screen.   torch: tools/autograd/derivatives.yaml

torch_ref/functions.py has the same ops in the same order, by hand in PyTorch. The notation is that of minigrad/ops.py:
`z` is the output, `dz` the gradient that arrives for it, `dx` the gradient of the input x.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import kernels
from minigrad.arrays.kernels import by_columns, max_of, sum_of, zeros
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable
from minigrad.ops import embed, exp, mm, mul, sum_dim, zeros_like


@differentiable(x=lambda dz, z: _threshold_backward(dz, z))
def relu(x: Array) -> Array:
    """z = max(x, 0)        dx = dz where z > 0, else 0"""
    return kernels.maximum(0, x)  # a product with a mask would lose -0.0 and nan


@differentiable(
    "ThresholdBackwardBackward0", x=lambda dz, y: _threshold_backward(dz, y), y=lambda dz: zeros_like(dz)
)
def _threshold_backward(x: Array, y: Array) -> Array:
    """z = x where y > 0, else 0        dx = dz there    dy = 0"""
    return kernels.where(y <= 0, 0.0, x)


@differentiable(
    "AddmmBackward0",
    x=lambda dz, weight: mm(dz, weight),
    weight=lambda dz, x: mm(dz.T, x),
    bias=lambda dz: sum_dim(dz, (0,), False),
    transposed="weight",
)
def linear(x: Array, weight: Array, bias: Array | None) -> Array:
    """zᵢⱼ = Σₖ xᵢₖ·Wⱼₖ + bⱼ        dx = dz·W    dW = dzᵀ·x    dbⱼ = Σᵢ dzᵢⱼ        x: N×K, W: M×K, b: M"""
    z = mm.forward(x, weight.T)
    return z if bias is None else kernels.plus_row(z, bias)


@differentiable(x=lambda dz, z, dim: (dz - sum_dim(dz * z, dim, True)) * z)
@by_columns
def softmax(x: Array, dim: tuple[int, ...]) -> Array:
    """zᵢⱼ = exp xᵢⱼ / Σₖ exp xᵢₖ, shifted by the maximum        dxᵢⱼ = (dzᵢⱼ - Σₖ dzᵢₖ·zᵢₖ)·zᵢⱼ"""
    e = np.exp(x - max_of(x, dim))
    return e / sum_of(e, dim, True)


@differentiable(x=lambda dz, z, dim: dz - exp(z) * sum_dim(dz, dim, True))
@by_columns
def log_softmax(x: Array, dim: tuple[int, ...]) -> Array:
    """zᵢⱼ = xᵢⱼ - log Σₖ exp xᵢₖ, shifted by the maximum        dxᵢⱼ = dzᵢⱼ - exp(zᵢⱼ)·Σₖ dzᵢₖ"""
    s = x - max_of(x, dim)
    return s - np.log(sum_of(np.exp(s), dim, True))


@differentiable(
    x=lambda dz, x, target, weight, reduction, ignore_index: _nll_gradient(
        dz, unwrap(x), unwrap(target), unwrap(weight), reduction, ignore_index
    )
)
def nll_loss(
    x: Array, target: Array, weight: Array | None, reduction: str, ignore_index: int | None
) -> Array:
    """zᵢ = -w[yᵢ]·x[i, yᵢ]    mean: z = Σᵢ zᵢ / Σᵢ w[yᵢ]        dx[i, yᵢ] = -dz·w[yᵢ] / Σₖ w[yₖ], w = 1 if not given"""
    x, y, reduction = as_batch(x, target, reduction)
    key = _counted(y, ignore_index)
    w = None if weight is None else weight[key[1]]
    losses = -x[key] if w is None else -x[key] * w
    if reduction == "none":
        z = zeros(x, y.shape)
        z[key[0], *key[2:]] = losses
        return z
    z = sum_of(losses)
    return z if reduction == "sum" else z / x.dtype.type(len(losses) if w is None else w.sum())


def _nll_gradient(
    dz: Any, x: Array, target: Array, weight: Array | None, reduction: str, ignore_index: int | None
) -> Any:
    batch, y, reduction = as_batch(x, target, reduction)
    key = _counted(y, ignore_index)
    w = None if weight is None else weight[key[1]]
    if reduction == "none":
        dz = dz[key[0], *key[2:]]
    elif reduction == "mean":
        dz = dz / (len(key[0]) if w is None else w.sum())
    dx = embed(-dz if w is None else mul(-dz, w), batch.shape, key)
    return dx if batch is x else dx.reshape(x.shape)


def _counted(target: Array, ignore_index: int | None) -> tuple[Array, ...]:
    """The places in x, (sample, class, d₁ ...), of the targets that count. ignore_index is None if all count."""
    if ignore_index is None and target.ndim == 1:
        return np.arange(len(target)), target
    samples = np.nonzero(target != ignore_index)
    return (samples[0], target[samples].astype(np.int64, copy=False), *samples[1:])


def as_batch(x: Array, target: Array, reduction: str) -> tuple[Array, Array, str]:
    """The same for a batch. One sample becomes a batch of one, and "none" then means "sum": both give one number."""
    if x.ndim > 1:
        return x, target, reduction
    return x[None], target.reshape(1), "sum" if reduction == "none" else reduction


@differentiable(
    x=lambda dz, x, y, reduction: _mse_gradient(dz, x, y, reduction),
    y=lambda dz, x, y, reduction: -_mse_gradient(dz, x, y, reduction),
    promoted="common",
    plain=["reduction"],
)
def mse_loss(x: Array, y: Array, reduction: str) -> Array:
    """zᵢ = (xᵢ - yᵢ)²    mean: z = Σᵢ zᵢ / n        dxᵢ = 2·(xᵢ - yᵢ)·dz / n    dyᵢ = -dxᵢ"""
    squares = (x - y) * (x - y)
    return squares if reduction == "none" else {"sum": ops.sum, "mean": ops.mean}[reduction].forward(squares)


def _mse_gradient(dz: Any, x: Any, y: Any, reduction: str) -> Any:
    n = unwrap(x).size if reduction == "mean" else 1
    return (2.0 / n if n else math.inf) * (x - y) * dz
