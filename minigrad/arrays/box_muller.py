"""Normal numbers from uniform ones, rounded as in torch.   torch: aten/src/ATen/native/cpu/DistributionTemplates.h"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.arrays.fma import fma32, fma64, fused

Array = Any  # numpy.ndarray

# For float64, torch's normal numbers use the logarithm, sine and cosine of the C library. Python's math module uses
# the same ones. NumPy has its own, whose last bit can differ.
_log64, _sin64, _cos64 = (np.vectorize(f, otypes=[np.float64]) for f in (math.log, math.sin, math.cos))


# For float32, torch uses polynomials by Stephen Moshier (Cephes: logf.c, sinf.c), vectorised by Julien Pommier and
# Giovanni Garberoglio in avx_mathfun.h (zlib licence). These are altered versions: they are written in NumPy, accept
# only the arguments that occur here, and use fused operations where torch's compiler does.

# In each row the coefficients of one power, the highest first.
_LOG = np.array([
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
    2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
], np.float32).reshape(-1, 1, 1, 1)  # fmt: skip
_SIN_COS = np.array([
    [-1.9515295891e-4, 2.443315711809948e-5],
    [8.3321608736e-3, -1.388731625493765e-3],
    [-1.6666654611e-1, 4.166664568298827e-2],
], np.float32).reshape(-1, 2, 1, 1)  # fmt: skip


def _horner(coefficients: Array, x: Array) -> Array:
    """The polynomials with these coefficients, side by side, by Horner's method."""
    y, *rest = coefficients
    for coefficient in rest:
        y = fused(y, x, coefficient)
    return y


def _log32(x: Array) -> Array:
    """log x for x in (0, 1]: log x = log m + e·log 2, where x = m·2^e and m is near 1. log 2 is split in two parts."""
    m, e = np.frexp(x)
    small = m < np.float32(math.sqrt(0.5))
    m, e = np.where(small, m + m, m) - 1, (e - small).astype(np.float32)
    (y,) = m * _horner(_LOG, m)
    y = fused(y, m * m, e * np.float32(-2.12194440e-4))
    # Two products with so few digits that they are exact: where torch's compiler fuses, the result is the same.
    y = m * m * np.float32(-0.5) + y
    return e * np.float32(0.693359375) + (m + y)


def _sin_cos32(x: Array) -> tuple[Array, Array]:
    """sin x and cos x for x in [0, 2π): x = quarter·π/2 + rest, |rest| ≤ π/4. An odd quarter swaps sine and cosine."""
    quarter = ((x * np.float32(4 / math.pi)).astype(np.int32) + 1) >> 1
    eighths = (2 * quarter).astype(np.float32)
    # π/4 in three parts: the first two have so few digits that the products are exact.
    x = eighths * np.float32(-0.78515625) + x
    x = eighths * np.float32(-2.4187564849853515625e-4) + x
    x = fused(eighths, np.float32(-3.77489497744594108e-8), x)
    square = x * x
    sin, cos = fused(
        square * _horner(_SIN_COS, square), np.stack([x, square]), np.stack([x, square * np.float32(-0.5)])
    )
    cos = cos + 1
    sin, cos = np.where(quarter & 1, cos, sin), np.where(quarter & 1, sin, cos)
    return np.where(quarter & 2, -sin, sin), np.where((quarter + 1) & 2, -cos, cos)


def box_muller(uniforms: Array, mean: float, std: float) -> Array:
    """Turn uniform numbers into normal ones: r·cos 2πv and r·sin 2πv, where r = √(-2 log(1 - u)), u and v in [0, 1).

    torch takes eight pairs at once: of every 16 numbers, the first eight are u and the last eight are v.
    """
    pairs = uniforms.reshape(-1, 2, 8)
    u, angle = 1 - pairs[:, 0], 2 * math.pi * pairs[:, 1]
    fma: Callable[[Any, Any, Any], Array]
    if uniforms.dtype == np.float32:
        fma, log, (sin, cos) = fma32, _log32(u), _sin_cos32(angle)
    else:
        fma, log, (sin, cos) = fma64, _log64(u), (_sin64(angle), _cos64(angle))
    r = np.sqrt(-2 * log)
    return fma(np.stack([r * cos, r * sin], axis=1), std, mean).reshape(-1)
