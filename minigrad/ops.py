"""Every op that has a gradient rule: forward and rules on one screen.   torch: tools/autograd/derivatives.yaml

Read an entry as a line of a table of derivatives. The decorator says what the gradient of each input is, and the body
says what the op computes. `z` is the output, `dz` the gradient that arrives for it, `shape` and `stride` are those of
the input concerned. The engine does the rest: autograd/engine.py. The ops of layers and losses are in nn/ops.py.

All are functions of arrays, and rely on their arguments: tensors/ and nn/functional.py check them first, so `dim` is
here a tuple of axes counted from the front. Where NumPy needs a detour to be fast or exact, it is in kernels.py.

The rules round as torch's do: dy = -dz·((x/y)/y), say, which is not the same as -dz·z/y. A rule may run on Tensors. It
then writes mul(dz, a) for a product with an array, because the operators of Tensor leave arrays to NumPy.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import builtins
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from minigrad.arrays import as_array, kernels, move, row_major
from minigrad.arrays.erf import erf as error_function
from minigrad.arrays.kernels import max_of, mean_of, product, sum_of, zeros
from minigrad.autograd.base import Array, unwrap
from minigrad.autograd.op import differentiable
from minigrad.autograd.saved import Key

# -- the first ops to read ----------------------------------------------------------------------------------


@differentiable(x=lambda dz: dz, y=lambda dz: dz, promoted="common")
def add(x: Array, y: Array) -> Array:
    """z = x + y        dx = dz    dy = dz"""
    return x + y


@differentiable(x=lambda dz, y: dz * y, y=lambda dz, x: dz * x, promoted="common")
def mul(x: Array, y: Array) -> Array:
    """z = x·y        dx = dz·y    dy = dz·x"""
    return x * y


@differentiable(
    x=lambda dz, y, shape, stride: mm(y, dz.T).T if kernels.is_column_major(shape, stride) else mm(dz, y.T),
    y=lambda dz, x, shape, stride: mm(dz.T, x).T if kernels.is_column_major(shape, stride) else mm(x.T, dz),
)
def mm(x: Array, y: Array) -> Array:
    """zᵢⱼ = Σₖ xᵢₖ·yₖⱼ        dx = dz·yᵀ    dy = xᵀ·dz        x: N×K, y: K×M"""
    return product(x, y)


@differentiable(x=lambda dz, z: dz * z, promoted="floating")
def exp(x: Array) -> Array:
    """z = eˣ        dx = dz·z"""
    return np.exp(x)


@differentiable(x=lambda dz, x: dz / x, promoted="floating")
def log(x: Array) -> Array:
    """z = log x        dx = dz/x"""
    return np.log(x)


@differentiable(x=lambda dz, shape: expand(dz, shape))
def sum(x: Array) -> Array:
    """z = Σᵢ xᵢ        dxᵢ = dz"""
    return sum_of(x)


@differentiable(
    "SumBackward1", x=lambda dz, shape, dim, keepdim: expand(unreduce(dz, shape, dim, keepdim), shape)
)
def sum_dim(x: Array, dim: tuple[int, ...], keepdim: bool) -> Array:
    """zᵢ = Σⱼ xᵢⱼ, j along dim        dxᵢⱼ = dzᵢ"""
    return sum_of(x, dim, keepdim)


def unreduce(dz: Any, shape: tuple[int, ...], dim: tuple[int, ...], keepdim: bool) -> Any:
    """dz with the reduced dimensions again, of size 1, so that it broadcasts to the input's shape."""
    return dz if keepdim else dz.reshape(tuple(1 if i in dim else n for i, n in enumerate(shape)))


@differentiable(x=lambda dz, shape: expand(dz / math.prod(shape), shape))
def mean(x: Array) -> Array:
    """z = Σᵢ xᵢ / n, of n elements        dxᵢ = dz/n"""
    return mean_of(x, x.size)


@differentiable(x=lambda dz: dz)
def expand(x: Array, size: tuple[int, ...]) -> Array:
    """z = x repeated to size, not copied        dx = Σ dz over the repetitions, which the engine does"""
    return kernels.broadcast(x, size)


# -- arithmetic ---------------------------------------------------------------------------------------------


@differentiable(x=lambda dz: dz, y=lambda dz: -dz, promoted="numbers")
def sub(x: Array, y: Array) -> Array:
    """z = x - y        dx = dz    dy = -dz"""
    return x - y


@differentiable("RsubBackward1", x=lambda dz: -dz, promoted="numbers")
def rsub(x: Array, y: Array) -> Array:
    """z = y - x, y a number        dx = -dz"""
    return y - x


@differentiable(x=lambda dz, y: dz / y, y=lambda dz, x, y: -dz * ((x / y) / y), promoted="floating")
def div(x: Array, y: Array) -> Array:
    """z = x/y        dx = dz/y    dy = -dz·x/y²"""
    return x / y


@differentiable(
    "DivBackward2",
    x=lambda dz, y: zeros_like(dz),
    y=lambda dz, x, y: zeros_like(dz),
    promoted="common",
    plain=["rounding_mode"],
)
def div_rounded(x: Array, y: Array, rounding_mode: str) -> Array:
    """z = x/y, rounded down ("floor") or towards 0 ("trunc")        dx = dy = 0"""
    return kernels.rounded_quotient(x, y, rounding_mode)


