"""Convolutional layers.   torch: torch/nn/modules/conv.py"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from minigrad.nn import init
from minigrad.nn.later import conv_functions as F
from minigrad.nn.later.pad_functions import pad
from minigrad.nn.modules.lazy import LazyModuleMixin
from minigrad.nn.modules.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.tensors import creation
from minigrad.tensors.tensor import Tensor

__all__ = [
    "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "LazyConv1d", "LazyConv2d",
    "LazyConv3d", "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d",
]  # fmt: skip

PADDINGS = ("same", "valid")
MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """The common base: a kernel of `dims` dimensions, its options, and its initial values."""

    dims: int
    transposed = False
    weight: Any
    bias: Any

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
        output_padding: Any, groups: int, bias: bool, padding_mode: str, device: Any, dtype: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.dilation, self.output_padding = (
            each
            if isinstance(each, tuple)
            else tuple(each)
            if isinstance(each, list)
            else (each,) * self.dims
            for each in (kernel_size, stride, dilation, output_padding)
        )
        self.padding: Any = padding if isinstance(padding, (str, tuple)) else (padding,) * self.dims
        self.padding_mode = padding_mode
        self._check_options()
        self.weight = Parameter(creation.empty(self._shape_of_weight(), dtype=dtype))
        if bias:
            self.bias = Parameter(creation.empty(out_channels, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()
        if device is not None:  # the initial values are drawn on the CPU
            self.to(device=device)

    def _shape_of_weight(self) -> tuple[int, ...]:
        """(O, C/groups, *kernel_size), of a transposed convolution with O inputs and C outputs."""
        outputs, inputs = self.out_channels, self.in_channels
        first, second = (inputs, outputs) if self.transposed else (outputs, inputs)
        return first, second // self.groups, *self.kernel_size

    def _check_options(self) -> None:
        """Raise ValueError for options that make no sense."""
        if self.groups <= 0:
            raise ValueError("groups must be a positive integer")
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % self.groups != 0:
                raise ValueError(f"{name} must be divisible by groups")
        if isinstance(self.padding, str):
            if self.padding not in PADDINGS:
                raise ValueError(f"Invalid padding string {self.padding!r}, should be one of {set(PADDINGS)}")
            if self.padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if self.padding_mode not in MODES:
            raise ValueError(
                f"padding_mode must be one of {set(MODES)}, but got padding_mode='{self.padding_mode}'"
            )

    def reset_parameters(self) -> None:
        """Draw new initial values for weight and bias."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # the bound is 1/√fan_in
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        said = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        )
        for name, usual in (
            ("padding", (0,) * len(self.padding)), ("dilation", (1,) * self.dims), ("output_padding", (0,) * self.dims),
            ("groups", 1),
        ):  # fmt: skip
            if getattr(self, name) != usual:
                said += f", {name}={getattr(self, name)}"
        said += "" if self.bias is not None else ", bias=False"
        return said if self.padding_mode == "zeros" else f"{said}, padding_mode={self.padding_mode}"


class _Conv(_ConvNd):
    """x ⋆ w + b, by torch's function of this number of dimensions."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode,
            device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        """x ⋆ w + b"""
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = pad(input, self._edges(), self.padding_mode), (0,) * self.dims
        conv = getattr(F, f"conv{self.dims}d")
        return conv(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def _edges(self) -> list[int]:
        """How much to pad: before and after the last dimension, and so on to the first."""
        if self.padding == "same":
            total = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [each for n in reversed(total) for each in (n // 2, n - n // 2)]
        if self.padding == "valid":
            return [0, 0] * self.dims
        return [n for n in reversed(tuple(self.padding)) for _ in range(2)]


class _ConvTranspose(_ConvNd):
    """The transpose of a convolution, by torch's function of this number of dimensions."""

    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros",
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """The transpose of a convolution. `output_size` says which of the sizes that fit the result has."""
        ends = self.output_padding if output_size is None else self._ends(input, list(output_size))
        conv = getattr(F, f"conv_transpose{self.dims}d")
        return conv(
            input, self.weight, self.bias, self.stride, self.padding, ends, self.groups, self.dilation
        )

    def _ends(self, input: Tensor, size: list[int]) -> list[int]:
        """The output_padding that makes the result of this size. Raises ValueError if none does."""
        lead = 2 if input.dim() == self.dims + 2 else 1
        size = size[lead:] if len(size) == lead + self.dims else size
        if len(size) != self.dims:
            raise ValueError(
                f"ConvTranspose{self.dims}D: for {input.dim()}D input, output_size must have {self.dims} or "
                f"{lead + self.dims} elements (got {len(size)})"
            )
        each = zip(
            input.shape[lead:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True
        )
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in each]
        most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
        if any(not low <= n <= high for low, n, high in zip(least, size, most, strict=True)):
            raise ValueError(
                f"requested an output size of {size}, but valid sizes range from {least} to {most} (for an input of "
                f"{input.size()[2:]})"
            )
        return [n - low for n, low in zip(size, least, strict=True)]


