"""Images from files, as Tensors."""

from __future__ import annotations

import os

import torch
from PIL import Image

from .missing import missing
from .transforms.functional import pil_to_tensor

__all__ = ["read_image"]
__getattr__ = missing(__name__, __all__)


def read_image(path: str | os.PathLike[str]) -> torch.Tensor:
    """The image in a file: uint8 of shape (C, height, width), with as many channels as the file has.

    Pillow decodes it. For a PNG these are torchvision's numbers; a JPEG may differ by a few levels, where Pillow and
    torchvision have other versions of libjpeg.
    """
    with Image.open(path) as image:
        return pil_to_tensor(image)
