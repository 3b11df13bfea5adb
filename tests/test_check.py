"""minigrad check: what is said of a student's file."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.diagnosis import MISTAKES
from sidebyside import cli
from sidebyside.check.languages import translated
from sidebyside.contract import NoTier
from sidebyside.contract.run_both import Trial

ROOT = Path(__file__).parent.parent
RELU = """
import numpy as np

def relu(x):
    return np.maximum(x, 0)

def relu_backward(dz, x):
    return {}
"""


ENGLISH = re.compile(
    r"\b(the|is|of|and|with|where|missing|wrong|it|one(?!-hot)|along|there|sum|by|for|are|returns)\b"
)
SQUARE = """
class Square{0}({1}.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, dz):
        return {2}

square{0}_torch = lambda torch, x: x * x
"""
SCALE = """
@differentiable(x=lambda dz, y: {1})
def scale{0}(x, y):
    return x * y

scale{0}_torch = lambda torch, x, y: x * y.detach()
"""


@pytest.fixture
def check(capfd, monkeypatch, tmp_path):
    """The exit status of a check, and what it says of each item of a file."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

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
    spanish(found)
    return found["verdict"], found["sentence"]


def spanish(found):
    """What is said has a translation, except for what Python itself says."""
    quoted = r"lanza .*|línea \d+: .*|test_\w+"
    assert not ENGLISH.search(re.sub(quoted, "", translated(found["sentence"], "es"))), found["sentence"]


PAIRS = [
    ("dz * (x > 0)", "right", "every number"),
    ("dz * (x >= 0)", "wrong", "they differ only where x is 0, at the kink"),
    ("-dz * (x > 0)", "wrong", "(the sign is wrong)"),
    ("x > 0", "wrong", "dz is ignored"),
    (
        "(dz * (x > 0)).astype(np.float32)",
        "wrong",
        "the gradient of x is float32, and the right one is float64",
    ),
    ("dz * np.sin(3 * x + 1)", "wrong", "the gradient of x is not the formula's"),
    ("...", "open", "not done yet"),
    ("None", "wrong", "{}_backward returns None: its return is missing"),
    ("[dz * (x > 0)]", "wrong", "{}_backward returns a list"),
    ("(dz, dz)", "wrong", "{}_backward returns 2 gradients, and {} has 1 input: x"),
    ("1.0", "wrong", "{}_backward returns one number for the gradient of x"),
    ("'dx'", "wrong", "{}_backward returns a str for the gradient of x"),
    ("np.multiply(dz, x > 0, out=dz)", "wrong", "{}_backward changes its input dz: work on a copy"),
    ("dz * y", "error", "{}_backward raises NameError: name 'y' is not defined (line "),
    ("__import__('os')._exit(3)", "error", "{} ends Python with exit status 3"),
    ("__import__('os').abort()", "error", "{} crashes Python (SIGABRT)"),
    ("__import__('sys').exit(3)", "error", "{} ends Python with sys.exit"),
    (
        "np.zeros(1 << 33)[0] + np.ones(1 << 33)",
        "error",
        "{}_backward takes more memory than there is for it",
    ),
    ("print('x' * 100) or dz * (x > 0)", "right", "every number"),
]


def test_pairs(check, tmp_path):
    """All in one file, of which two end the process. What the file starts ends with it."""
    beats = tmp_path / "beats"
    program = f"import time\nwhile True: open({str(beats)!r}, 'a').write('.'); time.sleep(0.1)"
    source = "import numpy as np, subprocess, sys, time\n"
    source += f"subprocess.Popen([sys.executable, '-c', {program!r}])\n"
    source += f"while not __import__('os').path.exists({str(beats)!r}): time.sleep(0.1)\n"
    for i, (rule, _, _) in enumerate(PAIRS):
        source += f"def f{i}(x):\n    return np.maximum(x, 0)\ndef f{i}_backward(dz, x):\n    return {rule}\n"
        source += f"f{i}_torch = lambda torch, x: torch.relu(x)\n"
    status, found = check(source)
    assert status == 1
    for i, (each, (_, verdict, sentence)) in enumerate(zip(found, PAIRS, strict=True)):
        assert each["item"] == f"f{i}"
        assert each["verdict"] == verdict, each
        assert sentence.format(f"f{i}", f"f{i}") in each["sentence"]
        spanish(each)
    beaten = beats.read_text()
    time.sleep(0.5)
    assert beats.read_text() == beaten


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def f(x:\n    pass", "line 1: "),
        ("import nothing_like_it", "line 1: ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("x = 1", "there is nothing to check"),
        ("import os\nos._exit(0)", "importing the file ends Python with exit status 0"),
    ],
)
def test_a_file_that_cannot_be_checked(check, source, sentence):
    verdict, said = one(check(source))
    assert verdict == "error"
    assert said.startswith(sentence)


OPS = [
    ("2 * ctx.saved_tensors[0] * dz", "right", "right"),
    ("3 * ctx.saved_tensors[0] * dz", "wrong", "the gradient of x: every element is 1.5 times the right one"),
    ("None", "wrong", "gives no gradient for x"),
    ("(dz, dz)", "error", "returned an incorrect number of gradients"),
    ("...", "open", "not done yet"),
]


def test_an_endless_loop(check):
    found = one(check(RELU.format("[0 for i in iter(int, 1)]"), "--seconds", "1"))
    assert found == ("error", "relu has not ended after 1 s: an endless loop?")


