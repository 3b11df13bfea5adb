"""x[...] and x[...] = y, in the steps that torch takes.   torch: torch/csrc/autograd/python_variable_indexing.cpp

Numbers, slices, None and ... each make a view, one step after the other: the graph of `x[0, 1:]` is that of `x[0][1:]`,
select and then slice. Arrays of integers or bools then pick elements in one last step, which makes a copy.
"""

from __future__ import annotations

import operator
import warnings
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes, kernels
from minigrad.arrays.device import is_array, on_device_of
from minigrad.arrays.dtypes import full_name
from minigrad.autograd.base import Array, TensorBase, wrap
from minigrad.autograd.misuse import check_broadcast
from minigrad.autograd.saved import Key
from minigrad.tensors import shapes
from minigrad.tensors.arguments import Number, Tensor, one_dim, overloaded, tensor_function
from minigrad.tensors.inplace import change, check_change, fill, refuse_overlap, view_of
from minigrad.tensors.sequences import array_of

select, alias = ops.cut.named("SelectBackward0"), ops.view.named("AliasBackward0")


def get(x: Any, key: Any) -> Any:
    """x[key]"""
    if type(key) is int and x.array.ndim:  # the common case first
        return view_of(x, select, (_position(key, 0, x.array.shape, 0), ...))
    part, arrays = _cut(x, key, alone=isinstance(key, slice))
    if arrays:
        return ops.index(part, _picks(part, key, arrays))
    return part if part is not x else view_of(x, alias, x.array.shape)


def put(x: Any, key: Any, value: Any) -> None:
    """x[key] = value, in x's own memory."""
    if key is False:
        return  # False selects no element
    given = isinstance(value, TensorBase)
    if not given:
        if not isinstance(value, (int, float, np.generic)):
            raise TypeError(f"can't assign a {full_name(value)} to a torch.{x.dtype.scalar_name}Tensor")
        dtypes.check_fits(value, x.array.dtype)
        value = wrap(on_device_of(value, x.array))
    part, arrays = _cut(x, None if key is True else key)
    if not arrays:
        _copy(part, value)
        return
    check_change(part)
    if not (_is_mask(key) and value.array.size == 1):
        for array in (value.array, *arrays.values()):
            refuse_overlap(part.array, array, whole=True)
    picks = _picks(part, key, arrays)
    shape = part.array[picks].shape
    value = _without_leading_ones(value, len(shape))
    if not _fits(value.array.shape, shape):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(value.array.shape)} cannot be broadcast to indexing "
            f"result of shape {list(shape)}"
        )
    if given and value.array.dtype != x.array.dtype and not (value.array.size == 1 and _is_mask(key)):
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{x.dtype.scalar_name} for the destination and {value.dtype.scalar_name} for the source.\n"
            "Convert it with .to(...) first."
        )
    change(part, ops.index_put, picks, value.to(x.dtype))


def _copy(part: Any, value: Any) -> None:
    """Copy a value into a view; torch calls it fill if the value is one number for several elements."""
    shape = part.array.shape
    value = _without_leading_ones(value, len(shape))
    if value.array.ndim == 0 and shape:
        change(part, fill, value)
    else:
        value = value if part.is_floating_point() else value.detach()
        change(part, ops.copy, value if value.array.shape == shape else shapes.expand(value, shape))


_SEQUENCES = (list, tuple, slice, range, str, np.ndarray, TensorBase)


def _is_mask(key: Any) -> bool:
    """Whether the key is a single mask. torch then accepts a value of one element of any type."""
    items = key if isinstance(key, tuple) else (key,)
    picking = [_plain(item) for item in items if isinstance(item, (TensorBase, np.ndarray, list, tuple))]
    return (
        len(picking) == 1
        and hasattr(picking[0], "dtype")
        and bool(picking[0].dtype == bool and picking[0].ndim)
    )


