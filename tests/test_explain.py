"""minigrad explain: the first op that rounds apart is found, named and measured, and the page can be read."""

import argparse
import json
import re

import numpy as np
import pytest
import torch
from both import one_ulp_up

from minigrad import ops
from sidebyside import data, explain
from sidebyside.aten import CAUSES, bare
from sidebyside.exchange import EXCHANGED
from sidebyside.options import UsageError
from sidebyside.runs import Config, start


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


@pytest.fixture(scope="module")
def found(digits):
    return explain.explain(Config(epochs=6, log_each=2), digits)


def watched(program):
    with explain.watch() as mode:
        program()
    return mode.apart


def normal(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


@pytest.fixture
def parting(monkeypatch):
    """Stand-ins for minigrad's kernels that are off by an ulp: they part from torch's on every processor."""
    for op, kernel in EXCHANGED.items():
        monkeypatch.setitem(EXCHANGED, op, one_ulp_up(kernel))


X = normal(4000)
PARTING = {
    "mm": (lambda: normal(60, 300) @ normal(300, 60), "order of summation"),
    "sum": (lambda: X.sum(), "order of summation"),
    "add": (lambda: X.add(normal(4000, seed=1), alpha=0.3), "fused multiply-add"),
    "sub": (lambda: X.clone().sub_(normal(4000, seed=1), alpha=0.3), "fused multiply-add"),
    "exp": (lambda: X.exp(), "exp: another approximation"),
    "sqrt": (lambda: X.abs().sqrt(), "sqrt: minigrad's is correctly rounded"),
    "_log_softmax": (lambda: X.reshape(40, 100).log_softmax(1), "exp, log"),
}


@pytest.mark.usefixtures("parting")
@pytest.mark.parametrize("name", PARTING)
def test_an_op_that_rounds_apart_is_named_with_its_cause(name):
    program, why = PARTING[name]
    (apart,) = watched(program)
    assert explain.bare(apart.op) == name
    assert apart.cause.startswith(why)
    assert 0 < apart.differing <= np.prod(apart.shape, dtype=int)
    assert apart.ulp > 0
    assert set(apart.error) == {"minigrad", "torch"}


def test_in_the_square_root_minigrad_is_the_nearer():
    """Its root is rounded correctly; torch's is on some processors, and then nothing parts."""
    for apart in watched(lambda: X.abs().sqrt()):
        assert apart.nearer == "minigrad"
        assert apart.error["minigrad"] <= 0.5
    x = X.abs().numpy()
    ours, truth = ops.sqrt.forward(x), np.sqrt(x.astype(np.float64))
    error = explain.errors(ours, one_ulp_up(ops.sqrt.forward)(x), truth)
    assert explain.nearest(error) == "minigrad"
    assert np.all(abs(ours - truth) <= np.spacing(ours) / 2)


def test_where_nothing_rounds_nothing_is_apart():
    x = torch.arange(-8.0, 8).reshape(4, 4).requires_grad_()

    def program():
        z = (x @ x.T).sum() + x.mean() * 4
        z.backward()
        with torch.no_grad():
            x.add_(x.grad, alpha=-0.5)

    assert watched(program) == []


def test_the_watch_changes_nothing(digits):
    config = Config(epochs=1, batch_size=300)
    seen, free = start("torch", config, digits), start("torch", config, digits)
    steps, ops, apart = explain.first_step_apart(seen, config)
    explain.advance_run(free, config)
    assert steps == 5
    assert seen.losses == free.losses
    assert all(
        np.array_equal(a, b)
        for a, b in zip(seen.parameters().values(), free.parameters().values(), strict=True)
    )
    assert {each.step for each in apart} == {1}
    assert [each.number for each in apart] == sorted(each.number for each in apart)
    assert apart[-1].number <= ops


@pytest.mark.usefixtures("parting")
@pytest.mark.parametrize("loop", ["manual", "optimizer"])
def test_forward_backward_and_update_are_told_apart(digits, loop):
    run = start("torch", config := Config(loop=loop, epochs=1, momentum=0.9 * (loop == "optimizer")), digits)
    _, _, apart = explain.first_step_apart(run, config)
    phases = list(dict.fromkeys(each.phase for each in apart))
    assert phases == (["forward", "backward"] if loop == "manual" else ["forward", "backward", "update"])


def test_errors_are_in_last_places_of_the_largest_element():
    truth = np.array([1.0, 3.0])
    ours = np.array([1.0, np.nextafter(np.float32(3), np.float32(4))], np.float32)
    error = explain.errors(ours, np.float32(truth), truth)
    assert error == {"minigrad": pytest.approx(np.sqrt(0.5)), "torch": 0.0}
    assert explain.nearest(error) == "torch"
    assert explain.nearest({"minigrad": 1.0, "torch": 1.0}) is None
    assert explain.errors(ours, ours, np.array([np.nan, 3.0])) is None


def test_every_exchanged_op_has_a_cause():
    for op in map(str, EXCHANGED):
        approximates = explain.cause(op) == f"{bare(op)}: {CAUSES['approximation']}"
        assert approximates or explain.cause(op) in CAUSES.values(), op


def test_layer_by_layer(found):
    names = [each["what"] for each in found.layers]
    assert names[:4] == ["0 (Linear)", "1 (ReLU)", "2 (Linear)", "loss"]
    assert "gradient of 0.weight" in names
    assert names[-1] == "2.bias after the step"
    assert any(each["ulp"] > 0 for each in found.layers)
    assert all(each["error"]["torch"] < 1000 for each in found.layers)


def test_a_truth_for_float64_is_long_double(digits):
    result = explain.explain(Config(epochs=1, dtype="float64", batch_size=100), digits)
    assert result.apart
    assert any(each.error for each in result.apart)
    assert all(each["error"] is None for each in result.layers)


def test_the_drift_is_the_relative_difference(found):
    ours, theirs = found.losses["minigrad"], found.losses["torch"]
    assert len(ours) == 6
    assert found.drift() == [abs(a - b) / abs(b) for a, b in zip(ours, theirs, strict=True)]
    assert max(found.drift()) < 1e-3


def parsed(*words):
    parser = argparse.ArgumentParser()
    explain.add_arguments(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize("options", [[], ["--dtype", "float64"], ["--model", "residual", "--loop", "manual"]])
def test_what_is_printed_fits_80_columns_and_is_plain(options, capsys, tmp_path):
    words = [
        "--epochs",
        "4",
        "--log-each",
        "2",
        "--json",
        str(tmp_path / "a.json"),
        "--out",
        str(tmp_path / "o"),
    ]
    assert explain.run(parsed(*words, *options)) == 0
    printed = capsys.readouterr().out
    assert max(len(line) for line in printed.splitlines() if not line.startswith("Wrote ")) <= 80
    assert "\033" not in printed
    assert re.search(r"^Step 1, forward: aten\.\w+\.\w+", printed, re.MULTILINE)
    assert "Cause: " in printed
    assert len(re.findall(r"^ +[24] +\d\.\de[-+]\d\d  (?:equal|·*●)$", printed, re.MULTILINE)) == 2
    written = json.loads((tmp_path / "a.json").read_text())
    assert written == json.loads((tmp_path / "o/explain.json").read_text())
    assert len(written["drift"]) == 4
    assert written["apart"][0]["cause"]
    assert "<svg" in (tmp_path / "o/drift.svg").read_text()


def test_headings_are_bold_on_a_terminal_unless_NO_COLOR(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert explain.heading("Drift") == "\n\033[1mDrift\033[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert explain.heading("Drift") == "\nDrift"


def test_where_nothing_parts_it_says_so(found):
    same = {"minigrad": [1.0, 0.5], "torch": [1.0, 0.5]}
    result = explain.Explained(Config(epochs=2, log_each=1), 2, 15, [], [], same)
    printed = "\n".join(explain.told(result))
    assert "No op rounds apart in the first 2 steps." in printed
    assert printed.count("  equal") == 2
    assert "differ in no epoch" in printed


@pytest.mark.parametrize(("words", "why"), [
    (["--device", "cuda"], "--device cuda: kernels are compared on the CPU"),
    (["--nesterov"], "needs a momentum"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_before_training(words, why):
    with pytest.raises(UsageError, match=re.escape(why)):
        explain.run(parsed(*words))
