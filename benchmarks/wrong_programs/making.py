"""What a wrong program is made of: an op of forward and backward, and inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import minigrad

Case = tuple[Callable[..., Any], Callable[..., Any], list[Any]]  # ours, PyTorch's, inputs
MISTAKES: dict[
    str, tuple[str, Callable[[Any], Case]]
] = {}  # by name: a part of the sentence, and what makes a case


def own(forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
    """Make an op of forward(*inputs) and backward(dz, z, *inputs)."""

    class Own(minigrad.autograd.Function):
        """An op as a student writes it."""

        @staticmethod
        def forward(ctx: Any, *xs: Any) -> Any:
            """Compute, and save all there is."""
            z = forward(*xs)
            ctx.save_for_backward(z, *xs)
            return z

        @staticmethod
        def backward(ctx: Any, dz: Any) -> Any:
            """Apply the rule."""
            return backward(dz, *ctx.saved_tensors)

    return Own.apply


def mistake(sentence: str) -> Callable[..., Any]:
    """Enter a function that makes a case of a mistake."""

    def enter(make: Callable[[Any], Case]) -> Callable[[Any], Case]:
        MISTAKES[make.__name__] = sentence, make
        return make

    return enter


def kind(r: Any) -> Any:
    """A dtype."""
    return r.choice(["float32", "float64"])


def side(r: Any, least: int = 2) -> int:
    """A length."""
    return int(r.integers(least, 6))


def numbers(r: Any, *shape: int, dtype: Any = None) -> Any:
    """Ordinary numbers."""
    return r.normal(size=shape).astype(dtype or kind(r))


def matrix(r: Any) -> Any:
    """Two axes of 2 to 5."""
    return numbers(r, side(r), side(r))


def positive(r: Any) -> Any:
    """Positive numbers."""
    x = matrix(r)
    return abs(x) + x.dtype.type(0.25)


def one_of(r: Any, *cases: Any) -> Any:
    """One of several programs with the same mistake."""
    return cases[r.integers(len(cases))]


def mse(x: Any) -> Any:
    """The mean of the squares."""
    return (x * x).mean()
