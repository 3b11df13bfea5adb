"""Enlarging of images as a function of tensors.   torch: torch/nn/functional.py, aten/src/ATen/native/UpSample.h"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.nn.later import pad_ops as ops
from minigrad.tensors.tensor import Tensor

__all__ = ["interpolate", "upsample"]

_OPS = {
    word: [ops.in_places.named(f"UpsampleNearest{name}{n}DBackward0") for n in (1, 2, 3)]
    for word, name in (("nearest", ""), ("nearest-exact", "Exact"))
}
LATER = ("linear", "bilinear", "bicubic", "trilinear", "lanczos", "area")


def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """Images of another size: every element of the result is the nearest of x, the one at ⌊i·n/m⌋.

    x: (N, C, *n) with 1 to 3 dimensions n; the result has `size`, or n·scale_factor. mode "nearest-exact" takes the
    element at ⌊(i + ½)·n/m⌋. Raises NotImplementedError for other modes, ValueError for sizes that make no sense.
    torch: torch.nn.functional.interpolate.
    """
    dims = input.ndim - 2
    if align_corners is not None and mode not in LATER[:4]:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    sizes, scales = _sizes(input, size, scale_factor, recompute_scale_factor)
    if mode not in _OPS or not 1 <= dims <= 3:
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for the modes: nearest | "
            f"linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})\n"
            "minigrad has nearest and nearest-exact."
        )
    _check(input, sizes)
    half = 0.5 if mode == "nearest-exact" else 0.0
    each = zip(input.array.shape[2:], sizes, scales, strict=True)
    return _OPS[mode][dims - 1](input, tuple(nearest(n, m, scale, half) for n, m, scale in each))


def upsample(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """interpolate, by its older name. torch: torch.nn.functional.upsample."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def _sizes(
    input: Tensor, size: Any, scale_factor: Any, recompute: bool | None
) -> tuple[list[int], list[Any]]:
    """The size of the result, and the factors that decide which element is the nearest, if they were given."""
    shape = input.array.shape[2:]
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    given = size if size is not None else scale_factor
    if isinstance(given, (tuple, list)) and len(given) != len(shape):
        what, its, letter = ("output", "output size of", "o") if size is not None else (
            "scale_factor", "scale_factor of shape", "s"
        )  # fmt: skip
        sizes = ", ".join(f"{letter}{i}" for i in (1, 2))
        raise ValueError(
            f"Input and {what} must have the same number of spatial dimensions, but got input with spatial dimensions "
            f"of {list(shape)} and {its} {given}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and "
            f"{its.split(' of')[0]} in ({sizes}, ...,{letter}K) format."
        )
    numbers = list(given) if isinstance(given, (tuple, list)) else [given] * len(shape)
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        return [int(n) for n in numbers], [None] * len(shape)
    found = [math.floor(n * float(scale)) for n, scale in zip(shape, numbers, strict=True)]
    return found, [None] * len(shape) if recompute else [float(scale) for scale in numbers]


def nearest(n: int, m: int, scale: float | None, half: float) -> tuple[int, ...]:
    """Which of n elements is the nearest to each of m. torch computes with float32, and so do we."""
    step = np.float32(1.0 / scale) if scale else np.float32(n) / np.float32(m)
    places = np.floor((np.arange(m, dtype=np.float32) + np.float32(half)) * step)
    return tuple(np.minimum(places.astype(np.int64), n - 1).tolist())


def _check(input: Tensor, sizes: list[int]) -> None:
    shape, axes = input.array.shape, "DHW"[-len(sizes) :]
    if min(sizes) <= 0 or 0 in shape[2:]:
        said = (
            ", ".join(f"{axis}: {n}" for axis, n in zip(axes, each, strict=True))
            for each in (shape[2:], sizes)
        )
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({next(said)}) output ({next(said)})"
        )
    if shape[1] == 0:
        raise RuntimeError(
            f"Non-empty {len(shape)}D data tensor expected but got a tensor with sizes {list(shape)}"
        )
    if input.array.dtype.kind != "f" and input.dtype.name != "uint8":
        name = f"upsample_nearest{len(sizes)}d" + ("_channels_last" if len(sizes) > 1 else "")
        raise NotImplementedError(f"\"{name}\" not implemented for '{input.dtype.scalar_name}'")
