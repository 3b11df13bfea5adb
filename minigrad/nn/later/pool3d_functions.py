"""Pools of volumes, (N, C, D, H, W) or (C, D, H, W).   torch: torch/nn/functional.py

The greatest element, or the sum, of a box is found in its planes first, then along the depth: pools of images, then of
rows.
"""

from __future__ import annotations

import math
from typing import Any

from minigrad.nn.later import pool_functions as planes
from minigrad.nn.later.pools import Pooled, check_axis, count
from minigrad.tensors.functions import refuse
from minigrad.tensors.tensor import Tensor

__all__ = [
    "adaptive_avg_pool3d", "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices", "avg_pool3d", "max_pool3d",
    "max_pool3d_with_indices",
]  # fmt: skip


def max_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | Pooled:  # fmt: skip
    """The greatest element of each window; with return_indices its place in the volume, too. See max_pool2d.

    torch: torch.nn.functional.max_pool3d.
    """
    pooled = max_pool3d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
    return pooled if return_indices else pooled[0]


def max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled:  # fmt: skip
    """max_pool3d with return_indices=True."""
    name = "max_pool3d"
    size = three(name, "kernel_size", kernel_size, "either be a single int, or")
    step = stride_or(name, stride, size, "either ")
    pad = three(name, "padding", padding, "either be a single int, or")
    spread = three(name, "dilation", dilation, "be either a single int, or")
    _check_windows(input, "max_pool3d_with_indices_out_cpu_template", size, step, pad, spread, ceil_mode)
    refuse(name, "b", input)
    return _greatest(
        input,
        lambda x: planes.max_pool2d_with_indices(x, size[1:], step[1:], pad[1:], spread[1:], ceil_mode),
        lambda x: planes.max_pool1d_with_indices(x, size[0], step[0], pad[0], spread[0], ceil_mode),
    )


def avg_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window. See avg_pool2d. torch: torch.nn.functional.avg_pool3d."""
    name = "avg_pool3d"
    size = three(name, "kernel_size", kernel_size, "be a single int, or")
    step = stride_or(name, stride, size, "")
    pad = three(name, "padding", padding, "be a single int, or")
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    _check_windows(input, name, size, step, pad, (1, 1, 1), ceil_mode)
    if input.dtype.name != "int64":
        refuse("avg_pool3d_out_frame", "iub", input)
    sums = divisor_override and 1
    return _mean(
        input,
        lambda x: planes.avg_pool2d(x, size[1:], step[1:], pad[1:], ceil_mode, count_include_pad, sums),
        lambda x: planes.avg_pool2d(
            x.unsqueeze(-2),
            (1, size[0]),
            (1, step[0]),
            (0, pad[0]),
            ceil_mode,
            count_include_pad,
            divisor_override,
        ).squeeze(-2),
    )


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The means of output_size windows that cover the volume. See adaptive_avg_pool2d.

    torch: torch.nn.functional.adaptive_avg_pool3d.
    """
    size = _adaptive_size(input, output_size)
    if len(size) != 3:
        raise RuntimeError("adaptive_avg_pool3d: output_size must be 3")
    if min(size) < 0:
        raise RuntimeError(
            "adaptive_avg_pool3d: elements of output_size must be greater than or equal to 0 but received "
            f"{{{size[0]}, {size[1]},{size[2]}}}"
        )
    if size == (1, 1, 1):
        return input.mean((-1, -2, -3), keepdim=True)
    _check_adaptive("adaptive_avg_pool3d", input, "")
    refuse("adaptive_avg_pool3d_cpu", "iub", input)
    if 0 in size:
        return input.new_empty((*input.shape[:-3], *size))
    return _mean(
        input,
        lambda x: planes.adaptive_avg_pool2d(x, size[1:]),
        lambda x: planes.adaptive_avg_pool1d(x, size[0]),
    )


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Tensor | Pooled:
    """The maxima of the windows of adaptive_avg_pool3d; with return_indices their places in the volume, too."""
    pooled = adaptive_max_pool3d_with_indices(input, output_size)
    return pooled if return_indices else pooled[0]


def adaptive_max_pool3d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Pooled:
    """adaptive_max_pool3d with return_indices=True."""
    size = _adaptive_size(input, output_size)
    if len(size) != 3:
        raise RuntimeError("adaptive_max_pool3d(): internal error: output_size.size() must be 3")
    _check_adaptive("adaptive_max_pool3d", input, ":")
    if min(size) < 0:
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(size)}: {[*input.shape[:-3], *size]}"
        )
    refuse("adaptive_max_pool3d_cpu", "iub", input)
    if 0 in size:
        nothing = input.new_empty((*input.shape[:-3], *size))
        return nothing, nothing.long()
    return _greatest(
        input,
        lambda x: planes.adaptive_max_pool2d_with_indices(x, size[1:]),
        lambda x: planes.adaptive_max_pool1d_with_indices(x, size[0]),
    )


