"""Medians, modes, differences, distances and the like, composed of other functions.   torch: torch/_torch_docs.py"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np

from minigrad import ops
from minigrad.arrays import kernels
from minigrad.arrays.device import as_array
from minigrad.autograd.base import TensorBase, wrap
from minigrad.autograd.saved import Key
from minigrad.tensors.arguments import Number, Tensor, one_dim, overloaded, tensor_function
from minigrad.tensors.functions import refuse, where
from minigrad.tensors.joining import cat, stack
from minigrad.tensors.ordering import amax, amin, pair
from minigrad.tensors.reductions import linalg_vector_norm

_Median, _Mode = pair("median"), pair("mode")


class _Extremes(NamedTuple):
    """What aminmax returns."""

    min: Any
    max: Any

    def __repr__(self) -> str:
        return f"torch.return_types.aminmax(\nmin={self.min!r},\nmax={self.max!r})"


def _picked(input: Tensor, where: Any, axis: int, keepdim: bool, name: str) -> tuple[Any, Any]:
    """The elements at one index along dim for each row, and these indices."""
    indices = wrap(where if keepdim or input.ndim == 0 else where.squeeze(axis))
    key = Key(kernels.along(where, axis) if input.ndim else (), [indices])
    return ops.gather_along.named(name)(input, key, axis, keepdim or input.ndim == 0), indices


@overloaded((0, 0), (1, 2))
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle element, of two the lower one; along dim with its index. nan if one is nan."""
    refuse("median_cpu" if dim is None else "median_out", "b", input)
    if dim is None:
        flat = input.reshape(-1)
        if not flat.array.size:
            return wrap(np.full((), np.nan, input.array.dtype))
        return _picked(flat, _middle(flat.array, 0), 0, False, "MedianBackward0")[0]
    axis = one_dim(dim, input.ndim)
    if input.ndim and input.array.shape[axis] == 0:
        raise IndexError(f"median(): Expected reduction dim {axis} to have non-zero size.")
    return _Median(*_picked(input, _middle(input.array, axis), axis, keepdim, "MedianBackward1"))


