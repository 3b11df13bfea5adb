"""Mistakes with the places and the shape of a gradient: transposed, swapped, summed over another axis."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import numpy as np

from sidebyside.contract.balls import L
from sidebyside.mistakes.scene import Guesses, Scene, log_softmax, shaped, sigmoid, softmax, spreads

UNBROADCAST = "it is not un-broadcast: sum it over the axes along which the input was repeated"
TRANSPOSED = "it is the transpose of the right one"


def nothing(s: Scene) -> Guesses:
    """No gradient goes on."""
    yield np.zeros(s.found.shape), "it is 0 everywhere: nothing is passed on"


def swapped(s: Scene) -> Guesses:
    """The gradients of two inputs in each other's place."""
    for name, other in s.rights.items():
        if s.name and name != s.name and not s.is_right(-other):
            mine = s.founds.get(name)
            both = mine is None or s.is_right(mine)
            yield other, f"it is the gradient of {name}" + ": the two are swapped" * both
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


def wrong_axis(s: Scene) -> Guesses:
    """A sum over, or along, another axis."""
    for text, whole in _summed(s).items():
        for a in range(whole.ndim):
            if not _reshaped(s, whole.sum(a)):
                continue
            every = np.broadcast_to(whole.sum(), s.found.shape)
            yield every, f"{text} is summed over all axes, and the right one over axis {a} alone"
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
    """A function of rows is taken along another axis, or over all of the input, or is another one."""
    for k, v in s.floats().items() if not s.name else ():
        if not v.size or not v.ndim:
            continue
        made = {(text, a): np.asarray(f(v, a)) for text, f in ALONG.items() for a in range(v.ndim)}
        made |= {(text, None): np.asarray(f(v.reshape(-1), 0)) for text, f in ALONG.items()}
        for wanted, axis in [key for key, array in made.items() if s.is_right(array)]:
            where = f"along axis {axis}" if axis is not None else f"over all of {k}"
            for text, f in ELEMENTWISE.items():
                yield f(v), f"it is {text} of {k}, and the right one is {wanted} {where}"
            for (text, a), array in made.items():
                there = f"along axis {a} of {k}" if a is not None else f"over all of {k}"
                another = "the right one" if text == wanted else f"the right one is {wanted}"
                yield shaped(array, s.found), f"{text} is taken {there}, and {another} {where}"


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
    "the variance": lambda v, dim: v.var(dim, ddof=1),
    "the variance with N for N - 1": lambda v, dim: v.var(dim),
    "the standard deviation": lambda v, dim: v.std(dim, ddof=1),
    "the standard deviation with N for N - 1": lambda v, dim: v.std(dim),
    "the sum of the squares": lambda v, dim: (v * v).sum(dim),
    "the mean of the squares": lambda v, dim: (v * v).mean(dim),
    "the sum of the squares over N - 1": lambda v, dim: (v * v).sum(dim) / (v.shape[dim] - 1),
    "the norm": lambda v, dim: np.sqrt((v * v).sum(dim)),
    "the index of the maximum": lambda v, dim: v.argmax(dim),
    "the quotient by the sum": lambda v, dim: v / v.sum(dim, keepdims=True),
    "softmax without keepdim=True": lambda v, dim: _flat_sum(np.exp(v), dim),
}


ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    "the sigmoid": sigmoid,
    "the exponential": np.exp,
    "the tanh": np.tanh,
    "the square": lambda v: v * v,
    "the absolute value": abs,
}


def _flat_sum(e: Any, dim: int) -> Any:
    """Divide by a sum that has lost its axis."""
    total = e.sum(dim)
    return e / total if spreads(total, e.shape) else e * np.nan


def places(s: Scene) -> Guesses:
    """The right numbers, elsewhere."""
    right = s.right
    if right.size < 3 or s.found.size != right.size or 2 * np.count_nonzero(right) <= right.size:
        return
    for axis in range(right.ndim):
        yield np.flip(right, axis), f"it is the right one in reverse along axis {axis}"
        for step, far in ((1, "one"), (-1, "one"), (2, "two"), (-2, "two")):
            moved = np.roll(right, step, axis)
            yield moved, f"it is the right one, shifted by {far} along axis {axis}"
            lost = (
                np.arange(right.shape[axis]) < step
                if step > 0
                else np.arange(right.shape[axis])[::-1] < -step
            )
            cut = np.where(np.expand_dims(lost, [i for i in range(right.ndim) if i != axis]), 0, moved)
            yield cut, f"it is the right one, shifted by {far} along axis {axis}"
    for turned in (
        (right.T.reshape(right.shape), right.reshape(right.shape[::-1]).T) if right.ndim > 1 else ()
    ):
        yield shaped(turned, s.found), "it is reshaped where it should be transposed, or the other way round"


SPOILED: dict[str, Callable[[Any], Any]] = {
    "rounded down to whole numbers": np.floor,
    "cut to whole numbers": np.trunc,
    "rounded to whole numbers": np.rint,
    "without its sign": abs,
    "squared": lambda v: v * v,
    "inverted": lambda v: 1 / v,
    "under a root": np.sqrt,
}


def spoiled(s: Scene) -> Guesses:
    """A function of the right one: whole numbers, its sign alone, its square; or it is clipped."""
    for text, f in SPOILED.items():
        yield f(s.right), f"it is the right one, {text}"
    size = abs(s.found).max(initial=0)
    if s.tells() and s.found.size > 1:
        yield size * np.sign(s.right), f"it is the sign of the right one alone, times {size:g}"
        if (abs(s.found) == size).sum() > 1:
            yield np.clip(s.right, -size, size), f"it is the right one, clipped at ±{size:g}"


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
