"""The ops of pools, with their rules.   torch: aten/src/ATen/native/*Pool*.cpp

A window has K elements. zᵢ is the greatest or the mean of the i-th window:

    max_pool2d    zᵢ = max xₖ      dx at the place of the maximum gets dzᵢ
    avg_pool2d    zᵢ = Σ xₖ / n    dx at each place of the window gets dzᵢ/n

Where windows overlap, a place gets the sum. No loop runs over windows: one runs over the K offsets in a window, and
takes for each offset the elements of all windows at once, as a view with strides.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from minigrad.arrays import kernels
from minigrad.arrays.kernels import rounded_quotient, sum_of, zeros
from minigrad.arrays.memory import memory_like
from minigrad.autograd.base import Array
from minigrad.autograd.op import differentiable
from minigrad.ops import scatter

Pair = tuple[int, int]


class Windows(NamedTuple):
    """Where the windows of an image lie: along each axis their size, stride, padding, dilation and number."""

    size: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    counts: Pair

    def padded(self, x: Array, value: Any) -> Array:
        """x with this value around it, as far as the windows reach; x itself if they stay inside."""
        spans = [
            (n - 1) * s + (k - 1) * d + 1
            for k, s, d, n in zip(self.size, self.stride, self.dilation, self.counts, strict=True)
        ]
        height, width = x.shape[-2:]
        top, left = self.padding
        if not top and not left and spans[0] <= height and spans[1] <= width:
            return x
        z = np.full_like(x, value, shape=(*x.shape[:-2], *spans))
        inside = x[..., : spans[0] - top, : spans[1] - left]
        z[..., top : top + inside.shape[-2], left : left + inside.shape[-1]] = inside
        return z

    def parts(self, x: Array) -> Iterator[Array]:
        """For each offset in a window the elements that all windows have there, row by row: views of x."""
        for offset in itertools.product(*map(range, self.size)):
            starts = [i * d for i, d in zip(offset, self.dilation, strict=True)]
            yield x[
                ...,
                *(
                    slice(a, a + (n - 1) * s + 1, s)
                    for a, s, n in zip(starts, self.stride, self.counts, strict=True)
                ),
            ]

    def places(self, offset: Array, width: int) -> Array:
        """The place in the image, row by row, of the element with this number in each window."""
        row, column = (
            np.arange(n, like=offset) * s - p
            for n, s, p in zip(self.counts, self.stride, self.padding, strict=True)
        )
        number, in_a_row = np.arange(math.prod(self.size), like=offset), self.size[1]
        steps = number // in_a_row * self.dilation[0] * width + number % in_a_row * self.dilation[1]
        place: Array = steps.take(offset)
        place += row[:, None] * width + column
        return place


# -- the greatest element -----------------------------------------------------------------------------------


@differentiable("MaxPool2DWithIndicesBackward0", x=lambda dz, shape, places: _to_places(dz, shape, places))
def max_pool2d(x: Array, highest: Array, places: Array) -> Array:
    """zᵢ = max xₖ, which is known already        dx at the place of the maximum gets dzᵢ"""
    return highest


def highest(x: Array, windows: Windows, width: int) -> tuple[Array, Array]:
    """The greatest element of each window, and its place: the first of equals, or the last nan. width: the image's."""
    lowest = -math.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    padded = windows.padded(x, lowest)
    parts = list(windows.parts(padded))
    if sum(part.size for part in parts) <= x.size:  # NumPy is faster where the numbers lie side by side
        parts = [part.copy() for part in parts]
    z = np.maximum(parts[0], parts[min(1, len(parts) - 1)], out=memory_like(x, parts[0].shape))
    for part in parts[2:]:
        np.maximum(z, part, out=z)
    inside = []  # of each part which elements are no padding; where there is none, nobody need ask
    if padded is not x:
        inside = list(windows.parts(windows.padded(np.ones_like(x, bool, shape=x.shape[-2:]), False)))
    return z, windows.places(kernels.first_equal(z, parts, inside), width)


@differentiable(x=lambda dz, places: _at_places(dz, places))
def _to_places(x: Array, size: tuple[int, ...], places: Array) -> Array:
    """z at each place of an image is the sum of the xᵢ that go there        dxᵢ = dz at its place"""
    return scatter.forward(x.reshape(-1), (math.prod(size),), (_flat(places, size),)).reshape(size)


@differentiable(x=lambda dz, shape, places: _to_places(dz, shape, places))
def _at_places(x: Array, places: Array) -> Array:
    """zᵢ = x at its place in an image        dx at each place is the sum of the dzᵢ from there"""
    return x.reshape(-1)[_flat(places, x.shape)].reshape(places.shape)


