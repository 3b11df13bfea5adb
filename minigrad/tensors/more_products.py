"""addbmm, addr, and older names of products.   torch: aten/src/ATen/native/LinearAlgebra.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import numpy as np

from minigrad.autograd.base import wrap
from minigrad.tensors.arguments import Tensor, tensor_function
from minigrad.tensors.functions import refuse
from minigrad.tensors.joining import vstack
from minigrad.tensors.products import bmm, dot, outer

__all__ = ["addbmm", "addr", "ger", "row_stack", "unravel_index", "vdot"]

row_stack = vstack


@tensor_function
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·input + alpha·Σ batch1·batch2, the products of matrices added up. torch: torch.addbmm."""
    refuse("addmm_impl_cpu_", "b", input, batch1)
    product = bmm(batch1, batch2).sum(0).to(input.dtype)
    return _with_term(input, product, beta, alpha)


@tensor_function
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·input + alpha·vec1·vec2ᵀ. torch: torch.addr."""
    for i, each in ((1, vec1), (2, vec2)):
        if each.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument vec{i}, but got {each.ndim}-D")
    return _with_term(input, outer(vec1, vec2), beta, alpha)


def _with_term(input: Tensor, product: Tensor, beta: float, alpha: float) -> Tensor:
    if input.dtype.numpy.kind == "b":
        beta, alpha = bool(beta), bool(alpha)
        return product & alpha if not beta else (product & alpha) | (input & beta)
    if input.dtype.numpy.kind != "f" and product.dtype.numpy.kind != "f":
        beta, alpha = int(beta), int(alpha)  # torch's factors have the type of the elements
    z = product if alpha == 1 else product * alpha
    return z if beta == 0 else (input if beta == 1 else input * beta) + z


@tensor_function
def ger(input: Tensor, vec2: Tensor) -> Tensor:
    """outer, by its older name."""
    return outer(input, vec2)


@tensor_function
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """dot, for there are no complex numbers."""
    return dot(input, other)


def unravel_index(indices: Tensor, shape: int | tuple[int, ...]) -> tuple[Tensor, ...]:
    """The coordinates of elements of a tensor of this shape, from their numbers. torch: torch.unravel_index."""
    if indices.array.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    found, rest = [], indices.array
    for n in reversed(sizes):
        found.append(wrap(np.asarray(rest % n)))
        rest = rest // n
    return tuple(reversed(found))
