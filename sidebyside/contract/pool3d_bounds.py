"""How rounding errors pass through PyTorch's kernels of pools of volumes."""

from __future__ import annotations

import math

import numpy as np

from minigrad.nn.later.pool3d_functions import stride_or, three
from minigrad.nn.later.pool_ops import bins
from minigrad.nn.later.pools import count
from sidebyside.contract.balls import Ball
from sidebyside.contract.kernel_bounds import added_at, bound
from sidebyside.contract.upsample_bounds import BOUNDS

__all__ = ["BOUNDS"]

OUTSIDE = -1


def _windows(n, k, s, p, ceil_mode):
    """For each window of an axis its places, and its length with the padding."""
    starts = np.arange(count(n, k, s, p, 1, ceil_mode)) * s - p
    places = starts[:, None] + np.arange(k)
    return np.where((places >= 0) & (places < n), places, OUTSIDE), np.minimum(starts + k, n + p) - starts


def _bins(n, m):
    """The same of an adaptive pool."""
    starts, stops = (np.array([getattr(each, end) for each in bins(n, m)]) for end in ("start", "stop"))
    places = starts[:, None] + np.arange((stops - starts).max(initial=0))
    return np.where(places < stops[:, None], places, OUTSIDE), stops - starts


class Boxes:
    """The places of the elements of each box in its volume: (D', H', W', K). Planes are divided first, then depths."""

    def __init__(self, shape, axes, include=True, override=None):
        self.shape = shape
        (d, depths), (h, heights), (w, widths) = axes
        if not include:
            depths, heights, widths = ((places != OUTSIDE).sum(1) for places, _ in axes)
        d, h, w = d[:, None, None, :, None, None], h[:, None, None, :, None], w[:, None, None, :]
        inside = (d >= 0) & (h >= 0) & (w >= 0)
        at = np.where(inside, (d * shape[-2] + h) * shape[-1] + w, OUTSIDE)
        self.at = at.reshape(*at.shape[:3], math.prod(at.shape[3:]))
        planes, rest = heights[:, None] * widths, depths[:, None, None]
        self.divisors = (1, override) if override else (planes, rest)

    def divided(self, x, step):
        """x / n, where n belongs to the planes or to the depths."""
        return x / Ball(np.asarray(self.divisors[step], x.kind))

    def means(self, x):
        """Minigrad divides the sums of planes, and adds them up; PyTorch divides the sum of all.

        Nothing rounds only if neither the terms divided before nor those divided afterwards round: thirds of numbers
        may have few bits, and the numbers themselves too many for their sum.
        """
        lead = x.shape[:-3]
        flat = [
            np.concatenate([each.reshape(*lead, math.prod(x.shape[-3:])), np.full((*lead, 1), outside)], -1)
            for each, outside in ((x.c, 0), (x.r, 0), (x.d, True))
        ]
        parts = Ball(*(np.moveaxis(each[..., self.at], -1, 0) for each in flat), x.kind)
        before = self.divided(self.divided(parts, 0).sum((0,)), 1)
        after = self.divided(self.divided(parts.sum((0,)), 0), 1)
        return Ball(before.c, np.maximum(before.r, after.r), before.d & after.d, x.kind)

    def spread(self, dz):
        """The gradient: each element of a box gets its share."""
        share = self.divided(self.divided(dz, 1), 0)
        volumes = np.arange(math.prod(self.shape[:-3])).reshape(*self.shape[:-3], 1, 1, 1, 1)
        inside = np.broadcast_to(self.at != OUTSIDE, (*dz.shape, self.at.shape[-1]))
        where = (volumes * math.prod(self.shape[-3:]) + self.at)[inside]
        parts = (np.broadcast_to(e[..., None], inside.shape)[inside] for e in (share.c, share.r, share.d))
        return added_at(Ball(*parts, dz.kind), where, self.shape)


def _of_windows(shape, kernel_size, stride=(), padding=0, ceil_mode=False, include=True, override=None):
    size, pad = (three("avg_pool3d", "", value, "") for value in (kernel_size, padding))
    each = zip(shape[-3:], size, stride_or("avg_pool3d", stride, size, ""), pad, strict=True)
    return Boxes(shape, [_windows(*axis, ceil_mode) for axis in each], include, override)


def _of_bins(shape, size):
    return Boxes(shape, [_bins(n, m) for n, m in zip(shape[-3:], size, strict=True)])


@bound("avg_pool3d")
def _avg_pool3d(call, x, *options):
    return _of_windows(x.shape, *options).means(call.ball(x))


@bound("avg_pool3d_backward")
def _avg_pool3d_backward(call, dz, x, *options):
    return _of_windows(x.shape, *options).spread(call.ball(dz))


@bound("_adaptive_avg_pool3d")
def _adaptive_avg_pool3d(call, x, size):
    return _of_bins(x.shape, size).means(call.ball(x))


@bound("_adaptive_avg_pool3d_backward")
def _adaptive_avg_pool3d_backward(call, dz, x):
    return _of_bins(x.shape, dz.shape[-3:]).spread(call.ball(dz))


@bound("max_pool3d_with_indices_backward", "adaptive_max_pool3d_backward")
def _max_pool3d_backward(call, dz, x, *options):
    indices, shape = options[-1].c.astype(np.int64), x.shape
    volumes = np.arange(math.prod(shape[:-3])).reshape(*shape[:-3], 1, 1, 1)
    return added_at(call.ball(dz), volumes * math.prod(shape[-3:]) + indices, shape)
