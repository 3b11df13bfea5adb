"""scatter_reduce, index_put and as_strided.   torch: aten/src/ATen/native/TensorAdvancedIndexing.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib import stride_tricks

from minigrad import ops
from minigrad.autograd.base import Array, unwrap, wrap
from minigrad.autograd.op import differentiable
from minigrad.more_ops import places
from minigrad.tensors.arguments import Tensor, tensor_function
from minigrad.tensors.functions import refuse
from minigrad.tensors.inplace import view_of
from minigrad.tensors.placing import _placed

__all__ = ["as_strided", "index_put", "scatter_reduce"]


# -- scatter_reduce -------------------------------------------------------------------------------------------

# NumPy's function for each, and the number that changes nothing; a mean is a sum that is divided.
_REDUCES: dict[str, Any] = {
    "sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum,
}  # fmt: skip


def _neutral(kind: Any, how: str) -> Any:
    if how in ("sum", "mean", "prod"):
        return kind.type(how == "prod")
    if kind.kind == "b":
        return how == "amin"
    info = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    lowest, highest = (-math.inf, math.inf) if kind.kind == "f" else (info.min, info.max)
    return lowest if how == "amax" else highest


def _counts(x: Any, key: Any, include: bool) -> Array:
    """How many numbers were reduced to each element."""
    x = unwrap(x)
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(np.int64)
    n = np.ones(x.shape, kind) if include else np.zeros(x.shape, kind)
    np.add.at(n, tuple(key), kind.type(1))
    return np.where(n == 0, kind.type(1), n)


def _but_there(dx: Any, x: Any, key: Any, include: bool) -> Any:
    """dx, and 0 where x was not included."""
    if include:
        return dx
    there = np.zeros(unwrap(x).shape, bool)
    there[tuple(key)] = True
    return ops.where(there, 0.0, dx)


def _shares(dz: Any, x: Any, src: Any, z: Any, key: Any) -> tuple[Any, Any, Any]:
    """Where x and src are the greatest, or the least, and their part of dz."""
    mine, theirs = unwrap(x) == unwrap(z), unwrap(src) == unwrap(z)[tuple(key)]
    n = mine.astype(unwrap(dz).dtype)
    np.add.at(n, tuple(key), theirs)
    return mine, theirs, ops.div(dz, n)


def _x_slope(dz: Any, x: Any, src: Any, z: Any, key: Any, how: str, include: bool) -> Any:
    if how == "mean":
        dz = ops.div(dz, _counts(x, key, include))
    elif how == "prod":
        one = ops.where(unwrap(x) == 0, 1.0, x)
        dz = dz * scatter_reduced(one, src, key, how, include) / one
    elif how in ("amax", "amin"):
        mine, _, share = _shares(dz, x, src, z, key)
        dz = ops.where(mine, share, 0.0)
    return _but_there(dz, x, key, include)


def _src_slope(dz: Any, x: Any, src: Any, z: Any, key: Any, how: str, include: bool) -> Any:
    if how == "mean":
        dz = ops.div(dz, _counts(x, key, include))
    elif how == "prod":
        zero = unwrap(src) == 0
        zeros = np.zeros(unwrap(x).shape, np.int64)
        np.add.at(zeros, tuple(key), zero)
        alone = zero & (zeros[tuple(key)] == 1)
        others = scatter_reduced(x, ops.where(alone, 1.0, src), key, how, include)
        usual = ops.index(dz * z, key) / ops.where(zero, 1.0, src)
        return ops.where(alone, ops.index(dz * others, key), usual)
    elif how in ("amax", "amin"):
        _, theirs, share = _shares(dz, x, src, z, key)
        return ops.where(theirs, ops.index(share, key), 0.0)
    return ops.index(dz, key)


@differentiable(
    "ScatterReduceBackward0",
    x=lambda dz, x, src, z, key, how, include: _x_slope(dz, x, src, z, key, how, include),
    src=lambda dz, x, src, z, key, how, include: _src_slope(dz, x, src, z, key, how, include),
    tensors=["key"],
)
def scatter_reduced(x: Array, src: Array, key: tuple[Array, ...], how: str, include: bool) -> Array:
    """z = x but for z[key], reduced with src; without x itself unless it is to be included

    sum: dx = dz, dsrc = dz[key]    mean: over their number    prod: dz·z over the factor
    amax, amin: dz in equal parts to all that are the greatest, or the least
    """
    z = x.copy(order="C")
    if not include:
        z[tuple(key)] = _neutral(x.dtype, how)
    _REDUCES[how].at(z, tuple(key), src)
    if how == "mean":
        n = _counts(x, key, include)
        return z // n.astype(z.dtype) if z.dtype.kind != "f" else z / n
    return z


@tensor_function
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """The input, reduced with src at the places that gather reads: for dim 1, z[i, index[i, j]] with src[i, j].

    reduce   "sum", "prod", "mean", "amax" or "amin", of the elements of src that meet, and of the input's, unless
             include_self is False
    Raises RuntimeError for another reduce. torch: torch.scatter_reduce.
    """
    reduce = {"max": "amax", "min": "amin"}.get(reduce, reduce)
    if reduce not in _REDUCES:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}.")
    if reduce == "mean":
        refuse("scatter_gather_tensor_cpu_reduce_mean", "b", input)
    whole, key, values = _placed("scatter_reduce", input, dim, index, src)
    if key is None:
        return ops.clone(input)
    whole = (
        whole if input.ndim else ops.clone(whole)
    )  # a view of the input would be changed with it, in place
    z = scatter_reduced(whole, values, key, reduce, bool(include_self))
    return z if input.ndim else z.reshape(())


# -- index_put ------------------------------------------------------------------------------------------------


@tensor_function
def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """The input with input[indices] = values, for a tuple of index tensors; if accumulate, with += where they meet too.

    Raises the errors of indexing, RuntimeError for values of another dtype. torch: torch.index_put.
    """
    if input.dtype != values.dtype:
        kinds = [each.dtype.scalar_name for each in (input, values)]
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {kinds[0]} for the destination and "
            f"{kinds[1]} for the source."
        )
    key = tuple(slice(None) if each is None else each for each in indices)
    if not accumulate:
        z = input.clone()
        z[key] = values
        return z
    numbers = wrap(np.arange(input.numel()).reshape(input.shape))
    where = numbers[key].array
    flat = places.scatter_add(input.reshape(-1), (where.reshape(-1),), values.expand(where.shape).reshape(-1))
    return flat.reshape(input.shape)


# -- as_strided -----------------------------------------------------------------------------------------------


def _window(x: Array, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Array:
    flat = x.reshape(-1)
    return stride_tricks.as_strided(
        flat[offset:], size, [n * flat.itemsize for n in stride], writeable=x.flags.writeable
    )


@differentiable(
    "AsStridedBackward0",
    x=lambda dz, shape, size, stride_, offset: places._back(
        dz, shape, lambda x: _window(x, size, stride_, offset)
    ),
)
def _as_strided(x: Array, size: tuple[int, ...], stride_: tuple[int, ...], offset: int) -> Array:
    """z = these elements of x's memory, a view        dx = dz, added up where z shows an element twice"""
    return _window(x, size, stride_, offset)


@tensor_function
def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A view of the input's memory with this size, these strides, and this first element.

    Here the input is contiguous, and the view lies within it: RuntimeError for anything else. torch: torch.as_strided.
    """
    shape, steps = tuple(map(int, size)), tuple(map(int, stride))
    if len(shape) != len(steps):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(step < 0 for step in steps):
        raise RuntimeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: {list(steps)}"
        )
    first = 0 if storage_offset is None else int(storage_offset) - input.storage_offset()
    last = first + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
    if not input.is_contiguous() or (0 not in shape and not 0 <= first <= last < input.numel()):
        bytes_ = (last + 1) * input.itemsize
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(steps)}, storage offset {first}, and itemsize "
            f"{input.itemsize} requiring a storage size of {bytes_} are out of bounds for storage of size "
            f"{input.numel() * input.itemsize}\nHere the input must be contiguous, and the view lie within it."
        )
    return view_of(input, _as_strided, shape, steps, first)
