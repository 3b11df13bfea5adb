"""Padding and enlarging of images, forward and rules.   torch: aten/src/ATen/native/PadNd.cpp, UpSampleNearest2d.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from minigrad.arrays import row_major
from minigrad.arrays.kernels import zeros
from minigrad.autograd.base import Array
from minigrad.autograd.op import differentiable

Sizes = tuple[int, ...]


@differentiable(x=lambda dz, pad: constant_pad_nd(dz, tuple(-n for n in pad), 0))
def constant_pad_nd(x: Array, pad: Sizes, value: Any) -> Array:
    """z = x, value elsewhere        dx = dz there

    pad has two numbers, before and after, for the last axis, and so on; a negative one cuts.
    """
    pairs = [(0, 0)] * (x.ndim - len(pad) // 2) + list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    z = zeros(x, tuple(n + a + b for n, (a, b) in zip(x.shape, pairs, strict=True)))
    if value != 0:
        z.fill(value)
    inside = tuple(slice(max(a, 0), n - max(b, 0)) for n, (a, b) in zip(z.shape, pairs, strict=True))
    shown = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, pairs, strict=True))
    z[inside] = x[shown]
    return z


@differentiable("ReflectionPad1DBackward0", x=lambda dz, shape, places: add_in_places(dz, shape, places))
def in_places(x: Array, places: tuple[Sizes, ...]) -> Array:
    """z[i, j] = x[p[i], q[j]]        dx[k, l] = Σ dz[i, j], p[i] = k, q[j] = l"""
    for axis, p in enumerate(places, x.ndim - len(places)):
        x = np.take(x, p, axis)
    return row_major(x)


@differentiable("IndexAddBackward0", x=lambda dz, places: in_places(dz, places))
def add_in_places(x: Array, size: Sizes, places: tuple[Sizes, ...]) -> Array:
    """z[k, l] = Σ x[i, j], p[i] = k, q[j] = l        dx[i, j] = dz[p[i], q[j]]"""
    for axis, p in enumerate(places, x.ndim - len(places)):
        before = (slice(None),) * axis
        z = zeros(x, (*x.shape[:axis], size[axis], *x.shape[axis + 1 :]))
        for take, put in rounds(p):  # no place occurs twice in a round
            z[(*before, put)] += x[(*before, take)]
        x = z
    return x


def rounds(places: Sizes) -> Iterator[tuple[list[int], list[int]]]:
    """Where the places occur for the first time, and these places; then for the second time, and so on."""
    count: Counter[int] = Counter()
    found: list[tuple[list[int], list[int]]] = []
    for i, place in enumerate(places):
        if count[place] == len(found):
            found.append(([], []))
        take, put = found[count[place]]
        take.append(i)
        put.append(place)
        count[place] += 1
    return iter(found)
