"""The command line: what it prints, writes and returns."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

from sidebyside import cli, data
from sidebyside.compare import mistakes, unexplained
from sidebyside.runs import Config, start

ROOT = Path(__file__).parent.parent


def run(capsys, *argv):
    """The exit status, and what went to the two streams."""
    status = cli.main(argv)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_compare_prints_the_tutorials_lines_and_a_verdict(capsys):
    status, out, err = run(capsys, "compare", "--epochs", "6", "--log-each", "3")
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert [line.split(" Loss ")[0] for line in lines[2:5]] == ["Epoch 1/6", "Epoch 3/6", "Epoch 6/6"]
    assert lines[-1] == (
        "With PyTorch's autograd computing on minigrad's kernels, loss, every gradient and every weight are equal "
        "bit for bit in 6 of 6 epochs."
    )


def test_json_and_out(capsys, tmp_path):
    status, _, _ = run(
        capsys, "compare", "--epochs", "4", "--json", str(tmp_path / "r.json"), "--out", str(tmp_path / "out")
    )
    result = json.loads((tmp_path / "r.json").read_text())
    assert status == 0
    assert result["config"]["epochs"] == 4
    assert {"versions", "blas", "threads", "processor"} <= result["environment"].keys()
    assert [entry["epoch"] for entry in result["epochs"]] == [1, 2, 3, 4]
    for entry in result["epochs"]:
        assert set(entry["loss"]) == {"minigrad", "torch"}
        assert {"parameter", "difference", "ulp"} <= entry["worst_gradient"].keys()
    assert result["contract"] == {
        "held": True,
        "epochs_equal": 4,
        "epochs": 4,
        "first_break": None,
        "unexplained": [],
        "wrong": [],
    }
    for name in ("minigrad", "torch"):
        assert 0 <= result["accuracy"][name] <= 1
        assert result["seconds"][name] > 0
    assert json.loads((tmp_path / "out" / "compare.json").read_text()) == result
    with (tmp_path / "out" / "losses.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["torch"]) for row in rows] == [entry["loss"]["torch"] for entry in result["epochs"]]
    for name in ("curves", "gradients", "mistakes"):
        assert ElementTree.parse(tmp_path / "out" / f"{name}.svg").getroot().tag.endswith("svg")
    table = result["gradients"]["parameters"]
    assert [row["parameter"] for row in table] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert result["gradients"]["epoch"] == 4
    worst = max(table, key=lambda row: row["ulp"])
    assert {key: worst[key] for key in ("parameter", "difference", "ulp", "error")} == result["epochs"][-1][
        "worst_gradient"
    ]
    assert all(row["most"]["ulp"] >= row["ulp"] for row in table)
    wrong = result["mistakes"]["wrong"]
    tested = result["data"]["test"]
    assert {name: 1 - count / tested for name, count in wrong.items()} == pytest.approx(result["accuracy"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "r.json"]


def test_mistaken_images_are_those_that_one_of_the_two_gets_wrong():
    data = SimpleNamespace(
        x_test=np.array([[0, 16, 8, 4]] * 4, float), y_test=np.array([0, 1, 2, 3]), scale=16.0, shape=(2, 2)
    )
    found = mistakes(data, {"minigrad": np.array([0, 1, 0, 0]), "torch": np.array([0, 2, 0, 1])})
    assert found["wrong"] == {"minigrad": 2, "torch": 3}
    assert (found["either"], found["both"], found["different"]) == (3, 2, 2)
    assert [image["index"] for image in found["images"]] == [1, 2, 3]
    assert found["images"][0] == {"index": 1, "label": 1, "minigrad": 1, "torch": 2, "pixels": "00ff8040"}


def test_a_broken_contract_is_status_1(capsys, monkeypatch):
    """A rule that is wrong for some numbers alone, which the first step does not meet."""
    from minigrad.nn import ops as nn

    monkeypatch.setattr(nn.relu.rules["x"], "function", lambda dz, z: dz * (z > 0) * (1 + (z > 0.9)))
    status, out, _ = run(capsys, "compare", "--epochs", "2")
    assert status == 1
    assert (
        "The contract broke: equal bit for bit in 0 of 2 epochs; first apart in epoch 1, gradient 0.weight"
        in out
    )
    assert "\n  ReluBackward0, the rule of `x`, minigrad/nn/ops.py:" in out


def test_a_mistake_of_the_engine_is_found_by_the_gradients_bounds(capsys, monkeypatch):
    """Every op and rule by itself is right: what is wrong is how gradients are added up."""
    from minigrad.autograd import accumulate_grad

    right = accumulate_grad.as_leaf
    monkeypatch.setattr(accumulate_grad, "as_leaf", lambda dx, leaf: right(dx, leaf) * 2)
    status, out, _ = run(capsys, "compare", "--epochs", "1")
    assert status == 1
    assert "rounding does not explain the first gradients: minigrad's 0.weight" in out
    assert "torch's" not in out


@pytest.mark.parametrize("loop", ["manual", "optimizer"])
@pytest.mark.parametrize("model", ["sequential", "custom", "residual"])
def test_rounding_explains_the_first_gradients(loop, model):
    dtype = "float32" if loop == "manual" else "float64"
    config = Config(model, loop=loop, dtype=dtype, epochs=1)
    found = data.load("digits")
    assert unexplained(config, found, start("minigrad", config, found), start("torch", config, found)) == []


@pytest.mark.parametrize("seed", ["-1", str(2**64 - 1)])
def test_any_seed_of_64_bits(capsys, seed):
    status, out, _ = run(capsys, "compare", "--epochs", "2", "--batch-size", "500", "--seed", seed)
    assert status == 0, out


@pytest.mark.seeded("uniform")
@pytest.mark.parametrize("model", ["sequential", "custom", "residual"])
@pytest.mark.parametrize("loop", ["manual", "optimizer"])
def test_both_engines_train(capsys, model, loop):
    lines = {}
    for engine in ("minigrad", "torch"):
        status, out, _ = run(
            capsys,
            "train",
            "--engine",
            engine,
            "--model",
            model,
            "--loop",
            loop,
            "--epochs",
            "20",
            "--dtype",
            "float64",
        )
        assert status == 0
        lines[engine] = [line for line in out.splitlines() if line.startswith("Epoch ")]
    assert (
        lines["minigrad"] == lines["torch"]
    )  # float64: the printed five decimals agree over far longer runs
    assert len(lines["torch"]) == 3


def test_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "sidebyside", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "minigrad compare" in done.stdout


def test_ctrl_c_ends_with_what_was_done(tmp_path):
    report = tmp_path / "r.json"
    argv = [
        sys.executable,
        "-m",
        "sidebyside",
        "compare",
        "--epochs",
        "100000",
        "--log-each",
        "2",
        "--json",
        str(report),
    ]
    process = subprocess.Popen(
        argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    while not process.stdout.readline().startswith("Epoch 4/"):
        assert process.poll() is None, process.stderr.read()
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    result = json.loads(report.read_text())
    assert process.returncode == 130
    assert "Traceback" not in err
    assert f"Interrupted after {len(result['epochs'])} of 100000 epochs." in out
    assert result["contract"]["epochs"] == len(result["epochs"]) >= 4
