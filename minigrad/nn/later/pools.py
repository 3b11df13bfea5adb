"""Pools, as torch has them at the top or in its C++.   torch: aten/src/ATen/native/Pool.h, Pooling.cpp

They check their arguments, find the windows and call the ops of pool_ops.py. A pool of one dimension is one of images
that are one pixel high.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.arrays.device import as_array
from minigrad.autograd.base import wrap
from minigrad.autograd.grad_mode import THREAD
from minigrad.nn.later import pool_ops as ops
from minigrad.nn.later.pool_ops import Windows
from minigrad.tensors.arguments import Dims, tensor_function
from minigrad.tensors.functions import refuse
from minigrad.tensors.tensor import Tensor

__all__ = ["adaptive_avg_pool1d", "adaptive_max_pool1d", "avg_pool1d", "max_pool1d", "max_pool2d"]

Pooled = tuple[Tensor, Tensor]

adaptive_max = ops.max_pool2d.named("AdaptiveMaxPool2DBackward0")


# -- the greatest element -----------------------------------------------------------------------------------


@tensor_function
def max_pool2d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = (),
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """max_pool2d of nn.functional, without indices."""
    return _max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)[0]


@tensor_function
def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = (),
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
) -> tuple[Tensor, Tensor]:
    """max_pool2d of nn.functional, and the places of the maxima."""
    return _max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)


def _max_pool2d(
    input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[Tensor, Tensor]:
    name = "max_pool2d"
    size, step, pad = three(name, kernel_size, stride, padding)
    spread = _pair(name, "dilation", dilation, "be either a single int, or")
    if input.ndim not in (3, 4):
        raise RuntimeError(
            "non-empty 3D or 4D (batch mode) tensor expected for input\n(N, C, H, W) or (C, H, W)"
        )
    windows = _windows(input, size, step, pad, spread, ceil_mode)
    refuse(name, "b", input)
    z, places = THREAD.state.without_warnings(ops.highest, input.array, windows, input.shape[-1])
    return ops.max_pool2d(input, z, places), wrap(places)


@tensor_function
def max_pool1d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = (),
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """max_pool1d of nn.functional, without indices."""
    _check_max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)
    if not input.requires_grad:
        refuse("max_pool1d_impl", "iub", input)
    return _max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)[0]


@tensor_function
def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = (),
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
) -> tuple[Tensor, Tensor]:
    """max_pool1d of nn.functional, and the places of the maxima."""
    _check_range("max_pool1d_with_indices", input)
    return _max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)


def _max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[Tensor, Tensor]:
    name = "max_pool1d"
    size = _single(name, "kernel_size", kernel_size)
    step = _single(name, "stride", stride) if _given(stride) else size
    pad, spread = _single(name, "padding", padding), _single(name, "dilation", dilation)
    z, places = _max_pool2d(input.unsqueeze(-2), (1, size), (1, step), (0, pad), (1, spread), ceil_mode)
    return z.squeeze(-2), places.squeeze(-2)


def _check_max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> None:
    """Raise torch's errors of the kernel without indices, which are not those of the kernel with indices."""
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:"
            f"{list(input.shape)}"
        )
    given = {"kernel_size": kernel_size, "padding": padding, "dilation": dilation, "stride": stride}
    numbers: dict[str, int] = {}
    for name, value in given.items():
        values = [value] if isinstance(value, int) else list(value or ())
        if len(values) > 1 or (not values and name != "stride"):
            raise RuntimeError(
                f"max_pool1d() {name} must be an int, list of ints or tuple of ints of size 1 but got size "
                f"{len(values)}"
            )
        numbers[name] = values[0] if values else numbers["kernel_size"]
    size, pad, spread, step = numbers.values()
    for name in ("kernel_size", "stride", "padding", "dilation"):
        if numbers[name] < (name != "padding"):
            must = "non-negative" if name == "padding" else "greater than zero"
            raise RuntimeError(f"max_pool1d() {name} must be {must}, but got {numbers[name]}")
        if name == "padding" and pad > size // 2:
            raise RuntimeError(
                f"max_pool1d() padding should be at most half of kernel size, but got padding={pad} and "
                f"kernel_size={size}"
            )
    found = count(input.shape[-1], size, step, pad, spread, ceil_mode)
    if found <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {found}")


# -- the mean -----------------------------------------------------------------------------------------------


