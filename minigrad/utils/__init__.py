"""minigrad.utils: datasets, data loaders, and exchange with other libraries.   torch: torch/utils/__init__.py"""

import importlib
from typing import Any

from minigrad.tensors.missing import module_getattr as _missing
from minigrad.utils import dlpack

__all__ = ["data", "dlpack"]


def __getattr__(name: str) -> Any:
    """`data` is imported at its first use, so that `import minigrad` is fast."""
    return importlib.import_module("minigrad.utils.data") if name == "data" else _missing(__name__)(name)
