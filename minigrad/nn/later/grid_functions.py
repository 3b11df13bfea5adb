"""Images read at any points: grid_sample, and the grids of affine maps.   torch: aten/src/ATen/native/GridSampler.h

A point between pixels has the mean of those around it, weighted by how near they are. So each pixel around it is
gathered, times its weight: the gradients of the image and of the points follow from those of gather and of products.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np

from minigrad.arrays.dtypes import C_NAMES
from minigrad.autograd.base import wrap
from minigrad.tensors.arguments import Tensor, tensor_function
from minigrad.tensors.creation import zeros
from minigrad.tensors.functions import refuse, where
from minigrad.tensors.indexing import gather
from minigrad.tensors.products import matmul

__all__ = ["affine_grid", "grid_sample"]

_CHANGED = (
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
    "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details."
)


# -- grids ----------------------------------------------------------------------------------------------------


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """The points (x, y) that affine maps give the pixels of an output of this size: (N, 2, 3) → (N, H, W, 2).

    theta   the maps: a matrix and a shift, of coordinates that go from -1 to 1. (N, 3, 4) → (N, D, H, W, 3) of volumes
    align_corners   whether ±1 are the centers of the outermost pixels, or else their edges, as by default
    Raises ValueError for another shape or an empty size. torch: torch.nn.functional.affine_grid.
    """
    if align_corners is None:
        warnings.warn(_CHANGED, stacklevel=2)
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    if len(size) not in (4, 5):
        raise NotImplementedError(
            f"affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
            f"{size}."
        )
    n = len(size) - 2
    if theta.ndim != 3 or theta.shape[1:] != (n, n + 1):
        raise ValueError(
            f"Expected a batch of {n}D affine matrices of shape Nx{n}x{n + 1} for size {size}. Got {theta.shape}."
        )
    if align_corners and min(size[2:]) == 1:
        warnings.warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This "
            "is not an intended use case of affine_grid. See the documentation of affine_grid for details.",
            stacklevel=2,
        )
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    kind = theta.array.dtype
    lines = [_from_minus_1_to_1(steps, bool(align_corners), kind) for steps in size[2:]]
    points = np.stack([*reversed(np.meshgrid(*lines, indexing="ij")), np.ones(size[2:], kind)], -1)
    if theta.shape[0] != size[0]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{size[0]}, {n + 1}] but got: "
            f"[{theta.shape[0]}, {n + 1}].\nThe size has as many images as there are maps."
        )
    flat = wrap(points.reshape(1, -1, n + 1)).expand(size[0], -1, n + 1)
    return matmul(flat, theta.mT).reshape(size[0], *size[2:], n)


def _from_minus_1_to_1(steps: int, align_corners: bool, kind: Any) -> Any:
    """The centers of so many pixels between -1 and 1."""
    if steps == 1:
        return np.zeros(1, kind)
    line = np.linspace(-1, 1, steps, dtype=kind)
    return line if align_corners else line * kind.type((steps - 1) / steps)


# -- samples --------------------------------------------------------------------------------------------------


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The input at the points of a grid: (N, C, H, W) and (N, h, w, 2) → (N, C, h, w); volumes likewise.

    grid           points (x, y) whose coordinates are -1 and 1 at the edges of the input
    mode           "bilinear": between the nearest pixels; "nearest"; "bicubic": between 16 pixels, of images alone
    padding_mode   what is outside: "zeros"; "border": the nearest pixel; "reflection": the input, reflected
    align_corners  whether ±1 are the centers of the outermost pixels, or else their edges, as by default
    Raises ValueError for another mode, RuntimeError for shapes that do not fit. torch: torch.nn.functional.grid_sample.
    """
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    if align_corners is None:
        warnings.warn(_CHANGED, stacklevel=2)
    return grid_sampler(input, grid, mode, padding_mode, bool(align_corners))


@tensor_function
def grid_sampler(input: Tensor, grid: Tensor, mode: str, padding_mode: str, align_corners: bool) -> Tensor:
    """grid_sample, by the name that torch's error messages have."""
    _check(input, grid, mode)
    sizes = input.shape[2:]
    # the grid's last coordinate is that of the input's first dim
    places = [_place(grid[..., i], n, align_corners) for i, n in enumerate(reversed(sizes))][::-1]
    bounded = [_bounded(x, n, padding_mode, align_corners) for x, n in zip(places, sizes, strict=True)]
    flat = input.reshape(*input.shape[:2], -1)
    z = zeros(*input.shape[:2], *grid.shape[1:-1], dtype=input.dtype, device=input.device)
    choices = _POINTS[mode](places if mode == "bicubic" else bounded)
    for combination in itertools.product(*choices):
        points = [point for point, _ in combination]
        if mode == "bicubic":
            points = [_bounded(x, n, padding_mode, align_corners) for x, n in zip(points, sizes, strict=True)]
        value = _pixels(flat, points, sizes, grid.shape[1:-1])
        for _, weight in combination:
            value = value * weight.unsqueeze(1)
        z = z + value
    return z


