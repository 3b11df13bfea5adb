"""minigrad/arrays/kernels.py: what the quick loops compute is what the plain ones do."""

import numpy as np
import pytest
from both import BITS, dyadics
from hypothesis import given
from hypothesis import strategies as st

from minigrad.arrays import kernels
from minigrad.nn import ops as nn

SPECIAL = [0.0, -0.0, 1.5, -2.25, np.inf, -np.inf, np.nan, 5e-324, 1e-45, -3e38]
# rows on both sides of every seam: one product, one level of blocks, two; a rest or none
ROWS = [0, 1, 63, 64, 1024, 1025, 1280, 5 * 256 + 17, 256 * 1030 + 3]


def exact_sums(x):
    """Of multiples of 1/2, as integers."""
    return (2 * x).astype(np.int64).sum(axis=0) / 2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", ROWS)
def test_sums_over_rows_are_exact_where_nothing_rounds(rows, dtype):
    (x,) = dyadics(rows, dtype, 1, 8, (rows, 3))
    assert rows * 8 * 2 < 2 ** BITS[dtype]
    for keepdim in (False, True):
        z = kernels.sum_of(x, (0,), keepdim)
        assert z.dtype == x.dtype
        assert z.shape == ((1, 3) if keepdim else (3,))
        np.testing.assert_array_equal(z.reshape(3), exact_sums(x))


@pytest.mark.parametrize("rows", ROWS)
def test_sums_over_rows_err_by_blocks_not_by_rows(rows):
    # A sum of k numbers errs by at most (k - 1)·u of the sum of their sizes, in whatever order. Rows meet in at most
    # 1024 at the top, or in 256 at each level below and one addition for what is left over.
    x = np.random.default_rng(rows).standard_normal((rows, 5)).astype(np.float32)
    levels, n = 0, rows
    while n > 4 * kernels.BLOCK:
        n //= kernels.BLOCK
        levels += 1
    terms = 4 * kernels.BLOCK + levels * (kernels.BLOCK + 1)
    exact = x.astype(np.longdouble).sum(axis=0)
    bound = 1.01 * terms * 2.0**-24 * np.abs(x).astype(np.longdouble).sum(axis=0)
    assert np.all(np.abs(kernels.sum_of(x, (0,)) - exact) <= bound)


@pytest.mark.parametrize("shape", [(64, 3), (500, 10), (63, 3), (64, 17), (4, 0), (200, 0)])
def test_sums_of_short_rows(shape):
    (x,) = dyadics(7, "float32", 2, 8, shape)
    for keepdim in (False, True):
        z = kernels.sum_of(x, (1,), keepdim)
        np.testing.assert_array_equal(z, x.sum(axis=1, keepdims=keepdim))
        assert z.shape == x.sum(axis=1, keepdims=keepdim).shape


@pytest.mark.parametrize(
    "make", [lambda x: x[::2], lambda x: np.asfortranarray(x), lambda x: x[:, ::-1], lambda x: x.T]
)
def test_sums_whatever_the_layout(make):
    x = make(dyadics(3, "float64", 1, 8, (200, 6))[0])
    for dim in ((0,), (1,), (0, 1), None):
        np.testing.assert_array_equal(kernels.sum_of(x, dim), x.sum(axis=dim))


@pytest.mark.parametrize("kind", ["bool", "int8", "uint8", "int32"])
def test_integers_add_up_in_int64(kind):
    x = np.ones((300, 2), kind)
    assert kernels.sum_of(x, (0,)).dtype == np.int64
    assert kernels.sum_of(x, (0,)).tolist() == [300, 300]


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["float16", "float32", "float64"]),
    st.sampled_from([(7, 5), (60, 50)]),
)
def test_select_by_a_mask_has_the_bits_of_where(seed, dtype, shape):
    rng = np.random.default_rng(seed)
    with np.errstate(over="ignore", under="ignore"):
        x = rng.choice(np.array(SPECIAL), shape).astype(dtype)
    condition = rng.random(shape) < 0.5
    for a, b in ((0.0, x), (x, 0.0), (x, -0.0), (-0.0, x), (x, x[::-1])):
        expected = np.where(condition, a, b)
        z = kernels.where(condition, a, b)
        assert z.dtype == expected.dtype
        assert np.array_equal(np.isnan(z), np.isnan(expected))
        assert np.nan_to_num(z).tobytes() == np.nan_to_num(expected).tobytes()


