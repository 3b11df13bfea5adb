"""The gradient of broadcasting: a sum.   torch: torch/csrc/autograd/input_metadata.cpp, at::sum_to

`x + y` repeats an input whose axis has size 1, or that lacks the axis. Each copy gets a gradient, and by the chain
rule the input gets their sum. No rule has to say so: the engine does it for all of them.
"""

from __future__ import annotations

from typing import Any

from minigrad.arrays.dtypes import dtype_of
from minigrad.arrays.kernels import sum_of
from minigrad.autograd.base import Gradient, unwrap


def to_shape_and_dtype(dx: Gradient, edge: Any, source: Any) -> Gradient:
    """dx in the shape and type of the tensor that it is the gradient of. `source` is the node that dx comes from."""
    array = unwrap(dx)
    on_tensors = array is not dx
    if array.shape != edge.shape:
        dx = unbroadcast(dx, edge.shape, source)
    if array.dtype != edge.dtype:
        dx = dx.to(dtype_of(edge.dtype)) if on_tensors else dx.astype(edge.dtype)
    return dx


def unbroadcast(dx: Gradient, shape: tuple[int, ...], source: Any = None) -> Gradient:
    """The sum of dx over every axis along which an input of this shape was repeated."""
    lead = dx.ndim - len(shape)
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, dx.shape[lead:], strict=True)):
        raise RuntimeError(
            f"Function {source.name() if source else ''} returned an invalid gradient at index 0 - got "
            f"{list(dx.shape)} but expected shape compatible with {list(shape)}"
        )
    stretched = tuple(lead + i for i, n in enumerate(shape) if n == 1 and dx.shape[lead + i] != 1)
    axes = (*range(lead), *stretched)
    dx = sum_of(dx, axes, True) if unwrap(dx) is dx else dx.sum(axes, True)
    return dx.reshape(shape) if lead else dx
