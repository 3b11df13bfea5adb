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

docs/testing.md has examples, what each tier claims, and how to read a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.internal import scrutineer

from sidebyside.contract import NoTier
from sidebyside.contract.run_both import Trial
from sidebyside.verdict import compare

try:  # the strategies do without PyTorch
    import torch

    from sidebyside.programs.drawn import Program, programs, same_program

    # The first gradient makes torch import half a second's worth: Hypothesis would blame the first test.
    torch.ones(1, requires_grad=True).backward(torch.ones(1))
except ModuleNotFoundError as missing:
    if missing.name != "torch":
        raise
    Program = ()  # no program is drawn, then

__all__ = ["NoTier", "cmp", "dyadics", "floats", "labels", "logits", "programs", "same"]

# Hypothesis explains a failure by lines that only failing examples run. Lines of ours would tell nobody anything.
scrutineer.UNHELPFUL_LOCATIONS += ("/sidebyside/**", "/minigrad/**")

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
    __tracebackhide__ = True
    count = next((i for i, x in enumerate(programs_and_inputs) if not callable(x)), len(programs_and_inputs))
    programs, inputs = programs_and_inputs[:count], programs_and_inputs[count:]
    if not programs:
        raise TypeError("same takes a program first: same(lambda torch, x: x * 2, x)")
    trial = Trial(programs, [np.asarray(x) if isinstance(x, np.generic) else x for x in inputs])
    searching = _context()
    trial.brief, trial.listed = searching is True, searching is None
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


def cmp(name: str, mine: Any, right: Any, **values: Any) -> None:
    """Print whether a tensor is PyTorch's: exactly, up to rounding, or wrong, and how.

    cmp("dW", dW, W.grad)
    cmp("dW", dW, lambda: torch.autograd.grad(loss(W), W)[0])     the program tells how far rounding may go
    cmp("dx", dx, x.grad, x=x, z=z, dz=dz)                        what it was made of helps to name a mistake

    Tensors of either library, and arrays of NumPy. A program is run again, so it may not draw random numbers.
    """
    print(f"{name}: {compare(name.removeprefix('d'), mine, right, values).text}")


def _context() -> bool | None:
    """Whether Hypothesis searches and shrinks. At the end it runs the example once more, and lists it. None outside."""
    from hypothesis.control import current_build_context, currently_in_test_context

    return not current_build_context().is_final if currently_in_test_context() else None


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


def _shape(given: Sequence[Any], dtype: Any) -> tuple[Shape, Any]:
    """Shape and dtype of dyadics(3, 4), dyadics((3, 4)) or dyadics((3, 4), "float64")."""
    if len(given) > 1 and not isinstance(given[-1], int):
        *given, dtype = given
    if len(given) == 1:
        return given[0], dtype
    return tuple(given) if given else None, dtype


def dyadics(*shape: Any, dtype: Any = "float32", e: int = 1, most: int = 2) -> st.SearchStrategy[Any]:
    """Multiples of 2⁻ᵉ of magnitude at most `most`, which take log₂(most·2ᵉ) bits and a sign.

    The shape is given as dyadics(3, 4) or dyadics((3, 4)), or drawn by a strategy.

    A product adds the bits of its factors, a sum of n takes log₂ n more; as long as these stay below 24 in float32
    or 53 in float64, nothing rounds. `same` proves it for the program at hand. Shrinks towards 0.
    """
    steps = most << e
    return arrays(lambda dtype: st.integers(-steps, steps).map(lambda k: k / 2.0**e), *_shape(shape, dtype))


def floats(
    *shape: Any, dtype: Any = "float32", low: float | None = None, high: float | None = None
) -> st.SearchStrategy[Any]:
    """Any floats: nan, the infinities, -0.0 and subnormals among them; between limits, if given, finite ones."""
    return arrays(lambda dtype: st.floats(low, high, width=dtype.itemsize * 8), *_shape(shape, dtype))


def logits(
    samples: Shape = None, classes: int | None = None, dtype: Any = "float32", *, most: float | None = None
) -> st.SearchStrategy[Any]:
    """What a network says of samples and classes, as logits(3, 4) or logits((3, 4)): ties and large gaps among them.

    Floats up to `most`, which is 100, and 800 in float64: there exp overflows, unless the maximum is subtracted.
    """

    def numbers(dtype: Any) -> Any:
        top = float(most if most is not None else 800 if dtype.itemsize > 4 else 100)
        return st.floats(-top, top, width=dtype.itemsize * 8) | st.sampled_from([0.0, 1.0, -1.0, top])

    return arrays(numbers, _sides(samples, classes), dtype)


def labels(samples: Shape, classes: int | None = None) -> st.SearchStrategy[Any]:
    """The class of each sample, int64, from 0 to classes - 1: labels(3, 4) or labels((3, 4))."""
    if not isinstance(samples, int):
        samples, classes = samples
    return hnp.arrays(np.int64, samples, elements=st.integers(0, classes - 1), fill=st.nothing())


def _sides(samples: Any, classes: int | None) -> Any:
    """A shape, given as one or as two numbers of which any may be left open."""
    if samples is not None and not isinstance(samples, int):
        return samples
    return st.tuples(*(st.integers(1, 5) if n is None else st.just(n) for n in (samples, classes)))
