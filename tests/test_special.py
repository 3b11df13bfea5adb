"""erfc, lgamma, logit, logaddexp and their kin, and torch.special; and Tensor's methods that are imported late."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad

NAN, INF = float("nan"), float("inf")
SMOOTH = {
    "erfc": (-3.0, 5.0), "erfinv": (-0.99, 0.99), "lgamma": (0.1, 30.0), "digamma": (-3.3, 30.0), "i0": (-9.0, 9.0),
    "sinc": (-4.0, 4.1), "logit": (0.01, 0.99), "special.i1": (-9.0, 9.0), "special.entr": (0.1, 3.0),
    "special.ndtr": (-3.0, 3.0), "polygamma 1": (0.1, 20.0), "polygamma 3": (0.5, 20.0), "mvlgamma": (3.0, 9.0),
    "logcumsumexp": (-9.0, 9.0),
}  # fmt: skip
PROGRAMS = {
    "polygamma 1": lambda t, x: t.polygamma(1, x),
    "polygamma 3": lambda t, x: x.polygamma(3),
    "mvlgamma": lambda t, x: t.mvlgamma(x, 4),
    "logcumsumexp": lambda t, x: t.logcumsumexp(x, 0),
}


def derivatives(t, name, array):
    """The value, its gradient and the gradient of that."""
    x = t.from_numpy(array.copy()).requires_grad_()
    function = PROGRAMS.get(name) or (
        lambda t, x: (
            getattr(t.special, name.removeprefix("special."), None)(x)
            if "special" in name
            else getattr(t, name)(x)
        )
    )
    z = function(t, x)
    (dx,) = t.autograd.grad(z.sin().sum(), x, create_graph=True)
    (ddx,) = t.autograd.grad(dx.sum(), x)
    return [each.detach().numpy() for each in (z, dx, ddx)]


@pytest.mark.parametrize("name", SMOOTH)
def test_values_and_two_derivatives_are_near(name):
    """Each formula is good to some units of float64; products and sums of a few of them lose some more.

    PyTorch's trigamma breaks off its series, which is off by 1/(30·x⁹) at x = 6: 3e-9.
    """
    tolerance = 1e-8 if "gamma" in name else 1e-11
    array = np.linspace(*SMOOTH[name], 23)
    for ours, theirs in zip(derivatives(minigrad, name, array), derivatives(torch, name, array), strict=True):
        assert np.allclose(ours, theirs, rtol=tolerance, atol=tolerance * np.abs(theirs).max())


def test_the_error_function_and_its_inverse():
    x = np.linspace(-5, 5, 41)
    y = minigrad.special.erf(minigrad.from_numpy(x))
    # erf is within 1 unit of 2⁻⁵³, and erfinv' = 1/erf': what is lost is lost by rounding erf x.
    off = np.abs(y.erfinv().numpy() - x)
    assert np.all(off <= 4 * 2**-53 * (1 + 1 / (2 / math.sqrt(math.pi) * np.exp(-x * x)) + np.abs(x)))
    assert minigrad.special.erfc(minigrad.tensor(27.0, dtype=minigrad.float64)).item() == math.erfc(27.0)


def special(t):
    return t.tensor([-INF, -2.0, -1.0, -0.0, 0.0, 0.5, 1.0, INF, NAN])


EXACT = [
    lambda t: [t.erfinv(special(t)), t.logit(special(t)), t.logit(special(t), eps=0.5)],
    lambda t: t.special.entr(special(t))[3:5],
    lambda t: [t.lgamma(special(t)[[0, 1, 2, 3, 6, 7, 8]]), t.digamma(special(t)[[1, 3, 4, 7, 8]]), t.sgn(special(t))],
    lambda t: [t.copysign(special(t), -1), t.copysign(special(t), special(t)), t.copysign(t.tensor([1, 2]), -2.5)],
    lambda t: [t.nextafter(special(t)[:3], t.ones(3)), t.ldexp(special(t), t.tensor(2))],
    lambda t: t.ldexp(t.tensor([1, 2]), t.tensor([3, 0])),
    lambda t: [*t.frexp(special(t)[1:7]), t.float_power(t.tensor([1, 2]), 2), t.float_power(2, t.tensor([1, 2]))],
    lambda t: [*t.nanmedian(t.tensor([[1.0, NAN, 2.0], [NAN] * 3]), 1), t.nanmedian(special(t)[[0, 1, 5, 8]])],
    lambda t: t.nanmedian(t.arange(4)),
    lambda t: [t.special.xlog1py(t.zeros(2), t.tensor([-1.0, NAN])), t.special.xlog1py(t.zeros(2), 2)],
    lambda t: t.sinc(t.zeros(1)),
    lambda t: [t.clamp_min(special(t), 0), t.clamp_max(special(t), t.tensor(0.5)), special(t).clamp_min_(1)],
    lambda t: [t.special.expit(t.zeros(2)), t.special.softmax(t.zeros(2), 0), t.special.round(t.tensor([0.5, 1.5]))],
    lambda t: [t.logaddexp(t.tensor(-INF), t.tensor(2.0)), t.logaddexp2(t.tensor(1.0), t.tensor(1.0))],
    lambda t: [t.logcumsumexp(t.tensor([-INF, 0.0, -INF]), 0), t.logcumsumexp(t.tensor(2.0), 0)],
    lambda t: t.mvlgamma(t.ones(1), 1),
    lambda t: t.logaddexp(t.arange(2), t.arange(2)),
    lambda t: t.logcumsumexp(t.arange(2), 0),
    lambda t: t.polygamma(-1, t.ones(2)),
    lambda t: t.mvlgamma(t.ones(2), 0),
    lambda t: t.frexp(t.arange(2)),
    lambda t: t.float_power(2, 3),
    lambda t: t.nanmedian(t.ones(2) > 0),
    lambda t: t.special.xlog1py(1, 2),
    # methods
    lambda t: [special(t)[1:8].quantile(0.5), *special(t).cummax(0), *t.arange(3).kthvalue(2), t.ones(2, 2).cov()],
    lambda t: [t.ones(2).fmax(t.tensor(NAN)), t.tensor([4, 6]).gcd(t.tensor(6)), t.tensor([4, 6]).lcm_(t.tensor(6))],
    lambda t: [t.ones(2, 2).hsplit(2), special(t).signbit()[:5], t.ones(2).diagflat()],
    lambda t: t.eye(2).diagonal_scatter(t.zeros(2)),
    lambda t: [special(t).prelu(t.tensor([0.5])), special(t).hardshrink(), special(t).heaviside(t.tensor(2.0))],
    lambda t: t.ones(2).quantile(2.0),
    lambda t: t.ones(2).kthvalue(3),
]  # fmt: skip


@for_every(EXACT)
def test_both_tell_the_same(program):
    tells_the_same(program)


def test_methods_are_there_before_their_first_use_and_import_their_file_then():
    code = """
import sys
import minigrad
late = {"minigrad.tensors.quantiles", "minigrad.tensors.special_functions", "minigrad.tensors.torch_linalg"}
assert not late & set(sys.modules)
assert {"quantile", "erfc_", "qr"} <= set(dir(minigrad.Tensor))
class Mine(minigrad.nn.Parameter): pass
x = Mine(minigrad.tensor([1.0, 3.0]))
print(x.quantile(0.5).item(), late & set(sys.modules), minigrad.ones(1).quantile.__name__)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert said == "2.0 {'minigrad.tensors.quantiles'} quantile\n"
