"""minigrad is built in layers: each imports only the ones below it, and no two files import each other in a circle."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

MINIGRAD = Path(__file__).resolve().parent.parent / "minigrad"
LAYERS = (
    {"arrays"},
    {"autograd"},
    {"ops", "random"},
    {"more_ops"},
    {"tensors"},
    {"distributed"},
    {"nn"},
    {"optim", "utils", "testing"},
    {"cuda", "serialization", "compiler"},
    {"__init__"},
    {"models", "train", "shards", "lenet", "gpt"},
)
ALONE = {"pocket"}  # it imports nothing, and nothing imports it


def file_of(module):
    """The file of a module of minigrad; None if the name is not a module."""
    path = MINIGRAD.parent.joinpath(*module.split("."))
    return next((each for each in (path.with_suffix(".py"), path / "__init__.py") if each.exists()), None)


def is_stub(module):
    """Whether it is only a stub: it has no code, and type checkers alone import it."""
    return (
        file_of(module) is None and MINIGRAD.parent.joinpath(*module.split(".")).with_suffix(".pyi").exists()
    )


def imported(path):
    """The files of minigrad that a file imports, also inside functions and for type checkers."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "minigrad":
            if is_stub(node.module):
                continue
            for alias in node.names:
                yield file_of(f"{node.module}.{alias.name}") or file_of(node.module)
        elif isinstance(node, ast.Import):
            yield from (file_of(alias.name) for alias in node.names if alias.name.split(".")[0] == "minigrad")


def part(path):
    """The name at the top of minigrad/ that a file belongs to."""
    return path.relative_to(MINIGRAD).parts[0].removesuffix(".py")


@cache
def graph():
    """The files that each file imports."""
    return {path: set(imported(path)) for path in sorted(MINIGRAD.rglob("*.py"))}


def test_each_layer_imports_only_those_below_it():
    height = {name: i for i, layer in enumerate(LAYERS) for name in layer}
    assert {part(path) for path in graph()} == {*height, *ALONE}
    upwards = [
        (str(path.relative_to(MINIGRAD)), str(other.relative_to(MINIGRAD)))
        for path, others in graph().items()
        for other in others
        if part(path) != part(other) and not height[part(path)] > height[part(other)]
    ]
    assert upwards == []


def test_no_files_import_each_other_in_a_circle():
    order = list(TopologicalSorter(graph()).static_order())  # CycleError names the circle
    assert sorted(order) == list(graph())


def test_a_circle_and_an_import_inside_a_function_are_found(tmp_path):
    path = tmp_path / "one.py"
    path.write_text("def f():\n    from minigrad.tensors import shapes\n    from minigrad.nn import Linear\n")
    names = [str(each.relative_to(MINIGRAD)) for each in imported(path)]
    assert names == ["tensors/shapes.py", "nn/__init__.py"]
