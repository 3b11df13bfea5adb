"""The layer of bilinear.   torch: torch/nn/modules/linear.py"""

from __future__ import annotations

import math
from typing import Any

from minigrad.nn import init
from minigrad.nn.later.bilinear_functions import bilinear
from minigrad.nn.modules.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.tensors.creation import empty
from minigrad.tensors.tensor import Tensor

__all__ = ["Bilinear"]


class Bilinear(Module):
    """zₒ = Σᵢⱼ xᵢ·wₒᵢⱼ·yⱼ + bₒ: (*, in1_features) and (*, in2_features) → (*, out_features).

    Weights and bias are drawn from ±1/√in1_features. Raises ValueError for 0 features. torch: torch.nn.Bilinear.
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got (in1_features={in1_features})")
        super().__init__()
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        options = {"device": device, "dtype": dtype}
        self.weight = Parameter(empty(out_features, in1_features, in2_features, **options))
        self.register_parameter("bias", Parameter(empty(out_features, **options)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / math.sqrt(self.weight.shape[1])
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """x·W·y + b"""
        return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
