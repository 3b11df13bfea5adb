"""The op of attention, forward and rule; its products are those of minigrad/ops.py.   torch: aten/.../SoftMax.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import numpy as np

from minigrad.arrays.kernels import max_of, sum_of
from minigrad.arrays.memory import empty_like
from minigrad.autograd.base import Array
from minigrad.autograd.op import differentiable
from minigrad.ops import sum_dim


@differentiable(x=lambda dz, z, dim: (dz - sum_dim(dz * z, dim, True)) * z)
def safe_softmax(x: Array, dim: tuple[int, ...]) -> Array:
    """zᵢⱼ = exp xᵢⱼ / Σₖ exp xᵢₖ, and 0 where Σₖ exp xᵢₖ = 0        dxᵢⱼ = (dzᵢⱼ - Σₖ dzᵢₖ·zᵢₖ)·zᵢⱼ"""
    return safe_softmax_into(empty_like(x), x, dim)


def safe_softmax_into(z: Array, x: Array, dim: tuple[int, ...]) -> Array:
    """safe_softmax in the memory of z, which may be x."""
    top = max_of(x, dim)
    np.subtract(x, np.where(top == -np.inf, 0, top), out=z)
    np.exp(z, out=z)
    total = sum_of(z, dim, True)
    z /= np.where(total == 0, 1, total)
    return z
