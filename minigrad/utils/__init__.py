"""minigrad.utils: what surrounds a model.   torch: torch/utils/__init__.py"""

from minigrad.utils import data, dlpack

__all__ = ["data", "dlpack"]
