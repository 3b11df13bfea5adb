"""Which type a result has, and which arguments are refused: every pair of types, and of tensors and numbers."""

import itertools

import pytest
import torch
from both import lines, program, tells_the_same

DTYPES = "bool uint8 int8 int16 int32 int64 float16 float32 float64".split()
NUMBERS = ("True", "2", "-1", "2.5", "300")
FUNCTIONS = (
    "add", "sub", "mul", "div", "floor_divide", "fmod", "pow", "maximum", "eq", "lt", "logical_and", "isclose",
)  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "//", "**", "==", "<", "&", "|", "^")
WITH_OPTIONS = """
    t.remainder({x}, {y}) + 0
    {x} % {y} + 0
    t.add({x}, {y}, alpha=2)
    t.sub({x}, {y}, alpha=1.5)
    t.add({x}, {y}, alpha=True)
    t.div({x}, {y}, rounding_mode="trunc")
    t.div({x}, {y}, rounding_mode="floor")
    t.where(t.tensor([True, False, True]), {x}, {y})
    t.clamp({x}, {y})
    t.clamp({x}, max={y})
    t.clamp({x}, {y}, {y})
"""


def tensor(dtype, dim):
    kind = {"b": ("True", "False"), "u": ("2", "3"), "i": ("-2", "3"), "f": ("1.5", "-2.0")}[dtype[0]]
    numbers = f"[{kind[0]}, {kind[1]}, {kind[0]}]" if dim else kind[0]
    return f"t.tensor({numbers}, dtype=t.{dtype})"


def sources():
    """The expression of each function and operator, for operands x and y."""
    yield from (f"t.{name}({{x}}, {{y}})" for name in FUNCTIONS)
    yield from (f"{{x}} {sign} {{y}}" for sign in OPERATORS)
    yield from lines(WITH_OPTIONS)


@pytest.mark.parametrize("x", DTYPES)
@pytest.mark.parametrize("source", list(sources()))
def test_the_types_of_two_operands(source, x):
    tensors = [tensor(x, 1), tensor(x, 0)]
    others = [tensor(y, dim) for y in DTYPES for dim in (1, 0)]
    pairs = [*itertools.product(tensors, others), *itertools.product(tensors, NUMBERS)]
    for a, b in pairs + [(b, a) for a, b in itertools.product(tensors, NUMBERS)]:
        tells_the_same(program(source.format(x=a, y=b)))


ANSWERS = """
    t.mul(2, 3), t.add(2, 3), t.sub(2, 3.5), t.div(2, 3), t.floor_divide(2, 3), t.multiply(2, t.ones(2)), t.subtract(2, t.ones(2))
    t.mul(input=2, other=t.ones(2)), t.mul(np.float64(2), t.ones(2)), t.add(np.int64(2), t.ones(2)), t.mul(np.bool_(True), t.arange(2))
    [f(2, t.ones(1, requires_grad=True)).grad_fn for f in (t.mul, t.add, t.sub, t.div)][0].name()
    t.tensor([1, 2]).sum(dtype=t.int8), t.tensor([100, 100], dtype=t.int8).cumsum(0, dtype=t.int8), t.tensor(1.5).cumsum(0, dtype=t.int8)
    t.cumsum(t.tensor([1, 2], dtype=t.int32), 0, dtype=t.int32), t.tensor([1.5, 2.5]).cumsum(0, dtype=t.int32), t.tensor([True, True]).cumsum(0)
    t.ones(2).norm(dtype=t.float64), t.ones(2).norm(2, 0, dtype=t.float64), t.norm(t.ones(2), 2, 0, True, dtype=t.float64)
    t.cat([t.tensor([]), t.tensor([1, 2])]), t.cat([t.tensor([]), t.tensor([[1, 2]])], 1), t.cat([t.tensor([]), t.tensor([]).double()], 3)
    t.hstack([t.tensor([]), t.tensor(3)]), t.cat([t.tensor([]).half(), t.tensor([1])]), t.cat([t.zeros(0, 3), t.zeros(2, 3).long()])
    t.tensor([0., 1]).any(()), t.tensor([[0., 1], [1, 1]]).all(()), t.zeros(0, dtype=t.int64).softmax(0), reversed(t.arange(6).view(2, 3)), reversed(t.tensor(1))
    t.tensor([]).split(0), t.tensor([]).chunk(3), t.zeros(2, 0).split(3, 1), t.zeros(2, 0).chunk(2, 1), t.arange(3).view(1, True, 3)
    t.tensor([1, 2], dtype=t.uint8).masked_fill(t.tensor([True, False]), -1), t.ones(2).clamp(0, t.tensor(.5)), t.ones(2).amax(None)
    t.ones(2).copy_(np.float64(3)), t.arange(2).copy_(t.tensor([2.5, 1.], requires_grad=True)).requires_grad
"""  # noqa: E501

