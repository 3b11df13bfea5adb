"""What "the same" means, and how far apart what is not the same is.

The tiers, each a function of a program and its inputs that returns nothing or raises AssertionError:

exact      nothing can have rounded apart, by a proof for this program and these inputs (balls.py): both
           libraries on their own kernels give the same bits, and where nothing rounded, the true value
bits       the same, and zeros of the same sign: of what no product or sum has gone through
exchanged  any floats: PyTorch's autograd on minigrad's kernels (exchange/) gives minigrad's bits
bounded    any floats: both libraries on their own kernels lie within a derived bound of the truth

`related` holds two programs of equal meaning against each other; `derivative` holds a gradient against
differences of the function itself. No tolerance is chosen by hand anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from sidebyside.contract.balls import Ball, L, NoBound


def same_bits(a: Any, b: Any) -> bool:
    """Equal dtype and shape, every nan equal to every nan, and bytes equal after `+ 0.0`.

    Adding 0.0 makes -0.0 positive: libraries differ in the sign of a zero that a sum of products leaves.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


def largest_difference(a: Any, b: Any) -> float:
    """max |a - b|, worked out in float64; nan where one of them is nan, 0 for empty arrays."""
    return float(np.max(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)), initial=0.0))


def ulps(a: Any, b: Any) -> float:
    """The largest difference in units of the last place of the array's largest element.

    Small elements of a gradient are sums of large ones that cancel: their own last place says nothing.
    """
    a = np.asarray(a)
    scale = np.max(np.abs(a), initial=0.0)
    return largest_difference(a, b) / float(np.spacing(scale))


def relative_error(a: Any, truth: Any) -> float:
    """max |a - truth| as a share of max |truth|."""
    top = float(np.max(np.abs(truth), initial=0.0))
    return largest_difference(a, truth) / top if top else largest_difference(a, truth)


# -- what each tier asks of an array ------------------------------------------------------------------------


class NoTier(Exception):
    """The tier makes no claim about this program on these inputs, and why."""


def differing(a: Any, b: Any) -> Any:
    """The elements whose bits differ, every nan being equal to every nan and -0.0 to 0.0."""
    return ~((a == b) | ((a != a) & (b != b)))


def outside(computed: Any, ball: Ball) -> Any:
    """The elements that are further from the truth than the bound allows."""
    with np.errstate(all="ignore"):
        return ~(abs(computed.astype(L) - ball.c) <= ball.r) & np.isfinite(ball.r)


def untrue(computed: Any, ball: Ball) -> Any:
    """The elements that nothing can have rounded, and that are not what rational arithmetic makes of them.

    A radius of 0 says that every value on the way, and every partial sum, had at most 53 bits: the long
    double centre, of 64, is the rational number itself.
    """
    wrong = np.zeros(computed.shape, bool)
    for place in np.argwhere(ball.r == 0):
        found, truth = computed[tuple(place)], ball.c[tuple(place)]
        finite = np.isfinite(found)
        wrong[tuple(place)] = not finite or Fraction(*found.as_integer_ratio()) != Fraction(
            *truth.as_integer_ratio()
        )
    return wrong


def wrong_if_exact(ours: Any, theirs: Sequence[Any], ball: Ball | None) -> Any:
    """The elements that break the exact tier; NoTier where it makes no claim."""
    if ours.dtype.kind != "f" or ball is None:
        return _wrong_if_whole(ours, theirs, ball)
    if not ball.d.all():
        raise NoTier("rounding can part the libraries here: the exact tier claims nothing")
    return _any(
        [*(differing(ours, other) for other in theirs), *(untrue(each, ball) for each in (ours, *theirs))]
    )


def wrong_if_bounded(ours: Any, theirs: Sequence[Any], ball: Ball | None) -> Any:
    """The elements that break the bounded tier, or the exact one where that applies; NoTier where neither does."""
    if ours.dtype.kind != "f" or ball is None:
        return _wrong_if_whole(ours, theirs, ball)
    unknown = ~ball.d & ~np.isfinite(ball.r)
    if unknown.any():
        raise NoTier(f"no finite bound is derived for element {np.argwhere(unknown)[0].tolist()}")
    apart = _any(differing(ours, other) for other in theirs) & ball.d
    return _any([apart, *(outside(each, ball) for each in (ours, *theirs))])


