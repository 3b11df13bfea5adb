"""What the transforms compute.   torchvision/transforms/functional.py"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np
import torch
from PIL import Image

from ..missing import missing

__all__ = ["InterpolationMode", "normalize", "pil_to_tensor", "resize", "to_tensor"]
__getattr__ = missing(__name__, __all__)

# What an image is read as, by its mode; every other mode as bytes.
DTYPES = {"I": np.int32, "I;16" if sys.byteorder == "little" else "I;16B": np.int16, "F": np.float32}


class InterpolationMode(Enum):
    """How a pixel is made of its neighbours."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


RESAMPLING = {
    InterpolationMode.NEAREST: Image.Resampling.NEAREST,
    InterpolationMode.BILINEAR: Image.Resampling.BILINEAR,
    InterpolationMode.BICUBIC: Image.Resampling.BICUBIC,
    InterpolationMode.BOX: Image.Resampling.BOX,
    InterpolationMode.HAMMING: Image.Resampling.HAMMING,
    InterpolationMode.LANCZOS: Image.Resampling.LANCZOS,
}
MODES = {int(resampling): mode for mode, resampling in RESAMPLING.items()}
RESAMPLING[InterpolationMode.NEAREST_EXACT] = Image.Resampling.NEAREST


def to_tensor(pic: Any) -> torch.Tensor:
    """A PIL image or an array (height, width[, C]) as a Tensor (C, height, width).

    Bytes become floats of the default dtype, divided by 255; other numbers stay as they are.
    Raises TypeError for anything else, ValueError for an array of other dimensions.
    """
    if not isinstance(pic, (Image.Image, np.ndarray)):
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    if isinstance(pic, Image.Image):
        img = _channels_first(pic, np.array(pic, DTYPES.get(pic.mode, np.uint8)))
        img = 255 * img if pic.mode == "1" else img
    elif pic.ndim in (2, 3):
        img = torch.from_numpy(np.atleast_3d(pic).transpose((2, 0, 1))).contiguous()
    else:
        raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
    return img.to(dtype=torch.get_default_dtype()).div(255) if img.dtype == torch.uint8 else img


def pil_to_tensor(pic: Any) -> torch.Tensor:
    """A PIL image as a Tensor (C, height, width) of the same numbers. TypeError for anything else."""
    if not isinstance(pic, Image.Image):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    return _channels_first(pic, np.array(pic))


def _channels_first(pic: Image.Image, array: np.ndarray) -> torch.Tensor:
    img = torch.from_numpy(array).view(pic.height, pic.width, len(pic.getbands()))
    return img.permute((2, 0, 1)).contiguous()


def normalize(tensor: Any, mean: Any, std: Any, inplace: bool = False) -> torch.Tensor:
    """(x − mean) / std in each channel of a Tensor (..., C, height, width); in place if `inplace`.

    Raises TypeError if it is no Tensor of floats, ValueError if it has fewer dimensions or a std is zero.
    """
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    if not tensor.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.ndim < 3:
        raise ValueError(
            f"Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = {tensor.size()}"
        )
    mean, std = (torch.as_tensor(each, dtype=tensor.dtype, device=tensor.device) for each in (mean, std))
    if (std == 0).any():
        raise ValueError(
            f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero."
        )
    mean, std = (each.view(-1, 1, 1) if each.ndim == 1 else each for each in (mean, std))
    return (tensor if inplace else tensor.clone()).sub_(mean).div_(std)


def resize(
    img: Any,
    size: int | Sequence[int],
    interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """A PIL image in another size, by Pillow's resampling.

    size: (height, width), or the length of its shorter side; the longer one then keeps the proportion, rounded down,
        and is at most max_size.

    Raises NotImplementedError for a Tensor, TypeError for anything else, ValueError for sizes that make no sense.
    """
    resampling = RESAMPLING[interpolation_mode(interpolation)]
    if isinstance(img, torch.Tensor):
        raise NotImplementedError(
            "Resize takes PIL images alone: minigrad has no torch.nn.functional.interpolate.\n"
            "Put Resize before ToTensor."
        )
    if not isinstance(img, Image.Image):
        raise TypeError(f"Unexpected type {type(img)}")
    height, width = _new_size(img, [size] if isinstance(size, int) else list(size), max_size)
    if (height, width) == (img.height, img.width):
        return img
    if antialias is False:
        warnings.warn(
            "Anti-alias option is always applied for PIL Image input. Argument antialias is ignored.",
            stacklevel=2,
        )
    return img.resize((width, height), resampling)


def interpolation_mode(mode: InterpolationMode | int) -> InterpolationMode:
    """The mode, or the one of Pillow's number. Raises TypeError for anything else."""
    if isinstance(mode, int) and int(mode) in MODES:
        return MODES[int(mode)]
    if not isinstance(mode, InterpolationMode):
        raise TypeError(
            "Argument interpolation should be a InterpolationMode or a corresponding Pillow integer constant"
        )
    return mode


def _new_size(img: Image.Image, size: list[int], max_size: int | None) -> tuple[int, int]:
    """The height and width of the resized image."""
    if len(size) not in (1, 2):
        raise ValueError(
            f"Size must be an int or a 1 or 2 element tuple/list, not a {len(size)} element tuple/list"
        )
    if len(size) == 2:
        if max_size is not None:
            raise ValueError(
                "max_size should only be passed if size specifies the length of the smaller edge, "
                "i.e. size should be an int or a sequence of length 1 in torchscript mode."
            )
        return size[0], size[1]
    wide = img.width > img.height
    short, long = (img.height, img.width) if wide else (img.width, img.height)
    new_short, new_long = size[0], int(size[0] * long / short)
    if max_size is not None:
        if max_size <= size[0]:
            raise ValueError(
                f"max_size = {max_size} must be strictly greater than the requested "
                f"size for the smaller edge size = {size}"
            )
        if new_long > max_size:
            new_short, new_long = int(max_size * new_short / new_long), max_size
    return (new_short, new_long) if wide else (new_long, new_short)
