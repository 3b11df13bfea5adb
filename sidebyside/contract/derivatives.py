"""Is a gradient the derivative? Held against differences of the function itself, in float64.

With g the gradient and v a direction, <g, v> is the derivative of t -> f(x + t·v) at 0. The function's values come
from track.py, in long double and with a bound; so do the gradient's errors. Nothing is left to a tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

import minigrad
from sidebyside.contract import NoTier
from sidebyside.contract.balls import L, NoBound
from sidebyside.contract.run_both import array, arriving, run, tensors_of
from sidebyside.contract.track import Track

STEP = 2.0**-17  # near the cube root of float64's u, where h² and u/h, the two errors, are about equal


class Slope(NamedTuple):
    """A derivative in a direction, and how far off it may be."""

    value: Any
    error: Any


def direction(arrays: Sequence[Any]) -> list[Any]:
    """Signs, drawn once and for all."""
    draw = np.random.default_rng(0)
    return [draw.choice([-1.0, 1.0], x.shape) for x in arrays]


def differences(program: Callable[..., Any], arrays: Sequence[Any], v: Sequence[Any]) -> Slope:
    """The central difference D(h) = (f(x + hv) - f(x - hv)) / 2h, and the sum of its errors.

    Truncation: D(h) is h²f'''/6 off and D(2h) four times that, so |D(2h) - D(h)| is three times the former. A kink:
    with s(h) = (f(x + hv) - 2f(x) + f(x - hv)) / 2h, 2s(h) - s(2h) vanishes but for h³ where f is smooth, and
    is half the jump where the slope jumps. Rounding: a centre is within 2⁻⁸ of its radius of the truth (balls.py
    reserves as much for long double), and x ± hv is rounded, too, which f'' = 2s(h)/h makes felt. All this for each
    element of the outputs by itself, so that kinks of two do not cancel; those within one may.
    """
    (centre, here), h = _truth(program, arrays), L(STEP)
    slopes, bends, noise, uneven = [], [], here, L(0)
    for step in (STEP, 2 * STEP):
        ends = [[np.asarray(x + sign * step * d) for x, d in zip(arrays, v, strict=True)] for sign in (1, -1)]
        (up, up_error), (down, down_error) = (_truth(program, end) for end in ends)
        slopes.append((up - down) / (2 * L(step)))
        bends.append((up - 2 * centre + down) / (2 * L(step)))
        noise = noise + up_error + down_error
        for x, a, b in zip(arrays, *ends, strict=True):
            uneven = max(uneven, np.max(abs(a.astype(L) + b - 2 * x.astype(L)), initial=0))
    error = abs(slopes[1] - slopes[0]) + abs(2 * bends[0] - bends[1])
    error = error + 4 * noise / 2**8 / h + 2 * abs(bends[0]) * uneven / h
    return Slope(slopes[0].sum(), error.sum())


def _truth(program: Callable[..., Any], arrays: Sequence[Any]) -> tuple[Any, Any]:
    """dz·z for every element of all outputs z, and the radius of it; f(x) is their sum."""
    with Track() as track:
        results = list(tensors_of(program(torch, *[torch.from_numpy(x) for x in arrays])))
        balls = [track.ball(z) for z in results if z.is_floating_point()]
    dz = [arriving(ball.shape, L) for ball in balls]
    values = [np.ravel(ball.c * d) for ball, d in zip(balls, dz, strict=True)]
    radii = [np.ravel(ball.r * abs(d)) for ball, d in zip(balls, dz, strict=True)]
    return np.concatenate(values), np.concatenate(radii)


def complex_step(program: Callable[..., Any], arrays: Sequence[Any], v: Sequence[Any], reverse: Any) -> Slope:
    """Im f(x + ihv) / h with h = 2⁻⁵⁴⁰: no difference is taken, so nothing cancels, and h² is less than any float.

    The imaginary part goes through the same products along the same paths from x to f as the gradient does, in
    the other direction, so the gradient's bound `reverse` holds for it; twice over, for a product of complex
    numbers is two products and a sum. An imaginary part loses what is less than the smallest number, η, which weighs
    η/h, times the slope from there to f.
    """
    h = 2.0**-540
    moved = [torch.from_numpy(np.asarray(x + 1j * h * d)) for x, d in zip(arrays, v, strict=True)]
    try:
        results = list(tensors_of(program(torch, *moved)))
    except (RuntimeError, NotImplementedError) as reason:
        raise NoTier(f"complex numbers do not pass: {str(reason).splitlines()[0]}") from None
    if not all(z.is_complex() for z in results):
        raise NoTier("complex numbers do not pass: an output is real")
    found = [(z.numpy().imag.astype(L) / h * arriving(z.shape, L)).sum() for z in results]
    eta = L(np.finfo(np.float64).smallest_subnormal)
    count = sum(x.size for x in arrays) + sum(z.numel() for z in results)
    total = sum(found, L(0))
    return Slope(total, 2 * reverse + count * eta / h * (1 + abs(total)))


def gradient(program: Callable[..., Any]) -> Callable[..., Any]:
    """The program that returns this one's gradients: its own are second derivatives."""

    def returned(library: Any, *given: Any) -> list[Any]:
        leaves = [
            x.requires_grad_() for x in given if hasattr(x, "requires_grad") and array(x).dtype.kind == "f"
        ]
        results = [z for z in tensors_of(program(library, *given)) if z.requires_grad]
        dz = [library.from_numpy(arriving(z.shape, array(z).dtype)) for z in results]
        found = library.autograd.grad(results, leaves, dz, create_graph=True, allow_unused=True)
        return [g for g in found if g is not None]

    return returned


def derivative(program: Callable[..., Any], *arrays: Any, by: str = "differences") -> None:
    """Assert that both libraries' gradients of `program(torch, *arrays)` are its derivative.

    `by` is "differences" or "complex step"; the arrays are float64. NoTier where no bound is derived.
    """
    if any(x.dtype != np.float64 for x in arrays):
        raise TypeError("derivatives are checked in float64")
    v = direction(arrays)
    try:
        with Track() as track:
            balls = run(torch, lambda *xs: program(torch, *xs), arrays, track).balls[-len(arrays) :]
        reverse = sum(((ball.r * abs(d)).sum() for ball, d in zip(balls, v, strict=True) if ball), L(0))
        slope = (
            complex_step(program, arrays, v, reverse)
            if by == "complex step"
            else differences(program, arrays, v)
        )
    except NoBound as reason:
        raise NoTier(str(reason)) from None
    allowed = reverse + slope.error
    if not np.isfinite(allowed):
        raise NoTier("no finite bound is derived for the gradient or the function")
    for library in (minigrad, torch):
        found = run(library, lambda *xs, library=library: program(library, *xs), arrays).gradients
        sums = [(g.astype(L) * d).sum() for g, d in zip(found, v, strict=True) if g is not None]
        off = abs(sum(sums, L(0)) - slope.value)
        assert off <= allowed, (
            f"{library.__name__}: the gradient's slope is {sum(sums, L(0))}, that of the function by {by} is "
            f"{slope.value}: {off} apart, {allowed} allowed"
        )