@tensor_function
def avg_pool2d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of (N, C, H, W) or (C, H, W). torch: torch.nn.functional.avg_pool2d.

    Zeros of the padding count, unless count_include_pad is False; divisor_override is divided by instead of the count.
    Raises RuntimeError for sizes that make no sense, NotImplementedError for integers other than int64.
    """
    size, step, pad = three("avg_pool2d", kernel_size, stride, padding)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if input.ndim < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, {input.ndim - 1}], but got -3)"
        )
    windows = _windows(input, size, step, pad, (1, 1), ceil_mode)
    if input.array.dtype != np.int64:
        refuse("avg_pool2d", "iub", input)
    divisor = divisor_override or ops.divisors(windows, input.shape[-2:], count_include_pad)
    return ops.avg_pool2d(input, windows, as_array(np.asarray(divisor, input.array.dtype, like=input.array)))


@tensor_function
def avg_pool1d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = (),
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of (N, C, L) or (C, L). torch: torch.nn.functional.avg_pool1d. See avg_pool2d."""
    name = "avg_pool1d"
    _check_range(name, input)
    size = _single(name, "kernel_size", kernel_size)
    step = _single(name, "stride", stride) if _given(stride) else size
    pad = _single(name, "padding", padding)
    image = input.unsqueeze(-2)
    return avg_pool2d(image, (1, size), (1, step), (0, pad), ceil_mode, count_include_pad).squeeze(-2)


# -- a given number of windows ------------------------------------------------------------------------------


@tensor_function
def adaptive_avg_pool2d(input: Tensor, output_size: Dims) -> Tensor:
    """The means of output_size windows that cover the image: the i-th of m from ⌊i·n/m⌋ to ⌈(i + 1)·n/m⌉."""
    size = _sizes(output_size)
    if len(size) != 2:
        raise RuntimeError("adaptive_avg_pool2d: output_size must be 2")
    if min(size) < 0:
        raise RuntimeError(
            "adaptive_avg_pool2d: elements of output_size must be greater than or equal to 0 but received "
            f"{{{size[0]}, {size[1]}}}"
        )
    if size == (1, 1):
        return input.mean((-1, -2), keepdim=True)
    _check_adaptive("adaptive_avg_pool2d", input, "")
    refuse("adaptive_avg_pool2d", "iub", input)
    return ops.adaptive_avg_pool2d(input, size)


@tensor_function
def adaptive_avg_pool1d(input: Tensor, output_size: Dims) -> Tensor:
    """The means of output_size windows that cover each row of (N, C, L) or (C, L).

    The i-th of m goes from ⌊i·n/m⌋ to ⌈(i + 1)·n/m⌉. torch: torch.nn.functional.adaptive_avg_pool1d.
    """
    _check_range("adaptive_avg_pool1d", input)
    size = _single("adaptive_avg_pool1d", "output_size", output_size)
    return adaptive_avg_pool2d(input.unsqueeze(-2), (1, size)).squeeze(-2)


@tensor_function
def adaptive_max_pool2d(input: Tensor, output_size: Dims) -> tuple[Tensor, Tensor]:
    """The maxima of output_size windows that cover the image, and their places."""
    size = _sizes(output_size)
    if len(size) != 2:
        raise RuntimeError("adaptive_max_pool2d(): internal error: output_size.size() must be 2")
    _check_adaptive("adaptive_max_pool2d", input, ":")
    if min(size) < 0:
        shape = [*input.shape[:-2], *size]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {shape}")
    refuse("adaptive_max_pool2d", "iub", input)
    z, places = THREAD.state.without_warnings(ops.adaptive_highest, input.array, size)
    return adaptive_max(input, z, places), wrap(places)


@tensor_function
def adaptive_max_pool1d(input: Tensor, output_size: Dims) -> tuple[Tensor, Tensor]:
    """The maxima of output_size windows that cover each row of (N, C, L) or (C, L), and their places."""
    _check_range("adaptive_max_pool1d", input)
    size = _single("adaptive_max_pool1d", "output_size", output_size)
    z, places = adaptive_max_pool2d(input.unsqueeze(-2), (1, size))
    return z.squeeze(-2), places.squeeze(-2)


# -- arguments ----------------------------------------------------------------------------------------------


def _sizes(value: Any) -> tuple[int, ...]:
    return (int(value),) * 2 if hasattr(value, "__index__") else tuple(map(int, value))


