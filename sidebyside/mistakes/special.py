"""Mistakes that show at special numbers alone: kinks, ties, overflow, and rounding."""

from __future__ import annotations

import numpy as np

from sidebyside.contract.balls import L
from sidebyside.mistakes.scene import Guesses, Scene, log_softmax, softmax, spreads


def exp_overflows(s: Scene) -> Guesses:
    """The maximum is not subtracted before exp."""
    if not s.overflows():
        return
    bad = ~np.isfinite(s.found) & np.isfinite(s.right)
    inputs = [v for k, v in s.floats().items() if k not in ("z", "dz") and v.size]
    for v in inputs:
        for dim in range(v.ndim):
            lost = softmax(v, dim).astype(s.found.dtype) == 0
            if (
                lost.any()
                and lost.shape == bad.shape
                and (lost == bad).all()
                and np.isinf(s.found[bad]).all()
            ):
                yield (
                    s.found,
                    "exp underflowed to 0, and its log is -inf: log_softmax takes the log without the exp",
                )
    top = np.log(L(np.finfo(s.found.dtype).max))
    for v in inputs:
        if (abs(v) > top).any() and np.isfinite(v).all():
            over = v.shape != bad.shape or (abs(v) > top)[bad].any()
            how = (
                "overflowed: subtract the row's maximum"
                if over
                else "underflowed: subtract each row's own maximum"
            )
            yield s.found, f"exp {how}"
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
    likely = at % 0.5 == 0 if s.again is not None else np.isin(at, (0, 1, -1))  # one number tells little
    if 0 < at.size <= 2 and (at.size < off.sum() or likely.all()):
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
    """A step is taken in a narrower type on the way."""
    wide = s.found.dtype
    for narrow in NARROWER.get(wide.name, ()):
        where = f"to {narrow} on the way, within a {wide} program"
        off = abs(s.found - s.right)
        close = (off <= 16 * np.finfo(narrow).eps * np.max(abs(s.right), initial=0)) & (
            off <= abs(s.right) / 8
        )
        if close.all() and not rounded(s):
            for each in (L(1), *(v for v in s.floats().values() if spreads(v, s.found.shape))):
                number = (s.found / each).astype(wide)
                if (abs(number - number.astype(narrow)) <= 4 * np.spacing(abs(number))).all():
                    yield s.found, f"it was rounded {where}"
        if s.again is not None and close.all():
            cut = {k: v.astype(narrow).astype(v.dtype) for k, v in s.values.items() if k in s.rights}
            yield s.again(**cut), f"an input was rounded {where}"


NARROWER = {"float64": ("float32", "float16"), "float32": ("float16",)}


def rounding(s: Scene) -> Guesses:
    """Another formula of the same value, which rounds more."""
    eps = L(np.finfo(s.found.dtype).eps)
    off = abs(s.found - s.right)
    if not rounded(s):
        return
    output = s.z if s.name else s.right
    for k, v in s.floats().items():
        for dim in range(v.ndim if output is not None and k not in ("z", "dz") else 0):
            if np.shape(output) == v.shape and np.allclose(log_softmax(v, dim), output):
                yield s.found, ROUNDS.format("as the log of a softmax is: log_softmax rounds less")
    if (off <= 8 * eps * np.max(abs(s.right))).all():
        yield s.found, ROUNDS.format("as by another formula or another order of its steps")


def rounded(s: Scene) -> bool:
    """Whether all that is wrong may be a few roundings."""
    if s.found.dtype.kind != "f" or s.found.shape != s.right.shape:
        return False
    most = 8 * L(np.finfo(s.found.dtype).eps) * (1 + np.max(abs(s.right), initial=0))
    return bool(s.found.size and (abs(s.found - s.right) <= most).all())


ROUNDS = "it is off by a few roundings alone, {}"