@pytest.mark.parametrize(
    "make", [lambda x: x.T, lambda x: x[:, ::-1], lambda x: np.broadcast_to(x[:1], x.shape)]
)
def test_select_whatever_the_layout(make):
    rng = np.random.default_rng(0)
    x = make(rng.standard_normal((64, 64)).astype(np.float32))
    condition = rng.random((64, 64)) < 0.5
    np.testing.assert_array_equal(kernels.where(condition, 0.0, x), np.where(condition, 0, x))
    np.testing.assert_array_equal(kernels.where(condition[:1], 0.0, x), np.where(condition[:1], 0, x))


@pytest.mark.parametrize("op", [nn.softmax, nn.log_softmax])
@pytest.mark.parametrize("special", [None, np.inf, -np.inf, np.nan])
def test_softmax_of_short_rows_is_that_of_each_row(op, special):
    # One by one a row takes NumPy's own loops: the same exp and log of the same shifted numbers, and a sum of four
    # terms in another order, which errs by at most 3u of the sum; log and quotient pass that on.
    x = np.random.default_rng(0).standard_normal((70, 4)).astype(np.float32)
    if special is not None:
        x[5, 2] = x[9, 0] = special
    with np.errstate(all="ignore"):
        z = op.forward(x, (1,))
        rows = np.concatenate([op.forward(row[None], (1,)) for row in x])
    assert z.flags.c_contiguous
    np.testing.assert_array_equal(np.isnan(z), np.isnan(rows))
    finite = np.isfinite(rows)
    np.testing.assert_array_equal(np.where(finite, 0, z), np.where(finite, 0, rows))
    bound = 8 * 2.0**-24 * np.maximum(1, np.abs(rows[finite]))
    assert np.all(np.abs(z[finite].astype(np.float64) - rows[finite]) <= bound)


@pytest.mark.parametrize("op", [nn.softmax, nn.log_softmax])
def test_softmax_along_columns_of_short_rows(op):
    # Sums of 70 terms in another order err by at most 69u of the sum; log and quotient pass that on, and round.
    x = np.random.default_rng(0).standard_normal((70, 4)).astype(np.float32)
    columns = [op.forward(np.ascontiguousarray(x[:, i : i + 1]), (0,)) for i in range(4)]
    difference = np.abs(op.forward(x, (0,)) - np.concatenate(columns, 1))
    assert difference.max() <= 72 * 2.0**-24 * max(1, np.abs(columns).max())


def test_zeros_and_ones_have_the_type_of_their_like():
    for like in (np.ones(2, np.float16), np.float32(1), np.array(1, np.int64)):
        for make, value in ((kernels.zeros, 0), (kernels.ones, 1)):
            z = make(like, (2, 3))
            assert z.dtype == like.dtype
            assert z.shape == (2, 3)
            assert (z == value).all()


@pytest.mark.parametrize(
    "shapes", [((), ()), ((3,), ()), ((3,), (1,)), ((3,), (3,)), ((2, 3), (2, 1)), ((), (2,))]
)
def test_one_exponent_of_a_half_is_a_power_and_no_root(shapes):
    """√-∞ is nan and √-0 is -0, but (-∞)^½ = ∞ and (-0)^½ = 0."""
    for x, expected in ((-np.inf, np.inf), (-0.0, 0.0), (4.0, 2.0)):
        z = kernels.power(np.full(shapes[0], x), np.full(shapes[1], 0.5))
        assert z.shape == np.broadcast_shapes(*shapes)
        assert z.tobytes() == np.full(z.shape, expected).tobytes()


@pytest.mark.parametrize(
    "shapes",
    [
        ((5, 1), (784,)),
        ((5, 300), (300,)),
        ((7, 1), (7, 256)),
        ((3, 2), (2,)),
        ((2, 3, 1), (1, 3, 400)),
        ((20000, 10), (10,)),
        ((1500, 100), (100,)),
        ((41, 50, 64), (64,)),
        ((70, 2048), (2048,)),
        ((3, 2), ()),
    ],
)
@pytest.mark.parametrize("ufunc", [np.multiply, np.subtract, np.divide])
def test_a_loop_for_each_row_gives_the_same_bits_and_leaves_the_buffers_as_they_were(ufunc, shapes):
    x, y = (np.random.default_rng(3).standard_normal(shape).astype(np.float32) for shape in shapes)
    before = np.getbufsize()
    expected = ufunc(x, y)
    out = np.empty_like(expected)
    assert kernels.by_rows(ufunc, x, y).tobytes() == expected.tobytes()
    assert kernels.by_rows(ufunc, x, y, out) is out
    assert out.tobytes() == expected.tobytes()
    assert np.getbufsize() == before
