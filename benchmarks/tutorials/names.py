"""The names of torch that a tutorial uses, read from its source, and which of them minigrad lacks.

A name is what a file reaches through torch and its modules, or a method that Tensor has and NumPy's arrays, lists,
dicts, strings, sets, pandas and Matplotlib have not: `scatter_` and `detach`, not `view` or `sum`. Not looked at:
arguments, attributes of tensors, methods of modules and optimizers, values. d2l's aliases (`d2l.ones` for `torch.ones`)
count as torch's names; its classes are not looked into.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from sidebyside.standin import as_torch

ABSENT = object()


class Uses(ast.NodeVisitor):
    """Collects the dotted names that begin with torch or d2l, and the methods that are called on anything else."""

    def __init__(self, trees: Iterable[ast.Module]) -> None:
        self.names, self.methods = set[str](), set[str]()
        self.defined, self.aliases = set[str](), dict[str, str]()
        nodes = [node for tree in trees for node in ast.walk(tree)]
        for node in nodes:
            self._note(node)
        for tree in trees:
            self.visit(tree)
        self.methods -= self.defined

    def _note(self, node: ast.AST) -> None:
        """What an import, a definition or `nn = torch.nn` binds."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "torch":
                    self.names.add(alias.name)
                    self.aliases[alias.asname or "torch"] = alias.name if alias.asname else "torch"
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module.partition(".")[0] == "torch":
                for alias in node.names:
                    self.names.add(f"{node.module}.{alias.name}".removesuffix(".*"))
                    self.aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif node.module == "d2l":
                self.aliases["d2l"] = "d2l"
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            self.defined.add(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = self.dotted(node.value)
            if value and isinstance(node.value, ast.Attribute):
                self.aliases[node.targets[0].id] = value

    def dotted(self, node: ast.AST) -> str | None:
        """torch.nn.Linear for nn.Linear; None for what does not begin with torch."""
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id)
        if isinstance(node, ast.Attribute):
            lead = self.dotted(node.value)
            return lead and f"{lead}.{node.attr}"
        return None

    def visit_Attribute(self, node: ast.Attribute) -> None:  # noqa: D102
        name = self.dotted(node)
        if name:
            self.names.add(name)
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:  # noqa: D102
        if isinstance(node.func, ast.Attribute) and not self.dotted(node.func):
            self.methods.add(node.func.attr)
        self.generic_visit(node)


def used(trees: list[ast.Module]) -> set[str]:
    """The names of PyTorch that the cells use, as torch.nn.Linear or torch.Tensor.scatter_."""
    found = Uses(trees)
    names = {name for name in found.names if is_torchs(name)}
    # torch.nn is only the way to torch.nn.Linear.
    ways = {"torch", *(way for way in names if any(name.startswith(f"{way}.") for name in names))}
    methods = {f"torch.Tensor.{name}" for name in found.methods & tensors_own()}
    return names - ways | methods | set(d2l_aliases(found.names))


def d2l_aliases(names: Iterable[str]) -> Iterator[str]:
    """torch.ones for d2l.ones; d2l.cpu is a function of its own, whatever module torch has of that name."""
    for name in names:
        ours = name.replace("d2l.", "torch.", 1)
        if name.startswith("d2l.") and is_torchs(ours) and not isinstance(reached(ours), ModuleType):
            yield ours


def missing(names: Iterable[str]) -> list[str]:
    """Those that minigrad lacks, sorted."""
    with as_torch():
        return sorted(name for name in names if not is_there(name))


@cache
def is_torchs(name: str) -> bool:
    """Whether PyTorch has the name."""
    return name.partition(".")[0] == "torch" and is_there(name)


def is_there(name: str) -> bool:
    """Whether a dotted name gives something. What could be imported if another package were there counts as there."""
    try:
        return reached(name) is not ABSENT
    except ImportError:
        return True


@cache
def tensors_own() -> frozenset[str]:
    """The methods of PyTorch's Tensor that nothing else in a tutorial is likely to have."""
    import pandas
    import torch
    from matplotlib import pyplot

    others = (
        np.ndarray,
        list,
        dict,
        str,
        set,
        pandas.DataFrame,
        pandas.Series,
        pyplot,
        pyplot.Axes,
    )
    names = {name for name in dir(torch.Tensor) if callable(getattr(torch.Tensor, name))}
    return frozenset(names - {name for other in others for name in dir(other)})


def reached(name: str) -> Any:
    """What a dotted name gives, or ABSENT; a module on the way is imported as `import` would."""
    first, *rest = name.split(".")
    found: Any = importlib.import_module(first)
    for so_far, part in steps(first, rest):
        try:
            found = getattr(found, part, ABSENT)
        except RuntimeError:  # torch.classes asks C++ for every name
            return ABSENT
        if found is ABSENT:
            try:
                found = importlib.import_module(so_far)
            except ModuleNotFoundError as error:
                if error.name and (so_far == error.name or so_far.startswith(error.name + ".")):
                    return ABSENT
                raise
    return found


def steps(first: str, rest: Iterable[str]) -> Iterator[tuple[str, str]]:
    """("torch.nn", "nn"), ("torch.nn.Linear", "Linear") for torch.nn.Linear"""
    so_far = first
    for part in rest:
        so_far = f"{so_far}.{part}"
        yield so_far, part
