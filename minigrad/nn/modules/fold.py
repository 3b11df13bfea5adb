"""Patches of images as layers.   torch: torch/nn/modules/fold.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn.later.fold_functions import fold, unfold
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor

__all__ = ["Fold", "Unfold"]


class Unfold(Module):
    """The patches of images as columns: (N, C, H, W) → (N, C·kH·kW, L). torch: torch.nn.Unfold."""

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        """P(x)"""
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Fold(Module):
    """Columns as patches, each added to its place: (N, C·kH·kW, L) → (N, C, *output_size). torch: torch.nn.Fold."""

    def __init__(
        self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        """Pᵀ(x)"""
        return fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
