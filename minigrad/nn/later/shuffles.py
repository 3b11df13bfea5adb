"""Channels turned into pixels, and channels in another order.   torch: aten/src/ATen/native/PixelShuffle.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from minigrad.nn.later import shuffle_ops as ops
from minigrad.tensors.arguments import tensor_function
from minigrad.tensors.tensor import Tensor

__all__ = ["channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]


def _check_pixels(name: str, input: Tensor, factor: str, r: int) -> None:
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    if r <= 0:
        raise RuntimeError(f"{name} expects a positive {factor}, but got {r}")


@tensor_function
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(..., C·r², H, W) as (..., C, H·r, W·r): r² channels become the pixels of a square.

    Raises RuntimeError for a number of channels that r² does not divide. torch: torch.nn.functional.pixel_shuffle.
    """
    _check_pixels("pixel_shuffle", input, "upscale_factor", upscale_factor)
    if input.shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={input.shape[-3]} is not divisible by {upscale_factor**2}"
        )
    return ops.pixel_shuffle(input, upscale_factor)


@tensor_function
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(..., C, H·r, W·r) as (..., C·r², H, W): pixel_shuffle backwards. torch: torch.nn.functional.pixel_unshuffle.

    Raises RuntimeError for a height or width that r does not divide.
    """
    _check_pixels("pixel_unshuffle", input, "downscale_factor", downscale_factor)
    for name, dim in (("height", -2), ("width", -1)):
        if input.shape[dim] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({dim})={input.shape[dim]} is not divisible by {downscale_factor}"
            )
    return ops.pixel_unshuffle(input, downscale_factor)


@tensor_function
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels (N, C, ...) of g groups, one of each group in turn. torch: torch.nn.functional.channel_shuffle.

    Raises RuntimeError for a number of channels that g does not divide.
    """
    if input.ndim < 3:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}"
        )
    if groups <= 0:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups}"
        )
    if input.shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {input.shape[1]} channels and {groups} groups."
        )
    return ops.channel_shuffle(input, groups)
