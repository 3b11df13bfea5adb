"""minigrad in torch's place: `import torch.nn as nn` then fetches ours, and the same modules, not second copies."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import minigrad


def _is_torch(name: str) -> bool:
    return name == "torch" or name.startswith("torch.")


def _modules() -> dict[str, ModuleType]:
    """Every module of minigrad, by the name that torch would give it."""
    for found in pkgutil.walk_packages(minigrad.__path__, "minigrad."):
        importlib.import_module(found.name)
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "minigrad"}
    places = {"minigrad": "torch"} | {
        module.__name__: f"torch.{name}"
        for name, module in vars(minigrad).items()
        if isinstance(module, ModuleType)
    }
    return {_torch_name(name, places): module for name, module in ours.items()}


def _torch_name(name: str, places: dict[str, str]) -> str:
    """The name that torch gives a module: minigrad.cuda.backends, say, is minigrad.backends to programs."""
    lead, _, last = name.rpartition(".")
    return places[name] if name in places else f"{_torch_name(lead, places)}.{last}"


class _NothingElse:
    """Refuses the modules of torch that minigrad has not; else Python would look for them in minigrad's folder."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if _is_torch(name):
            raise ModuleNotFoundError(
                f"No module named {name!r}\nminigrad stands in for torch here and has no such module: COVERAGE.md "
                "says what it has.",
                name=name,
            )
        return None


@contextmanager
def as_torch() -> Iterator[ModuleType]:
    """Inside, `import torch` and `from torch.utils.data import DataLoader` give minigrad; after, what was there.

    A module that was first imported inside keeps what it imported there: run another engine in another process.
    """
    before = {name: module for name, module in sys.modules.items() if _is_torch(name)}
    finders = list(sys.meta_path)
    stand_ins = _modules()
    try:
        for name in before:
            del sys.modules[name]
        sys.modules |= stand_ins
        sys.meta_path.insert(0, _NothingElse)  # type: ignore[arg-type]
        yield minigrad
    finally:
        sys.meta_path[:] = finders
        for name in [name for name in sys.modules if _is_torch(name)]:
            del sys.modules[name]
        sys.modules |= before
