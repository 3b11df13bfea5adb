"""assert_close: the same verdict and the same text as torch's, to the last character."""

import copy
import inspect
import re
from collections import OrderedDict

import numpy as np
import pytest
import torch
from both import for_every, told
from hypothesis import example, given
from hypothesis import strategies as st

import minigrad
import minigrad.testing
from sidebyside.runs import numbers_of


def verdict(library, make, **options):
    """What assert_close says of two things made with a library."""
    try:
        library.testing.assert_close(*make(library), **options)
    except (AssertionError, TypeError, ValueError) as error:
        return type(error).__name__, re.sub(r"\b(?:torch|minigrad)\.(?:\w+\.)*(\w+)", r"\1", str(error))
    return "close"


def same_verdict(make, **options):
    theirs = verdict(torch, make, **options)
    assert verdict(minigrad, make, **options) == theirs
    return theirs


def test_signatures_are_equal():
    ours, theirs = (
        inspect.signature(library.testing.assert_close, eval_str=True) for library in (minigrad, torch)
    )
    assert ours.parameters == theirs.parameters


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "bool"])
def test_default_tolerances(dtype):
    """A difference of one in the last place of a number near 1, and the same table's own limits, either side."""
    steps = [0.0, 1e-8, 2e-7, 3e-7, 1e-6, 1.1e-5, 1.2e-5, 5e-4, 1e-3, 2e-3, 1.0]
    for step in steps:
        same_verdict(lambda t, step=step: [t.tensor([0, x], dtype=getattr(t, dtype)) for x in (1 + step, 1)])


FLOATS = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 1.00001, 1.001, 3.0, 1e-6, 1e-30, 65504.0, -65504.0, 3e38, -3e38]
    + [float(x) for x in ("nan", "inf", "-inf")]
)
INTS = st.one_of(st.integers(-3, 3), st.sampled_from([127, -128, 255, 2**31 - 1, -(2**31), 2**53, 2**53 + 1]))
DTYPES = st.sampled_from(["float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool"])
SHAPES = st.sampled_from([(), (1,), (3,), (0,), (2, 2), (2, 0), (1, 3)])
TOLERANCES = st.sampled_from([None, (0, 0), (0.0, 1e-3), (1e-3, 0.0), (0.5, 0.25), (0, 3), (1e-5, 1e-8)])


@st.composite
def arrays(draw, dtype, shape):
    dtype = np.dtype(dtype)
    size = int(np.prod(shape))
    values = draw(st.lists(FLOATS if dtype.kind == "f" else INTS, min_size=size, max_size=size))
    with np.errstate(all="ignore"):
        wide = np.float64 if dtype.kind == "f" else np.int64
        return np.array(values, wide).astype(dtype).reshape(shape)


@st.composite
def two(draw):
    """Mostly of one dtype and shape, and then with some elements shared."""
    dtype, shape = draw(DTYPES), draw(SHAPES)
    x = draw(arrays(dtype, shape))
    if draw(st.booleans()):
        y = draw(arrays(draw(DTYPES), draw(st.sampled_from([shape, shape, (3,)]))))
    else:
        y = np.where(draw(arrays("bool", shape)), x, draw(arrays(dtype, shape)))
    return x, y


@given(two(), TOLERANCES, st.booleans(), st.booleans())
@example((np.array([2**53]), np.array([2**53 + 1])), (0, 0), False, True)
@example((np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.5, 0.0])), None, False, True)
@example((np.array([127, 0], "int8"), np.array([-128, 1], "int8")), None, False, True)
@example((np.array([1.0001], "float16"), np.array([1.0005], "float64")), None, False, False)
@example((np.array([1.0005], "float64"), np.array([1.0001], "float16")), None, False, False)
def test_tensors(pair, tolerances, equal_nan, check_dtype):
    rtol, atol = tolerances or (None, None)
    same_verdict(
        lambda t: [t.tensor(x) for x in pair],
        rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype,
    )  # fmt: skip


NUMBERS = st.one_of(
    FLOATS, st.integers(-3, 3), st.builds(complex, FLOATS.filter(lambda x: abs(x) < 1e38), st.just(1.0)),
    FLOATS.map(np.float64), st.integers(0, 9).map(np.int32), st.sampled_from([0.0, 1.0, 3.0]).map(np.float32),
)  # fmt: skip


@given(NUMBERS, NUMBERS, TOLERANCES, st.booleans(), st.booleans())
@example(float("nan"), float("nan"), None, False, True)
@example(float("nan"), float("nan"), None, True, True)
@example(1.0, float("inf"), (0.5, 0.25), False, True)
@example(1, 1.00000005, None, False, False)
@example(1.00000005, 1, None, False, False)
def test_numbers(x, y, tolerances, equal_nan, check_dtype):
    rtol, atol = tolerances or (None, None)
    same_verdict(lambda t: (x, y), rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype)