@differentiable(
    "RemainderBackward1",
    x=lambda dz: dz,
    y=lambda dz, x, y: -dz * div_rounded(x, y, "floor"),
    promoted="common",
)
def remainder(x: Array, y: Array) -> Array:
    """z = x - y·⌊x/y⌋, of y's sign        dx = dz    dy = -dz·⌊x/y⌋"""
    return kernels.remainder(x, y)


@differentiable(
    "FmodBackward1", x=lambda dz: dz, y=lambda dz, x, y: -dz * div_rounded(x, y, "trunc"), promoted="common"
)
def fmod(x: Array, y: Array) -> Array:
    """z = x - y·trunc(x/y), of x's sign        dx = dz    dy = -dz·trunc(x/y)"""
    return np.fmod(x, y)


@differentiable(
    x=lambda dz: dz,
    tensor1=lambda dz, tensor2, value: dz * (tensor2 * value),
    tensor2=lambda dz, tensor1, value: dz * (tensor1 * value),
    promoted="common",
    plain=["value"],
)
def addcmul(x: Array, tensor1: Array, tensor2: Array, value: float) -> Array:
    """z = x + c·y·w        dx = dz    dy = dz·c·w    dw = dz·c·y"""
    return x + value * tensor1 * tensor2


@differentiable(
    x=lambda dz: dz,
    tensor1=lambda dz, tensor2, value: dz * (value / tensor2),
    tensor2=lambda dz, tensor1, tensor2, value: -dz * ((value * tensor1) / (tensor2 * tensor2)),
    promoted="common",
    plain=["value"],
)
def addcdiv(x: Array, tensor1: Array, tensor2: Array, value: float) -> Array:
    """z = x + c·y/w        dx = dz    dy = dz·c/w    dw = -dz·c·y/w²"""
    return x + value * tensor1 / tensor2


@differentiable(
    "LerpBackward1",
    x=lambda dz, weight: dz * (1 - weight),
    end=lambda dz, weight: dz * weight,
    weight=lambda dz, x, end: dz * (end - x),
)
def lerp(x: Array, end: Array, weight: Array) -> Array:
    """z = x + w·(y - x)        dx = dz·(1 - w)    dy = dz·w    dw = dz·(y - x)"""
    return kernels.lerp(x, end, weight)


@differentiable("LerpBackward0", x=lambda dz, weight: dz * (1 - weight), end=lambda dz, weight: dz * weight)
def lerp_scalar(x: Array, end: Array, weight: float) -> Array:
    """z = x + w·(y - x), w a number        dx = dz·(1 - w)    dy = dz·w"""
    return kernels.lerp(x, end, float(weight))


@differentiable(x=lambda dz: -dz)
def neg(x: Array) -> Array:
    """z = -x        dx = -dz"""
    return -x


@differentiable(x=lambda dz, z: -dz * (z * z), promoted="floating")
def reciprocal(x: Array) -> Array:
    """z = 1/x        dx = -dz·z²"""
    return 1 / x


# Powers that torch computes by steps, each of which is rounded once.
POWERS: dict[float, Any] = {
    2: lambda x: x * x,
    3: lambda x: x * x * x,
    0.5: np.sqrt,
    -0.5: lambda x: 1 / np.sqrt(x),
    -1: lambda x: 1 / x,
    -2: lambda x: 1 / (x * x),
}


@differentiable(
    "PowBackward0",
    x=lambda dz, x, exponent: (
        zeros_like(dz) if exponent == 0 else dz * (exponent * pow_scalar(x, exponent - 1))
    ),
    promoted="common",
)
def pow_scalar(x: Array, exponent: float) -> Array:
    """z = xⁿ, n a number        dx = dz·n·xⁿ⁻¹"""
    exact = POWERS.get(exponent)
    return exact(x) if exact and x.dtype.kind == "f" else (x**exponent).astype(x.dtype)


@differentiable(
    "PowBackward1",
    x=lambda dz, x, y, z: where(unwrap(y) == 0, 0.0, dz * (y * pow(x, y - 1))),
    y=lambda dz, x, y, z: dz * where((unwrap(x) == 0) & (unwrap(y) >= 0), 0.0, z * log(x)),
    promoted="common",
)
def pow(x: Array, y: Array) -> Array:
    """z = xʸ        dx = dz·y·xʸ⁻¹    dy = dz·z·log x, and 0 where x = 0 ≤ y"""
    return kernels.power(x, y) if x.dtype.kind == "f" else kernels.integer_power(x, y)


@differentiable(
    "PowBackward2",
    x=lambda dz, z, base, x: (
        dz * (z * _log(base)) if base else where(unwrap(x) >= 0, 0.0, dz * (z * -math.inf))
    ),
    promoted="common",
)
def rpow(x: Array, base: float) -> Array:
    """z = bˣ, b a number        dx = dz·z·log b"""
    return np.power(base, x) if x.dtype.kind == "f" else kernels.integer_power(x.dtype.type(base), x)


