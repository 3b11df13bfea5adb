"""Help for names that minigrad does not have.   torch: nothing like it

The first line is Python's. The second names the same thing here, under this name elsewhere or under another name
(SYNONYMS); else the name that is spelt most alike, for it may be a typing error. It ends with the page that lists all
names. No name is suggested for its meaning: a student who asks for Adam is not helped by SGD.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

# Where else a name may be found, in this order.
SPACES = ("", "nn", "nn.functional", "optim", "autograd", "nn.init", "nn.utils", "utils.data", "Tensor")

# Names of PyTorch that minigrad does not have, and its name for the same thing.
SYNONYMS = {
    "greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le", "not_equal": "ne", "true_divide": "div",
    "fix": "trunc", "sgn": "sign", "ger": "outer", "vdot": "dot", "row_stack": "vstack", "adjoint": "Tensor.mT",
    "absolute_": "Tensor.abs_", "negative_": "Tensor.neg_", "clip_": "Tensor.clamp_", "multiply_": "Tensor.mul_",
    "subtract_": "Tensor.sub_", "divide_": "Tensor.div_", "true_divide_": "Tensor.div_",
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
    same = find_same(name)
    alike = None if same else find_alike(space, name)
    said = f"Here it is {same}. " if same else f"Spelt alike: {alike}. " if alike else ""
    return f"\n{said}{PAGE}"


def find_same(name: str) -> str | None:
    """The same thing in minigrad, as a program would write it."""
    for other in SPACES:
        if name in names(other):
            return _written(other, name)
    return _written("", SYNONYMS[name]) if name in SYNONYMS else None


def find_alike(space: str, name: str) -> str | None:
    """The name of this part of minigrad that is spelt most alike."""
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
