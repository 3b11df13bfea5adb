"""A wrong rule, op or step is named by compare and explain, with its place and its pattern; a right one never is."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from both import NIGHTLY, in_turns

import minigrad
from minigrad import ops
from minigrad.nn import ops as nn
from minigrad.optim import SGD
from sidebyside import cli, data
from sidebyside.compare import compare
from sidebyside.replay import find_wrong
from sidebyside.runs import Config, start

LOOPS = ("optimizer", "manual")
MODELS = ("sequential", "custom", "residual")


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def found(config, dataset):
    """What is wrong in the first step, in words."""
    run = start("minigrad", config, dataset)
    return [str(each) for each in find_wrong(config, dataset, run.parameters(), run.x, run.y)]


def wrong_rule(op, name, function):
    """A patch that puts another rule in place of an op's, as an edit of its file would."""
    return lambda patch: patch.setattr(op.rules[name], "function", function)


def wrong(owner, name, value):
    """A patch that puts something else in an attribute's place."""
    return lambda patch: patch.setattr(owner, name, value)


def changed(op, change):
    """A patch that changes what an op computes."""
    right = op.forward
    return wrong(op, "forward", lambda *args: change(right(*args)))


def updated(sign=1, **options):
    """A patch that takes SGD's step with another sign, or other options."""
    right = SGD._update
    return wrong(
        SGD, "_update", lambda self, p, w, g, group: right(self, p, w, sign * g, {**group, **options})
    )


def forgetful(self, grad, state, group):
    """Momentum that does not add the new gradient."""
    buffer = state.setdefault("momentum_buffer", minigrad.from_numpy(grad.copy()))
    return group["momentum"] * buffer.array


def without_mean(dz, x, target, weight, reduction, ignore_index):
    return nn._nll_gradient(dz, x, target, weight, "sum", ignore_index)


LINEAR = "AddmmBackward0, the rule of `{}`, minigrad/nn/ops.py"
NO_MEAN = "it is 8 times the right one (N = 8: the mean's division by N is forgotten)"
SIGN = "it is -1 times the right one (the sign is wrong)"
TWICE = "it is 2 times the right one (something is accumulated twice, or a factor 2"
SGDS = "the optimizer SGD, minigrad/optim/sgd.py"
ADD = "AddBackward0, the rule of `{}`, minigrad/ops.py"

