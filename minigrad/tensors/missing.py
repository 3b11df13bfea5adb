"""Help for names that minigrad does not have.   torch: nothing like it

The first line is Python's. The second names the nearest thing here: the same name elsewhere, else what a
student would use instead (NEAREST), else the name that is spelt most alike; and the page that lists all.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

# Where else a name may be found, in this order.
SPACES = ("", "nn", "nn.functional", "optim", "autograd", "nn.init", "nn.utils", "utils.data", "Tensor")

# What to use instead of the names that students try first: by meaning, for spelling would mislead.
NEAREST = {
    "einsum": "matmul", "tensordot": "matmul", "baddbmm": "bmm",
    "addmm": "nn.functional.linear", "bfloat16": "float16", "complex64": "float32",
    "complex128": "float64", "autocast": "Tensor.half", "vmap": "autograd.grad", "func": "autograd.grad",
    "Conv1d": "nn.Linear", "Conv2d": "nn.Linear", "Conv3d": "nn.Linear", "LazyLinear": "nn.Linear",
    "MaxPool2d": "Tensor.amax", "AvgPool2d": "Tensor.mean", "Dropout1d": "nn.Dropout", "Dropout2d": "nn.Dropout",
    "GELU": "nn.ReLU", "LeakyReLU": "nn.ReLU", "SiLU": "nn.ReLU", "ELU": "nn.ReLU", "PReLU": "nn.ReLU",
    "ReLU6": "nn.ReLU", "Softplus": "nn.ReLU", "Hardtanh": "nn.Tanh", "LogSigmoid": "nn.Sigmoid",
    "Softmin": "nn.Softmax", "BCELoss": "nn.CrossEntropyLoss", "BCEWithLogitsLoss": "nn.CrossEntropyLoss",
    "KLDivLoss": "nn.CrossEntropyLoss", "ParameterDict": "nn.ParameterList",
    "conv1d": "nn.functional.linear", "conv2d": "nn.functional.linear", "max_pool2d": "Tensor.amax",
    "avg_pool2d": "Tensor.mean", "dropout2d": "nn.functional.dropout", "gelu": "nn.functional.relu",
    "leaky_relu": "nn.functional.relu", "silu": "nn.functional.relu", "elu": "nn.functional.relu",
    "softplus": "nn.functional.relu", "logsigmoid": "nn.functional.sigmoid", "softmin": "nn.functional.softmax",
    "gumbel_softmax": "nn.functional.softmax", "scaled_dot_product_attention": "nn.functional.softmax",
    "binary_cross_entropy": "nn.functional.cross_entropy", "kl_div": "nn.functional.cross_entropy",
    "binary_cross_entropy_with_logits": "nn.functional.cross_entropy",
    "Adam": "optim.SGD", "AdamW": "optim.SGD", "RMSprop": "optim.SGD", "Adagrad": "optim.SGD",
    "Adadelta": "optim.SGD", "LBFGS": "optim.SGD", "lr_scheduler": "optim.Optimizer",
}  # fmt: skip

PAGE = "COVERAGE.md lists what minigrad has of PyTorch"  # Python may add ". Did you mean: ...?"


def module_getattr(module: str) -> Callable[[str], NoReturn]:
    """`__getattr__` of a module. Python calls it for a name that the module does not have."""

    def not_found(name: str) -> NoReturn:
        space = module.partition(".")[2]
        text = f"module {module!r} has no attribute {name!r}" + help_with(space, name)
        raise AttributeError(text, name=name, obj=sys.modules.get(module))

    return not_found


def tensor_getattr(tensor: Any, name: str) -> NoReturn:
    """`__getattr__` of Tensor."""
    text = f"{type(tensor).__name__!r} object has no attribute {name!r}" + help_with("Tensor", name)
    raise AttributeError(text, name=name, obj=tensor)


def help_with(space: str, name: str) -> str:
    """The second line of the message. Names with an underscore get none: Python and NumPy often ask for them."""
    if name.startswith("_"):
        return ""
    nearest = find_nearest(space, name)
    return "\n" + (f"Nearest here: {nearest}. " if nearest else "") + PAGE


def find_nearest(space: str, name: str) -> str | None:
    """The nearest name in minigrad, as a program would write it."""
    for other in SPACES:
        if name in names(other):
            return _written(other, name)
    if name in NEAREST:
        return _written("", NEAREST[name])
    from difflib import get_close_matches

    alike = {each.lower(): each for each in names(space)}
    found = get_close_matches(name.lower(), alike, n=1, cutoff=0.75)
    return _written(space, alike[found[0]]) if found else None


def names(space: str) -> list[str]:
    """The public names of a part of minigrad. Of its modules only those that torch has too."""
    path = f"minigrad.{space}".rstrip(".")
    here: Any = sys.modules["minigrad"].Tensor if space == "Tensor" else importlib.import_module(path)
    every = [name for name in getattr(here, "__all__", dir(here)) if not name.startswith("_")]
    return [name for name in every if name in SPACES or not isinstance(getattr(here, name), ModuleType)]


def _written(space: str, name: str) -> str:
    path = f"{space}.{name}".lstrip(".")
    return path if path.startswith("Tensor.") else f"minigrad.{path}"