def _log(base: float) -> float:
    return math.log(base) if base > 0 else math.nan


# -- functions of one variable ------------------------------------------------------------------------------


@differentiable(x=lambda dz, z: dz / (2 * z), promoted="floating")
def sqrt(x: Array) -> Array:
    """z = √x        dx = dz/2z"""
    return np.sqrt(x)


@differentiable(x=lambda dz, z: dz * (1 - z * z), promoted="floating")
def tanh(x: Array) -> Array:
    """z = tanh x        dx = dz·(1 - z²)"""
    return np.tanh(x)


@differentiable(x=lambda dz, z: dz * (1 - z) * z, promoted="floating")
def sigmoid(x: Array) -> Array:
    """z = 1/(1 + e⁻ˣ)        dx = dz·(1 - z)·z"""
    return 1 / (1 + np.exp(-x))


@differentiable("Log1PBackward0", x=lambda dz, x: dz / (x + 1), promoted="floating")
def log1p(x: Array) -> Array:
    """z = log(1 + x), exact for small x        dx = dz/(x + 1)"""
    return np.log1p(x)


@differentiable(x=lambda dz, x: dz / (x * math.log(2)), promoted="floating")
def log2(x: Array) -> Array:
    """z = log₂ x        dx = dz/(x·log 2)"""
    return np.log2(x)


_LOG_10 = math.nextafter(math.log(10), 0)  # torch's, one place below the nearest double


@differentiable(x=lambda dz, x: dz / (x * _LOG_10), promoted="floating")
def log10(x: Array) -> Array:
    """z = log₁₀ x        dx = dz/(x·log 10)"""
    return np.log10(x)


@differentiable(x=lambda dz, z: dz * (z + 1), promoted="floating")
def expm1(x: Array) -> Array:
    """z = eˣ - 1, exact for small x        dx = dz·(z + 1)"""
    return np.expm1(x)


@differentiable(x=lambda dz, z: -0.5 * dz * pow_scalar(z, 3), promoted="floating")
def rsqrt(x: Array) -> Array:
    """z = 1/√x        dx = -dz·z³/2"""
    return 1 / np.sqrt(x)


@differentiable(x=lambda dz, x: dz * cos(x), promoted="floating")
def sin(x: Array) -> Array:
    """z = sin x        dx = dz·cos x"""
    return np.sin(x)


@differentiable(x=lambda dz, x: dz * -sin(x), promoted="floating")
def cos(x: Array) -> Array:
    """z = cos x        dx = -dz·sin x"""
    return np.cos(x)


@differentiable(x=lambda dz, x: 2 / math.sqrt(math.pi) * exp(-pow_scalar(x, 2)) * dz, promoted="floating")
def erf(x: Array) -> Array:
    """z = erf x        dx = dz·2/√π·exp(-x²)"""
    return error_function(x)


@differentiable(
    "XlogyBackward0",
    x=lambda dz, x, y: where((unwrap(x) == 0) & (unwrap(y) <= 0), 0.0, xlogy(dz, y)),
    y=lambda dz, x, y: dz * x / y,
    promoted="floating",
)
def xlogy(x: Array, y: Array) -> Array:
    """z = x·log y, and 0 where x = 0        dx = dz·log y, and 0 where x = 0 ≥ y    dy = dz·x/y"""
    return np.where(y != y, y, np.where(x == 0, 0, x * np.log(y)))


def _step(name: str, function: Any) -> Any:
    """An op that is constant between its steps. It leaves integers unchanged."""

    @differentiable(f"{name}Backward0", x=lambda dz: zeros_like(dz))
    def step(x: Array) -> Array:
        return function(x) if x.dtype.kind == "f" else x.copy()

    step.__doc__ = f"z = {name.lower()} x        dx = 0"
    return step


floor, ceil, trunc, round = (
    _step("Floor", np.floor), _step("Ceil", np.ceil), _step("Trunc", np.trunc), _step("Round", np.rint),
)  # fmt: skip


@differentiable("RoundBackward1", x=lambda dz: zeros_like(dz))
def round_decimals(x: Array, decimals: int) -> Array:
    """z = x rounded to so many decimals        dx = 0"""
    return np.round(x, decimals)


@differentiable(x=lambda dz: zeros_like(dz))
def sign(x: Array) -> Array:
    """z = -1, 0 or 1, as x is; 0 where x is nan        dx = 0"""
    if x.dtype.kind == "b":
        return x.copy()
    return (x > 0).astype(x.dtype) - (x < 0)  # np.sign(nan) is nan


@differentiable(x=lambda dz, x: dz * sign(x))
def abs(x: Array) -> Array:
    """z = |x|        dx = dz·sign x, and 0 where x is nan, as in torch"""
    return np.abs(x)


@differentiable(
    "ClampBackward1",
    x=lambda dz, x, low, high: where((unwrap(x) >= low) & (unwrap(x) <= high), dz, 0.0),
    promoted="common",
)
def clamp(x: Array, low: float, high: float) -> Array:
    """z = min(max(x, low), high)        dx = dz where low ≤ x ≤ high, else 0"""
    return np.minimum(high, np.maximum(low, x))  # in this order -0.0 stays -0.0, as in relu


