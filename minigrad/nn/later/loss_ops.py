"""The ops of margin losses, forward and rules.   torch: aten/src/ATen/native/Loss.cpp, LossMultiMargin.cpp

The notation is that of minigrad/ops.py. x is (N, C), a row for each sample; y are classes. The gradient of the mean is
that of the sum, divided by N.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.arrays import kernels
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable
from minigrad.nn.loss_ops import reduced, share
from minigrad.ops import cut, exp, mul, scatter, sum_dim, where


@differentiable(
    x=lambda dz, x, y, reduction: share(dz, x, reduction) * _soft_slope(x, y),
    plain=["y", "reduction"],
)
def soft_margin_loss(x: Array, y: Array, reduction: str) -> Array:
    """zᵢ = log(1 + exp(-yᵢ·xᵢ))        dxᵢ = -dzᵢ·yᵢ·e/(1 + e), e = exp(-yᵢ·xᵢ)"""
    return reduced(np.log1p(np.exp(-x * y)), reduction)


def _soft_slope(x: Any, y: Array) -> Any:
    e = exp(mul(x, -y))
    return mul(e, -y) / (1 + e)


@differentiable(
    x=lambda dz, x, y, p, margin, weight, reduction: mul(
        _of_rows(dz, x, reduction), _multi_slope(x, y, p, margin, weight)
    ),
    plain=["y", "p", "margin", "weight", "reduction"],
)
def multi_margin_loss(
    x: Array, y: Array, p: int, margin: float, weight: Array | None, reduction: str
) -> Array:
    """zᵢ = Σⱼ w·max(0, m - x[i, yᵢ] + x[i, j])ᵖ / C, j ≠ yᵢ        dx[i, j] = dzᵢ·w·p·max(0, ...)ᵖ⁻¹ / C"""
    rows = np.arange(len(x))
    apart = np.maximum(x.dtype.type(margin) - x[rows, y][:, None] + x, 0)
    apart[rows, y] = 0
    losses = apart if p == 1 else apart * apart
    if weight is not None:
        losses = losses * weight[y][:, None]
    return reduced(losses.sum(1) / x.dtype.type(x.shape[1]), reduction)


def _multi_slope(x: Any, y: Array, p: int, margin: float, weight: Array | None) -> Any:
    """The derivative of each sample's loss. What the others add to it, the right class takes away."""
    own = y[:, None] == np.arange(x.shape[1], like=y)
    apart = margin - sum_dim(where(own, x, 0.0), (1,), True) + x
    factor = 1 if weight is None else weight[y][:, None]
    slope = mul(np.ones_like(unwrap(apart)) if p == 1 else 2 * apart, factor) / x.shape[1]
    slope = where((unwrap(apart) > 0) & ~own, slope, 0.0)
    return where(own, -sum_dim(slope, (1,), True), slope)


@differentiable(
    x=lambda dz, x, y, reduction: mul(_of_rows(dz, x, reduction), _multilabel_slope(unwrap(x), y)),
    plain=["y", "reduction"],
)
def multilabel_margin_loss(x: Array, y: Array, reduction: str) -> Array:
    """zᵢ = Σₖ Σⱼ max(0, 1 - x[i, yₖ] + x[i, j]) / C, yₖ ≥ 0, j ≠ y₁, y₂ ..."""
    return reduced(np.maximum(_labels_apart(x, y), 0).sum((1, 2)) / x.dtype.type(x.shape[1]), reduction)


def _labels_apart(x: Array, y: Array) -> Array:
    """1 - x[i, yₖ] + x[i, j] for each label k and class j; -1 where k is no label or j is one."""
    rows, classes = np.arange(len(x))[:, None], np.arange(x.shape[1], like=y)
    labels = (y < 0).cumsum(1) == 0  # those before the first -1
    is_label = ((y[:, :, None] == classes) & labels[:, :, None]).any(1)
    apart = x.dtype.type(1) - x[rows, y][:, :, None] + x[:, None, :]
    return kernels.where(labels[:, :, None] & ~is_label[:, None, :], apart, x.dtype.type(-1))


def _multilabel_slope(x: Array, y: Array) -> Array:
    """1/C for a class as often as it is too near to a label; a label loses as much as the classes get."""
    near = (_labels_apart(x, y) > 0).astype(x.dtype) / x.dtype.type(x.shape[1])
    lost = scatter.forward(near.sum(2), x.shape, (np.arange(len(x), like=y)[:, None], y))
    return near.sum(1) - lost


def _of_rows(dz: Any, x: Any, reduction: str) -> Any:
    """The gradient that arrives at each sample's loss, as a column."""
    if reduction == "none":
        return cut(dz, (slice(None), None))
    return dz / len(unwrap(x)) if reduction == "mean" else dz
