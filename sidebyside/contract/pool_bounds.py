"""How rounding errors pass through PyTorch's kernels of pools: sums over windows."""

from __future__ import annotations

import math

import numpy as np

from minigrad.nn.later import pools
from minigrad.nn.later.pool_ops import Windows, bins, divisors
from sidebyside.contract.balls import Ball
from sidebyside.contract.conv_bounds import BOUNDS
from sidebyside.contract.kernel_bounds import added_at, bound

__all__ = ["BOUNDS"]


def _windows(shape, kernel_size, stride, padding, ceil_mode):
    size, step, pad = pools.three("avg_pool2d", kernel_size, stride, padding)
    counts = [
        pools.count(n, k, s, p, 1, ceil_mode) for n, k, s, p in zip(shape[-2:], size, step, pad, strict=True)
    ]
    return Windows(size, step, pad, (1, 1), tuple(counts))


def _divisor(call, windows, shape, count_include_pad, divisor_override):
    n = divisor_override or divisors(windows, shape[-2:], count_include_pad)
    return Ball(np.asarray(n, call.kind))


@bound("avg_pool2d")
def _avg_pool2d(
    call, x, kernel_size, stride=(), padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    x, windows = call.ball(x), _windows(x.shape, kernel_size, stride, padding, ceil_mode)
    c, r, d = (
        np.stack(list(windows.parts(windows.padded(each, fill))))
        for each, fill in ((x.c, 0), (x.r, 0), (x.d, True))
    )
    return Ball(c, r, d, x.kind).sum((0,)) / _divisor(
        call, windows, x.shape, count_include_pad, divisor_override
    )


@bound("avg_pool2d_backward")
def _avg_pool2d_backward(
    call, dz, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
):
    windows, shape = _windows(x.shape, kernel_size, stride, padding, ceil_mode), x.shape
    share = call.ball(dz) / _divisor(call, windows, shape, count_include_pad, divisor_override)
    pixels = np.arange(math.prod(shape)).reshape(shape)
    at = np.stack(list(windows.parts(windows.padded(pixels, -1))))
    shares = Ball(
        *(np.broadcast_to(each, at.shape)[at >= 0] for each in (share.c, share.r, share.d)), share.kind
    )
    return added_at(shares, at[at >= 0], shape)


@bound("max_pool2d_with_indices_backward", "adaptive_max_pool2d_backward")
def _max_pool2d_backward(call, dz, x, *options):
    indices, shape = options[-1].c.astype(np.int64), x.shape
    images = np.arange(math.prod(shape[:-2])).reshape(*shape[:-2], 1, 1)
    return added_at(call.ball(dz), images * math.prod(shape[-2:]) + indices, shape)


def _lengths(parts, kind):
    return Ball(np.array([part.stop - part.start for part in parts], kind))


def _bins(shape, size, kind):
    """The slices of the windows, and their heights and widths."""
    rows, columns = (bins(n, m) for n, m in zip(shape[-2:], size, strict=True))
    heights, widths = _lengths(rows, kind), _lengths(columns, kind)
    return rows, columns, Ball(heights.c[:, None], kind=kind), widths


@bound("_adaptive_avg_pool2d")
def _adaptive_avg_pool2d(call, x, size):
    x = call.ball(x)
    rows, columns, heights, widths = _bins(x.shape, size, x.kind)
    c, r, d = (np.zeros(call.results[0].shape, each.dtype) for each in (x.c, x.r, x.d))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            part = Ball(*(each[..., row, column] for each in (x.c, x.r, x.d)), x.kind)
            total = part.sum((len(x.shape) - 2, len(x.shape) - 1))
            c[..., i, j], r[..., i, j], d[..., i, j] = total.c, total.r, total.d
    return Ball(c, r, d, x.kind) / heights / widths


@bound("_adaptive_avg_pool2d_backward")
def _adaptive_avg_pool2d_backward(call, dz, x):
    dz, shape = call.ball(dz), x.shape
    rows, columns, heights, widths = _bins(shape, dz.shape[-2:], dz.kind)
    share, pixels = dz / heights / widths, np.arange(math.prod(shape)).reshape(shape)
    where, parts = [], []
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            places, corner = pixels[..., row, column], (..., slice(i, i + 1), slice(j, j + 1))
            where.append(places.reshape(-1))
            parts.append(
                [np.broadcast_to(e[corner], places.shape).reshape(-1) for e in (share.c, share.r, share.d)]
            )
    shares = Ball(*map(np.concatenate, zip(*parts, strict=True)), dz.kind)
    return added_at(shares, np.concatenate(where), shape)
