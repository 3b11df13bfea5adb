"""Images of another size, as a function of tensors.   torch: torch/nn/functional.py, aten/src/ATen/native/UpSample.h"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.arrays.device import on_device_of
from minigrad.nn.later import pad_ops, upsample_ops
from minigrad.nn.later.pool3d_functions import adaptive_avg_pool3d
from minigrad.nn.later.pool_functions import adaptive_avg_pool1d, adaptive_avg_pool2d
from minigrad.tensors.tensor import Tensor

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]

_NEAREST = {
    word: [pad_ops.in_places.named(f"UpsampleNearest{name}{n}DBackward0") for n in (1, 2, 3)]
    for word, name in (("nearest", ""), ("nearest-exact", "Exact"))
}
_RESAMPLED = {  # mode: how many dimensions an image has, the op
    mode: (n, upsample_ops.resample.named(f"Upsample{mode.capitalize()}{n}DBackward0"))
    for mode, n in (("linear", 1), ("bilinear", 2), ("bicubic", 2), ("trilinear", 3))
}


def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """Images of another size: an element of the result is the nearest of x, or a mean of its neighbours.

    x: (N, C, *n) with 1 to 3 dimensions n; the result has `size` m, or n·scale_factor. Element i lies in x at
    s = (i + ½)·n/m - ½, or with align_corners at i·(n - 1)/(m - 1).
    mode "linear", "bilinear", "trilinear": (1 - λ)·x[⌊s⌋] + λ·x[⌊s⌋ + 1] along each dimension, λ = s - ⌊s⌋.
    "bicubic": four neighbours, weighted by cubic polynomials. "nearest": x[⌊i·n/m⌋]. "nearest-exact": x[⌊(i + ½)·n/m⌋].
    "area": adaptive_avg_pool.
    Raises NotImplementedError for other modes and numbers of dimensions, ValueError for sizes that make no sense.
    torch: torch.nn.functional.interpolate.
    """
    dims = input.ndim - 2
    if align_corners is not None and (mode in _NEAREST or mode == "area"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    sizes, scales = _sizes(
        input, size, scale_factor, recompute_scale_factor or (mode == "area" and size is None)
    )
    if antialias:
        _refuse_antialias(mode, input.ndim)
    if mode == "area" and dims in _AREA:
        return _AREA[dims](input, sizes)
    if mode in _RESAMPLED and 1 <= dims <= 3 and mode != "bicubic" and dims != _RESAMPLED[mode][0]:
        raise NotImplementedError(
            f"Got {input.ndim}D input, but {mode} mode needs {_RESAMPLED[mode][0] + 2}D input"
        )
    if not (1 <= dims <= 3 and (mode in _NEAREST or (mode in _RESAMPLED and dims == _RESAMPLED[mode][0]))):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for the modes: nearest | "
            f"linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})\n"
            "minigrad has no lanczos."
        )
    _check(input, sizes, mode)
    each = list(zip(input.array.shape[2:], sizes, scales, strict=True))
    if mode in _NEAREST:
        half = 0.5 if mode == "nearest-exact" else 0.0
        return _NEAREST[mode][dims - 1](input, tuple(nearest(n, m, scale, half) for n, m, scale in each))
    found = taps(mode, input.array.shape[2:], sizes, bool(align_corners), scales, input.array)
    return _RESAMPLED[mode][1](input, found)


_AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """interpolate with mode "nearest". torch: torch.nn.functional.upsample_nearest."""
    return interpolate(input, size, scale_factor)


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """interpolate with mode "bilinear" and align_corners. torch: torch.nn.functional.upsample_bilinear."""
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


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


def taps(mode: str, shape: Any, sizes: Any, align_corners: bool, scales: Any, like: Any) -> upsample_ops.Taps:
    """The neighbours of each element of the result along each axis, and their weights, arrays like `like`."""
    each = zip(shape, sizes, scales or [None] * len(sizes), strict=True)
    found = (taps_of(mode, n, m, scale, align_corners, like.dtype) for n, m, scale in each)
    return tuple(tuple((p, on_device_of(w, like)) for p, w in axis) for axis in found)


def taps_of(
    mode: str, n: int, m: int, scale: float | None, align_corners: bool, dtype: Any
) -> list[tuple[tuple[int, ...], np.ndarray]]:
    """The neighbours among n elements of each of m, and their weights. Halves are computed in float32, as in torch."""
    real = np.float32 if dtype == np.float16 else np.dtype(dtype).type
    i, step = np.arange(m, dtype=real), step_of(n, m, scale, align_corners, real)
    s = i * step if align_corners else (i + real(0.5)) * step - real(0.5)
    if mode != "bicubic":
        s = i if n == m else np.maximum(s, 0)
    low = np.minimum(np.floor(s), n - 1)
    weights = cubic(s - low) if mode == "bicubic" else [1 - (s - low), s - low]
    first = -1 if mode == "bicubic" else 0
    places = low.astype(np.int64)
    return [
        (tuple(np.clip(places + t, 0, n - 1).tolist()), w.astype(dtype)) for t, w in enumerate(weights, first)
    ]


def step_of(n: int, m: int, scale: float | None, align_corners: bool, real: Any) -> Any:
    """How far apart two neighbours of the result lie in x."""
    if align_corners:
        return real(n - 1) / real(m - 1) if m > 1 else real(0)
    return real(1.0 / scale) if scale else real(n) / real(m)


def cubic(t: np.ndarray) -> list[np.ndarray]:
    """The weights of the four neighbours of a place t between the second and the third: Keys' kernel with a = -¾."""
    a = -0.75
    near: Any = lambda x: ((a + 2) * x - (a + 3)) * x * x + 1
    far: Any = lambda x: ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _refuse_antialias(mode: str, ndim: int) -> None:
    if mode not in ("bilinear", "bicubic", "lanczos") or ndim != 4:
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    raise NotImplementedError(
        "antialias=True is not implemented\nTo make images smaller, mode='area' takes means."
    )


def _check(input: Tensor, sizes: list[int], mode: str) -> None:
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
    if input.array.dtype.kind != "f" and not (mode in _NEAREST and input.dtype.name == "uint8"):
        kernel, dims = mode.removesuffix("-exact"), len(sizes)
        if dims == 2 and kernel != "bicubic":
            name = f"upsample_{kernel}2d_channels_last"
        else:
            name = "compute_indices_weights_" + kernel.removeprefix("tri").removeprefix("bi")
        raise NotImplementedError(f"\"{name}\" not implemented for '{input.dtype.scalar_name}'")
