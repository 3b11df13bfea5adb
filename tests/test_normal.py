"""Φ against SciPy's, within the bound that the contract derives for (1 + erf(x/√2))/2 in each type."""

import numpy as np
import pytest

from minigrad.arrays import normal
from minigrad.arrays.normal import BLOCK, gaussian
from sidebyside.contract.activation_bounds import normal_cdf as bounded
from sidebyside.contract.balls import Ball


def normal_cdf(x):
    return normal.normal_cdf(x, gaussian(x))


R = np.random.default_rng(0)
X = np.concatenate(
    [R.uniform(-7, 7, 20000), R.standard_normal(20000) * 0.01, 10.0 ** R.uniform(-40, 3, 10000)]
)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_it_lies_within_the_bound(dtype):
    x = X.astype(dtype)
    ball = bounded(Ball(x))
    assert (abs(normal_cdf(x) - ball.c) <= ball.r).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_the_ends_and_nan(dtype):
    with np.errstate(all="ignore"):
        found = normal_cdf(np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e4, -1e4], dtype))
    assert np.isnan(found[0])
    assert found[1:].tolist() == [1, 0, 0.5, 0.5, 1, 0]


def test_an_element_has_one_value_wherever_it_lies():
    x = R.standard_normal((BLOCK // 256 + 3, 2, 256)).astype(np.float32)
    whole = normal_cdf(x)
    assert whole.tobytes() == np.stack([normal_cdf(row.copy()) for row in x]).tobytes()
    for view in (x.T, x.transpose(1, 0, 2), x[::2, :, ::3], np.broadcast_to(x[:1, :1], x.shape)):
        found = normal_cdf(view)
        assert found.tobytes() == normal_cdf(view.copy()).tobytes()
        assert found.strides == np.empty_like(view).strides