def _middle(x: Any, axis: int) -> Any:
    """The index of the lower median along the axis, which is kept; of a nan if there is one."""
    if x.ndim == 0:
        return np.zeros((), np.int64)
    order = np.argsort(x, axis, kind="stable")
    middle = np.take(order, [(x.shape[axis] - 1) // 2], axis)
    nan = np.isnan(x) if x.dtype.kind == "f" else np.zeros_like(x, bool)
    return np.where(nan.any(axis, keepdims=True), np.argmax(nan, axis, keepdims=True), middle)


@tensor_function
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The element that is most often there along dim, of several the smallest; and the index of its last place."""
    axis = one_dim(dim, input.ndim)
    if input.ndim == 0:
        return _Mode(*_picked(input, np.zeros((), np.int64), 0, keepdim, "ModeBackward0"))
    if input.array.shape[axis] == 0:
        raise IndexError(f"mode(): Expected reduction dim {axis} to have non-zero size.")

    def last_of_the_most(row: Any) -> int:
        values, counts = np.unique(row, return_counts=True)
        return int(np.nonzero(row == values[np.argmax(counts)])[0][-1])

    found = np.apply_along_axis(last_of_the_most, axis, input.array)
    return _Mode(*_picked(input, np.expand_dims(found, axis), axis, keepdim, "ModeBackward0"))


@tensor_function
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element, of all or along dim."""
    if not input.array.size and dim is None:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    if dim is not None and input.ndim and input.array.shape[one_dim(dim, input.ndim)] == 0:
        raise IndexError(f"aminmax: Expected reduction dim {dim} to have non-zero size.")
    dims = () if dim is None else dim
    return _Extremes(amin(input, dims, keepdim), amax(input, dims, keepdim))


@tensor_function
def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """input[i + 1] - input[i] along dim, n times; prepend and append are joined to it before."""
    if input.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    axis = one_dim(dim, input.ndim)
    if n == 0:
        return ops.clone(input)
    parts = [part for part in (prepend, input, append) if part is not None]
    x = cat(parts, axis) if len(parts) > 1 else input
    for _ in range(n):
        length = x.array.shape[axis]
        if length == 0:
            return x
        later, earlier = x.narrow(axis, 1, length - 1), x.narrow(axis, 0, length - 1)
        x = later.logical_xor(earlier) if x.array.dtype == bool else later - earlier
    return x


@tensor_function
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of input - other."""
    difference = input - other
    if not difference.is_floating_point():
        raise RuntimeError(
            "norm(): input dtype should be either floating point or complex.\nConvert with .float()."
        )
    return linalg_vector_norm(difference, p)


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Any:
    """The distances of every row of x1 to every row of x2, (b, n, m), (b, k, m) → (b, n, k), in the p-norm."""
    for name, x in (("X1", x1), ("X2", x2)):
        if not x.is_floating_point():
            raise RuntimeError(
                f"cdist only supports floating-point dtypes, {name} got: {x.dtype.scalar_name}\n"
                "Convert with .float() first."
            )
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if x1.array.shape[-1] != x2.array.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.array.shape[-1]} X2: {x2.array.shape[-1]}"
        )
    return linalg_vector_norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)


# -- tables of indices and combinations -----------------------------------------------------------------------


def cartesian_prod(*tensors: Any) -> Any:
    """Every combination of elements of some vectors, a row for each."""
    if len(tensors) == 1:
        return tensors[0]
    shape = [x.numel() for x in tensors]
    grids = [
        x.reshape([n if i == d else 1 for d, n in enumerate(shape)]).expand(shape)
        for i, x in enumerate(tensors)
    ]
    return stack(grids, len(shape)).flatten(0, -2)


@tensor_function
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of r elements of a vector, in order, a row for each."""
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.array.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(choose(range(input.numel()), r)), np.int64).reshape(-1, r)
    return input[wrap(rows)] if r else input[:0]


def block_diag(*tensors: Any) -> Any:
    """A matrix with these matrices along its diagonal, and 0 elsewhere."""
    matrices = [x.reshape(1, -1) if x.ndim < 2 else x for x in tensors]
    width, before, rows = sum(x.array.shape[1] for x in matrices), 0, []
    for x in matrices:
        n, m = x.array.shape
        left = wrap(np.zeros((n, before), x.array.dtype))
        right = wrap(np.zeros((n, width - before - m), x.array.dtype))
        rows.append(cat([left, x, right], 1))
        before += m
    return cat(rows)


# -- which and where ------------------------------------------------------------------------------------------


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each element is one of the test elements."""
    x, values = (
        each.array if isinstance(each, TensorBase) else np.asarray(each) for each in (elements, test_elements)
    )
    if x.dtype == bool or values.dtype == bool:
        raise RuntimeError("Unsupported input type encountered for isin(): Bool\nConvert with .int() first.")
    return wrap(as_array(np.isin(x, values, invert=invert)))


@tensor_function
def nan_to_num(
    input: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """The input with numbers for nan (0), ∞ (the largest) and -∞ (the smallest)."""
    if input.array.dtype.kind != "f":
        return ops.clone(input)
    info, x = np.finfo(input.array.dtype), input.array
    low, high = float(info.min) if neginf is None else neginf, float(info.max) if posinf is None else posinf
    z = where(wrap(np.isnan(x)), float(nan or 0), input)
    return where(wrap(np.isposinf(x)), high, where(wrap(np.isneginf(x)), low, z))


@tensor_function
def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor | Number,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where each value belongs in a sorted vector: before what is not smaller, or, if right, after what is equal.

    `side` says the same as "left" or "right". `sorter` has the indices that sort a vector that is not sorted. Of
    several vectors, the rows of a tensor, each has its own values.
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if sorted_sequence.array.size:
        refuse("searchsorted_out_cpu", "b", sorted_sequence)
    values = input.array if isinstance(input, TensorBase) else np.asarray(input)
    rows = sorted_sequence.array
    if sorter is not None:
        rows = np.take_along_axis(rows, sorter.array, -1)
    where: Any = "right" if right or side == "right" else "left"
    if rows.ndim == 1:
        found = np.searchsorted(rows, values, where)
    else:
        found = np.zeros(values.shape, np.int64)
        for at in np.ndindex(rows.shape[:-1]):
            found[at] = np.searchsorted(rows[at], values[at], where)
    return wrap(as_array(found).astype(np.int32 if out_int32 else np.int64))


@tensor_function
def bucketize(
    input: Tensor | Number, boundaries: Tensor, *, out_int32: bool = False, right: bool = False
) -> Tensor:
    """The number of the bucket between sorted boundaries in which each value lies."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
