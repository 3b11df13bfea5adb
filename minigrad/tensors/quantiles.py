"""Order statistics and covariances, composed of other functions.   torch: Sorting.cpp, Correlation.cpp, Unique.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import kernels
from minigrad.arrays.dtypes import get_default_dtype
from minigrad.autograd.base import TensorBase, wrap
from minigrad.autograd.misuse import no_derivative
from minigrad.autograd.op import differentiable
from minigrad.autograd.saved import Key
from minigrad.tensors.arguments import Number, Tensor, one_dim, tensor_function
from minigrad.tensors.functions import refuse
from minigrad.tensors.ordering import pair, sort

__all__ = [
    "corrcoef", "cov", "cummax", "cummin", "kthvalue", "msort", "nanquantile", "quantile", "unique_consecutive",
]  # fmt: skip

_Kth, _Cummax, _Cummin = pair("kthvalue"), pair("cummax"), pair("cummin")


@tensor_function
def msort(input: Tensor) -> Tensor:
    """The input, sorted along its first dim."""
    return sort(input, 0).values


@tensor_function
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element along dim, counted from 1, and its index.

    Raises RuntimeError unless 1 ≤ k ≤ the size of dim. torch: torch.kthvalue.
    """
    refuse("kthvalue_cpu", "b", input)
    axis = one_dim(dim, input.ndim)
    if not 1 <= k <= (input.shape[axis] if input.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}")
    if not input.ndim:
        return _Kth(input.clone(), wrap(np.zeros((), np.int64)))
    values, indices = sort(input, axis, stable=True)
    parts = (each.narrow(axis, k - 1, 1) for each in (values, indices))
    return _Kth(*(part if keepdim else part.squeeze(axis) for part in parts))


# -- quantiles ------------------------------------------------------------------------------------------------


@tensor_function
def quantile(
    input: Tensor,
    q: Tensor | Number,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """What a share q of the elements along dim, or of all, lies below; for a vector of shares a dim more in front.

    Between two elements it is on the line through them, or the `lower`, the `higher`, the `nearest` or the
    `midpoint`. nan if an element is nan. torch: torch.quantile.
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@tensor_function
def nanquantile(
    input: Tensor,
    q: Tensor | Number,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """quantile of the elements that are not nan. torch: torch.nanquantile."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)


def _quantile(
    name: str, x: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str, skip_nan: bool
) -> Any:
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
        )
    shares = _shares(name, x, q)
    axis = 0 if dim is None else one_dim(dim, x.ndim)
    ndim, shape = x.ndim, x.shape
    rows = x.reshape(-1) if dim is None or not ndim else x.movedim(axis, -1)
    ordered = sort(rows, -1, stable=True).values  # nan comes last
    nan = np.isnan(ordered.array)
    n = (~nan).sum(-1, keepdims=True) if skip_nan else np.full((*rows.shape[:-1], 1), rows.shape[-1])
    rank = shares.reshape(-1) * wrap(np.maximum(n - 1, 0).astype(x.array.dtype))
    if not skip_nan:
        rank = rank.masked_fill(wrap(nan.any(-1, keepdims=True)), rows.shape[-1] - 1)
    z = _between(ordered, rank, interpolation).movedim(-1, 0)
    if keepdim:
        z = z.reshape([-1, *(1 if dim is None or d == axis else size for d, size in enumerate(shape))])
    return z if shares.ndim else z.squeeze(0)


def _shares(name: str, x: Any, q: Any) -> Any:
    """q as a tensor. Raises torch's RuntimeError if x or q does not fit."""
    if x.numel() == 0:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if isinstance(q, TensorBase) and q.array.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if x.array.dtype not in (np.float32, np.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if not isinstance(q, TensorBase):
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
        return wrap(np.asarray(q, x.array.dtype))
    if q.array.dtype != x.array.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if not ((q.array >= 0) & (q.array <= 1)).all():
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    return q


def _between(ordered: Any, rank: Any, interpolation: str) -> Any:
    """The elements of sorted rows at these ranks, which may lie between two elements."""
    steps: Any = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}
    if interpolation in steps:
        return ordered.gather(-1, wrap(steps[interpolation](rank.array).astype(np.int64)))
    below = np.floor(rank.array)
    low, high = (ordered.gather(-1, wrap(step.astype(np.int64))) for step in (below, np.ceil(rank.array)))
    weight = wrap(np.full_like(below, 0.5)) if interpolation == "midpoint" else rank - wrap(below)
    return low.lerp(high, weight)


# -- what came so far -----------------------------------------------------------------------------------------


@tensor_function
def cummax(input: Tensor, dim: int) -> Any:
    """The greatest of the elements so far along dim, and its index: the last one of equal ones. nan stays."""
    return _so_far(input, dim, np.greater_equal, _Cummax, "CummaxBackward0")


@tensor_function
def cummin(input: Tensor, dim: int) -> Any:
    """The smallest of the elements so far along dim, and its index: the last one of equal ones. nan stays."""
    return _so_far(input, dim, np.less_equal, _Cummin, "CumminBackward0")


