"""Test that minigrad and PyTorch agree, or that an op of your own does: a tool for pytest and Hypothesis.

    from hypothesis import given
    from sidebyside.testing import dyadics, same

    @given(dyadics((3, 4)), dyadics((4,)))
    def test_product(x, y):
        same(lambda torch, x, y: (x * y).sum(), x, y)

`same` runs the program in both libraries, forward and backward, and compares values, types, shapes, gradients and
names of grad_fn. An op of your own, an autograd.Function in minigrad, is held against its formula in torch:

    class Square(minigrad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x
        @staticmethod
        def backward(ctx, dz):
            return 2 * ctx.saved_tensors[0] * dz

    same(Square.apply, lambda x: x**2, np.array([1.0, -2.0, 0.5]))

On dyadic numbers, small multiples of a power of two, nothing rounds and every bit must agree. On other floats
both libraries must lie within a bound that is derived for the torch program, step by step; a formula of your
own that takes more steps than torch's may leave it, rightly: test it on dyadics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sidebyside.contract import NoTier
from sidebyside.contract.run_both import Trial
from sidebyside.programs.drawn import Program, programs, same_program

__all__ = ["NoTier", "dyadics", "floats", "labels", "logits", "programs", "same"]

# The first gradient that torch is given makes it import half a second's worth: Hypothesis would blame the first test.
torch.ones(1, requires_grad=True).backward(torch.ones(1))

ADVICE = """\
Draw numbers between limits, as in floats(low=-100, high=100), so that none overflows; or dyadics, with which
nothing rounds; or compare on the same kernels, where any floats may be: tier="exchanged"."""

Shape = int | Sequence[int] | st.SearchStrategy[Any] | None


def same(*programs_and_inputs: Any, tier: str | None = None) -> str:
    """Assert that the programs agree on the inputs; the tier in which they do.

    same(program, *inputs)                 `program(torch, *inputs)` in both libraries
    same(ours, theirs, *inputs)            ours(*inputs) in minigrad, theirs(*inputs) in torch
    same(ours, by_hand, theirs, *inputs)   three ways; the last is the reference
    same(drawn)                            one that `programs` drew: all its variables

    Inputs are arrays, of which floats require grad, or anything else, passed on as it is. The tier is the strongest
    that makes a claim, "exact" or "bounded", or the one demanded, which may be "exchanged", too, or "bits": exact,
    and zeros have the same sign. A drawn program is held in "exact", or where it may round in "exchanged".
    Raises AssertionError where the libraries differ and NoTier, which is no AssertionError, where no tier can tell.
    """
    if len(programs_and_inputs) == 1 and isinstance(programs_and_inputs[0], Program):
        return same_program(programs_and_inputs[0], tier)
    count = next((i for i, x in enumerate(programs_and_inputs) if not callable(x)), len(programs_and_inputs))
    programs, inputs = programs_and_inputs[:count], programs_and_inputs[count:]
    if not programs:
        raise TypeError("same takes a program first: same(lambda torch, x: x * 2, x)")
    trial = Trial(programs, [np.asarray(x) if isinstance(x, np.generic) else x for x in inputs])
    reasons = []
    for each in (tier,) if tier else ("exact", "bounded"):
        try:
            trial.check(each)
        except NoTier as reason:
            reasons.append(f"{each}: {reason}")
            continue
        _noted(f"tier: {each}")
        return each
    advice = [] if tier else [ADVICE]
    raise NoTier("\n".join(["no tier makes a claim here:", *reasons, *advice]))


def _noted(what: str) -> None:
    """For Hypothesis' statistics, where a test of its is running."""
    from hypothesis.control import currently_in_test_context

    if currently_in_test_context():
        event(what)


# -- what Hypothesis draws ----------------------------------------------------------------------------------

ANY_SHAPE = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
LARGE = 256  # elements, from which an array is drawn by its seed: fast, but it does not shrink


@st.composite
def arrays(draw: Callable[..., Any], elements: Any, shape: Shape, dtype: Any) -> Any:
    """Arrays of these elements; without a shape any small one, 0-d and empty ones too."""
    shape = ANY_SHAPE if shape is None else shape
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else shape
    dtype = np.dtype(draw(dtype) if isinstance(dtype, st.SearchStrategy) else dtype)
    # fill: Hypothesis would else repeat one number in most places
    return draw(hnp.arrays(dtype, shape, elements=elements(dtype), fill=st.nothing()))


def dyadics(
    shape: Shape = None, dtype: Any = "float32", *, e: int = 1, most: int = 2
) -> st.SearchStrategy[Any]:
    """Multiples of 2⁻ᵉ of magnitude at most `most`, which take log₂(most·2ᵉ) bits and a sign.

    A product adds the bits of its factors, a sum of n takes log₂ n more; as long as these stay below 24 in float32
    or 53 in float64, nothing rounds. `same` proves it for the program at hand. Shrinks towards 0.
    """
    steps = most << e
    return arrays(lambda dtype: st.integers(-steps, steps).map(lambda k: k / 2.0**e), shape, dtype)


def floats(
    shape: Shape = None, dtype: Any = "float32", *, low: float | None = None, high: float | None = None
) -> st.SearchStrategy[Any]:
    """Any floats: nan, the infinities, -0.0 and subnormals among them; between limits, if given, finite ones."""
    return arrays(lambda dtype: st.floats(low, high, width=dtype.itemsize * 8), shape, dtype)


def logits(
    samples: int | None = None, classes: int | None = None, dtype: Any = "float32", *, most: float = 32
) -> st.SearchStrategy[Any]:
    """What a network says of (samples, classes): floats up to `most`, ties and large gaps among them."""
    sides = [st.integers(1, 5) if n is None else st.just(n) for n in (samples, classes)]
    numbers = lambda dtype: (
        st.floats(-most, most, width=dtype.itemsize * 8) | st.sampled_from([0.0, 1.0, -1.0, float(most)])
    )
    return arrays(numbers, st.tuples(*sides), dtype)


def labels(samples: int, classes: int) -> st.SearchStrategy[Any]:
    """The class of each sample, int64, from 0 to classes - 1."""
    return hnp.arrays(np.int64, samples, elements=st.integers(0, classes - 1), fill=st.nothing())
