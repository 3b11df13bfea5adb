"""minigrad.cuda: is there a GPU?   torch: torch/cuda/__init__.py"""

from minigrad.device import is_available

__all__ = ["is_available"]
