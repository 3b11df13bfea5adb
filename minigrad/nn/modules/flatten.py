"""Flatten: turns each image into a vector.   torch: torch/nn/modules/flatten.py"""

from __future__ import annotations

from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor


class Flatten(Module):
    """Merges the dimensions from start_dim to end_dim into one. torch: torch.nn.Flatten."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        """input.flatten(start_dim, end_dim)"""
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
