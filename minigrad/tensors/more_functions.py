"""Functions of fewer programs: trigonometry, running products, means without nan.   torch: torch/_torch_docs.py"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.arrays.device import as_array
from minigrad.autograd.base import TensorBase, unwrap, wrap
from minigrad.autograd.misuse import check_broadcast
from minigrad.more_ops import functions as more
from minigrad.more_ops import running
from minigrad.tensors.arguments import (
    Dims,
    Number,
    Tensor,
    combination,
    named,
    one_dim,
    overloaded,
    tensor_function,
)
from minigrad.tensors.functions import elementwise, refuse, where
from minigrad.tensors.reductions import mean, std, sum, var

asin, acos, atan, tan, sinh, cosh, asinh, acosh, atanh, exp2 = map(
    elementwise,
    (
        more.asin,
        more.acos,
        more.atan,
        more.tan,
        more.sinh,
        more.cosh,
        more.asinh,
        more.acosh,
        more.atanh,
        more.exp2,
    ),
)


@tensor_function
def atan2(input: Tensor, other: Tensor) -> Tensor:
    """The angle of the point (other, input), from -π to π."""
    return more.atan2(input, other)


@tensor_function
def hypot(input: Tensor, other: Tensor) -> Tensor:
    """√(input² + other²)"""
    refuse("hypot_cpu", "biu", input, other)
    return more.hypot(input, other)


def _scaled(name: str, factor: float, doc: str) -> Any:
    op = ops.mul.named(f"{name.title()}Backward0")

    def function(input: Tensor) -> Tensor:
        x = input if input.is_floating_point() else input.to(dtypes.get_default_dtype())
        return op(x, factor)

    return tensor_function(named(function, name, doc))


deg2rad, rad2deg = (
    _scaled("deg2rad", math.pi / 180, "Degrees as radians: input·π/180."),
    _scaled("rad2deg", 180 / math.pi, "Radians as degrees: input·180/π."),
)


@tensor_function
def frac(input: Tensor) -> Tensor:
    """input - trunc(input): of input's sign."""
    refuse("frac_cpu", "biu", input)
    return input - input.trunc()


@tensor_function
def cumprod(input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """zᵢ = Π inputⱼ, j ≤ i, along dim."""
    x, axis = input if dtype is None else input.to(dtype), one_dim(dim, input.ndim)
    if x.ndim == 0:
        z = ops.clone.named("CumprodBackward0")(x)
        return z if x.is_floating_point() or dtype is not None else z.to(dtypes.int64)
    z = running.cumprod(x, axis)
    return z if dtype is None else z.to(dtype)


@tensor_function
def nansum(
    input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """sum, in which nan counts as 0."""
    x = where(input.isnan(), 0.0, input) if input.is_floating_point() else input
    return sum(x, dim, keepdim, dtype=dtype) if dim is not None or keepdim else sum(x, dtype=dtype)


@tensor_function
def nanmean(
    input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """mean of the elements that are not nan."""
    if not input.is_floating_point():
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            f"{input.dtype.scalar_name}\nConvert with .float() first."
        )
    count = (
        sum(input.isnan().logical_not(), dim, keepdim)
        if dim is not None
        else input.isnan().logical_not().sum()
    )
    return nansum(input, dim, keepdim, dtype=dtype) / count


def _and_mean(first: Any, name: str) -> Any:
    """A function that returns var or std, and the mean."""

    def function(
        input: Tensor,
        dim: Dims | bool | None = None,
        unbiased: bool = True,
        keepdim: bool = False,
        *,
        correction: float | None = None,
    ) -> Any:
        if not input.is_floating_point():
            raise RuntimeError(
                f"{name} only support floating point and complex dtypes\nConvert with .float() first."
            )
        spread = first(input, dim, unbiased, keepdim, correction=correction)
        dims = None if isinstance(dim, bool) else dim
        return spread, mean(input, dims, keepdim) if dims is not None else mean(input, None, keepdim)

    return overloaded((1, 3), (0, 3), (0, 1))(
        named(function, name, f"{first.__name__} and mean, as a tuple.")
    )


std_mean, var_mean = _and_mean(std, "std_mean"), _and_mean(var, "var_mean")


# -- bits ---------------------------------------------------------------------------------------------------


def _bitwise(function: Any) -> Any:
    name = function.__name__

    def of_bits(input: Tensor | Number, other: Tensor | Number) -> Tensor:
        if not isinstance(input, TensorBase) and not isinstance(other, TensorBase):
            raise TypeError(f"{combination(name, (input, other), {})}\nOne of the two is a tensor.")
        values = [unwrap(input), unwrap(other)]
        check_broadcast([np.shape(value) for value in values])
        refuse(f"{name}_cpu", "f", np.empty((), dtypes.common_type(values)))
        return wrap(as_array(function(*dtypes.promote(values, "common"))))

    doc = f"{name.removeprefix('bitwise_')} of the bits of integers, or of bools."
    return overloaded((1, 1), (1, 1), (1, 1))(named(of_bits, name, doc))


bitwise_and, bitwise_or, bitwise_xor = map(_bitwise, (np.bitwise_and, np.bitwise_or, np.bitwise_xor))


@tensor_function
def bitwise_not(input: Tensor) -> Tensor:
    """The opposite of every bit; of bools, logical_not."""
    refuse("bitwise_not_cpu", "f", input)
    return wrap(as_array(~input.array))


# torch's other names for the same
arcsin, arccos, arctan, arcsinh, arccosh, arctanh = asin, acos, atan, asinh, acosh, atanh


@tensor_function
def arctan2(input: Tensor, other: Tensor) -> Tensor:
    """atan2, by NumPy's name."""
    return more.atan2(input, other)
