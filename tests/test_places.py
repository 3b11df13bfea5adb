"""Elements written to places, parts of tensors, and tensors arranged anew: the same text, or error, as in PyTorch."""

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad


def steps(*each):
    return each[-1]


def table(t, dtype=None):
    return t.arange(6, dtype=dtype or t.float64).reshape(2, 3)


def places(t):
    return t.tensor([[0, 1, 1], [1, 0, 0]])


def gradient(t, program):
    """The value of a program of one table, and the gradient of its square's sum."""
    x = table(t).requires_grad_()
    z = program(x)
    z.square().sum().backward()
    return z.detach(), x.grad


WRITTEN = [
    lambda t: gradient(t, lambda x: x.scatter(1, places(t), x + 1)),
    lambda t: gradient(t, lambda x: x.scatter(0, places(t), 2.0)),
    lambda t: gradient(t, lambda x: x.scatter_add(1, places(t), x * 2)),
    lambda t: gradient(t, lambda x: x.index_add(0, t.tensor([1, 0]), x, alpha=2)),
    lambda t: gradient(t, lambda x: x.index_copy(0, t.tensor([1, 0]), x * 3)),
    lambda t: gradient(t, lambda x: x.index_fill(1, t.tensor([0, -1]), 2.0)),
    lambda t: gradient(t, lambda x: x.take(t.tensor([0, 5, -1]))),
    lambda t: gradient(t, lambda x: t.take_along_dim(x, places(t), 1)),
    lambda t: gradient(t, lambda x: x.masked_scatter(x > 2, x * 2)),
    lambda t: gradient(t, lambda x: (x * 1).scatter_(1, places(t), x)),
    lambda t: gradient(t, lambda x: (x * 1).scatter_add_(1, places(t), x)),
    lambda t: gradient(t, lambda x: (x * 1).index_add_(0, t.tensor([1, 0]), x)),
    lambda t: gradient(t, lambda x: (x * 1).fill_diagonal_(7)),
    lambda t: t.zeros(3, 5).scatter_(0, t.tensor([[0, 1, 2, 0, 0]]), 1, reduce="add"),
    lambda t: t.ones(2, 3).scatter(0, places(t), 2.0, reduce="multiply"),
    lambda t: t.zeros(10, dtype=t.float).scatter_(0, t.tensor(3), value=1),
    lambda t: t.zeros(7, 3).fill_diagonal_(1, wrap=True),
]
ARRANGED = [
    lambda t: gradient(t, lambda x: x.narrow(1, 1, 2)),
    lambda t: gradient(t, lambda x: x.select(1, -1)),
    lambda t: gradient(t, lambda x: x.diagonal(1)),
    lambda t: gradient(t, lambda x: t.diag(x)),
    lambda t: gradient(t, lambda x: t.diag(x[0], -1)),
    lambda t: gradient(t, lambda x: t.diag_embed(x)),
    lambda t: gradient(t, lambda x: x.unfold(1, 2, 1)),
    lambda t: gradient(t, lambda x: x.roll((1, -1), (0, 1))),
    lambda t: gradient(t, lambda x: x.roll(2)),
    lambda t: gradient(t, lambda x: x.repeat_interleave(2)),
    lambda t: gradient(t, lambda x: x.repeat_interleave(t.tensor([2, 0, 1]), 1)),
    lambda t: gradient(t, lambda x: x.tile(2, 1, 2)),
    lambda t: gradient(t, lambda x: x.rot90()),
    lambda t: gradient(t, lambda x: x.unflatten(1, (3, 1))),
    lambda t: gradient(t, lambda x: t.meshgrid(x[0], x[1], indexing="xy")[0]),
    lambda t: gradient(t, lambda x: t.broadcast_tensors(x, t.ones(4, 1, 1))[0]),
    lambda t: gradient(t, lambda x: t.column_stack([x[0], x[1]])),
    lambda t: gradient(t, lambda x: t.dstack([x, x])),
    lambda t: gradient(t, lambda x: x.tensor_split(2, 1)[1]),
    lambda t: gradient(t, lambda x: x.trace()),
    lambda t: gradient(t, lambda x: (x * 1)[None].squeeze_(0)),
    lambda t: gradient(t, lambda x: (x * 1).unsqueeze_(1).mul_(2)),
    lambda t: gradient(t, lambda x: (x * 1).t_()),
    lambda t: gradient(t, lambda x: (x * 1).transpose_(0, 1)),
    lambda t: steps(x := table(t), x.unsqueeze_(0), x.squeeze_(), x.t_(), x.shape),
    lambda t: t.repeat_interleave(t.tensor([2, 0, 1])),
    lambda t: [x.shape for x in t.meshgrid(t.arange(2), t.arange(3))],
    lambda t: [t.fliplr(table(t)), t.flipud(table(t)), t.argwhere(table(t) > 3)],
    lambda t: [t.atleast_1d(t.tensor(1.0)), t.atleast_2d(t.ones(2)), t.atleast_3d(t.ones(2)).shape],
    lambda t: t.broadcast_shapes((2, 1), (3,)),
]
REFUSED = [
    lambda t: table(t).scatter(0, places(t), table(t).float()),
    lambda t: table(t).scatter(0, places(t).float(), table(t)),
    lambda t: table(t).scatter(0, places(t) + 5, table(t)),
    lambda t: table(t).scatter(0, places(t)[0], table(t)),
    lambda t: table(t).scatter(0, places(t), table(t)[:1]),
    lambda t: table(t).scatter(0, places(t), table(t), reduce="mean"),
    lambda t: table(t).scatter(0, places(t)),
    lambda t: table(t).index_add(0, t.tensor([1]), table(t)),
    lambda t: table(t).index_add(0, t.tensor([1, 2]), table(t)),
    lambda t: table(t).index_copy(0, t.tensor([5, 0]), table(t)),
    lambda t: table(t).narrow(0, 1, 2),
    lambda t: table(t).narrow(0, 0, -1),
    lambda t: table(t).select(1, 3),
    lambda t: table(t).diagonal(0, 0, 0),
    lambda t: t.diag(t.tensor(1.0)),
    lambda t: table(t).unfold(1, 4, 1),
    lambda t: table(t).unfold(1, 2, 0),
    lambda t: table(t).roll((1, 2), 0),
    lambda t: table(t).repeat_interleave(-1),
    lambda t: table(t).repeat_interleave(t.tensor([1, 2]), 1),
    lambda t: table(t).unflatten(1, (2, 2)),
    lambda t: table(t).take(t.tensor([6])),
    lambda t: t.zeros(3).fill_diagonal_(1),
    lambda t: table(t).requires_grad_().fill_diagonal_(1),
    lambda t: table(t).requires_grad_().squeeze_(),
    lambda t: t.meshgrid(t.ones(2), indexing="other"),
    lambda t: t.broadcast_shapes((2,), (3,)),
]


