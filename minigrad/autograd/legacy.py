"""Variable, as tensors that want a gradient were made before PyTorch 0.4.   torch: torch/autograd/variable.py"""

from __future__ import annotations

import warnings
from typing import Any

from minigrad.arrays.dtypes import full_name
from minigrad.autograd.base import TensorBase


class _VariableMeta(type):
    """Variable makes Tensors, and every Tensor is one."""

    def __instancecheck__(cls, other: Any) -> bool:
        return isinstance(other, TensorBase)

    def __call__(cls, data: Any = None, requires_grad: bool = False, volatile: bool | None = None) -> Any:
        if volatile:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with no_grad():` instead.", stacklevel=2
            )
        if data is None:
            data = TensorBase.Tensor()
        if not isinstance(data, TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {full_name(data)}")
        if requires_grad and data.array.dtype.kind != "f":
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients\n"
                "Convert it first, for example with .float()."
            )
        return data.detach().requires_grad_(requires_grad)  # type: ignore[attr-defined]


class Variable(metaclass=_VariableMeta):
    """data.detach().requires_grad_(requires_grad), which is what to write today: a Tensor on data's memory."""