def test_ops(check):
    """Of either library, and of @differentiable."""
    source, expected = "import minigrad, torch\nfrom minigrad.autograd.op import differentiable\n", []
    for library in ("minigrad", "torch"):
        for rule, verdict, sentence in OPS:
            source += SQUARE.format(len(expected), library, rule)
            expected.append((verdict, sentence))
    source += SCALE.format(0, "dz * y") + SCALE.format(1, "dz / y")
    expected += [("right", "right"), ("wrong", "the gradient of x: ")]
    _, found = check(source)
    for each, (verdict, sentence) in zip(found, expected, strict=True):
        assert each["verdict"].replace("rounding", "right") == verdict, each
        assert sentence in each["sentence"]
        spanish(each)


TESTS = """
from hypothesis import given
from sidebyside.testing import dyadics

def half(x):
    return {}

def test_four():
    '''Half of four'''
    assert half(4) == 2, "half of 4 is 2"

@given(dyadics((2, 3)))
def test_any(x):
    assert (half(x) + half(x) == x).all()
"""


def test_tests(check):
    status, found = check(TESTS.format("x / 4"))
    assert (status, [each["verdict"] for each in found]) == (1, ["wrong", "wrong"])
    assert [each["title"] for each in found] == ["Half of four", ""]
    assert [each["sentence"] for each in found] == [
        "half of 4 is 2",
        "line 14: assert (half(x) + half(x) == x).all()",
    ]
    assert "test_any(" in found[1]["detail"]


MUL = """
def mul{0}(x, y):
    return x * y
def mul{0}_backward(dz, x, y):
    return dz * y, dz * x
mul{0}_torch = lambda torch, x, y: x * y
mul{0}_inputs = {1}
"""


def test_inputs_that_the_file_gives(check):
    """Of one shape alone the broadcasting does not show."""
    inputs = {
        "dyadics(3, 4), dyadics(3, 4)": "right",
        "dyadics(3, 4), dyadics(4)": "it is not un-broadcast",
        "dyadics(3)": "mul2_inputs has 1 strategies, and mul2 takes 2 inputs",
        "3, 4": "mul3_inputs must be Hypothesis strategies",
    }
    source = "".join(MUL.format(i, each) for i, each in enumerate(inputs))
    source += "def f(x):\n    return x\ndef f_backward(dz, x):\n    return dz\ndef test_f(x):\n    assert x\n"
    inputs |= {
        "none": "nothing says what f should compute",
        "x": "test_f takes arguments that nobody gives (x)",
    }
    _, found = check("from sidebyside.testing import dyadics\n" + source)
    for each, sentence in zip(found, inputs.values(), strict=True):
        assert sentence in each["sentence"]
        spanish(each)


def test_the_formula_of_the_command_line(check):
    source = RELU.format("dz * (x > 0)").replace("relu", "mine")
    assert one(check(source, "--formula", "torch.relu(x)"))[0] == "right"


def test_a_formula_that_is_none(capsys):
    assert cli.main(["check", __file__, "--formula", "x +"]) == 2
    assert "--formula 'x +' is no expression" in capsys.readouterr().err


@pytest.fixture
def folder(tmp_path):
    """Three exercises, in two languages, with a solution."""
    files = {
        "1_relu.py": "dz * (x > 0)",
        "2_wrong.py": "dz",
        "es/1_relu.py": "...",
        "solutions/1_relu.py": "dz * (x > 0)",
    }
    for name, rule in files.items():
        path = tmp_path / "exercises" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        library = "library = 'minigrad.nn.ops:relu'\n" if "solutions" in name else ""
        path.write_text(library + (TESTS if "es" in name else RELU).format(rule))
    return tmp_path / "exercises"


def test_a_folder(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert cli.main(["check", "exercises"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "✓ exercises/1_relu.py     1 right",
        "✗ exercises/2_wrong.py    1 wrong",
        "… exercises/es/1_relu.py  2 por hacer",
        "1 of 3 files are done",
    ]


def test_a_solution_is_told_after_the_item_is_right_or_when_it_is_asked_for(folder, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert cli.main(["check", str(folder / "1_relu.py")]) == 0
    right = capsys.readouterr().out
    assert "The solution:" in right
    assert re.search(r"The library's own: minigrad/nn/ops.py:\d+\n$", right)
    assert cli.main(["check", "--solution", str(folder / "es/1_relu.py")]) == 1
    asked = capsys.readouterr().out
    assert "todavía por hacer\n" in asked
    assert "    return dz * (x > 0)" in asked
    assert "def relu(x" in asked  # the library's


def test_every_mistake_has_a_spanish_sentence():
    for name, (_, make) in MISTAKES.items():
        ours, theirs, inputs = make(np.random.default_rng(1))
        trial = Trial([ours, theirs], inputs)
        try:
            failure = trial.failure("bounded")
        except (AssertionError, NoTier):
            continue
        if failure and (why := trial.explained(failure)[2]):
            assert not ENGLISH.search(translated(why, "es")), name


def test_no_such_file(capsys, tmp_path):
    assert cli.main(["check", str(tmp_path / "no.py")]) == 2
    assert capsys.readouterr().err == f"minigrad check: {tmp_path / 'no.py'}: there is no such file\n"


def test_without_torch(tmp_path):
    """A folder with a torch that cannot be found stands first on Python's path."""
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch', name='torch')")
    file = tmp_path / "mine.py"
    wrong = (
        RELU.format("-dz * (x > 0)").replace("relu", "mine") + "mine_torch = lambda torch, x: torch.relu(x)\n"
    )
    file.write_text(RELU.format("dz * (x > 0)") + wrong + TESTS.format("x / 2"))
    command = [sys.executable, "-m", "sidebyside", "check", "--json", str(file)]
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    ran = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}
    )
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [each["verdict"] for each in found] == ["right", "wrong", "right", "right"], ran.stderr
    assert {each["reference"] for each in found} == {"minigrad"}
