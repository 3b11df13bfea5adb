"""Pools: layers without parameters.   torch: torch/nn/modules/pooling.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn import functional as F
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d",
]  # fmt: skip

Pooled = Any  # a Tensor; with return_indices two of them


class _MaxPoolNd(Module):
    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPoolNd):
    """The greatest element of each window of (N, C, L) or (C, L). torch: torch.nn.MaxPool1d."""

    def forward(self, input: Tensor) -> Pooled:
        """F.max_pool1d"""
        sizes = self.kernel_size, self.stride, self.padding, self.dilation
        return F.max_pool1d(input, *sizes, self.ceil_mode, self.return_indices)


class MaxPool2d(_MaxPoolNd):
    """The greatest element of each window of (N, C, H, W) or (C, H, W). torch: torch.nn.MaxPool2d."""

    def forward(self, input: Tensor) -> Pooled:
        """F.max_pool2d"""
        sizes = self.kernel_size, self.stride, self.padding, self.dilation
        return F.max_pool2d(input, *sizes, self.ceil_mode, self.return_indices)


class MaxPool3d(_MaxPoolNd):
    """The greatest element of each window of (N, C, D, H, W) or (C, D, H, W). torch: torch.nn.MaxPool3d."""

    def forward(self, input: Tensor) -> Pooled:
        """F.max_pool3d"""
        sizes = self.kernel_size, self.stride, self.padding, self.dilation
        return F.max_pool3d(input, *sizes, self.ceil_mode, self.return_indices)


class _AvgPoolNd(Module):
    kernel_size: Any
    stride: Any
    padding: Any

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPoolNd):
    """The mean of each window of (N, C, L) or (C, L). torch: torch.nn.AvgPool1d."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size, self.padding = _one(kernel_size), _one(padding)
        self.stride = _one(kernel_size if stride is None else stride)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """F.avg_pool1d"""
        sizes = self.kernel_size, self.stride, self.padding
        return F.avg_pool1d(input, *sizes, self.ceil_mode, self.count_include_pad)


class AvgPool2d(_AvgPoolNd):
    """The mean of each window of (N, C, H, W) or (C, H, W). torch: torch.nn.AvgPool2d."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """F.avg_pool2d"""
        sizes = self.kernel_size, self.stride, self.padding
        return F.avg_pool2d(input, *sizes, self.ceil_mode, self.count_include_pad, self.divisor_override)


class AvgPool3d(AvgPool2d):
    """The mean of each window of (N, C, D, H, W) or (C, D, H, W). torch: torch.nn.AvgPool3d."""

    def forward(self, input: Tensor) -> Tensor:
        """F.avg_pool3d"""
        sizes = self.kernel_size, self.stride, self.padding
        return F.avg_pool3d(input, *sizes, self.ceil_mode, self.count_include_pad, self.divisor_override)


class _AdaptivePoolNd(Module):
    output_size: Any

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"output_size={self.output_size}"


class _AdaptiveAvgPoolNd(_AdaptivePoolNd):
    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The means of output_size windows that cover each row of (N, C, L). torch: torch.nn.AdaptiveAvgPool1d."""

    def forward(self, input: Tensor) -> Tensor:
        """F.adaptive_avg_pool1d"""
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """The means of output_size windows that cover each image. torch: torch.nn.AdaptiveAvgPool2d."""

    def forward(self, input: Tensor) -> Tensor:
        """F.adaptive_avg_pool2d"""
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """The means of output_size windows that cover each volume. torch: torch.nn.AdaptiveAvgPool3d."""

    def forward(self, input: Tensor) -> Tensor:
        """F.adaptive_avg_pool3d"""
        return F.adaptive_avg_pool3d(input, self.output_size)


class _AdaptiveMaxPoolNd(_AdaptivePoolNd):
    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The maxima of output_size windows that cover each row of (N, C, L). torch: torch.nn.AdaptiveMaxPool1d."""

    def forward(self, input: Tensor) -> Pooled:
        """F.adaptive_max_pool1d"""
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The maxima of output_size windows that cover each image. torch: torch.nn.AdaptiveMaxPool2d."""

    def forward(self, input: Tensor) -> Pooled:
        """F.adaptive_max_pool2d"""
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """The maxima of output_size windows that cover each volume. torch: torch.nn.AdaptiveMaxPool3d."""

    def forward(self, input: Tensor) -> Pooled:
        """F.adaptive_max_pool3d"""
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)


def _one(value: Any) -> tuple[int, ...]:
    return tuple(value) if hasattr(value, "__iter__") else (value,)