def _single(function: str, name: str, value: Any) -> int:
    """The one int of an argument. Raises torch's RuntimeError for several."""
    values = [value] if hasattr(value, "__index__") else list(value)
    if len(values) != 1:
        raise RuntimeError(f"{function}() argument '{name}' should contain one int (got {len(values)})")
    return int(values[0])


def three(function: str, kernel_size: Any, stride: Any, padding: Any) -> tuple[ops.Pair, ops.Pair, ops.Pair]:
    """Kernel size, stride and padding as pairs. The stride is by default the kernel size."""
    size = _pair(function, "kernel_size", kernel_size, "either be a single int, or")
    step = (
        _pair(function, "stride", stride, "either be omitted, a single int, or") if _given(stride) else size
    )
    return size, step, _pair(function, "padding", padding, "either be a single int, or")


def _given(stride: Any) -> bool:
    return stride is not None and (hasattr(stride, "__index__") or len(stride) > 0)


def _pair(function: str, name: str, value: Any, must: str) -> ops.Pair:
    values = _sizes(value)
    values = values * 2 if len(values) == 1 else values
    if len(values) != 2:
        raise RuntimeError(f"{function}: {name} must {must} a tuple of two ints")
    return values[0], values[1]


def _check_range(name: str, input: Tensor) -> None:
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 'self' "
            f"(while checking arguments for {name})"
        )


def _check_adaptive(name: str, input: Tensor, colon: str) -> None:
    shape = list(input.shape)
    if input.ndim not in (3, 4):
        raise RuntimeError(f"{name}(): Expected 3D or 4D tensor, but got{colon} {shape}")
    for i in range(1 - len(shape), 0) if input.ndim == 4 else range(-2, 0):
        if shape[i] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {shape} "
                f"with dimension {len(shape) + i} being empty"
            )


def _windows(
    input: Tensor, size: ops.Pair, stride: ops.Pair, padding: ops.Pair, dilation: ops.Pair, ceil_mode: bool
) -> Windows:
    """The windows of an image. Raises torch's RuntimeErrors for sizes that make no sense."""
    shape, image = list(input.shape), input.shape[-2:]
    axes = list(zip(image, size, stride, padding, dilation, strict=True))
    for axis in axes:
        check_axis(*axis[1:])
    for word, (h, w), names in (
        ("kernel size", size, ("kH", "kW")),
        ("stride", stride, ("dH", "dW")),
        ("dilation", dilation, ("dilationH", "dilationW")),
    ):
        if h <= 0 or w <= 0:
            raise RuntimeError(f"{word} should be greater than zero, but got {names[0]}: {h} {names[1]}: {w}")
    if 0 in shape[1:]:
        raise RuntimeError(
            f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{shape}"
        )
    if any(p > k // 2 for _, k, _, p, _ in axes):
        raise RuntimeError(
            "pad should be smaller than or equal to half of kernel size, but got "
            f"padW = {padding[1]}, padH = {padding[0]}, kW = {size[1]}, kH = {size[0]}"
        )
    counts = [count(*axis, ceil_mode) for axis in axes]
    if min(counts) < 1:
        given, found = ("x".join(map(str, (shape[-3], *each))) for each in (image, counts))
        raise RuntimeError(
            f"Given input size: ({given}). Calculated output size: ({found}). Output size is too small"
            "\nThe window is larger than the image with its padding."
        )
    return Windows(size, stride, padding, dilation, (counts[0], counts[1]))


def check_axis(size: int, stride: int, padding: int, dilation: int) -> None:
    """Raise torch's RuntimeErrors for a stride or a padding that makes no sense along an axis."""
    if stride == 0:
        raise RuntimeError("stride should not be zero")
    if padding < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {padding}")
    if padding > ((size - 1) * dilation + 1) // 2:
        raise RuntimeError(
            f"pad should be at most half of effective kernel size, but got pad={padding}, kernel_size={size} and "
            f"dilation={dilation}"
        )


def count(n: int, size: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """How many windows lie along an axis: ⌊(n + 2·padding - dilation·(size - 1) - 1)/stride⌋ + 1, or ⌈…⌉.

    A window that would begin beyond the image and its padding on the left does not count.
    """
    room = n + 2 * padding - dilation * (size - 1) - 1
    found = -(-room // stride) + 1 if ceil_mode else room // stride + 1
    return found - 1 if ceil_mode and (found - 1) * stride >= n + padding else found
