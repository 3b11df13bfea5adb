"""The class of all nodes, for isinstance.   torch: torch/autograd/graph.py"""

from __future__ import annotations

from minigrad.autograd.engine import Node
from minigrad.missing import module_getattr as _missing

__all__ = ["Node"]


__getattr__ = _missing(__name__)
