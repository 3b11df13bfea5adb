"""Sums, means, norms and other reductions, along dimensions or over all elements.   torch: aten/.../ReduceOps.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.arrays.device import as_array
from minigrad.autograd.base import wrap
from minigrad.autograd.op import Op
from minigrad.tensors.arguments import (
    Dims,
    Tensor,
    dims_of,
    named,
    one_dim,
    overloaded,
    some_dims,
    tensor_function,
)
from minigrad.tensors.functions import refuse


@overloaded((0, 1), (1, 3))
def sum(
    input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """Σ over dim, or over all elements. Integers and bools are summed in int64."""
    x = input if dtype is None else input.to(dtype)
    z = ops.sum(x) if dim is None and not keepdim else ops.sum_dim(x, some_dims(dim, x.ndim), keepdim)
    return z if dtype is None else z.to(dtype)


@overloaded((0, 1), (1, 3))
def mean(
    input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """Σ / n over dim, or over all elements. RuntimeError for integers."""
    x = input if dtype is None else input.to(dtype)
    if not x.is_floating_point():
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {x.dtype.scalar_name}\nConvert with .float() first, or pass dtype=."
        )
    if dim is None and not keepdim:
        return ops.mean(x)
    return ops.mean_dim(x, some_dims(dim, x.ndim), keepdim)


@tensor_function
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """log Σ eˣ over dim. Large x do not overflow."""
    x = input if input.is_floating_point() else input.to(dtypes.get_default_dtype())
    return ops.logsumexp(x, some_dims(dim, input.ndim), keepdim)


@overloaded((0, 0), (0, 2), (1, 2))
def all(input: Tensor, dim: Dims | None = None, keepdim: bool = False) -> Tensor:
    """Whether every element is true, or not 0."""
    return _truth(np.all, input, dim, keepdim)


@overloaded((0, 0), (0, 2), (1, 2))
def any(input: Tensor, dim: Dims | None = None, keepdim: bool = False) -> Tensor:
    """Whether some element is true, or not 0."""
    return _truth(np.any, input, dim, keepdim)


def _truth(function: Any, input: Tensor, dim: Dims | None, keepdim: bool) -> Tensor:
    x = input.array
    dims = dim if dim == () else some_dims(dim, input.ndim)  # with dim=() torch reduces nothing
    answer = as_array(function(x, axis=dims, keepdims=keepdim))
    return wrap(answer.astype(x.dtype) if x.dtype == np.uint8 else answer)  # for uint8 torch returns uint8


@overloaded((0, 1), (1, 1))
def count_nonzero(input: Tensor, *dims_: int, dim: Dims | None = None) -> Tensor:
    """How many elements are not 0."""
    dims = some_dims(dims_of("count_nonzero", dims_, dim), input.ndim)
    return wrap(as_array(np.count_nonzero(input.array, axis=dims)))


# -- variance and norms -------------------------------------------------------------------------------------


def _variance(op: Op) -> Any:
    """var or std, over dim or all elements. The first argument may also be `unbiased`."""
    name = op.forward.__name__

    def function(
        input: Tensor,
        dim: Dims | bool | None = None,
        unbiased: bool = True,
        keepdim: bool = False,
        *,
        correction: float | None = None,
    ) -> Tensor:
        if isinstance(dim, bool):
            unbiased, dim = dim, None
        if not input.is_floating_point():
            raise RuntimeError(
                "std and var only support floating point and complex dtypes\nConvert with .float() first."
            )
        dims = some_dims(dim, input.ndim)
        less = float(unbiased) if correction is None else correction
        if math.prod(input.array.shape[d] for d in dims) <= less:
            warnings.warn(
                f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
                "(input numel divided by output numel).",
                stacklevel=3,
            )
        return op(input, dims, less, keepdim)

    doc = f"{op.__doc__}\n\n    correction is 1, or 0 if not unbiased."
    return overloaded((1, 3), (0, 3), (0, 1))(named(function, name, doc))


var, std = _variance(ops.var), _variance(ops.std)


def norm(
    input: Tensor,
    p: Any = "fro",
    dim: Dims | None = None,
    keepdim: bool = False,
    dtype: dtypes.dtype | None = None,
) -> Tensor:
    """(Σ |input|ᵖ)^(1/p) over dim or all elements. p = "fro" means 2; p = inf gives the maximum of |input|."""
    if p == "nuc":
        raise RuntimeError(
            "norm: p='nuc' is not supported\nminigrad has the norms of vectors: p is a number."
        )
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.\np is a number or 'fro'.")
    return linalg_vector_norm(input, 2.0 if p is None or p == "fro" else p, dim, keepdim, dtype=dtype)


@tensor_function
def linalg_vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
) -> Tensor:
    """The function that torch's norm calls: error messages name its arguments."""
    name = "linalg.vector_norm"
    if not x.is_floating_point():
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.scalar_name}\n"
            "Convert with .float() first."
        )
    dims = some_dims(dim, x.ndim)
    empty = next((d for d in dims if x.array.shape[d] == 0), None)
    if empty is not None and (ord < 0 or ord == math.inf):
        where = "an empty tensor because"
        if dim is not None:
            where = f"the dimension {empty}because this dimension is empty and"
        raise RuntimeError(
            f"{name} cannot compute the {float(ord):g} norm on {where} the operation does not have an identity"
        )
    return ops.norm(widened(name, x, dtype) if dtype is not None else x, float(ord), dims, keepdim)


def widened(name: str, x: Tensor, dtype: dtypes.dtype) -> Tensor:
    """The tensor in another floating point type. RuntimeError if that type is narrower."""
    if not dtype.is_floating_point:
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {dtype.scalar_name}")
    if dtypes.promote_types(dtype, x.dtype) is not dtype:
        raise RuntimeError(
            f"{name}: the dtype of the input ({x.dtype.scalar_name}) should be convertible without narrowing to the "
            f"specified dtype ({dtype.scalar_name})"
        )
    return x.to(dtype)


@overloaded((0, 1), (1, 3))
def prod(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """The product of all elements, or along dim. Integers and bools are multiplied in int64."""
    x = input if dtype is None else input.to(dtype)
    axis = None if dim is None else one_dim(dim, x.ndim)
    if axis is not None and x.ndim:
        z = ops.prod_dim(x, axis, keepdim)
    else:
        z = (ops.prod if axis is None else ops.prod.named("ProdBackward1"))(x)
    return z if dtype is None else z.to(dtype)


@tensor_function
def cumsum(input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """zᵢ = Σ inputⱼ, j ≤ i, along dim."""
    x, axis = input if dtype is None else input.to(dtype), one_dim(dim, input.ndim)
    if dtype is not None and x.ndim and x.array.size:
        refuse("cumsum_out_cpu", "b", x)
    z = ops.cumsum(x, axis) if x.ndim else ops.sum.named("CumsumBackward0")(x)
    return z if dtype is None else z.to(dtype)