def _without_leading_ones(value: Any, ndim: int) -> Any:
    shape = value.array.shape
    extra = len(shape) - ndim
    return value.reshape(shape[extra:]) if extra > 0 and shape[:extra] == (1,) * extra else value


def _fits(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    pairs = zip(reversed(given), reversed(wanted), strict=False)
    return len(given) <= len(wanted) and all(g in (1, w) for g, w in pairs)


def _cut(x: Any, key: Any, alone: bool = False) -> tuple[Any, dict[int, Any]]:
    """The view that the numbers, slices, None and ... of a key make, and by dimension the arrays that pick from it.

    A slice of everything makes no step in the graph, unless it is the whole key: x[:] is a view.
    """
    given = _items_of(x, key)
    items = [_plain(item) for item in given]
    ellipsis, length = _expand_ellipsis(items, x.array.ndim), len(given)
    dim = 0
    arrays: dict[int, Any] = {}
    for i, item in enumerate(items):
        if isinstance(item, (int, np.integer)):
            # torch's errors give the position of an item in the key.
            place = i if i < ellipsis else i - (len(items) - length)
            item = _position(int(item), dim, x.array.shape, place)
            x = view_of(x, select, (slice(None),) * dim + (item, ...))
            continue
        if hasattr(item, "dtype"):
            if item.ndim == 0 and item.dtype == bool:  # adds a dimension of size 1 or 0
                x, item = view_of(x, ops.unsqueeze, dim), np.arange(int(item), like=x.array)
            arrays[dim] = item
            dim += item.ndim if item.dtype == bool else 1
            continue
        if item is None:
            x = view_of(x, ops.unsqueeze, dim)
        elif alone or not _is_whole(_bounds(item), x.array.shape[dim]):
            x = view_of(x, ops.cut, (slice(None),) * dim + (_bounds(item),))
        dim += 1
    return x, arrays


def _items_of(x: Any, key: Any) -> tuple[Any, ...]:
    """The items of a key. torch warns of a list with sequences in it, and refuses an int for a 0-d tensor."""
    if isinstance(key, list) and any(
        item is None or item is ... or isinstance(item, _SEQUENCES) for item in key
    ):
        warnings.warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch "
            "2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, "
            "x[torch.tensor(seq)], which will result either in an error or a different result",
            stacklevel=5,
        )
        key = tuple(key)
    if x.array.ndim == 0 and type(key) in (int, np.int64):
        raise IndexError(
            _NO_DIMENSION if key == 0 else f"index {key} is out of bounds for dimension 0 with size 0"
        )
    return key if isinstance(key, tuple) else (key,)


_NO_DIMENSION = (
    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
    "tensor to a number"
)


def _picks(part: Any, key: Any, arrays: dict[int, Any]) -> Key:
    """The arrays as a key for NumPy. Raises torch's errors: first for types, then for shapes of masks and bounds."""
    for array in arrays.values():
        if array.dtype not in _TYPES:
            raise IndexError(_WRONG_TYPE)
    picks: list[Any] = []
    for dim, array in arrays.items():
        picks += [slice(None)] * (dim - len(picks))
        if array.dtype == bool:
            _check_mask(array, dim, part.array.shape)
            picks += array.nonzero()
        else:
            picks.append(array.astype(np.int64, copy=False))
    _check_shapes([pick.shape for pick in picks if not isinstance(pick, slice)])
    for dim, pick in enumerate(picks):
        if not isinstance(pick, slice) and dim in arrays and arrays[dim].dtype != bool:
            _check_bounds(pick, dim, part.array.shape)
    given = key if isinstance(key, tuple) else (key,)
    return Key(picks, [item for item in given if isinstance(item, TensorBase) and item.array.ndim])


def _check_shapes(shapes: list[tuple[int, ...]]) -> None:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        text = ", ".join(str(list(shape)) for shape in shapes)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {text}"
        ) from None


_TYPES = (np.int64, np.int32, np.bool_)  # uint8 counts as bool
_INTEGERS = (np.int64, np.int32, np.int16, np.int8)  # NumPy arrays may have these types; tensors may not
_WRONG_TYPE = "tensors used as indices must be long, int, byte or bool tensors\nConvert with .long() first."


