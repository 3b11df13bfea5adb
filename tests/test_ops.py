"""Every op against torch's: one table, one line per op, each held in every tier that there is.

*bits*, any floats at all, nan, infinities, -0.0 and subnormals among them; *exact*, small dyadic numbers; *bounded*,
any floats: `same` proves or derives what each asks for, from the program and its inputs. Derivatives, first and
second, are held against differences of what is differentiated. Every op on exchanged kernels: test_exchange.py.
"""

import itertools

import numpy as np
import pytest
import torch
from both import DTYPES, for_every, sampled, tells_the_same
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import minigrad
from sidebyside.contract import same_bits
from sidebyside.contract.derivatives import derivative, gradient
from sidebyside.programs.ops import ANY, FIT, PLAIN, SAME, TABLE
from sidebyside.testing import ANY_SHAPE, NoTier, dyadics, floats, same


def drawn_arrays(case, draw, numbers):
    """Inputs of such numbers, which is a strategy's function of shape and dtype."""
    dtype, shapes = draw(st.sampled_from(case.kinds)), []
    for asked, fixed in zip(case.shapes, case.fixed_shapes(), strict=True):
        shapes.append(draw(DRAWN_SHAPES[asked](*shapes[:1])) if asked in DRAWN_SHAPES else fixed)
    return [draw(numbers(shape, dtype)) for shape in shapes]