REFUSED = """
    t.remainder(5, 3)
    t.pow(2, 3)
    t.add(t.ones(2), t.ones(2), alpha=True)
    t.add(t.ones(2, dtype=t.int8), 1, alpha=300)
    t.tensor([1., 2.]).cumsum(0, dtype=t.bool)
    t.tensor([3, 4]).norm(dtype=t.float64)
    t.ones(2).double().norm(dtype=t.float32)
    t.ones(2).norm(dtype=t.int64)
    t.zeros(0).norm(float("inf"))
    t.zeros(0, 3).norm(-2, 0)
    t.ones(2).norm([1])
    t.ones(2).norm(3, "a")
    t.ones(2).norm("a")
    t.ones(2).sum("a", 0)
    t.ones(2).sum("a")
    t.ones(2).sum(True)
    t.ones(2).sum((0, "a"))
    t.ones(2).amax((True, 0))
    t.ones(2).argmax(True)
    t.ones(2).std("a")
    t.ones(2).max(1.5)
    t.ones(2).max((0, 1), 0)
    t.ones(2).all(0, 0)
    t.ones(2).squeeze("a")
    t.ones(2).squeeze(0, (1, 0))
    t.ones(2).count_nonzero(1.5)
    t.ones(2).softmax(0, 1, 2)
    t.ones(2).logsumexp(0, True, 3)
    t.tensor(1.).split(1)
    t.tensor(1.).chunk(2)
    t.tensor(1.).stride(0)
    t.tensor(1.).unbind(1)
    t.ones(3).split(0)
    t.ones(3).split([-1, 4])
    t.ones(2).repeat(-1)
    t.cat([t.tensor([1]), t.tensor(1)])
    t.cat([t.ones(1)], "a")
    t.tensor(1.).copy_(t.ones(2))
    t.ones(2).copy_(t.ones(3))
    t.ones(2).bool() & t.ones(3).bool()
    t.logical_and(t.ones(2), t.ones(3))
    t.ones(2).long() // t.zeros(3).long()
    t.ones(2).masked_fill(t.ones(2), 0.)
    t.ones(2).masked_fill(t.ones(2).byte(), 0.)
    t.ones(2).masked_fill(True, 0.)
    t.arange(2).masked_fill(t.ones(2).bool(), float("inf"))
    t.ones(3).masked_select(t.ones(2).bool())
    t.ones(2).index_select(0, t.tensor([5]))
    t.tensor(1.).index_select(0, t.tensor([0, 0]))
    t.where(t.ones(2).bool(), t.ones(2), "a")
    t.where(t.ones(2).bool(), t.ones(2).byte(), 300)
    t.ones(2).clamp(0, t.ones(2))
    t.arange(2) + 2**70
    t.arange(2) - np.bool_(True) + "a"
    t.ones(2) @ t.arange(2)
    t.ones(2, 2) @ t.arange(2)
    t.ones(2, 2) @ t.ones(2, 2).long()
    t.ones(2, 2).half() @ t.ones(2, 2).byte()
    t.ones(3, 2, 2) @ t.ones(3, 2, 2).short()
    t.ones(2).bool() @ t.ones(2).bool()
    t.ones(2, 2).bool() @ t.ones(2).bool()
    t.ones(1, 2, 2).bool() @ t.ones(1, 2, 2).bool()
    t.autograd.gradcheck(lambda v: v * v, (t.ones(1).double().expand(2).requires_grad_(),))
    t.ones(2).add_("a")
    t.ones(2).__iadd__(None) + 1
"""

