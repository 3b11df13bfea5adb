"""Channels turned into pixels, and channels in another order.   torch: torch/nn/modules/pixelshuffle.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn import functional as F
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor

__all__ = ["ChannelShuffle", "PixelShuffle", "PixelUnshuffle", "Unflatten"]


class PixelShuffle(Module):
    """(..., C·r², H, W) as (..., C, H·r, W·r). torch: torch.nn.PixelShuffle."""

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """functional.pixel_shuffle"""
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """(..., C, H·r, W·r) as (..., C·r², H, W). torch: torch.nn.PixelUnshuffle."""

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """functional.pixel_unshuffle"""
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels of g groups, one of each group in turn. torch: torch.nn.ChannelShuffle."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """functional.channel_shuffle"""
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"groups={self.groups}"


class Unflatten(Module):
    """Splits one dimension into several. Raises TypeError for sizes that are no ints. torch: torch.nn.Unflatten."""

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        if not isinstance(unflattened_size, (tuple, list)):
            kind = type(unflattened_size).__name__
            raise TypeError(f"unflattened_size must be a tuple of ints, but found type {kind}")
        for i, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    "unflattened_size must be tuple of ints, but found element of type "
                    f"{type(size).__name__} at pos {i}"
                )
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        """input.unflatten(dim, unflattened_size)"""
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