DRAWN_SHAPES = {
    ANY: lambda *first: ANY_SHAPE,
    SAME: lambda first: st.just(first),
    FIT: lambda first: hnp.broadcastable_shapes(first, min_dims=0, max_dims=len(first), min_side=0),
}
BY_NAME = {case.name: case for case in TABLE}
FEW = settings(max_examples=max(2, settings.default.max_examples // 5))  # each of many numbers


def every(claim, some=list):
    chosen = some([case for case in TABLE if claim(case)])
    return pytest.mark.parametrize("case", chosen, ids=[case.name for case in chosen])


def sent(program):
    """The program and its backward pass, from a gradient that is given first."""

    def run(torch, dz, *inputs):
        z = program(torch, *inputs)
        z.backward(dz.detach())
        return z

    return run


def arriving(draw, case, arrays, numbers):
    """A gradient for the output: of any numbers, too."""
    z = case.program(minigrad, *[minigrad.from_numpy(a.copy()) for a in arrays])
    return draw(numbers(tuple(z.shape), z.numpy().dtype))


def fixed_arrays(case, dtype):
    """Distinct numbers, none near a kink at a multiple of a half."""
    shapes = case.fixed_shapes()
    sizes = [int(np.prod(shape)) for shape in shapes]
    numbers = (np.random.default_rng(0).permutation(sum(sizes)) - sum(sizes) // 2) / 32 + 1 / 64
    parts = np.split(abs(numbers) if case.positive else numbers, np.cumsum(sizes)[:-1])
    return [np.asarray(part.reshape(shape), dtype) for part, shape in zip(parts, shapes, strict=True)]


@every(lambda case: True)
def test_nothing_is_recorded_for_inputs_that_want_no_gradient(case):
    z = case.program(minigrad, *map(minigrad.from_numpy, fixed_arrays(case, case.kinds[0])))
    assert z.grad_fn is None
    assert not z.requires_grad


# -- the tiers ----------------------------------------------------------------------------------------------


@every(lambda case: case.claim in ("bits", "any"))
@FEW
@given(data=st.data())
def test_any_floats_give_torchs_bits(case, data):
    arrays = drawn_arrays(case, data.draw, floats)
    same(
        sent(case.program),
        arriving(data.draw, case, arrays, floats),
        *arrays,
        tier="bits" if case.claim == "bits" else "exact",
    )


@every(lambda case: case.claim == "exact")
@FEW
@given(data=st.data())
def test_small_dyadic_numbers_give_torchs_bits(case, data):
    arrays = drawn_arrays(case, data.draw, dyadics)
    same(sent(case.program), arriving(data.draw, case, arrays, dyadics), *arrays, tier="exact")


def within(low, high):
    return lambda shape, dtype: floats(shape, dtype, low=low, high=high)


@every(lambda case: case.claim in ("exact", "rough") and case.bounded)
@FEW
@given(data=st.data())
def test_both_libraries_round_within_the_bound(case, data):
    arrays = drawn_arrays(case, data.draw, within(2**-6 if case.positive else -8, 8))
    dz = arriving(data.draw, case, arrays, within(-8, 8))
    try:
        same(sent(case.program), dz, *arrays, tier="bounded")
    except NoTier:
        # torch disagrees with itself on remainders whose quotient overflows, as that of a subnormal
        assume("remainder" not in case.name and "fmod" not in case.name)
        raise


@every(lambda case: case.name.startswith(("softmax", "log_softmax", "logsumexp")))
@given(data=st.data())
def test_large_numbers_are_shifted_before_they_overflow(case, data):
    arrays = drawn_arrays(case, data.draw, within(-1000, 1000))
    same(case.program, *arrays, tier="bounded")


# -- derivatives --------------------------------------------------------------------------------------------


@every(lambda case: case.smooth, sampled)
def test_gradients_are_those_of_finite_differences(case):
    derivative(case.program, *fixed_arrays(case, "float64"))


POLYNOMIAL = "mul pow-2 pow-3 square dot mv vm outer bmm mm matmul mse expand-as sum".split()
FAMILIES = ("mul-", "mm-", "matmul-", "mse-", "sum-")  # and their variants


@every(
    lambda case: (
        case.smooth and (case.claim == "rough" or case.name.startswith(("div", "reciprocal", "pow-minus")))
    ),
    lambda cases: sampled(cases, 1),
)
def test_second_derivatives_are_those_of_finite_differences(case):
    derivative(gradient(case.program), *fixed_arrays(case, "float64"))


def slopes(program, library):
    """The gradients; a zero is added, for some are constants, which have no gradient."""
    return lambda *inputs: [g + 0 * sum(x.sum() for x in inputs) for g in gradient(program)(library, *inputs)]


@every(lambda case: case.name in POLYNOMIAL or case.name.startswith(FAMILIES), sampled)
@FEW
@given(data=st.data())
def test_second_derivatives_of_polynomials_are_exact(case, data):
    arrays = drawn_arrays(case, data.draw, dyadics)
    same(slopes(case.program, minigrad), slopes(case.program, torch), *arrays, tier="exact")


def history(program, library, arrays):
    """Of each first gradient, where its own gradients go: None where they go nowhere, else whether they are zeros."""
    inputs = [library.from_numpy(a.copy()).requires_grad_() for a in arrays]
    weighted = lambda z: (z * library.arange(1, z.numel() + 1).reshape(z.shape)).sum()  # no terms may cancel
    found = []
    z = weighted(program(library, *inputs))
    for g in library.autograd.grad(z, inputs, create_graph=True, allow_unused=True):
        if g is None or not g.requires_grad:
            found.append(None)
            continue
        seconds = library.autograd.grad(weighted(g), inputs, retain_graph=True, allow_unused=True)
        found.append([h if h is None else not (h != 0).any().item() for h in seconds])
    return found


ZEROS = pytest.mark.xfail(
    reason="torch's gradients of these have a history of zeros, here they have none", strict=True
)
AT_ONCE = pytest.mark.xfail(
    reason="torch computes the gradients of x, w and b in one kernel: that of b has an empty history, too",
    strict=True,
)
HISTORIES = {
    **{c.name: ZEROS for c in TABLE if "_pool" in c.name},
    **dict.fromkeys(("nll_loss", "in_places", "pad-replicate", "prelu", "prelu-one", "rrelu"), ZEROS),
    **dict.fromkeys(
        ("hardsigmoid", "multi_margin_loss", "multi_margin_loss-squares", "multilabel_margin_loss"),
        pytest.mark.xfail(reason="torch's gradients of these have no derivative", strict=True),
    ),
    **dict.fromkeys(
        (
            *("layer_norm", "layer_norm-dims", "batch_norm", "batch_norm-eval", "instance_norm"),
            *("convolution", "conv1d", "convolution_transpose"),
        ),
        AT_ONCE,
    ),
}


@pytest.mark.parametrize("case", [pytest.param(c, marks=HISTORIES.get(c.name, ()), id=c.name) for c in TABLE])
def test_gradients_have_a_history_where_torchs_have_one(case):
    arrays = fixed_arrays(case, "float64")
    assert history(case.program, minigrad, arrays) == history(case.program, torch, arrays)


# -- ops without a gradient ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", PLAIN, ids=[case.name for case in PLAIN])
@FEW
@given(data=st.data())
def test_ops_without_a_gradient(case, data):
    special = st.sampled_from([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-40])
    elements = special | st.floats(width=32)
    x, y = (data.draw(hnp.arrays("float32", (2, 4), elements=elements, fill=st.nothing())) for _ in range(2))
    same(case.program, x, y, tier="bits")


# -- types --------------------------------------------------------------------------------------------------

KINDS = ("float32", "float64", "int64", "int32", "uint8", "bool")
FORMS = {
    "dimensioned": lambda torch, kind: torch.tensor([3, 0, 2], dtype=getattr(torch, kind)),
    "0-d": lambda torch, kind: torch.tensor(3, dtype=getattr(torch, kind)),
    "number": lambda torch, kind: {"f": 2.5, "i": 2, "u": 2, "b": True}[np.dtype(kind).kind],
}
MEETINGS = {
    "add": lambda torch, x, y: x + y,
    "sub": lambda torch, x, y: x - y,
    "mul": lambda torch, x, y: x * y,
    "div": lambda torch, x, y: x / y,
    "pow": lambda torch, x, y: x**y,
    "eq": lambda torch, x, y: x == y,
    "ne": lambda torch, x, y: x != y,
    "lt": lambda torch, x, y: x < y,
    "le": lambda torch, x, y: x <= y,
    "gt": lambda torch, x, y: x > y,
    "ge": lambda torch, x, y: x >= y,
    "maximum": lambda torch, x, y: torch.maximum(x, y),
    "where": lambda torch, x, y: torch.where(torch.tensor([True, False, True]), x, y),
    "add_": lambda torch, x, y: x.clone().add_(y),
    "mul_": lambda torch, x, y: x.clone().mul_(y),
    "div_": lambda torch, x, y: x.clone().div_(y),
}

# torch refuses `x - True`, which is x - 1 to us.
OURS_ALONE = {("sub", "number", "bool")}


def outcome(program, library, *args):
    """What a program returns, or how it fails: the exception's type and its first sentence."""
    try:
        return program(library, *args)
    except Exception as error:
        return error


@pytest.mark.parametrize(
    ("op", "form_x", "form_y"),
    [
        forms
        for forms in itertools.product(MEETINGS, FORMS, FORMS)
        if forms[0] == "where" or forms[1:] != ("number", "number")  # two numbers are Python's own business
    ],
)
def test_types_meet_as_in_torch(op, form_x, form_y):
    pairs = list(itertools.product(KINDS, KINDS))
    for kind_x, kind_y in sampled(pairs, list(MEETINGS).index(op) + list(FORMS).index(form_y)):
        if {(op, form_x, kind_x), (op, form_y, kind_y)} & OURS_ALONE:
            continue
        values = [
            outcome(MEETINGS[op], library, FORMS[form_x](library, kind_x), FORMS[form_y](library, kind_y))
            for library in (minigrad, torch)
        ]
        ours, theirs = values
        where = f"{op} of {form_x} {kind_x} and {form_y} {kind_y}: {ours!r} for {theirs!r}"
        if isinstance(theirs, Exception):
            assert type(ours) is type(theirs), where
            continue
        assert not isinstance(ours, Exception), where
        assert str(ours.dtype) == str(theirs.dtype), where
        assert same_bits(ours.numpy(), theirs.numpy()), where


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name",
    [
        "sum",
        "mean",
        "exp",
        "log",
        "sqrt",
        "tanh",
        "sigmoid",
        "relu",
        "abs",
        "neg",
        "max",
        "prod",
        "sign",
        "floor",
    ],
)
def test_types_of_functions_of_one_tensor(name, kind):
    program = lambda torch: getattr(torch, name)(torch.tensor([[1, 0, 1]], dtype=getattr(torch, kind)))
    theirs = outcome(program, torch)
    if isinstance(theirs, Exception):
        ours = outcome(program, minigrad)
        assert type(ours) is type(theirs)
        assert str(ours).startswith(str(theirs).split("\n")[0].split(". ")[0])
    else:
        same(program)


# -- the small print ----------------------------------------------------------------------------------------

# Each line is here because a mutant (`make mutants`) lived without it.
SMALL_PRINT = [
    lambda t, tensor, zeros: zeros(2).norm(),
    lambda t, tensor, zeros: tensor([1.0, 0.0]).norm(),
    lambda t, tensor, zeros: tensor([1.0, 0.0]).norm(3),
    lambda t, tensor, zeros: tensor([3.0, 0.0, -4.0]).norm(1),
    lambda t, tensor, zeros: tensor([3.0, 0.0, -4.0]).norm(float("inf")),
    lambda t, tensor, zeros: 0.0 ** tensor([0.0, 1.0, -1.0]),
    lambda t, tensor, zeros: tensor([0.0, 1.0, -1.0]) ** 0,
    lambda t, tensor, zeros: tensor([0.0, 1.0, -1.0]) ** t.tensor([0.0, 0.0, 2.0]),
    lambda t, tensor, zeros: t.tensor([0.0, 1.0, 2.0]) ** tensor([0.0, 0.0, 2.0]),
    lambda t, tensor, zeros: (-2.0) ** tensor([1.0, 2.0]),
    lambda t, tensor, zeros: tensor([0.0, 0.0, 2.0]).std(),
    lambda t, tensor, zeros: tensor([1.0, 1.0]).std(),
    lambda t, tensor, zeros: tensor([2.0]).var(),
    lambda t, tensor, zeros: tensor([2.0]).var(0, correction=0),
    lambda t, tensor, zeros: tensor([1.0, 2.0]).norm(1.5),
    lambda t, tensor, zeros: tensor([[1.0, 2.0, 3.0], [4.0, 0.0, 6.0]]).prod(0),
    lambda t, tensor, zeros: tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 0.0], [7.0, 8.0]]]).prod(1),
    lambda t, tensor, zeros: tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 0.0], [7.0, 8.0]]]).prod(
        0, keepdim=True
    ),
    lambda t, tensor, zeros: tensor(
        [[[1.0, 2.0, 5.0], [3.0, 4.0, 6.0]], [[5.0, 0.0, 1.0], [7.0, 8.0, 2.0]]]
    ).prod(1),
    lambda t, tensor, zeros: tensor(
        [[[1.0, 2.0, 5.0], [3.0, 4.0, 6.0]], [[5.0, 0.0, 1.0], [7.0, 8.0, 2.0]]]
    ).prod(0),
    lambda t, tensor, zeros: tensor([0.0, 0.0, 3.0]).prod(),
    lambda t, tensor, zeros: t.tensor([True, False]) ** t.tensor([True, True]),
    lambda t, tensor, zeros: t.tensor([True, False]) + t.tensor([True, True]) + tensor([1.0, 2.0]),
    lambda t, tensor, zeros: t.nn.functional.mse_loss(tensor([1.0, 2.0]), t.ones(2).double()),
    lambda t, tensor, zeros: t.nn.functional.mse_loss(tensor([1.0, 2.0]).double(), t.ones(2)),
    lambda t, tensor, zeros: tensor([6e4, 6e4]).half().mean(),
    lambda t, tensor, zeros: tensor([6e4, 6e4]).half().mean(0),
    lambda t, tensor, zeros: tensor([1.0, 2.0, 2.0]).max(),
    lambda t, tensor, zeros: tensor([[2.0, 2.0], [1.0, 2.0]]).amin((0, 1)),
    lambda t, tensor, zeros: t.maximum(tensor([1.0, 2.0]), t.tensor([1.0, 3.0])),
    lambda t, tensor, zeros: tensor([1.0, 1.0]).clamp(t.tensor([1.0, 2.0]), t.tensor([1.0, 1.0])),
    lambda t, tensor, zeros: tensor([float("nan"), 0.0, -0.0]).abs(),
    lambda t, tensor, zeros: tensor([float("inf"), float("-inf")]).logsumexp(0),
    lambda t, tensor, zeros: t.zeros(0, 2).add(tensor([1.0, 2.0])),
    lambda t, tensor, zeros: tensor([[2.0]]) * t.ones(1, 3),
    lambda t, tensor, zeros: tensor([1.0, 0.0]).norm(0) + tensor([3.0]),
    lambda t, tensor, zeros: zeros(2).norm(1.5),
    lambda t, tensor, zeros: zeros(2).norm(0.5),
    lambda t, tensor, zeros: tensor([1.0, 2.0]).half().norm(3, keepdim=True),
    lambda t, tensor, zeros: t.ones(2).clamp(min=tensor([float("inf"), 3.0])),
    lambda t, tensor, zeros: t.ones(2).clamp(t.zeros(2), tensor([float("inf"), 0.5])),
    lambda t, tensor, zeros: tensor([-0.0, 0.0, 1.0]).clamp(max=0.0),
    lambda t, tensor, zeros: tensor([float("nan"), 1.0]).norm(float("inf")),
    lambda t, tensor, zeros: tensor([float("nan"), 1.0]).max(),
    lambda t, tensor, zeros: tensor([float("nan"), 1.0]).amax(0),
    lambda t, tensor, zeros: tensor([[3.0, -3.0, 1.0]]).norm(float("inf"), 1, keepdim=True),
    lambda t, tensor, zeros: tensor([[3.0, -3.0, 0.0]]).norm(1.5, 1),
    lambda t, tensor, zeros: tensor([1e-38, 0.0]).norm(1.5),
    lambda t, tensor, zeros: t.fmod(tensor([7.0, -7.0]), t.tensor([2.0, 3.0])),
    lambda t, tensor, zeros: tensor([1.0, 2.0]).clamp(1.0, 2.0),
    lambda t, tensor, zeros: tensor([-0.0, 0.0, 1.0]).clamp(min=0.0),
    lambda t, tensor, zeros: tensor([1.0, 2.0, 3.0])[t.tensor([-1, 0, -1])],
]


