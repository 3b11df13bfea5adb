"""From an image to a Tensor that a network takes: Compose, ToTensor, Normalize, Resize, Lambda; crops and flips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from ..missing import missing
from . import functional
from .crops import CenterCrop, Pad, RandomCrop, RandomHorizontalFlip, RandomResizedCrop
from .functional import InterpolationMode

__all__ = [
    "CenterCrop", "Compose", "InterpolationMode", "Lambda", "Normalize", "PILToTensor", "Pad", "RandomCrop",
    "RandomHorizontalFlip", "RandomResizedCrop", "Resize", "ToTensor", "functional",
]  # fmt: skip
__getattr__ = missing(__name__, __all__)


class Compose:
    """One transform after the other."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        """The image after all of them."""
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        lines = [f"    {transform}" for transform in self.transforms]
        return "\n".join((f"{type(self).__name__}(", *lines, ")"))


class ToTensor:
    """A PIL image or an array (height, width, C) of uint8 to a Tensor (C, height, width) of floats in 0..1."""

    def __call__(self, pic: Any) -> torch.Tensor:
        """The image as a Tensor."""
        return functional.to_tensor(pic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PILToTensor:
    """A PIL image to a Tensor (C, height, width) of the same numbers."""

    def __call__(self, pic: Any) -> torch.Tensor:
        """The image as a Tensor."""
        return functional.pil_to_tensor(pic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Lambda:
    """A function of the program's own as a transform. TypeError if it cannot be called."""

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        """What the function returns."""
        return self.lambd(img)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Normalize(torch.nn.Module):
    """(x − mean) / std in each channel of a Tensor (..., C, height, width); in place if `inplace`."""

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor: torch.Tensor) -> torch.Tensor:
        """x → (x − mean) / std"""
        return functional.normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mean={self.mean}, std={self.std})"


class Resize(torch.nn.Module):
    """A PIL image in another size: (height, width), or the length of its shorter side."""

    def __init__(
        self,
        size: int | Sequence[int],
        interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        if not isinstance(size, (int, Sequence)):
            raise TypeError(f"Size should be int or sequence. Got {type(size)}")
        if isinstance(size, Sequence) and len(size) not in (1, 2):
            raise ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size, self.max_size, self.antialias = size, max_size, antialias
        self.interpolation = functional.interpolation_mode(interpolation)

    def forward(self, img: Any) -> Any:
        """The image in the new size."""
        return functional.resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(size={self.size}, interpolation={self.interpolation.value}, "
            f"max_size={self.max_size}, antialias={self.antialias})"
        )
