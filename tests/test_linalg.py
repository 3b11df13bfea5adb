"""Inverses, determinants, solutions and singular values: what must hold of them, their gradients and refusals.

LAPACK rounds, and no bound is derived. Matrices whose results are whole numbers are inverted without rounding, because
every step of the elimination is exact; for others, rules are held against finite differences.
"""

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad
from minigrad.autograd import gradcheck, gradgradcheck

WHOLE = np.array(
    [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, -1.0, 1.0]]
)  # its pivots are 1, and so are its transpose's
POWERS = np.diag([2.0, 0.5, 4.0])


def both(array, function):
    return [function(library, library.from_numpy(array.copy())).numpy() for library in (minigrad, torch)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "array", [WHOLE.T, POWERS, np.eye(3)[[2, 0, 1]], np.stack([WHOLE.T, POWERS])], ids=str
)
def test_exact_matrices(array, dtype):
    array = array.astype(dtype)
    for function in (
        lambda t, x: t.inverse(x),
        lambda t, x: t.det(x),
        lambda t, x: t.linalg.solve(x, x),
        lambda t, x: t.matrix_power(x, 3),
        lambda t, x: t.matrix_power(x, -2),
        lambda t, x: t.matrix_power(x, 0),
    ):
        ours, theirs = both(array, function)
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)


def drawn(*shape):
    x = np.random.default_rng(3).normal(size=shape) + 3 * np.eye(*shape[-2:])
    return minigrad.from_numpy(x).requires_grad_()


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3)], ids=str)
def test_rules_agree_with_finite_differences(shape):
    x, y = drawn(*shape), drawn(*shape)
    functions = [minigrad.inverse, minigrad.det, lambda x: minigrad.matrix_power(x, -2)]
    for function in functions:
        assert gradcheck(function, (x,))
        assert gradgradcheck(function, (x,))
    assert gradcheck(minigrad.linalg.solve, (x, y))
    assert gradgradcheck(minigrad.linalg.solve, (x, y))
    assert gradcheck(minigrad.linalg.svdvals, (x,))
    for ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        assert gradcheck(lambda x, ord=ord: minigrad.linalg.matrix_norm(x, ord), (x,))


def test_the_determinant_of_a_singular_matrix_has_a_gradient():
    x = minigrad.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    minigrad.det(x).backward()
    assert x.grad.tolist() == [[4.0, -2.0], [-2.0, 1.0]]


@pytest.mark.parametrize("full", [True, False])
def test_singular_values_make_the_matrix_again(full):
    x = np.random.default_rng(0).normal(size=(4, 3))
    u, s, vh = minigrad.linalg.svd(minigrad.from_numpy(x), full_matrices=full)
    assert (tuple(u.shape), tuple(vh.shape)) == (((4, 4) if full else (4, 3)), (3, 3))
    again = (u[:, :3] * s) @ vh
    # A backward stable algorithm errs by a small multiple of u·|x|: 30 such units for 12 numbers.
    assert np.abs(again.numpy() - x).max() <= 30 * 2**-53 * np.linalg.norm(x)
    assert np.all(np.diff(s.numpy()) <= 0)


# Sums of whole numbers, and roots of squares: nothing rounds.
NORMS = [
    lambda t, x: t.linalg.norm(x), lambda t, x: t.linalg.norm(x, "fro"), lambda t, x: t.linalg.matrix_norm(x),
    lambda t, x: t.linalg.norm(x, 1), lambda t, x: t.linalg.norm(x, -1), lambda t, x: t.linalg.norm(x, np.inf),
    lambda t, x: t.linalg.norm(x, -np.inf, dtype=t.float64), lambda t, x: t.linalg.norm(x, 1, dim=1),
    lambda t, x: t.linalg.norm(x, dim=(1, 0), keepdim=True), lambda t, x: t.linalg.norm(x[0], np.inf),
    lambda t, x: t.linalg.matrix_norm(x.expand(2, 2, 2), 1, (1, 0), True),
    lambda t, x: t.linalg.matrix_norm(x.expand(2, 2, 2), np.inf, (0, -1)),
    lambda t, x: t.linalg.norm(x[:0], 1), lambda t, x: t.linalg.norm(x[:0]), lambda t, x: t.linalg.norm(x[:0], 2),
    lambda t, x: t.linalg.norm(x[:0], -1), lambda t, x: t.linalg.norm(x[0], "fro"), lambda t, x: t.linalg.norm(x, 3),
    lambda t, x: t.linalg.norm(x, "x"), lambda t, x: t.linalg.norm(x, 1, (0, 1, 1)),
    lambda t, x: t.linalg.norm(x, 1, (1, 1)),
    lambda t, x: t.linalg.norm(x[None], 1), lambda t, x: t.linalg.norm(x.long()),
    lambda t, x: t.linalg.norm(x.long(), 1),
    lambda t, x: t.linalg.matrix_norm(x, 1, 0), lambda t, x: t.linalg.matrix_norm(x[0]),
    lambda t, x: t.linalg.norm([x], 1),
    lambda t, x: t.linalg.matrix_norm(x, dtype=t.float16), lambda t, x: t.linalg.matrix_norm(x.half(), 2),
]  # fmt: skip


@for_every(NORMS)
def test_norms(program):
    def run(t):
        x = t.tensor([[3.0, -4.0], [0.0, 12.0]], requires_grad=True)
        z = program(t, x)
        z.sum().backward()
        return z, x.grad

    tells_the_same(run)


def test_norms_of_singular_values_are_theirs():
    x = drawn(2, 4, 3)
    s, norm = minigrad.linalg.svdvals(x), minigrad.linalg.matrix_norm
    for ord, wanted in (("nuc", s.sum(1)), (2, s.amax(1)), (-2, s.amin(1))):
        assert norm(x, ord).tolist() == wanted.tolist()
        assert norm(x.movedim(0, 1), ord, (0, 2), True)[0, :, 0].tolist() == wanted.tolist()


SAME = [
    lambda t: t.svd(t.eye(2)).S,
    lambda t: t.linalg.inv(t.ones(2, 3)),
    lambda t: t.linalg.inv(t.ones(2)),
    lambda t: t.linalg.inv(t.ones(2, 2, dtype=t.int64)),
    lambda t: t.linalg.solve(t.eye(2), t.ones(3)),
    lambda t: t.linalg.solve(t.eye(2), t.ones(2).double()),
    lambda t: t.linalg.solve(t.eye(2), t.ones(2)),
    lambda t: t.matrix_power(t.ones(2, 3), 2),
    lambda t: t.linalg.vector_norm(t.tensor([3.0, 4.0])),
    lambda t: t.inverse(t.zeros(0, 0)).shape,
]


@for_every(SAME)
def test_both_tell_the_same(program):
    tells_the_same(program)


@pytest.mark.parametrize("name", ["inv", "solve"])
def test_a_singular_matrix_is_refused(name):
    for library in (minigrad, torch):
        x = library.tensor([[1.0, 2.0], [2.0, 4.0]])
        arguments = (x,) if name == "inv" else (x, x)
        with pytest.raises(library.linalg.LinAlgError, match="the input matrix is singular") as caught:
            getattr(library.linalg, name)(*arguments)
        assert isinstance(caught.value, RuntimeError)
