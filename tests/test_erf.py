"""erf against Python's math.erf."""

import math

import numpy as np
import pytest

from minigrad.arrays.erf import erf

R = np.random.default_rng(0)
X = np.concatenate(
    [R.uniform(-6, 6, 20000), R.standard_normal(20000) * 0.01, 10.0 ** R.uniform(-40, 0, 10000)]
)


@pytest.mark.parametrize(("dtype", "most"), [(np.float64, 1.0), (np.float32, 0.501), (np.float16, 0.501)])
def test_it_errs_by_so_many_last_places(dtype, most):
    """0.501: half a place is the rounding; 3e-11 is a two-thousandth of float32's place, and less of float16's."""
    x = X.astype(dtype)
    true = np.array([math.erf(value) for value in x.astype(float)])
    place = np.spacing(np.maximum(np.abs(true), np.finfo(dtype).tiny).astype(dtype)).astype(np.float64)
    assert (np.abs(erf(x).astype(np.float64) - true) / place).max() <= most + 1e-9


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_the_ends_and_nan(dtype):
    given = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 4.0, 6.0], dtype)
    with np.errstate(all="ignore"):
        found = erf(given)
    assert np.isnan(found[0])
    assert found[1:5].tolist() == [1, -1, 0, 0]
    assert np.signbit(found).tolist()[3:5] == [False, True]
    assert np.abs(found[5:] - 1).max() <= np.finfo(dtype).eps or dtype == np.float64
