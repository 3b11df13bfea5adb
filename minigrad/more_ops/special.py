"""Special functions and their derivatives, which NumPy has in part.   torch: tools/autograd/derivatives.yaml

erfc and lgamma are Python's. The others are computed in float64: by the series in 1/x of large x, to which smaller ones
are brought by a recurrence, or from an approximation that Newton's method improves.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays.erf import erf as _erf
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable

TWO_PER_ROOT_PI = 2 / math.sqrt(math.pi)


def _wide(function: Callable[[Array], Array], x: Array) -> Array:
    """A function of float64, of an array of any floating type."""
    return np.asarray(function(np.asarray(x, np.float64)), x.dtype)


def _by_python(function: Callable[[float], float], x: Array) -> Array:
    return _wide(lambda wide: np.asarray(np.frompyfunc(function, 1, 1)(wide), np.float64), x)


# -- the error function -------------------------------------------------------------------------------------


@differentiable(x=lambda dz, x: -TWO_PER_ROOT_PI * ops.exp(-(x * x)) * dz, promoted="floating")
def erfc(x: Array) -> Array:
    """z = 1 - erf x        dx = -2/√π·e^(-x²)·dz"""
    return _by_python(math.erfc, x)


def _inverse_erf(y: Array) -> Array:
    # Winitzki's approximation is off by at most 0.002; each step makes an error e one of e³.
    size = abs(y)
    log = np.log1p(-size * size)
    t = 2 / (math.pi * 0.147) + log / 2
    x = np.sqrt(np.sqrt(t * t - log / 0.147) - t)
    for _ in range(3):
        off = (_erf(x) - size) / (TWO_PER_ROOT_PI * np.exp(-x * x))
        x = x - off / (1 + x * off)
    x = np.where(size < 1, x, np.where(size == 1, math.inf, math.nan))
    return np.copysign(x, y)


@differentiable(x=lambda dz, z: dz * (1 / TWO_PER_ROOT_PI) * ops.exp(z * z), promoted="floating")
def erfinv(x: Array) -> Array:
    """z with erf z = x        dx = √π/2·e^(z²)·dz"""
    return _wide(_inverse_erf, x)


# -- the gamma function -------------------------------------------------------------------------------------


def _lgamma(x: float) -> float:
    if x == -math.inf or (x <= 0 and x == math.floor(x)):  # at a pole
        return math.inf
    try:
        return math.lgamma(x)
    except OverflowError:
        return math.inf


@differentiable(x=lambda dz, x: dz * digamma(x), promoted="floating")
def lgamma(x: Array) -> Array:
    """z = log |Γ(x)|        dx = ψ(x)·dz"""
    return _by_python(_lgamma, x)


# Bernoulli's numbers B₂, B₄, ... B₁₆
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _digamma(x: Array) -> Array:
    """ψ(x) = log x - 1/2x - Σ B₂ₖ/(2k·x²ᵏ) for x ≥ 10; below ψ(x) = ψ(x + 1) - 1/x; ψ(x) = ψ(1 - x) - π/tan πx"""
    low = x < 0
    t, z = np.where(low, 1 - x, x), np.zeros_like(x)
    for _ in range(10):
        z, t = np.where(t < 10, z - 1 / t, z), np.where(t < 10, t + 1, t)
    for k, b in enumerate(BERNOULLI, 1):
        z = z - b / (2 * k * t ** (2 * k))
    z = z + np.log(t) - 1 / (2 * t)
    z = np.where(low, z - math.pi / np.tan(math.pi * np.fmod(x, 1)), z)
    z = np.where(low & (x == np.floor(x)), math.nan, z)
    return np.where(x == 0, np.copysign(math.inf, -x), np.where(np.isposinf(x), math.inf, z))


@differentiable(x=lambda dz, x: dz * polygamma(x, 1), promoted="floating")
def digamma(x: Array) -> Array:
    """z = ψ(x) = Γ'(x)/Γ(x)        dx = ψ'(x)·dz"""
    return _wide(_digamma, x)


def _zeta(s: int, q: Array) -> Array:
    """Hurwitz's ζ(s, q) = Σ 1/(q + k)ˢ: terms up to q + k = 10, then Euler's and Maclaurin's formula."""
    t, z = np.array(q), np.zeros_like(q)
    while (small := (t < 10) & (t > -1e6)).any():
        z, t = np.where(small, z + t**-s, z), np.where(small, t + 1, t)
    z = z + t ** (1 - s) / (s - 1) + t**-s / 2
    factor: float = s
    for k, b in enumerate(BERNOULLI, 1):
        z = z + factor * b / math.factorial(2 * k) * t ** (1 - s - 2 * k)
        factor *= (s + 2 * k - 1) * (s + 2 * k)
    return np.where((q <= 0) & (q == np.floor(q)), math.inf, z)


