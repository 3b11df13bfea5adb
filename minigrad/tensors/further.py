"""Further elementwise functions and parts of tensors, composed of other functions.   torch: torch/_torch_docs.py"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.autograd.base import wrap
from minigrad.autograd.misuse import check_broadcast, no_derivative
from minigrad.autograd.op import differentiable
from minigrad.tensors.arguments import Number, Tensor, combination, one_dim, overloaded, tensor_function
from minigrad.tensors.arranging import tensor_split
from minigrad.tensors.creation import ones_like, zeros
from minigrad.tensors.functions import clamp, where
from minigrad.tensors.joining import stack
from minigrad.tensors.shapes import flip

__all__ = [
    "clamp_max", "clamp_min", "diagflat", "diagonal_scatter", "dsplit", "fmax", "fmin", "gcd", "heaviside",
    "hsplit", "isneginf", "isposinf", "isreal", "lcm", "select_scatter", "signbit", "slice_scatter", "vander",
    "vsplit",
]  # fmt: skip


# -- elementwise ----------------------------------------------------------------------------------------------


@differentiable(
    "NotImplemented",
    x=no_derivative("derivative for aten::heaviside is not implemented"),
    values=no_derivative("derivative for aten::heaviside is not implemented"),
)
def _heaviside(x: Any, values: Any) -> Any:
    """z = 0 if x < 0, values if x = 0, 1 if x > 0"""
    return np.where(x == 0, values, (x > 0).astype(x.dtype))


@tensor_function
def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 where the input is negative or nan, 1 where it is positive, and values where it is 0.

    Raises RuntimeError if the dtypes differ, and in backward: torch has no gradient. torch: torch.heaviside.
    """
    if input.array.dtype != values.array.dtype:
        raise RuntimeError(
            "heaviside is not yet implemented for tensors with different dtypes.\nConvert one of them with .to(...)."
        )
    check_broadcast([input.array.shape, values.array.shape])
    return _heaviside(input, values)


@tensor_function
def fmax(input: Tensor, other: Tensor) -> Tensor:
    """The greater of both, and the other one where one is nan."""
    return _but_nan(input, other, input >= other)


@tensor_function
def fmin(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of both, and the other one where one is nan."""
    return _but_nan(input, other, input <= other)


def _but_nan(x: Any, y: Any, first: Any) -> Any:
    return where(first.logical_or(y.isnan()), x, y)


@overloaded((2, 2), (2, 2))
def clamp_min(input: Tensor, min: Tensor | Number) -> Tensor:
    """Each element, at least min: clamp."""
    return clamp(input, min)


@overloaded((2, 2), (2, 2))
def clamp_max(input: Tensor, max: Tensor | Number) -> Tensor:
    """Each element, at most max: clamp."""
    return clamp(input, max=max)


@tensor_function
def signbit(input: Tensor) -> Tensor:
    """Whether an element has a minus sign, -0.0 too."""
    x = input.array
    return wrap(np.signbit(x) if x.dtype.kind == "f" else x < 0)


@tensor_function
def isposinf(input: Tensor) -> Tensor:
    """Whether an element is ∞."""
    return input == math.inf


@tensor_function
def isneginf(input: Tensor) -> Tensor:
    """Whether an element is -∞."""
    return input == -math.inf


@tensor_function
def isreal(input: Tensor) -> Tensor:
    """True: minigrad has no complex numbers."""
    return wrap(np.ones(input.array.shape, bool))


@tensor_function
def gcd(input: Tensor, other: Tensor) -> Tensor:
    """The greatest common divisor of integers."""
    return _of_integers("gcd", np.gcd, input, other)


@tensor_function
def lcm(input: Tensor, other: Tensor) -> Tensor:
    """The least common multiple of integers."""
    return _of_integers("lcm", np.lcm, input, other)


def _of_integers(name: str, function: Any, x: Any, y: Any) -> Any:
    check_broadcast([x.array.shape, y.array.shape])
    z = function(*(each.array for each in (x, y))) if _are_integers(x, y) else None
    if z is None:
        kind = next(each for each in (x, y) if not _are_integers(each)).dtype.scalar_name
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{kind}'")
    return wrap(np.asarray(z))


def _are_integers(*tensors: Any) -> bool:
    return all(x.array.dtype.kind in "iu" for x in tensors)


@tensor_function
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of the elements of a vector, a row for each: xᴺ⁻¹, ..., x, 1, or the other way round."""
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = len(x) if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    if count == 0:
        return zeros(len(x), 0, dtype=x.dtype if x.is_floating_point() else None)
    powers = [ones_like(x)]
    for _ in range(count - 1):
        powers.append(powers[-1] * x)
    table = stack(powers, 1)
    return table if increasing else flip(table, 1)


@tensor_function
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """A matrix with all elements of the input on its diagonal."""
    return input.reshape(-1).diag(offset)


# -- parts ----------------------------------------------------------------------------------------------------


@tensor_function
def hsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """tensor_split along the columns; of a vector along its only dim."""
    return _split("hsplit", input, indices_or_sections, 0 if input.ndim == 1 else 1, 1)


@tensor_function
def vsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """tensor_split along the rows."""
    return _split("vsplit", input, indices_or_sections, 0, 2)


@tensor_function
def dsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """tensor_split along the third dim."""
    return _split("dsplit", input, indices_or_sections, 2, 3)


def _split(name: str, x: Any, parts: Any, dim: int, least: int) -> Any:
    if not isinstance(parts, (int, tuple, list)):
        raise TypeError(f"{combination(name, (x, parts), {})}\nThe parts are a number, or a list of indices.")
    if x.ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with "
            f"{x.ndim} dimensions!"
        )
    if isinstance(parts, int) and (not parts or x.shape[dim] % parts):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {x.shape[dim]} "
            f"is not divisible by the split_size {parts}!"
        )
    return tensor_split(x, parts, dim)


def _scattered(input: Any, src: Any, part: Any) -> Any:
    """A copy of the input, whose part is src."""
    z = input.clone()
    into = part(z)
    if into.shape != src.shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src.shape)}, slice size = {list(into.shape)}"
        )
    into.copy_(src)
    return z


@tensor_function
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """The input, with src in place of input.select(dim, index)."""
    return _scattered(input, src, lambda z: z.select(dim, index))


@tensor_function
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """The input, with src in place of its slice from start to end along dim."""
    place = (slice(None),) * one_dim(dim, input.ndim) + (slice(start, end, step),)
    return _scattered(input, src, lambda z: z[place])


@tensor_function
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The input, with src in place of its diagonal."""
    return _scattered(input, src, lambda z: z.diagonal(offset, dim1, dim2))