@differentiable(
    "ClampBackward0",
    x=lambda dz, x, low, high: where((unwrap(x) >= unwrap(low)) & (unwrap(x) <= unwrap(high)), dz, 0.0),
    low=lambda dz, x, low, high: where((unwrap(x) < unwrap(low)) & _below(low, high), dz, 0.0),
    high=lambda dz, x, low, high: where((unwrap(x) > unwrap(high)) | (unwrap(low) > unwrap(high)), dz, 0.0),
    promoted="common",
)
def clamp_between(x: Array, low: Array, high: Array) -> Array:
    """z = min(max(x, low), high), of tensors        dx, dlow, dhigh = dz where chosen, else 0"""
    return np.minimum(high, np.maximum(low, x))


def _below(low: Any, high: Any) -> Any:
    """Whether low < high. A bound that is not given is the number ∞, and everything is below it, also ∞."""
    return isinstance(high, float) or unwrap(low) < unwrap(high)


# -- choice -------------------------------------------------------------------------------------------------


@differentiable(
    x=lambda dz, condition: where(condition, dz, 0.0),
    y=lambda dz, condition: where(condition, 0.0, dz),
    promoted="common",
    tensors=["condition"],
)
def where(condition: Array, x: Array, y: Array) -> Array:
    """z = x where the condition holds, else y        dx, dy = dz where chosen, else 0"""
    return kernels.where(condition, x, y)


def _won(dz: Any, x: Any, y: Any) -> Any:
    """A maximum's gradient for x: all of it where x > y, half where they tie, none where x < y."""
    x, y = unwrap(x), unwrap(y)
    return where(x < y, 0.0, where(x == y, dz / 2, dz))


@differentiable(x=lambda dz, x, y: _won(dz, x, y), y=lambda dz, x, y: _won(dz, y, x), promoted="common")
def maximum(x: Array, y: Array) -> Array:
    """z = max(x, y)        dx = dz where x > y, dz/2 where x = y"""
    return np.maximum(x, y)


@differentiable(x=lambda dz, x, y: _won(dz, y, x), y=lambda dz, x, y: _won(dz, x, y), promoted="common")
def minimum(x: Array, y: Array) -> Array:
    """z = min(x, y)        dx = dz where x < y, dz/2 where x = y"""
    return np.minimum(x, y)


# -- reductions ---------------------------------------------------------------------------------------------


@differentiable(
    "MeanBackward1",
    x=lambda dz, shape, dim, keepdim: expand(unreduce(dz / _count(shape, dim), shape, dim, keepdim), shape),
)
def mean_dim(x: Array, dim: tuple[int, ...], keepdim: bool) -> Array:
    """zᵢ = Σⱼ xᵢⱼ / n, over the n elements along dim        dxᵢⱼ = dzᵢ/n"""
    return mean_of(x, _count(x.shape, dim), dim, keepdim)


def _count(shape: tuple[int, ...], dim: tuple[int, ...]) -> int:
    return math.prod(shape[i] for i in dim)


def _var_gradient(
    dz: Any, x: Any, shape: tuple[int, ...], dim: tuple[int, ...], correction: float, keepdim: bool
) -> Any:
    n = _count(shape, dim) - correction
    return (2.0 / n if n else math.inf) * unreduce(dz, shape, dim, keepdim) * (x - mean_dim(x, dim, True))


@differentiable(
    x=lambda dz, x, shape, dim, correction, keepdim: _var_gradient(dz, x, shape, dim, correction, keepdim)
)
def var(x: Array, dim: tuple[int, ...], correction: float, keepdim: bool) -> Array:
    """zᵢ = Σⱼ (xᵢⱼ - mᵢ)² / (n - c), m the mean along dim, c the correction        dxᵢⱼ = 2·dzᵢ·(xᵢⱼ - mᵢ) / (n - c)"""
    centred = x - mean_dim.forward(x, dim, True)
    n = builtins.max(0, _count(x.shape, dim) - correction)
    return sum_of(centred * centred, dim, keepdim) / x.dtype.type(n)


@differentiable(
    x=lambda dz, x, z, shape, dim, correction, keepdim: _var_gradient(
        where(unwrap(z) == 0, 0.0, dz / (z * 2)), x, shape, dim, correction, keepdim
    )
)
def std(x: Array, dim: tuple[int, ...], correction: float, keepdim: bool) -> Array:
    """z = √var        dxᵢⱼ = dzᵢ·(xᵢⱼ - mᵢ) / (zᵢ·(n - c)), m the mean along dim, c the correction"""
    return np.sqrt(var.forward(x, dim, correction, keepdim))


