"""The twins are one program, and each side knows only what it may know."""

import ast
import difflib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["models.py", "train.py", "shards.py", "lenet.py", "gpt.py"])
def test_twins_differ_in_the_import_alone(name):
    ours, theirs = ((ROOT / side / name).read_text().splitlines() for side in ("minigrad", "torch_ref"))
    changed = [line for line in difflib.ndiff(theirs, ours) if line[0] in "-+"]
    assert changed == ["- import torch", "+ import minigrad as torch"]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.partition(".")[0]


MAY_IMPORT = {"minigrad": {"numpy", "minigrad"}, "torch_ref": {"torch"}}
OPTIONAL = {
    "device.py": {"cupy"}, "safetensors.py": {"safetensors"}, "group.py": {"mpi4py"},
    "writer.py": {"tensorboard"}, "summary.py": {"tensorboard", "google", "PIL", "matplotlib"},
    "__main__.py": {"sidebyside"},  # of torch_ref: a name that torchrun can start
}  # fmt: skip


@pytest.mark.parametrize("side", MAY_IMPORT)
def test_each_side_imports_what_it_may(side):
    """minigrad NumPy alone, but for the files that know an optional package; torch_ref torch alone."""
    for path in sorted((ROOT / side).rglob("*.py")):
        allowed = MAY_IMPORT[side] | OPTIONAL.get(path.name, set())
        assert set(imported(path)) - set(sys.stdlib_module_names) <= allowed, path


def test_the_twin_of_each_hand_written_op_has_its_name():
    from minigrad.nn import ops
    from torch_ref import functions

    for name in ("relu", "linear", "softmax", "log_softmax", "nll_loss"):
        assert callable(getattr(functions, name))
        assert getattr(ops, name).forward.__name__ == name
