"""Layers, their functions, and nn.init: values, errors and warnings."""

import numpy as np
import pytest
import torch
from both import for_every, tells_the_same

import minigrad

LINEAR = [
    lambda t, layer: layer(t.ones(4, 5)),
    lambda t, layer: layer(t.ones(5)),
    lambda t, layer: layer(t.ones(4, 5, 7)),
    lambda t, layer: layer(t.ones(4, 2).double()),
    lambda t, layer: layer(t.ones(4, 2, dtype=t.int64)),
    lambda t, layer: layer(t.ones(2).double()),
    lambda t, layer: layer(t.ones(2, 2, 2).double()),
    lambda t, layer: layer(t.ones(2, 2).half()),
    lambda t, layer: layer(np.ones((4, 2))),
    lambda t, layer: layer([1.0, 2.0]),
    lambda t, layer: layer(None),
    lambda t, layer: layer(t.tensor(1.0)),
    lambda t, layer: (layer(t.ones(0, 2)), layer(t.ones(2, 0, 2))),
    lambda t, layer: (layer(t.ones(2)), layer(t.ones(3, 4, 2))),
    lambda t, layer: (layer(t.ones(0, 2)).sum().backward(), [p.grad for p in layer.parameters()]),
]


@pytest.mark.parametrize("bias", [True, False])
@for_every(LINEAR)
def test_linear_calls(program, bias):
    tells_the_same(lambda t: program(t, t.nn.Linear(2, 3, bias=bias)))


