"""Optimisers: what to do with a gradient.   torch: torch/optim/__init__.py

`SGD.step` is the one line w ← w - lr·g. optimizer.py keeps groups of parameters and their state; sgd.py is the
arithmetic, momentum and the rest in torch's order.
"""

from minigrad.optim import optimizer, sgd
from minigrad.optim.optimizer import Optimizer
from minigrad.optim.sgd import SGD

del optimizer, sgd  # as in torch: modules to import from, but no attributes

__all__ = ["SGD", "Optimizer"]
