"""What type checkers and editors know of a user's script: mypy, pyright and jedi; help() shows every public function.

pyright is basedpyright's, which comes from PyPI with a node of its own and downloads nothing when it runs.
"""

import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from both import sampled

from sidebyside.coverage.stubs import stubs

ROOT = Path(__file__).parent.parent

HEAD = """
from typing import reveal_type

import minigrad as torch
import minigrad.nn.functional as F
from minigrad import nn, optim
from minigrad.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, hidden: int = 8) -> None:
        super().__init__()
        self.fc = nn.Linear(2, hidden)
        self.out = nn.Linear(hidden, 3)
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x: torch.Tensor, scaled: bool = True) -> torch.Tensor:
        z = self.out(F.relu(self.fc(x)))
        return z * self.scale if scaled else z


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 3), nn.ReLU())

    def forward(self, x: torch.Tensor, *, twice: bool) -> tuple[torch.Tensor, int]:
        z: torch.Tensor = self.layers(x)
        return z, 1 + twice


x = torch.tensor([[1.0, 2.0]], requires_grad=True)
y = torch.tensor([1])
model = Net()
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
loader = DataLoader(TensorDataset(x, y), batch_size=2, shuffle=True)
loss = torch.tensor(0.0)
for images, labels in loader:
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    w = torch.ones(2, requires_grad=True)
    w -= 0.1 * w.grad
    for p in model.parameters():
        p -= 0.1 * p.grad
x.grad.zero_()
for _ in range(3):
    w.grad = None
    (w * w).sum().backward()
    w.data = w.data - 0.1 * w.grad
    with torch.no_grad():
        w -= 0.1 * w.grad
for text in (f"{loss.item():.3f}", f"{float(loss)}", str(len(x)), str(x.tolist()), str(x.detach().numpy())):
    print(text)
for row in x:
    print(row.argmax(dim=0), row.sum(0, keepdim=True), row.view(-1, 1).t(), x.permute(1, 0), x[:, None], x[x > 0])
x[0] = 1.0
correct = (model(x).argmax(1) == y).float().mean().item()
count = sum(parameter.numel() for parameter in model.parameters())
print(model.train().to("cpu"), isinstance(x, torch.Tensor), x.to(torch.float64), torch.ones_like(x))
"""

