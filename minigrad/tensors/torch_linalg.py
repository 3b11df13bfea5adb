"""linalg's functions as torch has them at the top: with older names and parameters.   torch: torch/_torch_docs.py"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from minigrad.autograd.base import wrap
from minigrad.tensors import decompositions, solutions
from minigrad.tensors.arguments import Tensor, tensor_function
from minigrad.tensors.functions import where
from minigrad.tensors.matrices import LinAlgError, check_matrices
from minigrad.tensors.products import matmul
from minigrad.tensors.return_types import results
from minigrad.tensors.triangular import solve_triangular

__all__ = [
    "cholesky", "cholesky_inverse", "cholesky_solve", "logdet", "matrix_exp", "pinverse", "qr", "slogdet", "svd",
    "triangular_solve",
]  # fmt: skip

_SVD, _QR, _Slogdet, _Triangular = (
    results(name, fields)
    for name, fields in (
        ("svd", "U S V"), ("qr", "Q R"), ("slogdet", "sign logabsdet"),
        ("triangular_solve", "solution cloned_coefficient"),
    )
)  # fmt: skip


_INSTEAD = {
    "qr": """\
torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch release.
The boolean parameter 'some' has been replaced with a string parameter 'mode'.
Q, R = torch.qr(A, some)
should be replaced with
Q, R = torch.linalg.qr(A, 'reduced' if some else 'complete')""",
    "cholesky": """\
torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a future PyTorch release.
L = torch.cholesky(A)
should be replaced with
L = torch.linalg.cholesky(A)
and
U = torch.cholesky(A, upper=True)
should be replaced with
U = torch.linalg.cholesky(A).mH
This transform will produce equivalent results for all valid (symmetric positive definite) inputs""",
    "triangular_solve": """\
torch.triangular_solve is deprecated in favor of torch.linalg.solve_triangularand will be removed in a future PyTorch \
release.
torch.linalg.solve_triangular has its arguments reversed and does not return a copy of one of the inputs.
X = torch.triangular_solve(B, A).solution
should be replaced with
X = torch.linalg.solve_triangular(A, B)""",
}


@tensor_function
def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """input = U·S·Vᵀ, reduced if `some`: linalg.svd with V for its transpose. Without compute_uv U and V are 0."""
    if compute_uv:
        u, s, vh = decompositions.svd(input, not some)
        return _SVD(u, s, vh.mT)
    *batch, n, m = input.array.shape
    u, v = (wrap(np.zeros((*batch, k, k), input.array.dtype)) for k in (n, m))
    return _SVD(u, decompositions.svdvals(input), v)


@tensor_function
def qr(input: Tensor, some: bool = True) -> Any:
    """input = Q·R: linalg.qr, reduced if `some`, else complete."""
    warnings.warn(_INSTEAD["qr"], stacklevel=3)
    return _QR(*decompositions.qr(input, "reduced" if some else "complete"))


@tensor_function
def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """L with L·Lᵀ = input, or its transpose if upper: linalg.cholesky."""
    warnings.warn(_INSTEAD["cholesky"], stacklevel=3)
    check_matrices("cholesky", input)
    try:
        return decompositions.cholesky(input, upper=upper)
    except LinAlgError as error:
        raise LinAlgError(str(error).removeprefix("linalg.")) from None


@tensor_function
def cholesky_inverse(input: Tensor, upper: bool = False) -> Tensor:
    """The inverse of L·Lᵀ, for L, or for its transpose if upper."""
    check_matrices("cholesky_inverse", input)
    eye = wrap(np.eye(input.array.shape[-1], dtype=input.array.dtype))
    inverse = solve_triangular(input.mT if upper else input, eye, upper=False)
    return matmul(inverse.mT, inverse)


@tensor_function
def cholesky_solve(input: Tensor, input2: Tensor, upper: bool = False) -> Tensor:
    """X with L·Lᵀ·X = input, for L = input2, or for its transpose if upper."""
    for name, each in (("b", input), ("u", input2)):
        if each.ndim < 2:
            raise RuntimeError(
                f"{name} should have at least 2 dimensions, but has {each.ndim} dimensions instead"
            )
    (rows, columns), (n, m) = input.array.shape[-2:], input2.array.shape[-2:]
    if n != m:
        raise RuntimeError(
            f"cholesky_solve: A must be batches of square matrices, but they are {n} by {m} matrices"
        )
    if n != rows:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {n} by {n} but each b matrix is {rows} by "
            f"{columns}"
        )
    lower = input2.mT if upper else input2
    return solve_triangular(lower.mT, solve_triangular(lower, input, upper=False), upper=True)


@tensor_function
def triangular_solve(
    input: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """X with A·X = input for a triangle A, or with Aᵀ·X, and a copy of A: linalg.solve_triangular."""
    warnings.warn(_INSTEAD["triangular_solve"], stacklevel=3)
    for name, each in (("b", input), ("A", A)):
        if each.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has {each.ndim} "
                "dimensions instead"
            )
    a = A.mT if transpose else A
    solution = solve_triangular(a, input, upper=upper is not transpose, unitriangular=unitriangular)
    return _Triangular(solution, A.expand(*solution.shape[:-2], *A.shape[-2:]).clone())


@tensor_function
def slogdet(input: Tensor) -> Any:
    """The sign of the determinant, and the logarithm of its size: linalg.slogdet."""
    return _Slogdet(*solutions.slogdet(input))


@tensor_function
def logdet(input: Tensor) -> Tensor:
    """log det input, nan if the determinant is negative."""
    check_matrices("logdet", input)
    sign, size = solutions.slogdet(input)
    return where(sign == -1, math.nan, size)


@tensor_function
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudoinverse: linalg.pinv."""
    return solutions.pinv(input, rcond)


@tensor_function
def matrix_exp(input: Tensor) -> Tensor:
    """e to the matrix: linalg.matrix_exp."""
    return solutions.matrix_exp(input)