def _norm_gradient(dz: Any, x: Any, z: Any, shape: tuple[int, ...], p: float, dim: Any, keepdim: bool) -> Any:
    if p == 0:
        return None
    dz, z = (unreduce(each, shape, dim, keepdim) for each in (dz, z))
    if p == 2:
        return dz * where(unwrap(z) == 0, 0.0, x / z)
    bare, signs = unwrap(x), sign(x)
    if p == 1:
        return dz * signs
    if math.isinf(p):
        return _shared(dz, (np.abs(bare) == unwrap(z)) | np.isnan(bare), dim) * signs
    if p < 1:
        return where(bare == 0, 0.0, pow_scalar(abs(x), p - 1) * signs) * dz * pow_scalar(z, 1 - p)
    powers = x * pow_scalar(abs(x), p - 2) if p > 2 else pow_scalar(abs(x), p - 1) * signs
    return powers * where(unwrap(z) == 0, 0.0, dz / pow_scalar(z, p - 1))


@differentiable(
    "LinalgVectorNormBackward0",
    x=lambda dz, x, z, shape, p, dim, keepdim: _norm_gradient(dz, x, z, shape, p, dim, keepdim),
)
def norm(x: Array, p: float, dim: tuple[int, ...], keepdim: bool) -> Array:
    """zᵢ = (Σⱼ |xᵢⱼ|ᵖ)^(1/p); p = ∞: the maximum; p = 0: how many are not 0    dxᵢⱼ = dzᵢ·sign xᵢⱼ·(|xᵢⱼ|/zᵢ)ᵖ⁻¹"""
    alone = _count(x.shape, dim) == 1
    if p == 2 and not alone:
        return np.sqrt(sum_of(x * x, dim, keepdim))
    size = np.abs(x)
    if p and alone:  # |x| itself, for no power of it may overflow
        return size if keepdim else size.reshape([n for i, n in enumerate(x.shape) if i not in dim])
    if math.isinf(p):
        return size.max(axis=dim, keepdims=keepdim) if p > 0 else size.min(axis=dim, keepdims=keepdim)
    if p == 0:
        return sum_of((x != 0).astype(x.dtype), dim, keepdim)
    return np.power(sum_of(size if p == 1 else np.power(size, p), dim, keepdim), x.dtype.type(1 / p))


def _others_gradient(dz: Any, x: Any, dim: int) -> Any:
    """The elements once for every j, with a 1 in the place of j: the products of the others are then ∂zᵢ/∂xⱼ."""
    n, before = unwrap(x).shape[dim], (slice(None),) * dim
    places = np.arange(n, like=unwrap(x))
    own = (places[:, None] == places).reshape(n, n, *(1,) * (x.ndim - dim - 1))
    row = (*before, None, ...)
    parts = others(where(own, 1.0, cut(x, row)), dim + 1)
    return sum_dim(where(own, 0.0, cut(dz, row) * parts), (dim + 1,), False)


@differentiable(x=lambda dz, x, dim: _others_gradient(dz, x, dim))
def others(x: Array, dim: int) -> Array:
    """zᵢ = Πⱼ xⱼ, j ≠ i, along dim; no division, by which a 0 would be lost        dxⱼ = Σᵢ dzᵢ·Πₖ xₖ, k ≠ i, j"""
    one = np.ones_like(x, shape=(*x.shape[:dim], 1, *x.shape[dim + 1 :]))
    before = np.delete(np.concatenate([one, x], axis=dim), -1, dim)
    after = np.delete(np.concatenate([one, np.flip(x, dim)], axis=dim), -1, dim)
    return np.cumprod(before, axis=dim) * np.flip(np.cumprod(after, axis=dim), dim)


@differentiable(
    "ProdBackward1",
    x=lambda dz, x, z, shape, dim, keepdim: unreduce(dz, shape, (dim,), keepdim) * others(x, dim),
)
def prod_dim(x: Array, dim: int, keepdim: bool) -> Array:
    """zᵢ = Πⱼ xᵢⱼ, j along dim        dxᵢⱼ = dzᵢ·Πₖ xᵢₖ, k ≠ j"""
    return x.prod(axis=dim, keepdims=keepdim, dtype=x.dtype if x.dtype.kind == "f" else np.int64)


@differentiable("ProdBackward0", x=lambda dz, x, z, shape: (dz * others(x.reshape(-1), 0)).reshape(shape))
def prod(x: Array) -> Array:
    """z = Πᵢ xᵢ        dxᵢ = dz·Πⱼ xⱼ, j ≠ i"""
    return prod_dim.forward(x.reshape(-1), 0, False)


@differentiable(x=lambda dz, dim: flip(cumsum(flip(dz, (dim,)), dim), (dim,)))
def cumsum(x: Array, dim: int) -> Array:
    """zᵢ = Σⱼ xⱼ, j ≤ i, along dim        dxᵢ = Σⱼ dzⱼ, j ≥ i"""
    return row_major(x.cumsum(axis=dim, dtype=x.dtype if x.dtype.kind == "f" else np.int64))


def _shared(dz: Any, attained: Array, dim: tuple[int, ...]) -> Any:
    """The gradient of an extreme value, in equal parts for all the elements that attain it."""
    return mul(div(dz, attained.sum(axis=dim, keepdims=True, dtype=unwrap(dz).dtype)), attained)


def _extreme(dz: Any, x: Any, z: Any, shape: tuple[int, ...], dim: tuple[int, ...], keepdim: bool) -> Any:
    # A nan attains nothing: as in torch, its gradient is 0/0.
    attained = unwrap(x) == unreduce(unwrap(z), shape, dim, keepdim)
    return _shared(unreduce(dz, shape, dim, keepdim), attained, dim)


