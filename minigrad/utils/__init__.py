"""minigrad.utils: datasets, data loaders, and exchange with other libraries.   torch: torch/utils/__init__.py"""

from minigrad.tensors.missing import module_getattr as _missing
from minigrad.utils import dlpack

__all__ = ["benchmark", "checkpoint", "data", "dlpack"]

__getattr__ = _missing(__name__, "benchmark", "checkpoint", "data", "tensorboard")
