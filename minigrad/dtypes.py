"""Element types and how they meet.   torch: c10/core/ScalarType.h, aten/src/ATen/native/TypeProperties.cpp

A `dtype` is a name for a NumPy dtype that prints as torch prints it. When two types meet, torch asks
first for the *category* (bool < integer < floating point) and only then for the width, and it lets
tensors with dimensions outvote 0-d tensors, and those outvote Python numbers.
"""

from __future__ import annotations

import builtins
from functools import reduce
from typing import Any

import numpy as np


class dtype:
    """An element type: `minigrad.float32` and its kin. Compare with `is` or `==`; prints as in torch."""

    __slots__ = ("itemsize", "name", "numpy", "scalar_name")

    def __init__(self, name: str, scalar_name: str) -> None:
        self.name, self.scalar_name = name, scalar_name
        self.numpy: np.dtype[Any] = np.dtype(name)
        self.itemsize = self.numpy.itemsize

    @property
    def is_floating_point(self) -> builtins.bool:
        """Whether gradients can flow through tensors of this type."""
        return self.numpy.kind == "f"

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return of, (self.name,)


_ALL = [
    dtype(name, scalar_name)
    for name, scalar_name in (
        ("float16", "Half"), ("float32", "Float"), ("float64", "Double"), ("int8", "Char"), ("int16", "Short"),
        ("int32", "Int"), ("int64", "Long"), ("uint8", "Byte"), ("bool", "Bool"),
    )
]  # fmt: skip
_OF = {each.numpy: each for each in _ALL}
float16, float32, float64, int8, int16, int32, int64, uint8, bool = _ALL
half, float, double, short, int, long = float16, float32, float64, int16, int32, int64

_NUMBERS = {builtins.bool, builtins.int, builtins.float}
_default = float32


def get_default_dtype() -> dtype:
    """The type of floating point tensors made from Python numbers: float32 unless changed."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Make `d` the type of floating point tensors made from Python numbers.

    Raises TypeError for anything but a floating point dtype. torch: torch.set_default_dtype.
    """
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(
            f"only floating-point types are supported as the default type\nGot {d!r}; pass minigrad.float32 or float64."
        )
    _default = d


def of(numpy_dtype: Any) -> dtype:
    """The dtype of a NumPy dtype; TypeError, in torch's words, for one that tensors cannot have."""
    try:
        return _OF[np.dtype(numpy_dtype)]
    except KeyError:
        name = np.dtype(numpy_dtype).type.__name__
        supported = "float64, float32, float16, int64, int32, int16, int8, uint8, and bool"
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{name}. The only supported types are: {supported}."
        ) from None


def category(d: np.dtype[Any]) -> builtins.int:
    """Bool, integer or floating point, as a number that rises."""
    return "biuf".index(d.kind.replace("u", "i"))


def _promote(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    """Two types of equal standing: the higher category, within one category the wider type."""
    if category(a) == category(b):
        return np.promote_types(a, b)
    return max(a, b, key=category)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest type that holds both.   torch: torch.promote_types."""
    return of(_promote(type1.numpy, type2.numpy))


def _outvote(strong: np.dtype[Any] | None, weak: np.dtype[Any] | None) -> np.dtype[Any] | None:
    """The weak side counts only where its category is higher."""
    if strong is None or weak is None:
        return strong if weak is None else weak
    return strong if category(weak) <= category(strong) else _promote(strong, weak)


def _number_type(value: Any) -> np.dtype[Any]:
    return (
        bool if isinstance(value, builtins.bool) else int64 if isinstance(value, builtins.int) else _default
    ).numpy


def common_type(values: list[Any]) -> np.dtype[Any]:
    """The type in which torch computes an elementwise op on these arrays and Python numbers."""
    ranks: tuple[list[np.dtype[Any]], ...] = ([], [], [])  # with dimensions, 0-d, Python numbers
    for value in values:
        if isinstance(value, (builtins.bool, builtins.int, builtins.float)) and not isinstance(
            value, np.generic
        ):
            ranks[2].append(_number_type(value))
        else:
            ranks[0 if value.ndim else 1].append(value.dtype)
    voted = [reduce(_promote, rank) if rank else None for rank in ranks]
    result = reduce(_outvote, voted)
    assert result is not None
    return result


def promote(values: list[Any], to: str) -> list[Any]:
    """The arrays in their "common" type; if to "floating", integers become the default float, as in exp or `/`.

    To "numbers" is to the common type, but RuntimeError for bools, which torch does not subtract.

    Python numbers stay as they are, for NumPy too lets the array beside them decide, unless they
    raise the category, and then they have already decided.
    """
    shared = None
    for value in values:  # the common case first: floats of one type, and Python numbers
        if type(value) in _NUMBERS:
            continue
        if shared is None:
            shared = value.dtype
        elif value.dtype is not shared:
            break
    else:
        if shared is not None and shared.kind == "f":
            return values
    if to == "numbers" and any(hasattr(v, "dtype") and v.dtype.kind == "b" for v in values):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )
    target = common_type(values)
    if to == "floating" and target.kind != "f":
        target = _default.numpy
    return [_meet(value, target) for value in values]


def _meet(value: Any, target: np.dtype[Any]) -> Any:
    if hasattr(value, "dtype"):
        return value if value.dtype == target else value.astype(target)
    if target.kind in "iu" and not np.iinfo(target).min <= value <= np.iinfo(target).max:
        return np.asarray(value).astype(target)  # wraps around, as in torch; NumPy would refuse
    return value
