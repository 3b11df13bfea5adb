"""Which type a result has, and which arguments are refused: every pair of types, and of tensors and numbers."""

import itertools

import numpy as np
import pytest
import torch
from both import for_every, sampled, tells_the_same

DTYPES = "bool uint8 int8 int16 int32 int64 float16 float32 float64".split()
NUMBERS = (True, 2, -1, 2.5, 300)
FUNCTIONS = (
    "add", "sub", "mul", "div", "floor_divide", "fmod", "pow", "maximum", "eq", "lt", "logical_and", "isclose",
)  # fmt: skip
OPERATIONS = {name: lambda t, x, y, name=name: getattr(t, name)(x, y) for name in FUNCTIONS} | {
    "+": lambda t, x, y: x + y,
    "-": lambda t, x, y: x - y,
    "*": lambda t, x, y: x * y,
    "/": lambda t, x, y: x / y,
    "//": lambda t, x, y: x // y,
    "**": lambda t, x, y: x**y,
    "==": lambda t, x, y: x == y,
    "<": lambda t, x, y: x < y,
    "&": lambda t, x, y: x & y,
    "|": lambda t, x, y: x | y,
    "^": lambda t, x, y: x ^ y,
    "remainder": lambda t, x, y: t.remainder(x, y) + 0,
    "%": lambda t, x, y: x % y + 0,
    "add with alpha": lambda t, x, y: t.add(x, y, alpha=2),
    "sub with alpha": lambda t, x, y: t.sub(x, y, alpha=1.5),
    "add with a bool for alpha": lambda t, x, y: t.add(x, y, alpha=True),
    "div truncated": lambda t, x, y: t.div(x, y, rounding_mode="trunc"),
    "div rounded down": lambda t, x, y: t.div(x, y, rounding_mode="floor"),
    "where": lambda t, x, y: t.where(t.tensor([True, False, True]), x, y),
    "clamp from below": lambda t, x, y: t.clamp(x, y),
    "clamp from above": lambda t, x, y: t.clamp(x, max=y),
    "clamp": lambda t, x, y: t.clamp(x, y, y),
}


def tensor(dtype, dim):
    """A function of the library that makes a tensor of three elements, or of no dimensions."""
    a, b = {"b": (True, False), "u": (2, 3), "i": (-2, 3), "f": (1.5, -2.0)}[dtype[0]]
    return lambda t: t.tensor([a, b, a] if dim else a, dtype=getattr(t, dtype))


def number(value):
    return lambda t: value


