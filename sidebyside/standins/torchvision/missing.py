"""What torchvision has and this folder has not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def missing(module: str, names: Sequence[str]) -> Callable[[str], Any]:
    """A module's __getattr__: it raises AttributeError, and says what the module has."""

    def __getattr__(name: str) -> Any:
        raise AttributeError(
            f"module {module!r} has no attribute {name!r}\n"
            f"sidebyside/standins/torchvision stands in for torchvision here: its {module} has {', '.join(names)}."
        )

    return __getattr__
