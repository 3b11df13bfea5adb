"""Inputs for what is checked: those that the file asks for, else arrays of shapes that the formula accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sidebyside.check.items import Item, snake
from sidebyside.check.said import Unclear

# Shapes of the inputs: a letter is a side, 1 is a side of 1; "n<m" are labels, n whole numbers below m.
SHAPES: dict[int, list[tuple[str, ...]]] = {
    1: [("nm",), ("n",), ("",), ("nmk",)],
    2: [("nm", "nm"), ("nm", "mk"), ("nm", "km"), ("nm", "n<m"), ("nm", "k<n"), ("n", "n"), ("nm", "m"), ("nm", "n1"),
        ("nm", ""), ("", "")],
    3: [("nm", "mk", "k"), ("nm", "km", "k"), ("nm", "nm", "nm"), ("n", "n", "n"), ("nm", "m", "m"),
        ("nm", "nm", "n<m"), ("", "", "")],
}  # fmt: skip
SIDES = {"n": (2, 3, 4, 1), "m": (3, 2, 4, 1), "k": (4, 2, 3, 1), "1": (1,)}  # the first are the simplest
# Numbers: few bits, with zeros and ties; small; and so large that exp overflows.
NUMBERS = (
    lambda bits: st.integers(-4, 4).map(lambda k: k / 2.0),
    lambda bits: st.floats(-4, 4, width=bits),
    lambda bits: (
        st.sampled_from([0.0, LARGE[bits], -LARGE[bits]]) | st.floats(-LARGE[bits], LARGE[bits], width=bits)
    ),
)
LARGE = {32: 100.0, 64: 800.0}


def asked(item: Item, module: ModuleType) -> Any:
    """Return the strategy that the file gives as NAME_inputs, or None."""
    name = f"{snake(item.name)}_inputs"
    given = vars(module).get(name)
    if given is None:
        return None
    strategies = given if isinstance(given, (tuple, list)) else (given,)
    if not all(isinstance(each, st.SearchStrategy) for each in strategies):
        raise Unclear(
            f"{name} must be Hypothesis strategies, one for each input, as in (dyadics((3, 4)), dyadics(4))"
        )
    if len(strategies) != len(item.parameters):
        raise Unclear(
            f"{name} has {len(strategies)} strategies, and {item.name} takes {len(item.parameters)} inputs"
        )
    return st.tuples(*strategies)


def drawn(item: Item, shapes: Sequence[tuple[str, ...]]) -> Any:
    """Return a strategy of tuples of arrays of these shapes. A NumPy pair gets NumPy's own float64."""
    types = ["float64"] if item.kind == "pair" else ["float32", "float64"]
    return st.composite(_arrays)(shapes, types)


def _arrays(draw: Callable[..., Any], shapes: Sequence[tuple[str, ...]], types: Sequence[str]) -> Any:
    dtype, shape = np.dtype(draw(st.sampled_from(types))), draw(st.sampled_from(shapes))
    letters = {*"".join(shape)} & {*SIDES}
    sides = {side: draw(st.sampled_from(SIDES[side])) for side in sorted(letters)}
    elements = draw(st.sampled_from(NUMBERS))(dtype.itemsize * 8)
    return tuple(draw(_array(each, sides, elements, dtype)) for each in shape)


def _array(text: str, sides: dict[str, int], elements: Any, dtype: Any) -> Any:
    shape, _, below = text.partition("<")
    size = tuple(sides[side] for side in shape)
    if below:
        return hnp.arrays(np.int64, size, elements=st.integers(0, sides[below] - 1), fill=st.nothing())
    return hnp.arrays(dtype, size, elements=elements, fill=st.nothing())


def ordinary(shape: tuple[str, ...], dtype: str) -> list[Any]:
    """Return positive numbers of this shape, to see whether a program takes them."""
    draw = np.random.default_rng(0)
    sides = {side: sizes[0] for side, sizes in SIDES.items()}
    found = []
    for text in shape:
        axes, _, below = text.partition("<")
        size = tuple(sides[side] for side in axes)
        numbers = (
            draw.integers(0, sides[below], size) if below else draw.uniform(0.25, 0.75, size).astype(dtype)
        )
        found.append(np.asarray(numbers))
    return found


def candidates(count: int) -> Iterator[tuple[str, ...]]:
    """Yield the shapes that are tried for this number of inputs."""
    yield from SHAPES.get(count) or [(each,) * count for each in ("nm", "n", "")]


def spelled(shape: tuple[str, ...]) -> str:
    """Return shapes as a reader writes them: (n, m) and (m,)."""
    sides = (text.partition("<")[0] for text in shape)
    return " and ".join(f"({', '.join(each)}{',' * (len(each) == 1)})" for each in sides)
