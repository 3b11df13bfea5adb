"""Mistakes that show at special numbers alone: kinks, ties, overflow, and rounding."""

from __future__ import annotations

import numpy as np

from sidebyside.contract.balls import L
from sidebyside.mistakes.scene import Guesses, Scene, log_softmax, softmax, spreads


def exp_overflows(s: Scene) -> Guesses:
    """The maximum is not subtracted before exp."""
    bad = ~np.isfinite(s.found) & np.isfinite(s.right)
    if not bad.any():
        return
    inputs = [v for k, v in s.floats().items() if k not in ("z", "dz") and v.size]
    for v in inputs:
        for dim in range(v.ndim):
            lost = softmax(v, dim).astype(s.found.dtype) == 0
            if lost.any() and lost.shape == bad.shape and (lost == bad).all():
                yield (
                    s.found,
                    "exp underflowed to 0, and its log is -inf: log_softmax takes the log without the exp",
                )
    top = np.log(L(np.finfo(s.found.dtype).max))
    if any((abs(v) > top).any() and np.isfinite(v).all() for v in inputs):
        yield s.found, "exp overflowed: subtract the row's maximum"
    if any((v == 0).any() for v in inputs):
        yield s.found, "it divides by an input that is 0, or takes its log"


def ties(s: Scene) -> Guesses:
    """Every element that ties for the maximum gets dz."""
    if s.x is None or s.z is None or s.z.shape == s.x.shape:
        return
    for axes in [tuple(range(s.x.ndim)), *((i,) for i in range(s.x.ndim))]:
        for best, what in ((np.max, "largest"), (np.min, "smallest")):
            tied = s.x == best(s.x, axis=axes, keepdims=True)
            crowded = tied & (tied.sum(axis=axes, keepdims=True) > 1)
            if crowded.any() and (s.right[crowded] != 0).any() and (s.found[crowded] != 0).any():
                shared = (s.right[crowded] != 0).all()
                does = "shares dz among them" if shared else "gives dz to one of them"
                yield (
                    np.where(crowded, s.found, s.right),
                    f"they differ only at ties: several elements are the {what}, and PyTorch {does}",
                )


def kinks(s: Scene) -> Guesses:
    """Another derivative at a kink."""
    if s.x is None or s.x.shape != s.right.shape:
        return
    off = np.asarray(s.found != s.right)
    where = {}
    others = {k: v for k, v in s.floats().items() if k not in (s.name, "z", "dz") and k in s.rights}
    where[f"{s.name} is 0"] = s.x == 0
    where |= {f"{s.name} is {k}": s.x == v for k, v in others.items() if spreads(v, s.x.shape)}
    at = np.unique(s.x[off])
    if 0 < at.size <= 2 and (at.size < off.sum() or (at % 0.5 == 0).all()):
        where[f"{s.name} is {' or '.join(f'{v:g}' for v in at)}"] = np.isin(s.x, at)
    for what, there in where.items():
        worth = np.unique(s.right[there & off])
        rule = (
            f"PyTorch's gradient there is {float(worth[0]):g}"
            if worth.size == 1
            else "PyTorch's differs there"
        )
        yield np.where(there, s.found, s.right), f"they differ only where {what}, at the kink: {rule}"


def float32(s: Scene) -> Guesses:
    """A step is taken in float32 on the way."""
    if s.found.dtype != np.float64:
        return
    close = abs(s.found - s.right) <= 2.0**-20 * np.max(abs(s.right), initial=0)
    if close.all() and not _rounded(s):
        for each in (L(1), *(v for v in s.floats().values() if spreads(v, s.found.shape))):
            number = (s.found / each).astype(np.float64)
            narrow = number.astype(np.float32).astype(np.float64)
            if (abs(number - narrow) <= 4 * np.spacing(abs(number))).all():
                yield s.found, "it was rounded to float32 on the way, within a float64 program"
    if s.again is not None:
        halved = {k: v.astype(np.float32).astype(v.dtype) for k, v in s.values.items() if k in s.rights}
        yield s.again(**halved), "an input was rounded to float32, within a float64 program"


def rounding(s: Scene) -> Guesses:
    """Another formula of the same value, which rounds more."""
    eps = L(np.finfo(s.found.dtype).eps)
    off = abs(s.found - s.right)
    if not _rounded(s):
        return
    output = s.z if s.name else s.right
    for k, v in s.floats().items():
        for dim in range(v.ndim if output is not None and k not in ("z", "dz") else 0):
            if np.shape(output) == v.shape and np.allclose(log_softmax(v, dim), output):
                yield s.found, ROUNDS.format("as the log of a softmax is: log_softmax rounds less")
    if (off <= 8 * eps * np.max(abs(s.right))).all():
        yield s.found, ROUNDS.format("as by another formula or another order of its steps")


def _rounded(s: Scene) -> bool:
    """Whether all that is wrong may be a few roundings."""
    most = 8 * L(np.finfo(s.found.dtype).eps) * (1 + np.max(abs(s.right), initial=0))
    return bool(s.found.size and (abs(s.found - s.right) <= most).all())


ROUNDS = "it is off by a few roundings alone, {}"
