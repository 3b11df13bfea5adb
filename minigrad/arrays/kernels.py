"""NumPy's loops, each by the fastest of the ways that give the same result: `make bench` times them.

Every function computes what its name says. The detours are for NumPy's arrays; CuPy's arrays take the plain way.
"""

from __future__ import annotations

import contextvars
import math
import threading
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from minigrad.arrays.device import on_device_of
from minigrad.arrays.memory import memory_like

Array = Any  # numpy.ndarray or cupy.ndarray


class _Silent(threading.local):
    """A context in which NumPy does not warn, and another; a pair for each thread, which can enter one only once.

    To enter it takes less time than np.errstate (`make bench`, "Tricks").
    """

    def __init__(self) -> None:
        self.context = contextvars.copy_context()
        self.context.run(np.seterr, all="ignore")
        self.without_buffers = self.context.copy()
        self.without_buffers.run(np.setbufsize, 16)


_SILENT = _Silent()


def silencer() -> Callable[..., Any]:
    """This thread's function run(f, *args): f without NumPy's warnings about log(0) or 0/0. torch gives none."""
    return _SILENT.context.run


def without_warnings(f: Callable[..., Any], *args: Any) -> Any:
    """f(*args) without NumPy's warnings about log(0) or 0/0: torch gives none."""
    return _SILENT.context.run(f, *args)


# -- products -----------------------------------------------------------------------------------------------


def product(x: Array, y: Array) -> Array:
    """x·y of two matrices."""
    large = len(x) * y.shape[1] > 4096 and x.dtype is y.dtype
    z = memory_like(x, (len(x), y.shape[1])) if large else None
    # BLAS is slow at a column times a row, which is a table of products. x.dot(y) calls BLAS as x @ y does, but
    # takes less time to decide how.
    return by_rows(np.multiply, x, y, out=z) if x.shape[1] == 1 else x.dot(y, z)


def maximum(number: float, x: Array) -> Array:
    """max(number, x), in this order: it keeps -0.0 and nan, as torch does."""
    return np.maximum(number, x, out=memory_like(x))


def times(number: float, x: Array) -> Array:
    """number·x"""
    return np.multiply(number, x, out=memory_like(x))


