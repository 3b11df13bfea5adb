"""The ops of further losses, forward and rules.   torch: aten/src/ATen/native/Loss.cpp, BinaryOps

The notation is that of minigrad/ops.py. All give each element's loss (reduction "none"), their sum, or their mean. The
gradient of the mean is that of the sum, divided by the number n of elements.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import kernels
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable
from minigrad.nn.activation_ops import log_sigmoid
from minigrad.ops import clamp, log, log1p, sigmoid, sign, where

SMALLEST = float(np.float32(1e-12))  # x·(1 - x) counts as no less; torch has a float32 for float64, too


def reduced(losses: Array, reduction: str) -> Array:
    """The losses themselves, their sum, or their mean."""
    return losses if reduction == "none" else {"sum": ops.sum, "mean": ops.mean}[reduction].forward(losses)


def share(dz: Any, x: Any, reduction: str) -> Any:
    """The gradient that arrives at each element's loss."""
    if reduction != "mean":
        return dz
    return dz / unwrap(x).size if unwrap(x).size else dz * math.nan


@differentiable(
    "SmoothL1LossBackward0",
    x=lambda dz, x, y, reduction, beta: share(dz, x, reduction) * _slope(x - y, beta) / beta,
    y=lambda dz, x, y, reduction, beta: share(dz, x, reduction) * _slope(y - x, beta) / beta,
    promoted="common",
    plain=["reduction", "beta"],
)
def smooth_l1_loss(x: Array, y: Array, reduction: str, beta: float) -> Array:
    """zᵢ = dᵢ²/(2β) where |dᵢ| < β, else |dᵢ| - β/2, d = x - y        dxᵢ = dzᵢ·dᵢ/β, or dzᵢ·sign dᵢ"""
    d, b = np.abs(x - y), x.dtype.type(beta)
    return reduced(kernels.where(d < b, x.dtype.type(0.5) * d * d / b, d - x.dtype.type(0.5) * b), reduction)


@differentiable(
    x=lambda dz, x, y, reduction, delta: share(dz, x, reduction) * _slope(x - y, delta),
    y=lambda dz, x, y, reduction, delta: share(dz, x, reduction) * _slope(y - x, delta),
    promoted="common",
    plain=["reduction", "delta"],
)
def huber_loss(x: Array, y: Array, reduction: str, delta: float) -> Array:
    """zᵢ = dᵢ²/2 where |dᵢ| ≤ δ, else δ·(|dᵢ| - δ/2), d = x - y        dxᵢ = dzᵢ·dᵢ, or dzᵢ·δ·sign dᵢ"""
    d, b, half = np.abs(x - y), x.dtype.type(delta), x.dtype.type(0.5)
    return reduced(kernels.where(d <= b, half * d * d, b * (d - half * b)), reduction)


def _slope(d: Any, most: float) -> Any:
    """d, cut off at ±most: the derivative of both losses."""
    return where(np.abs(unwrap(d)) < most, d, sign(d) * most)


@differentiable(
    x=lambda dz, x, y, weight, reduction: share(
        weighted(dz * ((x - y) / clamp((1 - x) * x, SMALLEST, math.inf)), weight), x, reduction
    ),
    y=lambda dz, x, y, weight, reduction: share(weighted((log1p(-x) - log(x)) * dz, weight), x, reduction),
)
def binary_cross_entropy(x: Array, y: Array, weight: Array | None, reduction: str) -> Array:
    """zᵢ = -wᵢ·(yᵢ·log xᵢ + (1 - yᵢ)·log(1 - xᵢ))        dxᵢ = dzᵢ·wᵢ·(xᵢ - yᵢ)/(xᵢ·(1 - xᵢ))"""
    least = x.dtype.type(-100)
    losses = (y - 1) * np.maximum(np.log1p(-x), least) - y * np.maximum(np.log(x), least)
    return reduced(weighted(losses, weight), reduction)


def weighted(losses: Any, weight: Any) -> Any:
    """The losses times their weights, if there are any."""
    return losses if weight is None else losses * weight


@differentiable(
    "BinaryCrossEntropyWithLogitsBackward0",
    x=lambda dz, x, y, weight, pos_weight, reduction: share(
        weighted(_logit_slope(x, y, pos_weight) * dz, weight), x, reduction
    ),
    y=lambda dz, x, y, weight, pos_weight, reduction: share(
        weighted(_target_slope(x, pos_weight) * dz, weight), x, reduction
    ),
    promoted="common",
    plain=["weight", "pos_weight", "reduction"],
)
def binary_cross_entropy_with_logits(
    x: Array, y: Array, weight: Array | None, pos_weight: Array | None, reduction: str
) -> Array:
    """zᵢ = -wᵢ·(p·yᵢ·log σ(xᵢ) + (1 - yᵢ)·log σ(-xᵢ))        dxᵢ = dzᵢ·wᵢ·(σ(xᵢ) - yᵢ), where p = 1"""
    log_p = log_sigmoid.forward(x)
    if pos_weight is not None:
        log_p = ((pos_weight - 1) * y + 1) * log_p
    return reduced(weighted((1 - y) * x - log_p, weight), reduction)


def _logit_slope(x: Any, y: Any, pos_weight: Any) -> Any:
    """σ(x) - y, and with pos_weight (p·y + 1 - y)·σ(x) - p·y."""
    if pos_weight is None:
        return sigmoid(x) - y
    t = pos_weight * y
    return (t + 1 - y) * sigmoid(x) - t


def _target_slope(x: Any, pos_weight: Any) -> Any:
    """-x, and with pos_weight log σ(-x) - p·log σ(x)."""
    return -x if pos_weight is None else log_sigmoid(-x) - log_sigmoid(x) * pos_weight