def _plain(item: Any) -> Any:
    """An item of a key as an int, a slice, None, ... or an array."""
    tensor = isinstance(item, TensorBase)
    if tensor:
        item = item.array
    if isinstance(item, (list, tuple, range, str)):
        item = array_of(list(item) if isinstance(item, range) else item, None)
        # torch truncates floats to integers.
        item = item if item.dtype.kind == "b" else item.astype(np.int64)
    if isinstance(item, (bool, np.bool_)):
        item = np.asarray(item)
    if is_array(item) and item.ndim == 0 and item.dtype in (_TYPES if tensor else _INTEGERS):
        return item if item.dtype == bool else np.int64(int(item))
    if item is None or item is ... or isinstance(item, (int, np.integer, slice)):
        return item
    if not hasattr(item, "dtype"):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type(item).__name__})"
        )
    if item.dtype == np.uint8:
        warnings.warn(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
            stacklevel=5,
        )
        return item.astype(bool)
    # A change in place of a tensor is noticed by its version. An array has none, so it is copied.
    return item.astype(np.int64) if not tensor and item.dtype in _INTEGERS else item


def _expand_ellipsis(items: list[Any], ndim: int) -> int:
    """Replace ... by slices for the dimensions without an item. Returns its position, or the number of items."""
    place = next((i for i, item in enumerate(items) if item is ...), len(items))
    used = sum(
        item.ndim if is_array(item) and item.dtype.kind == "b" else 1
        for item in items
        if item is not None and item is not ...
    )
    if used > ndim:
        if ndim == 0 and len(items) == 1 and isinstance(items[0], slice):
            raise IndexError("slice() cannot be applied to a 0-dim tensor.")
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    for i, item in enumerate(items):
        if item is ...:
            items[i : i + 1] = [slice(None)] * (ndim - used) if ndim - used or len(items) > 1 else []
            break
    items[:] = [item for item in items if item is not ...]  # a second ... stands for no dimension
    return place


def _position(i: int, dim: int, shape: tuple[int, ...], place: int) -> int:
    if not -shape[dim] <= i < shape[dim]:
        raise IndexError(f"index {i} is out of bounds for dimension {place} with size {shape[dim]}")
    return i


def _is_whole(bounds: slice, n: int) -> bool:
    """Whether a slice contains everything. As in torch, one that counts from the end does not."""
    return not bounds.start and (bounds.stop is None or bounds.stop >= n) and bounds.step in (None, 1)


def _bounds(item: slice) -> slice:
    try:
        bounds = slice(
            *(None if n is None else operator.index(n) for n in (item.start, item.stop, item.step))
        )
    except TypeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None
    if bounds.step == 0:
        raise ValueError("slice step cannot be zero")
    if bounds.step is not None and bounds.step < 0:
        raise ValueError(
            "step must be greater than zero\nReverse with .flip(), or index with a tensor of positions."
        )
    return bounds


def _check_bounds(pick: Array, dim: int, shape: tuple[int, ...]) -> None:
    if pick.size and not (-shape[dim] <= pick.min() and pick.max() < shape[dim]):
        if shape[dim] == 0:
            raise IndexError("index is out of bounds for dimension with size 0")
        worst = int(pick.min() if pick.min() < -shape[dim] else pick.max())
        raise IndexError(f"index {worst} is out of bounds for dimension {dim} with size {shape[dim]}")


def _check_mask(mask: Array, dim: int, shape: tuple[int, ...]) -> None:
    for i, n in enumerate(mask.shape):
        if n != shape[dim + i]:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {i} does not match the shape of the indexed tensor "
                f"{list(shape)} at index {dim + i}"
            )


# -- picked elements ----------------------------------------------------------------------------------------

_index_select = ops.index.named("IndexSelectBackward0")