# An expression, and its type.
KNOWN = {
    "torch.exp(x)": "Tensor",
    "torch.tensor([1.0])": "Tensor",
    "torch.zeros(2, 3)": "Tensor",
    "torch.randn(2)": "Tensor",
    "torch.cat([x, x])": "Tensor",
    "torch.relu(x)": "Tensor",
    "torch.where(x > 0, x, 0.0)": "Tensor",
    "torch.max(x, 1)[1]": "Tensor",
    "torch.float32": "dtype",
    "torch.manual_seed(0)": "Generator",
    "x.sum()": "Tensor",
    "x.sum(1, keepdims=True)": "Tensor",
    "x + 1": "Tensor",
    "1 - x": "Tensor",
    "1 / x": "Tensor",
    "2**x": "Tensor",
    "-x": "Tensor",
    "abs(x)": "Tensor",
    "x @ x.T": "Tensor",
    "x == 1": "Tensor",
    "x > 0": "Tensor",
    "x[0]": "Tensor",
    "x": "Tensor",
    "next(model.parameters())": "Parameter",
    "x.grad": "Tensor",
    "x.detach()": "Tensor",
    "x.float()": "Tensor",
    "x.exp_()": "Tensor",
    "x.reshape(2, 1)": "Tensor",
    "x.view(-1)": "Tensor",
    "x.max()": "Tensor",
    "x.max(dim=1)": "ValuesAndIndices",
    "x.max(dim=1).indices": "Tensor",
    "x.split(1)": "tuple[Tensor, ...]",
    "x.shape": "Size",
    "model": "Net",
    "model(x)": "Tensor",
    "model.fc(x)": "Tensor",
    "Pair()(x, twice=True)": "tuple[Tensor, int]",
    "Pair().layers": "Sequential",
    "nn.CrossEntropyLoss()(x, y)": "Tensor",
    "model.eval()": "Net",
    "model.fc": "Linear",
    "model.fc.weight": "Tensor",
    "model.scale": "Parameter",
    "F.cross_entropy(x, y)": "Tensor",
    "F.linear(x, x)": "Tensor",
    "optimizer": "SGD",
    "loader": "DataLoader[tuple[Tensor, ...]]",
}
# A mistake, and what both checkers name.
NOTICED = {
    "x.summ()": "summ",
    "torch.exppp(x)": "exppp",
    "torch.exp(x).backwards()": "backwards",
    "x.sum(dimm=1)": "dimm",
    "nn.Lineer(2, 3)": "Lineer",
    "F.reluu(x)": "reluu",
    "model.fc(x, 1)": "argument",
    "model(x, scale=True)": "scale",
    "optim.SGDD(model.parameters())": "SGDD",
    'x + "a"': "a",
    "torch.tensor([1.0], requires_gradd=True)": "requires_gradd",
    "optimizer.stepp()": "stepp",
}
# What is typed, and a name that an editor then offers.
COMPLETED = {
    "torch.exp(x).": "backward",
    "(x * 2).sum().": "backward",
    "(x @ x).": "requires_grad_",
    "x.grad.": "zero_",
    "x.max(dim=1).": "values",
    "x.max(dim=1).values.": "item",
    "model.fc.weight.": "grad",
    "model.": "state_dict",
    "model(x).": "backward",
    "model.fc(x).": "backward",
    "F.cross_entropy(x, y).": "backward",
    "optimizer.": "zero_grad",
    "torch.exp": "expm1",
    "x.soft": "softmax",
}
DESCRIBED = {
    "torch.exp": "eˣ",
    "x.exp": "eˣ",
    "torch.sum": "Σ",
    "x.sum": "Σ",
    "F.cross_entropy": "log softmax",
    "nn.Linear": "x·Wᵀ + b",
    "torch.tensor": "Python floats become float32",
    "x.backward": "gradient",
}

needs_pyright = pytest.mark.skipif(
    find_spec("basedpyright") is None,
    reason="WHAT EDITORS SAY IS NOT CHECKED: basedpyright is not installed (pip install -e '.[dev]')",
)
needs_jedi = pytest.mark.skipif(
    find_spec("jedi") is None,
    reason="COMPLETION IS NOT CHECKED: jedi is not installed (pip install -e '.[dev]')",
)


# -- the stubs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", stubs(), ids=lambda path: path.name)
def test_a_stub_is_what_the_code_says(path):
    assert path.read_text(encoding="utf-8") == stubs()[path], "stale: python -m sidebyside coverage"


def test_the_package_says_that_it_has_types():
    assert (ROOT / "minigrad" / "py.typed").read_bytes() == b""


# -- type checkers --------------------------------------------------------------------------------------------