@differentiable(
    "PolygammaBackward0", x=lambda dz, x, n: dz * polygamma(x, n + 1), promoted="floating", plain=["n"]
)
def polygamma(x: Array, n: int) -> Array:
    """z = ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹·n!·ζ(n + 1, x)        dx = ψ⁽ⁿ⁺¹⁾(x)·dz"""
    if n == 0:
        return digamma.forward(x)
    return _wide(lambda wide: (-1) ** (n + 1) * math.factorial(n) * _zeta(n + 1, wide), x)


# -- Bessel's functions -------------------------------------------------------------------------------------

_COSINES = np.cos((np.arange(128) + 0.5) * math.pi / 256)  # of 128 angles between 0 and π/2


@differentiable(x=lambda dz, x: dz * i1(x), promoted="floating")
def i0(x: Array) -> Array:
    """z = I₀(x), modified, of the first kind        dx = I₁(x)·dz"""
    return np.asarray(np.i0(np.asarray(x, np.float64)), x.dtype).reshape(x.shape)


def _i1_slope(x: Any, z: Any) -> Any:
    zero = unwrap(x) == 0
    return i0(x) - ops.where(zero, 0.5, z / ops.where(zero, 1.0, x))


@differentiable("SpecialI1Backward0", x=lambda dz, x, z: dz * _i1_slope(x, z), promoted="floating")
def i1(x: Array) -> Array:
    """z = I₁(x) = the mean of cos a·sinh(x·cos a) over angles a        dx = (I₀(x) - z/x)·dz"""
    # The mean of 128 angles has no error that float64 shows, up to x = 700, where I₁ overflows.
    return _wide(lambda wide: (_COSINES * np.sinh(wide[..., None] * _COSINES)).mean(-1), x)


# -- logarithms ---------------------------------------------------------------------------------------------


@differentiable(
    x=lambda dz, x, eps: dz * _logit_slope(x, eps), promoted="floating", plain=["eps"]
)  # fmt: skip
def logit(x: Array, eps: float | None) -> Array:
    """z = log(x/(1 - x)), of x between eps and 1 - eps        dx = dz/(x·(1 - x)), 0 outside"""
    x = x if eps is None else np.clip(x, x.dtype.type(eps), x.dtype.type(1 - eps))
    return np.log(x / (1 - x))


def _logit_slope(x: Any, eps: float | None) -> Any:
    low, outside = (0.0, math.nan) if eps is None else (eps, 0.0)
    inside = (unwrap(x) >= low) & (unwrap(x) <= 1 - low)
    return ops.where(inside, 1 / (x * (1 - x)), outside)


@differentiable(
    x=lambda dz, x, y: dz / (1 + ops.exp(y - x)), y=lambda dz, x, y: dz / (1 + ops.exp(x - y)), promoted="common"
)  # fmt: skip
def logaddexp(x: Array, y: Array) -> Array:
    """z = log(eˣ + eʸ)        dx = dz/(1 + e^(y - x))    dy = dz/(1 + e^(x - y))"""
    return np.logaddexp(x, y)


@differentiable(
    "Logaddexp2Backward0",
    x=lambda dz, x, y: dz / (1 + ops.rpow(y - x, 2.0)),
    y=lambda dz, x, y: dz / (1 + ops.rpow(x - y, 2.0)),
    promoted="common",
)
def logaddexp2(x: Array, y: Array) -> Array:
    """z = log₂(2ˣ + 2ʸ)        dx = dz/(1 + 2^(y - x))    dy = dz/(1 + 2^(x - y))"""
    return np.logaddexp2(x, y)