LAYERS = [
    lambda t: t.nn.Linear(2, -1),
    lambda t: t.nn.Linear(-2, 1),
    lambda t: t.nn.Linear(2),
    lambda t: t.nn.Linear(2, 2, "cpu"),
    lambda t: t.nn.Linear(2, 2, device="cuda"),
    lambda t: t.nn.Linear(2, 2, device="gpu"),
    lambda t: t.nn.Linear(2, 2, dtype=t.int64),
    lambda t: (
        t.nn.Linear(np.int64(2), 2),
        t.nn.Linear(2, 2, dtype=t.float64).weight,
        t.nn.Linear(2, 2, device="cpu", dtype=t.float64).bias,
    ),
    lambda t: (lambda layer: (layer.weight, layer.bias, layer(t.ones(2, 0)), layer))(t.nn.Linear(0, 2)),
    lambda t: (lambda layer: (layer.weight, layer.bias, layer(t.ones(2, 2)), layer))(t.nn.Linear(2, 0)),
    lambda t: (
        t.nn.functional.linear(t.ones(2, 3), t.ones(4, 3), t.ones(4)),
        t.nn.functional.linear(input=t.ones(1, 1), weight=t.ones(1, 1)),
    ),
    lambda t: (
        t.nn.functional.linear(t.ones(3), t.ones(3)),
        t.nn.functional.linear(t.ones(2, 3), t.ones(3)),
        t.nn.functional.linear(t.ones(2, 3), t.ones(4, 3), t.ones(1)),
    ),
    lambda t: t.nn.functional.linear(t.ones(2, 3), t.ones(4, 3), t.tensor(1.0)),
    lambda t: t.nn.functional.linear(t.ones(2, 3), t.ones(3), t.ones(1)),
    lambda t: t.nn.functional.linear(t.ones(2, 3), t.ones(4, 3), t.ones(3)),
    lambda t: t.nn.functional.linear(t.ones(2, 3), t.ones(4, 3), 3),
    lambda t: t.nn.functional.linear(t.ones(2, 3), 3),
    lambda t: t.nn.functional.linear(t.ones(2, 3), t.ones(2, 4, 3)),
    lambda t: t.nn.functional.linear(t.ones(2, 3), t.ones(4, 3).double()),
    lambda t: t.nn.functional.linear(t.ones(2, 3), t.ones(4, 3), t.ones(4).double()),
    lambda t: t.nn.functional.linear(t.tensor(1.0), t.ones(3)),
    lambda t: t.nn.functional.linear(t.ones(4), t.ones(3)),
    lambda t: (
        t.nn.ReLU()(t.tensor([-1, 2])),
        t.nn.ReLU()(t.tensor([-0.0, float("nan"), -float("inf")])),
        t.nn.functional.relu(t.tensor([-1.0, 2.0]), inplace=True),
    ),
    lambda t: (lambda x: (t.nn.ReLU(True)(x) is x, x, x._version))(t.tensor([-1.0, 1.0])),
    lambda t: t.nn.ReLU(True)(t.ones(1, requires_grad=True)),
    lambda t: t.nn.ReLU()(t.tensor([True])),
    lambda t: t.nn.ReLU()([1.0]),
    lambda t: (lambda x: (t.nn.ReLU(True)(x.exp()), t.nn.ReLU(True)(x * 1).grad_fn.name()))(
        t.ones(2, requires_grad=True)
    ),
    lambda t: (
        [t.nn.Softmax()(t.ones(*s)) for s in ((3,), (2, 3), (2, 2, 2), (1, 2, 2, 2))],
        t.nn.Softmax()(t.tensor(1.0)),
    ),
    lambda t: (
        t.nn.LogSoftmax()(t.ones(3)),
        t.nn.functional.softmax(t.ones(3, dtype=t.int64), 0, dtype=t.float64),
        t.nn.Softmax(dim=-1)(t.ones(2)),
    ),
    lambda t: t.nn.Softmax(1)(t.ones(3)),
    lambda t: t.nn.Softmax(0)(t.ones(3, dtype=t.int64)),
    lambda t: t.nn.LogSoftmax(0)(t.ones(3, dtype=t.int64)),
    lambda t: t.nn.functional.softmax(t.ones(3), axis=0),
    lambda t: (
        t.nn.functional.softmax(t.tensor([1e4, 0.0, -1e4]), 0),
        t.nn.functional.log_softmax(t.tensor([1e4, 0.0, -1e4]), 0),
    ),
    lambda t: (
        t.nn.functional.softmax(t.tensor([float("inf"), 0.0]), 0),
        t.nn.functional.softmax(t.tensor([-float("inf")] * 2), 0),
        t.nn.functional.log_softmax(t.ones(0), 0),
    ),
    lambda t: (
        t.nn.Flatten()(t.ones(2, 3, 4)).shape,
        t.nn.Flatten(0, 1)(t.ones(2, 3, 4)).shape,
        t.nn.Identity()(3),
    ),
    lambda t: (
        t.nn.Sigmoid()(t.zeros(2)),
        t.nn.Tanh()(t.zeros(2)),
        t.nn.functional.sigmoid(t.zeros(1)),
        t.nn.functional.tanh(t.zeros(1)),
    ),
    lambda t: t.nn.Dropout(1.5),
    lambda t: t.nn.functional.dropout(t.ones(1), -1.0),
    lambda t: t.nn.Dropout(0.5)([1.0]),
    lambda t: t.nn.Dropout(0.5)(t.ones(3, dtype=t.int64)),
    lambda t: (
        t.nn.Dropout(0.5).eval()(t.ones(3)),
        t.nn.Dropout(1)(t.ones(3)),
        t.nn.Dropout(0)(t.ones(3)),
        t.nn.functional.dropout(t.ones(3), 0.5, False),
    ),
    lambda t: (lambda x: (t.nn.Dropout(0.5, True)(x) is x, x))(t.ones(9)),
    lambda t: (lambda x: (t.nn.Dropout(0.3)(x).sum().backward(), x.grad))(t.ones(9, requires_grad=True)),
    lambda t: (
        t.nn.Dropout(1.0)(t.ones(3)),
        t.rand(2),
        t.nn.Dropout(0.0)(t.ones(3)),
        t.rand(2),
        t.nn.Dropout(0.5)(t.ones(3)),
        t.rand(2),
    ),
    lambda t: t.nn.Dropout(0.5)(t.full((20,), float("inf"))),
    lambda t: (lambda x: (t.nn.Dropout(1.0)(x).backward(t.ones(2)), x.grad))(
        t.full((2,), float("inf"), requires_grad=True)
    ),
    lambda t: t.nn.Dropout(0.5)(t.ones(3, requires_grad=True)).grad_fn.name(),
    lambda t: (
        t.nn.init.uniform_(t.empty(2, 3), -1, 2),
        t.nn.init.zeros_(t.empty(2)),
        t.nn.init.ones_(t.empty(2)),
        t.nn.init.constant_(t.empty(2), 0.5),
    ),
    lambda t: (
        t.nn.init.normal_(t.empty(2, 3), 1, 2),
        t.nn.init.xavier_uniform_(t.empty(2, 3)),
        t.nn.init.xavier_normal_(t.empty(2, 3), gain=2.0),
    ),
    lambda t: (
        t.nn.init.kaiming_normal_(t.empty(2, 3)),
        t.nn.init.kaiming_uniform_(t.empty(2, 3), mode="fan_out", nonlinearity="relu"),
    ),
    lambda t: (
        t.nn.init.kaiming_uniform_(t.empty(2, 3, 4)),
        t.nn.init.uniform_(t.empty(3), generator=t.Generator().manual_seed(3)),
    ),
    lambda t: t.nn.init.kaiming_uniform_(t.empty(3)),
    lambda t: t.nn.init.kaiming_uniform_(t.empty(2, 3), mode="x"),
    lambda t: t.nn.init.kaiming_uniform_(t.empty(2, 3), nonlinearity="x"),
    lambda t: t.nn.init.kaiming_uniform_(t.empty(0, 3)),
    lambda t: t.nn.init.uniform_(t.empty(2), 1, 0),
    lambda t: (
        [t.nn.init.calculate_gain(n) for n in ("relu", "tanh", "sigmoid", "linear", "selu")],
        t.nn.init.calculate_gain("leaky_relu", 0.2),
    ),
    lambda t: t.nn.init.calculate_gain("zz"),
    lambda t: (
        t.nn.init.zeros_(t.nn.Parameter(t.ones(2))),
        t.nn.init.zeros_(t.nn.Parameter(t.ones(2)))._version,
    ),
    lambda t: (
        t.nn.init.eye_(t.ones(2, 3)),
        t.nn.init.eye_(t.nn.Parameter(t.ones(2, 2))),
        t.nn.init.eye_(t.ones(2, 2).long()),
        t.nn.init.constant_(t.ones(2), t.tensor(3.0)),
    ),
    lambda t: t.nn.init.eye_(t.ones(2)),
    lambda t: t.nn.init.eye_([1]),
    lambda t: t.nn.init.uniform_([1.0]),
    lambda t: t.nn.init.normal_([1.0]),
    lambda t: t.nn.init.zeros_([1.0]),
    lambda t: t.nn.init.ones_(3),
    lambda t: t.nn.init.constant_(None, 2),
    lambda t: t.nn.init.kaiming_uniform_([1.0]),
    lambda t: t.nn.init.kaiming_normal_(3),
    lambda t: t.nn.init.xavier_uniform_([1.0]),
    lambda t: t.nn.init.xavier_normal_(t.ones(2)),
    lambda t: t.nn.init.xavier_uniform_(t.ones(0, 3)),
    lambda t: t.nn.init.uniform_(t.ones(2).long()),
    lambda t: t.nn.init.normal_(t.ones(2).long()),
    lambda t: t.nn.init.normal_(t.ones(2), 0, -1),
    lambda t: t.nn.init.uniform_(t.ones(2), float("nan"), 1),
    lambda t: t.nn.init.kaiming_uniform_(t.ones(2, 2), mode="FAN_IN"),
    lambda t: t.nn.init.kaiming_uniform_(t.ones(2, 2), a="x"),
    lambda t: t.nn.init.calculate_gain("leaky_relu", True),
    lambda t: (
        t.nn.init.calculate_gain("conv2d"),
        t.nn.init.calculate_gain("leaky_relu", 1),
        t.nn.init._calculate_fan_in_and_fan_out(t.ones(2, 3, 4)),
    ),
    lambda t: t.nn.init.zeros_(t.nn.Parameter(t.ones(2)) * 2),
    lambda t: (lambda y: (t.nn.init.uniform_(y), y.requires_grad))(t.nn.Parameter(t.ones(2))),
    lambda t: t.nn.Linear(2.5, 2),
    lambda t: t.nn.Linear("a", 2),
    lambda t: t.nn.Linear(None, 2),
    lambda t: t.nn.Linear([2], 2),
    lambda t: t.nn.Linear(2, 2, dtype="float"),
    lambda t: t.nn.Linear(2, 2, dtype=int),
    lambda t: (
        t.nn.Linear(2, 2, dtype=float).weight,
        t.nn.Linear(t.tensor(2), 2),
        t.nn.Linear(2, 2, bias=None),
        t.nn.Linear(2, 2, bias="no"),
    ),
    lambda t: t.nn.functional.linear(t.ones(1)),
    lambda t: t.nn.functional.linear(t.ones(1), t.ones(1, 1), foo=1),
    lambda t: t.nn.functional.linear(t.ones(2, 2).bool(), t.ones(2, 2).bool()),
    lambda t: t.nn.functional.linear(t.ones(2, 2).bool(), t.ones(2, 2).bool(), t.ones(2).bool()),
    lambda t: t.nn.functional.linear(t.ones(2).bool(), t.ones(2, 2).bool()),
    lambda t: t.nn.functional.linear(t.ones(2, 2).long(), t.ones(2, 2).long(), t.ones(2).long()),
    lambda t: t.nn.functional.relu([1.0]),
    lambda t: t.nn.functional.relu(x=t.ones(1)),
    lambda t: (
        t.nn.functional.relu_(t.tensor([-1.0, 2.0])),
        (lambda x: t.nn.functional.relu_(x) is x)(t.ones(1)),
    ),
    lambda t: t.nn.functional.relu_(t.ones(1, requires_grad=True)),
    lambda t: t.nn.functional.relu_(t.tensor([True])),
    lambda t: t.nn.functional.softmax([1.0, 2.0], 0),
    lambda t: t.nn.functional.softmax(np.ones(2), 0),
    lambda t: t.nn.functional.log_softmax([1.0], 0),
    lambda t: t.nn.functional.sigmoid([1.0]),
    lambda t: t.nn.functional.tanh([1.0]),
    lambda t: t.nn.functional.sigmoid(),
    lambda t: t.nn.functional.dropout(t.ones(2), "a"),
    lambda t: t.nn.functional.dropout(t.ones(2), None),
    lambda t: t.nn.functional.dropout([1.0]),
    lambda t: t.nn.Dropout("a"),
    lambda t: t.nn.Dropout(None),
    lambda t: (
        t.nn.functional.one_hot(t.tensor([0, 2])),
        t.nn.functional.one_hot(t.tensor([0, 2]), 4),
        t.nn.functional.one_hot(t.tensor(1), num_classes=3),
        t.nn.functional.one_hot(t.tensor([[1], [0]])),
    ),
    lambda t: (
        t.nn.functional.one_hot(t.zeros(0).long(), 3),
        t.nn.functional.one_hot(t.tensor([0]), -1),
        t.nn.functional.one_hot(t.zeros(2, 0).long(), 2),
    ),
    lambda t: t.nn.functional.one_hot(t.tensor([0, 2]), 2),
    lambda t: t.nn.functional.one_hot(t.tensor([0, -2]), 2),
    lambda t: t.nn.functional.one_hot(t.tensor([0, -2])),
    lambda t: t.nn.functional.one_hot(t.tensor([0.0, 2.0])),
    lambda t: t.nn.functional.one_hot(t.tensor([0, 2]).int()),
    lambda t: t.nn.functional.one_hot(t.tensor([True])),
    lambda t: t.nn.functional.one_hot(t.zeros(0).long()),
    lambda t: t.nn.functional.one_hot(t.zeros(0).long(), 0),
    lambda t: t.nn.functional.one_hot(t.tensor([0]), 0),
    lambda t: t.nn.functional.one_hot(t.tensor([0]), -2),
    lambda t: t.nn.functional.one_hot([1]),
    lambda t: t.nn.functional.one_hot(t.tensor([1]), "a"),
    lambda t: t.nn.functional.one_hot(t.tensor([1]), None),
    lambda t: t.nn.functional.one_hot(),
]


