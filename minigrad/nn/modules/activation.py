"""Activations.   torch: torch/nn/modules/activation.py

Adds to pocket.py: ReLU in place, and more activations.
"""

from __future__ import annotations

import warnings
from typing import Any

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


class LeakyReLU(Module):
    """x where x > 0, else negative_slope·x. torch: torch.nn.LeakyReLU."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Tensor) -> Tensor:
        """x where x > 0, else negative_slope·x"""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"negative_slope={self.negative_slope}{_inplace(self)}"


class ELU(Module):
    """x where x > 0, else α·(eˣ - 1). torch: torch.nn.ELU."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        """x where x > 0, else α·(eˣ - 1)"""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"alpha={self.alpha}{_inplace(self)}"


class Hardtanh(Module):
    """x between min_val and max_val, beyond them the nearer one. torch: torch.nn.Hardtanh."""

    def __init__(
        self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False,
        min_value: float | None = None, max_value: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        for name, value in (("min", min_value), ("max", max_value)):
            if value is not None:
                warnings.warn(
                    f"keyword argument `{name}_value` is deprecated and rename to `{name}_val`",
                    FutureWarning,
                    stacklevel=2,
                )
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace
        if not self.max_val > self.min_val:
            raise AssertionError(f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})")

    def forward(self, input: Tensor) -> Tensor:
        """min(max(x, min_val), max_val)"""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"min_val={self.min_val}, max_val={self.max_val}{_inplace(self)}"


class ReLU6(Hardtanh):
    """min(max(x, 0), 6). torch: torch.nn.ReLU6."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return "inplace=True" if self.inplace else ""


class SiLU(ReLU):
    """x·σ(x). torch: torch.nn.SiLU."""

    def forward(self, input: Tensor) -> Tensor:
        """x·σ(x)"""
        return F.silu(input, self.inplace)


class GELU(Module):
    """x·Φ(x), Φ the normal distribution; approximate="tanh" is the formula of GPT-2. torch: torch.nn.GELU."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """x·Φ(x)"""
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """log(1 + e^(β·x))/β, and x where β·x > threshold. torch: torch.nn.Softplus."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        """log(1 + e^(β·x))/β"""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"beta={self.beta}, threshold={self.threshold}"


class LogSigmoid(Module):
    """log σ(x), without overflow. torch: torch.nn.LogSigmoid."""

    def forward(self, input: Tensor) -> Tensor:
        """log σ(x)"""
        return F.logsigmoid(input)


def _inplace(module: Any) -> str:
    return ", inplace=True" if module.inplace else ""
