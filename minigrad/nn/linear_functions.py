"""linear and dropout as functions of tensors, which other files of functions call.   torch: torch/nn/functional.py"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import random
from minigrad.arrays import device as devices
from minigrad.arrays import kernels
from minigrad.arrays.dtypes import full_name
from minigrad.arrays.memory import in_memory_order
from minigrad.autograd.base import Array, wrap
from minigrad.autograd.op import differentiable
from minigrad.nn import ops
from minigrad.nn.checks import check_linear
from minigrad.ops import mm, mul, view
from minigrad.tensors import products
from minigrad.tensors.arguments import tensor_function
from minigrad.tensors.inplace import change, view_of
from minigrad.tensors.tensor import Tensor

_rules = {name: rule.function for name, rule in ops.linear.rules.items()}
_rules["x"] = lambda dz, weight: mm(weight.T, dz.T).T


@differentiable("AddmmBackward0", **_rules, transposed="weight")
def _of_columns(x: Array, weight: Array, bias: Array | None) -> Array:
    """ops.linear of an x that lies column after column in memory: its gradient then does so, too, as torch's."""
    return ops.linear.forward(x, weight, bias)


_no_bias, _no_bias_of_columns = ops.linear.named("MmBackward0"), _of_columns.named("MmBackward0")


@tensor_function
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y = x·Wᵀ + b, for x of shape (*, in), W (out, in), b (out,): y is (*, out).

    Raises TypeError for an argument that is not a Tensor, RuntimeError for shapes or types that do not fit.
    torch: torch.nn.functional.linear.
    """
    if bias is not None and _plain(input.array, weight.array, bias.array):
        if input.array.ndim == 2:
            return ops.linear(input, weight, bias)
        *batch, features = input.array.shape
        product = ops.linear(view_of(input, view, (math.prod(batch), features)), weight, bias)
        return view_of(product, view, (*batch, weight.array.shape[0]))
    check_linear(input, weight, bias)
    if weight.ndim == 1:
        return products.matmul(input, weight)
    *batch, features = input.array.shape
    if len(batch) == 1:
        by_columns = kernels.is_column_major(input.array.shape, input.stride())
        if bias is None:
            return (_no_bias_of_columns if by_columns else _no_bias)(input, weight, None)
        return (_of_columns if by_columns else ops.linear)(input, weight, bias)
    if bias is None:
        return products.matmul(input, weight.t())
    if not input.is_contiguous():
        return products.matmul(input, weight.t()) + bias
    product = ops.linear(input.reshape(math.prod(batch), features), weight, bias)
    return product.view(*batch, weight.array.shape[0])


def _plain(x: Any, w: Any, b: Any) -> bool:
    """Whether x is a batch of vectors and everything fits: the common case, by one look."""
    return bool(
        x.ndim >= 2
        and b.ndim == 1
        and w.shape == (len(b), x.shape[-1])
        and x.dtype is w.dtype is b.dtype
        and x.dtype.kind == "f"
        and x.flags.c_contiguous
    )


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While training, each element is 0 with probability p, else x / (1 - p): the expectation stays x.

    The elements that fall are torch's for the same seed. ValueError for p outside [0, 1].
    """
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not isinstance(input, Tensor):
        raise TypeError(f"dropout(): argument 'input' (position 1) must be Tensor, not {full_name(input)}")
    if not training or p == 0:
        return input
    array = input.array
    if array.dtype.kind != "f":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {input.dtype.scalar_name}\n"
            "Convert the input with .float()."
        )
    noise = np.zeros_like(array)
    if p < 1:  # p = 1 draws nothing
        drawn = in_memory_order(noise)
        kept = random.default_generator.bernoulli(drawn.shape, 1 - p).astype(array.dtype)
        kept /= array.dtype.type(1 - p)
        drawn[...] = devices.move(kept, input.device)
    scale = wrap(noise)  # a Tensor, so that the gradient can be differentiated again
    return change(input, mul, scale) if inplace else mul(input, scale)