@for_every(LAYERS)
def test_layers(program):
    tells_the_same(program)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 5), (4, 2, 3)], ids=str)
def test_orthogonal_weights(shape, dtype):
    """The numbers drawn are torch's. LAPACK rounds: Householder's reflections err by a small multiple of n·eps."""

    def run(t):
        t.manual_seed(3)
        w = t.empty(*shape, dtype=getattr(t, dtype))
        assert t.nn.init.orthogonal_(w, 2.0) is w
        return w.numpy().reshape(shape[0], -1), t.rand(3).tolist()

    (ours, after), (theirs, their_after) = run(minigrad), run(torch)
    assert after == their_after
    rows, columns = ours.shape
    square = ours @ ours.T if rows < columns else ours.T @ ours
    bound = 30 * max(rows, columns) * np.finfo(dtype).eps
    assert np.abs(square - 4 * np.eye(len(square))).max() <= bound
    # Q is unique. It moves by the error of the decomposition times the condition of what was drawn, here below 20.
    assert np.abs(ours - theirs).max() <= 20 * bound


ORTHOGONAL = [
    lambda t: t.nn.init.orthogonal_(t.empty(3)),
    lambda t: t.nn.init.orthogonal_(t.empty(0, 3)),
    lambda t: t.nn.init.orthogonal_(t.nn.Parameter(t.empty(1, 1))),
    lambda t: t.nn.init.orthogonal_(t.empty(1, 1), gain=0.5),
    lambda t: t.nn.init.orthogonal(t.empty(1, 1)),
]


