"""Convolutions, forward and rules: products with the patches of an image.   torch: aten/src/ATen/native/Convolution.cpp

Column j of the matrix P(x) is the patch of the image x that the kernel sees in place j; W has one row for each channel
of the result. P is linear, and so has a transpose: Pᵀ(p) adds every patch to its place. With them

    convolution              y = W·P(x)         dx = Pᵀ(Wᵀ·dy)    dW = dy·P(x)ᵀ
    transposed convolution   x = Pᵀ(Wᵀ·y)       dy = W·P(dx)      dW = y·P(dx)ᵀ
    gradient of the kernel   W = y·P(x)ᵀ        dy = dW·P(x)      dx = Pᵀ(dWᵀ·y)

and the derivatives of each of the three are the other two. The sums over the images of a batch are left out here.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.arrays.kernels import by_rows, sum_of
from minigrad.autograd.base import Array
from minigrad.autograd.op import differentiable
from minigrad.nn.later.patches import Geometry, ImagesFirst, patches
from minigrad.nn.later.windows import Sizes
from minigrad.ops import sum_dim


@differentiable(
    x=lambda dz, weight, shape, how: _spread(dz, weight, None, shape[2:], how),
    weight=lambda dz, x, shape, how: convolution_weight(dz, x, shape, how),
    bias=lambda dz: sum_over_images(dz),
)
def convolution(x: Array, weight: Array, bias: Array | None, size: Sizes, how: Geometry) -> Array:
    """z = W·P(x) + b        dx = Pᵀ(Wᵀ·dz)    dW = dz·P(x)ᵀ    db = Σ dz

    x: (N, C, *), weight: (O, C/groups, *kernel), bias: (O,) → (N, O, *size)
    """
    p = patches(x.shape, weight.shape[2:], (len(x), len(weight), *size), how)
    z = p.matrices(weight) @ p.columns(x)
    if bias is not None:
        by_rows(np.add, z, bias.reshape(how.groups, -1, 1), out=z)
    return p.images(z)


@differentiable(
    "ConvolutionBackward0",
    x=lambda dz, weight, shape, how: _gather(dz, weight, None, shape[2:], how),
    weight=lambda dz, x, shape, how: convolution_weight(x, dz, shape, how),
    bias=lambda dz: sum_over_images(dz),
)
def convolution_transpose(x: Array, weight: Array, bias: Array | None, size: Sizes, how: Geometry) -> Array:
    """z = Pᵀ(Wᵀ·x) + b        dx = W·P(dz)    dW = x·P(dz)ᵀ    db = Σ dz

    x: (N, O, *), weight: (O, C/groups, *kernel), bias: (C,) → (N, C, *size)
    """
    p = patches((len(x), weight.shape[1] * how.groups, *size), weight.shape[2:], x.shape, how)
    z = p.fold(p.matrices(weight), x)
    if bias is not None:
        z += bias.reshape(-1, *(1,) * len(size))
    return z


@differentiable(
    "ConvolutionBackwardBackward0",
    y=lambda dz, x, shape, how: _gather(x, dz, None, shape[2:], how),
    x=lambda dz, y, shape, how: _spread(y, dz, None, shape[2:], how),
)
def convolution_weight(y: Array, x: Array, size: Sizes, how: Geometry) -> Array:
    """z = y·P(x)ᵀ        dy = dz·P(x)    dx = Pᵀ(dzᵀ·y)

    y: (N, O, *), x: (N, C, *) → size, which is (O, C/groups, *kernel)
    """
    p = patches(x.shape, size[2:], y.shape, how)
    z = sum_of(p.columns(x) @ p.rows(y).swapaxes(2, 3), (0,))  # BLAS takes longer for the product's transpose
    return p.kernels(z.swapaxes(1, 2), size)


# As gradients the two have torch's name for a second derivative.
_gather: Any = convolution.named("ConvolutionBackwardBackward0")
_spread: Any = convolution_transpose.named("ConvolutionBackwardBackward0")


@differentiable("Im2ColBackward0", x=lambda dz, shape, kernel, how: col2im(dz, shape[2:], kernel, how))
def im2col(x: Array, kernel: Sizes, how: Geometry) -> Array:
    """z = P(x)        dx = Pᵀ(dz)

    (N, C, *) → (N, C·kernel, places): as in torch, the rows of a patch lie channel after channel.
    """
    places = how.size_of_convolution(x.shape[2:], kernel)
    p = ImagesFirst(x.shape, kernel, (*x.shape[:2], *places), how._replace(groups=x.shape[1])).columns(x)
    return p.reshape(len(x), p.shape[1] * p.shape[2], p.shape[3])


@differentiable("Col2ImBackward0", x=lambda dz, kernel, how: im2col(dz, kernel, how))
def col2im(x: Array, size: Sizes, kernel: Sizes, how: Geometry) -> Array:
    """z = Pᵀ(x)        dx = P(dz)

    (N, C·kernel, places) → (N, C, *size)
    """
    n, channels = len(x), x.shape[1] // math.prod(kernel)
    places = how.size_of_convolution(size, kernel)
    p = ImagesFirst((n, channels, *size), kernel, (n, channels, *places), how._replace(groups=channels))
    patches = x.reshape(n, channels, kernel[0], math.prod(kernel[1:]), math.prod(places))
    return p.placed(patches[:, :, k] for k in range(kernel[0]))


def sum_over_images(dz: Any) -> Any:
    """Σ dz over all but the channels."""
    return sum_dim(dz, (0, *range(2, dz.ndim)), False)
