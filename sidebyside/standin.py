"""minigrad in torch's place: `import torch.nn as nn` then fetches ours, and the same modules, not second copies.

`import torchvision` then fetches sidebyside/standins/torchvision, which is written as torchvision is: its own
`import torch` fetches minigrad.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import minigrad
from minigrad.nn.later import PARTS

_unmet: dict[str, ModuleNotFoundError] = {}  # modules of minigrad that need a package that is not installed
PLACE = Path(__file__).parent / "standins"  # where our torchvision lies


def _is_torch(name: str) -> bool:
    return name.partition(".")[0] in ("torch", "torchvision")


def _torchvision(name: str) -> ModuleSpec | None:
    """Where our torchvision has this module. ModuleNotFoundError if it has no such module."""
    place = PLACE.joinpath(*name.split("."))
    if place.is_dir():
        return spec_from_file_location(name, place / "__init__.py", submodule_search_locations=[str(place)])
    if place.with_suffix(".py").exists():
        return spec_from_file_location(name, place.with_suffix(".py"))
    package = name.rpartition(".")[0]
    # Without the argument `name`: `from torchvision import ops` would replace it with an error of its own.
    raise ModuleNotFoundError(
        f"No module named {name!r}\nsidebyside/standins/torchvision stands in for torchvision here: its {package} has "
        f"{', '.join(sys.modules[package].__all__)}."
    )


def _our_torchvision() -> dict[str, ModuleType]:
    """What of our torchvision is imported."""
    return {
        name: module
        for name, module in sys.modules.items()
        if name.partition(".")[0] == "torchvision"
        and PLACE in Path(getattr(module, "__file__", None) or "").parents
    }


def _modules() -> dict[str, ModuleType]:
    """Every module of minigrad, by the name that torch would give it."""
    for found in pkgutil.walk_packages(minigrad.__path__, "minigrad."):
        try:
            importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            # minigrad.utils.tensorboard needs the package tensorboard, and a program that asks for it is told so.
            if (error.name or "minigrad").partition(".")[0] == "minigrad":
                raise
            _unmet["torch" + found.name.removeprefix("minigrad")] = error
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "minigrad"}
    places = {"minigrad": "torch"} | {
        module.__name__: f"torch.{name}"
        for name, module in vars(minigrad).items()
        if isinstance(module, ModuleType)
    }
    places |= {
        home: f"{places[owner]}.{name}"
        for owner, parts in PARTS.items()
        if owner in places
        for name, home in parts.items()
    }
    return {_torch_name(name, places): module for name, module in ours.items()}


def _torch_name(name: str, places: dict[str, str]) -> str:
    """The name that torch gives a module: minigrad.cuda.backends, say, is minigrad.backends to programs."""
    lead, _, last = name.rpartition(".")
    return places[name] if name in places else f"{_torch_name(lead, places)}.{last}"


class _NothingElse:
    """Finds our torchvision, and refuses the modules that minigrad has not: Python would look for others."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name.partition(".")[0] == "torchvision":
            return _torchvision(name)
        if name in _unmet:
            raise _unmet[name].with_traceback(None)
        if _is_torch(name):
            raise ModuleNotFoundError(
                f"No module named {name!r}\nminigrad stands in for torch here and has no such module: COVERAGE.md "
                "says what it has.",
                name=name,
            )
        return None


@contextmanager
def lent_torchvision() -> Iterator[None]:
    """Inside, a program on real torch may `import torchvision` where none is installed: it gets ours.

    So do the processes that it starts, for they inherit sys.path.
    """
    sys.path.append(str(PLACE))
    try:
        yield
    finally:
        sys.path.remove(str(PLACE))
        for name in _our_torchvision():
            del sys.modules[name]


_known: dict[str, ModuleType] = {}  # our torchvision, once imported: no second copy at the next as_torch()


@contextmanager
def as_torch() -> Iterator[ModuleType]:
    """Inside, `import torch` and `from torch.utils.data import DataLoader` give minigrad; after, what was there.

    `import torchvision` gives the part of it that tutorials begin with, also where the real one is installed.

    A module that was first imported inside keeps what it imported there: run another engine in another process.
    """
    before = {name: module for name, module in sys.modules.items() if _is_torch(name)}
    finders = list(sys.meta_path)
    _known.update(_our_torchvision())
    stand_ins = _modules() | _known
    try:
        for name in before:
            del sys.modules[name]
        sys.modules |= stand_ins
        sys.meta_path.insert(0, _NothingElse)  # type: ignore[arg-type]
        yield minigrad
    finally:
        sys.meta_path[:] = finders
        _known.update(_our_torchvision())
        for name in [name for name in sys.modules if _is_torch(name)]:
            del sys.modules[name]
        sys.modules |= before