@for_every(ORTHOGONAL)
def test_orthogonal_weights_of_one_number_and_refusals(program):
    tells_the_same(lambda t: (t.manual_seed(0), program(t))[1])


@pytest.mark.seeded("short normal", "long normal float32", "uniform")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "about", [(0, 1, -2, 2), (0, 0.02, -0.04, 0.04), (0.5, 1, 0, 1), (0, 1, 2, 3), (3, 1, -1, 1)], ids=str
)
def test_truncated_normal_weights(about, dtype):
    """By normal numbers, and where few of them are inside by uniform ones."""

    def run(t):
        t.manual_seed(3)
        w = t.nn.init.trunc_normal_(t.empty(5, 40, dtype=getattr(t, dtype)), *about)
        return w, t.rand(3)

    tells_the_same(run)


def test_truncated_normal_weights_warn_of_a_mean_far_outside():
    with pytest.warns(UserWarning, match="mean is more than 2 std from"):
        minigrad.nn.init.trunc_normal_(minigrad.empty(3), 6.0, 1.0, 0.0, 3.0)


SHAPED = [
    lambda t: t.nn.init.dirac_(t.empty(3, 4, 3)),
    lambda t: t.nn.init.dirac_(t.empty(6, 2, 2, 5), 2),
    lambda t: t.nn.init.dirac_(t.empty(2, 3, 1, 2, 3)),
    lambda t: t.nn.init.dirac_(t.empty(3, 4)),
    lambda t: t.nn.init.dirac_(t.empty(3, 4, 3), 2),
    lambda t: t.nn.init.sparse_(t.empty(3), 0.5),
    lambda t: (t.manual_seed(0), t.nn.init.sparse_(t.empty(5, 3), 0.5).eq(0))[1],
]


@for_every(SHAPED)
def test_weights_with_zeros(program):
    tells_the_same(program)


def test_the_old_name_of_nll_loss_warns():
    def run(t):
        loss = t.nn.NLLLoss2d(reduction="sum")
        return loss, loss(t.ones(1, 2, 2, 1), t.tensor([[[0], [1]]]))

    tells_the_same(run)
