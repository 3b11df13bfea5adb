"""Products that make a matrix: LLᵀ, QR, VΛVᵀ and USVᵀ, with their derivatives.   torch: FunctionsManual.cpp

LAPACK finds all factors at once, and chooses their signs. Each is then the result of an op of its own, whose rule knows
all of them; the gradients that arrive through several factors are added. To be differentiated again, a rule needs the
factors as functions of the matrix: then it decomposes the matrix once more.
"""

# mypy: disable-error-code="untyped-decorator, has-type"
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.autograd.base import Array, TensorBase, unwrap, wrap
from minigrad.autograd.op import Op, differentiable
from minigrad.tensors.arguments import Tensor, tensor_function
from minigrad.tensors.matrices import LinAlgError, check_matrices, product, transposed
from minigrad.tensors.return_types import results
from minigrad.tensors.triangular import triangular

__all__ = ["cholesky", "cholesky_ex", "eigh", "eigvalsh", "qr", "svd", "svdvals"]


def _factors(name: str, gradient: Callable[..., Any], again: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes tensors of the factors found. Their rule is gradient(dz, which, factors, option)."""

    def rule(dz: Any, x: Any, which: int, found: tuple[Array, ...], option: Any) -> Any:
        return gradient(dz, which, again(x, option) if isinstance(dz, TensorBase) else found, option)

    @differentiable(name, x=lambda dz, x, which, found, option: rule(dz, x, which, found, option))
    def factor(x: Array, which: int, found: tuple[Array, ...], option: Any) -> Array:
        """z = one of the factors of x, found before"""
        return found[which]

    op: Op = factor
    return lambda x, found, option: [op(x, which, found, option) for which in range(len(found))]


def _eye(x: Any) -> Any:
    return np.eye(unwrap(x).shape[-1], dtype=unwrap(x).dtype)


def _gaps(x: Any) -> Any:
    """xⱼ - xᵢ in row i and column j; 1 on the diagonal."""
    return ops.add(x[..., None, :] - x[..., :, None], _eye(x))


# -- LLᵀ ----------------------------------------------------------------------------------------------------


def _cholesky_gradient(dz: Any, which: int, factors: Any, upper: bool) -> Any:
    """dx = the symmetric part of l⁻ᵀ·m·l⁻¹, where m is the lower triangle of lᵀ·dl with half its diagonal"""
    [z] = factors
    lt, dl = (z, transposed(dz)) if upper else (transposed(z), dz)
    m = product(lt, dl)
    m = ops.tril(m, -1) + ops.mul(m, 0.5 * _eye(m))
    for _ in range(2):
        m = transposed(triangular(lt, m, True, False))
    return (m + transposed(m)) * 0.5


_cholesky = _factors(
    "LinalgCholeskyExBackward0", _cholesky_gradient, lambda x, upper: [cholesky(x, upper=upper)]
)


def _lower(x: Array) -> tuple[Array, Array]:
    """L, and 0 for each matrix, or the order of its first leading minor that is not positive."""
    try:
        return np.linalg.cholesky(x), np.zeros(x.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        pass
    z, info = np.tril(x), np.zeros(x.shape[:-2], np.int32)
    for place in np.ndindex(x.shape[:-2]):
        for order in range(1, x.shape[-1] + 1):
            try:
                z[place][:order, :order] = np.linalg.cholesky(x[place][:order, :order])
            except np.linalg.LinAlgError:
                info[place] = order
                break
    return z, info


def _decomposed(name: str, A: Any, upper: bool, check: bool) -> tuple[Any, Any]:
    check_matrices("linalg.cholesky", A)
    lower, info = _lower(np.swapaxes(A.array, -2, -1) if upper else A.array)
    if check and info.any():
        place = int(np.flatnonzero(info)[0])
        where = f"(Batch element {place}): " if A.ndim > 2 else ""
        raise LinAlgError(
            f"{name}: {where}The factorization could not be completed because the input is not positive-definite (the "
            f"leading minor of order {info.reshape(-1)[place]} is not positive-definite)."
        )
    return _cholesky(A, (np.swapaxes(lower, -2, -1) if upper else lower,), upper)[0], wrap(info)


@tensor_function
def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """L, lower triangular with L·Lᵀ = A, or Lᵀ if upper. A is symmetric: only this triangle of it is read.

    Raises LinAlgError if A is not positive definite. torch: torch.linalg.cholesky.
    """
    return _decomposed("linalg.cholesky", A, upper, True)[0]


_CholeskyEx = results("linalg_cholesky_ex", "L info")


@tensor_function
def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> Any:
    """cholesky, and 0 or, of a matrix that is not positive definite, the order of the first minor that is not positive.

    Raises LinAlgError for such a matrix only if check_errors. torch: torch.linalg.cholesky_ex.
    """
    return _CholeskyEx(*_decomposed("linalg.cholesky_ex", A, upper, check_errors))


# -- QR -----------------------------------------------------------------------------------------------------


def _qr_gradient(dz: Any, which: int, factors: Any, mode: str) -> Any:
    """dx = (q·s + dq)·r⁻ᵀ, where s is symmetric with the upper triangle of dr·rᵀ - qᵀ·dq"""
    q, r = factors
    n, m = unwrap(q).shape[-2], unwrap(r).shape[-1]
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr."
        )
    if mode == "complete" and n > m:
        raise RuntimeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols."
        )
    s = product(dz, transposed(r)) if which else -product(transposed(q), dz)
    if n >= m:
        x = product(q, ops.triu(s, 0) + transposed(ops.triu(s, 1)))
        return transposed(triangular(r, transposed(x if which else x + dz), True, False))
    # of a wide matrix r is no square: the columns beyond are q times those of r
    x = product(q, ops.tril(transposed(s) - s, -1))
    x = transposed(triangular(r[..., :n], transposed(x), True, False))
    wide = ops.embed(x, (*unwrap(x).shape[:-1], m), (..., slice(0, n)))
    return wide + product(q, dz) if which else wide


_qr = _factors("LinalgQrBackward0", _qr_gradient, lambda x, mode: qr(x, mode))
_QR = results("linalg_qr", "Q R")


@tensor_function
def qr(A: Tensor, mode: str = "reduced") -> Any:
    """A = Q·R: the columns of Q are orthonormal, R is an upper triangle. Q is square if the mode is "complete".

    With "r" Q is empty. Raises RuntimeError in backward for "r", and for "complete" if A has more rows than columns.
    torch: torch.linalg.qr.
    """
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    check_matrices("linalg.qr", A, square=False)
    how: Any = mode
    if mode != "r":
        return _QR(*_qr(A, tuple(np.linalg.qr(A.array, how)), mode))
    nothing = np.empty(0, A.array.dtype)
    return _QR(wrap(nothing), _qr(A, (nothing.reshape(0, 0), np.linalg.qr(A.array, "r")), mode)[1])


# -- VΛVᵀ ---------------------------------------------------------------------------------------------------


def _eigh_gradient(dz: Any, which: int, factors: Any, uplo: str) -> Any:
    """dx = v·(dl on the diagonal, and beside it vᵀ·dv/(lⱼ - lᵢ))·vᵀ"""
    values, v = factors
    if which == 0:
        return product(v * dz[..., None, :], transposed(v))
    x = product(transposed(v), dz) / _gaps(values)
    return product(product(v, ops.mul(x, 1 - _eye(x))), transposed(v))


_eigh = _factors("LinalgEighBackward0", _eigh_gradient, lambda x, uplo: eigh(x, uplo))
_Eigh = results("linalg_eigh", "eigenvalues eigenvectors")


def _eigen(A: Any, uplo: Any) -> list[Any]:
    check_matrices("linalg.eigh", A)
    if len(uplo) != 1 or uplo not in "ULul":
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {uplo}")
    return _eigh(A, tuple(np.linalg.eigh(A.array, uplo)), uplo)


@tensor_function
def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, the smallest first, and their eigenvectors, as columns.

    Only one triangle of A is read, "L"ower or "U"pper; its gradient is that of all of A. Backward divides by the
    differences of eigenvalues. torch: torch.linalg.eigh.
    """
    return _Eigh(*_eigen(A, UPLO))


@tensor_function
def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, the smallest first. torch: torch.linalg.eigvalsh."""
    return _eigen(A, UPLO)[0]


# -- USVᵀ ---------------------------------------------------------------------------------------------------


def _svd_gradient(dz: Any, which: int, factors: Any, full: bool) -> Any:
    """dx = u·ds·vh    or u·m·vh for other m, and what du and dvh have outside of what u and vh span, over s"""
    u, s, vh = factors
    (n, k), m = (unwrap(u).shape[-2], unwrap(s).shape[-1]), unwrap(vh).shape[-1]
    u, vh = u[..., :k], vh[..., :k, :]
    if which == 1:
        return product(u * dz[..., None, :], vh)
    if which == 2:
        dz = dz[..., :k, :]
        x = product(vh, transposed(dz))
        x = s[..., :, None] * ((x - transposed(x)) / _gaps(s * s))
        if m == k:
            return product(u, product(x, vh))
        outside = dz / s[..., :, None]
        return product(u, product(x, vh) + outside - product(product(outside, transposed(vh)), vh))
    dz = dz[..., :k]
    x = product(transposed(u), dz)
    x = (x - transposed(x)) / _gaps(s * s) * s[..., None, :]
    if n == k:
        return product(product(u, x), vh)
    outside = dz / s[..., None, :]
    return product(product(u, x) + outside - product(u, product(transposed(u), outside)), vh)


_svd = _factors("LinalgSvdBackward0", _svd_gradient, lambda x, full: svd(x, full))
_SVD = results("linalg_svd", "U S Vh")


def _of_svd(A: Any, full: bool) -> list[Any]:
    check_matrices("linalg.svd", A, square=False)
    return _svd(A, tuple(np.linalg.svd(A.array, full_matrices=full)), full)


@tensor_function
def svd(A: Tensor, full_matrices: bool = True) -> Any:
    """A = U·S·Vh: columns of U and rows of Vh are orthonormal, S falls. With full_matrices both are square.

    Backward divides by S, and by the differences of its squares; of a full U or Vh what is beyond S has no gradient.
    torch: torch.linalg.svd.
    """
    return _SVD(*_of_svd(A, full_matrices))


@tensor_function
def svdvals(A: Tensor) -> Tensor:
    """The singular values of matrices, the largest first. torch: torch.linalg.svdvals."""
    return _of_svd(A, False)[1]