def _so_far(input: Any, dim: int, holds: Any, kind: Any, name: str) -> Any:
    axis = one_dim(dim, input.ndim)
    if not input.ndim:
        return kind(input.clone(), wrap(np.zeros((), np.int64)))
    x = np.moveaxis(input.array, axis, -1)
    best, places = x.copy(), np.zeros(x.shape, np.int64)
    for i in range(1, x.shape[-1]):
        new = holds(x[..., i], best[..., i - 1]) | np.not_equal(
            x[..., i], x[..., i]
        )  # nan differs from itself
        best[..., i] = np.where(new, x[..., i], best[..., i - 1])
        places[..., i] = np.where(new, i, places[..., i - 1])
    where = wrap(np.ascontiguousarray(np.moveaxis(places, -1, axis)))
    key = Key(kernels.along(where.array, axis), [where])
    return kind(ops.gather_along.named(name)(input, key, axis, True), where)


# -- covariances ----------------------------------------------------------------------------------------------


@tensor_function
def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """The covariances of variables, the rows of a matrix, from their observations, the columns.

    fweights count how often an observation was made, aweights how much it counts. torch: torch.cov.
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    if input.array.dtype == bool:
        raise RuntimeError("cov(): bool dtype is not supported for input\nConvert with .float() first.")
    x = input if input.is_floating_point() else input.to(get_default_dtype())
    x = x.reshape(1, -1) if x.ndim < 2 else x
    n = x.shape[1]
    weights = _weights(fweights, aweights, n)
    total: Any = n if weights is None else weights.sum()
    mean = x.mean(1, keepdim=True) if weights is None else (x * weights).sum(1, keepdim=True) / total
    if weights is None or aweights is None or correction == 0:
        norm = total - correction
    else:
        by = aweights if fweights is None else fweights * aweights * aweights
        squares = (aweights * aweights).sum() if fweights is None else by.sum()
        norm = total - correction * squares / total
    if norm <= 0:
        warnings.warn("cov(): degrees of freedom is <= 0", stacklevel=4)
    norm = max(norm, 0) if isinstance(norm, int) else norm.clamp(min=0)
    centred = x - mean
    weighted = centred if weights is None else centred * weights
    z = (centred @ weighted.t()) / norm
    return z.squeeze()


def _weights(fweights: Any, aweights: Any, n: int) -> Any:
    """Both weights' product, or None. Raises torch's RuntimeError if one does not fit."""
    for name, weights, kind, word in (
        ("fweights", fweights, "iu", "integral"),
        ("aweights", aweights, "f", "floating point"),
    ):
        if weights is None:
            continue
        if weights.ndim > 1:
            raise RuntimeError(
                f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim} dimensions"
            )
        if weights.array.dtype.kind not in kind:
            raise RuntimeError(
                f"cov(): expected {name} to have {word} dtype but got {name} with {weights.dtype.scalar_name} dtype"
            )
        if weights.numel() != n:
            raise RuntimeError(
                f"cov(): expected {name} to have the same numel as there are observations in the input but got "
                f"{weights.numel()} != {n}"
            )
        if n and weights.array.min() < 0:
            raise RuntimeError(f"cov(): {name} cannot be negative")
    return aweights if fweights is None else fweights if aweights is None else fweights * aweights


@tensor_function
def corrcoef(input: Tensor) -> Tensor:
    """The correlations of variables, the rows of a matrix: their covariances, divided by both standard deviations."""
    if input.ndim > 2:
        raise RuntimeError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{input.ndim} dimensions"
        )
    z = cov(input)
    if z.ndim == 0:
        return z / z
    variance = z.diag()
    return (z / variance.outer(variance).sqrt()).clamp(-1, 1)


# -- runs -----------------------------------------------------------------------------------------------------


@differentiable(
    "NotImplemented",
    x=no_derivative("the derivative for 'unique_consecutive' is not implemented.", NotImplementedError),
)
def _runs(x: Any, values: Any) -> Any:
    """z = the first of every run, found before"""
    return values


@tensor_function
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The first of every run of equal elements, or of equal parts along dim; on request each element's run, and the
    lengths of the runs. torch: torch.unique_consecutive.
    """
    axis = 0 if dim is None else one_dim(dim, input.ndim)
    x = input.array.reshape(-1) if dim is None else np.moveaxis(input.array, axis, 0)
    rows = x.reshape(len(x), -1) if x.size else x.reshape(len(x), 0)
    new = np.ones(len(x), bool)
    new[1:] = (rows[1:] != rows[:-1]).any(1)
    starts = np.flatnonzero(new)
    firsts = x[starts] if dim is None else np.moveaxis(x[starts], 0, axis)
    values = _runs(input, np.ascontiguousarray(firsts))
    inverse = (np.cumsum(new) - 1).astype(np.int64)
    asked = []
    if return_inverse:
        asked.append(wrap(inverse.reshape(input.shape) if dim is None else inverse))
    if return_counts:
        asked.append(wrap(np.diff(starts, append=len(x)).astype(np.int64)))
    return (values, *asked) if asked else values
