"""scatter_reduce, index_put, as_strided, addbmm, addr and their kin."""

import pytest
from both import for_every, tells_the_same

import minigrad
from minigrad.autograd import gradcheck, gradgradcheck


def table(t):
    return t.tensor([[3.0, -1.0, 2.0], [0.0, 4.0, 4.0]])


def reduced(t, how, **options):
    """The value, and the gradients of the sum of its square; small whole numbers and halves are exact."""
    x, src = table(t).requires_grad_(), t.tensor([[1.0, 4.0], [0.0, 2.0], [2.0, 4.0]]).requires_grad_()
    z = t.scatter_reduce(x, 0, t.tensor([[0, 1], [0, 1], [1, 1]]), src, how, **options)
    z.square().sum().backward()
    return z.detach() + 0.0, x.grad + 0.0, src.grad + 0.0  # -0.0 counts as 0.0


def put(t, indices, values, accumulate=False):
    x, y = table(t).requires_grad_(), values.requires_grad_()
    z = x.index_put(indices, y, accumulate)
    z.square().sum().backward()
    return z.detach(), x.grad, y.grad


def window(t, *args):
    x = t.arange(6.0).reshape(2, 3).requires_grad_()
    z = t.as_strided(x, *args)
    z.square().sum().backward()
    return z.detach(), x.grad


def written(t):
    x = t.zeros(2, 3)
    x.as_strided((2,), (2,), 1).fill_(5.0)
    return x


EXACT = [
    *(lambda t, how=how: reduced(t, how) for how in ("sum", "prod", "amax", "amin")),
    *(lambda t, how=how: reduced(t, how, include_self=False) for how in ("sum", "prod", "amax", "amin")),
    lambda t: t.zeros(3).scatter_reduce_(0, t.tensor([0, 0, 2]), t.tensor([2.0, 4.0, 5.0]), "sum"),
    lambda t: t.zeros(3).scatter_reduce_(0, t.tensor([0, 0, 0]), t.tensor([2.0, 4.0, 6.0]), "mean"),
    lambda t: t.ones(3).long().scatter_reduce(0, t.tensor([0, 0, 2]), t.tensor([1, 2, 5]), "mean", include_self=False),
    lambda t: t.zeros(3).scatter_reduce(0, t.tensor([0]), t.ones(1), "max"),
    lambda t: t.zeros(3).scatter_reduce(0, t.tensor([0]), t.ones(1), "maximum"),
    lambda t: put(t, (t.tensor([0, 1]), t.tensor([2, 2])), t.tensor([7.0, 8.0])),
    lambda t: put(t, (t.tensor([0, 0]),), t.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), True),
    lambda t: put(t, (t.tensor([[True, False, True], [False, True, False]]),), t.tensor(2.0), True),
    lambda t: t.zeros(2, 2).index_put_((t.tensor([1]),), t.ones(2)),
    lambda t: t.zeros(2).index_put((t.tensor([0]),), t.tensor(1)),
    lambda t: window(t, (2, 2), (1, 2)),
    lambda t: window(t, (3, 2), (1, 1), 1),
    lambda t: written(t),
    lambda t: t.as_strided(t.ones(3), (4,), (1,)),
    lambda t: t.as_strided(t.ones(3), (2,), (-1,)),
    lambda t: t.as_strided(t.ones(3), (2,), (1, 1)),
    lambda t: [t.addbmm(table(t), t.ones(2, 2, 3), t.ones(2, 3, 3), beta=2)],
    lambda t: t.addr(table(t), t.ones(2), t.ones(3), alpha=2),
    lambda t: [t.ger(t.ones(2), t.ones(3)), t.vdot(t.ones(2), t.ones(2)), t.row_stack([t.ones(2), t.ones(2)])],
    lambda t: [*t.unravel_index(t.tensor([0, 5, 3]), (2, 3)), t.addr(t.ones(1, 1) > 0, t.ones(1) > 0, t.ones(1) > 0)],
    lambda t: t.addr(t.ones(2, 2), t.ones(2, 2), t.ones(2)),
]  # fmt: skip


@for_every(EXACT)
def test_both_tell_the_same(program):
    tells_the_same(program)


@pytest.mark.parametrize("how", ["sum", "mean", "prod", "amax", "amin"])
@pytest.mark.parametrize("include", [True, False])
def test_rules_agree_with_finite_differences(how, include):
    x = (table(minigrad).double() + minigrad.arange(6).reshape(2, 3) / 16).requires_grad_()
    src = (minigrad.tensor([[1.0, 4.0], [0.5, 2.0], [2.0, 7.0]]).double()).requires_grad_()
    index = minigrad.tensor([[0, 1], [0, 1], [1, 1]])

    def function(x, src):
        return x.scatter_reduce(0, index, src, how, include_self=include)

    assert gradcheck(function, (x, src))
    assert gradgradcheck(function, (x, src))
