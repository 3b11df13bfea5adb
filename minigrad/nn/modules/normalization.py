"""LayerNorm, GroupNorm, RMSNorm: the same in training and in evaluation.   torch: torch/nn/modules/normalization.py"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minigrad.nn import functional as F
from minigrad.nn import init
from minigrad.nn.modules.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.tensors import creation
from minigrad.tensors.tensor import Tensor

__all__ = ["GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


class _Scaled(Module):
    """A module whose weights begin as 1 and whose biases begin as 0, if it has any."""

    def _register(self, shape: Any, wanted: dict[str, bool], device: Any, dtype: Any) -> None:
        for name, is_wanted in wanted.items():
            made = Parameter(creation.empty(shape, device=device, dtype=dtype)) if is_wanted else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weights to 1 and the biases to 0."""
        for name, param in self._parameters.items():
            if param is not None:
                init.constant_(param, 1.0 if name == "weight" else 0.0)


def _as_shape(shape: int | Sequence[int]) -> tuple[int, ...]:
    return (shape,) if hasattr(shape, "__index__") else tuple(shape)  # type: ignore[return-value]


class LayerNorm(_Scaled):
    """(x - μ)/√(v + ε)·w + b, mean μ and biased variance v over the last dimensions, which are normalized_shape.

    weight and bias have that shape. Raises the errors of functional.layer_norm. torch: torch.nn.LayerNorm.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        wanted = {"weight": elementwise_affine, "bias": elementwise_affine and bias}
        self._register(self.normalized_shape, wanted, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """(x - μ)/√(v + ε)·w + b"""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(_Scaled):
    """(x - μ)/√(v + ε)·w + b, mean μ and biased variance v of each group of channels of each sample of (N, C, *).

    weight and bias have a number for each channel. Raises ValueError if num_groups does not divide num_channels, and
    the errors of functional.group_norm. torch: torch.nn.GroupNorm.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self._register(num_channels, {"weight": affine, "bias": affine and bias}, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """(x - μ)/√(v + ε)·w + b"""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """x/(k + α·m)^β, m the mean of x² over `size` channels around. torch: torch.nn.LocalResponseNorm."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        """x/(k + α·m)^β"""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class RMSNorm(_Scaled):
    """x/√(mean(x²) + ε)·w, the mean over the last dimensions, which are normalized_shape. No mean is subtracted.

    Raises the errors of functional.rms_norm. torch: torch.nn.RMSNorm.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._register(self.normalized_shape, {"weight": elementwise_affine}, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """x/√(mean(x²) + ε)·w"""
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
