"""An array of nested lists of numbers, arrays and tensors.   torch: torch/csrc/utils/tensor_new.cpp"""

from __future__ import annotations

import warnings
from functools import reduce
from typing import Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase


def array_of(data: Any, kind: np.dtype[Any] | None) -> Any:
    """An array of this type. By default Python numbers become int64, bool or the default float; NumPy's keep theirs."""
    if not _holds_tensors(data):
        return _array_of_numbers(data, kind)
    found: list[np.dtype[Any]] = []
    numbers = _array_of_numbers(_without_tensors(data, _depth(data), found), kind)
    return numbers if kind is not None else cast(numbers, reduce(dtypes.promote_numpy, found))


def _array_of_numbers(data: Any, kind: np.dtype[Any] | None) -> Any:
    try:
        array = np.array(data)
    except ValueError:
        raise _ragged(data) from None
    if array.dtype.kind not in "biuf":
        raise _no_number(
            data, next((item for item in array.flat if not isinstance(item, (int, float))), 2**63)
        )
    if kind is not None:
        _check_range(array, kind)
        return cast(array, kind)
    if array.dtype == np.uint64:
        raise _no_number(data, int(array.max()))
    if array.dtype == np.float64 and not _has_double(data):
        array = cast(array, dtypes.get_default_dtype().numpy)
    dtypes.dtype_of(array.dtype)
    return array


def _has_double(data: Any) -> bool:
    if isinstance(data, (list, tuple)):
        return any(map(_has_double, data))
    return isinstance(data, (np.generic, np.ndarray)) and data.dtype == np.float64


def _check_range(array: Any, kind: np.dtype[Any]) -> None:
    """Raise torch's RuntimeError if nan, or a number out of range, would become an integer."""
    if kind.kind not in "iu" or not array.size:
        return
    info = np.iinfo(kind)
    lowest = -info.max if kind.kind == "u" else info.min  # torch stores -1 as the largest unsigned number
    if np.isnan(array).any() or array.min() < lowest or array.max() > info.max:
        raise RuntimeError(
            f"value cannot be converted to type {kind.name} without overflow\n"
            f"The numbers lie between {array.min()} and {array.max()}."
        )


def _ragged(data: Any) -> Exception:
    """torch's error for nested lists of unequal length."""
    level, dim = [data], 0
    while all(isinstance(row, (list, tuple, np.ndarray)) for row in level):
        for row in level:
            if len(row) != len(level[0]):
                return ValueError(
                    f"expected sequence of length {len(level[0])} at dim {dim} (got {len(row)})\n"
                    "A tensor is rectangular: pad the rows, or keep a list of tensors."
                )
        level, dim = [item for row in level for item in row], dim + 1
    return TypeError("not a sequence\nSome of the items are numbers, others are lists.")


def _no_number(data: Any, item: Any) -> Exception:
    """torch's error for an item that is not a number."""
    if isinstance(item, int):
        return ValueError("Overflow when unpacking long long\nAn int64 holds no more than 2**63 - 1.")
    if isinstance(item, str):
        while isinstance(data, (list, tuple)):
            data = data[0] if data else None
            if isinstance(data, str):
                return ValueError("too many dimensions 'str'")
        return TypeError("new(): invalid data type 'str'")
    return RuntimeError(f"Could not infer dtype of {type(item).__name__}")


def cast(array: Any, kind: np.dtype[Any]) -> Any:
    """The array in another type, without NumPy's warnings about numbers that do not fit."""
    with np.errstate(all="ignore"):
        return array.astype(kind, copy=False)


def _depth(data: Any) -> int:
    """The depth of nested lists, judged by their first items. A tensor counts as a number."""
    depth = 0
    while isinstance(data, (list, tuple, np.ndarray)) and len(data):
        data, depth = data[0], depth + 1
    return depth


def _holds_tensors(data: Any) -> bool:
    """Whether the lists contain tensors. A list of arrays gives torch's warning."""
    if not isinstance(data, (list, tuple)):
        return isinstance(data, TensorBase)
    for item in data:
        if isinstance(item, np.ndarray):
            warnings.warn(
                "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the "
                "list to a single numpy.ndarray with numpy.array() before converting to a tensor.",
                stacklevel=5,
            )
    return any(list(map(_holds_tensors, data)))  # any() alone would stop early and give fewer warnings


def _without_tensors(data: Any, depth: int, found: list[np.dtype[Any]]) -> Any:
    """The lists with numbers instead of tensors. The type of every item is added to `found`."""
    if isinstance(data, TensorBase):
        if depth:
            return [_without_tensors(item, depth - 1, found) for item in data]  # type: ignore[attr-defined]
        found.append(data.array.dtype)
        return data._scalar(warn=True)  # type: ignore[attr-defined]
    if isinstance(data, (list, tuple)):
        return [_without_tensors(item, depth - 1, found) for item in data]
    if isinstance(data, (int, float, np.generic, np.ndarray)):
        found.append(data.dtype if hasattr(data, "dtype") else dtypes.common_type([data]))
    return data
