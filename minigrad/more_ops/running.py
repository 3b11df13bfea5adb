"""Running products.   torch: torch/csrc/autograd/FunctionsManual.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import row_major
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable


def _sums_from(x: Any, dim: int) -> Any:
    """zᵢ = Σ xⱼ, j ≥ i, along dim."""
    return ops.flip(ops.cumsum(ops.flip(x, (dim,)), dim), (dim,))


def _cumprod_gradient(dz: Any, x: Any, z: Any, dim: int) -> Any:
    if not (unwrap(x) == 0).any():
        return _sums_from(dz * z, dim) / x
    # A division by 0 would lose what the other factors are: each product is taken apart.
    lead, n = (slice(None),) * dim, unwrap(x).shape[dim]
    dx = ops.zeros_like(x)
    for i in range(n):
        part = (*lead, slice(0, i + 1))
        at_i = (*lead, slice(i, i + 1))
        dx = dx + ops.embed(ops.cut(dz, at_i) * ops.others(ops.cut(x, part), dim), unwrap(x).shape, part)
    return dx


@differentiable(x=lambda dz, x, z, dim: _cumprod_gradient(dz, x, z, dim))
def cumprod(x: Array, dim: int) -> Array:
    """zᵢ = Π xⱼ, j ≤ i        dxᵢ = Σ dzⱼ·zⱼ/xᵢ, j ≥ i"""
    return row_major(x.cumprod(axis=dim, dtype=x.dtype if x.dtype.kind == "f" else np.int64))
