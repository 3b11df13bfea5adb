"""Vectors divided by their norms.   torch: torch/nn/functional.py, aten/src/ATen/native/Distance.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from minigrad.arrays import dtypes
from minigrad.autograd.grad_mode import no_grad
from minigrad.tensors.arguments import Dims, Number, tensor_function
from minigrad.tensors.arranging import broadcast_tensors
from minigrad.tensors.out import into
from minigrad.tensors.reductions import linalg_vector_norm, norm
from minigrad.tensors.tensor import Tensor

__all__ = ["cosine_similarity", "normalize"]


@tensor_function
def normalize(
    input: Tensor, p: Number = 2.0, dim: Dims = 1, eps: Number = 1e-12, out: Tensor | None = None
) -> Tensor:
    """x/max(‖x‖ₚ, eps), with the norms of the vectors along dim. torch: torch.nn.functional.normalize."""
    norms = norm(input, p, dim, keepdim=True).clamp(min=eps).expand_as(input)
    return input / norms if out is None else into(out, "div", [input, norms], lambda: input / norms)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between the vectors along dim: x·y/(max(‖x‖, eps)·max(‖y‖, eps)).

    Shapes broadcast. RuntimeError for integers. torch: torch.nn.functional.cosine_similarity.
    """
    kind = dtypes.promote_types(x1.dtype, x2.dtype)
    if kind.numpy.kind != "f":
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {kind.scalar_name}\n"
            "Convert with .float() first."
        )
    x, y = broadcast_tensors(x1.to(kind), x2.to(kind))
    return (_direction(x, dim, eps) * _direction(y, dim, eps)).sum(dim)


def _direction(x: Tensor, dim: int, eps: float) -> Tensor:
    """x/max(‖x‖, eps). The gradient is that of x/‖x‖, as in torch."""
    length = linalg_vector_norm(x, 2, dim, keepdim=True).clone()
    with no_grad():
        length.clamp_(min=eps)
    return x / length