@pytest.fixture
def script(tmp_path):
    """The user's script: the head, then the mistakes, then what is revealed, a line each."""
    path = tmp_path / "script.py"
    lines = [*NOTICED, *(f"reveal_type({expression})" for expression in KNOWN)]
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(*command, folder):
    """What a type checker prints about the script."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "MYPYPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", *map(str, command)],
        cwd=folder, capture_output=True, encoding="utf-8", timeout=300, env=environment,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr  # 1: it finds the mistakes
    return done.stdout


def check(errors, types):
    """Hold the errors and types of each line, counted from 1, against what the tables say."""
    first = HEAD.count("\n") + 1
    assert {line: text for line, text in errors.items() if not 0 <= line - first < len(NOTICED)} == {}
    said = {mistake: errors.get(first + i, "") for i, mistake in enumerate(NOTICED)}
    assert {mistake: text for mistake, text in said.items() if NOTICED[mistake] not in text or not text} == {}
    assert {known: types.get(first + len(NOTICED) + i) for i, known in enumerate(KNOWN)} == KNOWN


def test_mypy_knows_the_types(script):
    cache = ROOT / ".mypy_cache" / "script"
    printed = run("mypy", "--strict", "--cache-dir", cache, script, folder=script.parent)
    errors = dict(re.findall(r"^script.py:(\d+): error: (.*)", printed, re.MULTILINE))
    types = dict(re.findall(r'^script.py:(\d+): note: Revealed type is "(.*)"', printed, re.MULTILINE))
    check(numbered(errors), {line: short(text) for line, text in numbered(types).items()})
    elsewhere = [line for line in printed.splitlines() if not line.startswith(("script.py:", "Found "))]
    assert elsewhere == []  # as a source on the path, minigrad is checked too


def short(text):
    """mypy's name of a type, without modules. It writes a subclass of tuple as its items."""
    text = re.sub(r"[\w.]+\.(?=\w)", "", text)
    return re.sub(r"^tuple\[.*, fallback=(\w+)\]$", r"\1", text)


def numbered(found):
    return {int(line): text for line, text in found.items()}


@needs_pyright
def test_pyright_knows_the_types(script):
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(ROOT)], "include": ["script.py"]}
    (script.parent / "pyrightconfig.json").write_text(json.dumps(settings))
    printed = run("basedpyright", "--outputjson", "--pythonpath", sys.executable, folder=script.parent)
    errors, types = {}, {}
    for each in json.loads(printed)["generalDiagnostics"]:
        line, text = each["range"]["start"]["line"] + 1, each["message"]
        if each["severity"] == "error":
            errors[line] = text
        elif found := re.fullmatch(r'Type of ".*" is "(.*)"', text):
            types[line] = found[1]
    check(errors, types)


# -- editors --------------------------------------------------------------------------------------------------


@needs_jedi
def test_jedi_completes_and_describes(tmp_path):
    import jedi

    project = jedi.Project(tmp_path, sys_path=[str(ROOT), *sys.path])
    line, wrong = HEAD.count("\n") + 1, {}

    def script(text):
        return jedi.Script(HEAD + text, path=tmp_path / "script.py", project=project)

    for text, name in sampled(list(COMPLETED.items())):
        offered = [each.name for each in script(text).complete(line, len(text))]
        if name not in offered:
            wrong[text] = offered
    for text, word in sampled(list(DESCRIBED.items())):
        shown = [each.docstring() for each in script(text).help(line, len(text))]
        if not any(word in each for each in shown):
            wrong[text] = shown
    assert wrong == {}


# -- help() ---------------------------------------------------------------------------------------------------

SPACES = (
    "",
    ".nn",
    ".nn.functional",
    ".nn.init",
    ".nn.utils",
    ".optim",
    ".autograd",
    ".utils.data",
    ".testing",
)


def documented():
    """The public functions and classes by name, and the methods and properties of the classes."""
    for space in SPACES:
        module = importlib.import_module(f"minigrad{space}")
        for name in getattr(module, "__all__", dir(module)):
            value = getattr(module, name)
            if name.startswith("_") or isinstance(value, ModuleType) or not callable(value):
                continue
            yield f"{module.__name__}.{name}", value
            if inspect.isclass(value):
                for each in dir(value):
                    method = inspect.getattr_static(value, each)
                    if not each.startswith("_") and (callable(method) or isinstance(method, property)):
                        yield f"{module.__name__}.{name}.{each}", getattr(value, each)


def test_help_shows_every_public_function():
    names = dict(documented())
    assert {
        "minigrad.exp",
        "minigrad.Tensor.exp",
        "minigrad.nn.Linear.forward",
        "minigrad.Tensor.grad",
    } <= set(names)
    own = {name: value.__doc__ for name, value in names.items()}
    assert [name for name, doc in own.items() if not (doc or "").strip()] == []
