"""The op that interpolates, forward and rule.   torch: aten/src/ATen/native/cpu/UpSampleKernel.cpp

The notation is that of minigrad/ops.py. A tap is an element that counts: its places p and its weights w along an axis.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

from typing import Any

from minigrad.arrays.kernels import zeros
from minigrad.autograd.base import Array
from minigrad.autograd.op import differentiable
from minigrad.nn.later.pad_ops import rounds

Taps = tuple[tuple[tuple[tuple[int, ...], Array], ...], ...]  # for each axis a tuple of (places, weights)


@differentiable("UpsampleBilinear2DBackward0", x=lambda dz, shape, taps: resample_transpose(dz, shape, taps))
def resample(x: Array, taps: Taps) -> Array:
    """z[i] = Σₜ wₜ[i]·x[pₜ[i]], along one axis after the other        dx[k] = Σₜ Σᵢ wₜ[i]·dz[i] over pₜ[i] = k"""
    for axis, each in enumerate(taps, x.ndim - len(taps)):
        terms = [x.take(p, axis) * _along(w, axis, x.ndim) for p, w in each]
        x = sum(terms[1:], terms[0])
    return x


@differentiable("UpsampleBilinear2DBackwardBackward0", x=lambda dz, taps: resample(dz, taps))
def resample_transpose(x: Array, size: tuple[int, ...], taps: Taps) -> Array:
    """z[k] = Σₜ Σᵢ wₜ[i]·x[i] over pₜ[i] = k        dx[i] = Σₜ wₜ[i]·dz[pₜ[i]]"""
    for axis, each in enumerate(taps, x.ndim - len(taps)):
        before = (slice(None),) * axis
        z = zeros(x, (*x.shape[:axis], size[axis], *x.shape[axis + 1 :]))
        for p, w in each:
            terms = x * _along(w, axis, x.ndim)
            for take, put in rounds(p):  # no place occurs twice in a round
                z[(*before, put)] += terms[(*before, take)]
        x = z
    return x


def _along(w: Array, axis: int, ndim: int) -> Any:
    """w, with as many axes of 1 behind it as there are behind this one."""
    return w.reshape(-1, *(1,) * (ndim - axis - 1))
