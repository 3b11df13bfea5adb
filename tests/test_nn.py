"""Modules and containers: what they print, hold, refuse, and how they begin, beside torch's."""

import copy
import pickle
from collections import OrderedDict
from itertools import pairwise

import numpy as np
import pytest
import torch
from both import assert_same_refusal, assert_same_text
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from sidebyside.identity import same_bits

LIBRARIES = (minigrad, torch)


def model(t):
    """A module with layers, buffers and a forward, as a tutorial writes one."""

    class M(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1 = t.nn.Linear(2, 3)
            self.act = t.nn.ReLU()
            self.fc2 = t.nn.Linear(3, 1)
            self.register_buffer("step", t.tensor(0))
            self.register_buffer("tmp", t.tensor(0.0), persistent=False)

        def forward(self, x):
            return self.fc2(self.act(self.fc1(x)))

    return M()


def bare(t):
    """A module whose __init__ has not run."""
    return t.nn.Module.__new__(t.nn.Module)


TEXTS = [
    lambda t: repr(model(t)),
    lambda t: repr(
        t.nn.Sequential(
            OrderedDict(
                a=t.nn.Sequential(t.nn.Linear(1, 2), t.nn.ReLU(inplace=True)), b=t.nn.Linear(2, 1, bias=False)
            )
        )
    ),
    lambda t: [repr(t.nn.Sequential()), repr(t.nn.ModuleList()), repr(t.nn.Module())],
    lambda t: repr(
        t.nn.ModuleList([t.nn.Linear(2, 2) for _ in range(3)] + [t.nn.ReLU()] + [t.nn.Linear(2, 2)])
    ),
    lambda t: [n for n, _ in model(t).named_parameters()],
    lambda t: [n for n, _ in model(t).named_modules()],
    lambda t: [n for n, _ in model(t).named_buffers()],
    lambda t: list(model(t).state_dict()),
    lambda t: repr(model(t).load_state_dict(model(t).state_dict())),
    lambda t: repr(
        model(t).load_state_dict(
            {**{k: v for k, v in model(t).state_dict().items() if k != "fc1.bias"}, "foo": t.tensor(1.0)},
            strict=False,
        )
    ),
    lambda t: repr(model(t).double().fc1.weight),
    lambda t: repr(model(t).to(t.float64).step),
    lambda t: repr(copy.deepcopy(model(t)).fc1.weight),
    lambda t: repr(t.nn.Sequential(t.nn.ReLU(), t.nn.Linear(1, 1)) + t.nn.Sequential(t.nn.ReLU())),
    lambda t: repr(t.nn.Sequential(t.nn.ReLU(), t.nn.Linear(1, 1), t.nn.ReLU())[:-1]),
    lambda t: repr(
        t.nn.Sequential(t.nn.ReLU()).append(t.nn.Identity()).insert(0, t.nn.Tanh()).extend([t.nn.Sigmoid()])
    ),
    lambda t: (
        repr(t.nn.Dropout(0.3)),
        repr(t.nn.Softmax(dim=1)),
        repr(t.nn.CrossEntropyLoss()),
        repr(t.nn.Flatten()),
        repr(t.nn.LogSoftmax()),
    ),
    lambda t: list(t.nn.CrossEntropyLoss(weight=t.ones(3)).state_dict()),
    lambda t: repr(t.nn.Linear(0, 2).bias.shape),
    lambda t: repr(t.nn.functional.softmax(t.zeros(2, 3))),
    lambda t: repr(pickle.loads(pickle.dumps(t.nn.Linear(2, 3)))),
    lambda t: hasattr(model(t), "foo"),
    lambda t: repr(list(model(t).children())),
    lambda t: repr(t.nn.Parameter(t.zeros(2))),
    lambda t: model(t).requires_grad_(False).fc1.weight.requires_grad,
    lambda t: repr(replaced(t)),
    lambda t: [name for name, _ in replaced(t).named_parameters()],
    lambda t: [type(m).__name__ for m in t.nn.Sequential(t.nn.ReLU(), t.nn.Linear(1, 1)).modules()],
    lambda t: len(list(shared(t).parameters())),
    lambda t: list(shared(t).state_dict()),
    lambda t: [type(m).__name__ for m in applied(t)],
    lambda t: [model(t).eval().fc1.training, model(t).train().training, model(t).train(False).act.training],
    lambda t: list(t.nn.Sequential(t.nn.ReLU(), t.nn.Tanh(), t.nn.Sigmoid())[1:].state_dict()),
]


def replaced(t):
    m = model(t)
    m.fc1 = t.nn.Linear(2, 5)
    del m.act
    return m


def shared(t):
    layer = t.nn.Linear(2, 2)
    return t.nn.Sequential(layer, t.nn.ReLU(), layer)


def applied(t):
    seen = []
    model(t).apply(seen.append)
    return seen


@pytest.mark.parametrize("program", TEXTS)
def test_text(program):
    assert_same_text(program)


REFUSED = [
    lambda t: model(t).load_state_dict({k: v for k, v in model(t).state_dict().items() if k != "fc1.bias"}),
    lambda t: model(t).load_state_dict({**model(t).state_dict(), "foo": t.tensor(1.0)}),
    lambda t: model(t).load_state_dict(
        {
            **{k: v for k, v in model(t).state_dict().items() if k != "fc1.bias"},
            "foo": t.tensor(1.0),
            "fc2.weight": t.zeros(2, 3),
        }
    ),
    lambda t: model(t).load_state_dict({**model(t).state_dict(), "fc2.weight": t.zeros(2, 3)}),
    lambda t: model(t).load_state_dict({**model(t).state_dict(), "fc2.weight": np.zeros((1, 3))}),
    lambda t: model(t).load_state_dict([1]),
    lambda t: model(t).train("yes"),
    lambda t: model(t).foo,
    lambda t: t.nn.Module()(1),
    lambda t: t.nn.ModuleList()(1),
    lambda t: t.nn.Sequential([t.nn.ReLU()]),
    lambda t: t.nn.ModuleList([1]),
    lambda t: t.nn.ModuleList(3),
    lambda t: t.nn.ModuleList(t.nn.ReLU()),
    lambda t: t.nn.Sequential(t.nn.ReLU())[3],
    lambda t: setattr(model(t), "fc1", t.zeros(2)),
    lambda t: setattr(model(t).fc1, "weight", t.zeros(2)),
    lambda t: setattr(t.nn.Module.__new__(t.nn.Module), "fc1", t.nn.ReLU()),
    lambda t: setattr(t.nn.Module.__new__(t.nn.Module), "fc1", t.nn.Parameter(t.zeros(2))),
    lambda t: model(t).to(t.int64),
    lambda t: t.nn.Dropout(1.5),
    lambda t: t.nn.Linear(2, -1),
    lambda t: t.nn.Linear(3, 2)(t.zeros(4, 5)),
    lambda t: t.nn.Linear(3, 2)(t.zeros(5)),
    lambda t: t.nn.Linear(3, 2)(t.zeros(4, 5, 7)),
    lambda t: t.nn.Linear(3, 2)(t.zeros(4, 3).double()),
    lambda t: t.nn.Linear(3, 2)([1, 2, 3]),
    lambda t: t.nn.Linear(3, 2)(t.tensor(1.0)),
    lambda t: t.nn.Linear(3, 2)(t.zeros(4, 3, dtype=t.int64)),
    lambda t: t.nn.functional.softmax(t.zeros(2, 3), 5),
    lambda t: t.softmax(t.zeros(2, 3, dtype=t.int64), 1),
    lambda t: model(t).get_submodule("fc3"),
    lambda t: model(t).register_parameter("x", t.zeros(2)),
    lambda t: model(t).add_module("x", 3),
    lambda t: t.nn.Parameter(t.zeros(2, dtype=t.int64)),
    lambda t: model(t)(t.zeros(1, 2), t.zeros(1, 2)),
    lambda t: t.nn.Sequential(t.nn.ReLU())(1, 2),
    lambda t: t.nn.ReLU()(3),
    lambda t: t.nn.functional.dropout(t.ones(2), p=2.0),
    lambda t: model(t).fc1(t.zeros(1, 2), 3, 4),
    lambda t: t.nn.functional.linear(t.zeros(2, 3), t.zeros(4, 3), t.zeros(3)),
    lambda t: t.nn.functional.linear(t.zeros(2, 3), np.zeros((4, 3))),
]


@pytest.mark.parametrize("program", REFUSED)
def test_refusal(program):
    assert_same_refusal(program)


@pytest.mark.seeded
@given(st.integers(-(2**63), 2**64 - 1), st.integers(1, 40), st.integers(1, 40), st.booleans(), st.booleans())
def test_linear_begins_with_torchs_weights(seed, inputs, outputs, bias, double):
    layers = []
    for t in LIBRARIES:
        t.manual_seed(seed)
        layers.append(t.nn.Linear(inputs, outputs, bias=bias, dtype=t.float64 if double else t.float32))
    ours, theirs = (layer.state_dict() for layer in layers)
    assert list(ours) == list(theirs)
    assert all(ours[name].numpy().tobytes() == theirs[name].numpy().tobytes() for name in ours)


@pytest.mark.seeded
@given(st.integers(0, 2**32), st.lists(st.integers(1, 20), min_size=2, max_size=5), st.floats(0, 1))
def test_models_and_dropout_draw_torchs_numbers(seed, sizes, p):
    results = []
    for t in LIBRARIES:
        t.manual_seed(seed)
        layers = [t.nn.Linear(a, b) for a, b in pairwise(sizes)]
        m = t.nn.Sequential(*layers, t.nn.Dropout(p))
        layers[0].reset_parameters()
        drop = t.nn.Dropout(p)(t.ones(7, 5))
        results.append([*(v.numpy() for v in m.state_dict().values()), drop.numpy(), t.rand(3).numpy()])
    assert all(a.tobytes() == b.tobytes() for a, b in zip(*results, strict=True))


def test_dropout_is_seen_in_training_alone():
    layer, x = minigrad.nn.Dropout(0.5), minigrad.ones(1000)
    minigrad.manual_seed(0)
    y = layer(x)
    assert set(y.tolist()) == {0.0, 2.0}
    assert layer.eval()(x) is x
    leaf = minigrad.ones(1000, requires_grad=True)
    minigrad.manual_seed(0)
    layer.train()(leaf).sum().backward()
    assert same_bits(leaf.grad.numpy(), y.numpy())


def test_parameters_keep_their_identity_when_converted():
    m = minigrad.nn.Linear(2, 2)
    weight = m.weight
    m(minigrad.ones(1, 2)).sum().backward()
    assert m.double() is m
    assert m.weight is weight
    assert weight.dtype == weight.grad.dtype == minigrad.float64
    m(minigrad.ones(1, 2).double()).sum().backward()
    assert weight.grad[0, 0].item() == 2


def test_state_dict_shares_memory_and_load_copies():
    a, b = minigrad.nn.Linear(2, 2), minigrad.nn.Linear(2, 2)
    state = a.state_dict()
    assert np.shares_memory(state["weight"].array, a.weight.array)
    assert not state["weight"].requires_grad
    weight = b.weight
    b.load_state_dict(state)
    assert b.weight is weight
    assert b.weight.requires_grad
    assert same_bits(a.weight.array, b.weight.array)
    assert not np.shares_memory(a.weight.array, b.weight.array)
    b.load_state_dict({name: value.clone() for name, value in state.items()}, assign=True)
    assert b.weight is not weight
    assert isinstance(b.weight, minigrad.nn.Parameter)


def test_a_refused_state_dict_changes_nothing():
    m = model(minigrad)
    before = m.fc1.weight.array.copy()
    bad = {**m.state_dict(), "fc1.weight": minigrad.ones(3, 2), "fc2.weight": minigrad.ones(9, 9)}
    with pytest.raises(RuntimeError, match=r"size mismatch for fc2\.weight"):
        m.load_state_dict(bad)
    assert same_bits(before, m.fc1.weight.array)


def test_hooks_see_and_replace():
    m, seen = minigrad.nn.ReLU(), []
    first = m.register_forward_pre_hook(lambda module, args: (args[0] - 1,))
    second = m.register_forward_hook(lambda module, args, output: seen.append(args) or output * 10)
    assert m(minigrad.tensor([3.0])).tolist() == [20.0]
    assert seen[0][0].tolist() == [2.0]
    first.remove()
    second.remove()
    assert m(minigrad.tensor([3.0])).tolist() == [3.0]


def test_deepcopy_and_pickle_do_not_share():
    m = model(minigrad)
    for twin in (copy.deepcopy(m.fc1), pickle.loads(pickle.dumps(m.fc1))):
        assert same_bits(twin.weight.array, m.fc1.weight.array)
        assert not np.shares_memory(twin.weight.array, m.fc1.weight.array)
        assert twin.weight.requires_grad
        assert isinstance(twin.weight, minigrad.nn.Parameter)


def test_zero_grad():
    m = minigrad.nn.Linear(1, 1)
    m.zero_grad()
    assert m.weight.grad is None
    m(minigrad.ones(1, 1)).sum().backward()
    m.zero_grad(set_to_none=False)
    assert m.weight.grad.tolist() == [[0.0]]
    m.zero_grad()
    assert m.weight.grad is None


def test_relu_in_place_changes_its_input():
    x = minigrad.tensor([-1.0, 2.0])
    y = x * 1
    assert minigrad.nn.ReLU(inplace=True)(y) is y
    assert y.tolist() == [0.0, 2.0]
    assert y._version == 1
