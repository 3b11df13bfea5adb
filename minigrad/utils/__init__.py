"""minigrad.utils: what surrounds a model.   torch: torch/utils/__init__.py"""

from minigrad.utils import data

__all__ = ["data"]
