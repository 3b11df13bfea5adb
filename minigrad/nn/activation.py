"""Activations, and Dropout, the layer that makes train() and eval() visible.   torch: torch/nn/modules/activation.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn import functional as F
from minigrad.nn.module import Module
from minigrad.tensor import Tensor


class ReLU(Module):
    """max(x, 0), elementwise; with `inplace` in the input's own memory."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """max(x, 0)"""
        return F.relu(input, self.inplace)

    def extra_repr(self) -> str:
        """What stands in the parentheses."""
        return "inplace=True" if self.inplace else ""


class Sigmoid(Module):
    """1/(1 + e⁻ˣ), elementwise."""

    def forward(self, input: Tensor) -> Tensor:
        """1/(1 + e⁻ˣ)"""
        return F.sigmoid(input)


class Tanh(Module):
    """tanh x, elementwise."""

    def forward(self, input: Tensor) -> Tensor:
        """tanh x"""
        return F.tanh(input)


class Identity(Module):
    """What comes in; any arguments of the constructor are ignored.   torch: torch/nn/modules/linear.py"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        """x"""
        return input


class Softmax(Module):
    """eˣ / Σ eˣ along dim: probabilities."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """eˣ / Σ eˣ"""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """What stands in the parentheses."""
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """x - log Σ eˣ along dim: log-probabilities."""

    def forward(self, input: Tensor) -> Tensor:
        """x - log Σ eˣ"""
        return F.log_softmax(input, self.dim)


class Dropout(Module):
    """In training, each element is 0 with probability p, else x/(1 - p); in evaluation, x.

    ValueError for p outside [0, 1]. torch: torch/nn/modules/dropout.py
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        """0 or x/(1 - p)"""
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """What stands in the parentheses."""
        return f"p={self.p}, inplace={self.inplace}"