def is_column_major(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Whether a matrix lies column after column in memory. torch gives such a matrix a gradient that does so too."""
    return stride[0] == 1 and stride[1] == shape[0]


# -- sums and maxima ----------------------------------------------------------------------------------------

BLOCK = 256  # rows that are added up before their sum meets the sums of other blocks
TURNED = 128  # short rows that are turned at a time: they stay in the processor's cache


def sum_of(x: Array, dim: Any = None, keepdim: bool = False) -> Array:
    """Σ x over the axes dim, or over all; integers and bools add up in int64, as in torch."""
    if x.dtype.kind != "f":
        return x.sum(axis=dim, keepdims=keepdim, dtype=np.int64)
    if not isinstance(x, np.ndarray):
        return x.sum(axis=dim, keepdims=keepdim)
    # Of a few numbers x.sum is as fast.
    if x.size > BLOCK and dim is not None and x.ndim > 1 and x.itemsize > 2:
        z = _sum_by_product(x, dim)
        if z is not None:
            if keepdim:
                z = z[..., None] if dim[0] else z[None]
            return z
    # x.sum is this, behind a function written in Python; to mypy, NumPy takes True and False but no bool
    return np.add.reduce(x, dim, keepdims=keepdim)  # type: ignore[call-overload]


def _sum_by_product(x: Array, dim: tuple[int, ...]) -> Array | None:
    """Σ over the last axis, or over the rows of a matrix; None if x does not lie row after row."""
    if x.ndim == 2 and dim == (1,) and has_short_rows(x):  # as by_columns, so that both round alike
        return column_sums(transposed_copy(x))
    if not x.flags.c_contiguous:
        return None
    if dim == (x.ndim - 1,):
        return row_sums(x)
    return column_sums(x) if x.ndim == 2 and dim == (0,) else None


def mean_of(x: Array, n: int, dim: Any = None, keepdim: bool = False) -> Array:
    """Σ x / n. Halves are added up in float32, where the sum does not overflow."""
    if x.dtype == np.float16:
        return mean_of(x.astype(np.float32), n, dim, keepdim).astype(np.float16)
    return sum_of(x, dim, keepdim) / x.dtype.type(n)


def max_of(x: Array, dim: Any) -> Array:
    """The maximum over the axes dim, which are kept. Where nothing is, it is 0."""
    if not x.size:
        return sum_of(x, dim, True)
    if dim == (x.ndim - 1,) and has_short_rows(x):
        return _max_of_rows(x.reshape(math.prod(x.shape[:-1]), x.shape[-1])).reshape(*x.shape[:-1], 1)
    # x.max is this behind a function written in Python
    return (
        np.maximum.reduce(x, dim, keepdims=True) if isinstance(x, np.ndarray) else x.max(dim, keepdims=True)
    )


def _max_of_rows(x: Array) -> Array:
    """The maxima of short rows: blocks of them are turned, so that NumPy's loop runs over the rows."""
    rows, n = x.shape
    blocks = rows // TURNED
    turned = x[: blocks * TURNED].reshape(blocks, TURNED, n).swapaxes(1, 2).copy()
    z = np.maximum.reduce(turned, 1).reshape(-1)
    rest = x[blocks * TURNED :]
    return np.concatenate([z, np.maximum.reduce(rest, 1)]) if len(rest) else z


def row_sums(x: Array) -> Array:
    """Σ over the last axis, as a product with ones: of short rows this is faster than x.sum(axis=-1).

    It errs by up to n·u of the absolute sum; of rows longer than in column_sums, x.sum is more exact.
    """
    n = x.shape[-1]
    if n > 4 * BLOCK:
        return np.add.reduce(x, -1)
    return x.reshape(math.prod(x.shape[:-1]), n).dot(ones(x, (n,))).reshape(x.shape[:-1])


def column_sums(x: Array) -> Array:
    """Σ of a matrix over its rows, as a product with ones: BLAS is faster than x.sum(axis=0).

    It is also more exact. To add up n rows one after the other errs by up to n·u of their absolute sum, u the unit
    roundoff. This errs by up to 4·BLOCK·u, and BLOCK + 1 more for each level of blocks (Higham, Accuracy and
    Stability, section 4.2).
    """
    n, columns = x.shape
    if n <= 4 * BLOCK:
        return ones(x, (n,)).dot(x)
    blocks = n // BLOCK
    rest = blocks * BLOCK
    z = column_sums(ones(x, (BLOCK,)) @ x[:rest].reshape(blocks, BLOCK, columns))
    return z + ones(x, (n - rest,)) @ x[rest:] if rest < n else z


def by_columns(
    function: Callable[[Array, tuple[int, ...]], Array],
) -> Callable[[Array, tuple[int, ...]], Array]:
    """A decorator: a function of the rows of a matrix works on its transpose where the rows are short."""

    @wraps(function)
    def transposed(x: Array, dim: tuple[int, ...]) -> Array:
        if dim == (1,) and x.ndim == 2 and has_short_rows(x):
            return transposed_copy(function(transposed_copy(x), (0,)))
        return function(x, dim)

    return transposed


def has_short_rows(x: Array) -> bool:
    """Whether an array of NumPy's has many short rows: NumPy's inner loops run along them, and end as they begin."""
    if x.ndim < 2 or x.shape[-1] > 64 or not isinstance(x, np.ndarray):
        return False
    rows = math.prod(x.shape[:-1])
    return rows >= 64 and 4 * x.shape[-1] <= rows


def transposed_copy(x: Array) -> Array:
    """The transpose of the matrix of all rows, row after row in memory: short rows become long rows."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1]).T.copy()


LONG_ROW = 256  # numbers: from here on a loop for each row pays
MANY = 1 << 17  # numbers of a matrix: from here on it pays to take several short rows as one
WIDE = 4096  # numbers of such a row


def by_rows(ufunc: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """ufunc(x, y), where one of the two is a row or a column for all others.

    NumPy writes such an operand out in a buffer of 8,192 numbers, so that one inner loop runs over several rows. A
    loop for each row is several times faster if the rows have hundreds of numbers. Many short rows are taken several
    at a time, as one long row: y is written out once, not for each buffer.
    """
    if x.size >= MANY and is_row_of(x, y, out):
        return _by_several_rows(ufunc, x, y, out)
    if not y.ndim or max(x.shape[-1], y.shape[-1]) < LONG_ROW:
        return ufunc(x, y, out=out)
    return _SILENT.without_buffers.run(ufunc, x, y, out=out)


def plus_row(z: Array, row: Array) -> Array:
    """z ← z + row, the same for all rows of z."""
    return by_rows(np.add, z, row, z)


def is_row_of(x: Any, y: Any, z: Any) -> bool:
    """Whether y is a short row for all rows of x, which are many, and z lies as x does."""
    return bool(
        type(x) is type(y) is type(z) is np.ndarray
        and y.ndim == 1
        and x.size >= MANY
        and x.shape == z.shape
        and x.shape[-1] == len(y) <= WIDE // 2
        and x.flags.c_contiguous
        and z.flags.c_contiguous
    )


def _by_several_rows(ufunc: Any, x: Array, y: Array, out: Array) -> Array:
    """ufunc(x, y, out=out) with y written out for several rows."""
    n = len(y)
    wide = y[None].repeat(WIDE // n, 0).reshape(-1)
    whole = x.size // len(wide) * len(wide)
    flat, z = x.reshape(-1), out.reshape(-1)
    long = (-1, len(wide))
    _SILENT.without_buffers.run(ufunc, flat[:whole].reshape(long), wide, out=z[:whole].reshape(long))
    if whole < x.size:
        ufunc(flat[whole:].reshape(-1, n), wide[:n], out=z[whole:].reshape(-1, n))
    return out


# -- elements -----------------------------------------------------------------------------------------------


def where(condition: Array, x: Any, y: Any) -> Array:
    """x where the condition holds, else y; if one of them is the number 0, by a product.

    np.where takes a branch for every element, and a processor may guess half of these branches wrong.
    """
    if condition.size > 2048:  # fewer are faster by np.where
        if _is_zero(x) and _can_be_masked(y, condition):
            return _masked(y, np.logical_not(condition))
        if _is_zero(y) and _can_be_masked(x, condition):
            return _masked(x, condition)
    return np.where(condition, x, y)


def _masked(x: Array, condition: Array) -> Array:
    """x where the condition holds, else 0: a product with 1 or 0, of bits as integers, because 0·∞ is not 0."""
    bits, z = x.view(f"i{x.itemsize}"), memory_like(x)
    return np.multiply(bits, condition, out=None if z is None else z.view(bits.dtype)).view(x.dtype)


def _is_zero(x: Any) -> bool:
    """Whether x is the number 0, all of whose bits are 0, and not -0.0."""
    return type(x) is float and x == 0 and math.copysign(1, x) > 0


def _can_be_masked(x: Any, condition: Any) -> bool:
    """Whether x is an array of floats of the condition's shape."""
    return isinstance(x, np.ndarray) and x.shape == condition.shape and x.dtype.kind == "f"


def lerp(x: Array, y: Array, weight: Any) -> Array:
    """x + weight·(y - x), or y - (1 - weight)·(y - x) if y is nearer. The weight is an array or a number."""
    if isinstance(weight, float):
        weight = x.dtype.type(weight)
    difference = y - x
    if not weight.ndim:
        return x + weight * difference if abs(weight) < 0.5 else y - (1 - weight) * difference
    return np.where(np.abs(weight) < 0.5, x + weight * difference, y - (1 - weight) * difference)


def lerp_into(x: Array, y: Array, weight: float) -> None:
    """x ← lerp(x, y, weight)"""
    difference, weight = y - x, x.dtype.type(weight)
    if abs(weight) < 0.5:
        difference *= weight
        x += difference
    else:
        difference *= 1 - weight
        np.subtract(y, difference, out=x)


def power(x: Array, y: Array) -> Array:
    """xʸ as IEEE 754 defines it. NumPy takes √x if one exponent of ½ serves many numbers, and √-∞ is nan, not ∞."""
    if (y.ndim and y.shape == x.shape and 0 not in y.strides) or not (y == 0.5).any():
        return np.power(x, y)
    shape = np.broadcast_shapes(x.shape, y.shape)
    exponents = np.full_like(y, 0.5, shape=shape or (1,))
    exponents[...] = y
    return np.power(x, exponents).reshape(shape)


def integer_power(x: Array, y: Array) -> Array:
    """xʸ of integers: 0 where y is negative, unless x is 1 or -1. Raises NotImplementedError for bools, as torch."""
    if x.dtype.kind == "b":
        raise NotImplementedError("\"pow\" not implemented for 'Bool'\nConvert with .int() first.")
    signs = np.where(y % 2 == 0, 1, -1)
    fraction = np.where(x == 1, 1, np.where(x == -1, signs, 0)).astype(x.dtype)
    return np.where(y < 0, fraction, np.power(x, np.maximum(y, 0)))


def rounded_quotient(x: Array, y: Array, rounding_mode: str) -> Array:
    """x/y, rounded down ("floor") or towards 0 ("trunc")."""
    if rounding_mode == "floor":
        return np.floor_divide(x, y)
    return np.trunc(x / y) if np.result_type(x, y).kind == "f" else (x - np.fmod(x, y)) // y


def remainder(x: Array, y: Array) -> Array:
    """What a division rounded down leaves of x. It has the sign of y, but a 0 has the sign of x."""
    z = np.fmod(x, y)
    return np.where((z != 0) & ((z < 0) != (y < 0)), z + y, z)


# -- shapes and places --------------------------------------------------------------------------------------


def broadcast(x: Array, shape: tuple[int, ...]) -> Array:
    """A read-only view of x in which it is repeated to a shape; x in that shape if nothing is repeated."""
    if math.prod(shape) == x.size:
        return x.reshape(shape)
    if x.ndim or type(x) is not np.ndarray:
        return np.broadcast_to(x, shape)
    z = np.ndarray(shape, x.dtype, x, strides=(0,) * len(shape))  # faster than broadcast_to for one number
    z.flags.writeable = False
    return z


def add_at(z: Array, key: tuple[Any, ...], x: Array) -> None:
    """z[key] += x, added up where a place repeats; z is contiguous."""
    if z.ndim > 1 and z.size and key and all(isinstance(k, np.ndarray) and k.dtype.kind == "i" for k in key):
        # One key of single elements is several times faster than several keys, or than a key of rows.
        lead, rest = z.shape[: len(key)], z.shape[len(key) :]
        rows = np.ravel_multi_index(key, lead, mode="wrap")
        flat = (rows[..., None] * math.prod(rest) + np.arange(math.prod(rest))).reshape(-1)
        np.add.at(z.reshape(-1), flat, np.broadcast_to(x, (*rows.shape, *rest)).reshape(-1))
    else:
        np.add.at(z, tuple(key), x)  # NumPy takes longer to make a tuple of a subclass of tuple


def sums_of_rows(x: Array, rows: Array, count: int) -> Array:
    """z[k] = Σᵢ x[i] over all i with rows[i] = k, for each k below count; x[i] and z[k] are rows. Of NumPy's arrays."""
    z = zeros(x, (count, x.shape[-1]))
    flat, x = rows.reshape(-1), x.reshape(-1, x.shape[-1])
    if x.size < 4096:
        add_at(z, (flat,), x)
        return z
    # Rows of one k lie one after the other once they are sorted: NumPy adds up rows faster than single elements.
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    starts = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])
    z[ordered[starts]] += np.add.reduceat(x.take(order, 0), starts, 0)
    return z


