"""Backward, step by step: the numbers that are shown are those of the backward pass, in both libraries."""

import json

import numpy as np
import pytest

from minigrad.nn import ops as nn
from sidebyside import graph
from sidebyside.graph.steps import _small, rule, steps

BOTH = pytest.mark.parametrize(
    ("model", "loop"),
    [(model, loop) for model in ("sequential", "custom", "residual") for loop in ("optimizer", "manual")],
)


def floats(values):
    return np.asarray(values, np.float32)


@BOTH
def test_the_last_step_has_the_gradients_of_an_ordinary_backward(model, loop):
    made, loss = _small("minigrad", model, loop)
    loss.backward()
    last = steps(model, loop)[-1]
    assert last["waiting"] == {}
    assert set(last["grads"]) == {name for name, _ in made.named_parameters()}
    for name, parameter in made.named_parameters():
        assert floats(last["grads"][name]).tobytes() == parameter.grad.numpy().tobytes()


@BOTH
def test_torchs_values_are_those_of_an_ordinary_backward_in_torch(model, loop):
    made, loss = _small("torch", model, loop)
    loss.backward()
    told = {step["leaf"]: step["torch"]["values"] for step in steps(model, loop) if step["leaf"]}
    for name, parameter in made.named_parameters():
        assert floats(told[name]).tobytes() == parameter.grad.numpy().tobytes()


@BOTH
def test_at_every_node_pytorchs_autograd_on_minigrads_kernels_has_our_gradient_to_the_bit(model, loop):
    told = steps(model, loop)
    assert [step["torch"]["exchanged"] for step in told] == [True] * len(told)
    assert [step["torch"]["name"] for step in told] == [step["name"] for step in told]
    for step in told:
        ours, theirs = floats(step["values"]), floats(step["torch"]["values"])
        assert step["torch"]["equal"] == np.array_equal(ours, theirs)
        assert (step["torch"]["ulps"] == 0) == step["torch"]["equal"]


@BOTH
def test_what_arrives_is_what_earlier_steps_have_sent(model, loop):
    arrived = {0: floats(1.0)}
    drawn = graph.walk(_small("minigrad", model, loop)[1]).vertices
    for step in steps(model, loop):
        node = step["node"]
        assert floats(step["values"]).tobytes() == arrived.pop(node).tobytes()
        assert [i["node"] for i in step["inputs"]] == [j for j, _ in drawn[node].inputs]
        assert step["name"] == drawn[node].name
        for each in step["inputs"]:
            values = floats(each["values"])
            assert values.shape == drawn[each["node"]].shapes[0]
            arrived[each["node"]] = arrived[each["node"]] + values if each["node"] in arrived else values
        assert {int(i) for i in step["waiting"]} == set(arrived)
        assert all(floats(step["waiting"][str(i)]).tobytes() == dx.tobytes() for i, dx in arrived.items())
    assert arrived == {}


def test_the_steps_are_json_and_the_same_again():
    told = steps("residual")
    assert json.loads(json.dumps(told, allow_nan=False)) == told == steps("residual")
    assert [step["node"] for step in told if not step["inputs"]] == [
        step["node"] for step in told if step["name"] == "AccumulateGrad"
    ]


def test_a_rule_is_the_source_that_stands_beside_the_op():
    assert rule(nn.relu, 0) == "lambda dz, z: _threshold_backward(dz, z)"
    assert rule(nn.linear, 1).startswith("lambda dz, x: mm(")
    shown = {i["rule"] for step in steps("residual") for i in step["inputs"]}
    assert all(each.startswith("lambda dz") for each in shown)
    relu = eval(rule(nn.relu, 0), {"_threshold_backward": nn._threshold_backward})
    assert relu(np.ones(3), np.array([-1.0, 0.0, 2.0])).tolist() == [0.0, 0.0, 1.0]


def test_the_models_weights_and_samples_are_the_same_in_both_and_some_units_are_off():
    (ours, _), (theirs, _) = (_small(name, "custom", "optimizer") for name in ("minigrad", "torch"))
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert mine.detach().numpy().tobytes() == other.detach().numpy().tobytes()
    (relu,) = [step for step in steps("custom") if step["name"] == "ReluBackward0"]
    passed = floats(relu["inputs"][0]["values"])
    assert 0 < np.count_nonzero(passed) < passed.size
    assert np.count_nonzero(floats(relu["values"])) == passed.size