@for_every(SMALL_PRINT)
def test_the_small_print(program):
    """The value of an expression with one leaf, and the leaf's gradient, also of the nan and inf kind."""

    def run(t):
        made = []

        def leaf(values):
            made.append(t.tensor(values, requires_grad=True))
            return made[-1]

        z = program(t, leaf, lambda n: leaf([0.0] * n))
        z.sum().backward()
        return z, z.grad_fn.name(), made[0].grad

    tells_the_same(run)


# Without a gradient: values, types and errors.
PLAIN_PRINT = [
    lambda t: (
        [f(t.tensor([1, 2]), t.tensor([1.5, 0.5])) for f in (t.minimum, t.maximum)],
        t.minimum(t.tensor([1, 2], dtype=t.int8), t.tensor([3, 0])),
    ),
    lambda t: (
        ((x := t.ones(2, requires_grad=True)) + 0).backward(g := t.ones(2), create_graph=True),
        g.fill_(5.0),
        x.grad,
    ),
    lambda t: [
        t.tensor([7, -7]).div(y, rounding_mode="trunc")
        for y in (2, 2.5, t.tensor(2), t.tensor([2, 2]), t.tensor(2.5))
    ],
    lambda t: t.tensor([7.0, -7.0]).div(2, rounding_mode="trunc"),
    lambda t: (
        [t.tensor([True, False]) ** n for n in (True, False, 2, 1.5)],
        t.tensor([True, False]) ** t.tensor([2, 0]),
    ),
    lambda t: True ** t.tensor([True, False]),
    lambda t: t.tensor([1, 2]) ** -1,
    lambda t: (
        t.tensor([-1, 1, 2, -2, 0, -1]) ** t.tensor([-1, -2, -1, 3, 0, -2]),
        2 ** t.tensor([-1, 0, 3]),
        (-1) ** t.tensor([-1, 2]),
    ),
    lambda t: ([t.arange(2.0).var(correction=c) for c in (0, 1, 2, 3)], t.arange(2.0).std(correction=2)),
    lambda t: (
        t.zeros(0, 2).logsumexp(0),
        t.zeros(2, 0).logsumexp(1, keepdim=True),
        t.zeros(0, 3).softmax(1),
        t.zeros(3, 0).softmax(0),
    ),
    lambda t: t.tensor([[-1.0], [0.0]]) @ t.tensor([[0.0, 2.0]]),
    lambda t: (t.full((70000,), 1.0, dtype=t.float16).mean(), t.full((70000,), 1.0, dtype=t.float16).sum()),
    lambda t: (
        t.ones(2, 3).half().mean(1, keepdim=True),
        t.ones(2, 3).half().mean(0),
        t.ones(2, 3).half().mean((0, 1), True),
    ),
    lambda t: (
        t.tensor([2.5, -2.5, 3.5, 0.5]).round(),
        t.tensor([25.0, 35.0]).round(decimals=-1),
        t.tensor([2, 3]).round(),
        t.tensor([True]).sign(),
    ),
    lambda t: (
        t.tensor([7, -7]) % 3,
        t.tensor([7.0, -7.0]) % -3,
        t.fmod(t.tensor([7, -7]), 3),
        t.tensor([7, -7]) // 2,
        7 % t.tensor([3, -3]),
    ),
    lambda t: (
        t.where(t.tensor([True, False]), t.tensor([1, 2]), t.tensor([0.5, 0.5])),
        t.where(t.tensor([True]), 1, 2.0),
    ),
    lambda t: (t.tensor([1, 2]) ** 0.5, t.tensor([2, 3]) ** 3, t.tensor([float("-inf"), -0.0, -1.0]) ** 0.5),
    lambda t: [
        t.tensor([200, 3], dtype=t.uint8).sign(),
        t.tensor([float("nan"), -0.0, -2.0]).sign(),
        t.tensor(-3).sign(),
    ],
    lambda t: [
        f(t.tensor([200, 200], dtype=t.uint8))
        for f in (t.sum, t.prod, lambda x: x.sum(0), lambda x: x.prod(0), lambda x: x.cumsum(0))
    ],
    lambda t: [
        f(t.tensor([2**24 + 1, -(2**24) - 1]), t.tensor([2.0**24, -(2.0**24)]))
        for f in (t.eq, t.ne, t.lt, t.le, t.gt, t.ge)
    ],
    lambda t: [
        t.ones(2, 3).t().clone().stride(),
        t.ones(2, 3).t().contiguous().stride(),
        t.ones(4, 6)[:, ::2].clone().stride(),
    ],
    lambda t: t.ones(2).clamp(t.zeros(2), 3.0),
    lambda t: t.tensor([1.0, 1.0, 0.0, 2.0]).norm(0),
    lambda t: t.ones(2).clamp(0.0, t.ones(2)),
    lambda t: (
        t.fmod(t.tensor([7, -7], dtype=t.int32), t.tensor([2.5, 2.0])),
        t.fmod(t.tensor([7, -7], dtype=t.int32), t.tensor([2, 3], dtype=t.int8)),
    ),
]


