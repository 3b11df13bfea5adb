"""QR, Cholesky's and the eigenvectors' decompositions, and what linalg makes of them: what must hold of each.

LAPACK rounds, and no bound is derived: the factors of a matrix make it again, and the rules are held against finite
differences. tests/test_torch_samples.py compares types, shapes and errors with PyTorch's.
"""

import math

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad
from minigrad import linalg
from minigrad.autograd import gradcheck, gradgradcheck

# A backward stable algorithm errs by a small multiple of u·|x|: 100 such units for 20 numbers.
NEAR = {"rtol": 0, "atol": 100 * 2**-53 * 10}


def drawn(*shape):
    return minigrad.from_numpy(np.random.default_rng(5).normal(size=shape)).requires_grad_()


def symmetric(x):
    return x + x.mT


def definite(x):
    return x @ x.mT + minigrad.eye(x.shape[-2], dtype=minigrad.float64)


@pytest.mark.parametrize("shape", [(4, 3), (3, 3), (2, 3, 4), (0, 3), (3, 0)], ids=str)
def test_factors_make_the_matrix_again(shape):
    x = drawn(*shape).detach()
    for mode in ("reduced", "complete"):
        q, r = linalg.qr(x, mode)
        assert np.allclose((q @ r).numpy(), x.numpy(), **NEAR)
        assert np.allclose((q.mT @ q).numpy(), np.eye(q.shape[-1]), **NEAR)
        assert np.array_equal(r.numpy(), np.triu(r.numpy()))
    square = x @ x.mT
    values, vectors = linalg.eigh(square)
    assert np.allclose((vectors * values.unsqueeze(-2) @ vectors.mT).numpy(), square.numpy(), **NEAR)
    assert np.all(np.diff(values.numpy()) >= 0)
    square = definite(x)
    lower = linalg.cholesky(square)
    assert np.allclose((lower @ lower.mT).numpy(), square.numpy(), **NEAR)
    assert np.array_equal(lower.numpy(), np.tril(lower.numpy()))
    if x.numel():
        z = linalg.pinv(x)
        assert np.allclose((x @ z @ x).numpy(), x.numpy(), **NEAR)
        assert np.allclose((z @ x @ z).numpy(), z.numpy(), **NEAR)


RULES = {
    "qr": (lambda x: tuple(linalg.qr(x)), (3, 2)),
    "qr, wide": (lambda x: tuple(linalg.qr(x)), (2, 3)),
    "cholesky": (lambda x: linalg.cholesky(definite(x)), (2, 2, 2)),
    "cholesky, upper": (lambda x: linalg.cholesky(definite(x), upper=True), (3, 3)),
    "eigh": (lambda x: (linalg.eigh(symmetric(x))[0], abs(linalg.eigh(symmetric(x))[1])), (3, 3)),
    "svd": (lambda x: tuple(map(abs, linalg.svd(x, False))), (3, 2)),
    "svd, wide and full": (lambda x: abs(linalg.svd(x)[2])[:2], (2, 3)),
    "solve_triangular": (lambda x: linalg.solve_triangular(x[:, :2] + 2, x, upper=True), (2, 3)),
    "solve_triangular, right": (lambda x: linalg.solve_triangular(x[1:], x, upper=False, left=False), (3, 2)),
    "slogdet": (lambda x: linalg.slogdet(x)[1], (2, 3, 3)),
    "pinv": (linalg.pinv, (3, 2)),
    "lstsq": (lambda x: linalg.lstsq(x[:, :2], x[:, 2:], driver="gelsd")[:2], (3, 3)),
    "matrix_exp": (linalg.matrix_exp, (2, 2)),
    "cond": (linalg.cond, (2, 2)),
    "multi_dot": (lambda x: linalg.multi_dot([x[0], x.T, x, x.T]), (2, 3)),
    "tensorsolve": (lambda x: linalg.tensorsolve(x, x[..., 0]), (2, 2, 4)),
    "cholesky_inverse": (lambda x: minigrad.cholesky_inverse(definite(x)), (2, 2)),
    "cholesky_solve": (lambda x: minigrad.cholesky_solve(x, definite(x), True), (2, 2)),
}


@pytest.mark.parametrize("name", RULES)
def test_rules_agree_with_finite_differences(name):
    function, shape = RULES[name]
    x = drawn(*shape)
    assert gradcheck(function, (x,))
    assert gradgradcheck(function, (x,))