class Conv1d(_Conv):
    """x ⋆ w + b of lines.   x: (N, C, L), w: (O, C/groups, k), b: (O,) → (N, O, L').

    `weight` and then `bias` are drawn uniform from ±1/√(C/groups·k): for the same seed they are equal to torch's.
    `padding` may be "same" or "valid"; `padding_mode` says what is padded with. Raises ValueError for options that make
    no sense, and the errors of functional.conv1d. torch: torch.nn.Conv1d.
    """

    dims = 1


class Conv2d(_Conv):
    """x ⋆ w + b of images.   x: (N, C, H, W), w: (O, C/groups, kH, kW), b: (O,) → (N, O, H', W').

    In each place of the result are the products of the kernels and the patch of x there. Initial values and errors are
    as in Conv1d. torch: torch.nn.Conv2d.
    """

    dims = 2


class Conv3d(_Conv):
    """x ⋆ w + b of volumes: as Conv2d, with one dimension more. torch: torch.nn.Conv3d."""

    dims = 3


class ConvTranspose1d(_ConvTranspose):
    """The transpose of Conv1d: (N, C, L) → (N, O, L'). torch: torch.nn.ConvTranspose1d."""

    dims = 1


class ConvTranspose2d(_ConvTranspose):
    """The transpose of Conv2d: it makes images larger.   x: (N, C, H, W), w: (C, O/groups, kH, kW) → (N, O, H', W').

    Every number of x times the kernels is added in its place: H' = (H - 1)·stride - 2·padding + dilation·(kH - 1) +
    output_padding + 1. Raises ValueError for options that make no sense. torch: torch.nn.ConvTranspose2d.
    """

    dims = 2


class ConvTranspose3d(_ConvTranspose):
    """The transpose of Conv3d. torch: torch.nn.ConvTranspose3d."""

    dims = 3


class _Lazy(LazyModuleMixin):
    """A layer whose in_channels are those of its first input: for the same seed its initial values are torch's."""

    dims: int
    groups: int
    transposed: bool
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    _shape_of_weight: Callable[[], tuple[int, ...]]

    def reset_parameters(self) -> None:
        """Draw new initial values, if the parameters have shapes."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Take in_channels from the input, and draw the initial values."""
        if not self.has_uninitialized_params():
            return
        if input.dim() not in (self.dims + 1, self.dims + 2):
            raise RuntimeError(
                f"Expected {self.dims + 1}D (unbatched) or {self.dims + 2}D (batched) input to {type(self).__name__}, "
                f"but got input of size: {input.shape}"
            )
        self.in_channels = input.shape[1] if input.dim() == self.dims + 2 else input.shape[0]
        if self.in_channels % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        self._materialize(self._shape_of_weight(), self.out_channels)


class _LazyConv(_Lazy, _Conv):
    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode)
        self.out_channels = out_channels
        self._wait(bias, device, dtype)


class _LazyConvTranspose(_Lazy, _ConvTranspose):
    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
        groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode
        )
        self.out_channels = out_channels
        self._wait(bias, device, dtype)


class LazyConv1d(_LazyConv, Conv1d):
    """Conv1d, with in_channels taken from the first input. torch: torch.nn.LazyConv1d."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """Conv2d, with in_channels taken from the first input. torch: torch.nn.LazyConv2d."""

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """Conv3d, with in_channels taken from the first input. torch: torch.nn.LazyConv3d."""

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """ConvTranspose1d, with in_channels taken from the first input. torch: torch.nn.LazyConvTranspose1d."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """ConvTranspose2d, with in_channels taken from the first input. torch: torch.nn.LazyConvTranspose2d."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """ConvTranspose3d, with in_channels taken from the first input. torch: torch.nn.LazyConvTranspose3d."""

    cls_to_become = ConvTranspose3d
