"""The patches of images as the columns of a matrix, and back.

    columns(x)      each column is a patch: what the kernel sees in one place of x
    fold(p)         the other way: every patch is added to its place, as a gradient is

A convolution is a product with these columns: conv_ops.py. The products want long rows in memory. If the rows of the
result are short, the images go last: numbers of all images in one place lie side by side, and a batch is one image
with one more axis, along which the kernel has size 1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from minigrad.arrays.kernels import zeros
from minigrad.autograd.base import Array
from minigrad.nn.windows import Sizes, output_size, windows

SHORT = 16  # so many numbers in a row are copied about as fast as they are found


class Geometry(NamedTuple):
    """How a kernel moves over an image: numbers for each axis of the image, and the number of groups of channels."""

    stride: Sizes
    padding: Sizes
    dilation: Sizes
    groups: int = 1

    def size_of_convolution(self, size: Sizes, kernel: Sizes) -> Sizes:
        """How many places a kernel has in images of this size."""
        padded = tuple(n + 2 * p for n, p in zip(size, self.padding, strict=True))
        return output_size(padded, kernel, self.stride, self.dilation)

    def size_of_transpose(self, size: Sizes, kernel: Sizes, ends: Sizes) -> Sizes:
        """The size of the smallest images in which a kernel has so many places, and `ends` more."""
        each = zip(size, kernel, self.stride, self.padding, self.dilation, ends, strict=True)
        return tuple((n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, k, s, p, d, e in each)


class Patches:
    """The patches of a batch of images x: (N, C, *size), one for each place of z: (N, O, *places)."""

    def __init__(self, x: Sizes, kernel: Sizes, z: Sizes, how: Geometry) -> None:
        self.images_last = x[0] > 1 and (z[-1] < SHORT or z[1] > math.prod(z[2:]))
        self.batch, self.channels, self.groups = x[0], x[1], how.groups
        self.size, self.kernel, self.places = x[2:], kernel, z[2:]
        self.stride, self.padding, self.dilation = how[:3]
        if self.images_last:
            self.batch, self.size, self.places = 1, (*self.size, x[0]), (*self.places, x[0])
            self.kernel, self.padding = (*kernel, 1), (*self.padding, 0)
            self.stride, self.dilation = (*self.stride, 1), (*self.dilation, 1)
        self.padded = tuple(n + 2 * p for n, p in zip(self.size, self.padding, strict=True))
        self.inside = (..., *(slice(p, p + n) for p, n in zip(self.padding, self.size, strict=True)))

    def columns(self, x: Array) -> Array:
        """(N, C, *size) → (N, groups, C/groups·kernel, places)"""
        x = self.laid(x)
        if self.padded != self.size:
            x, image = zeros(x, (self.batch, self.channels, *self.padded)), x
            x[self.inside] = image
        p = windows(x, self.kernel, self.stride, self.dilation)
        if p.shape[2 : 2 + len(self.places)] != self.places:  # a transposed convolution with output_padding
            p = p[(slice(None), slice(None), *map(slice, self.places))]
        axes, n = range(2, p.ndim), len(self.places)
        return self._grouped(p.transpose(0, 1, *axes[n:], *axes[:n]), self.channels * math.prod(self.kernel))

    def fold(self, p: Array) -> Array:
        """(N, groups, C/groups·kernel, places) → (N, C, *size): the sum of the patches, each in its place."""
        p = p.reshape(self.batch, self.channels, *self.kernel, *self.places)
        x = zeros(p, (self.batch, self.channels, *self.padded))
        every = (slice(None), slice(None))
        for at in np.ndindex(*self.kernel):  # of 3x3 kernels these are 9 steps, whatever the image
            x[every + self._places_of(at)] += p[every + at]
        return self.unlaid(x[self.inside])

    def _places_of(self, at: Sizes) -> tuple[slice, ...]:
        """Where one number of the kernel meets the image."""
        each = zip(at, self.dilation, self.stride, self.places, strict=True)
        return tuple(slice(k * d, k * d + s * (n - 1) + 1, s) for k, d, s, n in each)

    def rows(self, z: Array) -> Array:
        """(N, O, *places) → (N, groups, O/groups, places)"""
        return self._grouped(self.laid(z), z.shape[1])

    def images(self, z: Array) -> Array:
        """(N, groups, O/groups, places) → (N, O, *places)"""
        return self.unlaid(z.reshape(self.batch, -1 if z.size else z.shape[1] * z.shape[2], *self.places))

    def _grouped(self, x: Array, rows: int) -> Array:
        return x.reshape(self.batch, self.groups, rows // self.groups, math.prod(self.places))

    def laid(self, x: Array) -> Array:
        """The images as they lie in memory for the product."""
        return x.transpose(*range(1, x.ndim), 0)[None] if self.images_last else x

    def unlaid(self, x: Array) -> Array:
        """The images in their order again, row after row."""
        if not self.images_last:
            return np.ascontiguousarray(x)
        # One channel at a time: the processor's cache holds it, and not all of x.
        channels = [np.moveaxis(channel, -1, 0) for channel in x[0]]
        z = np.empty_like(x, shape=(x.shape[-1], *x.shape[1:-1]), order="C")
        np.stack(channels, 1, out=z)
        return z
