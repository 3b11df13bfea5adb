"""Layer, batch, group, instance and RMS norm: refusals, running statistics, second derivatives, compiled steps."""

import numpy as np
import pytest
import torch
from both import for_every, same_bits, sampled, tells_the_same
from hypothesis import given

import minigrad
from sidebyside.exchange import minigrad_kernels
from sidebyside.testing import floats, same
from torch_ref import norms

X = np.random.default_rng(0).normal(size=(5, 4, 3)).astype("float32")

CALLS = [
    lambda t, F, x: F.layer_norm(x, (4,)),
    lambda t, F, x: F.layer_norm(x, 3),
    lambda t, F, x: F.layer_norm(x, ()),
    lambda t, F, x: F.layer_norm(x, (1, 5, 4, 3)),
    lambda t, F, x: F.layer_norm(x, (3,), t.ones(4)),
    lambda t, F, x: F.layer_norm(x, (3,), t.ones(3), t.ones(4)),
    lambda t, F, x: F.layer_norm(x, (3,), t.ones(3).double()),
    lambda t, F, x: F.layer_norm(x, (3,), None, t.ones(3).double()),
    lambda t, F, x: F.layer_norm(x.half(), (3,), t.ones(3), t.ones(3).half()),
    lambda t, F, x: F.layer_norm(x.int(), (3,)),
    lambda t, F, x: F.layer_norm([1.0], (3,)),
    lambda t, F, x: F.layer_norm(x, (3.0,)),
    lambda t, F, x: F.layer_norm(t.tensor(1.0), (1,)),
    lambda t, F, x: (F.layer_norm(t.zeros(0, 3), (3,)), F.layer_norm(t.zeros(2, 0), (0,))),
    lambda t, F, x: F.layer_norm(x.half(), (3,), t.ones(3)).dtype,
    lambda t, F, x: F.rms_norm(x, 3),
    lambda t, F, x: F.rms_norm(x, (4,)),
    lambda t, F, x: F.rms_norm(x, ()),
    lambda t, F, x: F.rms_norm(x.int(), (3,)),
    lambda t, F, x: F.rms_norm(x, (3,), t.ones(4)),
    lambda t, F, x: F.rms_norm(x.half(), (3,)).dtype,
    lambda t, F, x: F.group_norm(x, 3),
    lambda t, F, x: F.group_norm(x, 0),
    lambda t, F, x: F.group_norm(x, -2),
    lambda t, F, x: F.group_norm(x, 2, t.ones(3)),
    lambda t, F, x: F.group_norm(x, 2, t.ones(4).double()),
    lambda t, F, x: F.group_norm(x.int(), 2),
    lambda t, F, x: F.group_norm(t.ones(4), 2),
    lambda t, F, x: F.group_norm(t.ones(1, 4), 4),
    lambda t, F, x: F.group_norm(t.ones(0, 4), 2),
    lambda t, F, x: t.group_norm(t.ones(4), 2),
    lambda t, F, x: F.batch_norm(x, None, None),
    lambda t, F, x: F.batch_norm(x, t.zeros(4), None),
    lambda t, F, x: F.batch_norm(x, t.zeros(4), None, training=True),
    lambda t, F, x: F.batch_norm(x, t.zeros(3), t.ones(4)),
    lambda t, F, x: F.batch_norm(x, t.zeros(4), t.ones(3), training=True),
    lambda t, F, x: F.batch_norm(x, t.zeros(4), t.ones(4), t.ones(3)),
    lambda t, F, x: F.batch_norm(x, t.zeros(4), t.ones(4), t.ones(4), t.ones(3)),
    lambda t, F, x: F.batch_norm(x, t.zeros(4).double(), t.ones(4)),
    lambda t, F, x: F.batch_norm(x.double(), t.zeros(4), t.ones(4)),
    lambda t, F, x: F.batch_norm(x.int(), t.zeros(4), t.ones(4)),
    lambda t, F, x: F.batch_norm(t.ones(1, 4), t.zeros(4), t.ones(4), training=True),
    lambda t, F, x: F.batch_norm(t.ones(0, 4, 3), t.zeros(4), t.ones(4), training=True),
    lambda t, F, x: F.batch_norm(t.ones(4), t.zeros(4), t.ones(4)),
    lambda t, F, x: F.batch_norm(x, t.zeros(4), t.ones(4), training=True, eps=0),
    lambda t, F, x: F.batch_norm(x, t.zeros(4), t.ones(4), eps=-1),
    lambda t, F, x: F.batch_norm(x, t.zeros(4, requires_grad=True), t.ones(4), training=True),
    lambda t, F, x: t.batch_norm(x, None, None, t.zeros(4), t.ones(4), True, 0.1, 1e-5),
    lambda t, F, x: F.instance_norm(t.ones(2, 4, 1)),
    lambda t, F, x: F.instance_norm(x, use_input_stats=False),
    lambda t, F, x: F.instance_norm(x, t.zeros(3), t.ones(3)),
    lambda t, F, x: F.instance_norm(x, weight=t.ones(3)),
    lambda t, F, x: t.nn.BatchNorm1d(4)(t.ones(4)),
    lambda t, F, x: t.nn.BatchNorm1d(4)(t.ones(2, 3)),
    lambda t, F, x: t.nn.BatchNorm2d(4)(x),
    lambda t, F, x: t.nn.InstanceNorm1d(3)(x).shape,
    lambda t, F, x: t.nn.InstanceNorm1d(3, affine=True)(x),
    lambda t, F, x: t.nn.InstanceNorm1d(4)(t.ones(2)),
    lambda t, F, x: t.nn.InstanceNorm2d(5)(x).shape,
    lambda t, F, x: t.nn.GroupNorm(3, 4),
    lambda t, F, x: t.nn.LayerNorm(3.0),
    lambda t, F, x: t.nn.BatchNorm1d(4).state_dict()._metadata,
    lambda t, F, x: isinstance(t.nn.BatchNorm2d(4), t.nn.modules.batchnorm._BatchNorm),
]