def first_equal(z: Array, parts: Sequence[Array], counts: Sequence[Array]) -> Array:
    """For each element of z the number of the first part that is equal there; if it is nan, of the last that is nan.

    One part at least is equal. With `counts`, a mask for each part, elements of the parts do not count that it hides.
    """
    number: Any = np.zeros_like(z, np.int8 if len(parts) < 128 else np.int64)
    for i in reversed(range(len(parts) - 1)):  # none come before part i, or one more than in those after it
        number += 1
        number *= (parts[i] != z) | ~counts[i] if counts else parts[i] != z
    if (z != z).any():
        for i, part in enumerate(parts):
            number[part != part] = i
    return number


def along(where: Array, dim: int) -> tuple[Array, ...]:
    """The key that takes, along dim, the elements at `where`, and every element along the other axes."""
    n = where.ndim
    if n == 0:
        return (where,)
    key = [np.arange(size, like=where).reshape(-1, *(1,) * (n - 1 - i)) for i, size in enumerate(where.shape)]
    key[dim] = where
    return tuple(key)


def copied_like(src: Any, x: Array) -> Array:
    """A copy of a number or an array, in the shape and type of x, on the device of x."""
    return np.broadcast_to(on_device_of(src, x), x.shape).astype(x.dtype)


def zeros(like: Array, shape: tuple[int, ...]) -> Array:
    """Zeros of the type, and on the device, of another array."""
    plain = type(like) is np.ndarray or isinstance(like, np.generic)  # zeros_like takes longer
    return np.zeros(shape, like.dtype) if plain else np.zeros_like(like, order="C", shape=shape)


def ones(like: Array, shape: tuple[int, ...]) -> Array:
    """Ones of the type, and on the device, of another array."""
    if type(like) is not np.ndarray:
        return np.ones_like(like, order="C", shape=shape)
    z = np.empty(shape, like.dtype)
    z.fill(1)  # np.ones takes longer
    return z
