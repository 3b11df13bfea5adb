"""minigrad.linalg: inverses, determinants, solutions, norms.   torch: torch/linalg/__init__.py

NumPy computes them by LAPACK. Batches of matrices have more dims in front.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.autograd.base import Array, TensorBase, unwrap, wrap
from minigrad.autograd.op import differentiable
from minigrad.tensors.arguments import Dims, Tensor, combination, named, one_dim, overloaded, tensor_function
from minigrad.tensors.contractions import linalg_cross as cross
from minigrad.tensors.matrices import LinAlgError, check_matrices, product, transposed
from minigrad.tensors.ordering import amax, amin
from minigrad.tensors.products import matmul
from minigrad.tensors.reductions import linalg_vector_norm, widened

__all__ = [
    "LinAlgError",
    "cross",
    "det",
    "inv",
    "matrix_norm",
    "matrix_power",
    "norm",
    "solve",
    "vector_norm",
]


@differentiable("LinalgInvExBackward0", x=lambda dz, z: -product(transposed(z), product(dz, transposed(z))))
def inverse_of(x: Array) -> Array:
    """z = x⁻¹        dx = -zᵀ·dz·zᵀ"""
    return np.linalg.inv(x)


@differentiable(
    "LinalgSolveExBackward0",
    x=lambda dz, x, z: -product(_solution(transposed(x), dz), transposed(z)),
    y=lambda dz, x: _solution(transposed(x), dz),
)
def _solution(x: Array, y: Array) -> Array:
    """z = x⁻¹·y, matrices        dy = x⁻ᵀ·dz    dx = -dy·zᵀ"""
    return np.linalg.solve(x, y)


def _cofactors(x: Array) -> Array:
    """The determinants without each row and column, with their signs: also of a matrix without inverse."""
    n = x.shape[-1]
    z = np.empty_like(x)
    for i in range(n):
        rows = np.delete(x, i, -2)
        for j in range(n):
            z[..., i, j] = (-1) ** (i + j) * np.linalg.det(np.delete(rows, j, -1))
    return z


def _det_gradient(dz: Any, x: Any, z: Any) -> Any:
    dz, z = (each.reshape(*unwrap(each).shape, 1, 1) for each in (dz, z))
    if (unwrap(z) != 0).all():
        return dz * z * transposed(inverse_of(x))
    if isinstance(dz, TensorBase):
        raise RuntimeError(
            "the second derivative of det is not implemented for a matrix whose determinant is 0\n"
            "minigrad computes its first derivative by cofactors, without a graph."
        )
    return dz * _cofactors(x)


@differentiable("LinalgDetBackward0", x=lambda dz, x, z: _det_gradient(dz, x, z))
def _determinant(x: Array) -> Array:
    """z = det x        dx = dz·z·x⁻ᵀ"""
    return np.linalg.det(x)


def _singular(name: str, A: Tensor) -> LinAlgError:
    """torch's error for a singular matrix; of a batch the first such one."""
    if A.ndim == 2:
        where, matrix = "", A.array
    else:
        batch = A.array.reshape(-1, *A.array.shape[-2:])
        found = next((i for i, each in enumerate(batch) if np.linalg.det(each) == 0), 0)
        where, matrix = f"(Batch element {found}): ", batch[found]
    if name != "linalg.inv":
        return LinAlgError(f"{name}: {where}The solver failed because the input matrix is singular.")
    return LinAlgError(
        f"{name}: {where}The diagonal element {np.linalg.matrix_rank(matrix) + 1} is zero, the inversion could not be "
        "completed because the input matrix is singular."
    )


@tensor_function
def inv(A: Tensor) -> Tensor:
    """A⁻¹ of square matrices. LinAlgError if one is singular."""
    check_matrices("linalg.inv", A)
    try:
        return inverse_of(A)
    except np.linalg.LinAlgError:
        raise _singular("linalg.inv", A) from None


@tensor_function
def det(A: Tensor) -> Tensor:
    """The determinants of square matrices."""
    check_matrices("linalg.det", A)
    return _determinant(A)


@tensor_function
def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """X with A·X = B, or X·A = B if not left; B may be a vector. LinAlgError if A is singular."""
    check_matrices("linalg.solve", A)
    if A.array.dtype != B.array.dtype:
        kinds = [each.dtype.scalar_name for each in (A, B)]
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {kinds[0]} and B of type "
            f"{kinds[1]} instead"
        )
    vector = B.ndim == 1 or (A.ndim == B.ndim + 1 and A.array.shape[:-1] == B.array.shape)
    columns = B.unsqueeze(-1) if vector else B if left else B.mT
    n, m = A.array.shape[-1], columns.array.shape[-2]
    if n != m:
        shapes = f"{n}x{n} and {m}x{columns.array.shape[-1]}"
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation {equation} ({shapes})"
        )
    batch = np.broadcast_shapes(A.array.shape[:-2], columns.array.shape[:-2])
    matrices = [each.expand(*batch, *each.array.shape[-2:]) for each in (A if left else A.mT, columns)]
    try:
        X = _solution(*matrices)
    except np.linalg.LinAlgError:
        raise _singular("torch.linalg.solve", A) from None
    return X.squeeze(-1) if vector else X if left else X.mT