@for_every(PLAIN_PRINT)
def test_the_small_print_without_gradients(program):
    tells_the_same(program)


def test_gradients_of_a_product_lie_as_its_factors_do():
    """Strides of the gradients, for factors row after row, column after column, and cut out of larger ones."""

    def run(t):
        lefts = [t.ones(2, 3), t.ones(3, 2).t(), t.ones(3, 4)[:, :2].t(), t.ones(4, 3)[:2]]
        rights = [t.ones(3, 4), t.ones(4, 3).t(), t.ones(4, 6)[:, :3].t(), t.ones(6, 4)[::2]]
        pairs = [[x.requires_grad_(), y.requires_grad_()] for x in lefts for y in rights]
        return [[dx.stride() for dx in t.autograd.grad((x @ y).sum(), [x, y])] for x, y in pairs]

    tells_the_same(run)


@given(data=st.data())
def test_powers_that_need_no_logarithm(data):
    """Bit for bit, for torch has them from products, and 1/√x; its √x alone is another than NumPy's."""
    exponent, dtype = data.draw(st.sampled_from([2, 3, -1, -2, -0.5])), data.draw(DTYPES)
    x = data.draw(hnp.arrays(dtype, 16, elements=st.floats(-1, 100, width=32), fill=st.nothing()))
    ours, theirs = minigrad.from_numpy(x) ** exponent, torch.from_numpy(x) ** exponent
    assert ours.numpy().tobytes() == theirs.numpy().tobytes()