def index_positions(
    name: str,
    index: Tensor,
    axis: int,
    size: int | None,
    error: type[Exception] = RuntimeError,
    negative: bool = False,
) -> Any:
    """The array of an index. Raises torch's error for a wrong type, or an element outside the size.

    Without a size only the type is checked. With `negative`, an index may count from the end.
    """
    array = index.array
    if array.size and array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index\nConvert with .long() first.")
    if size is not None and array.size:
        _check_range(array, -size if negative else 0, size, name, axis, error)
    return array.astype(np.int64)


def _check_range(array: Array, least: int, size: int, name: str, axis: Any, error: Any) -> None:
    if array.min() < least or array.max() >= size:
        if name == "index_select":
            raise IndexError(
                "index out of range in self\nAn index is from 0 to the size of the dimension, without it."
            )
        worst = int(array.min() if array.min() < least else array.max())
        if name != "gather":  # the first one that is outside
            worst = int(array[(array < least) | (array >= size)][0])
        who = "index_copy_(): " if name == "index_copy_" else ""
        raise error(f"{who}index {worst} is out of bounds for dimension {axis} with size {size}")


@tensor_function
def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """z[i, j] = input[i, index[i, j]] for dim 1; for other dims accordingly. z has the shape of index."""
    axis = one_dim(dim, input.ndim)
    if index.array.size == 0:  # torch accepts an empty index of any type and number of dimensions
        nothing = np.zeros(index.array.shape, np.int64, like=input.array)
        return ops.gather(
            input.reshape(1) if input.ndim == 0 else input, Key([nothing] * max(input.ndim, 1), [index])
        )
    if index.ndim != input.ndim and max(index.ndim, input.ndim) > 1:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    pairs = enumerate(zip(index.array.shape, input.array.shape, strict=False))
    wrong = [d for d, (n, m) in pairs if n > m and d != axis]
    if wrong:
        raise RuntimeError(
            f"Size does not match at dimension {wrong[0]} expected index {list(index.shape)} to be no larger than self "
            f"{list(input.shape)} apart from dimension {axis}"
        )
    if input.ndim == 0:
        input = input.reshape(1)
    where = index_positions("gather", index, axis, input.array.shape[axis])
    return ops.gather(input, Key(kernels.along(where, axis), [index]))


@tensor_function
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """A copy of the parts at these indices of dim."""
    axis = one_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if input.ndim == 0:
        if index.array.size != 1:
            raise RuntimeError(
                f"index_select(): Index to scalar can have only 1 value, got {index.array.size} value(s)"
            )
        index_positions("index_select", index, 0, 1)
        return ops.clone.named("IndexSelectBackward0")(input)
    where = index_positions("index_select", index, axis, input.array.shape[axis]).reshape(-1)
    return _index_select(input, Key((slice(None),) * axis + (where,), [index]))


@overloaded((2, 2), (2, 2))
def masked_fill(input: Tensor, mask: Tensor, value: Tensor | Number) -> Tensor:
    """value where the mask is True, else input; they broadcast."""
    if isinstance(value, TensorBase) and value.array.ndim:
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.array.ndim} dimension(s).\nwhere() takes any."
        )
    if mask.array.dtype != bool:
        got = dtypes.C_NAMES[mask.dtype]
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {got}{_MASK}")
    check_broadcast([mask.array.shape, input.array.shape])
    if isinstance(value, TensorBase):
        return ops.masked_fill.named("MaskedFillBackward1")(input, mask, value)
    kind = input.array.dtype
    dtypes.check_fits(value, kind)
    number = value if kind.kind == "f" else dtypes.wrapped(value, kind).item()
    return ops.masked_fill(input, mask, number)


@tensor_function
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """A vector of the elements where the mask is True."""
    if mask.array.dtype != bool:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask{_MASK}")
    check_broadcast([mask.array.shape, input.array.shape])
    return ops.masked_select(input, mask)


_MASK = "\nMake one by a comparison, or with .bool()."
