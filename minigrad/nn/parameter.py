"""Parameter: a tensor that is trained.   torch: torch/nn/parameter.py"""

from __future__ import annotations

from typing import Any

from minigrad.tensors.tensor import Tensor

__all__ = ["Parameter"]


class Parameter(Tensor):
    """A tensor that requires a gradient. A Module registers it when it is assigned to an attribute.

    It shares memory with data. Raises RuntimeError if data has an integer or bool dtype and requires_grad is True.
    torch: torch.nn.Parameter.
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        if not isinstance(requires_grad, bool):
            kind = type(requires_grad).__name__
            raise TypeError(
                f"_make_subclass(): argument 'require_grad' (position 3) must be bool, not {kind}"
            )
        shown = Tensor() if data is None else data.detach()
        self.array, self.version = shown.array, shown.version
        if requires_grad and self.array.dtype.kind != "f":
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients\n"
                "Convert the data with .float(), or pass requires_grad=False."
            )
        self.requires_grad_(requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[Any, Any]) -> Parameter:
        memo[id(self)] = copy = Parameter(self.detach().clone(), self.requires_grad)
        return copy
