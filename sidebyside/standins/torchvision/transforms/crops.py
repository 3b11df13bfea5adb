"""Images cut, padded and mirrored, at random or not: PIL images and Tensors (..., height, width).

The same random numbers are drawn in the same order as by torchvision.   torchvision/transforms/transforms.py
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image, ImageOps

from . import functional
from .functional import InterpolationMode


def _size(img: Any) -> tuple[int, int]:
    """Height and width. TypeError for anything but images."""
    if isinstance(img, Image.Image):
        return img.height, img.width
    if isinstance(img, torch.Tensor):
        return img.shape[-2], img.shape[-1]
    raise TypeError(f"Unexpected type {type(img)}")


def _pair(size: int | Sequence[int]) -> tuple[int, int]:
    """(size, size) for one number; a pair as it is. ValueError for more."""
    numbers = (size,) if isinstance(size, int) else tuple(size)
    if len(numbers) not in (1, 2):
        raise ValueError("Please provide only two dimensions (h, w) for size.")
    return numbers[0], numbers[-1]


def pad(img: Any, padding: int | Sequence[int], fill: Any = 0) -> Any:
    """A frame of `fill`. padding: all sides, (left and right, top and bottom), or (left, top, right, bottom)."""
    numbers = (padding,) if isinstance(padding, int) else tuple(padding)
    if len(numbers) not in (1, 2, 4):
        raise ValueError(
            f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(numbers)} element tuple"
        )
    left, top, right, bottom = (numbers * 4)[:4]
    _size(img)
    if isinstance(img, Image.Image):
        several = isinstance(fill, int | float) and len(img.getbands()) > 1
        color = (int(fill),) * len(img.getbands()) if several else fill
        return ImageOps.expand(img, (left, top, right, bottom), color)
    return torch.nn.functional.pad(img, (left, right, top, bottom), value=fill)


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """The part that begins at (top, left)."""
    if isinstance(img, Image.Image):
        return img.crop((left, top, left + width, top + height))
    return img[..., top : top + height, left : left + width]


def hflip(img: Any) -> Any:
    """The image, left for right."""
    _size(img)
    return img.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if isinstance(img, Image.Image) else img.flip(-1)


def center_crop(img: Any, output_size: int | Sequence[int]) -> Any:
    """The middle of an image; black is put around one that is smaller."""
    th, tw = _pair(output_size)
    h, w = _size(img)
    if th > h or tw > w:
        more_h, more_w = max(th - h, 0), max(tw - w, 0)
        img = pad(img, (more_w // 2, more_h // 2, (more_w + 1) // 2, (more_h + 1) // 2))
        h, w = _size(img)
    return crop(img, round((h - th) / 2), round((w - tw) / 2), th, tw)


class Pad(torch.nn.Module):
    """A frame of `fill` around an image."""

    def __init__(self, padding: int | Sequence[int], fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        if padding_mode != "constant":
            raise NotImplementedError("The torchvision that stands in here pads with a constant alone.")
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def forward(self, img: Any) -> Any:
        """The image in its frame."""
        return pad(img, self.padding, self.fill)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode})"


class CenterCrop(torch.nn.Module):
    """The middle of an image, of size (height, width) or size × size."""

    def __init__(self, size: int | Sequence[int]) -> None:
        super().__init__()
        self.size = _pair(size)

    def forward(self, img: Any) -> Any:
        """The middle."""
        return center_crop(img, self.size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size})"


class RandomCrop(torch.nn.Module):
    """A part of this size from anywhere in the image, which is padded first if asked."""

    def __init__(
        self, size: int | Sequence[int], padding: int | Sequence[int] | None = None, *, fill: Any = 0
    ) -> None:
        super().__init__()
        self.size, self.padding, self.fill = _pair(size), padding, fill

    def forward(self, img: Any) -> Any:
        """The part. ValueError if the image is smaller."""
        if self.padding is not None:
            img = pad(img, self.padding, self.fill)
        (h, w), (th, tw) = _size(img), self.size
        if h < th or w < tw:
            raise ValueError(f"Required crop size {(th, tw)} is larger than input image size {(h, w)}")
        if (h, w) == (th, tw):
            return img
        i = int(torch.randint(0, h - th + 1, size=(1,)).item())
        j = int(torch.randint(0, w - tw + 1, size=(1,)).item())
        return crop(img, i, j, th, tw)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size}, padding={self.padding})"


class RandomHorizontalFlip(torch.nn.Module):
    """The image left for right, with probability p."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, mirrored or not."""
        return hflip(img) if torch.rand(1) < self.p else img

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomResizedCrop(torch.nn.Module):
    """A part of a PIL image with a share `scale` of its area and a `ratio` of width to height, brought to this size."""

    def __init__(
        self,
        size: int | Sequence[int],
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size, self.scale, self.ratio, self.antialias = _pair(size), scale, ratio, antialias
        self.interpolation = functional.interpolation_mode(interpolation)

    def forward(self, img: Any) -> Any:
        """The part in its new size."""
        part = crop(img, *self.get_params(img, self.scale, self.ratio))
        return functional.resize(part, self.size, self.interpolation, antialias=self.antialias)

    @staticmethod
    def get_params(img: Any, scale: Sequence[float], ratio: Sequence[float]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a part: the first of ten that lies inside, or else the middle."""
        height, width = _size(img)
        low, high = torch.log(torch.tensor(ratio)).tolist()
        for _ in range(10):
            area = height * width * torch.empty(1).uniform_(*scale).item()
            aspect = torch.exp(torch.empty(1).uniform_(low, high)).item()
            w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 0 < w <= width and 0 < h <= height:
                i = int(torch.randint(0, height - h + 1, size=(1,)).item())
                j = int(torch.randint(0, width - w + 1, size=(1,)).item())
                return i, j, h, w
        whole = min(max(width / height, min(ratio)), max(ratio))  # the ratio that comes nearest
        w, h = min(width, round(height * whole)), min(height, round(width / whole))
        return (height - h) // 2, (width - w) // 2, h, w

    def __repr__(self) -> str:
        ratio = tuple(round(each, 4) for each in self.ratio)
        scale = tuple(round(each, 4) for each in self.scale)
        return (
            f"{type(self).__name__}(size={self.size}, scale={scale}, ratio={ratio}, "
            f"interpolation={self.interpolation.value}, antialias={self.antialias})"
        )
