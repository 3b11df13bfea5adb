"""What the functions of matrices share: products and transposes of batches, and checks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.autograd.base import unwrap


def transposed(x: Any) -> Any:
    """xᵀ of matrices, or of batches of them."""
    n = unwrap(x).ndim
    return ops.permute(x, (*range(n - 2), n - 1, n - 2))


def product(x: Any, y: Any) -> Any:
    """x·y of matrices, or of batches of them."""
    if unwrap(x).ndim == 2:
        return ops.mm(x, y)
    (*batch, n, m), k = unwrap(x).shape, unwrap(y).shape[-1]
    count = math.prod(batch)
    return ops.bmm(x.reshape(count, n, m), y.reshape(count, m, k)).reshape(*batch, n, k)


class LinAlgError(RuntimeError):
    """Raised for a matrix that has no inverse. torch: torch.linalg.LinAlgError."""


def check_matrices(name: str, A: Any, square: bool = True) -> None:
    """Raise torch's errors for what is no batch of matrices of float32 or float64."""
    if A.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    n, m = A.array.shape[-2:]
    if square and n != m:
        raise RuntimeError(f"{name}: A must be batches of square matrices, but they are {n} by {m} matrices")
    if A.array.dtype.kind != "f":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {A.dtype.scalar_name}\n"
            "Convert with .float() first."
        )
    if A.array.dtype == np.float16:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got Half")
