"""Layers, containers and losses, one file for each kind.   torch: torch/nn/modules/__init__.py"""

from minigrad.nn.modules.activation import LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from minigrad.nn.modules.container import ModuleDict, ModuleList, ParameterList, Sequential
from minigrad.nn.modules.dropout import Dropout
from minigrad.nn.modules.flatten import Flatten
from minigrad.nn.modules.lazy import LazyLinear
from minigrad.nn.modules.linear import Identity, Linear
from minigrad.nn.modules.loss import CrossEntropyLoss, MSELoss, NLLLoss
from minigrad.nn.modules.module import Module

__all__ = [
    "CrossEntropyLoss", "Dropout", "Flatten", "Identity", "LazyLinear", "Linear", "LogSoftmax", "MSELoss", "Module",
    "ModuleDict", "ModuleList", "NLLLoss", "ParameterList", "ReLU", "Sequential", "Sigmoid", "Softmax", "Tanh",
]  # fmt: skip
