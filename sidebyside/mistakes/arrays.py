"""Mistakes with the places and the shape of a gradient: transposed, swapped, summed over another axis."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import numpy as np

from sidebyside.contract.balls import L
from sidebyside.mistakes.scene import Guesses, Scene, log_softmax, shaped, softmax, spreads

UNBROADCAST = "it is not un-broadcast: sum it over the axes along which the input was repeated"
TRANSPOSED = "it is the transpose of the right one"
LARGEST = 10**7  # multiplications that a guess may take


def nothing(s: Scene) -> Guesses:
    """No gradient goes on."""
    yield np.zeros(s.found.shape), "it is 0 everywhere: nothing is passed on"


def swapped(s: Scene) -> Guesses:
    """The gradients of two inputs in each other's place."""
    for name, other in s.rights.items():
        if s.name and name != s.name:
            yield other, f"it is the gradient of {name}: the two are swapped"
    if s.again is not None and not s.name:
        for a, b in combinations(s.rights, 2):
            if np.shape(s.values[a]) == np.shape(s.values[b]):
                yield s.again(**{a: s.values[b], b: s.values[a]}), f"{a} and {b} are in each other's place"


def not_unbroadcast(s: Scene) -> Guesses:
    """The gradient has the shape of the output, not of the input that was repeated."""
    lead = s.found.ndim - s.right.ndim
    if lead < 0 or s.found.size <= s.right.size:
        return
    axes = tuple(range(lead)) + tuple(
        i + lead for i, n in enumerate(s.right.shape) if n == 1 and s.found.shape[i + lead] != 1
    )
    summed = s.found.astype(L).sum(axes)
    if summed.size == s.right.size and s.is_right(summed.reshape(s.right.shape)):
        yield s.found, UNBROADCAST


def transposed(s: Scene) -> Guesses:
    """Rows for columns."""
    if s.right.ndim > 1:
        yield np.swapaxes(s.right, -1, -2), TRANSPOSED
        yield s.right.T, TRANSPOSED
    for order in permutations(range(s.right.ndim)) if 2 < s.right.ndim < 5 else ():
        yield s.right.transpose(order), f"its axes are in the order {list(order)} of the right one's"


def product(s: Scene) -> Guesses:
    """A factor of a matrix product is not transposed, or the factors are in the wrong order."""
    made = {}
    matrices = {k: v for k, v in s.floats().items() if v.ndim == 2 and k != "z"}
    for a, x in matrices.items():
        for b, y in matrices.items():
            for left, p in ((a, x), (f"{a}.T", x.T)):
                for right, q in ((b, y), (f"{b}.T", y.T)):
                    if a != b and p.shape[1] == q.shape[0] and p.size * q.shape[1] <= LARGEST:
                        made[f"{left} @ {right}"] = p @ q
    for wanted in [text for text, array in made.items() if s.is_right(array)]:
        bases = set(wanted.replace(".T", "").split(" @ "))
        for text, array in made.items():
            if set(text.replace(".T", "").split(" @ ")) == bases:
                yield array, f"it is {text}, and the right one is {wanted}"


def wrong_axis(s: Scene) -> Guesses:
    """A sum over, or along, another axis."""
    for text, whole in _summed(s).items():
        for a in range(whole.ndim):
            if not _reshaped(s, whole.sum(a)):
                continue
            for b in range(whole.ndim):
                if a != b:
                    yield (
                        whole.sum(b).reshape(s.found.shape)
                        if whole.sum(b).size == s.found.size
                        else whole.sum(b),
                        f"{text} is summed over axis {b}, and the right one over axis {a}",
                    )
            for part in (whole.take(0, a), whole.take(-1, a)):
                yield shaped(part, s.found), f"it is one slice of {text} along axis {a}: sum over that axis"
            yield (
                shaped(whole.max(a), s.found),
                f"it is the maximum of {text} along axis {a}: sum over that axis",
            )


def _summed(s: Scene) -> dict[str, Any]:
    """The arrays that a gradient may be the sum of: dz, or dz times an input; of an output, the inputs."""
    floats = s.floats()
    if s.dz is None:
        return {k: v for k, v in floats.items() if k != "z" and v.ndim > 1}
    times = {
        f"dz * {k}": s.dz * v
        for k, v in floats.items()
        if k != "dz" and spreads(v, s.dz.shape) and s.dz.ndim > 1
    }
    return ({"dz": s.dz} if s.dz.ndim > 1 else {}) | times