@pytest.mark.parametrize("x", DTYPES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_types_of_two_operands(name, x):
    tensors = [tensor(x, 1), tensor(x, 0)]
    others = [tensor(y, dim) for y in DTYPES for dim in (1, 0)]
    numbers = [number(value) for value in NUMBERS]
    pairs = [*itertools.product(tensors, others), *itertools.product(tensors, numbers)]
    pairs += [(b, a) for a, b in itertools.product(tensors, numbers)]
    # Another third for every operation and type: each operation sees every type and number.
    for a, b in sampled(pairs, list(OPERATIONS).index(name) + DTYPES.index(x)):
        tells_the_same(lambda t, a=a, b=b: OPERATIONS[name](t, a(t), b(t)))


ANSWERS = [
    lambda t: (
        t.mul(2, 3),
        t.add(2, 3),
        t.sub(2, 3.5),
        t.div(2, 3),
        t.floor_divide(2, 3),
        t.multiply(2, t.ones(2)),
        t.subtract(2, t.ones(2)),
    ),
    lambda t: (
        t.mul(input=2, other=t.ones(2)),
        t.mul(np.float64(2), t.ones(2)),
        t.add(np.int64(2), t.ones(2)),
        t.mul(np.bool_(True), t.arange(2)),
    ),
    lambda t: [f(2, t.ones(1, requires_grad=True)).grad_fn for f in (t.mul, t.add, t.sub, t.div)][0].name(),  # noqa: RUF015
    lambda t: (
        t.tensor([1, 2]).sum(dtype=t.int8),
        t.tensor([100, 100], dtype=t.int8).cumsum(0, dtype=t.int8),
        t.tensor(1.5).cumsum(0, dtype=t.int8),
    ),
    lambda t: (
        t.cumsum(t.tensor([1, 2], dtype=t.int32), 0, dtype=t.int32),
        t.tensor([1.5, 2.5]).cumsum(0, dtype=t.int32),
        t.tensor([True, True]).cumsum(0),
    ),
    lambda t: (
        t.ones(2).norm(dtype=t.float64),
        t.ones(2).norm(2, 0, dtype=t.float64),
        t.norm(t.ones(2), 2, 0, True, dtype=t.float64),
    ),
    lambda t: (
        t.cat([t.tensor([]), t.tensor([1, 2])]),
        t.cat([t.tensor([]), t.tensor([[1, 2]])], 1),
        t.cat([t.tensor([]), t.tensor([]).double()], 3),
    ),
    lambda t: (
        t.hstack([t.tensor([]), t.tensor(3)]),
        t.cat([t.tensor([]).half(), t.tensor([1])]),
        t.cat([t.zeros(0, 3), t.zeros(2, 3).long()]),
    ),
    lambda t: (
        t.tensor([0.0, 1]).any(()),
        t.tensor([[0.0, 1], [1, 1]]).all(()),
        t.zeros(0, dtype=t.int64).softmax(0),
        reversed(t.arange(6).view(2, 3)),
        reversed(t.tensor(1)),
    ),
    lambda t: (
        t.tensor([]).split(0),
        t.tensor([]).chunk(3),
        t.zeros(2, 0).split(3, 1),
        t.zeros(2, 0).chunk(2, 1),
        t.arange(3).view(1, True, 3),
    ),
    lambda t: (
        t.tensor([1, 2], dtype=t.uint8).masked_fill(t.tensor([True, False]), -1),
        t.ones(2).clamp(0, t.tensor(0.5)),
        t.ones(2).amax(None),
    ),
    lambda t: (
        t.ones(2).copy_(np.float64(3)),
        t.arange(2).copy_(t.tensor([2.5, 1.0], requires_grad=True)).requires_grad,
    ),
]

REFUSED = [
    lambda t: t.remainder(5, 3),
    lambda t: t.pow(2, 3),
    lambda t: t.add(t.ones(2), t.ones(2), alpha=True),
    lambda t: t.add(t.ones(2, dtype=t.int8), 1, alpha=300),
    lambda t: t.tensor([1.0, 2.0]).cumsum(0, dtype=t.bool),
    lambda t: t.tensor([3, 4]).norm(dtype=t.float64),
    lambda t: t.ones(2).double().norm(dtype=t.float32),
    lambda t: t.ones(2).norm(dtype=t.int64),
    lambda t: t.zeros(0).norm(float("inf")),
    lambda t: t.zeros(0, 3).norm(-2, 0),
    lambda t: t.ones(2).norm([1]),
    lambda t: t.ones(2).norm(3, "a"),
    lambda t: t.ones(2).norm("a"),
    lambda t: t.ones(2).sum("a", 0),
    lambda t: t.ones(2).sum("a"),
    lambda t: t.ones(2).sum(True),
    lambda t: t.ones(2).sum((0, "a")),
    lambda t: t.ones(2).amax((True, 0)),
    lambda t: t.ones(2).argmax(True),
    lambda t: t.ones(2).std("a"),
    lambda t: t.ones(2).max(1.5),
    lambda t: t.ones(2).max((0, 1), 0),
    lambda t: t.ones(2).all(0, 0),
    lambda t: t.ones(2).squeeze("a"),
    lambda t: t.ones(2).squeeze(0, (1, 0)),
    lambda t: t.ones(2).count_nonzero(1.5),
    lambda t: t.ones(2).softmax(0, 1, 2),
    lambda t: t.ones(2).logsumexp(0, True, 3),
    lambda t: t.tensor(1.0).split(1),
    lambda t: t.tensor(1.0).chunk(2),
    lambda t: t.tensor(1.0).stride(0),
    lambda t: t.tensor(1.0).unbind(1),
    lambda t: t.ones(3).split(0),
    lambda t: t.ones(3).split([-1, 4]),
    lambda t: t.ones(2).repeat(-1),
    lambda t: t.cat([t.tensor([1]), t.tensor(1)]),
    lambda t: t.cat([t.ones(1)], "a"),
    lambda t: t.tensor(1.0).copy_(t.ones(2)),
    lambda t: t.ones(2).copy_(t.ones(3)),
    lambda t: t.ones(2).bool() & t.ones(3).bool(),
    lambda t: t.logical_and(t.ones(2), t.ones(3)),
    lambda t: t.ones(2).long() // t.zeros(3).long(),
    lambda t: t.ones(2).masked_fill(t.ones(2), 0.0),
    lambda t: t.ones(2).masked_fill(t.ones(2).byte(), 0.0),
    lambda t: t.ones(2).masked_fill(True, 0.0),
    lambda t: t.arange(2).masked_fill(t.ones(2).bool(), float("inf")),
    lambda t: t.ones(3).masked_select(t.ones(2).bool()),
    lambda t: t.ones(2).index_select(0, t.tensor([5])),
    lambda t: t.tensor(1.0).index_select(0, t.tensor([0, 0])),
    lambda t: t.where(t.ones(2).bool(), t.ones(2), "a"),
    lambda t: t.where(t.ones(2).bool(), t.ones(2).byte(), 300),
    lambda t: t.ones(2).clamp(0, t.ones(2)),
    lambda t: t.arange(2) + 2**70,
    lambda t: t.arange(2) - np.bool_(True) + "a",
    lambda t: t.ones(2) @ t.arange(2),
    lambda t: t.ones(2, 2) @ t.arange(2),
    lambda t: t.ones(2, 2) @ t.ones(2, 2).long(),
    lambda t: t.ones(2, 2).half() @ t.ones(2, 2).byte(),
    lambda t: t.ones(3, 2, 2) @ t.ones(3, 2, 2).short(),
    lambda t: t.ones(2).bool() @ t.ones(2).bool(),
    lambda t: t.ones(2, 2).bool() @ t.ones(2).bool(),
    lambda t: t.ones(1, 2, 2).bool() @ t.ones(1, 2, 2).bool(),
    lambda t: t.autograd.gradcheck(lambda v: v * v, (t.ones(1).double().expand(2).requires_grad_(),)),
    lambda t: t.ones(2).add_("a"),
    lambda t: t.ones(2).__iadd__(None) + 1,
]

ARRAYS = [
    lambda t: (t.ones(2) * np.ones(2), t.ones(2) - np.ones((3, 2)), t.ones(2) ** np.array([2.0, 2.0])),
    lambda t: (t.ones(2) // np.ones(2), t.ones(2) @ np.ones(2)),
    lambda t: np.ones(2) / t.ones(2),
    lambda t: np.ones(2) @ t.ones(2),
    lambda t: np.array([1, 3]) & t.tensor([1, 2]),
    lambda t: (t.tensor([True]) & np.array([True]), np.isnan(t.ones(2)), t.tensor(2) * np.array(2.0)),
    lambda t: (t.ones(2) == np.ones(2), t.ones(2) != np.ones(2)),
    lambda t: t.ones(2, requires_grad=True) * np.ones(2, np.float32),
    lambda t: np.ones(2) + t.ones(2, requires_grad=True),
    lambda t: t.add(t.ones(2), np.ones(2)),
    lambda t: t.ones(2).add_(np.ones(2)),
    lambda t: (t.arange(2) * np.bool_(True), t.tensor(1) + np.float32(2), np.int64(2) // t.tensor([1.5])),
]


INDICES = [
    lambda t: (
        t.arange(6).view(2, 3)[(0, 1), (1, 2)],
        t.arange(6).view(2, 3)[:, (0, 2)],
        t.arange(6).view(2, 3)[[0, 1], (1, 2)],
    ),
    lambda t: (
        t.arange(6).view(2, 3)[(0, 1),],
        t.arange(6).view(2, 3)[0, (0.0, 1.0)],
        t.arange(6).view(2, 3)[:, (True, False, True)],
    ),
    lambda t: t.arange(6).view(2, 3)[[(0, 1), (1, 2)]],
    lambda t: (t.arange(6).view(2, 3)[(), ()], t.arange(6).view(2, 3)[0, (t.tensor([0]), t.tensor([1]))]),
    lambda t: t.arange(6).view(2, 3)[((0, 1), (1, 2)),],
    lambda t: t.arange(6).view(2, 3)[0, [[0], [1, 2]]],
    lambda t: t.arange(6).view(2, 3)[["a"]],
    lambda t: t.zeros(2, 3)[0, 5],
    lambda t: t.zeros(2, 3, 4)[0, :, 7],
    lambda t: t.zeros(2, 3, 4)[..., 5],
    lambda t: t.zeros(2, 3, 4)[None, 5],
    lambda t: t.zeros(0)[t.tensor([8])],
    lambda t: t.tensor(5.0)[:],
    lambda t: t.tensor(5.0)[0, 0],
    lambda t: (
        put(t.zeros(2, 3), ((0, 1), (1, 2)), t.tensor([7.0, 8.0])),
        put(t.zeros(2, 3), (slice(None), (0, 2)), 9),
    ),
    lambda t: (
        put(t.arange(3), t.tensor([True, False, True]), t.tensor(7.9)),
        put(t.zeros(3), [True, False, True], t.ones(1).double()),
    ),
    lambda t: put(t.zeros(3), t.tensor([0, 1]), t.tensor(7.9).double()),
    lambda t: put(t.zeros(3), t.tensor([True, False, True]), t.ones(2).double()),
    lambda t: put(t.arange(2), 0, t.tensor(2.5, requires_grad=True)).requires_grad,
    lambda t: put(t.zeros(3), 0, np.ones(3)),
]

SEQUENCES = [
    lambda t: t.tensor([t.ones(2), t.ones(2)]),
    lambda t: t.tensor([t.ones(2)]),
    lambda t: t.tensor([1, t.zeros(0)]),
    lambda t: (
        t.tensor([[1, 2], t.ones(2)]),
        t.tensor([t.tensor(1.0).double(), 1.0]),
        t.tensor([t.tensor(1.0).half()]),
        t.tensor([[t.tensor(1)], [2.5]]),
    ),
    lambda t: t.tensor([t.tensor(1.0, requires_grad=True), 2]),
    lambda t: t.tensor([[t.tensor(1.0, requires_grad=True)], [t.tensor(2.0) * 2]]).requires_grad,
    lambda t: (t.tensor([np.ones(2), np.ones(2)]), t.tensor([[np.ones(2, np.float32)]])),
    lambda t: t.as_tensor([np.ones(2), t.ones(2)]),
    lambda t: t.tensor([1, "a"]),
    lambda t: t.tensor([[1], ["a"]]),
    lambda t: t.tensor([["a"]]),
    lambda t: t.tensor("a"),
    lambda t: t.as_tensor([t.ones(2), 1]),
    lambda t: t.asarray([1, "a"]),
]


def put(x, key, value):
    x[key] = value
    return x


@pytest.fixture(autouse=True)
def _quiet_arrays(monkeypatch):
    """torch's __array__ and __array_wrap__ are of NumPy 1, and NumPy 2 warns of that; ours are not."""
    monkeypatch.setattr(torch.Tensor, "__array__", lambda x, dtype=None, copy=None: _array(x, dtype))
    wrap = torch.Tensor.__array_wrap__
    monkeypatch.setattr(
        torch.Tensor, "__array_wrap__", lambda x, array, context=None, return_scalar=False: wrap(x, array)
    )


def _array(x, dtype):
    return x.numpy() if dtype is None else x.numpy().astype(dtype)


@for_every(ANSWERS + REFUSED + ARRAYS + INDICES + SEQUENCES)
def test_what_is_computed_and_what_is_refused(program):
    tells_the_same(program)
