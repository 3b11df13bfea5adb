"""Φ, the distribution function of normal numbers, which NumPy lacks: Φ(x) = (1 + erf(x/√2))/2; and gelu's slope.

Φ in float32: by formula 7.1.26 of Abramowitz and Stegun, Handbook of Mathematical Functions, as PyTorch has it, too:

    erf u = ±(1 - (a₁·t + a₂·t² + a₃·t³ + a₄·t⁴ + a₅·t⁵)·exp(-u²))        t = 1/(1 + p·|u|), ± the sign of u

The formula errs by up to 1.5·10⁻⁷. Measured with the errors of exp and of all roundings, Φ errs by 6.0·2⁻²⁴. In other
types: by erf.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.arrays.erf import erf
from minigrad.arrays.memory import empty_like, memory_like

Array = np.ndarray[Any, Any]

P = np.float32(0.3275911 * math.sqrt(0.5))  # times |x| instead of |u|
HALVES = tuple(  # a₁/2 ... a₅/2
    np.float32(a / 2) for a in (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
)
SIGN = np.int32(-(2**31))  # the bit that a negative float32 has
BLOCK = 1 << 16  # elements at a time: what the formula needs in between then stays in the processor's cache


def gaussian(x: Array) -> Array:
    """exp(-x²/2), elementwise, in the dtype of x."""
    z = np.multiply(x, x, out=empty_like(x))
    z *= -0.5
    return np.exp(z, out=z)


def normal_cdf(x: Array, g: Array) -> Array:
    """Φ(x), elementwise, in the dtype of x; g is gaussian(x)."""
    if x.dtype != np.float32:
        return (1 + erf(x * x.dtype.type(math.sqrt(0.5)))) * x.dtype.type(0.5)
    z = empty_like(x)
    if not isinstance(x, np.ndarray):  # on a GPU all at once
        _by_formula(x, g, z)
        return z
    if x.strides != z.strides:
        z[...] = x
        x = z
    arrays = [y.ravel("K") for y in (x, g, z)]  # views, in the order of memory
    for start in range(0, x.size, BLOCK):
        _by_formula(*[y[start : start + BLOCK] for y in arrays])
    return z


def gelu_slope(x: Array, cdf: Array, g: Array) -> Array:
    """Φ(x) + x·φ(x), the slope of x·Φ(x), elementwise; cdf is Φ(x), g is gaussian(x), and φ(x) = g/√(2π)."""
    z = np.multiply(x, g, out=memory_like(x))
    z *= 1 / math.sqrt(2 * math.pi)
    z += cdf
    return z


def _by_formula(x: Array, g: Array, z: Array) -> None:
    """z ← Φ(x) = 1/2 ± (1/2 - g·(a₁·t + ...)/2), by Horner's scheme; z may be x"""
    t = np.abs(x, out=memory_like(x))
    t *= P
    t += np.float32(1)
    np.reciprocal(t, out=t)
    y = np.multiply(t, HALVES[-1], out=memory_like(x))
    for a in HALVES[-2::-1]:
        y += a
        y *= t
    y *= g
    np.subtract(np.float32(0.5), y, out=y)
    # y with the sign of x: of bits this takes a third of the time of np.copysign.
    sign = np.bitwise_and(x.view(np.int32), SIGN, out=t.view(np.int32))
    np.bitwise_xor(y.view(np.int32), sign, out=z.view(np.int32))
    z += np.float32(0.5)