PAIRS = [
    lambda t: (None, None),
    lambda t: (None, 0),
    lambda t: (t.ones(1), None),
    lambda t: (None, t.ones(2)),
    lambda t: (True, None),
    lambda t: (True, True),
    lambda t: (True, False),
    lambda t: (np.bool_(True), True),
    lambda t: (np.bool_(True), np.bool_(False)),
    lambda t: ("a", "a"),
    lambda t: ("a", ["a"]),
    lambda t: (object(), 1),
    lambda t: (1, t.tensor(1)),
    lambda t: ([1.0], t.tensor([1.0])),
    lambda t: (np.ones(2), t.ones(2)),
    lambda t: (np.ones(2), np.ones(2)),
    lambda t: (np.ones(2), np.array([1.0, 2.0])),
    lambda t: (np.ones(2), np.ones(2, "float32")),
    lambda t: (np.ones(2), np.ones((2, 1))),
    lambda t: (np.array(["a"]), np.array(["a"])),
    lambda t: (np.array([None]), np.array([None])),
    lambda t: (np.array(1.0), np.array(1.5)),
    lambda t: (np.array(1.0), 1.0),
    lambda t: ([], ()),
    lambda t: ([1, 2], (1, 2)),
    lambda t: ([1, 2], (1, 2, 3)),
    lambda t: ([1.0, 2.0], [1.0, 2.1]),
    lambda t: ([1, "a"], [2, "a"]),
    lambda t: ([t.ones(2), [t.zeros(2), 3]], (t.ones(2), (t.zeros(2), 4))),
    lambda t: ([1, [1, 2]], [1, [1]]),
    lambda t: ([1, 2], [1, [2]]),
    lambda t: (b"ab", [97, 98]),
    lambda t: (range(3), [0, 1, 2]),
    lambda t: ({}, OrderedDict()),
    lambda t: ({"a": t.ones(1)}, OrderedDict(a=t.ones(1))),
    lambda t: ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
    lambda t: ({"b": 1, "a": 2}, {"a": 3, "b": 4}),
    lambda t: ({"a": 1}, {"b": 1, "c": 2}),
    lambda t: ({"a": 1}, [1]),
    lambda t: ({"a": {2: [t.ones(2), t.ones(2)]}}, {"a": {2: [t.ones(2), t.zeros(2)]}}),
    lambda t: ({"w": {1: 0}}, {"w": {2: 0}}),
    lambda t: (t.nn.Linear(2, 2).state_dict(), t.nn.Linear(2, 2).state_dict()),
    lambda t: (lambda n: (n.state_dict(), copy.deepcopy(n).state_dict()))(t.nn.Linear(2, 2)),
    lambda t: (t.nn.Parameter(t.ones(2)), t.ones(2)),
    lambda t: (t.nn.Parameter(t.ones(2)), 2 * t.ones(2)),
    lambda t: (t.ones(2, requires_grad=True) * 2, t.ones(2)),
    lambda t: (t.ones(2, 2).T, t.ones(2, 2)),
    lambda t: (t.ones(2, 3).T, t.ones(3, 2)),
    lambda t: (t.ones(3), t.ones(3, 1)),
    lambda t: (t.tensor([1.0, 3.0, 3.0]), t.tensor([1.0, 1.0, 1.0])),
    lambda t: (t.tensor(float("nan")), t.tensor(float("nan"))),
    lambda t: (t.zeros(2, 3), t.ones(2, 3, dtype=t.float64)),
]
OPTIONS = [
    {},
    {"allow_subclasses": False},
    {"check_dtype": False},
    {"check_stride": True},
    {"check_device": False, "check_layout": False},
    {"equal_nan": True},
    {"rtol": 0, "atol": 0},
    {"rtol": 0.1, "atol": 1},
    {"rtol": 0.1},
    {"atol": 0.1},
    {"msg": "mine"},
    {"msg": ""},
    {"msg": lambda text: text.upper()},
    {"msg": 3},
]


@for_every(PAIRS)
def test_things(program):
    def make(t):
        t.manual_seed(0)
        with numbers_of(t.__name__):
            return program(t)

    for options in OPTIONS:
        same_verdict(make, **options)


def test_the_text_is_readable():
    assert verdict(minigrad, lambda t: (t.tensor([1.0, 2.0, 3.0]), t.tensor([1.0, 4.0, 5.0])))[
        1
    ].splitlines() == [
        "Tensor-likes are not close!",
        "",
        "Mismatched elements: 2 / 3 (66.7%)",
        "Greatest absolute difference: 2.0 at index (1,) (up to 1e-05 allowed)",
        "Greatest relative difference: 0.5 at index (1,) (up to 1.3e-06 allowed)",
    ]


def test_a_negative_tolerance_is_refused():
    """torch's RuntimeError wraps that of its isclose in a request to report a bug."""
    with pytest.raises(RuntimeError, match=r"^rtol must be greater than or equal to zero, but got -1$"):
        minigrad.testing.assert_close(minigrad.ones(2), minigrad.zeros(2), rtol=-1, atol=0)


def test_a_bool_is_no_number():
    """torch stumbles over these: a RuntimeError that asks to report a bug."""
    assert told(lambda t: t.testing.assert_close(True, 1.0), torch)[0][0] == "RuntimeError"
    with pytest.raises(
        TypeError, match=r"^No comparison pair was able to handle inputs of type <class 'bool'>"
    ):
        minigrad.testing.assert_close(True, 1.0)


def test_keys_that_cannot_be_sorted():
    """Of several failures torch tells one at random here, so only one item differs."""
    same_verdict(lambda t: ({1: 2, "a": 3}, {1: 2, "a": 4}))
    same_verdict(lambda t: ({1: t.ones(1), "a": 3}, {1: t.zeros(1), "a": 3}))


def test_nothing_warns(recwarn):
    big = minigrad.tensor([3e38, -3e38, float("nan")])
    for other in (big.half(), -big, big / 0):
        verdict(minigrad, lambda t, other=other: (big, other), check_dtype=False)
    assert [str(each.message) for each in recwarn] == []
