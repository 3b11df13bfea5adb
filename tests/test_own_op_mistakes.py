"""Mistakes in an op, a rule or a model of one's own: the error says what is wrong, and where."""

import traceback

import numpy as np
import pytest
import torch

import minigrad
from minigrad.autograd.op import differentiable


@pytest.mark.parametrize(("result", "kind"), [([1.0], "list"), ((1.0, 2.0), "tuple"), (None, "NoneType")])
def test_an_op_that_returns_no_array(result, kind):
    op = differentiable(x=lambda dz: dz)(lambda x: result)
    with pytest.raises(TypeError, match=f"^an op must return one array or number, but returned {kind}$"):
        op(minigrad.ones(2, requires_grad=True))


def test_an_op_may_return_a_number():
    op = differentiable(x=lambda dz: dz)(lambda x: 2.5)
    assert op(minigrad.ones(1)).item() == 2.5


@differentiable(x=lambda dz, x: dz * np.cos(x), y=lambda dz: dz)
def with_numpy(x, y):
    return np.sin(x) + y


@differentiable(xs=lambda dz, xs: [dz * np.cos(x) for x in xs])
def variadic(*xs):
    return sum(np.sin(x) for x in xs)


@pytest.mark.parametrize("op", [with_numpy, variadic])
def test_a_rule_that_calls_numpy_is_told_to_use_minigrads_ops(op):
    x, y = minigrad.ones(2, requires_grad=True), minigrad.zeros(2, requires_grad=True)
    op(x, y).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.cos(np.ones(2, np.float32)))
    name = "xs" if op is variadic else "x"
    words = rf"^{op.__name__}\(\): the rule of {name} calls NumPy on a Tensor\nWith create_graph=True .* minigrad.exp"
    with pytest.raises(RuntimeError, match=words) as caught:
        minigrad.autograd.grad(op(x, y).sum(), x, create_graph=True)
    assert "detach" not in str(caught.value)


def test_numpy_elsewhere_gives_torchs_advice():
    """Also in a hook that runs during backward, and in a Function's backward: these are not rules."""
    x = minigrad.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"Use tensor.detach\(\).numpy\(\) instead.$"):
        np.exp(x)
    z = x * x
    z.register_hook(lambda dz: np.exp(dz))
    with pytest.raises(RuntimeError, match=r"Use tensor.detach\(\).numpy\(\) instead.$"):
        minigrad.autograd.grad(z.sum(), x, minigrad.tensor(1.0, requires_grad=True), create_graph=True)


def model(t):
    inner = t.nn.Sequential(t.nn.Linear(10, 3), t.nn.Linear(4, 4))
    return t.nn.Sequential(t.nn.Linear(4, 10), t.nn.ReLU(), inner)


def test_an_error_in_a_sequential_names_the_layer():
    with pytest.raises(RuntimeError) as ours:
        model(minigrad)(minigrad.ones(2, 4))
    with pytest.raises(RuntimeError) as theirs:
        model(torch)(torch.ones(2, 4))
    assert ours.value.__notes__ == [
        "in layer 1: Linear(in_features=4, out_features=4, bias=True)",
        "in layer 2: Sequential",
    ]
    assert str(ours.value).splitlines()[0] == str(theirs.value)
    assert "".join(traceback.format_exception_only(ours.value)).rstrip().endswith("in layer 2: Sequential")
