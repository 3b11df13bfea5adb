"""Activations.   torch: torch/nn/modules/activation.py

Adds to pocket.py: ReLU in place, and four more activations.
"""

from __future__ import annotations

from minigrad.nn import functional as F
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor


class ReLU(Module):
    """max(x, 0), elementwise. With `inplace`, the result replaces the input. torch: torch.nn.ReLU."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """max(x, 0)"""
        return F.relu(input, self.inplace)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return "inplace=True" if self.inplace else ""


class Sigmoid(Module):
    """1/(1 + e⁻ˣ), elementwise. torch: torch.nn.Sigmoid."""

    def forward(self, input: Tensor) -> Tensor:
        """1/(1 + e⁻ˣ)"""
        return F.sigmoid(input)


class Tanh(Module):
    """tanh x, elementwise. torch: torch.nn.Tanh."""

    def forward(self, input: Tensor) -> Tensor:
        """tanh x"""
        return F.tanh(input)


class Softmax(Module):
    """eˣ / Σ eˣ along dim: probabilities from logits. torch: torch.nn.Softmax."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """eˣ / Σ eˣ"""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """x - log Σ eˣ along dim: log-probabilities from logits. torch: torch.nn.LogSoftmax."""

    def forward(self, input: Tensor) -> Tensor:
        """x - log Σ eˣ"""
        return F.log_softmax(input, self.dim)
