"""Layers, containers and losses.   torch: torch/nn/__init__.py

Read module.py first: a Module is a tree of named parameters. Then linear.py, activation.py, containers.py,
loss.py; what they compute is in functional.py, how they begin in init.py.
"""

from minigrad.nn import functional, init
from minigrad.nn.activation import Dropout, Identity, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from minigrad.nn.containers import ModuleList, Sequential
from minigrad.nn.linear import Flatten, Linear
from minigrad.nn.loss import CrossEntropyLoss, NLLLoss
from minigrad.nn.module import Module, Parameter

__all__ = [
    "CrossEntropyLoss", "Dropout", "Flatten", "Identity", "Linear", "LogSoftmax", "Module", "ModuleList", "NLLLoss",
    "Parameter", "ReLU", "Sequential", "Sigmoid", "Softmax", "Tanh", "functional", "init",
]  # fmt: skip