def _extreme_of_all(dz: Any, x: Any, z: Any) -> Any:
    x, z = unwrap(x), unwrap(z)
    attained = (x == z) | ((x != x) & (z != z))  # nan is the maximum if there is one
    return _shared(dz, attained, tuple(range(x.ndim)))


@differentiable("MaxBackward1", x=lambda dz, x, z: _extreme_of_all(dz, x, z))
def max(x: Array) -> Array:
    """z = maxᵢ xᵢ        dxᵢ = dz/n for the n elements that attain it, else 0"""
    return x.max()


@differentiable("MinBackward1", x=lambda dz, x, z: _extreme_of_all(dz, x, z))
def min(x: Array) -> Array:
    """z = minᵢ xᵢ        dxᵢ = dz/n for the n elements that attain it, else 0"""
    return x.min()


@differentiable(x=lambda dz, x, z, shape, dim, keepdim: _extreme(dz, x, z, shape, dim, keepdim))
def amax(x: Array, dim: tuple[int, ...], keepdim: bool) -> Array:
    """zᵢ = maxⱼ xᵢⱼ, j along dim        dxᵢⱼ = dzᵢ/n for the n elements that attain it, else 0"""
    return x.max(axis=dim, keepdims=keepdim)


@differentiable(x=lambda dz, x, z, shape, dim, keepdim: _extreme(dz, x, z, shape, dim, keepdim))
def amin(x: Array, dim: tuple[int, ...], keepdim: bool) -> Array:
    """zᵢ = minⱼ xᵢⱼ, j along dim        dxᵢⱼ = dzᵢ/n for the n elements that attain it, else 0"""
    return x.min(axis=dim, keepdims=keepdim)


@differentiable(
    x=lambda dz, shape, key, dim, keepdim: _to_places(dz, shape, key, dim, keepdim), tensors=["key"]
)
def gather_along(x: Array, key: tuple[Array, ...], dim: int, keepdim: bool) -> Array:
    """zᵢ = x[i, kᵢ], k the indices along dim, as in max(dim)        dx[i, kᵢ] = dzᵢ, else 0"""
    return x[key] if keepdim else x[key].squeeze(dim)


def _to_places(dz: Any, shape: tuple[int, ...], key: tuple[Array, ...], dim: int, keepdim: bool) -> Any:
    return scatter(dz if keepdim else dz.reshape(key[dim].shape), shape, key)


@differentiable(x=lambda dz, x, key: scatter(dz, unwrap(x).shape, key))
def gather(x: Array, key: tuple[Array, ...]) -> Array:
    """zᵢⱼ = x[i, kᵢⱼ], k the indices along dim, here the last        dxᵢₗ = Σⱼ dzᵢⱼ over all j with kᵢⱼ = l"""
    return x[key]


@differentiable(
    x=lambda dz, x, z, shape, dim, keepdim: (
        unreduce(dz, shape, dim, keepdim) * exp(x - unreduce(z, shape, dim, keepdim))
    )
)
def logsumexp(x: Array, dim: tuple[int, ...], keepdim: bool) -> Array:
    """zᵢ = log Σⱼ exp xᵢⱼ, j along dim, shifted by the maximum        dxᵢⱼ = dzᵢ·exp(xᵢⱼ - zᵢ)"""
    if x.size == 0:
        return np.log(sum_of(x, dim, keepdim))
    top = max_of(x, dim)
    top = np.where(np.isinf(top), 0, top)  # inf - inf would be nan
    z = np.log(sum_of(np.exp(x - top), dim, True)) + top
    return z if keepdim else z.squeeze(dim)


# -- products -----------------------------------------------------------------------------------------------


@differentiable(x=lambda dz, y: dz[:, None] * y, y=lambda dz, x: mv(x.T, dz))
def mv(x: Array, y: Array) -> Array:
    """zᵢ = Σⱼ xᵢⱼ·yⱼ        dxᵢⱼ = dzᵢ·yⱼ    dy = xᵀ·dz        x: N×M, y: M"""
    return x.dot(y)


@differentiable(x=lambda dz, y: dz * y, y=lambda dz, x: dz * x)
def dot(x: Array, y: Array) -> Array:
    """z = Σᵢ xᵢ·yᵢ        dxᵢ = dz·yᵢ    dyᵢ = dz·xᵢ"""
    return x @ y


@differentiable(
    x=lambda dz, y: bmm(dz, permute(y, (0, 2, 1))), y=lambda dz, x: bmm(permute(x, (0, 2, 1)), dz)
)
def bmm(x: Array, y: Array) -> Array:
    """z[b] = x[b]·y[b], matrices        dx[b] = dz[b]·y[b]ᵀ    dy[b] = x[b]ᵀ·dz[b]        x: B×N×K, y: B×K×M"""
    return x @ y


# -- indexing -----------------------------------------------------------------------------------------------


@differentiable("SliceBackward0", x=lambda dz, shape, key: embed(dz, shape, key))
def cut(x: Array, key: tuple[Any, ...]) -> Array:
    """z = x[key], key of slices and numbers        dx = dz there, else 0"""
    return x[key]


