"""Normal numbers from uniform ones, rounded as in torch.   torch: aten/src/ATen/native/cpu/DistributionTemplates.h"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.arrays.fma import fma32, fma64

Array = Any  # numpy.ndarray

# For float64, torch's normal numbers use the logarithm, sine and cosine of the C library. Python's math module uses
# the same ones. NumPy has its own, whose last bit can differ.
_log64, _sin64, _cos64 = (np.vectorize(f, otypes=[np.float64]) for f in (math.log, math.sin, math.cos))


# For float32, torch uses polynomials by Stephen Moshier (Cephes: logf.c, sinf.c), vectorised by Julien Pommier and
# Giovanni Garberoglio in avx_mathfun.h (zlib licence). These are altered versions: they are written in NumPy, accept
# only the arguments that occur here, and use fused operations where torch's compiler does.
def _horner(x: Array, first: float, *rest: float) -> Array:
    """The polynomial with these coefficients, the highest power first, by Horner's method."""
    y: Array = np.asarray(first, np.float32)
    for coefficient in rest:
        y = fma32(y, x, coefficient)
    return y


def _log32(x: Array) -> Array:
    """log x for x in (0, 1]: log x = log m + e·log 2, where x = m·2^e and m is near 1. log 2 is split in two parts."""
    m, e = np.frexp(x)
    small = m < np.float32(math.sqrt(0.5))
    m, e = np.where(small, m + m, m) - 1, (e - small).astype(np.float32)
    y = m * _horner(
        m, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
        -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    )  # fmt: skip
    y = fma32(y, m * m, e * np.float32(-2.12194440e-4))
    y = fma32(m * m, -0.5, y)
    return fma32(e, 0.693359375, m + y)


def _sin_cos32(x: Array) -> tuple[Array, Array]:
    """sin x and cos x for x in [0, 2π): x = quarter·π/2 + rest, |rest| ≤ π/4. An odd quarter swaps sine and cosine."""
    quarter = ((x * np.float32(4 / math.pi)).astype(np.int32) + 1) >> 1
    for part in (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8):  # their sum is -π/4
        x = fma32(2 * quarter, part, x)
    square = x * x
    sin = square * _horner(square, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
    sin = fma32(sin, x, x)
    cos = square * _horner(square, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
    cos = fma32(cos, square, square * np.float32(-0.5)) + 1
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
