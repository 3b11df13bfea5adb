"""Collate: make a batch from a list of samples.   torch: torch/utils/data/_utils/collate.py

Tensors, arrays and numbers become one tensor with one more dimension. Tuples and lists of them become lists of batches,
and dicts become dicts of batches. Samples may be nested.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from minigrad.arrays.dtypes import float64
from minigrad.tensors.creation import as_tensor, tensor
from minigrad.tensors.joining import stack
from minigrad.tensors.tensor import Tensor

Rules = dict[Any, Callable[..., Any]]  # a type, or a tuple of types -> f(batch, collate_fn_map=...)
_FOUND = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def _like(original: Any, parts: Any) -> Any:
    """Return the parts in a collection of the original's type, or unchanged if such a collection cannot be made."""
    try:
        if not isinstance(original, (MutableMapping, MutableSequence)):
            return type(original)(parts)
        clone: Any = copy.copy(original)
        for key, part in parts.items() if isinstance(parts, dict) else enumerate(parts):
            clone[key] = part
        return clone
    except TypeError:
        return parts


def collate(batch: Any, *, collate_fn_map: Rules | None = None) -> Any:
    """Return a batch of these samples. The first sample's type chooses the function in collate_fn_map.

    If the map does not contain this type, a mapping or a sequence is collated item by item. Raises TypeError for any
    other type, RuntimeError if sequences have different lengths.
    """
    first = batch[0]
    rules = collate_fn_map or {}
    kinds = [type(first)] if type(first) in rules else [kind for kind in rules if isinstance(first, kind)]
    if kinds:
        return rules[kinds[0]](batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        columns = {key: [sample[key] for sample in batch] for key in first}
        return _like(first, {key: collate(c, collate_fn_map=collate_fn_map) for key, c in columns.items()})
    if not isinstance(first, Sequence):
        raise TypeError(_FOUND.format(type(first)))
    if not hasattr(first, "_fields") and any(len(sample) != len(first) for sample in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    parts = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch, strict=False)]
    return _in_sequence(first, parts)


def _in_sequence(original: Any, parts: list[Any]) -> Any:
    """Return the parts in a sequence. As in torch, a namedtuple stays a namedtuple, but a tuple becomes a list."""
    if isinstance(original, tuple):
        return type(original)(*parts) if hasattr(original, "_fields") else parts
    return _like(original, parts)


def collate_tensor_fn(batch: Sequence[Tensor], *, collate_fn_map: Rules | None = None) -> Tensor:
    """Stack tensors along a new first dimension."""
    return stack(batch, 0)


def _has_no_numbers(array: Any) -> bool:
    """Return whether an array contains strings or objects."""
    return re.search("[SaUO]", array.dtype.str) is not None


def collate_numpy_array_fn(batch: Any, *, collate_fn_map: Rules | None = None) -> Any:
    """Stack arrays along a new first dimension. Raises TypeError if they contain strings or objects."""
    if _has_no_numbers(batch[0]):
        raise TypeError(_FOUND.format(batch[0].dtype))
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Any, *, collate_fn_map: Rules | None = None) -> Tensor:
    """Return a vector with the dtype of the NumPy numbers."""
    return as_tensor(batch)


def collate_float_fn(batch: Any, *, collate_fn_map: Rules | None = None) -> Tensor:
    """Return a float64 vector."""
    return tensor(batch, dtype=float64)


def collate_int_fn(batch: Any, *, collate_fn_map: Rules | None = None) -> Tensor:
    """Return an int64 vector, or a bool vector for bools."""
    return tensor(batch)


def collate_str_fn(batch: Any, *, collate_fn_map: Rules | None = None) -> Any:
    """Return the strings unchanged."""
    return batch


default_collate_fn_map: Rules = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def default_collate(batch: Any) -> Any:
    """Return a batch of these samples: `collate` with `default_collate_fn_map`. DataLoader uses it by default."""
    return collate(batch, collate_fn_map=default_collate_fn_map)


def default_convert(data: Any) -> Any:
    """Convert NumPy arrays and numbers to tensors. DataLoader uses it for single samples, if batch_size is None."""
    if isinstance(data, (Tensor, str)) or (isinstance(data, np.ndarray) and _has_no_numbers(data)):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        return as_tensor(data)
    if isinstance(data, bytes):
        return data
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(value) for key, value in data.items()})
    return _in_sequence(data, [default_convert(d) for d in data]) if isinstance(data, Sequence) else data
