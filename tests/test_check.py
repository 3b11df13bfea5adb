"""minigrad check: what is said of a student's file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sidebyside import cli

ROOT = Path(__file__).parent.parent
RELU = """
import numpy as np

def relu(x):
    return np.maximum(x, 0)

def relu_backward(dz, x):
    return {}
"""


@pytest.fixture
def check(capfd, monkeypatch, tmp_path):
    """The exit status of a check, and what it says of each item of a file."""
    monkeypatch.setenv("COLUMNS", "80")

    def main(source, *options):
        file = tmp_path / "mine.py"
        file.write_text(source, encoding="utf-8")
        status = cli.main(["check", str(file), "--json", *options])
        out, err = capfd.readouterr()
        assert err == ""
        return status, [json.loads(line) for line in out.splitlines()]

    return main


def one(answer):
    """The only item's verdict and sentence."""
    status, (found,) = answer
    assert status == (0 if found["verdict"] in ("right", "rounding") else 1)
    return found["verdict"], found["sentence"]


@pytest.mark.parametrize(
    ("rule", "verdict", "sentence"),
    [
        ("dz * (x > 0)", "right", "every number"),
        ("dz * (x >= 0)", "wrong", "they differ only where x is 0, at the kink"),
        ("-dz * (x > 0)", "wrong", "(the sign is wrong)"),
        ("x > 0", "wrong", "dz is ignored"),
        ("(dz * (x > 0)).astype(np.float32)", "wrong", "the gradient of x is float32, and the right one is float64"),
        ("...", "open", "not done yet"),
        ("None", "wrong", "relu_backward returns None: its return is missing"),
        ("[dz * (x > 0)]", "wrong", "relu_backward returns a list"),
        ("(dz, dz)", "wrong", "relu_backward returns 2 gradients, and relu has 1 input: x"),
        ("1.0", "wrong", "relu_backward returns one number for the gradient of x"),
        ("'dx'", "wrong", "relu_backward returns a str for the gradient of x"),
        ("np.multiply(dz, x > 0, out=dz)", "wrong", "relu_backward changes its input dz: work on a copy"),
        ("dz * y", "error", "relu_backward raises NameError: name 'y' is not defined (line 8)"),
        ("__import__('os')._exit(3)", "error", "relu ends Python with exit status 3"),
        ("__import__('sys').exit(3)", "error", "relu ends Python with sys.exit"),
        ("np.zeros(1 << 33)[0] + np.ones(1 << 33)", "error", "memory"),
        ("[0 for i in iter(int, 1)]", "error", "relu has not ended after 2 s: an endless loop?"),
        ("print('x' * 100) or dz * (x > 0)", "right", "every number"),
    ],
)  # fmt: skip
def test_a_pair(check, rule, verdict, sentence):
    options = ["--seconds", "2"] if "iter" in rule else []
    found = one(check(RELU.format(rule), *options))
    assert found[0] == verdict
    assert sentence in found[1]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def f(x:\n    pass", "line 1: "),
        ("import nothing_like_it", "line 1: ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("x = 1", "there is nothing to check"),
        ("import os\nos._exit(0)", "importing the file ends Python with exit status 0"),
        (
            "def f(x):\n    return x\ndef f_backward(dz, x):\n    return dz",
            "nothing says what f should compute",
        ),
        ("def test_f(x):\n    assert x", "test_f takes arguments that nobody gives (x)"),
    ],
)
def test_a_file_that_cannot_be_checked(check, source, sentence):
    verdict, said = one(check(source))
    assert verdict == "error"
    assert said.startswith(sentence)


def test_no_such_file(capsys, tmp_path):
    assert cli.main(["check", str(tmp_path / "no.py")]) == 2
    assert capsys.readouterr().err == f"minigrad check: {tmp_path / 'no.py'}: there is no such file\n"


def test_without_torch(tmp_path):
    """A folder with a torch that cannot be found stands first on Python's path."""
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch', name='torch')")
    files = {"right": "dz * (x > 0)", "wrong": "-dz * (x > 0)"}
    for verdict, rule in files.items():
        file = tmp_path / f"{verdict}.py"
        file.write_text(RELU.format(rule))
        command = [sys.executable, "-m", "sidebyside", "check", "--json", str(file)]
        path = os.pathsep.join([str(tmp_path), str(ROOT)])
        ran = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}
        )
        found = json.loads(ran.stdout)
        assert (found["verdict"], found["reference"]) == (verdict, "minigrad"), ran.stderr
