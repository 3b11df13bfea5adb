"""The class of all nodes, for isinstance.   torch: torch/autograd/graph.py"""

from __future__ import annotations

from minigrad.autograd.engine import Node

__all__ = ["Node"]
