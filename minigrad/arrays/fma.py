"""Fused multiply-add: a·b + c with one rounding, in NumPy.

PyTorch's compiler fuses `x * y + z` into one operation that rounds once. NumPy rounds twice, after each operation.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array = Any  # numpy.ndarray


def _two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return s = a + b, rounded, and e, the rounding error: s + e = a + b exactly (Knuth)."""
    s = a + b
    b_in_s = s - a
    return s, (a - (s - b_in_s)) + (b - b_in_s)


def _two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return p = a·b, rounded, and e, the rounding error: p + e = a·b exactly (Dekker).

    Each factor is split into two halves of 26 bits, whose products need no rounding.
    """
    p = a * b
    a_high, b_high = ((2.0**27 + 1) * v - ((2.0**27 + 1) * v - v) for v in (a, b))
    a_low, b_low = a - a_high, b - b_high
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


def _sum_to_odd(a: Array, b: Array) -> Array:
    """a + b, truncated. The last bit is set if the truncation lost anything: rounding to odd.

    A later rounding to fewer bits then gives the same result as one rounding of the exact sum (Boldo and Melquiond,
    2008): the last bit shows that the sum is not a tie.
    """
    s, e = _two_sum(a, b)
    too_far = np.where(s > 0, e < 0, e > 0)
    inexact = np.abs(e) > 0  # False for nan, the error of an infinite sum
    odd: Array = ((s.view(np.int64) - too_far) | inexact).view(np.float64)
    return odd


@np.errstate(all="ignore")
def fma32(a: Any, b: Any, c: Any) -> NDArray[np.float32]:
    """a·b + c in float32 with one rounding, of arrays and numbers."""
    a, b, c = (np.asarray(v, np.float32) for v in (a, b, c))
    z = fused(a, b, c)
    # Below 2⁻¹²⁶ float32 has fewer digits, of which `fused` knows nothing.
    return _fused_by_odd(a, b, c) if (np.abs(z) < 2.0**-125).any() else z


def fused(a: Array, b: Array, c: Array) -> NDArray[np.float32]:
    """a·b + c with one rounding, of float32 arrays, where no result but 0 lies below 2⁻¹²⁶.

    In float64 the product is exact. Rounding keeps an order, so the sum, rounded to float64 and then to float32, is the
    exact sum rounded to float32, unless it lies midway between two numbers of float32: with a 1 and 28 zeros after
    float32's 23 digits.
    """
    s = np.multiply(a, b, dtype=np.float64)
    s += c
    midway = (s.view(np.int64) & (2**29 - 1)) == 2**28
    return _fused_by_odd(a, b, c) if np.count_nonzero(midway) else s.astype(np.float32)


def _fused_by_odd(a: Array, b: Array, c: Array) -> NDArray[np.float32]:
    """a·b + c with one rounding, in every case. The float64 has more bits than rounding to odd needs."""
    return _sum_to_odd(np.multiply(a, b, dtype=np.float64), c.astype(np.float64)).astype(np.float32)


@np.errstate(all="ignore")
def fma64(a: Any, b: Any, c: Any) -> NDArray[np.float64]:
    """a·b + c in float64 with one rounding. The exact value is high + high_error + low_error."""
    a, b, c = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (a, b, c)))
    p, e = _two_product(a, b)
    low, low_error = _two_sum(c, e)
    high, high_error = _two_sum(p, low)
    # In these cases a * b + c rounds only once. A product that underflows to -0 is not such a case: -0 + 0 would be +0.
    plain = (a == 0) | (b == 0) | ((c == 0) & (p != 0))
    fused: NDArray[np.float64] = np.where(plain, a * b + c, high + _sum_to_odd(low_error, high_error))
    # In Dekker's product the halves may overflow and the error may underflow. Fractions do neither.
    safe = (np.abs(p) > 2.0**-960) & (np.maximum.reduce([np.abs(v) for v in (a, b, c, p)]) < 2.0**990)
    for i in np.argwhere(~(safe | plain)):
        fused[tuple(i)] = _fma_exactly(*(float(v[tuple(i)]) for v in (a, b, c)))
    return fused


def _fma_exactly(a: float, b: float, c: float) -> float:
    """a·b + c for three Python floats, computed with fractions and rounded once."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return a * b + c
    if not math.isfinite(c):
        return c
    from fractions import Fraction  # imported here because it is rarely needed: `import minigrad` stays fast

    exact = Fraction(a) * Fraction(b) + Fraction(c)
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
