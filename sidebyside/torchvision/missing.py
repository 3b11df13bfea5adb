"""What torchvision has and this folder has not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def missing(module: str, names: Sequence[str]) -> Callable[[str], Any]:
    """A module's __getattr__: it raises AttributeError, and says what the module has."""

    def __getattr__(name: str) -> Any:
        raise AttributeError(f"module {module!r} has no attribute {name!r}\n{whose(names)}")

    return __getattr__


def whose(names: Sequence[str]) -> str:
    """The sentence of help: whose torchvision this is, and what it has."""
    return f"minigrad stands in for torch here, and of torchvision it has {', '.join(names)}."