@differentiable(x=lambda dz, key: cut(dz, key))
def embed(x: Array, size: tuple[int, ...], key: tuple[Any, ...]) -> Array:
    """z = 0 but for z[key] = x        dx = dz[key]"""
    z = zeros(x, size)
    z[key] = x
    return z


@differentiable(x=lambda dz, shape, key: scatter(dz, shape, key), tensors=["key"])
def index(x: Array, key: tuple[Array, ...]) -> Array:
    """zᵢ = x[kᵢ], k the integers in key        dxⱼ = Σᵢ dzᵢ over all i with kᵢ = j"""
    return row_major(as_array(x[key]))  # torch's layout: a product rounds by the layout of its inputs


@differentiable("IndexPutImplBackward0", x=lambda dz, key: index(dz, key), tensors=["key"])
def scatter(x: Array, size: tuple[int, ...], key: tuple[Array, ...]) -> Array:
    """z = 0 but for z[key] += x        dx = dz[key]"""
    z = zeros(x, size)
    kernels.add_at(z, key, x)
    return z


@differentiable(
    "IndexPutBackward0",
    x=lambda dz, key: index_put(dz, key, 0.0),
    values=lambda dz, key: index(dz, key),
    tensors=["key"],
)
def index_put(x: Array, key: tuple[Array, ...], values: Array) -> Array:
    """z = x but for z[key] = values        dx = dz, 0 at key    dvalues = dz[key]"""
    z = x.copy()
    z[key] = values
    return z


@differentiable(x=lambda dz, shape, positions: scatter(dz, (math.prod(shape),), (positions,)).reshape(shape))
def as_strided(x: Array, positions: Array) -> Array:
    """z = these elements of the flattened x        dx = dz there, else 0"""
    return x.reshape(-1)[positions]


def _outside(dz: Any, shape: tuple[int, ...], positions: Array) -> Any:
    written = np.zeros_like(unwrap(dz), bool, shape=shape)  # dz may be a NumPy scalar
    written.reshape(-1)[positions] = True
    return where(written, 0.0, dz)


@differentiable(
    "CopySlices",
    x=lambda dz, shape, positions: _outside(dz, shape, positions),
    src=lambda dz, positions: index(dz.reshape(-1), (positions,)),
)
def copy_slices(x: Array, src: Array, positions: Array) -> Array:
    """z = x but for src at these elements: a change in place of a view        dx = dz elsewhere    dsrc = dz there"""
    z = x.copy()
    z.reshape(-1)[positions] = src
    return z


@differentiable(
    "MaskedFillBackward0",
    x=lambda dz, mask: where(mask, 0.0, dz),
    value=lambda dz, mask: where(mask, dz, 0.0),
    tensors=["mask"],
)
def masked_fill(x: Array, mask: Array, value: Any) -> Array:
    """z = value where the mask holds, else x        dx = dz there, else 0"""
    value = value.astype(x.dtype) if hasattr(value, "dtype") else x.dtype.type(value)
    return row_major(np.where(mask, value, x))


def _chosen(x: Any, mask: Any) -> tuple[tuple[int, ...], Key]:
    """The shape to which x and the mask broadcast, and where the mask holds in it."""
    held = unwrap(mask)
    shape = np.broadcast_shapes(unwrap(x).shape, held.shape)
    return shape, Key(np.atleast_1d(np.broadcast_to(held, shape)).nonzero(), [] if held is mask else [mask])


@differentiable(x=lambda dz, x, mask: _unselected(dz, *_chosen(x, mask)))
def masked_select(x: Array, mask: Array) -> Array:
    """z = x where the condition holds        dx = dz there, else 0"""
    shape, key = _chosen(x, mask)
    return row_major(np.atleast_1d(np.broadcast_to(x, shape))[key])


def _unselected(dz: Any, shape: tuple[int, ...], key: Key) -> Any:
    return scatter(dz, shape, key) if shape else scatter(dz, (1,), key).reshape(())


@differentiable(x=lambda dz, diagonal: tril(dz, diagonal))
def tril(x: Array, diagonal: int) -> Array:
    """z = x up to this diagonal, 0 above        dx = dz there, else 0"""
    return np.tril(x, diagonal)


@differentiable(x=lambda dz, diagonal: triu(dz, diagonal))
def triu(x: Array, diagonal: int) -> Array:
    """z = x from this diagonal on, 0 below        dx = dz there, else 0"""
    return np.triu(x, diagonal)


# -- shape --------------------------------------------------------------------------------------------------


@differentiable(x=lambda dz, shape: dz.reshape(shape))
def view(x: Array, size: tuple[int, ...]) -> Array:
    """z = x in another shape, the same memory        dx = dz in the first shape"""
    return x.reshape(size) if x.flags.c_contiguous else np.reshape(x, size, copy=False)


@differentiable("UnsafeViewBackward0", x=lambda dz, shape: dz.reshape(shape))
def reshape_copy(x: Array, size: tuple[int, ...]) -> Array:
    """z = x in another shape, copied where the memory does not fit        dx = dz in the first shape"""
    return x.reshape(size)


