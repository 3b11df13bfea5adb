"""The windows of an image: the parts that a kernel sees, one after the other.

Convolutions and pools work on windows: minigrad/nn/later/conv_ops.py, minigrad/nn/later/pool_ops.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from minigrad.autograd.base import Array

Sizes = tuple[int, ...]


def windows(x: Array, size: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    """w[..., i, k] = x[..., i·stride + k·dilation], along the last axes: a view on the CPU, a copy on a GPU.

    x: (..., *n), size, stride and dilation: one number for each of these axes → (..., *output_size, *size).
    """
    shape = x.shape[x.ndim - len(size) :]
    if not isinstance(x, np.ndarray):
        return _copied(x, shape, size, stride, dilation)
    lead, last = x.strides[: x.ndim - len(size)], x.strides[x.ndim - len(size) :]
    between = tuple(a * b for a, b in zip(last, stride, strict=True))
    within = tuple(a * b for a, b in zip(last, dilation, strict=True))
    counts = output_size(shape, size, stride, dilation)
    # subok: what torch.compile records is an array of a subclass, and so must be its windows.
    return as_strided(x, (*x.shape[: len(lead)], *counts, *size), (*lead, *between, *within), subok=True)


def output_size(shape: Sizes, size: Sizes, stride: Sizes, dilation: Sizes) -> Sizes:
    """How many windows there are along each axis: ⌊(n - dilation·(size - 1) - 1)/stride⌋ + 1."""
    return tuple(
        (n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(shape, size, stride, dilation, strict=True)
    )


def _copied(x: Any, shape: Sizes, size: Sizes, stride: Sizes, dilation: Sizes) -> Any:
    """The same by an index along each axis: CuPy's arrays have no such view of NumPy's."""
    counts, first = output_size(shape, size, stride, dilation), x.ndim - len(size)
    for i, (count, k, s, d) in enumerate(zip(counts, size, stride, dilation, strict=True)):
        places = np.arange(count, like=x)[:, None] * s + np.arange(k, like=x) * d
        # The window's axis goes last; the axes that follow keep their places.
        x = np.moveaxis(np.take(x, places, first + i), first + i + 1, -1)
    return x
