"""What linalg computes by decompositions: pseudoinverses, least squares, ranks.   torch: LinearAlgebra.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays.dtypes import C_NAMES, dtype_of
from minigrad.autograd.base import Array, unwrap, wrap
from minigrad.autograd.op import differentiable
from minigrad.tensors import arranging, linalg
from minigrad.tensors.arguments import Number, Tensor, named, tensor_function
from minigrad.tensors.creation import ones_like
from minigrad.tensors.decompositions import eigvalsh, svdvals
from minigrad.tensors.functions import where
from minigrad.tensors.joining import cat
from minigrad.tensors.matrices import LinAlgError, check_matrices, product, transposed
from minigrad.tensors.more_functions import cumprod
from minigrad.tensors.products import dot, matmul
from minigrad.tensors.return_types import results

__all__ = [
    "cond", "diagonal", "inv_ex", "lstsq", "matrix_exp", "matrix_rank", "multi_dot", "pinv", "slogdet", "tensorinv",
    "tensorsolve", "vander", "vecdot",
]  # fmt: skip


# -- inverses and determinants --------------------------------------------------------------------------------

_InvEx = results("linalg_inv_ex", "inverse info")


@tensor_function
def inv_ex(A: Tensor, *, check_errors: bool = False) -> Any:
    """inv, and 0 or, of a singular matrix, which element of the diagonal is 0. Its inverse is nan.

    Raises LinAlgError for a singular matrix only if check_errors. torch: torch.linalg.inv_ex.
    """
    info = np.zeros(A.array.shape[:-2], np.int32)
    try:
        return _InvEx(linalg.inv(A), wrap(info))
    except LinAlgError as error:
        if check_errors:
            raise LinAlgError(str(error).replace("linalg.inv:", "linalg.inv_ex:", 1)) from None
    rank, n = np.linalg.matrix_rank(A.array), A.array.shape[-1]
    info = np.asarray(np.where(rank < n, rank + 1, 0), np.int32)
    singular = wrap(np.broadcast_to((info > 0)[..., None, None], A.array.shape))
    regular = linalg.inv(where(singular, wrap(np.eye(n, dtype=A.array.dtype)), A))
    return _InvEx(where(singular, math.nan, regular), wrap(info))


@differentiable("LinalgSlogdetBackward0", x=lambda dz, x: ops.mul(x, 0))
def _sign_of_determinant(x: Array) -> Array:
    """z = sign det x        dx = 0"""
    return np.asarray(np.linalg.slogdet(x).sign, x.dtype)


@differentiable(
    "LinalgSlogdetBackward0", x=lambda dz, x: dz[..., None, None] * transposed(linalg.inverse_of(x))
)
def _log_of_determinant(x: Array) -> Array:
    """z = log |det x|        dx = dz·x⁻ᵀ"""
    return np.asarray(np.linalg.slogdet(x).logabsdet, x.dtype)


_Slogdet = results("linalg_slogdet", "sign logabsdet")


@tensor_function
def slogdet(A: Tensor) -> Any:
    """The signs of determinants, and the logarithms of their sizes: also where det would overflow.

    torch: torch.linalg.slogdet.
    """
    check_matrices("linalg.slogdet", A)
    return _Slogdet(_sign_of_determinant(A), _log_of_determinant(A))


# -- by singular values ---------------------------------------------------------------------------------------


def _pinv_gradient(dz: Any, x: Any, z: Any) -> Any:
    """dx = -zᵀ·dz·zᵀ + (1 - x·z)·dzᵀ·z·zᵀ + zᵀ·z·dzᵀ·(1 - z·x), in the order that makes small products"""
    zt, dzt = transposed(z), transposed(dz)
    first = -product(product(zt, dz), zt)
    left, right = product(dzt, product(z, zt)), product(product(zt, z), dzt)
    return first + left - product(x, product(z, left)) + right - product(product(right, z), x)


@differentiable("LinalgPinvBackward0", x=lambda dz, x, z: _pinv_gradient(dz, x, z))
def _pseudoinverse(x: Array, atol: Any, rtol: Any, hermitian: bool) -> Array:
    """z = x⁺: v·s⁻¹·uᵀ for x = u·s·vᵀ, without singular values that count as 0"""
    if hermitian:
        s, u = np.linalg.eigh(x)
        vh = np.swapaxes(u, -2, -1)
    else:
        u, s, vh = np.linalg.svd(x, full_matrices=False)
    kept = abs(s) > _tolerance(abs(s), atol, rtol)[..., None]
    inverse = np.where(kept, 1 / np.where(kept, s, 1), 0).astype(x.dtype)
    return np.swapaxes(vh, -2, -1) @ (inverse[..., :, None] * np.swapaxes(u, -2, -1))


def _tolerance(sizes: Array, atol: Any, rtol: Any) -> Array:
    """What counts as 0: atol, or rtol times the largest singular value."""
    largest = sizes.max(-1) if sizes.shape[-1] else np.zeros(sizes.shape[:-1], sizes.dtype)
    return np.maximum(atol, rtol * largest)


def _tolerances(A: Any, atol: Any, rtol: Any) -> tuple[Any, Any]:
    """atol and rtol as numbers or arrays. By default rtol is the larger side times eps, unless atol is positive."""
    least = max(A.array.shape[-2:]) * float(np.finfo(A.array.dtype).eps)
    absolute = 0.0 if atol is None else unwrap(atol)
    if rtol is None:
        return absolute, np.where(np.asarray(absolute) > 0, 0.0, least)
    return absolute, unwrap(rtol)


@tensor_function
def pinv(
    A: Tensor,
    rcond: Tensor | Number | None = None,
    hermitian: bool = False,
    *,
    atol: Tensor | Number | None = None,
    rtol: Tensor | Number | None = None,
) -> Tensor:
    """The pseudoinverses of matrices: singular values up to atol, or rtol times the largest, count as 0.

    By default rtol is the larger side times eps; rcond is its old name. A hermitian matrix equals its transpose.
    torch: torch.linalg.pinv.
    """
    if A.ndim < 2 or A.array.dtype.kind != "f":
        raise RuntimeError(
            f"linalg.pinv({A.dtype.scalar_name}{{{list(A.array.shape)}}}): expected a tensor with 2 or more "
            "dimensions of float, double, cfloat or cdouble types"
        )
    check_matrices("linalg.pinv" if not hermitian else "linalg.eigh", A, square=hermitian)
    if A.array.size == 0:
        return transposed(A)
    return _pseudoinverse(A, *_tolerances(A, atol, rcond if rtol is None else rtol), hermitian)


@tensor_function
def matrix_rank(
    A: Tensor,
    tol: Tensor | Number | None = None,
    hermitian: bool = False,
    *,
    atol: Tensor | Number | None = None,
    rtol: Tensor | Number | None = None,
) -> Tensor:
    """How many singular values of each matrix do not count as 0: those above atol, and above rtol times the largest.

    By default rtol is the larger side times eps; tol is an old name of atol, with rtol = 0. torch:
    torch.linalg.matrix_rank.
    """
    if A.ndim < 2:
        raise RuntimeError(
            "torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions."
        )
    if A.array.dtype.kind != "f":
        raise RuntimeError("This function doesn't handle types other than float and double")
    absolute, relative = _tolerances(A, atol, rtol) if tol is None else (unwrap(tol), 0.0)
    sizes = abs((eigvalsh(A) if hermitian else svdvals(A)).array)
    return wrap(np.asarray((sizes > _tolerance(sizes, absolute, relative)[..., None]).sum(-1)))


@tensor_function
def cond(A: Tensor, p: int | float | str | None = None) -> Tensor:
    """The condition numbers of matrices: |A|·|A⁻¹| by the norm p, or the largest singular value over the smallest.

    ∞ for a singular matrix. torch: torch.linalg.cond.
    """
    if A.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if p in (None, 2, -2):
        s = svdvals(A)
        z = s[..., 0] / s[..., -1]
        return z if p != -2 else s[..., -1] / s[..., 0]
    if p not in ("fro", "nuc", 1, -1, math.inf, -math.inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    check_matrices(f"linalg.cond(ord={p})", A)
    inverse, info = inv_ex(A)
    z = linalg.matrix_norm(A, p) * linalg.matrix_norm(inverse, p)
    return where(wrap(info.array > 0), math.inf, z)


# -- least squares --------------------------------------------------------------------------------------------


@differentiable(
    "LinalgLstsqBackward0",
    x=lambda dz, x, y, rtol: _pinv_gradient(product(dz, transposed(y)), x, _pseudoinverse(x, 0.0, rtol, False)),
    y=lambda dz, x, rtol: product(transposed(_pseudoinverse(x, 0.0, rtol, False)), dz),
)  # fmt: skip
def _least_squares(x: Array, y: Array, rtol: float) -> Array:
    """z = x⁺·y"""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    kept = s > _tolerance(s, 0.0, rtol)[..., None]
    inverse = np.where(kept, 1 / np.where(kept, s, 1), 0).astype(x.dtype)
    return np.swapaxes(vh, -2, -1) @ (inverse[..., :, None] * (np.swapaxes(u, -2, -1) @ y))


_Lstsq = results("linalg_lstsq", "solution residuals rank singular_values")
_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


@tensor_function
def lstsq(A: Tensor, B: Tensor, rcond: Number | None = None, *, driver: str | None = None) -> Any:
    """X with the least |A·X - B|², and of those the smallest; the residuals, the rank of A and its singular values.

    B may be a vector. The residuals are empty unless A has more rows than columns and full rank; the rank is empty for
    the driver "gels", the singular values are for that and for "gelsy", the default. Singular values up to rcond times
    the largest count as 0. torch: torch.linalg.lstsq.
    """
    name = "torch.linalg.lstsq"
    if A.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if B.ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if A.array.dtype != B.array.dtype:
        raise RuntimeError(f"{name}: Expected input and other to have the same dtype, but they differ.")
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and A.array.shape[:-1] == B.array.shape)
    if A.array.shape[-2] != B.array.shape[-1 if vector else -2]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({-1 if vector else -2})")
    if driver is not None and driver not in _DRIVERS:
        raise RuntimeError(f"{name}: parameter `driver` should be one of ({', '.join(_DRIVERS)})")
    check_matrices("linalg.lstsq", A, square=False)
    columns = B.unsqueeze(-1) if vector else B
    batch = np.broadcast_shapes(A.array.shape[:-2], columns.array.shape[:-2])
    a, b = (each.expand(*batch, *each.array.shape[-2:]) for each in (A, columns))
    n, m = A.array.shape[-2:]
    rtol = max(n, m) * float(np.finfo(A.array.dtype).eps) if rcond is None else float(rcond)
    solution = _least_squares(a, b, rtol)
    s = np.linalg.svd(A.array, compute_uv=False)
    rank = np.asarray((s > _tolerance(s, 0.0, rtol)[..., None]).sum(-1))
    residuals = solution.reshape(-1)[:0]
    if n > m and (rank == m).all() and driver not in (None, "gelsy"):
        residuals = (matmul(a, solution) - b).square().sum(-2)
    return _Lstsq(
        solution.squeeze(-1) if vector else solution, residuals,
        wrap(np.empty(0, np.int64) if driver == "gels" else rank),
        wrap(s) if driver in ("gelsd", "gelss") else wrap(np.empty(0, A.array.dtype)),
    )  # fmt: skip


# -- products -------------------------------------------------------------------------------------------------


def _exponential_gradient(dz: Any, x: Any) -> Any:
    """The upper right part of the exponential of ((xᵀ, dz), (0, xᵀ))."""
    *batch, n, _ = unwrap(x).shape
    first, last = slice(0, n), slice(n, 2 * n)
    parts = ((transposed(x), first, first), (transposed(x), last, last), (dz, first, last))
    blocks = [ops.embed(each, (*batch, 2 * n, 2 * n), (..., rows, columns)) for each, rows, columns in parts]
    return _exponential(blocks[0] + blocks[1] + blocks[2])[..., :n, n:]


@differentiable("LinalgMatrixExpBackward0", x=lambda dz, x: _exponential_gradient(dz, x))
def _exponential(x: Array) -> Array:
    """z = Σ xⁿ/n!: of x/2ᵏ, which is small, up to n = 18; its square k times is that of x"""
    eye = np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
    largest = float(abs(x).sum(-1).max()) if x.size else 0.0
    halvings = max(0, math.frexp(largest)[1]) if math.isfinite(largest) else 0
    x, z = x / 2**halvings, eye
    for n in range(18, 0, -1):
        z = eye + x @ z / n
    for _ in range(halvings):
        z = z @ z
    return z


@tensor_function
def matrix_exp(A: Tensor) -> Tensor:
    """eᴬ of square matrices: Σ Aⁿ/n!. torch: torch.linalg.matrix_exp."""
    check_matrices("linalg.matrix_exp", A)
    return _exponential(A)


def multi_dot(tensors: Any) -> Tensor:
    """The product of matrices in the order of the fewest multiplications; the first and the last may be vectors.

    Raises RuntimeError for fewer than two, and for shapes or dtypes that do not fit. torch: torch.linalg.multi_dot.
    """
    name, n = "multi_dot()", len(tensors)
    if n < 2:
        raise RuntimeError(f"{name}: expected at least 2 tensors but got {n}")
    for i, each in enumerate(tensors):
        if i in (0, n - 1) and each.ndim not in (1, 2):
            raise RuntimeError(
                f"{name}: the {'last' if i else 'first'} tensor must be 1D or 2D but got {each.ndim}D"
            )
        if i not in (0, n - 1) and each.ndim != 2:
            raise RuntimeError(f"{name}: tensor {i} must be 2D but got {each.ndim}D")
        if each.dtype != tensors[0].dtype:
            kinds = [C_NAMES[dtype_of(x.array.dtype)] for x in (tensors[0], each)]
            raise RuntimeError(
                f"{name}: all tensors must have be the same dtype but tensor 0 is {kinds[0]} and tensor {i} {kinds[1]}"
            )
    parts = [x.unsqueeze(0 if i == 0 else -1) if x.ndim == 1 else x for i, x in enumerate(tensors)]
    for i, (x, y) in enumerate(itertools.pairwise(parts)):
        if x.shape[-1] != y.shape[0]:
            raise RuntimeError(
                f"{name}: tensors {i} and {i + 1} with shapes {list(tensors[i].shape)} and "
                f"{list(tensors[i + 1].shape)} cannot be multiplied"
            )
    sides = [parts[0].shape[0], *(x.shape[1] for x in parts)]
    z = _in_order(parts, sides)
    last = z.squeeze(-1) if tensors[-1].ndim == 1 else z
    return last.squeeze(0) if tensors[0].ndim == 1 else last


def _in_order(parts: list[Any], sides: list[int]) -> Any:
    """The product of the parts. best[i, j] is the least cost of that of parts i to j, and where to split it."""
    n = len(parts)
    best: dict[tuple[int, int], tuple[int, int]] = {(i, i): (0, i) for i in range(n)}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            best[i, j] = min(
                (best[i, k][0] + best[k + 1, j][0] + sides[i] * sides[k + 1] * sides[j + 1], k) for k in range(i, j)
            )  # fmt: skip

    def multiplied(i: int, j: int) -> Any:
        k = best[i, j][1]
        return parts[i] if i == j else matmul(multiplied(i, k), multiplied(k + 1, j))

    return multiplied(0, n - 1)


@tensor_function
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """Σ x·y along dim. torch: torch.linalg.vecdot."""
    for each in (x, y):
        if each.array.dtype.kind != "f":
            raise RuntimeError(
                f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {each.dtype.scalar_name}"
            )
    if x.array.dtype != y.array.dtype:
        kinds = [each.dtype.scalar_name for each in (x, y)]
        raise RuntimeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {kinds[0]} and y of type "
            f"{kinds[1]} instead"
        )
    return dot(x, y) if x.ndim == y.ndim == 1 else (x * y).sum(dim)


# -- shapes ---------------------------------------------------------------------------------------------------


def _diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    return arranging.diagonal(A, offset, dim1, dim2)


diagonal = tensor_function(
    named(_diagonal, "diagonal", "The diagonals of matrices, as views. torch: torch.linalg.diagonal.")
)


@tensor_function
def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers 1, x, x², ..., N of them, along a new last dim. torch: torch.linalg.vander."""
    count = N if N is not None else x.shape[-1] if x.ndim else 0
    if x.array.dtype.kind == "b":
        raise RuntimeError(
            "linalg.vander supports floating point, complex, and integer tensors, but got Bool"
        )
    if count < 2:
        raise RuntimeError("N must be greater than 1.")
    column = (x if x.ndim else x.reshape(1)).unsqueeze(-1)
    powers = cumprod(column.expand(*column.shape[:-1], count - 1), -1)
    return cat([ones_like(column), powers.to(x.dtype)], -1)


def _check_sides(x: Any, split: int, where: str) -> None:
    left, right = math.prod(x.shape[:split]), math.prod(x.shape[split:])
    if left != right:
        raise RuntimeError(
            f"Expected self to satisfy the requirement prod(self.shape[{where}:]) == prod(self.shape[:{where}]), but "
            f"got {right} != {left}"
        )


@tensor_function
def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of A as a matrix, whose rows are the first `ind` dims. torch: torch.linalg.tensorinv."""
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    _check_sides(A, ind, "ind")
    inverse = linalg.inv(A.reshape(math.prod(A.shape[:ind]), -1))
    return inverse.reshape(*A.shape[ind:], *A.shape[:ind])


@tensor_function
def tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """X with tensordot(A, X, X.ndim) = B; the dims are moved to A's end first. torch: torch.linalg.tensorsolve."""
    if dims is not None:
        A = A.movedim(tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    _check_sides(A, B.ndim, "other.ndim")
    shape = A.shape[B.ndim :]
    return linalg.solve(A.reshape(B.numel(), -1), B.reshape(-1)).reshape(shape)