# Of these matrices every step is exact.
EXACT = [
    lambda t: [t.linalg.cholesky(t.tensor([[4.0, 2.0], [2.0, 5.0]]), upper=up) for up in (False, True)],
    lambda t: t.linalg.solve_triangular(t.tensor([[2.0, 1.0], [7.0, 4.0]]), t.tensor([[5.0], [4.0]]), upper=True),
    lambda t: t.linalg.solve_triangular(t.tensor([[0.0, 1.0], [1.0, 4.0]]), t.tensor([[5.0], [4.0]]), upper=False),
    lambda t: [*t.triangular_solve(t.ones(2, 1), t.tensor([[2.0, 1.0], [7.0, 4.0]]), False, True, True)],
    lambda t: [t.linalg.multi_dot([t.arange(2), t.ones(2, 3).long(), t.arange(3)]), t.linalg.vander(t.arange(3))],
    lambda t: [t.linalg.vecdot(t.arange(6.0).reshape(2, 3), t.ones(3)), t.linalg.diagonal(t.eye(2, 3), offset=1)],
    lambda t: [t.matrix_exp(t.zeros(2, 2)), t.linalg.matrix_exp(t.zeros(0, 0)), t.logdet(-t.eye(3))],
    lambda t: [t.linalg.matrix_rank(t.diag(t.tensor([1.0, 1e-3, 0.0])), atol=tol).item() for tol in (None, 0.1, 2.0)],
    lambda t: [*t.linalg.slogdet(-t.eye(3)), *t.slogdet(t.zeros(2, 2)), t.linalg.cond(t.zeros(2, 2), 1)],
    lambda t: [*t.linalg.inv_ex(t.eye(2)), t.linalg.cholesky_ex(-t.eye(2)).info],
    lambda t: t.linalg.lstsq(t.eye(3, 2), t.tensor([1.0, 2.0, 3.0])).rank,
    lambda t: [f(t.eye(2, requires_grad=True)).grad_fn.name() for f in (t.linalg.pinv, t.linalg.matrix_exp)],
    lambda t: t.linalg.cholesky(t.stack([t.eye(2), -t.eye(2)])),
    lambda t: t.cholesky(-t.eye(2)),
    lambda t: t.cholesky(t.ones(2, 3)),
    lambda t: t.linalg.qr(t.ones(2, 2), mode="x"),
    lambda t: t.linalg.qr(t.ones(3, 2, requires_grad=True), mode="r").R.sum().backward(),
    lambda t: t.linalg.qr(t.ones(3, 2, requires_grad=True), mode="complete").R.sum().backward(),
    lambda t: t.linalg.eigh(t.ones(2, 2), UPLO="x"),
    lambda t: t.linalg.eigvalsh(t.ones(2, 3)),
    lambda t: t.linalg.pinv(t.arange(4).reshape(2, 2)),
    lambda t: t.linalg.matrix_rank(t.ones(3)),
    lambda t: t.linalg.cond(t.ones(2, 2), "x"),
    lambda t: t.linalg.multi_dot([t.ones(2, 2)]),
    lambda t: t.linalg.multi_dot([t.ones(2, 2), t.ones(3, 2)]),
    lambda t: t.linalg.multi_dot([t.ones(2, 2), t.ones(2, 2).double()]),
    lambda t: t.linalg.tensorinv(t.ones(2, 3), ind=1),
    lambda t: t.linalg.lstsq(t.ones(3, 2), t.ones(3, 1), driver="x"),
    lambda t: t.linalg.lstsq(t.ones(2, 2), t.ones(3)),
    lambda t: t.linalg.solve_triangular(t.eye(2), t.ones(3, 1), upper=True),
    lambda t: t.cholesky_solve(t.ones(3, 1), t.eye(2)),
    lambda t: t.logdet(t.ones(2, 3)),
]  # fmt: skip


@for_every(EXACT)
def test_both_tell_the_same(program):
    def run(t):
        try:
            return program(t)
        except t.linalg.LinAlgError as error:  # of another name there
            return str(error).partition(". ")[0]

    tells_the_same(run)


def test_matrix_exp_is_near_torchs():
    """Both sum to n = 18 and square: errors of a few units grow by the squarings, of which there are four."""
    x = np.random.default_rng(2).normal(size=(4, 4)) * 3
    ours = minigrad.linalg.matrix_exp(minigrad.from_numpy(x)).numpy()
    theirs = torch.linalg.matrix_exp(torch.from_numpy(x)).numpy()
    assert np.abs(ours - theirs).max() <= 1000 * 2**-53 * math.exp(np.linalg.norm(x, 2))
