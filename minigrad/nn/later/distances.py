"""Distances of vectors.   torch: aten/src/ATen/native/Distance.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.tensors.arguments import Number, tensor_function
from minigrad.tensors.tensor import Tensor

__all__ = ["pairwise_distance"]

_norm = ops.norm.named("NormBackward1")


@tensor_function
def pairwise_distance(
    x1: Tensor, x2: Tensor, p: Number = 2, eps: Number = 1e-6, keepdim: bool = False
) -> Tensor:
    """(Σ |x - y + eps|ᵖ)^(1/p) over the last dimension. Shapes broadcast.

    eps keeps the gradient finite where x = y. torch: torch.nn.functional.pairwise_distance.
    """
    d = x1 - x2 + eps
    if not d.is_floating_point():
        d = d.to(dtypes.float32)
    return _norm(d, float(p), (d.ndim - 1,) if d.ndim else (), keepdim)
