"""What a convolution refuses, in torch's words and order.   torch: aten/src/ATen/native/Convolution.cpp"""

from __future__ import annotations

import math
from typing import Any

from minigrad.arrays.dtypes import C_NAMES
from minigrad.nn.later.patches import Geometry
from minigrad.nn.later.windows import Sizes
from minigrad.tensors.tensor import Tensor


def check_input(name: str, dims: int, input: Tensor, bias: Tensor | None) -> None:
    """Raise RuntimeError unless the input is an image of so many dimensions, or a batch of them, of the bias's type."""
    if input.array.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.shape)}"
        )
    if bias is not None and bias.array.dtype != input.array.dtype and "transpose" not in name:
        raise RuntimeError(
            f"Input type ({C_NAMES[input.dtype]}) and bias type ({C_NAMES[bias.dtype]}) should be the same"
        )


def expanded(weight: Tensor, dims: int, **options: Any) -> list[Sizes]:
    """Each option as one number for each dimension of the kernel."""
    wanted, found = weight.array.ndim - 2, []
    if wanted < 1:
        raise RuntimeError("weight should have at least three dimensions")
    for name, value in options.items():
        numbers = tuple(map(int, value)) if isinstance(value, (tuple, list)) else (int(value),) * dims
        if len(numbers) not in (1, wanted):
            raise RuntimeError(
                f"expected {name} to be a single integer value or a list of {wanted} values to match the convolution "
                f"dimensions, but got {name}={list(numbers)}"
            )
        found.append(numbers * wanted if len(numbers) == 1 else numbers)
    return found


def check_channels(
    input: Tensor, weight: Tensor, bias: Tensor | None, how: Geometry, transposed: bool, ends: Sizes = ()
) -> None:
    """Raise RuntimeError for numbers that are too small, and for channels and types that do not fit."""
    x, w, groups = input.array.shape, weight.array.shape, how.groups
    for wrong, message in (
        (groups <= 0, "non-positive groups is not supported"),
        (min(how.padding) < 0, "negative padding is not supported"),
        (min(ends, default=0) < 0, "negative output_padding is not supported"),
        (min(how.stride) <= 0, "non-positive stride is not supported"),
        (min(how.dilation) < 0, "dilation should be greater than zero"),
    ):
        if wrong:
            raise RuntimeError(message)
    if w[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{list(w)} instead"
        )
    if w[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{list(w)}] instead"
        )
    channels, outputs = (w[0], w[1] * groups) if transposed else (w[1] * groups, w[0])
    given = "transposed=1" if transposed else f"groups={groups}"
    if x[1] != channels:
        raise RuntimeError(
            f"Given {given}, weight of size {list(w)}, expected input{list(x)} to have {channels} channels, but got "
            f"{x[1]} channels instead"
        )
    if bias is not None and bias.array.shape != (outputs,):
        raise RuntimeError(
            f"Given {'transposed=1, ' if transposed else ''}weight of size {list(w)}, expected bias to be "
            f"1-dimensional with {outputs} elements, but got bias of size {list(bias.shape)} instead"
        )


def check_fits(input: Tensor, weight: Tensor, how: Geometry) -> None:
    """Raise RuntimeError for a kernel that is larger than the padded image, of no size, or of another type."""
    kernel = tuple(d * (k - 1) + 1 for d, k in zip(how.dilation, weight.array.shape[2:], strict=True))
    padded = tuple(n + 2 * p for n, p in zip(input.array.shape[2:], how.padding, strict=True))
    if any(k > n for k, n in zip(kernel, padded, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({_times(padded)}). Kernel size: ({_times(kernel)}). Kernel "
            "size can't be greater than actual input size"
        )
    _check_empty(input)
    if min(weight.array.shape[2:]) <= 0:
        raise RuntimeError(
            f"kernel size should be greater than zero, but got {_each('kernel', weight.array.shape[2:])}"
        )
    if min(how.dilation) <= 0:
        raise RuntimeError(f"dilation should be greater than zero, but got {list(how.dilation)}")
    wide = max(weight.array.shape[2:]) > 1
    name = "slow_conv2d_cpu" if len(how.stride) < 3 else "compute_columns3d" if wide else "slow_conv3d_cpu"
    _check_types(input, weight, name if max(how.dilation) == 1 else "slow_conv_dilated<>")


def check_transposed(input: Tensor, weight: Tensor, how: Geometry, ends: Sizes, size: Sizes) -> None:
    """Raise RuntimeError for what a transposed convolution refuses besides."""
    _check_empty(input)
    if min(how.dilation) <= 0:
        raise RuntimeError(
            f"dilation should be greater than zero, but got {_each('dilation', how.dilation, ', ')}"
        )
    if any(e >= s and e >= d for e, s, d in zip(ends, how.stride, how.dilation, strict=True)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got {_each('output_padding', ends)} "
            f"{_each('stride', how.stride)} {_each('dilation', how.dilation)}"
        )
    if min(size) < 1:
        raise RuntimeError(
            f"Given input size per channel: ({_times(input.array.shape[2:])}). Calculated output size per channel: "
            f"({_times(size)}). Output size is too small"
        )
    _check_types(input, weight, f"slow_conv_transpose{max(2, len(size))}d_out_cpu")


def _check_empty(input: Tensor) -> None:
    if not math.prod(input.array.shape[2:]):
        raise RuntimeError(
            f"Only zero batch or zero channel inputs are supported, but got input shape: {list(input.shape)}"
        )


def _check_types(input: Tensor, weight: Tensor, kernel: str) -> None:
    if input.array.dtype != weight.array.dtype:
        raise RuntimeError(
            f"expected scalar type {input.dtype.scalar_name} but found {weight.dtype.scalar_name}\n"
            "Give the input and the weights one type, with .to(dtype)."
        )
    kinds = "biu" if "transpose" in kernel else "b"  # int64 is taken by both
    if input.array.dtype.kind in kinds and input.dtype.name != "int64":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.scalar_name}'")


def _times(sizes: Sizes) -> str:
    return " x ".join(map(str, sizes))


def _each(name: str, numbers: Sizes, between: str = " ") -> str:
    """The numbers with torch's names of the dimensions. A line is an image of height 1, which is not padded."""
    if len(numbers) == 1:
        numbers = (0 if "padding" in name else 1, *numbers)
    axes = ("depth", "height", "width")[-len(numbers) :]
    return between.join(f"{name}_{axis}: {n}" for axis, n in zip(axes, numbers, strict=True))