@differentiable(x=lambda dz, dims: permute(dz, tuple(dims.index(i) for i in range(len(dims)))))
def permute(x: Array, dims: tuple[int, ...]) -> Array:
    """z = x, its axes in the order dims        dx = dz, in the order before"""
    return x.transpose(dims)


t = permute.named("TBackward0")
transpose = permute.named("TransposeBackward0")


@differentiable(x=lambda dz, dim: dz.squeeze(dim))
def unsqueeze(x: Array, dim: int) -> Array:
    """z = x with an axis of size 1 at dim        dx = dz without"""
    return np.expand_dims(x, dim)


@differentiable(x=lambda dz, shape: dz.reshape(shape))
def squeeze(x: Array, dim: tuple[int, ...]) -> Array:
    """z = x without these axes of size 1        dx = dz with them"""
    return x.squeeze(dim)


def _split(dz: Any, dim: int, sizes: Sequence[int]) -> list[Any]:
    ends = np.cumsum([0, *sizes]).tolist()
    parts = [cut(dz, (slice(None),) * dim + (slice(a, b),)) for a, b in itertools.pairwise(ends)]
    return [zeros_like(part) if part.shape == (0,) else part for part in parts]  # a constant, as in torch


@differentiable(xs=lambda dz, dim, sizes: _split(dz, dim, sizes))
def cat(dim: int, sizes: Sequence[int], *xs: Array) -> Array:
    """z = x₁, x₂ ... one after the other along dim        dxᵢ = its part of dz"""
    return row_major(np.concatenate(xs, axis=dim))


@differentiable(xs=lambda dz, dim: [cut(dz, (slice(None),) * dim + (i, ...)) for i in range(dz.shape[dim])])
def stack(dim: int, *xs: Array) -> Array:
    """z[i] = xᵢ along a new axis dim        dxᵢ = dz[i]"""
    return row_major(np.stack(xs, axis=dim))


@differentiable(x=lambda dz, dims: flip(dz, dims))
def flip(x: Array, dims: tuple[int, ...]) -> Array:
    """z = a copy of x in reverse order along dims        dx = dz reversed"""
    return np.flip(x, dims).copy(order="K")


def _unrepeat(dz: Any, shape: tuple[int, ...], sizes: tuple[int, ...]) -> Any:
    lead = len(sizes) - len(shape)
    for _ in range(lead):  # one after the other, as in torch
        dz = sum_dim(dz, (0,), False)
    pairs = zip(sizes[lead:], shape, strict=True)
    dz = dz.reshape(tuple(itertools.chain.from_iterable(pairs)))
    return sum_dim(dz, tuple(range(0, dz.ndim, 2)), False)


@differentiable(x=lambda dz, shape, sizes: _unrepeat(dz, shape, sizes))
def repeat(x: Array, sizes: tuple[int, ...]) -> Array:
    """z = copies of x side by side, so many along every dimension        dx = Σ dz over the copies"""
    return np.tile(x, sizes)


# -- copies -------------------------------------------------------------------------------------------------


@differentiable(x=lambda dz: dz)
def clone(x: Array) -> Array:
    """z = a copy of x        dx = dz"""
    return x.copy(order="K")


@differentiable("CloneBackward0", x=lambda dz: dz)
def contiguous(x: Array) -> Array:
    """z = a copy of x, row after row        dx = dz"""
    return row_major(x)


@differentiable("ToCopyBackward0", x=lambda dz, where, origin: to_device(dz, origin, where))
def to_device(x: Array, where: Any, origin: Any) -> Array:
    """z = x on another device        dx = dz on the device that x came from"""
    return move(x, where)


@differentiable(x=lambda dz: dz)
def to_copy(x: Array, dtype: Any) -> Array:
    """z = x in another type        dx = dz, in x's type, which the engine sees to"""
    return x.astype(dtype)


@differentiable("CopyBackwards", x=lambda dz: zeros_like(dz), src=lambda dz: dz)
def copy(x: Array, src: Array) -> Array:
    """z = src in x's shape and type: x.copy_(src)        dx = 0    dsrc = dz"""
    return kernels.copied_like(src, x)


@differentiable()
def zeros_like(x: Array) -> Array:
    """z = 0, and so is every gradient of it."""
    return np.zeros_like(x)


# -- without a gradient -------------------------------------------------------------------------------------


@differentiable(promoted="common")
def eq(x: Array, y: Array) -> Array:
    """x = y, elementwise"""
    return x == y


@differentiable(promoted="common")
def ne(x: Array, y: Array) -> Array:
    """x ≠ y, elementwise"""
    return x != y


@differentiable(promoted="common")
def lt(x: Array, y: Array) -> Array:
    """x < y, elementwise"""
    return x < y


@differentiable(promoted="common")
def le(x: Array, y: Array) -> Array:
    """x ≤ y, elementwise"""
    return x <= y


@differentiable(promoted="common")
def gt(x: Array, y: Array) -> Array:
    """x > y, elementwise"""
    return x > y


@differentiable(promoted="common")
def ge(x: Array, y: Array) -> Array:
    """x ≥ y, elementwise"""
    return x >= y
