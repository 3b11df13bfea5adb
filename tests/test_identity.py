"""What "the same" means."""

import numpy as np
import pytest

from sidebyside.identity import largest_difference, relative_error, same_bits, ulps

f = np.float32


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ([1.0], [1.0], True),
        ([1.0], [np.nextafter(f(1), f(2))], False),
        ([0.0], [-0.0], True),
        ([np.nan], [np.nan], True),
        ([np.nan], [0.0], False),
        ([np.inf], [-np.inf], False),
        ([1.0], [1.0, 1.0], False),
        ([1e-45], [0.0], False),
    ],
)
def test_same_bits(a, b, same):
    assert same_bits(np.array(a, f), np.array(b, f)) is same


def test_another_dtype_is_not_the_same():
    assert not same_bits(np.zeros(2, f), np.zeros(2, np.float64))
    assert same_bits(np.arange(3), np.arange(3))


def test_one_ulp_is_one():
    a = np.array([1.0, 0.25], f)
    assert ulps(a, np.nextafter(a, f(2))) == 1.0
    assert ulps(a, a) == 0.0


def test_distances():
    assert largest_difference(np.array([1.0, 2.0]), np.array([1.0, 2.5])) == 0.5
    assert relative_error(np.array([1.0, 2.5]), np.array([1.0, 2.0])) == 0.25
    assert relative_error(np.zeros(2), np.zeros(2)) == 0.0
    assert np.isnan(largest_difference(np.array([np.nan]), np.array([1.0])))