def _sums_behind(dz: Any, x: Any, z: Any, dim: int) -> Any:
    """dxᵢ = Σ dzⱼ·e^(xᵢ - zⱼ), j ≥ i: of positive and of negative dz by their logarithms, so that nothing overflows."""
    parts = []
    for sign in (1, -1):
        held = unwrap(dz) * sign > 0
        logs = ops.log(ops.where(held, dz * sign, 1.0)) - z
        logs = ops.where(held, logs, -math.inf)
        parts.append(ops.exp(ops.flip(logcumsumexp(ops.flip(logs, (dim,)), dim), (dim,)) + x))
    return parts[0] - parts[1]


@differentiable(x=lambda dz, x, z, dim: _sums_behind(dz, x, z, dim))
def logcumsumexp(x: Array, dim: int) -> Array:
    """zᵢ = log Σ exp xⱼ, j ≤ i, along dim        dxᵢ = Σ dzⱼ·e^(xᵢ - zⱼ), j ≥ i"""
    return np.logaddexp.accumulate(x, axis=dim)


@differentiable("SpecialEntrBackward0", x=lambda dz, x: dz * -(ops.log(x) + 1), promoted="floating")
def entr(x: Array) -> Array:
    """z = -x·log x; 0 for 0, -∞ below        dx = -(1 + log x)·dz"""
    return np.asarray(np.where(x == 0, 0, np.where(x < 0, -math.inf, -x * np.log(x))), x.dtype)


@differentiable(
    "SpecialXlog1PyBackward0",
    x=lambda dz, x, y: dz * ops.where((unwrap(x) == 0) & (unwrap(y) <= -1), 0.0, ops.log1p(y)),
    y=lambda dz, x, y: dz * x / (y + 1),
    promoted="floating",
)
def xlog1py(x: Array, y: Array) -> Array:
    """z = x·log(1 + y), 0 where x is 0        dx = log(1 + y)·dz    dy = x/(1 + y)·dz"""
    return np.where(y != y, y, np.where(x == 0, 0, x * np.log1p(y)))


# -- others -------------------------------------------------------------------------------------------------


def _sinc_slope(x: Any) -> Any:
    zero = unwrap(x) == 0
    x = ops.where(zero, 1.0, x)
    angle = x * math.pi
    return ops.where(zero, 0.0, (angle * ops.cos(angle) - ops.sin(angle)) / (x * x * math.pi))


@differentiable(x=lambda dz, x: dz * _sinc_slope(x), promoted="floating")
def sinc(x: Array) -> Array:
    """z = sin(πx)/πx, 1 for 0        dx = (πx·cos πx - sin πx)/πx²·dz"""
    return np.asarray(np.sinc(x), x.dtype)


@differentiable(
    x=lambda dz, x, z: ops.where(unwrap(x) == 0, 0.0, dz * (z / x)), y=lambda dz, y: ops.mul(y, 0) * dz,
    promoted="floating",
)  # fmt: skip
def copysign(x: Array, y: Array) -> Array:
    """z = |x| with the sign of y        dx = dz where the sign stays, -dz where it changes    dy = 0"""
    return np.copysign(x, y)


@differentiable(
    x=lambda dz, x, y: ops.where(unwrap(x) == unwrap(y), 0.0, dz),
    y=lambda dz, y: ops.mul(y, 0),
    promoted="common",
)
def nextafter(x: Array, y: Array) -> Array:
    """z = the next number from x to y        dx = dz, 0 where they are equal    dy = 0"""
    return np.nextafter(x, y)


@differentiable(x=lambda dz, exponent: ops.mul(dz, np.exp2(-exponent.astype(unwrap(dz).dtype))))
def frexp(x: Array, exponent: Array) -> Array:
    """z = x/2ⁿ for the exponent n, between ½ and 1        dx = dz/2ⁿ"""
    return np.frexp(x)[0]