# -- planes, then rows along the depth ------------------------------------------------------------------------


def _mean(input: Tensor, in_planes: Any, along_depth: Any) -> Tensor:
    z = in_planes(_planes(input))
    return _volume(input, along_depth(_rows(input, z)), z)


def _greatest(input: Tensor, in_planes: Any, along_depth: Any) -> Pooled:
    """The maxima, and their places in the volume: their depth, and their place in the plane there."""
    z, places = in_planes(_planes(input))
    greatest, depth = along_depth(_rows(input, z))
    area = input.shape[-2] * input.shape[-1]
    found = depth * area + _rows(input, places).gather(2, depth)
    return _volume(input, greatest, z), _volume(input, found, z)


def _planes(input: Tensor) -> Tensor:
    """(N, C, D, H, W) → (N·C·D, H, W)"""
    return input.reshape(math.prod(input.shape[:-2]), *input.shape[-2:])


def _rows(input: Tensor, z: Tensor) -> Tensor:
    """(N·C·D, H', W') → (N·C, H'·W', D)"""
    height, width = z.shape[-2:]
    return z.reshape(math.prod(input.shape[:-3]), input.shape[-3], height * width).transpose(1, 2)


def _volume(input: Tensor, rows: Tensor, z: Tensor) -> Tensor:
    """(N·C, H'·W', D') → (N, C, D', H', W')"""
    return rows.transpose(1, 2).reshape(*input.shape[:-3], rows.shape[-1], *z.shape[-2:])


# -- arguments ----------------------------------------------------------------------------------------------


def stride_or(function: str, stride: Any, size: tuple[int, ...], either: str) -> tuple[int, ...]:
    """The stride, which is by default the kernel size."""
    if stride is None or (not hasattr(stride, "__index__") and not len(stride)):
        return size
    return three(function, "stride", stride, f"{either}be omitted, a single int, or")


def three(function: str, name: str, value: Any, must: str) -> tuple[int, ...]:
    """A size for each axis. Raises torch's RuntimeError for another number of them."""
    values = (value,) * 3 if hasattr(value, "__index__") else tuple(value)
    values = values * 3 if len(values) == 1 else values
    if len(values) != 3:
        raise RuntimeError(f"{function}: {name} must {must} a tuple of three ints")
    return tuple(map(int, values))


def _adaptive_size(input: Tensor, output_size: Any) -> tuple[int, ...]:
    if hasattr(output_size, "__index__"):
        return (int(output_size),) * 3
    if len(input.shape) <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    ends = input.shape[-len(output_size) :] if len(output_size) else ()
    return tuple(int(n if m is None else m) for m, n in zip(output_size, ends, strict=True))


def _check_adaptive(name: str, input: Tensor, colon: str) -> None:
    shape = list(input.shape)
    if input.ndim not in (4, 5):
        raise RuntimeError(f"{name}(): Expected 4D or 5D tensor, but got{colon} {shape}")
    for i in range(1, input.ndim):
        if shape[i] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {shape} "
                f"with dimension {i} being empty"
            )


def _check_windows(
    input: Tensor, name: str, size: Any, step: Any, pad: Any, spread: Any, ceil_mode: bool
) -> None:
    """Raise torch's RuntimeErrors for sizes that make no sense."""
    average = name == "avg_pool3d"
    if input.ndim not in (4, 5):
        raise RuntimeError(
            "non-empty 4D or 5D (batch mode) tensor expected for input\n(N, C, D, H, W) or (C, D, H, W)"
        )
    for word, numbers, letter in (
        ("kernel size", size, "k"),
        ("stride", step, "d"),
        ("dilation", spread, "dilation"),
    ):
        if min(numbers) <= 0 and not (word == "stride" and 0 in numbers):
            told = " ".join(f"{letter}{axis}: {n}" for axis, n in zip("THW", numbers, strict=True))
            raise RuntimeError(f"{word} should be greater than zero, but got {told}")
    shape = list(input.shape)
    counts = []
    for n, k, s, p, d in zip(shape[-3:], size, step, pad, spread, strict=True):
        check_axis(k, s, p, d)
        counts.append(count(n, k, s, p, d, ceil_mode))
    if 0 in shape[-4:]:
        raise RuntimeError(
            f"{name}(): Expected input's non-batch dimensions to have positive length, but input has a shape of "
            f"{shape} and non-batch dimension 0 has length zero!"
        )
    if min(counts) >= 1:
        return
    if average:
        (t, h, w), (kt, kh, kw) = shape[-3:], size
        raise RuntimeError(
            f"input image (T: {t} H: {h} W: {w}) smaller than kernel size (kT: {kt} kH: {kh} kW: {kw})"
        )
    given, found = ("x".join(map(str, (shape[-4], *each))) for each in (shape[-3:], counts))
    raise RuntimeError(
        f"Given input size: ({given}). Calculated output size: ({found}). Output size is too small"
        "\nThe window is larger than the volume with its padding."
    )