@for_every(CALLS)
def test_calls_and_refusals(program):
    tells_the_same(lambda t: program(t, t.nn.functional, t.from_numpy(X.copy())))


MODULES = [
    lambda nn: nn.BatchNorm1d(4),
    lambda nn: nn.BatchNorm1d(4, momentum=None),
    lambda nn: nn.BatchNorm1d(4, momentum=0.3, bias=False),
    lambda nn: nn.BatchNorm1d(4, track_running_stats=False),
    lambda nn: nn.BatchNorm1d(4, affine=False),
    lambda nn: nn.InstanceNorm1d(4, affine=True, track_running_stats=True),
    lambda nn: nn.GroupNorm(2, 4),
    lambda nn: nn.LayerNorm((4, 3), eps=0.1),
    lambda nn: nn.LayerNorm(3, bias=False),
    lambda nn: nn.LayerNorm(3, elementwise_affine=False),
    lambda nn: nn.RMSNorm(3),
]


def trained(library, module, steps=3):
    """Three steps, one of them in evaluation mode: outputs, and the state at the end."""
    library.manual_seed(0)
    layer = module(library.nn)
    model = library.nn.Sequential(library.nn.Linear(3, 3), layer)
    optimizer, outputs = library.optim.SGD(model.parameters(), lr=0.1), []
    for step in range(steps):
        layer.train(step != 1)
        z = model(library.from_numpy(X + np.float32(step)))
        optimizer.zero_grad()
        (z * z * z).sum().backward()
        optimizer.step()
        outputs.append(z)
    return outputs, model


