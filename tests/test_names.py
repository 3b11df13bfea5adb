"""Names of PyTorch that programs use: torch.normal, FloatTensor and its kin, nn.utils.clip_grad, changes in place."""

import pickle

import numpy as np
import pytest
import torch
from both import for_every, same_bits, tells_the_same

import minigrad

NORMAL = [
    lambda t: (
        t.normal(0, 1, (3,)),
        t.normal(mean=0, std=1, size=(2,)),
        t.normal(0, 0.5, size=[2, 2], requires_grad=True),
    ),
    lambda t: (
        t.normal(t.tensor(0.0), t.tensor(1.0), (2,)),
        t.normal(0.0, 1.0, t.Size([2]), dtype=t.float64),
        t.normal(0, True, (2,)),
    ),
    lambda t: (
        t.normal(t.zeros(3), 2.0),
        t.normal(t.zeros(3), t.ones(3)),
        t.normal(2.0, t.ones(3)),
        t.normal(t.zeros(3)),
        t.normal(t.zeros(2), std=3),
    ),
    lambda t: (
        t.normal(t.zeros(3, 1), t.ones(2)),
        t.normal(t.tensor(0.0), t.tensor(1.0)),
        t.normal(t.zeros(2, 3).t(), 1),
        t.normal(0.0, t.ones(0)),
    ),
    lambda t: (
        t.normal(t.zeros(3, dtype=t.float64), t.ones(3)),
        t.normal(t.zeros(3), t.ones(3, dtype=t.float64)),
        t.normal(t.tensor(0.0), t.ones(3)),
    ),
    lambda t: (
        t.normal(t.zeros(2), t.ones(2), generator=t.Generator().manual_seed(3)),
        t.normal(0, 1, (2,), generator=t.Generator().manual_seed(3)),
    ),
    lambda t: (
        t.normal(t.zeros(3, requires_grad=True), 2.0),
        t.normal(t.zeros(3, requires_grad=True), t.ones(3)),
        t.normal(0, t.ones(3, requires_grad=True)),
    ),
    lambda t: t.normal(t.zeros(3), t.ones(2)),
    lambda t: t.normal(t.zeros(3, dtype=t.int64), 1.0),
    lambda t: t.normal(1, t.ones(3, dtype=t.int64)),
    lambda t: t.normal(0, 1, (2,), dtype=t.int64),
    lambda t: t.normal(t.zeros(3), -1.0),
    lambda t: t.normal(0, -1.0, (3,)),
    lambda t: t.normal(0.0, -t.ones(2)),
    lambda t: t.normal(t.zeros(3), -t.ones(3)),
    lambda t: t.normal(0, 1),
    lambda t: t.normal(0, 1, 3),
    lambda t: t.normal("a", 1, (2,)),
    lambda t: t.normal([0.0], 1),
    lambda t: t.normal(t.zeros(3), t.ones(3), (2,)),
    lambda t: t.normal(0, 1, (-2,)),
]

TYPES = [
    lambda t: (
        t.FloatTensor([1, 2]),
        t.LongTensor([1, 2]),
        t.DoubleTensor([1]),
        t.HalfTensor([1]),
        t.IntTensor([2]),
        t.ShortTensor([1]),
        t.CharTensor([1]),
    ),
    lambda t: (
        t.ByteTensor([1, 2]),
        t.BoolTensor([True, 0, 2]),
        t.BoolTensor([1.5, 0.0]),
        t.LongTensor([1.5, 2]),
        t.FloatTensor([[1.0, 2], [3, 4]]),
    ),
    lambda t: (
        t.FloatTensor(),
        t.FloatTensor(2, 3).shape,
        t.FloatTensor(3).shape,
        t.FloatTensor(t.Size([2, 3])).shape,
        t.FloatTensor([]),
        t.FloatTensor(()),
    ),
    lambda t: (
        t.LongTensor((1, 2)),
        t.LongTensor(np.array([1, 2])),
        t.FloatTensor(range(3)),
        t.FloatTensor(np.arange(2.0)),
        t.FloatTensor([t.tensor(1.0), 2]),
    ),
    lambda t: (
        t.LongTensor(t.tensor([1, 2])),
        t.FloatTensor([1.0], device="cpu"),
        t.DoubleTensor(np.arange(2, dtype=np.float32)),
        t.Tensor(np.arange(2)),
    ),
    lambda t: (
        t.Tensor(t.tensor([1, 2])),
        t.Tensor(t.ones(2, dtype=t.float64)),
        t.Tensor(t.ones(2, requires_grad=True)),
        t.Tensor(range(2)),
        t.Tensor(()),
    ),
    lambda t: (
        t.FloatTensor(t.ones(2, requires_grad=True)),
        t.Tensor([t.tensor(1), 2]),
        t.Tensor(t.tensor([1.0])).add_(1),
    ),
    lambda t: (
        repr(t.FloatTensor),
        t.FloatTensor.__name__,
        t.LongTensor.dtype,
        t.FloatTensor.is_cuda,
        type(t.FloatTensor([1.0])) is t.Tensor,
    ),
    lambda t: (
        isinstance(t.zeros(2), t.FloatTensor),
        isinstance(t.zeros(2), t.LongTensor),
        isinstance(t.arange(2), t.LongTensor),
        isinstance(3, t.FloatTensor),
    ),
    lambda t: (
        issubclass(t.FloatTensor, t.Tensor),
        t.zeros(2).type(t.LongTensor),
        t.zeros(2).type(t.FloatTensor),
        pickle.loads(pickle.dumps(t.FloatTensor)) is t.FloatTensor,
    ),
    lambda t: t.FloatTensor("a"),
    lambda t: t.FloatTensor({1: 2}),
    lambda t: t.FloatTensor(np.float32(3)),
    lambda t: t.FloatTensor([1], 2),
    lambda t: t.FloatTensor(-1),
    lambda t: t.FloatTensor(t.tensor([1, 2])),
    lambda t: t.LongTensor(t.tensor([1.0, 2])),
    lambda t: t.LongTensor(3.0),
    lambda t: t.LongTensor([float("nan")]),
    lambda t: t.LongTensor(["a"]),
    lambda t: t.ByteTensor([300]),
    lambda t: t.Tensor([1], [2]),
    lambda t: t.Tensor(1.5),
    lambda t: t.Tensor("a"),
]

