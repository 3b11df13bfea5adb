"""The ops that move channels, forward and rule.   torch: aten/src/ATen/native/PixelShuffle.cpp, ChanelShuffle.cpp

The notation is that of minigrad/ops.py.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from minigrad.autograd.base import Array
from minigrad.autograd.op import differentiable


@differentiable(x=lambda dz, r: pixel_unshuffle(dz, r))
def pixel_shuffle(x: Array, r: int) -> Array:
    """z[c, r·h + i, r·w + j] = x[r²·c + r·i + j, h, w]        dx = dz, moved back"""
    *batch, c, h, w = x.shape
    n = len(batch)
    blocks = x.reshape(*batch, c // (r * r), r, r, h, w)
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return blocks.transpose(order).copy().reshape(*batch, c // (r * r), h * r, w * r)


@differentiable(x=lambda dz, r: pixel_shuffle(dz, r))
def pixel_unshuffle(x: Array, r: int) -> Array:
    """z[r²·c + r·i + j, h, w] = x[c, r·h + i, r·w + j]        dx = dz, moved back"""
    *batch, c, h, w = x.shape
    n = len(batch)
    blocks = x.reshape(*batch, c, h // r, r, w // r, r)
    order = (*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return blocks.transpose(order).copy().reshape(*batch, c * r * r, h // r, w // r)


@differentiable(x=lambda dz, g: channel_shuffle(dz, dz.shape[1] // g))
def channel_shuffle(x: Array, g: int) -> Array:
    """z[n, g·i + k] = x[n, C/g·k + i]        dx = dz, moved back"""
    n, c, *rest = x.shape
    return x.reshape(n, g, c // g, *rest).swapaxes(1, 2).copy().reshape(x.shape)