@for_every(WRITTEN)
def test_what_is_written(program):
    tells_the_same(program)


@for_every(ARRANGED)
@pytest.mark.filterwarnings("ignore")
def test_what_is_arranged_anew(program):
    tells_the_same(program)


@for_every(REFUSED)
def test_what_is_refused(program):
    tells_the_same(program)


# -- einsum and its kin ---------------------------------------------------------------------------------------

EQUATIONS = [
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("i,j->ij", (2,), (3,)),
    ("ij,ij->", (2, 3), (2, 3)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
    ("...ij,...j->...i", (2, 3, 4), (4,)),
    ("bhqd,bhkd->bhqk", (1, 2, 3, 4), (1, 2, 5, 4)),
    ("ij,kj,lk->il", (2, 3), (4, 3), (5, 4)),
    ("ij,j", (2, 1), (3,)),
    ("ki, jk -> ij", (3, 2), (4, 3)),
    ("i,i,i->i", (3,), (3,), (3,)),
    ("b...,b...->...b", (2, 3), (2, 3)),
]


@pytest.mark.parametrize(("equation", "shapes"), [(e[0], e[1:]) for e in EQUATIONS])
def test_einsum_and_its_gradients(equation, shapes):
    rng = np.random.default_rng(0)
    arrays = [rng.integers(-4, 5, shape).astype(np.float64) for shape in shapes]  # whole: nothing rounds
    answers = []
    for library in (minigrad, torch):
        xs = [library.from_numpy(a.copy()).requires_grad_() for a in arrays]
        z = library.einsum(equation, *xs)
        z.square().sum().backward()
        answers.append([z.detach().numpy(), *(x.grad.numpy() for x in xs)])
    for ours, theirs in zip(*answers, strict=True):
        assert ours.shape == theirs.shape
        assert np.array_equal(ours, theirs)


PRODUCTS = [
    lambda t: t.einsum(table(t), [0, 1], [1, 0]),
    lambda t: t.einsum("ij,j->i", [table(t), table(t)[0]]),
    lambda t: t.tensordot(table(t), table(t), ([1], [1])),
    lambda t: [t.inner(table(t), table(t)), t.kron(table(t), t.eye(2, dtype=t.float64))],
    lambda t: t.cross(table(t), table(t).flip(0), dim=1),
    lambda t: t.linalg.cross(table(t), table(t).flip(1)),
    lambda t: t.einsum("ij,jk->il", table(t), table(t).T),
    lambda t: t.einsum("ij", table(t), table(t)),
    lambda t: t.einsum("ijk", table(t)),
    lambda t: t.einsum("i1", table(t)),
    lambda t: t.einsum("ij,jk", table(t), table(t)),
    lambda t: t.einsum("ij->ii", table(t)),
    lambda t: t.einsum(3, table(t)),
    lambda t: t.einsum("ij"),
    lambda t: t.tensordot(table(t), table(t), 1),
    lambda t: t.cross(table(t)[:, :2], table(t)[:, :2]),
]


@for_every(PRODUCTS)
def test_products(program):
    tells_the_same(program)


# -- small functions ------------------------------------------------------------------------------------------

SMALL = [
    lambda t: t.bincount(t.tensor([1, 1, 3]), minlength=6),
    lambda t: t.bincount(t.tensor([1, 1, 3]), t.tensor([0.5, 1.0, 2.0])),
    lambda t: t.bincount(t.tensor([-1])),
    lambda t: t.bincount(t.ones(2)),
    lambda t: t.histc(t.tensor([1.0, 2.0, 1.0]), 4, 0, 3),
    lambda t: t.histc(t.ones(3), 3),
    lambda t: list(t.histogram(t.tensor([1.0, 2.0, 1.0]), 4)),
    lambda t: t.histogram(t.tensor([1.0, 2.0, 1.0]), t.tensor([0.0, 1.0, 2.0]), density=True).hist,
    lambda t: t.histogram(leaf := t.tensor([1.0, 2.0], requires_grad=True), 2).hist.sum().backward() or leaf,
    lambda t: t.std_mean(table(t), 1),
    lambda t: t.var_mean(table(t)[:, :2], dim=1, correction=0)[1],
    lambda t: [t.nansum(t.tensor([1.0, float("nan")])), t.nanmean(t.tensor([1.0, float("nan")]))],
    lambda t: t.cumprod(table(t), 1),
    lambda t: gradient(t, lambda x: x.cumprod(1)),
    lambda t: gradient(t, lambda x: (x - 1).cumprod(0)),
    lambda t: t.bitwise_and(t.tensor([5, 6]), 3) | t.bitwise_xor(t.tensor([5, 6]), t.tensor([1, 1])),
    lambda t: [t.bitwise_not(t.tensor([5])), t.greater(t.ones(1), 0), t.true_divide(t.ones(1), 2)],
    lambda t: [
        table(t).new_zeros(2),
        table(t).new_ones((1, 2)),
        table(t).new_full((2,), 3),
        table(t).new_tensor([1]),
    ],
    lambda t: [table(t).new([1, 2]), table(t).new(0), table(t, t.int64).new(table(t, t.int64))],
    lambda t: table(t).apply_(lambda v: v + 1),
    lambda t: table(t).requires_grad_().apply_(abs),
    lambda t: [table(t).is_sparse, table(t)[1].storage_offset(), table(t).is_signed(), table(t).is_complex()],
    lambda t: [t.logspace(0, 2, 3), t.logspace(0, 3, 4, base=2), t.logspace(0, 2, -1)],
    lambda t: [table(t).sum_to_size(1, 3), table(t).adjoint()],
    lambda t: steps(x := t.ones(2), x.sin_(), x.cos_(), x.square_(), x.floor_(), x),
]


@for_every(SMALL)
def test_small_functions(program):
    tells_the_same(program)


STATISTICS = [
    lambda t: t.median(t.tensor([3.0, 1.0, 2.0, 4.0])),
    lambda t: list(t.median(t.tensor([[3.0, 1.0, 2.0]]), 1)),
    lambda t: t.median(t.tensor([1.0, float("nan")])),
    lambda t: list(t.mode(t.tensor([[1, 2, 2, 1, 3]]))),
    lambda t: list(t.aminmax(table(t), dim=1)),
    lambda t: gradient(t, lambda x: t.diff(x, append=x)),
    lambda t: t.diff(t.tensor([True, False, False])),
    lambda t: t.dist(table(t), table(t) + 1, 1),
    lambda t: t.cdist(t.tensor([[0.0, 0.0]]), t.tensor([[3.0, 4.0], [0.0, 1.0]])),
    lambda t: [t.tril_indices(3, 3), t.triu_indices(2, 3, 1)],
    lambda t: [t.cartesian_prod(t.arange(2), t.arange(3)), t.combinations(t.arange(3))],
    lambda t: t.block_diag(t.ones(1, 2), t.eye(2), t.ones(2)),
    lambda t: t.isin(t.tensor([1, 2, 3]), t.tensor([2, 5])),
    lambda t: t.nan_to_num(t.tensor([float("nan"), float("inf"), -float("inf"), 1.0]), 2.0, 9.0),
    lambda t: t.searchsorted(t.tensor([1, 3, 5]), t.tensor([3, 6]), right=True),
    lambda t: t.bucketize(t.tensor([1.0, 3.0]), t.tensor([0.0, 3.0])),
    lambda t: t.nn.DataParallel(t.nn.Linear(2, 1)),
    lambda t: sorted(t.nn.DataParallel(t.nn.Linear(2, 1)).state_dict()),
    lambda t: t.nn.DataParallel(t.nn.Identity())(t.ones(2)),
]


@for_every(STATISTICS)
def test_statistics(program):
    tells_the_same(program)


TERMS = [
    lambda t: gradient(t, lambda x: t.addmm(x, x, t.eye(3, dtype=x.dtype))),
    lambda t: t.addmm(table(t), table(t), t.eye(3, dtype=t.float64), beta=2, alpha=-1),
    lambda t: t.addmm(table(t, t.int64), table(t, t.int64), t.eye(3, dtype=t.int64), beta=2.5),
    lambda t: t.addmm(t.full((2, 3), float("nan")), t.ones(2, 1), t.ones(1, 3), beta=0),
    lambda t: t.addmv(t.ones(2), t.ones(2, 3), t.ones(3)),
    lambda t: t.baddbmm(t.ones(1), t.ones(2, 2, 3), t.ones(2, 3, 2), alpha=2),
    lambda t: t.addmm(t.ones(5), t.ones(2, 3), t.ones(3, 4)),
    lambda t: t.addmm(t.ones(4), t.ones(2, 3), t.ones(2, 4)),
    lambda t: t.functional.einsum("ij->j", table(t)),
]


@for_every(TERMS)
def test_a_term_and_a_product(program):
    tells_the_same(program)
