"""linalg.solve_triangular: substitution, row by row.   torch: aten/src/ATen/native/BatchLinearAlgebra.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import ops
from minigrad.autograd.base import Array
from minigrad.autograd.op import differentiable
from minigrad.tensors.arguments import Tensor, tensor_function
from minigrad.tensors.functions import refuse
from minigrad.tensors.matrices import check_matrices, product, transposed

__all__ = ["solve_triangular"]


def _within(x: Any, upper: bool, unit: bool) -> Any:
    """The triangle of x, without its diagonal if that is known to be 1."""
    return ops.triu(x, int(unit)) if upper else ops.tril(x, -int(unit))


@differentiable(
    "LinalgSolveTriangularBackward0",
    x=lambda dz, x, z, upper, unit: _within(
        -product(triangular(transposed(x), dz, not upper, unit), transposed(z)), upper, unit
    ),
    y=lambda dz, x, upper, unit: triangular(transposed(x), dz, not upper, unit),
)
def triangular(x: Array, y: Array, upper: bool, unit: bool) -> Array:
    """z = x⁻¹·y for a triangle x        dy = x⁻ᵀ·dz    dx = -dy·zᵀ, in the triangle"""
    n, z = x.shape[-1], np.array(y)
    for i in range(n - 1, -1, -1) if upper else range(n):
        known = slice(i + 1, n) if upper else slice(0, i)
        z[..., i, :] -= (x[..., i : i + 1, known] @ z[..., known, :])[..., 0, :]
        if not unit:
            z[..., i, :] /= x[..., i, i, None]
    return z


@tensor_function
def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """X with A·X = B, or X·A = B if not left. Of A one triangle is read; if unitriangular, its diagonal counts as 1.

    A 0 on the diagonal gives ∞ or nan. Raises RuntimeError for shapes that do not fit. torch:
    torch.linalg.solve_triangular.
    """
    name = "linalg.solve_triangular"
    for each, of in ((A, "A"), (B, "B")):
        if each.ndim < 2:
            raise RuntimeError(f"{name}: The input tensor {of} must have at least 2 dimensions.")
    (n, m), (rows, columns) = A.array.shape[-2:], B.array.shape[-2:]
    if n == m:
        refuse("triangular_solve_cpu", "biu", A)
    check_matrices(name, A)
    if n != (rows if left else columns):
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} ({n}x{n} and "
            f"{rows}x{columns})"
        )
    batch = np.broadcast_shapes(A.array.shape[:-2], B.array.shape[:-2])
    a, b = (each.expand(*batch, *each.array.shape[-2:]) for each in (A, B.to(A.dtype)))
    if left:
        return triangular(a, b, upper, unitriangular)
    return transposed(triangular(transposed(a), transposed(b), not upper, unitriangular))