@tensor_function
def matrix_power(A: Tensor, n: int) -> Tensor:
    """A·A·... n times; of A⁻¹ for a negative n."""
    if A.ndim < 2:
        raise RuntimeError("linalg.matrix_power: The input tensor A must have at least 2 dimensions.")
    rows, columns = A.array.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            f"linalg.matrix_power: A must be batches of square matrices, but they are {rows} by {columns} matrices"
        )
    if n == 0:
        return ops.copy(A, wrap(np.broadcast_to(np.eye(rows, dtype=A.array.dtype), A.array.shape)))
    x, z = inv(A) if n < 0 else A, A
    first = True
    for bit in reversed(bin(abs(n))[2:]):  # by squares, as in torch
        if bit == "1":
            z, first = x if first else matmul(z, x), False
        x = matmul(x, x)
    return ops.clone(A) if n == 1 else z


# -- norms --------------------------------------------------------------------------------------------------


@overloaded((0, 3), (0, 3))
def linalg_norm(
    input: Tensor,
    ord: Any = None,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
) -> Tensor:
    """The norm of vectors, for one dim, or of matrices, for two. Without ord √Σ |x|² over all elements, or over dim.

    Raises the errors of vector_norm and matrix_norm. torch: torch.linalg.norm.
    """
    dims = None if dim is None else [dim] if isinstance(dim, int) else list(dim)
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {dims}")
    if ord is None:
        return linalg_vector_norm(input, 2.0, dims, keepdim, dtype=dtype)
    if dims is None and input.ndim not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            f"{input.ndim}D.\nSay over which dims, as in dim=(-2, -1)."
        )
    if (input.ndim if dims is None else len(dims)) == 1 and not isinstance(ord, str):
        return linalg_vector_norm(input, float(ord), dims, keepdim, dtype=dtype)
    return linalg_matrix_norm(input, ord, tuple(dims or (0, 1)), keepdim, dtype=dtype)


@overloaded((0, 0), (1, 3), (1, 3))
def linalg_matrix_norm(
    input: Tensor,
    ord: Any = "fro",
    dim: Dims = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
) -> Tensor:
    """The norm of matrices, whose rows are counted along the first of the two dims and columns along the second.

    ord    "fro": √Σ x²    "nuc": the sum of the singular values    2, -2: the largest, the smallest of them
           1, -1: the largest, the smallest sum of a column of |x|    inf, -inf: the same of a row
    Raises RuntimeError for integers, for another ord, and if dim is not two different dims. torch:
    torch.linalg.matrix_norm.
    """
    name = "linalg.matrix_norm"
    _check_norm(name, input, ord, dim)
    x = input if dtype is None else widened(name, input, dtype)
    rows, columns = (one_dim(d, x.ndim) for d in dim)
    if rows == columns:
        raise RuntimeError(f"{name}: dims must be different. Got ({rows}, {columns})")
    if ord == "fro":
        return linalg_vector_norm(x, 2.0, dim, keepdim)
    if ord == "nuc" or abs(ord) == 2:
        check_matrices(name, x, square=False)
        from minigrad.tensors.decompositions import svdvals  # here, since few programs need it

        s = svdvals(ops.permute(x, (*(d for d in range(x.ndim) if d not in (rows, columns)), rows, columns)))
        z = s.sum(-1) if ord == "nuc" else _extreme(s, ord, -1)
        return z.unsqueeze(min(rows, columns)).unsqueeze(max(rows, columns)) if keepdim else z
    if abs(ord) == math.inf:
        rows, columns = columns, rows
    sums = linalg_vector_norm(x, 1.0, rows, keepdim)
    return _extreme(sums, ord, columns - (columns > rows and not keepdim), keepdim)


def _extreme(x: Tensor, ord: float, dim: int, keepdim: bool = False) -> Tensor:
    """The maximum, or the minimum for a negative ord. The largest of no norms is 0."""
    if ord > 0 and x.array.shape[dim] == 0:
        return x.sum(dim, keepdim).detach()  # without history, as in torch
    return amax(x, dim, keepdim) if ord > 0 else amin(x, dim, keepdim)


def _check_norm(name: str, x: Tensor, ord: Any, dim: Any) -> None:
    """Raise torch's RuntimeError for what has no matrices, for an unknown ord and for other than two dims."""
    if isinstance(dim, int):
        raise TypeError(
            f"{combination('linalg_matrix_norm', (x, ord, dim), {})}\ndim is a pair, as in dim=(-2, -1)."
        )
    if ord not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"{name}: Order {ord} not supported.\nUse 'fro', 'nuc', ±1, ±2 or ±inf.")
    if x.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if x.array.dtype.kind != "f":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.scalar_name}\n"
            "Convert with .float() first."
        )
    if len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")


# -- by torch's other names ---------------------------------------------------------------------------------

norm, vector_norm, matrix_norm = linalg_norm, linalg_vector_norm, linalg_matrix_norm


def _inverse(input: Tensor) -> Tensor:
    return inv(input)


def _det(input: Tensor) -> Tensor:
    return det(input)


def _matrix_power(input: Tensor, n: int) -> Tensor:
    return matrix_power(input, n)


torch_inverse, torch_det, torch_matrix_power = (
    tensor_function(named(function, name, doc))
    for function, name, doc in (
        (_inverse, "inverse", "A⁻¹ of square matrices: linalg.inv."),
        (_det, "det", "The determinants of square matrices: linalg.det."),
        (_matrix_power, "matrix_power", "A·A·... n times: linalg.matrix_power."),
    )
)
