"""All that is known of a wrong array, and what the entries of the catalogue share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sidebyside.contract.balls import L

Guesses = Iterator[tuple[Any, str]]


@dataclass(frozen=True)
class Scene:
    """A wrong array, the right one, and what both were made of."""

    found: Any
    right: Any  # in long double, within `slack` of the truth
    slack: Any = 0
    name: str = ""  # the input whose gradient it is; none for an output
    values: Mapping[str, Any] = field(
        default_factory=dict
    )  # the inputs by name, the output z and its gradient dz
    rights: Mapping[str, Any] = field(default_factory=dict)  # the right gradients of all inputs
    again: Callable[..., Any] | None = None  # the right one for other inputs, again(x=...), or another dz
    founds: Mapping[str, Any] = field(default_factory=dict)  # the gradients that were found, of all inputs

    def near(self, guess: Any, array: Any) -> bool:
        """Whether a guess is the array up to rounding: four times the slack, and 8 u of the largest element.

        That something is wrong is known by then, from a derived bound. This only tells which mistake it is.
        """
        guess = np.asarray(guess, L)
        return guess.shape == array.shape and bool((self._off(guess, array) <= self._grain(guess)).all())

    def is_right(self, guess: Any) -> bool:
        """Whether a formula gives the right array. One that does can be spoiled on purpose, to see what it gives."""
        return self.near(guess, np.asarray(self.right))

    def fits(self, guess: Any) -> bool:
        """Whether a guess is what was found, and is not the right one as well. What was found fits by itself."""
        if guess is self.found:
            return True
        if not self.near(guess, np.asarray(self.found)):
            return False
        if np.shape(guess) != np.shape(self.right):
            return True
        guess = np.asarray(guess, L)
        return bool((self._off(guess, self.right) > 4 * self._grain(guess)).any())

    def _off(self, guess: Any, array: Any) -> Any:
        same = (guess == array) | ((guess != guess) & (array != array))
        return np.where(same, 0, np.nan_to_num(abs(guess - array.astype(L)), nan=np.inf))

    def _grain(self, guess: Any) -> Any:
        finite = abs(guess[np.isfinite(guess)])
        slack = np.asarray(self.slack)
        unit = L(np.finfo(self.found.dtype).eps) / 2
        return 4 * np.max(slack[np.isfinite(slack)], initial=0) + 8 * unit * np.max(finite, initial=0)

    def overflows(self) -> bool:
        """Whether it is infinite or nan where the right one is finite."""
        if self.found.shape != self.right.shape:
            return False
        return bool((~np.isfinite(self.found) & np.isfinite(self.right)).any())

    def tells(self) -> bool:
        """Whether the numbers tell formulas apart: in [1, 2, 4] many give the same. Where `again` is, they do."""
        return self.again is not None or np.unique(abs(self.found)).size > 2

    @property
    def x(self) -> Any:
        """The input whose gradient it is."""
        return self.values.get(self.name)

    @property
    def dz(self) -> Any:
        """The gradient that arrived, in long double."""
        return None if (dz := self.values.get("dz")) is None else np.asarray(dz, L)

    @property
    def z(self) -> Any:
        """The output, in long double."""
        return None if (z := self.values.get("z")) is None else np.asarray(z, L)

    def floats(self) -> dict[str, Any]:
        """The inputs, z and dz that are floats, in long double."""
        return {k: np.asarray(v, L) for k, v in self.values.items() if np.asarray(v).dtype.kind == "f"}

    def integers(self) -> list[Any]:
        """The inputs that are integers: labels, or indices."""
        return [v for v in self.values.values() if np.asarray(v).dtype.kind in "iu"]

    def counts(self) -> list[int]:
        """The counts that a mean may have divided by: of all elements, or of one axis."""
        arrays = [*self.values.values(), *([self.found] if "dz" in self.values else [])]
        return [n for n in dict.fromkeys(n for a in arrays for n in (np.size(a), *np.shape(a))) if n > 1]


def spreads(v: Any, shape: Any) -> bool:
    """Whether an array broadcasts to this shape."""
    sides = zip(reversed(v.shape), reversed(shape), strict=False)
    return v.ndim <= len(shape) and all(n in (1, m) for n, m in sides)


def shaped(array: Any, found: Any) -> Any:
    """Return an array in the shape of what was found, if it has as many elements."""
    return array.reshape(found.shape) if array.size == found.size else array


def sigmoid(v: Any) -> Any:
    """The sigmoid."""
    return 1 / (1 + np.exp(-v))


def softmax(v: Any, dim: int) -> Any:
    """The softmax of rows, in long double."""
    e = np.exp(v - v.max(dim, keepdims=True))
    return e / e.sum(dim, keepdims=True)


def log_softmax(v: Any, dim: int) -> Any:
    """Its logarithm."""
    if not v.size:
        return v
    s = v - v.max(dim, keepdims=True)
    return s - np.log(np.exp(s).sum(dim, keepdims=True))
