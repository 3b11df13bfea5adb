"""gradcheck and gradgradcheck: they find what is wrong, pass what is right, and say so as PyTorch does."""

import pytest
import torch
from both import BOTH, failure, leaf

import minigrad

pytestmark = pytest.mark.usefixtures("recording_stays_on")


@BOTH
def test_gradcheck_finds_a_wrong_rule(library):
    class Wrong(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, dz):
            return dz * 3

    x = leaf(library, dtype=library.float64)
    with pytest.raises(RuntimeError, match="Jacobian mismatch for output 0 with respect to input 0"):
        library.autograd.gradcheck(Wrong.apply, (x,))
    assert not library.autograd.gradcheck(Wrong.apply, (x,), raise_exception=False)
    assert library.autograd.gradcheck(lambda x: x * 2, x)
    assert library.autograd.gradgradcheck(lambda x: x * x, x)


@BOTH
def test_gradgradcheck_looks_at_the_gradient_that_arrives_and_only_at_inputs_that_want_one(library):
    class Crooked(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, dz):
            return dz * 2 + (dz * dz).detach()

    x, y = leaf(library, dtype=library.float64), leaf(library, dtype=library.float64).detach()
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        library.autograd.gradgradcheck(Crooked.apply, x)
    assert library.autograd.gradgradcheck(lambda x, y: x * x * y, (x, y))


@BOTH
def test_gradcheck_of_outputs_that_lie_otherwise_or_have_no_gradient(library):
    x = library.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=library.float64, requires_grad=True)
    assert library.autograd.gradcheck(lambda x: x.t() * 2, x)
    assert library.autograd.gradcheck(lambda x: (x * 2, x.long()), x)  # which jumps at whole numbers


def test_gradcheck_shows_both_jacobians_as_torch_does():
    def message(library, dtype):
        class Wrong(library.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                return x.sum() * 2, y * 2

            @staticmethod
            def backward(ctx, dx, dy):
                return dx * 2 * library.ones(2), dy * 3

        x, y = (leaf(library, dtype=getattr(library, dtype)) for _ in range(2))
        check = lambda t: t.autograd.gradcheck(Wrong.apply, (x, y), eps=0.25)  # a power of two: no rounding
        return str(failure(check, library)).replace("torch.", "").replace("minigrad.", "")

    for dtype in ("float32", "float64"):
        ours, theirs = message(minigrad, dtype), message(torch, dtype)
        assert ours.startswith(theirs), ours
