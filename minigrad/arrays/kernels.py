"""A few loops that NumPy runs slowly, run another way: `make bench` times them, and what is made of them.

They compute what their names say, for NumPy's arrays; CuPy's are served by what NumPy would have called.
"""

from __future__ import annotations

import contextvars
import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any  # numpy.ndarray or cupy.ndarray


class _Silent(threading.local):
    """A context in which NumPy does not warn; one for each thread, for a context can be entered only once.

    To enter it takes less time than np.errstate (`make bench`, "Tricks").
    """

    def __init__(self) -> None:
        self.context = contextvars.copy_context()
        self.context.run(np.seterr, all="ignore")


_SILENT = _Silent()


def silencer() -> Callable[..., Any]:
    """This thread's function run(f, *args): f without NumPy's warnings about log(0) or 0/0. torch gives none."""
    return _SILENT.context.run


def without_warnings(f: Callable[..., Any], *args: Any) -> Any:
    """f(*args) without NumPy's warnings about log(0) or 0/0: torch gives none."""
    return _SILENT.context.run(f, *args)


BLOCK = 256  # rows that are added up before their sum meets those of other blocks


def total(x: Array, dim: Any = None, keepdim: bool = False) -> Array:
    """Σ x over the axes dim, or over all; integers and bools add up in int64, as in torch."""
    if x.dtype.kind != "f":
        return x.sum(axis=dim, keepdims=keepdim, dtype=np.int64)
    if type(x) is not np.ndarray:
        return x.sum(axis=dim, keepdims=keepdim)
    if dim is not None and x.ndim == 2 and x.itemsize > 2:
        if dim == (0,) and x.flags.c_contiguous:
            return column_sums(x)[None] if keepdim else column_sums(x)
        if dim == (1,) and has_short_rows(x):
            z = column_sums(turned(x))
            return z[:, None] if keepdim else z
    # x.sum is this behind a function written in Python; to mypy, NumPy takes True and False but no bool
    return np.add.reduce(x, dim, keepdims=keepdim)  # type: ignore[call-overload]


def highest(x: Array, dim: Any) -> Array:
    """The maximum over the axes dim, which are kept."""
    # x.max is this behind a function written in Python
    return np.maximum.reduce(x, dim, keepdims=True) if type(x) is np.ndarray else x.max(dim, keepdims=True)


def column_sums(x: Array) -> Array:
    """Σ of a matrix over its rows, as a product with ones: BLAS is quicker than x.sum(axis=0).

    And more exact: n rows added up one after the other err by up to n·u of their absolute sum, u the unit roundoff;
    here by up to 4·BLOCK·u, and BLOCK + 1 more for each level of blocks (Higham, Accuracy and Stability, section 4.2).
    """
    n, columns = x.shape
    if n <= 4 * BLOCK:
        return ones(x, (n,)).dot(x)
    blocks = n // BLOCK
    rest = blocks * BLOCK
    z = column_sums(ones(x, (BLOCK,)) @ x[:rest].reshape(blocks, BLOCK, columns))
    return z + ones(x, (n - rest,)) @ x[rest:] if rest < n else z


def has_short_rows(x: Array) -> bool:
    """Whether NumPy's inner loops, which run along the last axis, would hardly have begun when they end."""
    return x.ndim == 2 and x.shape[0] >= 64 and 4 * x.shape[1] <= x.shape[0] and type(x) is np.ndarray


def turned(x: Array) -> Array:
    """The transpose of a matrix, row after row in memory: short rows become long ones."""
    return np.ascontiguousarray(x.T)


def select(condition: Array, x: Any, y: Any) -> Array:
    """x where the condition holds, else y; if one is the number 0, by a mask of bits.

    np.where takes a branch per element, which a processor guesses wrong at half of them.
    """
    if condition.size <= 2048:  # not worth a mask
        return np.where(condition, x, y)
    if _is_zero(x) and _maskable(y, condition):
        mask = np.subtract(condition, 1, dtype=f"i{y.itemsize}")
        return np.bitwise_and(mask, y.view(mask.dtype), out=mask).view(y.dtype)
    if _is_zero(y) and _maskable(x, condition):
        mask = np.subtract(0, condition, dtype=f"i{x.itemsize}")
        return np.bitwise_and(mask, x.view(mask.dtype), out=mask).view(x.dtype)
    return np.where(condition, x, y)


def _is_zero(x: Any) -> bool:
    """Whether it is the number 0, all of whose bits are 0: not -0.0."""
    return type(x) is float and x == 0 and math.copysign(1, x) > 0


def _maskable(x: Any, condition: Any) -> bool:
    """Numbers whose bits a mask can take, of the condition's shape."""
    return type(x) is np.ndarray and x.shape == condition.shape and x.dtype.kind == "f"


def power(x: Array, y: Array) -> Array:
    """xʸ as IEEE 754 says it. Where one exponent of ½ serves many numbers NumPy takes √x, and √-∞ is nan, not ∞."""
    if (y.ndim and y.shape == x.shape and 0 not in y.strides) or not (y == 0.5).any():
        return np.power(x, y)
    shape = np.broadcast_shapes(x.shape, y.shape)
    exponents = np.full_like(y, 0.5, shape=shape or (1,))
    exponents[...] = y
    return np.power(x, exponents).reshape(shape)


def spread(x: Array, shape: tuple[int, ...]) -> Array:
    """A read-only view of x in which it is repeated to a shape."""
    if x.ndim or type(x) is not np.ndarray:
        return np.broadcast_to(x, shape)
    z = np.ndarray(shape, x.dtype, x, strides=(0,) * len(shape))  # of one number, in a fraction of the time
    z.flags.writeable = False
    return z


def zeros(like: Array, shape: tuple[int, ...]) -> Array:
    """Zeros of the type, and on the device, of another array."""
    plain = isinstance(like, (np.ndarray, np.generic))  # zeros_like takes longer
    return np.zeros(shape, like.dtype) if plain else np.zeros_like(like, shape=shape)


def ones(like: Array, shape: tuple[int, ...]) -> Array:
    """Ones of the type, and on the device, of another array."""
    if type(like) is not np.ndarray:
        return np.ones_like(like, shape=shape)
    z = np.empty(shape, like.dtype)
    z.fill(1)  # np.ones takes longer
    return z
