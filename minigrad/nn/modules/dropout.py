"""Dropout: the layer that differs between train() and eval().   torch: torch/nn/modules/dropout.py"""

from __future__ import annotations

from minigrad.nn import functional as F
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor


class _DropoutNd(Module):
    """What all kinds of dropout have. channel_dropout.py has the others."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """In training mode, each element becomes 0 with probability p, else x/(1 - p). In evaluation mode, returns x.

    Raises ValueError if p is not in [0, 1]. torch: torch.nn.Dropout.
    """

    def forward(self, input: Tensor) -> Tensor:
        """0 or x/(1 - p)"""
        return F.dropout(input, self.p, self.training, self.inplace)