ARRAYS = """
    t.ones(2) * np.ones(2), t.ones(2) - np.ones((3, 2)), t.ones(2) ** np.array([2., 2.])
    t.ones(2) // np.ones(2), t.ones(2) @ np.ones(2)
    np.ones(2) / t.ones(2)
    np.ones(2) @ t.ones(2)
    np.array([1, 3]) & t.tensor([1, 2])
    t.tensor([True]) & np.array([True]), np.isnan(t.ones(2)), t.tensor(2) * np.array(2.)
    t.ones(2) == np.ones(2), t.ones(2) != np.ones(2)
    t.ones(2, requires_grad=True) * np.ones(2, np.float32)
    np.ones(2) + t.ones(2, requires_grad=True)
    t.add(t.ones(2), np.ones(2))
    t.ones(2).add_(np.ones(2))
    t.arange(2) * np.bool_(True), t.tensor(1) + np.float32(2), np.int64(2) // t.tensor([1.5])
"""


INDICES = """
    t.arange(6).view(2, 3)[(0, 1), (1, 2)], t.arange(6).view(2, 3)[:, (0, 2)], t.arange(6).view(2, 3)[[0, 1], (1, 2)]
    t.arange(6).view(2, 3)[(0, 1),], t.arange(6).view(2, 3)[0, (0., 1.)], t.arange(6).view(2, 3)[:, (True, False, True)]
    t.arange(6).view(2, 3)[[(0, 1), (1, 2)]]
    t.arange(6).view(2, 3)[(), ()], t.arange(6).view(2, 3)[0, (t.tensor([0]), t.tensor([1]))]
    t.arange(6).view(2, 3)[((0, 1), (1, 2)),]
    t.arange(6).view(2, 3)[0, [[0], [1, 2]]]
    t.arange(6).view(2, 3)[["a"]]
    t.zeros(2, 3)[0, 5]
    t.zeros(2, 3, 4)[0, :, 7]
    t.zeros(2, 3, 4)[..., 5]
    t.zeros(2, 3, 4)[None, 5]
    t.zeros(0)[t.tensor([8])]
    t.tensor(5.)[:]
    t.tensor(5.)[0, 0]
    put(t.zeros(2, 3), ((0, 1), (1, 2)), t.tensor([7., 8.])), put(t.zeros(2, 3), (slice(None), (0, 2)), 9)
    put(t.arange(3), t.tensor([True, False, True]), t.tensor(7.9)), put(t.zeros(3), [True, False, True], t.ones(1).double())
    put(t.zeros(3), t.tensor([0, 1]), t.tensor(7.9).double())
    put(t.zeros(3), t.tensor([True, False, True]), t.ones(2).double())
    put(t.arange(2), 0, t.tensor(2.5, requires_grad=True)).requires_grad
    put(t.zeros(3), 0, np.ones(3))
"""  # noqa: E501

SEQUENCES = """
    t.tensor([t.ones(2), t.ones(2)])
    t.tensor([t.ones(2)])
    t.tensor([1, t.zeros(0)])
    t.tensor([[1, 2], t.ones(2)]), t.tensor([t.tensor(1.).double(), 1.]), t.tensor([t.tensor(1.).half()]), t.tensor([[t.tensor(1)], [2.5]])
    t.tensor([t.tensor(1., requires_grad=True), 2])
    t.tensor([[t.tensor(1., requires_grad=True)], [t.tensor(2.) * 2]]).requires_grad
    t.tensor([np.ones(2), np.ones(2)]), t.tensor([[np.ones(2, np.float32)]])
    t.as_tensor([np.ones(2), t.ones(2)])
    t.tensor([1, "a"])
    t.tensor([[1], ["a"]])
    t.tensor([["a"]])
    t.tensor("a")
    t.as_tensor([t.ones(2), 1])
    t.asarray([1, "a"])
"""  # noqa: E501


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


PROGRAMS = [source for block in (ANSWERS, REFUSED, ARRAYS, INDICES, SEQUENCES) for source in lines(block)]


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda s: s[:80])
def test_what_is_computed_and_what_is_refused(source):
    tells_the_same(program(source, put=lambda t: put))
