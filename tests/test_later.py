"""The layers and functions that are imported at their first use: a table of names, and the files that have them."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad
from minigrad.nn import later

NN = Path(minigrad.nn.__file__).parent
TABLES = {
    "minigrad.nn.modules": later.LAYERS,
    "minigrad.nn.later": later.FUNCTIONS,
    "minigrad.tensors": later.TENSOR_FUNCTIONS,
}
ROWS = [(package, file, names) for package, table in TABLES.items() for file, names in table.items()]


@pytest.mark.parametrize(
    ("package", "file", "names"), ROWS, ids=lambda each: each if isinstance(each, str) else ""
)
def test_a_row_has_the_public_names_of_its_file(package, file, names):
    assert importlib.import_module(f"{package}.{file}").__all__ == names
    assert set(later.AT_THE_TOP.get(file, [])) <= set(names) or package != "minigrad.nn.later"


def for_type_checkers(path):
    """The files of which `if TYPE_CHECKING:` imports all names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from (each.module.rpartition(".")[2] for each in node.body if each.names[0].name == "*")


def test_type_checkers_see_every_row():
    assert list(for_type_checkers(NN / "__init__.py")) == list(later.LAYERS)
    assert list(for_type_checkers(NN / "functional.py")) == list(later.FUNCTIONS)


@pytest.mark.parametrize("space", later.HOMES)
def test_each_name_is_one_of_its_module(space):
    module = importlib.import_module(space)
    for name, home in later.HOMES[space].items():
        assert name in dir(module)
        assert getattr(module, name) is getattr(importlib.import_module(home), name)
        assert space == "minigrad" or name in module.__all__


def test_import_minigrad_imports_none_of_them():
    code = "import json, sys, minigrad; print(json.dumps(list(sys.modules)))"
    modules = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert "minigrad.nn" in modules
    assert not {home for homes in later.HOMES.values() for home in homes.values()} & set(modules)


@pytest.mark.parametrize(
    ("space", "name"), [(space, name) for space, names in later.PARTS.items() for name in names]
)
def test_a_part_is_imported_by_the_path_of_its_name(space, name):
    module = importlib.import_module(f"{space}.{name}")
    assert module is getattr(importlib.import_module(space), name)
    assert module.__spec__.name == module.__name__ == later.PARTS[space][name]


def test_a_program_may_begin_with_the_import_of_a_part():
    code = "from minigrad.func import grad; import minigrad.amp, minigrad; print(grad is minigrad.func.grad)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"True\n"
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'minigrad.fun'"):
        importlib.import_module("minigrad.fun")
