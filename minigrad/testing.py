"""assert_close: are two results close, and where do they differ?   torch: torch/testing/_comparison.py"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.arrays.device import CPU, move
from minigrad.autograd.base import TensorBase, wrap
from minigrad.tensors.creation import as_tensor
from minigrad.tensors.functions import isclose

__all__ = ["assert_close"]

# The default rtol and atol of each dtype and of Python's numbers. All other types have 0 and 0.
_TOLERANCES: dict[Any, tuple[float, float]] = {
    dtypes.float16: (1e-3, 1e-5), dtypes.float32: (1.3e-6, 1e-5), dtypes.float64: (1e-7, 1e-7),
    int: (0.0, 0.0), float: (1e-7, 1e-7), complex: (1e-7, 1e-7),
}  # fmt: skip


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raises AssertionError unless |actual - expected| ≤ atol + rtol·|expected| for every element.

    Shape, device and dtype must be equal too. Both sides are tensors, NumPy arrays, numbers, bools, None, or sequences
    and mappings of these. The default tolerance is the looser one of the two dtypes:

        dtype                              rtol      atol
        float16                            1e-3      1e-5
        float32                            1.3e-6    1e-5
        float64, Python's float, complex   1e-7      1e-7
        others                             0         0

    `msg` replaces the message. If it is a function, it receives the message and returns the new one. `check_layout` has
    no effect, because all tensors are strided. Raises TypeError if the two types are not related (a tensor and an
    array, for example), ValueError if only one of rtol and atol is given. torch: torch.testing.assert_close.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test instead of a line of this file
    checks = {"shape": True, "stride()": check_stride, "device": check_device, "dtype": check_dtype}
    pairs = []
    for a, b, where in _pairs(actual, expected, ""):  # all types are checked before any value
        x, y = _comparable(a, b, allow_subclasses, where)
        pairs.append((x, y, *_tolerances(x, y, rtol, atol, where), where))
    for x, y, relative, absolute, where in pairs:
        compare = _compare_tensors if isinstance(x, TensorBase) and y is not None else _compare_values
        wrong = compare(x, y, relative, absolute, equal_nan, checks)
        if wrong:
            text = wrong + _failed_item(where)
            raise AssertionError(msg if isinstance(msg, str) else msg(text) if callable(msg) else text)


def _failed_item(where: str) -> str:
    """The last lines of a message, which name the item of a sequence or mapping."""
    return where and f"\n\nThe failure occurred for item {where}"


def _pairs(actual: Any, expected: Any, where: str) -> Iterator[tuple[Any, Any, str]]:
    """Yield pairs of values from nested sequences and mappings, each with its path, such as `[0]['weight']`."""
    keys: Iterable[Any] | None = None
    wrong = ""
    if all(isinstance(each, Sequence) and not isinstance(each, str) for each in (actual, expected)):
        keys = range(len(actual))
        if len(actual) != len(expected):
            wrong = f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        keys = _sorted(actual)
        if actual.keys() != expected.keys():
            wrong = (
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {_sorted(expected.keys() - actual.keys())}\n"
                f"Additional keys in the actual mapping: {_sorted(actual.keys() - expected.keys())}"
            )
    if wrong:
        raise AssertionError(wrong + _failed_item(where))
    if keys is None:
        yield actual, expected, where
    else:
        for key in keys:
            yield from _pairs(actual[key], expected[key], f"{where}[{key!r}]")


def _sorted(keys: Iterable[Any]) -> list[Any]:
    """Return the keys sorted, if they can be compared."""
    try:
        return sorted(keys)
    except TypeError:  # for example 1 and "a"
        return list(keys)


def _comparable(a: Any, b: Any, allow_subclasses: bool, where: str) -> list[Any]:
    """Return two Python values or two tensors. Raises TypeError if the two types are not related."""
    values = [each.item() if isinstance(each, (np.number, np.bool_)) else each for each in (a, b)]
    kinds = {type(each) for each in values}
    if type(None) in kinds or kinds == {bool} or kinds <= {int, float, complex}:
        return values
    related = isinstance(a, type(b)) or isinstance(b, type(a))
    if related and (allow_subclasses or type(a) is type(b)):
        try:
            return [each if isinstance(each, TensorBase) else as_tensor(each) for each in (a, b)]
        except (TypeError, ValueError, RuntimeError):  # for example two strings
            pass
    text = f"No comparison pair was able to handle inputs of type {type(a)} and {type(b)}."
    raise TypeError(text + _failed_item(where))


def _tolerances(x: Any, y: Any, rtol: float | None, atol: float | None, where: str) -> tuple[float, float]:
    """Return the tolerances that the user gave, or the looser of the two defaults."""
    kinds = [getattr(each, "dtype", type(each)) for each in (x, y)]
    if bool in kinds or type(None) in kinds:
        return 0.0, 0.0
    if rtol is not None and atol is not None:
        return rtol, atol
    if rtol is not None or atol is not None:
        text = "Both 'rtol' and 'atol' must be either specified or omitted, but got no "
        raise ValueError(f"{text}{'rtol' if rtol is None else 'atol'}.{_failed_item(where)}")
    rtols, atols = zip(*(_TOLERANCES.get(kind, (0.0, 0.0)) for kind in kinds), strict=True)
    return max(rtols), max(atols)


def _compare_values(
    x: Any, y: Any, rtol: float, atol: float, equal_nan: bool, checks: dict[str, bool]
) -> str:
    """Compare two Python numbers, bools or None. Return the error message, or "" if they are close."""
    if x is None or y is None:
        return "" if x is y else f"None mismatch: {x} is not {y}"
    if isinstance(x, bool):
        return "" if x is y else f"Booleans mismatch: {x} is not {y}"
    if checks["dtype"] and type(x) is not type(y):
        return f"The (d)types do not match: {type(x)} != {type(y)}."
    error = abs(x - y)
    if x == y or (error < math.inf and error <= atol + rtol * abs(y)) or (equal_nan and x != x and y != y):
        return ""
    return _scalar_message(x, y, rtol, atol)


@np.errstate(all="ignore")
def _compare_tensors(
    actual: Any, expected: Any, rtol: float, atol: float, equal_nan: bool, checks: dict[str, bool]
) -> str:
    """Compare two tensors. Return the error message, or "" if they are close."""
    for name in (name for name, checked in checks.items() if checked):
        a, b = (each.stride() if name == "stride()" else getattr(each, name) for each in (actual, expected))
        if a != b:
            return f"The values for attribute '{name}' do not match: {a} != {b}."
    dtype = dtypes.promote_types(actual.dtype, expected.dtype).numpy
    x, y = (move(each.array, CPU).astype(dtype) for each in (actual, expected))
    close = isclose(wrap(x), wrap(y), rtol, atol, equal_nan).array
    if close.all():
        return ""
    return (
        _tensor_message(x, y, close, rtol, atol)
        if x.ndim
        else _scalar_message(x.item(), y.item(), rtol, atol)
    )


def _tensor_message(x: Any, y: Any, close: Any, rtol: float, atol: float) -> str:
    """The message for two tensors that are not close."""
    if x.dtype.kind != "f":
        x, y = x.astype(np.int64), y.astype(np.int64)
    error = np.where(close, 0, abs(x - y))
    relative = np.where(close, 0, (wrap(error) / wrap(abs(y))).array)  # integers give the default dtype
    differences = []
    for kind, values in (("absolute", error), ("relative", relative)):
        index = tuple(int(i) for i in np.unravel_index(np.argmax(values), values.shape))
        differences.append(f"Greatest {kind} difference: {values[index].item()} at index {index}")
    wrong = close.size - np.count_nonzero(close)
    first = f"Mismatched elements: {wrong} / {close.size} ({wrong / close.size:.1%})"
    return _message("Tensor-likes", first, differences, rtol, atol)


def _scalar_message(x: Any, y: Any, rtol: float, atol: float) -> str:
    """The message for two numbers that are not close."""
    error = abs(x - y)
    relative = error / abs(y) if y else math.inf
    differences = [f"Absolute difference: {error}", f"Relative difference: {relative}"]
    return _message("Scalars", f"Expected {y} but got {x}.", differences, rtol, atol)


def _message(what: str, first: str, differences: list[str], rtol: float, atol: float) -> str:
    """Put a message together in torch's form."""
    exact = rtol == 0 and atol == 0
    allowed = ["" if exact else f" (up to {tolerance} allowed)" for tolerance in (atol, rtol)]
    lines = [difference + limit for difference, limit in zip(differences, allowed, strict=True)]
    return "\n".join([f"{what} are not {'equal' if exact else 'close'}!", "", first, *lines])
