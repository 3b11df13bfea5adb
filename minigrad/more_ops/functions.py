"""Functions of one and two numbers: a table of derivatives.   torch: tools/autograd/derivatives.yaml"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable


@differentiable(x=lambda dz, x: dz * ops.rsqrt(1 - x * x), promoted="floating")
def asin(x: Array) -> Array:
    """z = arcsin x        dx = dz/√(1 - x²)"""
    return np.arcsin(x)


@differentiable(x=lambda dz, x: dz * -ops.rsqrt(1 - x * x), promoted="floating")
def acos(x: Array) -> Array:
    """z = arccos x        dx = -dz/√(1 - x²)"""
    return np.arccos(x)


@differentiable(x=lambda dz, x: dz / (x * x + 1), promoted="floating")
def atan(x: Array) -> Array:
    """z = arctan x        dx = dz/(x² + 1)"""
    return np.arctan(x)


@differentiable(x=lambda dz, z: dz * (1 + z * z), promoted="floating")
def tan(x: Array) -> Array:
    """z = tan x        dx = dz·(1 + z²)"""
    return np.tan(x)


@differentiable(x=lambda dz, x: dz * cosh(x), promoted="floating")
def sinh(x: Array) -> Array:
    """z = sinh x        dx = dz·cosh x"""
    return np.sinh(x)


@differentiable(x=lambda dz, x: dz * sinh(x), promoted="floating")
def cosh(x: Array) -> Array:
    """z = cosh x        dx = dz·sinh x"""
    return np.cosh(x)


@differentiable(x=lambda dz, x: dz * ops.rsqrt(x * x + 1), promoted="floating")
def asinh(x: Array) -> Array:
    """z = arsinh x        dx = dz/√(x² + 1)"""
    return np.arcsinh(x)


@differentiable(x=lambda dz, x: dz * ops.rsqrt(x * x - 1), promoted="floating")
def acosh(x: Array) -> Array:
    """z = arcosh x        dx = dz/√(x² - 1)"""
    return np.arccosh(x)


@differentiable(x=lambda dz, x: dz * 1 / (1 - x * x), promoted="floating")
def atanh(x: Array) -> Array:
    """z = artanh x        dx = dz/(1 - x²)"""
    return np.arctanh(x)


@differentiable("Exp2Backward0", x=lambda dz, z: dz * z * math.log(2), promoted="floating")
def exp2(x: Array) -> Array:
    """z = 2ˣ        dx = dz·z·log 2"""
    return np.exp2(x)


def _per_square(x: Any, y: Any) -> Any:
    """1/(x² + y²), and 0 where both are 0."""
    square = x * x + y * y
    return ops.where(unwrap(square) == 0, 0.0, ops.reciprocal(square))


@differentiable(
    "Atan2Backward0",
    x=lambda dz, x, y: dz * y * _per_square(x, y),
    y=lambda dz, x, y: dz * -x * _per_square(x, y),
    promoted="floating",
)
def atan2(x: Array, y: Array) -> Array:
    """z = the angle of (y, x)        dx = dz·y/(x² + y²)    dy = -dz·x/(x² + y²)"""
    return np.arctan2(x, y)


@differentiable(x=lambda dz, x, z: dz * x / z, y=lambda dz, y, z: dz * y / z, promoted="common")
def hypot(x: Array, y: Array) -> Array:
    """z = √(x² + y²)        dx = dz·x/z    dy = dz·y/z"""
    return np.hypot(x, y)
