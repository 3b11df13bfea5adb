"""The class of all nodes, for isinstance.   torch: torch/autograd/graph.py"""

from __future__ import annotations

from minigrad.autograd.node import Node

__all__ = ["Node"]