# name: (patch, where it is met: models and loops, who is named, how)
WRONG = {
    "weight twice": (
        wrong_rule(nn.linear, "weight", lambda dz, x: ops.mm(dz.T, x) * 2),
        MODELS, LOOPS, LINEAR.format("weight"), TWICE,
    ),
    "weight's sign": (
        wrong_rule(nn.linear, "weight", lambda dz, x: -ops.mm(dz.T, x)),
        MODELS, LOOPS, LINEAR.format("weight"), SIGN,
    ),
    "weight transposed": (
        wrong_rule(nn.linear, "weight", lambda dz, x: ops.mm(x.T, dz)),
        MODELS, LOOPS, LINEAR.format("weight"), "it is the transpose of the right one",
    ),
    "x transposed": (
        wrong_rule(nn.linear, "x", lambda dz, weight: ops.mm(dz, weight.T)),
        MODELS, LOOPS, LINEAR.format("x"), "it raises ValueError: shapes ",
    ),
    "bias divided": (
        wrong_rule(nn.linear, "bias", lambda dz: ops.sum_dim(dz, (0,), False) / len(dz)),
        MODELS, LOOPS, LINEAR.format("bias"),
        "it is 0.125 times the right one (1/N, N = 8: it is divided by N once too often)",
    ),
    "bias over the classes": (
        wrong_rule(nn.linear, "bias", lambda dz: ops.sum_dim(dz, (1,), False)),
        MODELS, LOOPS, LINEAR.format("bias"), "its shape is [8], not [8, 10]",
    ),
    "relu everywhere": (
        wrong_rule(nn.relu, "x", lambda dz, z: dz),
        MODELS, LOOPS, "ReluBackward0, the rule of `x`, minigrad/nn/ops.py", "dz is passed on unchanged",
    ),
    "log_softmax nearly": (
        wrong_rule(nn.log_softmax, "x", lambda dz, z, dim: dz - 0.999 * np.exp(z) * dz.sum(dim, keepdims=True)),
        MODELS, LOOPS[:1], "LogSoftmaxBackward0, the rule of `x`, minigrad/nn/ops.py", "it is 0.0",
    ),
    "nll_loss without mean": (
        wrong_rule(nn.nll_loss, "x", without_mean),
        MODELS, LOOPS[:1], "NllLossBackward0, the rule of `x`, minigrad/nn/ops.py", NO_MEAN,
    ),
    "add twice": (
        wrong_rule(ops.add, "x", lambda dz: dz * 2), MODELS[2:], LOOPS[:1], ADD.format("x"), TWICE,
    ),
    "add's sign": (
        wrong_rule(ops.add, "y", lambda dz: -dz), MODELS, LOOPS[1:], ADD.format("y"), SIGN,
    ),
    "mean": (
        wrong_rule(ops.mean, "x", lambda dz, shape: ops.expand(dz, shape)),
        MODELS, LOOPS[1:], "MeanBackward0, the rule of `x`, minigrad/ops.py", NO_MEAN,
    ),
    "exp": (
        wrong_rule(ops.exp, "x", lambda dz, z: dz * z * z),
        MODELS, LOOPS[1:], "ExpBackward0, the rule of `x`, minigrad/ops.py", "and the right one is 0.",
    ),
    "the op relu": (
        changed(nn.relu, lambda z: z / 2), MODELS, LOOPS, "the op `relu`, minigrad/nn/ops.py",
        "every element is 0.5 times the right one",
    ),
    "the op linear": (
        changed(nn.linear, lambda z: z + 1), MODELS, LOOPS, "the op `linear`, minigrad/nn/ops.py", "it is",
    ),
    "the op log_softmax": (
        changed(nn.log_softmax, lambda z: -z), MODELS, LOOPS[:1], "the op `log_softmax`, minigrad/nn/ops.py", SIGN,
    ),
    "the op sum_dim": (
        changed(ops.sum_dim, lambda z: z * 2), MODELS, LOOPS[1:], "the op `sum_dim`, minigrad/ops.py", TWICE,
    ),
    "the step's sign": (updated(-1), MODELS, LOOPS[:1], SGDS, SIGN),
    "the step's lr": (updated(lr=0.1), MODELS, LOOPS[:1], SGDS, "right one"),
    "momentum": (wrong(SGD, "_with_momentum", forgetful), MODELS, LOOPS[:1], SGDS, "right one"),
    "the step by hand": (
        wrong(minigrad.Tensor, "__isub__", minigrad.Tensor.__iadd__),
        MODELS, LOOPS[1:], "the loop by hand, minigrad/train.py", SIGN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG)
def test_what_is_wrong_is_named_with_its_place_and_its_pattern(mistake, digits, monkeypatch):
    patch, models, loops, who, how = WRONG[mistake]
    patch(monkeypatch)
    for model in models:
        for loop in loops:
            config = Config(model, loop, momentum=0.9 * (mistake == "momentum"))
            (said,) = found(config, digits)
            assert re.fullmatch(rf"{re.escape(who)}:\d+: .*{re.escape(how)}.*", said)


def test_the_line_is_that_of_the_rule(digits, monkeypatch):
    WRONG["weight twice"][0](monkeypatch)
    (said,) = found(Config(), digits)
    line = int(re.search(r"minigrad/nn/ops\.py:(\d+)", said)[1])
    source = Path(nn.__file__).read_text(encoding="utf-8").splitlines()
    assert source[line - 1].strip().startswith("weight=lambda dz, x:")


def test_what_no_step_uses_is_no_mistake(digits, monkeypatch):
    """Neither model nor loop multiplies or takes mse_loss: nothing is wrong in this training."""
    wrong_rule(ops.mul, "x", lambda dz, y: dz)(monkeypatch)
    wrong_rule(nn.mse_loss, "x", lambda dz, x, y, reduction: dz)(monkeypatch)
    assert found(Config(), digits) == []


def test_several_are_all_named(digits, monkeypatch):
    WRONG["relu everywhere"][0](monkeypatch)
    WRONG["weight twice"][0](monkeypatch)
    assert [each.split(",")[0] for each in found(Config(), digits)] == ["AddmmBackward0", "ReluBackward0"]


SAID = """\
Gradients are apart by more than rounding allows, because a rule is wrong:
  AddmmBackward0, the rule of `weight`, minigrad/nn/ops.py:{}:
    it is 2 times the right one (something is accumulated twice, or a factor 2
    is too many).
`minigrad page` shows it beside PyTorch's. Nothing was trained.
"""


@pytest.mark.parametrize("command", ["compare", "explain"])
@pytest.mark.parametrize("mistake", ["weight twice", "weight transposed", "the op relu", "the step's sign"])
def test_the_commands_say_so_first_and_exit_with_1(command, mistake, capsys, monkeypatch, tmp_path):
    patch, _, _, who, how = WRONG[mistake]
    patch(monkeypatch)
    status = cli.main([command, "--epochs", "3", "--json", str(tmp_path / "found.json")])
    out, err = capsys.readouterr()
    assert out.endswith(f"Wrote {tmp_path / 'found.json'}\n")
    out = out[: out.rindex("Wrote ")]
    said = out[out.index("\n", out.index("data:")) + 1 :]
    assert (status, err) == (1, "")
    assert who in out
    assert how in out
    assert out.endswith("`minigrad page` shows it beside PyTorch's. Nothing was trained.\n")
    assert "Epoch" not in out
    assert max(map(len, said.splitlines()[-3:])) <= 80
    if mistake == "weight twice":
        assert said.endswith(SAID.format(re.search(r"ops\.py:(\d+)", said)[1]))
    assert '"wrong": [\n' in (tmp_path / "found.json").read_text()


@pytest.mark.parametrize(
    ("loop", "model", "dtype"), in_turns(itertools.product(LOOPS, MODELS), ("float32", "float64"))
)
def test_a_right_engine_is_not_accused(model, loop, dtype, digits):
    options = {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1} if loop == "optimizer" else {}
    for seed in range(3 if NIGHTLY else 1):
        for samples in (1, 7, 8):
            config = Config(model, loop, dtype=dtype, seed=seed, **options)
            run = start("minigrad", config, digits)
            assert find_wrong(config, digits, run.parameters(), run.x, run.y, samples) == []


def test_nor_after_training(digits):
    """With weights that are no longer small, and gradients that are."""
    config = Config(lr=2.0, epochs=60)
    run = start("minigrad", config, digits)
    run.advance(60)
    assert find_wrong(config, digits, run.parameters(), run.x, run.y, 64) == []


def test_what_is_wrong_for_few_numbers_is_found_when_the_contract_breaks(digits, monkeypatch):
    wrong_rule(nn.relu, "x", lambda dz, z: dz * (z > 0) * (1 + (z > 0.9)))(monkeypatch)
    config = Config(epochs=2)
    result = compare(config, digits)
    assert not result.holds
    (wrong_there,) = result.contract.wrong
    assert wrong_there.where == "ReluBackward0, the rule of `x`"
    assert found(config, digits) == []


def test_explain_blames_no_rounding_where_gradients_are_unexplained(capsys, monkeypatch):
    from minigrad.autograd import accumulate_grad

    right = accumulate_grad.as_leaf
    monkeypatch.setattr(accumulate_grad, "as_leaf", lambda dx, leaf: right(dx, leaf) * 2)
    assert cli.main(["explain", "--epochs", "2"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "rounding does not explain the first gradients: minigrad's 0.weight" in out
    assert "Where they part" not in out
