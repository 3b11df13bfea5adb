"""Pools, as nn.functional has them.   torch: torch/nn/functional.py

pools.py checks the arguments further, and calls the ops of pool_ops.py.
"""

from __future__ import annotations

from typing import Any

from minigrad.nn.later import pools
from minigrad.nn.later.pools import Pooled, adaptive_avg_pool1d, avg_pool1d, avg_pool2d
from minigrad.tensors.tensor import Tensor

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool1d", "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices", "avg_pool1d", "avg_pool2d", "max_pool1d",
    "max_pool1d_with_indices", "max_pool2d", "max_pool2d_with_indices",
]  # fmt: skip


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | Pooled:
    """The greatest element of each window of (N, C, H, W) or (C, H, W); with return_indices its place, too.

    A size is an int, or one for each axis. The stride is by default the kernel size; the padding counts as -∞. Of equal
    elements the first one is taken. Raises RuntimeError for sizes that make no sense.
    torch: torch.nn.functional.max_pool2d.
    """
    pool: Any = pools.max_pool2d_with_indices if return_indices else pools.max_pool2d
    pooled: Tensor | Pooled = pool(input, kernel_size, stride, padding, dilation, ceil_mode)
    return pooled


def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled:
    """max_pool2d with return_indices=True."""
    return pools.max_pool2d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | Pooled:
    """The greatest element of each window of (N, C, L) or (C, L). See max_pool2d. torch: F.max_pool1d."""
    pool: Any = pools.max_pool1d_with_indices if return_indices else pools.max_pool1d
    pooled: Tensor | Pooled = pool(input, kernel_size, stride, padding, dilation, ceil_mode)
    return pooled


def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled:
    """max_pool1d with return_indices=True."""
    return pools.max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means of output_size windows that cover the image: the i-th of m goes from ⌊i·n/m⌋ to ⌈(i + 1)·n/m⌉.

    A size is an int, or one for each axis; None leaves an axis as it is.
    torch: torch.nn.functional.adaptive_avg_pool2d.
    """
    return pools.adaptive_avg_pool2d(input, _sizes(output_size, input))


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Tensor | Pooled:
    """The maxima of the windows of adaptive_avg_pool2d; with return_indices their places in the image, too."""
    pooled = adaptive_max_pool2d_with_indices(input, output_size)
    return pooled if return_indices else pooled[0]


def adaptive_max_pool2d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Pooled:
    """adaptive_max_pool2d with return_indices=True."""
    return pools.adaptive_max_pool2d(input, _sizes(output_size, input))


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Tensor | Pooled:
    """The maxima of the windows of adaptive_avg_pool1d; with return_indices their places, too."""
    pooled = pools.adaptive_max_pool1d(input, output_size)
    return pooled if return_indices else pooled[0]


def adaptive_max_pool1d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Pooled:
    """adaptive_max_pool1d with return_indices=True."""
    return pools.adaptive_max_pool1d(input, output_size)


def _sizes(output_size: Any, input: Tensor) -> Any:
    """output_size with the input's own sizes in place of None. Raises torch's ValueError for too few dimensions."""
    if hasattr(output_size, "__index__"):
        return output_size
    if len(input.shape) <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    ends = input.shape[-len(output_size) :] if len(output_size) else ()
    return tuple(n if size is None else size for size, n in zip(output_size, ends, strict=True))
