"""Running products.   torch: torch/csrc/autograd/FunctionsManual.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import row_major
from minigrad.autograd.base import Array, TensorBase, unwrap
from minigrad.autograd.op import differentiable


def _sums_from(x: Any, dim: int) -> Any:
    """zᵢ = Σ xⱼ, j ≥ i, along dim."""
    return ops.flip(ops.cumsum(ops.flip(x, (dim,)), dim), (dim,))


def cumprod_gradient(dz: Any, x: Any, z: Any, dim: int) -> Any:
    """dxᵢ = Σ dzⱼ·zⱼ/xᵢ, j ≥ i; without the division where a factor is 0."""
    if not (unwrap(x) == 0).any():
        return _sums_from(dz * z, dim) / x
    return _with_zeros_twice(dz, x, dim) if isinstance(dz, TensorBase) else _with_zeros(dz, x, z, dim)


def _with_zeros(dz: Array, x: Array, z: Array, dim: int) -> Array:
    """dx where a factor is 0: before the first 0 as ever; there the products without it; and 0 after it."""
    zeros, nought = np.cumsum(x == 0, dim), x.dtype.type(0)
    first, one = (x == 0) & (zeros == 1), x.dtype.type(1)
    start = np.ones_like(z, shape=(*z.shape[:dim], 1, *z.shape[dim + 1 :]))
    earlier = np.delete(np.concatenate([start, z], axis=dim), -1, dim)  # Π xₖ, k < i
    later = np.cumprod(
        np.where((zeros == 1) & ~first, x, one), dim
    )  # from the first 0 to the second, without it
    before = _sums_from(np.where(zeros == 0, dz * z, nought), dim) / x
    there = earlier * ops.sum_dim.forward(np.where(zeros == 1, dz * later, nought), (dim,), True)
    return np.where(zeros == 0, before, np.where(first, there, nought))


def _with_zeros_twice(dz: Any, x: Any, dim: int) -> Any:
    """The same, as ops: for the second derivative each product is taken apart."""
    lead, n = (slice(None),) * dim, unwrap(x).shape[dim]
    dx = ops.zeros_like(x)
    for i in range(n):
        part, at_i = (*lead, slice(0, i + 1)), (*lead, slice(i, i + 1))
        dx = dx + ops.embed(ops.cut(dz, at_i) * ops.others(ops.cut(x, part), dim), unwrap(x).shape, part)
    return dx


@differentiable(x=lambda dz, x, z, dim: cumprod_gradient(dz, x, z, dim))
def cumprod(x: Array, dim: int) -> Array:
    """zᵢ = Π xⱼ, j ≤ i        dxᵢ = Σ dzⱼ·zⱼ/xᵢ, j ≥ i"""
    return row_major(x.cumprod(axis=dim, dtype=x.dtype if x.dtype.kind == "f" else np.int64))
