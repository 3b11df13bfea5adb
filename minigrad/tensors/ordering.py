"""Functions that compare elements: maxima, minima, sorting, unique values.   torch: TensorCompare.cpp, Sorting.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minigrad import ops
from minigrad.arrays import kernels
from minigrad.arrays.device import as_array
from minigrad.autograd.base import TensorBase, wrap
from minigrad.autograd.misuse import no_derivative
from minigrad.autograd.op import Op, differentiable
from minigrad.autograd.saved import Key
from minigrad.tensors.arguments import (
    Dims,
    Tensor,
    combination,
    is_int,
    one_dim,
    overloaded,
    some_dims,
    tensor_function,
)
from minigrad.tensors.functions import maximum, minimum
from minigrad.tensors.return_types import results


def pair(name: str) -> Any:
    """The class of what this function returns along a dim: values and indices."""
    return results(name, "values indices")


def _key(input: Tensor, where: Any, axis: int, indices: Tensor) -> Key:
    """The key of the values at these positions along the axis. Backward raises if the indices are changed in place."""
    return Key(kernels.along(where, axis) if input.array.ndim else (), [indices])


class _Extreme(NamedTuple):
    """max or min, in all its forms: of all elements, of two tensors, along a dim."""

    name: str
    of_all: Op
    of_two: Any
    where: Any
    gather: Op
    result: Any

    def __call__(self, input: Tensor, dim: Any, keepdim: bool) -> Any:
        if isinstance(dim, TensorBase):
            return self.of_two(input, dim)
        if dim is None:
            if input.array.size == 0:
                raise RuntimeError(
                    f"{self.name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                    "reduction dim with the 'dim' argument."
                )
            return self.of_all(input)
        if not is_int(dim):
            raise TypeError(
                f"{combination(self.name, (input, dim), {})}\n{self.name}(input, dim) or (input, other)."
            )
        axis = one_dim(dim, input.ndim)
        where = self.positions(input.array, axis, self.name)
        kept = keepdim or input.array.ndim == 0
        indices = wrap(where if kept else where.squeeze(axis))
        return self.result(self.gather(input, _key(input, where, axis, indices), axis, kept), indices)

    def positions(self, array: Any, axis: int, name: str) -> Any:
        """The index of the first maximum or minimum along the axis, which is kept."""
        if array.ndim == 0:
            return np.zeros((), np.int64, like=array)
        if array.shape[axis] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")
        return self.where(array, axis=axis, keepdims=True)

    def argument(self, input: Tensor, dim: int | None, keepdim: bool) -> Tensor:
        """argmax or argmin: its index in the flattened tensor, or along dim."""
        if input.array.dtype == bool:
            raise RuntimeError(f"arg{self.name}(): does not support bool input\nConvert with .int() first.")
        if dim is not None:
            axis = one_dim(dim, input.ndim)
            where = self.positions(input.array, axis, f"arg{self.name}")
            return wrap(where if keepdim or input.ndim == 0 else where.squeeze(axis))
        if input.array.size == 0:
            raise IndexError(
                f"arg{self.name}(): Expected reduction dim to be specified for input.numel() == 0."
            )
        where = as_array(self.where(input.array))
        return wrap(where.reshape((1,) * input.ndim) if keepdim else where)


_max = _Extreme("max", ops.max, maximum, np.argmax, ops.gather_along.named("MaxBackward0"), pair("max"))
_min = _Extreme("min", ops.min, minimum, np.argmin, ops.gather_along.named("MinBackward0"), pair("min"))


@overloaded((0, 0), (1, 1), (1, 2))
def max(
    input: Tensor, dim: Tensor | int | None = None, keepdim: bool = False, *, other: Tensor | None = None
) -> Any:
    """The maximum. With dim: the maxima, and the index of the first of each. With a tensor: `maximum`."""
    return _max(input, dim if other is None else other, keepdim)


@overloaded((0, 0), (1, 1), (1, 2))
def min(
    input: Tensor, dim: Tensor | int | None = None, keepdim: bool = False, *, other: Tensor | None = None
) -> Any:
    """The minimum. With dim: the minima, and the index of the first of each. With a tensor: `minimum`."""
    return _min(input, dim if other is None else other, keepdim)


@tensor_function
def amax(input: Tensor, dim: Dims | None = (), keepdim: bool = False) -> Tensor:
    """The maxima over dim. Equal maxima share the gradient."""
    return ops.amax(input, _full_dims("amax", input, dim), keepdim)


@tensor_function
def amin(input: Tensor, dim: Dims | None = (), keepdim: bool = False) -> Tensor:
    """The minima over dim. Equal minima share the gradient."""
    return ops.amin(input, _full_dims("amin", input, dim), keepdim)


def _full_dims(name: str, input: Tensor, dim: Dims | None) -> tuple[int, ...]:
    """The dims. Raises torch's error if one is empty, because an empty set has no maximum."""
    dims = some_dims(dim, input.ndim)
    if input.array.size == 0:
        if not isinstance(dim, int) and not dim:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                "with the 'dim' argument."
            )
        for d, given in zip(dims, dim if isinstance(dim, (tuple, list)) else (dim,), strict=True):
            if input.array.shape[d] == 0:
                raise IndexError(f"{name}(): Expected reduction dim {given} to have non-zero size.")
    return dims