def wrong_if_exchanged(ours: Any, theirs: Sequence[Any], ball: Ball | None) -> Any:
    """The elements that break the exchanged tier."""
    return _any(differing(ours, other) for other in theirs)


def wrong_if_bits(ours: Any, theirs: Sequence[Any], ball: Ball | None) -> Any:
    """The elements that break the exact tier, or are zeros of another sign."""
    zeros = ours == 0 if ours.dtype.kind == "f" else np.False_
    signs = [zeros & (np.copysign(1, ours) != np.copysign(1, other)) for other in theirs]
    return _any([wrong_if_exact(ours, theirs, ball), *signs])


def _wrong_if_whole(ours: Any, theirs: Sequence[Any], ball: Ball | None) -> Any:
    """Of integers and bools, which nothing rounds, but which rounding may have decided."""
    if ball is not None and ((ball.r > 0) & ~ball.d).any():
        raise NoTier(f"rounding decides element {np.argwhere((ball.r > 0) & ~ball.d)[0].tolist()}")
    return _any(differing(ours, other) for other in theirs)


def _any(masks: Any) -> Any:
    return np.logical_or.reduce([np.asarray(mask) for mask in masks])


TIERS: dict[str, Callable[..., Any]] = {
    "bits": wrong_if_bits,
    "exact": wrong_if_exact,
    "bounded": wrong_if_bounded,
    "exchanged": wrong_if_exchanged,
}


# -- the tiers, of programs ---------------------------------------------------------------------------------


def exact(program: Callable[..., Any], *inputs: Any) -> None:
    """`program(torch, *inputs)` in both libraries, in the exact tier; NoTier where rounding is possible."""
    _trial(program, inputs, "exact")


def exchanged(program: Callable[..., Any], *inputs: Any) -> None:
    """`program(torch, *inputs)` in both libraries, in the tier of exchanged kernels."""
    _trial(program, inputs, "exchanged")


def bounded(program: Callable[..., Any], *inputs: Any) -> None:
    """`program(torch, *inputs)` in both libraries, in the bounded tier; NoTier where no bound is derived."""
    _trial(program, inputs, "bounded")


def _trial(program: Callable[..., Any], inputs: Sequence[Any], tier: str) -> None:
    from sidebyside.contract.run_both import Trial  # which needs torch

    Trial([program], inputs).check(tier)


def truth_of(program: Callable[..., Any], *inputs: Any) -> tuple[Any, Ball]:
    """What torch computes for `program(torch, *inputs)`, and the bound of it; NoTier where none is derived."""
    import torch

    from sidebyside.contract.track import Track

    tensors = [torch.from_numpy(x.copy()) if isinstance(x, np.ndarray) else x for x in inputs]
    try:
        with Track() as track:
            z = program(torch, *tensors)
            return z.detach().numpy(), track.ball(z)
    except NoBound as reason:
        raise NoTier(str(reason)) from None


def related(left: Callable[..., Any], right: Callable[..., Any], *inputs: Any, bits: bool = False) -> None:
    """Two programs whose true values are equal: what either library computes differs by no more than both bounds.

    related(lambda torch, x: torch.softmax(x + 1, 1), lambda torch, x: torch.softmax(x, 1), x)

    With `bits` the relation must hold bit for bit, as it does on dyadic numbers whose shift is exact, or where
    a power of two is drawn out of a product. Bounds are needed, and NoTier raised, without it.
    """
    import torch

    import minigrad

    bounds = None if bits else [truth_of(side, *inputs)[1] for side in (left, right)]
    for library in (minigrad, torch):
        make = library.from_numpy
        a, b = (
            side(library, *[make(x.copy()) if isinstance(x, np.ndarray) else x for x in inputs]).numpy()
            for side in (left, right)
        )
        if bounds is None:
            assert same_bits(a, b), f"{library.__name__}: bits differ between\n{a} and\n{b}"
            continue
        allowed = bounds[0].r + bounds[1].r
        if not np.isfinite(allowed).all():
            raise NoTier("no finite bound is derived for one of the two")
        assert a.shape == b.shape, f"{library.__name__}: {a.shape} on the left, {b.shape} on the right"
        close = abs(a.astype(L) - b.astype(L)) <= allowed
        assert close.all(), f"{library.__name__}: further apart than {allowed}:\n{a} and\n{b}"
