"""Dtypes and type promotion.   torch: c10/core/ScalarType.h, aten/src/ATen/native/TypeProperties.cpp

A `dtype` is a NumPy dtype with torch's name. The dtype of a result follows from the dtypes of the operands: the higher
*category* wins (bool < integer < floating point), and within a category the wider dtype. Tensors with dimensions have
priority over 0-d tensors, and 0-d tensors over Python numbers: an operand of lower priority counts only if its category
is higher.
"""

from __future__ import annotations

import builtins
import math
from functools import reduce
from typing import Any

import numpy as np


class dtype:
    """The type of a tensor's elements, such as `minigrad.float32`. It compares and prints as in torch."""

    __module__ = "minigrad"  # the name that error messages show, as torch.dtype
    __slots__ = ("itemsize", "name", "numpy", "scalar_name")

    def __init__(self, name: str, scalar_name: str) -> None:
        self.name, self.scalar_name = name, scalar_name
        self.numpy: np.dtype[Any] = np.dtype(name)
        self.itemsize = self.numpy.itemsize

    @property
    def is_floating_point(self) -> builtins.bool:
        """Whether the dtype is floating point. Only such tensors can have gradients."""
        return self.numpy.kind == "f"

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return dtype_of, (self.name,)


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

NUMBERS = {builtins.bool, builtins.int, builtins.float}
_default = float32


def get_default_dtype() -> dtype:
    """Return the dtype of tensors made from Python floats: float32 unless it was changed."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the dtype of tensors made from Python floats.

    Raises TypeError if d is not a floating point dtype. torch: torch.set_default_dtype.
    """
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(
            f"only floating-point types are supported as the default type\nGot {d!r}; pass minigrad.float32 or float64."
        )
    _default = d


def dtype_of(numpy_dtype: Any) -> dtype:
    """Return the dtype of a NumPy dtype. Raises TypeError if tensors cannot have it."""
    try:
        return _OF[np.dtype(numpy_dtype)]
    except KeyError:
        name = np.dtype(numpy_dtype).type.__name__
        supported = "float64, float32, float16, int64, int32, int16, int8, uint8, and bool"
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{name}. The only supported types are: {supported}."
        ) from None


_PYTHON = {builtins.float: float64, builtins.int: int64, builtins.bool: bool}


def as_dtype(value: Any, function: str) -> dtype | None:
    """Return the dtype that a user passed: a dtype, float, int, bool or None. Raises TypeError for anything else."""
    if value is None or isinstance(value, dtype):
        return value
    try:
        return _PYTHON[value]
    except (KeyError, TypeError):
        kind = "type" if isinstance(value, type) else type(value).__name__
        raise TypeError(
            f"{function}(): argument 'dtype' must be torch.dtype, not {kind}\nPass minigrad.float32, for example."
        ) from None


def of_tensor_type(name: Any) -> dtype:
    """Return the dtype of a class such as FloatTensor, or of its name, which `t.type()` returns.

    Raises ValueError if the name is unknown.
    """
    if not isinstance(name, str):
        kind: dtype = name.dtype
        return kind
    for each in _ALL:
        if name.removeprefix("torch.").removeprefix("cuda.") == f"{each.scalar_name}Tensor":
            return each
    raise ValueError(f"invalid type: '{name}'\nPass a dtype, or a name such as torch.FloatTensor.")


# The C++ names of the types, in messages about tensors.
C_NAMES = {
    float16: "c10::Half", float32: "float", float64: "double", uint8: "unsigned char", int8: "signed char",
    int16: "short int", int32: "int", int64: "long int", bool: "bool",
}  # fmt: skip

# The C++ names of the types, in messages about a number that does not fit. The hash of a NumPy dtype is quick, its name
# is not.
_C_NAMES = {
    np.dtype(name): c_name
    for name, c_name in {
        "uint8": "uint8_t",
        "int8": "int8_t",
        "int16": "int16_t",
        "int32": "int",
        "int64": "int64_t",
        "float32": "float",
    }.items()
}


def check_fits(value: Any, kind: np.dtype[Any]) -> None:
    """Raise torch's RuntimeError if a dtype cannot hold a Python number."""
    if not isinstance(value, (builtins.int, builtins.float)) or kind not in _C_NAMES:
        return
    name = _C_NAMES[kind]
    if kind.kind == "f":
        fits = not math.isfinite(value) or abs(value) <= builtins.float(np.finfo(kind).max)
    else:
        info = np.iinfo(kind)
        fits = math.isfinite(value) and (-info.max if kind.kind == "u" else info.min) <= value <= info.max
    if not fits:
        raise RuntimeError(
            f"value cannot be converted to type {name} without overflow\n{value} does not fit."
        )


def of_value(value: Any) -> np.dtype[Any]:
    """Return the NumPy dtype of an array or a number."""
    kind: np.dtype[Any] = value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype
    return kind


def category(d: np.dtype[Any]) -> builtins.int:
    """Return the category of a dtype as a number: 0 for bool, 1 for integers, 2 for floating point."""
    return "biuf".index(d.kind.replace("u", "i"))


