"""Convolutions as functions of tensors.   torch: aten/src/ATen/native/Convolution.cpp

Their ops are in conv_ops.py, with the rules; the errors that a wrong argument raises are in conv_checks.py.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from minigrad.nn.later import conv_ops as ops
from minigrad.nn.later.conv_checks import check_channels, check_fits, check_input, check_transposed, expanded
from minigrad.nn.later.pad_ops import constant_pad_nd
from minigrad.nn.later.patches import Geometry
from minigrad.tensors.arguments import Dims, named, overloaded, tensor_function
from minigrad.tensors.tensor import Tensor

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


def _convolution(name: str, dims: int) -> Callable[..., Tensor]:
    """The convolution of images of so many dimensions."""

    def conv(
        input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Dims = 1, padding: Dims | str = 0,
        dilation: Dims = 1, groups: int = 1,
    ) -> Tensor:  # fmt: skip
        check_input(name, dims, input, bias)
        if input.array.ndim == dims + 1:
            return conv(input.unsqueeze(0), weight, bias, stride, padding, dilation, groups).squeeze(0)
        if isinstance(padding, str):
            input, padding = _padded(input, weight, stride, padding, dilation)
        strides, pads, dilations = expanded(weight, dims, stride=stride, padding=padding, dilation=dilation)
        how = Geometry(strides, pads, dilations, groups)
        check_channels(input, weight, bias, how, False)
        check_fits(input, weight, how)
        size = how.size_of_convolution(input.array.shape[2:], weight.array.shape[2:])
        return ops.convolution(input, weight, bias, size, how)

    doc = f"""x ⋆ w + b: in each place the product of the kernels and the patch of x.

    x: (N, C, *n) or (C, *n), w: (O, C/groups, *k), b: (O,) → (N, O, *m) with {dims} dimensions n, k and m:
    m = ⌊(n + 2·padding - dilation·(k - 1) - 1)/stride⌋ + 1. padding "same" makes m = n, "valid" is 0.
    Raises RuntimeError for shapes, types or options that do not fit. torch: torch.nn.functional.{name}.
    """
    return overloaded((1, 6), (1, 6))(named(conv, name, doc))


def _padded(
    input: Tensor, weight: Tensor, stride: Any, padding: str, dilation: Any
) -> tuple[Tensor, tuple[int, ...]]:
    """The input and the padding that the words "same" and "valid" mean. An odd number pads the end by one more."""
    dims = weight.array.ndim - 2
    if padding not in ("same", "valid"):
        raise RuntimeError(f"Invalid padding string: '{padding}'\nUse 'same' or 'valid', or numbers.")
    if padding == "valid":
        return input, (0,) * dims
    if input.array.ndim != dims + 2:
        raise RuntimeError(
            f"Expected {dims + 2}-dimensional input for {dims + 2}-dimensional weight{list(weight.shape)}, but got "
            f"{input.array.ndim}-dimensional input of size {list(input.shape)} instead"
        )
    strides, dilations = expanded(weight, dims, stride=stride, dilation=dilation)
    if max(strides) > 1:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(dilations, weight.array.shape[2:], strict=True)]
    if any(n % 2 for n in total):
        warnings.warn(
            "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the "
            "input be created",
            stacklevel=4,
        )
        ends = tuple(each for n in reversed(total) for each in (0, n % 2))
        input = constant_pad_nd(input, ends, 0)
    return input, tuple(n // 2 for n in total)


def _transposed(name: str, dims: int) -> Callable[..., Tensor]:
    """The transposed convolution of images of so many dimensions."""

    def conv(
        input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Dims = 1, padding: Dims = 0,
        output_padding: Dims = 0, groups: int = 1, dilation: Dims = 1,
    ) -> Tensor:  # fmt: skip
        check_input(name, dims, input, bias)
        if input.array.ndim == dims + 1:
            more = stride, padding, output_padding, groups, dilation
            return conv(input.unsqueeze(0), weight, bias, *more).squeeze(0)
        strides, pads, dilations, ends = expanded(
            weight, dims, stride=stride, padding=padding, dilation=dilation, output_padding=output_padding
        )
        how = Geometry(strides, pads, dilations, groups)
        check_channels(input, weight, bias, how, True, ends)
        size = how.size_of_transpose(input.array.shape[2:], weight.array.shape[2:], ends)
        check_transposed(input, weight, how, ends, size)
        return ops.convolution_transpose(input, weight, bias, size, how)

    doc = f"""The transpose of a convolution: every number of x times the kernels, each added in its place.

    x: (N, C, *n) or (C, *n), w: (C, O/groups, *k), b: (O,) → (N, O, *m) with {dims} dimensions n, k and m:
    m = (n - 1)·stride - 2·padding + dilation·(k - 1) + output_padding + 1.
    Raises RuntimeError for shapes, types or options that do not fit. torch: torch.nn.functional.{name}.
    """
    return tensor_function(named(conv, name, doc))


conv1d, conv2d, conv3d = (_convolution(f"conv{dims}d", dims) for dims in (1, 2, 3))
conv_transpose1d, conv_transpose2d, conv_transpose3d = (
    _transposed(f"conv_transpose{dims}d", dims) for dims in (1, 2, 3)
)