OTHERS = [
    lambda t: (
        t.nonzero(t.eye(2)),
        t.nonzero(t.eye(2), as_tuple=True),
        t.nonzero(t.tensor(1.0)),
        t.nonzero(input=t.zeros(2)),
        t.nonzero(t.zeros(2, 0)),
    ),
    lambda t: t.nonzero(3),
    lambda t: (
        t.detach(t.ones(2, requires_grad=True)),
        t.detach(t.ones(2, requires_grad=True) * 2).requires_grad,
    ),
    lambda t: (
        t.tensor([7.0, -7.0]).remainder_(3),
        t.tensor([7.0, -7.0]).fmod_(3),
        t.tensor([7, -7]).floor_divide_(2),
        t.tensor([7.0, 3.0]).fmod_(t.tensor([4.0, 2.0])),
    ),
    lambda t: t.tensor([7, 3]).remainder_(0),
    lambda t: t.tensor([7, 3]).fmod_(2.5),
    lambda t: t.tensor([7.0]).remainder_(t.ones(2)),
    lambda t: t.ones(2, requires_grad=True).fmod_(2),
    lambda t: (
        (t.ones(2, requires_grad=True) * 3).fmod_(2),
        (t.ones(2, requires_grad=True) * 3).remainder_(2),
        (t.ones(2, requires_grad=True) * 3).floor_divide_(2),
    ),
    lambda t: (t.ones(2, requires_grad=True) * 3).floor_divide_(2).sum().backward(),
]


@for_every(NORMAL)
@pytest.mark.seeded("short normal", "long normal float32", "long normal float64")
def test_normal(program):
    tells_the_same(program)


@for_every(TYPES + OTHERS)
def test_the_same(program):
    tells_the_same(program)


@pytest.mark.seeded("short normal", "long normal float32", "long normal float64")
@pytest.mark.parametrize("n", [1, 15, 16, 33])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_normal_to_the_bit(n, kind):
    mean, std = np.linspace(-3, 3, n).astype(kind), np.linspace(0.1, 7, n).astype(kind)
    forms = [
        lambda t: t.normal(0.3, 1.7, (n,), dtype=getattr(t, kind)),
        lambda t: t.normal(t.from_numpy(mean), 1.7),
        lambda t: t.normal(0.3, t.from_numpy(std)),
        lambda t: t.normal(t.from_numpy(mean), t.from_numpy(std)),
        lambda t: t.normal(t.from_numpy(mean)[:, None], t.from_numpy(std).float()),
    ]
    for form in forms:
        minigrad.manual_seed(n), torch.manual_seed(n)
        same_bits(form(minigrad), form(torch))


def test_normal_gives_its_parameters_no_gradient():
    def gradients(t):
        t.manual_seed(0)
        mean, std = t.zeros(3, 1, requires_grad=True), t.ones(2, requires_grad=True)
        t.normal(mean, std).sum().backward()
        return mean.grad, std.grad

    tells_the_same(gradients)


def test_clip_grad_is_a_module_too():
    import torch.nn.utils.clip_grad as theirs

    import minigrad.nn.utils.clip_grad as ours
    from minigrad.nn.utils import convert_parameters

    assert ours.clip_grad_norm_ is minigrad.nn.utils.clip_grad_norm_
    assert theirs.clip_grad_norm_ is torch.nn.utils.clip_grad_norm_
    assert convert_parameters.parameters_to_vector is minigrad.nn.utils.parameters_to_vector
