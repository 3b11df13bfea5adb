"""How rounding errors pass through PyTorch's kernels that interpolate."""

from __future__ import annotations

import itertools

import numpy as np

from minigrad.nn.later.upsample_functions import step_of, taps_of
from sidebyside.contract.bag_bounds import BOUNDS
from sidebyside.contract.balls import Ball, L
from sidebyside.contract.kernel_bounds import added_at, bound, part
from sidebyside.contract.norm_bounds import either
from sidebyside.exchange import RESAMPLED

__all__ = ["BOUNDS"]


def _taps(mode, n, m, scale, align_corners, kind):
    """The places and weights of the neighbours along an axis: weights are exact where no type rounds.

    A place s has 3 roundings; a cubic polynomial's slope is below 4, and its own steps are 12 more of numbers below 4.
    """
    dyadic = step_of(n, m, scale, align_corners, L) == step_of(n, m, scale, align_corners, kind.type)
    exact, computed = (taps_of(mode, n, m, scale, align_corners, each) for each in (L, kind))
    steps = (60 if mode == "bicubic" else 3) * L(np.finfo(kind).eps) * (max(n, m) + 1)
    for (places, weight), (ours, rounded) in zip(exact, computed, strict=True):
        settled = dyadic & (L(1) * rounded == weight) & (np.array(places) == np.array(ours))
        yield np.array(ours), Ball(weight, np.where(settled, 0, steps), settled, kind)


class Resampled:
    """The taps along each axis of an image, and all together."""

    def __init__(self, mode, shape, size, align_corners, scales, kind):
        each = zip(shape, size, scales or [None] * len(size), strict=True)
        self.taps = [list(_taps(mode, n, m, scale, align_corners, kind)) for n, m, scale in each]
        self.kind = kind

    def corners(self):
        """For each combination of taps: its places, and the product of its weights."""
        for chosen in itertools.product(*self.taps):
            places = np.ix_(*(p for p, _ in chosen))
            weight = Ball(self.kind.type(1))
            for axis, (_, w) in enumerate(chosen):
                weight = weight * part(w, (slice(None), *(None,) * (len(chosen) - axis - 1)))
            yield places, weight

    def forward(self, x):
        """By all neighbours at once, and axis by axis."""
        terms = [part(x, (..., *places)).scaled(weight) for places, weight in self.corners()]
        return either(self.nested(x), _sum(terms))

    def nested(self, x):
        """Along the last axis first, as torch, and along the first axis first, as minigrad: as many roundings."""
        first = len(x.shape) - len(self.taps)
        for axis, taps in enumerate(self.taps, first):
            before, after = (slice(None),) * axis, (None,) * (len(x.shape) - axis - 1)
            x = _sum([part(x, (*before, p)).scaled(part(w, (slice(None), *after))) for p, w in taps])
        return x


def _sum(terms):
    stacked = Ball(*(np.stack([getattr(t, name) for t in terms]) for name in "crd"), terms[0].kind)
    return stacked.sum((0,))


def _bounds(mode):
    def forward(call, x, size, align_corners, *scales):
        return Resampled(mode, x.shape[2:], size, align_corners, scales, call.kind).forward(call.ball(x))

    def backward(call, dz, size, shape, align_corners, *scales):
        dz, at = call.ball(dz), np.arange(int(np.prod(shape))).reshape(shape)
        corners = list(Resampled(mode, shape[2:], size, align_corners, scales, call.kind).corners())
        terms = [dz.scaled(weight) for _, weight in corners]
        where = [at[(..., *places)] for places, _ in corners]
        stacked = Ball(*(np.stack([getattr(t, name) for t in terms]) for name in "crd"), dz.kind)
        return added_at(stacked, np.stack(where), tuple(shape))

    return forward, backward


for _name, _mode in RESAMPLED.items():
    for _kernel, _bound in zip((_name, f"{_name}_backward"), _bounds(_mode), strict=True):
        bound(_kernel)(_bound)