def _place(x: Any, n: int, align_corners: bool) -> Any:
    """A coordinate between -1 and 1 as one that counts pixels from 0."""
    return (x + 1) * ((n - 1) / 2) if align_corners else ((x + 1) * n - 1) * 0.5


def _bounded(x: Any, n: int, padding_mode: str, align_corners: bool) -> Any:
    """A coordinate, brought into the input unless what is outside is 0. At the border it has no gradient."""
    if padding_mode == "zeros":
        return x
    if padding_mode == "reflection":
        x = _reflected(x, 0.0, n - 1.0) if align_corners else _reflected(x, -0.5, n - 0.5)
    return where(x > 0, where(x < n - 1, x, float(n - 1)), 0.0)


def _reflected(x: Any, low: float, high: float) -> Any:
    """A coordinate, reflected at both ends until it lies between them."""
    span = high - low
    if not span:
        return x * 0
    distance = where(x < low, low - x, x - low)
    flips = (distance.detach() / span).floor()
    rest = distance - flips * span
    return where(flips % 2 == 0, rest + low, high - rest)


def _nearest(places: list[Any]) -> list[list[tuple[Any, Any]]]:
    """For each coordinate the nearest pixel, of two the even one. Its weight is 1: the gradient of the point is 0."""
    return [[(x.detach().round(), where(x.detach() != x.detach(), x, 1.0))] for x in places]


def _linear(places: list[Any]) -> list[list[tuple[Any, Any]]]:
    """For each coordinate the two pixels beside it, and their weights."""
    choices = []
    for x in places:
        low = x.detach().floor()
        choices.append([(low, 1 - (x - low)), (low + 1, x - low)])
    return choices


def _cubic(places: list[Any]) -> list[list[tuple[Any, Any]]]:
    """For each coordinate four pixels, and their weights: Keys' cubic with the parameter -3/4."""
    choices = []
    for x in places:
        low = x.detach().floor()
        t = x - low
        choices.append([(low + i, _keys(abs(t - i), abs(i - 0.5) < 1)) for i in (-1, 0, 1, 2)])
    return choices


def _keys(d: Any, near: bool, a: float = -0.75) -> Any:
    if near:
        return ((a + 2) * d - (a + 3)) * d * d + 1
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a


_POINTS = {"nearest": _nearest, "bilinear": _linear, "bicubic": _cubic}


def _pixels(flat: Any, points: list[Any], sizes: Any, shape: Any) -> Any:
    """The pixels at these whole coordinates, 0 outside: (N, C, h, w)."""
    inside: Any = None
    index = np.zeros((flat.shape[0], *shape), np.int64)
    for point, n in zip(points, sizes, strict=True):
        there = point.detach().array
        held = (there >= 0) & (there <= n - 1)
        inside = held if inside is None else inside & held
        index = index * n + np.where(held, there, 0).astype(np.int64)
    key = np.broadcast_to(
        index.reshape(len(index), 1, -1), (*flat.shape[:2], index[0].size if len(index) else 0)
    )
    value = gather(flat, 2, wrap(np.ascontiguousarray(key))).reshape(*flat.shape[:2], *shape)
    return where(wrap(inside[:, None]), value, 0.0)


def _check(input: Any, grid: Any, mode: str) -> None:
    shapes = f"got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input.shape[:1] != grid.shape[:1]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, but {shapes}")
    if grid.ndim < 1 or grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but got grid with sizes "
            f"{list(grid.shape)}"
        )
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        raise RuntimeError(
            f"grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but {shapes}"
        )
    for i, n in enumerate(input.shape[2:], 2):
        if not n:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                f"{list(input.shape)} with dimension {i} being empty"
            )
    if mode == "bicubic" and input.ndim == 5:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    refuse(f"grid_sampler_{input.ndim - 2}d_cpu_kernel_impl", "biu", input)
    if input.dtype != grid.dtype:
        kinds = [C_NAMES[each.dtype].title() for each in (input, grid)]
        raise RuntimeError(f"expected scalar type {kinds[0]} but found {kinds[1]}")