@tensor_function
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the first maximum, in the flattened tensor or along dim. nan counts as the maximum."""
    return _max.argument(input, dim, keepdim)


@tensor_function
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the first minimum, in the flattened tensor or along dim. nan counts as the minimum."""
    return _min.argument(input, dim, keepdim)


_Sorted, _Topmost = pair("sort"), pair("topk")


def _order(array: Any, axis: int, descending: bool) -> Any:
    """The indices that sort the array. Equal elements keep their order; nan counts as the largest."""
    if array.ndim == 0:
        return np.zeros((), np.int64, like=array)
    if not descending:
        return np.argsort(array, axis=axis, kind="stable")
    backwards = np.argsort(np.flip(array, axis), axis=axis, kind="stable")
    return np.flip(array.shape[axis] - 1 - backwards, axis)


def _taken(input: Tensor, order: Any, axis: int, name: str) -> tuple[Tensor, Tensor]:
    """The elements in this order, and their indices."""
    indices = wrap(order)
    key = _key(input, order, axis, indices)
    return ops.gather_along.named(name)(input, key, axis, True), indices


@overloaded((1, 3), (0, 2))
def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The values along dim in order, and their indices. Equal values keep their order (always stable)."""
    axis = one_dim(dim, input.ndim)
    order = _order(input.array, axis, descending)
    name = "SortBackward1" if stable else "SortBackward0"  # torch's overloads with and without `stable`
    return _Sorted(*_taken(input, order, axis, name))


@overloaded((1, 3), (0, 2))
def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
    """The indices that sort the values along dim (always stable)."""
    return wrap(_order(input.array, one_dim(dim, input.ndim), descending))


@tensor_function
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) values along dim, in order, and their indices."""
    axis = one_dim(dim, input.ndim)
    if not 0 <= k <= (input.array.shape[axis] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if input.array.dtype == bool:
        raise RuntimeError("topk does not support bool dtypes on CPU\nConvert with .int() first.")
    if k == 1 and largest and input.ndim:
        order = np.argmax(input.array, axis, keepdims=True)
    else:
        order = _order(input.array, axis, largest)
        order = order.take(range(k), axis) if input.ndim else order
    return _Topmost(*_taken(input, order, axis, "TopkBackward0"))


@differentiable(
    "Unique2Backward0",
    x=no_derivative("the derivative for '_unique2' is not implemented.", NotImplementedError),
)
def _unique(x: Any, values: Any) -> Any:
    """z = the different values of x, found before"""
    return values


@differentiable(
    "UniqueDimBackward0",
    x=no_derivative("the derivative for 'unique_dim' is not implemented.", NotImplementedError),
)
def _unique_dim(x: Any, values: Any) -> Any:
    """z = the different parts of x, found before"""
    return values


@tensor_function
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different values, in order; on request the position of each element's value, and the count of each value.

    NotImplementedError in backward: torch has no gradient for it.
    """
    axis = None if dim is None else _unique_axis(input, dim)
    values, inverse, counts = np.unique(
        input.array, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    asked = [part for part, wanted in ((inverse, return_inverse), (counts, return_counts)) if wanted]
    different = (_unique if dim is None else _unique_dim)(input, values)
    return (different, *map(wrap, asked)) if asked else different


def _unique_axis(input: Tensor, dim: int) -> int:
    if input.ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    axis = one_dim(dim, input.ndim)
    empty = [d for d, n in enumerate(input.array.shape) if n == 0]
    if len(empty) > 1:
        raise RuntimeError("Number of zero sized dimensions is more than one, so unique cannot be applied ")
    if empty and axis not in empty:
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied\n"
            f"The shape is {list(input.shape)}."
        )
    return axis