def _reshaped(s: Scene, array: Any) -> bool:
    return array.size == s.right.size and s.is_right(array.reshape(s.right.shape))


def wrong_spread(s: Scene) -> Guesses:
    """What a sum gives back to each of its elements is spread along another axis."""
    if not s.name or s.dz is None or s.right.ndim != s.dz.ndim + 1:
        return
    for a, n in enumerate(s.right.shape):
        for share in (s.dz, s.dz / n):
            if not spreads(np.expand_dims(share, a), s.right.shape):
                continue
            if not s.is_right(np.broadcast_to(np.expand_dims(share, a), s.right.shape)):
                continue
            for b in range(s.right.ndim):
                if spreads(guess := np.expand_dims(share, b), s.found.shape):
                    yield (
                        np.broadcast_to(guess, s.found.shape),
                        f"dz is spread along axis {b}, not {a}: " + TRANSPOSED,
                    )


def wrong_dim(s: Scene) -> Guesses:
    """A function of rows is taken along another axis, or over all of the input."""
    if s.name:
        return
    for k, v in s.floats().items():
        for text, along in ALONG.items():
            for a in range(v.ndim if k != "z" and v.size else 0):
                if s.is_right(along(v, a)):
                    for b in range(v.ndim):
                        yield (
                            along(v, b),
                            f"{text} is taken along axis {b} of {k}, and the right one along axis {a}",
                        )
                    whole = np.asarray(along(v.reshape(-1), 0))
                    yield shaped(whole, s.found), f"{text} is taken over all of {k}, not along axis {a}"


ALONG: dict[str, Callable[[Any, int], Any]] = {
    "the sum": lambda v, dim: v.sum(dim),
    "the mean": lambda v, dim: v.mean(dim),
    "the maximum": lambda v, dim: v.max(dim),
    "the minimum": lambda v, dim: v.min(dim),
    "the product": lambda v, dim: v.prod(dim),
    "softmax": softmax,
    "log_softmax": log_softmax,
    "logsumexp": lambda v, dim: v.max(dim) + np.log(np.exp(v - v.max(dim, keepdims=True)).sum(dim)),
    "the running sum": lambda v, dim: v.cumsum(dim),
    "the variance": lambda v, dim: v.var(dim, ddof=1) if v.shape[dim] > 1 else v.sum(dim) * np.nan,
}


def places(s: Scene) -> Guesses:
    """The right numbers, elsewhere."""
    right = s.right
    if right.size < 3 or s.found.size != right.size:
        return
    for axis in range(right.ndim):
        yield np.flip(right, axis), f"it is the right one in reverse along axis {axis}"
        for step in (1, -1):
            yield np.roll(right, step, axis), f"it is the right one, shifted by one along axis {axis}"
    for turned in (right.T.reshape(right.shape), right.reshape(right.shape[::-1]).T):
        yield shaped(turned, s.found), "it is reshaped where it should be transposed, or the other way round"


def running(s: Scene) -> Guesses:
    """The gradient of a running sum runs backwards."""
    for a in range(s.dz.ndim if s.dz is not None else 0):
        if s.is_right(np.flip(np.cumsum(np.flip(s.dz, a), a), a)):
            yield np.cumsum(s.dz, a), "dz is summed from the front, and the right one from the back"


def one_side(s: Scene) -> Guesses:
    """It is right on one side of 0."""
    if s.x is None or s.x.shape != s.right.shape:
        return
    off = abs(s.found - s.right) > 2.0**-10 * abs(s.right)
    for there, side in ((s.x < 0, "negative"), (s.x > 0, "positive")):
        if (off == there).all() and min(there.sum(), (~there).sum()) > 1:
            times = np.unique(np.round((s.found[there] / s.right[there]).astype(float), 3))
            as_much = (
                f"it is {times[0]:g} times the right one there" if times.size == 1 else "it is another there"
            )
            yield np.where(there, s.found, s.right), f"they differ only where {s.name} is {side}: {as_much}"


def masked(s: Scene) -> Guesses:
    """A mask of other elements."""
    zero = (s.found == 0) | (s.right == 0)
    if zero.any() and not zero.all():
        yield (
            np.where(zero, s.found, s.right),
            "a mask is wrong: where they differ, it is 0 or the right one is 0",
        )
