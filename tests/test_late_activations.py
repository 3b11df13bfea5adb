"""The activations of fewer programs: what torch refuses, draws for a seed, changes in place, and compiled steps."""

import numpy as np
import pytest
from both import for_every, tells_the_same

X = np.array([[-4.0, -0.5, -0.0, 0.25], [2.0, 3.5, np.inf, np.nan]], "float32")

PROGRAMS = [
    lambda t, F, x: (F.hardshrink(x), F.softshrink(x), F.threshold(x, 0.5, 2), F.hardswish(x), F.hardsigmoid(x)),
    lambda t, F, x: (F.prelu(x, t.tensor(0.25)), F.prelu(x, t.tensor([0.25, 0.5, 1.0, 2.0])), F.rrelu(x)),
    lambda t, F, x: (F.threshold(x.nan_to_num().int(), 1.5, 2.5), F.threshold(t.tensor([1, 3], dtype=t.uint8), 2, 7)),
    lambda t, F, x: F.threshold(x > 0, 0, 1),
    lambda t, F, x: F.rrelu(x, 0.5, 0.25),
    lambda t, F, x: F.rrelu(x, float("nan"), 1.0),
    lambda t, F, x: F.rrelu(x, 0.5, float("inf"), True),
    lambda t, F, x: F.rrelu(x.int(), training=True),
    lambda t, F, x: F.rrelu(x.int()),
    lambda t, F, x: F.celu(x, 0),
    lambda t, F, x: F.celu(x.int()),
    lambda t, F, x: F.softshrink(x, -1.0),
    lambda t, F, x: F.softshrink(x.int()),
    lambda t, F, x: F.glu(t.ones(3)),
    lambda t, F, x: F.glu(t.tensor(1.0)),
    lambda t, F, x: F.glu(x, 5),
    lambda t, F, x: F.glu(x.int()),
    lambda t, F, x: F.prelu(x, t.ones(3)),
    lambda t, F, x: F.prelu(t.tensor(1.0), t.ones(2)),
    lambda t, F, x: F.prelu(t.ones(2, 1), t.ones(1, 1)),
    lambda t, F, x: F.prelu(x, t.ones(4).double()),
    lambda t, F, x: (F.prelu(t.tensor(-1.0), t.ones(1)), F.prelu(t.zeros(0, 3), t.ones(3)).shape),
    lambda t, F, x: t.nn.Softmax2d()(x),
    lambda t, F, x: F.gumbel_softmax(t.ones(2, dtype=t.int64)),
    lambda t, F, x: F.softsign([1.0]),
    lambda t, F, x: F.mish([1.0]),
    lambda t, F, x: F.selu_(t.zeros(2, requires_grad=True)),
    lambda t, F, x: (t.nn.PReLU(3, 0.5).weight, t.nn.PReLU(dtype=t.float64).weight.dtype, t.nn.PReLU(2).state_dict()),
    lambda t, F, x: (t.nn.Threshold(1, 2, True), t.nn.RReLU(inplace=True), t.nn.Hardshrink(), t.nn.CELU(2, True)),
    lambda t, F, x: (t.nn.Mish(True), t.nn.Hardswish(True), t.nn.SELU(True), t.nn.GLU(0), t.nn.Softmin(1)),
]  # fmt: skip


@for_every(PROGRAMS)
def test_programs(program):
    tells_the_same(lambda t: program(t, t.nn.functional, t.from_numpy(X.copy())))


IN_PLACE = {
    "hardtanh_": (-0.5, 3.0),
    "threshold_": (0.5, 0.25),
    "leaky_relu_": (0.25,),
    "rrelu_": (0.25, 0.75),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place(name):
    """Also on a part of a tensor; dyadic numbers."""

    def changed(t):
        x = t.from_numpy(X[:, :3].copy()).nan_to_num(posinf=1.0).requires_grad_()
        z = x * 2
        result = getattr(t.nn.functional, name)(z[:, 1:], *IN_PLACE[name])
        z.sum().backward()
        return z.detach(), x.grad, result.detach(), z.grad_fn.name().rpartition(":")[2]

    tells_the_same(changed)


@pytest.mark.seeded("uniform")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_draws_of_rrelu_are_torchs(dtype):
    def drawn(t):
        t.manual_seed(3)
        x = t.tensor([-1.0, 2.0, -1.0, 0.0, -1.0], dtype=getattr(t, dtype), requires_grad=True)
        z = t.nn.RReLU(0.125, 0.5)(x)
        z.sum().backward()
        return z.detach(), x.grad, t.rand(1)

    tells_the_same(drawn)


@pytest.mark.seeded("exponential")
@pytest.mark.parametrize("dim", [0, 1])
def test_the_places_of_a_hard_gumbel_softmax_are_torchs(dim):
    def places(t):
        t.manual_seed(3)
        z = t.nn.functional.gumbel_softmax(t.zeros(40, 5), hard=True, dim=dim)
        return z.argmax(dim), z.round(), t.rand(1)

    tells_the_same(places)
