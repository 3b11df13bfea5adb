"""Ops that move elements, and add them up where they meet.   torch: tools/autograd/derivatives.yaml"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from minigrad import ops
from minigrad.arrays import kernels, row_major
from minigrad.arrays.device import on_device_of
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable


def _back(dz: Any, shape: tuple[int, ...], view: Any) -> Any:
    """The gradient of a view of x: dz where the view shows an element of x, added up where it shows it twice."""
    n = math.prod(shape)
    places = np.ascontiguousarray(view(np.arange(n).reshape(shape)))
    return ops.scatter(dz, (n,), (on_device_of(places, unwrap(dz)),)).reshape(shape)


@differentiable(x=lambda dz: dz, src=lambda dz, key: ops.index(dz, key), tensors=["key"])
def scatter_add(x: Array, key: tuple[Array, ...], src: Array) -> Array:
    """z = x but for z[key] += src        dx = dz    dsrc = dz[key]"""
    if not isinstance(x, np.ndarray):  # a GPU adds in an order that is always the same
        return x + ops.scatter.forward(src, x.shape, key)
    z = x.copy(order="C")
    kernels.add_at(z, key, src)
    return z


@differentiable(x=lambda dz, shifts, dims: roll(dz, tuple(-n for n in shifts), dims))
def roll(x: Array, shifts: tuple[int, ...], dims: tuple[int, ...] | None) -> Array:
    """z = x moved in circles by shifts along dims        dx = dz moved back"""
    return np.roll(x, shifts, dims)


@differentiable(
    x=lambda dz, shape, offset, dim1, dim2: _back(
        dz, shape, lambda places: np.diagonal(places, offset, dim1, dim2)
    )
)
def diagonal(x: Array, offset: int, dim1: int, dim2: int) -> Array:
    """z = x[i, i + offset] along two dims, a view        dx = dz there, else 0"""
    z = np.diagonal(x, offset, dim1, dim2)
    if isinstance(z, np.ndarray) and x.flags.writeable:  # NumPy's view is read-only
        z.flags.writeable = True
    return z


@differentiable(x=lambda dz, offset, dim1, dim2: diagonal(dz, offset, dim1, dim2))
def diag_embed(x: Array, offset: int, dim1: int, dim2: int) -> Array:
    """z = 0 but for z[i, i + offset] = x along two new dims        dx = dz there"""
    n, places = x.shape[-1] + abs(offset), np.arange(x.shape[-1], like=x)
    z = kernels.zeros(x, (*x.shape[:-1], n, n))
    z[..., places + max(-offset, 0), places + max(offset, 0)] = x
    return row_major(np.moveaxis(z, (-2, -1), (dim1, dim2)))


@differentiable(
    x=lambda dz, shape, dimension, size, step: _back(
        dz, shape, lambda places: unfold.forward(places, dimension, size, step)
    )
)
def unfold(x: Array, dimension: int, size: int, step: int) -> Array:
    """z = windows of x along dim, a view        dx = Σ dz over the windows"""
    count = (x.shape[dimension] - size) // step + 1
    if not isinstance(x, np.ndarray):  # a copy on a GPU
        places = np.arange(count, like=x)[:, None] * step + np.arange(size, like=x)
        return np.moveaxis(np.take(x, places, dimension), dimension + 1, -1)
    shape = (*x.shape[:dimension], count, *x.shape[dimension + 1 :], size)
    strides = list(x.strides)
    strides[dimension] *= step
    return as_strided(x, shape, (*strides, x.strides[dimension]))
