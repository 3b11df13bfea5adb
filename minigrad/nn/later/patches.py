"""The patches of images as the columns of matrices, and back.

    columns(x)      each column is a patch: what the kernel sees in one place of x
    fold(w, z)      the other way: wᵀ·z are patches, and each is added to its place

A convolution is a product with these columns: conv_ops.py. There are two ways to lay them out in memory:

    images first    a matrix for each image. All patches are copied; the result lies as PyTorch's does.
    rows first      a matrix for each row of the result, in which this row of all images lies side by side. Two rows
                    share all rows of x but one, so that the matrices overlap in memory: only patches that are one row
                    high are copied. But x must be turned before, and the result after.

The second is faster where the kernels are several times larger than the number of channels that they make, and the
rows of all images together are long.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from minigrad.arrays import row_major
from minigrad.arrays.kernels import zeros
from minigrad.autograd.base import Array
from minigrad.nn.later.windows import Sizes, output_size, windows


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

    def of_an_image(self) -> Geometry:
        """The same for a line seen as an image of height 1."""
        return Geometry((1, *self.stride), (0, *self.padding), (1, *self.dilation), self.groups)


def patches(x: Sizes, kernel: Sizes, z: Sizes, how: Geometry) -> ImagesFirst | RowsFirst:
    """The layout for images x: (N, C, *size), kernels and results z: (N, O, *places) of these shapes."""
    numbers, width = math.prod(kernel), z[0] * z[-1]
    # With more channels than places, a gradient of the kernels for each image would be larger than the image.
    many = z[1] > math.prod(z[2:])
    rows = x[0] > 1 and (many or (numbers > 1 and x[1] * numbers > 2 * z[1] and width >= 100))
    return (RowsFirst if rows else ImagesFirst)(x, kernel, z, how)


class Patches:
    """What both layouts share. A line is an image of height 1."""

    def __init__(self, x: Sizes, kernel: Sizes, z: Sizes, how: Geometry) -> None:
        self.shapes = x, z
        if len(kernel) == 1:
            x, z, kernel, how = (*x[:2], 1, x[2]), (*z[:2], 1, z[2]), (1, *kernel), how.of_an_image()
        self.n, self.size, self.places, self.kernel = x[0], x[2:], z[2:], kernel
        self.stride, self.padding, self.dilation, self.groups = how
        self.inputs, self.outputs = x[1] // self.groups, z[1] // self.groups  # channels of a group
        self.padded = tuple(n + 2 * p for n, p in zip(self.size, self.padding, strict=True))
        self.inside = tuple(slice(p, p + n) for p, n in zip(self.padding, self.size, strict=True))
        self.row = math.prod(kernel[1:])  # numbers in a row of the kernel

    def matrices(self, weight: Array) -> Array:
        """(O, C/groups, *kernel) → (groups, O/groups, patch): each kernel is a row, its rows one after the other."""
        kernels = weight.reshape(-1, self.inputs, self.kernel[0], self.row).swapaxes(1, 2)
        return kernels.reshape(self.groups, self.outputs, self.kernel[0] * self.inputs * self.row)

    def kernels(self, matrices: Array, shape: Sizes) -> Array:
        """The other way."""
        return matrices.reshape(-1, self.kernel[0], self.inputs, self.row).swapaxes(1, 2).reshape(shape)

    def by_rows(self, w: Array) -> list[Array]:
        """What `matrices` gives, cut where a row of the kernels ends."""
        n = self.inputs * self.row
        return [w[:, :, k * n : k * n + n] for k in range(self.kernel[0])]

    def met(self, at: Sizes) -> tuple[slice, ...]:
        """Where the number of the kernel that stands `at` meets the padded image, along the last axes that it has."""
        each = zip(
            at, self.dilation[-len(at) :], self.stride[-len(at) :], self.places[-len(at) :], strict=True
        )
        return tuple(slice(k * d, k * d + s * (n - 1) + 1, s) for k, d, s, n in each)


class ImagesFirst(Patches):
    """A matrix for each image and group: (N, groups, patch, places)."""

    def columns(self, x: Array) -> Array:
        """(N, C, *size) → (N, groups, patch, places)"""
        image = x.reshape(self.n, self.groups, self.inputs, *self.size)
        if self.padded != self.size:
            image = zeros(x, (*image.shape[:3], *self.padded))
            image[:, :, :, *self.inside] = x.reshape(self.n, self.groups, self.inputs, *self.size)
        p = windows(image, self.kernel, self.stride, self.dilation)[:, :, :, *map(slice, self.places)]
        d = len(self.places)
        axes = 0, 1, 3 + d, 2, *range(4 + d, 3 + 2 * d), *range(3, 3 + d)
        patch = self.kernel[0] * self.inputs * self.row
        return p.transpose(axes).reshape(self.n, self.groups, patch, math.prod(self.places))

    def fold(self, w: Array, z: Array) -> Array:
        """(groups, O/groups, patch), (N, O, *places) → (N, C, *size): Pᵀ(wᵀ·z)"""
        z = self.rows(z)
        return self.placed(row.swapaxes(1, 2) @ z for row in self.by_rows(w))

    def placed(self, rows: Iterable[Array]) -> Array:
        """Pᵀ(p), of patches that are given one row of the kernel at a time."""
        for k, row in enumerate(rows):
            if not k:
                x = zeros(row, (self.n, self.groups, self.inputs, *self.padded))
            p = row.reshape(*row.shape[:2], self.inputs, *self.kernel[1:], *self.places)
            for at in np.ndindex(*self.kernel[1:]):  # of 3x3 kernels these are 3·3 steps, whatever the image
                x[:, :, :, *self.met((k, *at))] += p[:, :, :, *at]
        return row_major(x[:, :, :, *self.inside]).reshape(self.shapes[0])

    def rows(self, z: Array) -> Array:
        """(N, O, *places) → (N, groups, O/groups, places)"""
        return z.reshape(self.n, self.groups, self.outputs, math.prod(self.places))

    def images(self, z: Array) -> Array:
        """(N, groups, O/groups, places) → (N, O, *places)"""
        return z.reshape(self.shapes[1])


class RowsFirst(Patches):
    """A matrix for each row of the result and group: (rows, groups, patch, N · places in a row)."""

    def columns(self, x: Array) -> Array:
        """(N, C, *size) → (rows, groups, patch, N · places), in which the patches of neighbouring rows overlap."""
        image = x.reshape(self.n, self.groups, self.inputs, *self.size)
        image = image.transpose(1, 3, 2, 0, *range(4, image.ndim))  # (groups, H, C/groups, N, ...)
        if self.padded != self.size:
            turned, (height, *others) = image, self.inside
            image = zeros(x, (*self._lead(self.padded[0]), self.n, *self.padded[1:]))
            image[:, height, :, :, *others] = turned
        q = windows(image, self.kernel[1:], self.stride[1:], self.dilation[1:])
        q, d = q[:, :, :, :, *map(slice, self.places[1:])], len(self.places)
        q = q.transpose(0, 1, 2, *range(3 + d, 2 + 2 * d), 3, *range(4, 3 + d))
        q = q.reshape(self.groups, self.padded[0], self.inputs * self.row, self._width())
        p = windows(np.moveaxis(q, 1, -1), self.kernel[:1], self.stride[:1], self.dilation[:1])
        p = p[:, :, :, : self.places[0]].transpose(3, 0, 4, 1, 2)  # (rows, groups, kernel's rows, ...)
        return p.reshape(
            *p.shape[:2], p.shape[2] * p.shape[3], p.shape[4]
        )  # a view, unless rows are left out

    def _lead(self, rows: int) -> Sizes:
        return self.groups, rows, self.inputs

    def _width(self) -> int:
        return self.n * math.prod(self.places[1:])

    def fold(self, w: Array, z: Array) -> Array:
        """(groups, O/groups, patch), (N, O, *places) → (N, C, *size): Pᵀ(wᵀ·z)

        Here all images of one place lie side by side, so that NumPy adds long rows.
        """
        height, others = self.size[0], self.inside[1:]
        q = self._rows_of_x(w, z).reshape(*self._lead(height), *self.kernel[1:], *self.places[1:], self.n)
        x = zeros(q, (*self._lead(height), *self.padded[1:], self.n))
        for at in np.ndindex(*self.kernel[1:]):
            x[:, :, :, *self.met(at)] += q[:, :, :, *at]
        x = x[:, :, :, *others]
        return row_major(x.transpose(x.ndim - 1, 0, 2, 1, *range(3, x.ndim - 1))).reshape(self.shapes[0])

    def _rows_of_x(self, w: Array, z: Array) -> Array:
        """For each row of x all that kernels put there, not yet added along the row.

        (groups, O/groups, patch), (N, O, *places) → (groups, H, patch one row high, places in a row · N)
        """
        z = z.reshape(self.n, self.groups, self.outputs, *self.places)
        z = row_major(z.transpose(1, 3, 2, *range(4, z.ndim), 0))
        z = z.reshape(self.groups, self.places[0], self.outputs, self._width())
        w = w.reshape(self.groups, self.outputs, self.kernel[0], self.inputs * self.row)
        w = row_major(w[:, :, ::-1].transpose(0, 3, 2, 1))  # the last row of a kernel meets the first of z
        q = np.empty_like(z, shape=(self.groups, self.size[0], self.inputs * self.row, self._width()))
        for h in range(self.size[0]):
            kernels, rows = self._meeting(h + self.padding[0])
            a, b = w[:, :, kernels], z[:, rows]
            n = a.shape[2] * self.outputs
            np.matmul(a.reshape(*a.shape[:2], n), b.reshape(self.groups, n, b.shape[3]), out=q[:, h])
        return q

    def _meeting(self, h: int) -> tuple[slice, slice]:
        """Which rows of the kernel, counted from the last, meet row h of the padded image; for which rows of z."""
        last, stride, dilation = self.kernel[0] - 1, self.stride[0], self.dilation[0]
        places = [divmod(h - (last - k) * dilation, stride) for k in range(last + 1)]
        met = [(k, row) for k, (row, rest) in enumerate(places) if not rest and 0 <= row < self.places[0]]
        return _spanning([k for k, _ in met]), _spanning([row for _, row in met])

    def rows(self, z: Array) -> Array:
        """(N, O, *places) → (rows, groups, O/groups, N · places)"""
        z = z.reshape(self.n, self.groups, self.outputs, self.places[0], math.prod(self.places[1:]))
        return z.transpose(3, 1, 2, 0, 4).reshape(self.places[0], self.groups, self.outputs, self._width())

    def images(self, z: Array) -> Array:
        """(rows, groups, O/groups, N · places) → (N, O, *places)"""
        z = z.reshape(self.places[0], self.groups * self.outputs, self.n, *self.places[1:])
        return row_major(z.transpose(2, 1, 0, *range(3, z.ndim))).reshape(self.shapes[1])


def _spanning(numbers: list[int]) -> slice:
    """The slice of these numbers, which grow in equal steps."""
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 1
    return slice(numbers[0], numbers[-1] + 1, step) if numbers else slice(0)