def _flat(places: Array, size: tuple[int, ...]) -> Array:
    """Places in the flattened images, from those in each image."""
    images, pixels = math.prod(size[:-2]), math.prod(size[-2:])
    first = np.arange(images, like=places)[:, None] * pixels
    return (first + places.reshape(images, -1)).reshape(-1)


# -- the mean -----------------------------------------------------------------------------------------------


@differentiable("AvgPool2DBackward0", x=lambda dz, shape, windows, n: _spread(dz, shape, windows, n))
def avg_pool2d(x: Array, windows: Windows, n: Array) -> Array:
    """zᵢ = Σ xₖ / n, over the window        dxₖ = Σ dzᵢ / n, over the windows that show it"""
    first, *others = windows.parts(windows.padded(x, 0))
    z = first.copy()
    for part in others:
        z += part
    return z / n if x.dtype.kind == "f" else rounded_quotient(z, n, "trunc")


def divisors(windows: Windows, image: Pair, padding: bool) -> Array:
    """By how many elements each window is divided: those inside the image, and with `padding` those of the padding."""
    along = []
    for n, k, s, p, count in zip(
        image, windows.size, windows.stride, windows.padding, windows.counts, strict=True
    ):
        start = np.arange(count) * s - p
        end = np.minimum(start + k, n + p)
        along.append(end - start if padding else np.minimum(end, n) - np.maximum(start, 0))
    return along[0][:, None] * along[1]


@differentiable(x=lambda dz, windows, n: avg_pool2d(dz, windows, n))
def _spread(x: Array, size: tuple[int, ...], windows: Windows, n: Array) -> Array:
    """zₖ = Σ xᵢ / n, over the windows that show it        dxᵢ = Σ dzₖ / n, over the window"""
    share = x / n
    (top, left), (height, width) = windows.padding, size[-2:]
    z = windows.padded(zeros(x, size), 0)
    for part in reversed(list(windows.parts(z))):  # a place meets its windows in their order, as in torch
        part += share
    z = z[..., top : top + height, left : left + width]
    missing = [(0, 0)] * (len(size) - 2) + [(0, n - m) for n, m in zip(size[-2:], z.shape[-2:], strict=True)]
    return np.pad(z, missing) if any(map(sum, missing)) else z


@differentiable("AdaptiveAvgPool2DBackward0", x=lambda dz, shape: _adaptive_spread(dz, shape))
def adaptive_avg_pool2d(x: Array, size: Pair) -> Array:
    """zᵢ = Σ xₖ / n, over the window        dxₖ = Σ dzᵢ / n, over the windows that show it"""
    rows, columns = (bins(n, count) for n, count in zip(x.shape[-2:], size, strict=True))
    z = zeros(x, (*x.shape[:-2], *size))
    for i, row in enumerate(rows):
        strip = sum_of(x[..., row, :], (x.ndim - 2,))
        for j, column in enumerate(columns):
            z[..., i, j] = sum_of(strip[..., column], (x.ndim - 2,))
    return z / _lengths(rows, x)[:, None] / _lengths(columns, x)


@differentiable(x=lambda dz, shape: adaptive_avg_pool2d(dz, shape[-2:]))
def _adaptive_spread(x: Array, size: tuple[int, ...]) -> Array:
    """zₖ = Σ xᵢ / n, over the windows that show it        dxᵢ = Σ dzₖ / n, over the window"""
    rows, columns = (bins(n, count) for n, count in zip(size[-2:], x.shape[-2:], strict=True))
    share = x / _lengths(rows, x)[:, None] / _lengths(columns, x)
    z = zeros(x, size)
    for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
        z[..., row, column] += share[..., i : i + 1, j : j + 1]
    return z


def bins(n: int, count: int) -> list[slice]:
    """`count` windows that cover an axis of n elements: the i-th goes from ⌊i·n/count⌋ to ⌈(i + 1)·n/count⌉."""
    return [slice(i * n // count, -(-(i + 1) * n // count)) for i in range(count)]


def _lengths(parts: list[slice], like: Array) -> Array:
    return np.array([part.stop - part.start for part in parts], like.dtype, like=like)


def adaptive_highest(x: Array, size: Pair) -> tuple[Array, Array]:
    """The greatest element of each of `size` windows that cover the image, and its place."""
    rows, columns = (bins(n, count) for n, count in zip(x.shape[-2:], size, strict=True))
    z, places = (np.zeros_like(x, kind, "C", shape=(*x.shape[:-2], *size)) for kind in (x.dtype, np.int64))
    for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
        part, once = x[..., row, column], (1, 1)
        best, place = highest(part, Windows(part.shape[-2:], once, (0, 0), once, once), x.shape[-1])
        z[..., i, j] = best[..., 0, 0]
        places[..., i, j] = place[..., 0, 0] + (row.start * x.shape[-1] + column.start)
    return z, places
