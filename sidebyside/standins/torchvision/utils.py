"""Many images as one, and as a file: make_grid, save_image.   torchvision/utils.py"""

from __future__ import annotations

from typing import Any

import torch
from PIL import Image

from .missing import missing

__all__ = ["make_grid", "save_image"]
__getattr__ = missing(__name__, __all__)


@torch.no_grad()
def make_grid(
    tensor: torch.Tensor | list[torch.Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> torch.Tensor:
    """Images (B, C, height, width), or a list of images, as one image (C, rows, columns), nrow to a row.

    Grey images get three channels; one image alone is returned without a frame. With normalize, value_range becomes
    0..1, or the lowest and the highest number do: of all images, or with scale_each of each image.

    Raises TypeError for anything but Tensors and for a value_range that is not a tuple, ValueError for Tensors of other
    dimensions.
    """
    batch = _batch(tensor)
    if normalize:
        if value_range is not None and not isinstance(value_range, tuple):
            raise TypeError("value_range has to be a tuple (min, max) if specified. min and max are numbers")
        batch = batch.clone()
        for each in batch if scale_each else [batch]:
            low, high = value_range or (float(each.min()), float(each.max()))
            each.clamp_(min=low, max=high).sub_(low).div_(max(high - low, 1e-5))
    count, channels, height, width = batch.shape
    if count == 1:
        return batch.squeeze(0)
    columns = min(nrow, count)
    rows = -(-count // columns)
    down, right = height + padding, width + padding
    grid = torch.full(
        (channels, down * rows + padding, right * columns + padding),
        pad_value,
        dtype=batch.dtype,
        device=batch.device,
    )
    for i in range(count):
        top, left = i // columns * down + padding, i % columns * right + padding
        grid[:, top : top + height, left : left + width] = batch[i]
    return grid


def _batch(tensor: Any) -> torch.Tensor:
    """The images as (B, C, height, width), grey ones with three channels."""
    if isinstance(tensor, list):
        for each in tensor:
            if not torch.is_tensor(each):
                raise TypeError(f"tensor or list of tensors expected, got a list containing {type(each)}")
        tensor = torch.stack(tensor, dim=0)
    elif not torch.is_tensor(tensor):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    if tensor.dim() == 2:
        tensor = tensor.unsqueeze(0)
    if tensor.dim() == 3:
        tensor = tensor.unsqueeze(0)
    if tensor.dim() != 4:
        raise ValueError(f"images have 2 dimensions, 3 with channels, 4 as a batch, not {tensor.dim()}")
    return torch.cat((tensor, tensor, tensor), 1) if tensor.size(1) == 1 else tensor


@torch.no_grad()
def save_image(
    tensor: torch.Tensor | list[torch.Tensor], fp: Any, format: str | None = None, **options: Any
) -> None:
    """Write images with numbers in 0..1 to a file, side by side as make_grid puts them; it takes the options.

    format: a name that Pillow knows, if the file's name does not tell.
    """
    grid = make_grid(tensor, **options)
    levels = grid.mul(255).add_(0.5).clamp_(0, 255).permute(1, 2, 0).to(torch.uint8)
    Image.fromarray(levels.cpu().numpy()).save(fp, format=format)
