"""bilinear: a number from two vectors and a matrix, for each output.   torch: aten/src/ATen/native/Linear.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from minigrad.arrays.dtypes import C_NAMES
from minigrad.tensors.arguments import Tensor, tensor_function
from minigrad.tensors.functions import refuse
from minigrad.tensors.products import matmul

__all__ = ["bilinear"]


@tensor_function
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """zₒ = Σᵢⱼ xᵢ·wₒᵢⱼ·yⱼ + bₒ: (*, I), (*, J) and weights (O, I, J) → (*, O).

    Raises RuntimeError for shapes or dtypes that do not fit. torch: torch.nn.functional.bilinear.
    """
    _check(input1, input2, weight, bias)
    refuse("bmm", "b", input1)
    outputs, rows, columns = weight.shape
    x, y = input1.reshape(-1, rows), input2.reshape(-1, columns)
    inner = matmul(x, weight.permute(1, 0, 2).reshape(rows, -1)).reshape(-1, outputs, columns)
    z = matmul(inner, y.unsqueeze(-1)).reshape(*input1.shape[:-1], outputs)
    return z if bias is None else z + bias


def _check(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    kinds = {name: C_NAMES[each.dtype] for name, each in (("input1", x), ("input2", y), ("weight", weight))}
    if len(set(kinds.values())) > 1:
        said = ", ".join(f"{name}: {kind}" for name, kind in kinds.items())
        raise RuntimeError(f"All tensors must have the same dtype, got {said}")
    if x.ndim != y.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {x.ndim} and {y.ndim}")
    for i, (n, m) in enumerate(zip(x.shape[:-1], y.shape[:-1], strict=True)):
        if n != m:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {i}: got {n} and {m}")
    for i, each in ((1, x), (2, y)):
        if each.shape[-1] != weight.shape[i]:
            raise RuntimeError(
                f"bilinear(): input{i} size does not match weight size: got {each.shape[-1]} but expected "
                f"{weight.shape[i]}"
            )
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {weight.shape[0]}"
        )
