"""`tensor_text` gives torch's text: every test but the literal ones asks the installed torch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minigrad.tensors import printing
from minigrad.tensors.printing import tensor_text

FLOATS = ("float16", "float32", "float64")

# Small shapes, empty ones among them; rows that wrap; and shapes on either side of the threshold of 1000.
SMALL = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
WIDE = st.sampled_from([(23,), (90,), (3, 40), (2, 2, 30), (2, 1, 2, 25)])
LARGE = st.sampled_from(
    [(1000,), (1001,), (1, 1001), (1001, 1), (40, 26), (6, 7, 30), (7, 6, 30), (2, 9, 1, 60), (1500, 0)]
)
SHAPES = SMALL | WIDE | LARGE

# On both sides of each bound: quotient 1000, 1e8 and 1e-4; then roundings that change the width.
BOUNDS = [1.0, 1000.0, 1000.0001, 1e8, 1.0000001e8, 1e-4, 0.99999e-4, 0.1, 100.0, 100.1]
ROUNDINGS = [0.5, 2.5, 9.99995, 9.99994, 0.00005, 99999.5, -0.00004, 1e16, 12345678.0]
SPECIALS = [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1e-45, 6e-8, 1e300, 3e38, 65504.0]
REALS = st.one_of(
    st.sampled_from(BOUNDS + ROUNDINGS + SPECIALS),
    st.integers(-(10**9), 10**9).map(float),
    st.integers(-99, 99).map(float),
    st.floats(-10, 10),
    st.builds(lambda digits, power: digits * 10.0**power, st.floats(-10, 10), st.integers(-9, 9)),
    st.floats(),
)
# Several kinds of float seldom meet in one format, so half the arrays are of a single kind.
TAME = st.integers(-99, 99).map(float) | st.sampled_from([0.0, -0.0, np.nan, np.inf, -np.inf])


@st.composite
def arrays(draw: st.DrawFn, dtype: str) -> np.ndarray:
    """An array of any shape in SHAPES, filled from a few drawn values."""
    if dtype in FLOATS:
        kind = draw(st.sampled_from([REALS, TAME, st.floats(0.01, 9)]))
    else:
        kind = hnp.from_dtype(np.dtype(dtype)) | st.integers(0, 1)
    with np.errstate(all="ignore"):
        palette = np.array(draw(st.lists(kind, min_size=1, max_size=6))).astype(dtype)
    shape = draw(SHAPES)
    order = np.random.default_rng(draw(st.integers(0, 99)))
    return np.array(order.choice(palette, shape), dtype=dtype)


@contextmanager
def options(**chosen: Any) -> Iterator[None]:
    """The same print options in both libraries, and the defaults again afterwards."""
    try:
        torch.set_printoptions(**chosen)
        printing.set_printoptions(**chosen)
        yield
    finally:
        torch.set_printoptions(profile="default")
        printing.set_printoptions(profile="default")


def assert_same(array: np.ndarray) -> None:
    assert tensor_text(array) == repr(torch.from_numpy(array))


@pytest.mark.parametrize("dtype", printing.DTYPES)
@given(data=st.data())
def test_text_is_torchs(dtype, data):
    assert_same(data.draw(arrays(dtype)))


@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
def test_any_bit_pattern_prints_as_in_torch(dtype, data):
    assert_same(data.draw(hnp.arrays(dtype, st.just(()) | hnp.array_shapes(max_dims=2))))


@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
def test_suffixes_of_gradients_are_torchs(dtype, data):
    array = data.draw(arrays(dtype))
    leaf = torch.from_numpy(array).requires_grad_()
    assert tensor_text(array, requires_grad=True) == repr(leaf)
    assert tensor_text(array, requires_grad=True, grad_fn="MulBackward0") == repr(leaf * 1)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "bool"])
@given(data=st.data())
def test_options_mean_what_they_mean_in_torch(dtype, data):
    maybe = lambda values: st.none() | values
    chosen = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "precision": maybe(st.integers(0, 9)),
                "threshold": maybe(st.integers(0, 1100)),
                "edgeitems": maybe(st.integers(0, 9)),
                "linewidth": maybe(st.integers(0, 200)),
                "profile": st.sampled_from([None, "default", "short", "full", "none of these"]),
                "sci_mode": st.sampled_from([None, False, True]),
            },
        )
    )
    array = data.draw(arrays(dtype))
    with options(**chosen):
        assert_same(array)
        if dtype in FLOATS:
            leaf = torch.from_numpy(array).requires_grad_()
            assert tensor_text(array, grad_fn="MulBackward0") == repr(leaf * 1)


def test_options_left_out_keep_their_value_but_sci_mode_is_reset():
    array = np.float32([0.123456789, 2000.5])
    with options(precision=2, sci_mode=True):
        assert_same(array)
        assert tensor_text(array) == "tensor([1.23e-01, 2.00e+03])"
        torch.set_printoptions(linewidth=20, profile="none of these")
        printing.set_printoptions(linewidth=20, profile="none of these")
        assert_same(array)
        assert printing.PrintOptions(precision=2, linewidth=20) == printing.PRINT_OPTS
    assert printing.PrintOptions() == printing.PRINT_OPTS


def test_suffixes_wrap_at_the_column_where_torch_wraps():
    for length in range(1, 40):
        array = np.arange(length) + 0.5
        leaf = torch.from_numpy(array).requires_grad_()
        assert tensor_text(array, requires_grad=True) == repr(leaf)
        assert tensor_text(array, grad_fn="MulBackward0") == repr(leaf * 1)
        for width in range(12, 16):
            matrix = np.full((length % 5, width), 3, dtype=np.uint8)
            assert_same(matrix)


def test_each_suffix_may_begin_a_line():
    array = np.zeros((2, 3, 4))
    node = torch.from_numpy(array).requires_grad_() * 1
    for linewidth in range(100):
        # Without edge items the size is a suffix too, which makes three.
        with options(linewidth=linewidth, edgeitems=0, threshold=9):
            assert tensor_text(array, grad_fn="MulBackward0") == repr(node)


def test_a_scalar_is_never_summarised():
    with options(threshold=0, edgeitems=0):
        assert_same(np.array(2.5, dtype=np.float32))
        assert_same(np.array([2.5], dtype=np.float32))


def test_indent_follows_the_prefix():
    # torch's prefix for a subclass is the name of the class; a long one leaves no room for the numbers.
    for length in range(1, 100, 7):
        named = type("T" * length, (torch.Tensor,), {})
        array = np.arange(60.0).reshape(2, 30)
        tensor = torch.from_numpy(array).as_subclass(named)
        assert tensor_text(array, prefix="T" * length + "(") == repr(tensor)


@pytest.mark.parametrize("bound", [1000.0, 1e8, 1e-4])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_powers_of_ten_begin_where_torchs_begin(dtype, bound):
    # A quotient of 1000 is exact against 1.; the other two bounds are met by one number alone.
    other = [1] if bound == 1000 else []
    at = np.array(bound, dtype)
    for value in (np.nextafter(at, 0 * at), at, np.nextafter(at, 2 * at)):
        assert_same(np.array([value, *other], dtype))
        assert_same(np.array([-value, 0, np.nan, *other], dtype))


def test_memory_layout_does_not_show():
    array = np.arange(2000.0).reshape(40, 50)
    assert tensor_text(array.T) == repr(torch.from_numpy(array).T)
    assert tensor_text(array[::-1, ::3]) == repr(torch.from_numpy(array[::-1, ::3].copy()))
    assert tensor_text(array.astype(">f8")) == repr(torch.from_numpy(array))


def test_a_summary_reads_its_own_elements_only():
    # Of 10¹⁸ elements no more than 36 can be read in a lifetime, and the view of one number holds as many.
    side = 10**9
    array = np.broadcast_to(np.float32(0.25), (side, side))
    assert tensor_text(array) == repr(torch.tensor(0.25).expand(side, side))


def test_a_summary_takes_its_format_from_what_it_shows():
    array = np.ones(2000, dtype=np.float32)
    array[1000] = 1e30
    assert tensor_text(array) == "tensor([1., 1., 1.,  ..., 1., 1., 1.])"
    assert_same(array)


@pytest.mark.parametrize(
    ("array", "keywords", "text"),
    [
        (np.float32([1, 2]), {"grad_fn": "MulBackward0"}, "tensor([1., 2.], grad_fn=<MulBackward0>)"),
        (np.float32([-np.inf, 0]), {}, "tensor([-inf, 0.])"),
        (np.array(0.5), {"requires_grad": True}, "tensor(0.5000, dtype=torch.float64, requires_grad=True)"),
        (np.zeros((0, 3), np.int64), {}, "tensor([], size=(0, 3), dtype=torch.int64)"),
        (np.array([True, False]), {"device": "cuda:0"}, "tensor([ True, False], device='cuda:0')"),
        (
            np.float64([1.5]),
            {"device": "cuda:0", "requires_grad": True},
            "tensor([1.5000], device='cuda:0', dtype=torch.float64, requires_grad=True)",
        ),
        (
            np.arange(8.0) + 0.5,
            {"device": "cuda:0", "grad_fn": "AddBackward0"},
            "tensor([0.5000, 1.5000, 2.5000, 3.5000, 4.5000, 5.5000, 6.5000, 7.5000],\n"
            "       device='cuda:0', dtype=torch.float64, grad_fn=<AddBackward0>)",
        ),
    ],
)
def test_text_to_be_read(array, keywords, text):
    assert tensor_text(array, **keywords) == text


@pytest.mark.parametrize("array", [np.array([1j]), np.array(["a"]), np.array([None]), np.longdouble([1])])
def test_an_unknown_dtype_is_refused(array):
    with pytest.raises(TypeError, match="cannot print an array of dtype"):
        tensor_text(array)
