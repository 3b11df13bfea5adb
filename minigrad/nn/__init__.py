"""Layers, containers and losses.   torch: torch/nn/__init__.py

Read module.py first: a Module is a tree of named parameters. Then linear.py, activation.py, containers.py,
loss.py; what they compute is in functional.py, how they begin in init.py.
"""

from . import functional, init
from .activation import Dropout, Identity, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from .containers import ModuleList, Sequential
from .linear import Flatten, Linear
from .loss import CrossEntropyLoss, NLLLoss
from .module import Module, Parameter

__all__ = [
    "CrossEntropyLoss", "Dropout", "Flatten", "Identity", "Linear", "LogSoftmax", "Module", "ModuleList", "NLLLoss",
    "Parameter", "ReLU", "Sequential", "Sigmoid", "Softmax", "Tanh", "functional", "init",
]  # fmt: skip