def _promote(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype of the higher category. For the same category, return the wider dtype."""
    if category(a) == category(b):
        return np.promote_types(a, b)
    return max(a, b, key=category)


def promote_numpy(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    """promote_types for NumPy dtypes."""
    return _promote(a, b)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """Return the dtype of a result of operands with these dtypes. torch: torch.promote_types."""
    return dtype_of(_promote(type1.numpy, type2.numpy))


def _promote_weak(strong: np.dtype[Any] | None, weak: np.dtype[Any] | None) -> np.dtype[Any] | None:
    """Promote two dtypes of different priority: the weak one counts only if its category is higher."""
    if strong is None or weak is None:
        return strong if weak is None else weak
    return strong if category(weak) <= category(strong) else _promote(strong, weak)


def _number_type(value: Any) -> np.dtype[Any]:
    """Return the NumPy dtype of a Python number: bool, int64 or the default dtype."""
    return (
        bool if isinstance(value, builtins.bool) else int64 if isinstance(value, builtins.int) else _default
    ).numpy


def common_type(values: list[Any]) -> np.dtype[Any]:
    """Return the dtype in which torch computes an elementwise op on these arrays and Python numbers."""
    ranks: tuple[list[np.dtype[Any]], ...] = ([], [], [])  # with dimensions, 0-d, Python numbers
    for value in values:
        if isinstance(value, (builtins.bool, builtins.int, builtins.float)) and not isinstance(
            value, np.generic
        ):
            ranks[2].append(_number_type(value))
        else:
            ranks[0 if value.ndim else 1].append(value.dtype)
    voted = [reduce(_promote, rank) if rank else None for rank in ranks]
    result = reduce(_promote_weak, voted)
    assert result is not None
    return result


PROMOTIONS = ("common", "floating", "numbers")


def promote(values: list[Any], to: str) -> list[Any]:
    """Return the values, with all arrays converted to one dtype.

    to="common" converts to the common dtype. to="floating" does too, but integers become the default floating point
    dtype, as in exp or `/`. to="numbers" is "common", but raises RuntimeError for bools, which torch does not subtract.
    Python numbers are not converted: NumPy gives arrays priority too, and the common dtype already respects a number of
    a higher category.
    """
    shared = None
    for value in values:  # the most frequent case first: floats of one dtype, and Python numbers
        if type(value) in NUMBERS:
            if value is True or value is False:
                break
            continue
        if shared is None:
            shared = value.dtype
        elif value.dtype is not shared:
            break
    else:
        if shared is not None and shared.kind == "f":
            return values
    if to == "numbers":
        refuse_bools(values)
    target = common_type(values)
    if to == "floating" and target.kind != "f":
        target = _default.numpy
    return [_to_dtype(value, target) for value in values]


def refuse_bools(values: list[Any]) -> None:
    """Raise torch's RuntimeError if a value is bool: torch does not subtract bools."""
    bools = [value for value in values if of_value(value).kind == "b"]
    if bools:
        many = "two bool tensors" if len(bools) == 2 else "a bool tensor"
        instead = "`^` or `logical_xor()`" if len(bools) == 2 else "`~` or `logical_not()`"
        raise RuntimeError(
            f"Subtraction, the `-` operator, with {many} is not supported. "
            + ("If you are trying to invert a mask, use" if len(bools) == 1 else "Use")
            + f" the {instead} operator instead."
        )


def _to_dtype(value: Any, target: np.dtype[Any]) -> Any:
    """Convert an array to a dtype. A Python number stays a number, but an int that does not fit wraps around."""
    if hasattr(value, "dtype"):
        return value if value.dtype == target else value.astype(target)
    if target.kind in "iu" and not np.iinfo(target).min <= value <= np.iinfo(target).max:
        return wrapped(value, target)
    return value


def wrapped(value: Any, kind: np.dtype[Any]) -> Any:
    """Return a number as a NumPy scalar array of a dtype. As in torch, an int wraps around.

    Raises OverflowError if an int does not fit in 64 bits.
    """
    if isinstance(value, builtins.int) and not -(2**63) <= value < 2**63:
        raise OverflowError(f"int too big to convert\nAn int64 holds less than 2**63; {value} is more.")
    return np.asarray(value).astype(kind)


class _Limits:
    """The numeric limits of a dtype, taken from NumPy."""

    names: tuple[str, ...]

    def __init__(self, kind: Any, info: Any) -> None:
        self.bits, self.dtype = kind.itemsize * 8, kind.name
        for name in self.names:
            setattr(self, name, np.asarray(getattr(info, name)).item())

    def __repr__(self) -> str:
        limits = ", ".join(f"{name}={getattr(self, name):g}" for name in self.names)
        return f"{type(self).__name__}({limits}, dtype={self.dtype})"


class finfo(_Limits):
    """eps, max, min, tiny ... of a floating point dtype. Raises TypeError for other dtypes. torch: torch.finfo."""

    names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")

    def __init__(self, dtype: Any = None) -> None:
        kind = _default if dtype is None else dtype
        if not kind.is_floating_point:
            raise TypeError("finfo() requires a floating point input type. Use iinfo to handle 'finfo'")
        super().__init__(kind, np.finfo(kind.numpy))


class iinfo(_Limits):
    """max and min of an integer dtype. Raises TypeError for other dtypes. torch: torch.iinfo."""

    names = ("min", "max")

    def __init__(self, dtype: Any) -> None:
        if dtype.numpy.kind not in "iu":
            raise TypeError("iinfo() requires an integer input type. Use finfo to handle 'iinfo'")
        super().__init__(dtype, np.iinfo(dtype.numpy))


def full_name(value: Any) -> str:
    """Return the name of a value's type with its module."""
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
