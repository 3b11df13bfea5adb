"""What is to be checked in a student's file: pairs of NumPy functions, ops with rules of their own, and tests."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import minigrad
from minigrad.autograd.op import Op
from sidebyside.check.said import Unclear


@dataclass(frozen=True)
class Item:
    """One thing to check."""

    name: str
    kind: str  # "pair", "op" or "test"
    function: Callable[..., Any]  # what is called: f, an op, Own.apply, or the test
    backward: Callable[..., Any] | None = None  # of a pair
    library: Any = None  # whose tensors an op takes
    line: int = 0
    file: str = ""

    @property
    def title(self) -> str:
        """What a test says that it tests, the first line of its docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0] if self.kind == "test" else ""

    @property
    def parameters(self) -> list[str]:
        """The names of the inputs: positional parameters without a default."""
        function = self.function
        skip = 0
        if getattr(function, "__name__", "") == "apply":
            function, skip = function.__self__.forward, 1
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        parameters = list(inspect.signature(function).parameters.values())[skip:]
        return [p.name for p in parameters if p.kind in kinds and p.default is p.empty]


def listed(module: ModuleType) -> list[Item]:
    """Return what the file itself defines and can be checked, in its order."""
    names = {k: v for k, v in vars(module).items() if not k.startswith("_")}
    found = [item for name, value in names.items() if (item := _item(name, value, names, module.__name__))]
    return sorted(found, key=lambda item: item.line)


def _item(name: str, value: Any, names: dict[str, Any], module: str) -> Item | None:
    bases = _functions()
    if isinstance(value, Op):
        return _at(Item(name, "op", value, library=minigrad)) if value.forward.__module__ == module else None
    if getattr(value, "__module__", None) != module:
        return None
    if inspect.isclass(value):
        library = next((library for base, library in bases if issubclass(value, base)), None)
        return _at(Item(name, "op", value.apply, library=library), value) if library else None
    if not inspect.isfunction(value):
        return None
    if name.startswith("test_"):
        return _at(Item(name, "test", value))
    if callable(backward := names.get(f"{name}_backward")):
        return _at(Item(name, "pair", value, backward))
    return None


def _functions() -> list[tuple[type, Any]]:
    """Return the classes that ops of one's own derive from, each with its library."""
    found = [(minigrad.autograd.Function, minigrad)]
    if torch := reference_or_none():
        found.append((torch.autograd.Function, torch))
    return found


def _at(item: Item, value: Any = None) -> Item:
    """Return the item with the line where it begins, if its source can be found."""
    code = inspect.unwrap(value or getattr(item.function, "forward", item.function))
    try:
        return replace(item, line=inspect.getsourcelines(code)[1], file=inspect.getsourcefile(code) or "")
    except (OSError, TypeError):
        return item


def reference_or_none() -> Any:
    """Return torch, or None where it is not installed."""
    try:
        import torch
    except ModuleNotFoundError as missing:
        if missing.name != "torch":
            raise
        return None
    return torch


# -- the formula --------------------------------------------------------------------------------------------


def snake(name: str) -> str:
    """Return a class's name as a function's: LogSoftmax becomes log_softmax."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def formula(item: Item, module: ModuleType, given: str | None, library: Any) -> Callable[..., Any]:
    """Return the program that the item is held against, of tensors of the library.

    It is the file's own NAME_torch(torch, ...), else the one of --formula, else the library's function of this name.
    """
    name = snake(item.name)
    own = vars(module).get(f"{name}_torch")
    if own is not None:
        return lambda *xs: own(library, *xs)
    if given is not None:
        code = compile(given, "--formula", "eval")
        return lambda *xs: eval(
            code,
            {"torch": library, "F": library.nn.functional, **dict(zip(item.parameters, xs, strict=True))},
        )
    for place in (library, library.nn.functional):
        if callable(function := getattr(place, name, None)):
            return lambda *xs: function(*xs)
    said = f"nothing says what {item.name} should compute: there is no torch.{name}"
    example = f"{name}_torch(torch, {', '.join(item.parameters)})"
    raise Unclear(f'{said}; write a function {example}, or give --formula "..."')


# -- holes --------------------------------------------------------------------------------------------------


def has_hole(item: Item, source: str) -> bool:
    """Whether a function of the item still has `...` in place of a value or of its body; for a test any function."""
    named = {item.name, f"{item.name}_backward"}
    parts = [node for node in ast.parse(source).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    if item.kind == "test":
        return any(_holes(part) for part in parts if not part.name.startswith("test_"))
    return any(_holes(part) for part in parts if part.name in named)


def _holes(part: ast.FunctionDef | ast.ClassDef) -> bool:
    indices = {id(n) for s in ast.walk(part) if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)}
    return any(
        isinstance(node, ast.Constant) and node.value is ... and id(node) not in indices
        for statement in part.body
        for node in ast.walk(statement)
    )


def is_hole(value: Any) -> bool:
    """Whether a function returned what stands for "not done yet"."""
    return value is ... or value is NotImplemented
