"""Layers that pad.   torch: torch/nn/modules/padding.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn.later.pad_functions import pad
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
    "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d",
    "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip


class _Pad(Module):
    """The common base: `padding` has two numbers for each of `dims` dimensions, the last first; one serves for all."""

    dims: int
    mode = "constant"
    value: float | None = None

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * (2 * self.dims)

    def forward(self, input: Tensor) -> Tensor:
        """x, padded"""
        return pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"{self.padding}"


class _ConstantPad(_Pad):
    """Pads with a value."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    """Pads with zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"{self.padding}"


class _ReflectionPad(_Pad):
    """Pads with the reflection of x at its ends."""

    mode = "reflect"


class _ReplicationPad(_Pad):
    """Pads with the ends of x."""

    mode = "replicate"


class _CircularPad(_Pad):
    """Pads with the other end of x."""

    mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        """x, padded"""
        if input.dim() not in (self.dims + 1, self.dims + 2):
            raise ValueError(
                f"expected {self.dims + 1}D or {self.dims + 2}D input (got {input.dim()}D input)"
            )
        return super().forward(input)


class ConstantPad1d(_ConstantPad):
    """Pads lines with a value. x: (N, C, L), or without N. torch: torch.nn.ConstantPad1d."""

    dims = 1


class ConstantPad2d(_ConstantPad):
    """Pads images with a value. x: (N, C, H, W), or without N. torch: torch.nn.ConstantPad2d."""

    dims = 2


class ConstantPad3d(_ConstantPad):
    """Pads volumes with a value. x: (N, C, D, H, W), or without N. torch: torch.nn.ConstantPad3d."""

    dims = 3


class ZeroPad1d(_ZeroPad):
    """Pads lines with zeros. x: (N, C, L), or without N. torch: torch.nn.ZeroPad1d."""

    dims = 1


class ZeroPad2d(_ZeroPad):
    """Pads images with zeros. x: (N, C, H, W), or without N. torch: torch.nn.ZeroPad2d."""

    dims = 2


class ZeroPad3d(_ZeroPad):
    """Pads volumes with zeros. x: (N, C, D, H, W), or without N. torch: torch.nn.ZeroPad3d."""

    dims = 3


class ReflectionPad1d(_ReflectionPad):
    """Pads lines with the reflection at their ends. x: (N, C, L), or without N. torch: torch.nn.ReflectionPad1d."""

    dims = 1


class ReflectionPad2d(_ReflectionPad):
    """Pads images with the reflection at their ends. x: (N, C, H, W), or without N. torch: torch.nn.ReflectionPad2d."""

    dims = 2


class ReflectionPad3d(_ReflectionPad):
    """Pads volumes with the reflection at their ends. x: (N, C, D, H, W), or one. torch: torch.nn.ReflectionPad3d."""

    dims = 3


class ReplicationPad1d(_ReplicationPad):
    """Pads lines with their ends. x: (N, C, L), or without N. torch: torch.nn.ReplicationPad1d."""

    dims = 1


class ReplicationPad2d(_ReplicationPad):
    """Pads images with their ends. x: (N, C, H, W), or without N. torch: torch.nn.ReplicationPad2d."""

    dims = 2


class ReplicationPad3d(_ReplicationPad):
    """Pads volumes with their ends. x: (N, C, D, H, W), or without N. torch: torch.nn.ReplicationPad3d."""

    dims = 3


class CircularPad1d(_CircularPad):
    """Pads lines with their other ends. x: (N, C, L), or without N. torch: torch.nn.CircularPad1d."""

    dims = 1


class CircularPad2d(_CircularPad):
    """Pads images with their other ends. x: (N, C, H, W), or without N. torch: torch.nn.CircularPad2d."""

    dims = 2


class CircularPad3d(_CircularPad):
    """Pads volumes with their other ends. x: (N, C, D, H, W), or without N. torch: torch.nn.CircularPad3d."""

    dims = 3