@for_every(MODULES)
def test_training_on_exchanged_kernels_ends_in_the_same_bits_running_statistics_too(program):
    ours, model = trained(minigrad, program)
    with minigrad_kernels():
        theirs, twin = trained(torch, program)
    for a, b in zip(ours, theirs, strict=True):
        same_bits(a, b)
    state, other = model.state_dict(), twin.state_dict()
    assert list(state) == list(other)
    for name in state:
        same_bits(state[name], other[name])
    loaded = torch.nn.Sequential(torch.nn.Linear(3, 3), program(torch.nn))
    loaded.load_state_dict({name: torch.from_numpy(p.numpy()) for name, p in state.items()})
    assert repr(model) == repr(twin)


@for_every(MODULES)
def test_a_compiled_step_changes_the_running_statistics_as_the_eager_one(program):
    pair = []
    for compiled in (False, True):
        layer = program(minigrad.nn)

        def step(x, layer=layer):
            z = layer(x)
            (z * z * z).sum().backward()
            return z

        pair.append((layer, minigrad.compile(step) if compiled else step))
    (eager, step), (twin, repeated) = pair
    if getattr(eager, "momentum", 0) is None:
        with pytest.raises(RuntimeError, match="reads numbers"):
            repeated(minigrad.from_numpy(X))
        return
    for seed in range(4):
        x = np.random.default_rng(seed).normal(size=X.shape).astype("float32")
        results = [each(minigrad.from_numpy(x.copy()).requires_grad_()) for each in (step, repeated)]
        same_bits(*results)
        for a, b in zip(eager.state_dict().values(), twin.state_dict().values(), strict=True):
            same_bits(a, b)
        for p, q in zip(eager.parameters(), twin.parameters(), strict=True):
            same_bits(p.grad, q.grad)


SMOOTH = {
    "layer_norm": lambda F, x, w: F.layer_norm(x, (3,), w[:3], w[1:]),
    "batch_norm": lambda F, x, w: F.batch_norm(x, None, None, w, -w, training=True),
    "running": lambda F, x, w: F.batch_norm(x, *constants(), w, -w),
    "group_norm": lambda F, x, w: F.group_norm(x, 2, w, -w),
    "instance_norm": lambda F, x, w: F.instance_norm(x, weight=w, bias=-w),
    "rms_norm": lambda F, x, w: F.rms_norm(x, (3,), w[:3]),
}


def constants():
    return (
        minigrad.tensor(values, dtype=minigrad.float64) for values in ([1.0, 0.5, 0, 2], [2.0, 1, 0.5, 3])
    )


@pytest.mark.parametrize("name", sampled(list(SMOOTH)))
def test_second_and_third_derivatives(name):
    F, function = minigrad.nn.functional, SMOOTH[name]
    x = minigrad.from_numpy(X[:2].astype("float64")).requires_grad_()
    w = minigrad.tensor([0.5, -1.0, 1.5, 2.0], dtype=minigrad.float64, requires_grad=True)
    assert minigrad.autograd.gradgradcheck(lambda x, w: function(F, x, w), (x, w))

    def slope(x, w):
        z = (function(F, x, w) ** 3).sum()
        return minigrad.autograd.grad(z, (x, w), create_graph=True)

    assert minigrad.autograd.gradgradcheck(slope, (x, w))


# -- by hand ------------------------------------------------------------------------------------------------


@given(x=floats((5, 4), low=-8, high=8), w=floats((4,), low=-8, high=8), b=floats((4,), low=-8, high=8))
@pytest.mark.parametrize("name", ["layer_norm", "batch_norm"])
def test_by_hand(name, x, w, b):
    options = {
        "layer_norm": lambda F: lambda x, w, b: F.layer_norm(x, (4,), w, b),
        "batch_norm": lambda F: lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
    }[name]
    ours, theirs = options(minigrad.nn.functional), options(torch.nn.functional)
    same(ours, getattr(norms, name), theirs, x, w, b, tier="bounded")


def test_running_statistics_by_hand():
    x = torch.from_numpy(X[:, :, 0].copy())
    ours, theirs = [[torch.zeros(4), torch.ones(4)] for _ in range(2)]
    norms.batch_norm(x, torch.ones(4), torch.zeros(4), *ours)
    torch.nn.functional.batch_norm(x, *theirs, training=True)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)
