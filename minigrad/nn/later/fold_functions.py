"""The patches of images as a matrix, and back, as functions of tensors.   torch: aten/src/ATen/native/Im2Col.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

from minigrad.nn.later import conv_ops as ops
from minigrad.nn.later.patches import Geometry
from minigrad.nn.later.windows import Sizes
from minigrad.tensors.arguments import Dims, tensor_function
from minigrad.tensors.tensor import Tensor

__all__ = ["fold", "unfold"]


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The patches of images as columns: (N, C, H, W) → (N, C·kH·kW, L), one for each of the L places of a kernel.

    Raises RuntimeError for options that make no sense, or if no kernel fits. torch: torch.nn.functional.unfold.
    """
    return im2col(input, kernel_size, dilation, padding, stride)


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Columns as patches, each added to its place: (N, C·kH·kW, L) → (N, C, H, W), (H, W) the output_size.

    Raises RuntimeError for options that make no sense, or that do not fit the input. torch: torch.nn.functional.fold.
    """
    return col2im(input, output_size, kernel_size, dilation, padding, stride)


@tensor_function
def im2col(input: Tensor, kernel_size: Dims, dilation: Dims, padding: Dims, stride: Dims) -> Tensor:
    """unfold, by the name that torch's error messages have."""
    kernel, how = _options(kernel_size, dilation, padding, stride)
    shape = input.array.shape
    if len(shape) not in (3, 4) or 0 in shape[len(shape) - 3 :]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(shape)}"
        )
    if len(shape) == 3:
        return im2col(input.unsqueeze(0), kernel_size, dilation, padding, stride).squeeze(0)
    places = how.size_of_convolution(shape[2:], kernel)
    if min(places) < 1:
        raise RuntimeError(
            f"Given input with spatial size {shape[2:]}, {_said(kernel, how, False)}, calculated shape of the array of "
            f"sliding blocks as {places}, but its components must be at least one."
        )
    _check_type("im2col", input)
    return ops.im2col(input, kernel, how)


@tensor_function
def col2im(
    input: Tensor, output_size: Dims, kernel_size: Dims, dilation: Dims, padding: Dims, stride: Dims
) -> Tensor:
    """fold, by the name that torch's error messages have."""
    size = _pair("output_size", output_size)
    kernel, how = _options(kernel_size, dilation, padding, stride)
    shape = input.array.shape
    if len(shape) not in (2, 3) or 0 in shape[len(shape) - 2 :]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(shape)}"
        )
    if shape[-2] % math.prod(kernel):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)="
            f"{shape[-2]} and kernel_size={kernel}."
        )
    if len(shape) == 2:
        return col2im(input.unsqueeze(0), output_size, kernel_size, dilation, padding, stride).squeeze(0)
    places = how.size_of_convolution(size, kernel)
    if shape[2] != math.prod(places) or min(places) < 1:
        raise RuntimeError(
            f"Given output_size={size}, {_said(kernel, how, True)}, expected size of input's dimension 2 to match the "
            f"calculated number of sliding blocks {places[0]} * {places[1]} = {math.prod(places)}, but got "
            f"input.size(2)={shape[2]}."
        )
    _check_type("col2im", input)
    return ops.col2im(input, size, kernel, how)


def _pair(name: str, given: Any) -> Sizes:
    numbers = tuple(map(int, given)) if isinstance(given, (tuple, list)) else (int(given),)
    if len(numbers) not in (1, 2):
        raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(numbers)}")
    return numbers if len(numbers) == 2 else numbers * 2


def _options(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Sizes, Geometry]:
    """The kernel, and how it moves. Raises torch's RuntimeError for numbers that are too small."""
    kernel, moves = _pair("kernel_size", kernel_size), _pair("dilation", dilation)
    pads, strides = _pair("padding", padding), _pair("stride", stride)
    for numbers, least, what, name in (
        (kernel, 1, "kernel size", "kernel"), (moves, 1, "dilation", "dilation"), (pads, 0, "padding", "pad"),
        (strides, 1, "stride", "stride"),
    ):  # fmt: skip
        if min(numbers) < least:
            must = "greater than zero" if least else "non-negative"
            raise RuntimeError(
                f"{what} should be {must}, but got {name}_height: {numbers[0]} {name}_width: {numbers[1]}"
            )
    return kernel, Geometry(strides, pads, moves)


def _said(kernel: Sizes, how: Geometry, stride: bool) -> str:
    said = f"kernel_size={kernel}, dilation={how.dilation}, padding={how.padding}"
    return f"{said}, stride={how.stride}" if stride else said


def _check_type(kernel: str, input: Tensor) -> None:
    if input.array.dtype.kind in "iu":
        raise NotImplementedError(f"\"{kernel}_out_cpu\" not implemented for '{input.dtype.scalar_name}'")
