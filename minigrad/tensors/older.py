"""Older spellings: torch.range, and functions that change their argument, as sin_(x).   torch: torch/__init__.py"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from minigrad.arrays.dtypes import get_default_dtype
from minigrad.tensors.arguments import is_number, named, tensor_function, type_name
from minigrad.tensors.creation import as_number, new_tensor, numpy_type
from minigrad.tensors.tensor import Tensor


def range(
    start: Any,
    end: Any,
    step: Any = 1,
    *,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """start, start + step ... up to end, which is among them: (end - start)/step + 1 numbers. Deprecated: use arange.

    The default float, unless a dtype is given. RuntimeError if step is 0 or leads away from end.
    """
    for place, (name, value) in enumerate({"start": start, "end": end, "step": step}.items(), 1):
        if not is_number(value):
            raise TypeError(
                f"range(): argument '{name}' (position {place}) must be Number, not {type_name(value)}"
            )
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
        stacklevel=2,
    )
    kind = numpy_type("range", get_default_dtype() if dtype is None else dtype)
    # torch counts in float32 for float16, in float64 for the others, and in whole numbers for integers.
    exact: Any = {"e": np.float32, "f": float, "d": float}.get(kind.char, int)
    first, last, stride = (exact(as_number(x)) for x in (start, end, step))
    if stride == 0:
        raise RuntimeError("step must be nonzero")
    if not math.isfinite(first) or not math.isfinite(last):
        raise RuntimeError(f"unsupported range: {first:g} -> {last:g}")
    if (last - first) * stride < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    numbers = first + np.arange(math.floor((last - first) / stride) + 1).astype(exact) * stride
    return new_tensor(numbers.astype(kind), device, requires_grad, out)


def _changing(name: str) -> Any:
    """The function that calls a method in place of its one argument."""
    method = getattr(Tensor, name)

    def function(input: Tensor) -> Tensor:
        return method(input)

    return tensor_function(named(function, name, method.__doc__))


abs_, acos_, acosh_, asin_, asinh_, atan_, atanh_, ceil_, cos_, cosh_, deg2rad_, detach_ = map(
    _changing, "abs_ acos_ acosh_ asin_ asinh_ atan_ atanh_ ceil_ cos_ cosh_ deg2rad_ detach_".split()
)
exp2_, exp_, expm1_, floor_, frac_, log10_, log1p_, log2_, log_, neg_, rad2deg_ = map(
    _changing, "exp2_ exp_ expm1_ floor_ frac_ log10_ log1p_ log2_ log_ neg_ rad2deg_".split()
)
reciprocal_, rsqrt_, sigmoid_, sin_, sinh_, sqrt_, square_, tan_, tanh_, trunc_, zero_ = map(
    _changing, "reciprocal_ rsqrt_ sigmoid_ sin_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ zero_".split()
)
