"""Optimizers: they change the parameters with the help of the gradients.   torch: torch/optim/__init__.py

sgd.py does the arithmetic: w ← w - lr·g, and before it momentum and the other options, in torch's order. optimizer.py
keeps the groups of parameters, their options and their state.
"""

from minigrad.optim import optimizer, sgd
from minigrad.optim.optimizer import Optimizer
from minigrad.optim.sgd import SGD

del optimizer, sgd  # as in torch: both modules can be imported, but neither is an attribute

__all__ = ["SGD", "Optimizer"]
