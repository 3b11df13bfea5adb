"""Help for names that minigrad does not have.   torch: nothing like it

The first line is Python's. The second names the same thing here, under this name elsewhere or under another name
(SYNONYMS); else it tells of which family the name is and what of it is there (hints.py); else it names what is spelt
most alike, for it may be a typing error. It ends with the page that lists all names.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, NoReturn

# Where else a name may be found, in this order.
SPACES = (
    "", "nn", "nn.functional", "optim", "optim.lr_scheduler", "autograd", "nn.init", "nn.utils", "utils.data", "Tensor",
)  # fmt: skip

# Names of PyTorch that minigrad does not have, and its name for the same thing.
SYNONYMS = {
    "absolute_": "Tensor.abs_", "negative_": "Tensor.neg_", "clip_": "Tensor.clamp_", "multiply_": "Tensor.mul_",
    "subtract_": "Tensor.sub_", "divide_": "Tensor.div_", "true_divide_": "Tensor.div_",
}  # fmt: skip

EMPTY: Mapping[str, str] = MappingProxyType({})

PAGE = "COVERAGE.md lists what minigrad has of PyTorch"


def module_getattr(
    module: str, *later: str, homes: Mapping[str, str] = EMPTY, parts: Mapping[str, str] = EMPTY
) -> Callable[[str], Any]:
    """`__getattr__` of a module. Python calls it for a name that the module does not have.

    The submodules in `later`, the modules in `parts`, and those in `homes`, which tells for a name where it is, are
    imported at the first use, so that `import minigrad` is fast.
    """

    def not_found(name: str) -> Any:
        if name in later:
            return importlib.import_module(f"{module}.{name}")
        if name in parts:
            return importlib.import_module(parts[name])
        if name in homes:
            value = getattr(importlib.import_module(homes[name]), name)
            setattr(sys.modules[module], name, value)  # from now on Python finds it
            return value
        space = module.partition(".")[2]
        text = f"module {module!r} has no attribute {name!r}" + help_with(space, name)
        raise AttributeError(text, name=name, obj=None)  # of None, Python suggests no name of its own

    return not_found


def open_doors(module: ModuleType, homes: Mapping[str, str], parts: Mapping[str, str] = EMPTY) -> None:
    """Give a module `__getattr__`, and what it imports later as its own names."""
    here = vars(module)
    here["__getattr__"] = module_getattr(module.__name__, homes=homes, parts=parts)
    here["__dir__"] = lambda: sorted({*here, *homes, *parts})
    if "__all__" in here:
        here["__all__"] = [*here["__all__"], *homes]


class Finder:
    """Finds the modules in `parts` for Python, so that `import minigrad.func` gives what the name minigrad.func is.

    Python asks it last, for what it has not found itself; then it is the loader, too.
    """

    def __init__(self, parts: Mapping[str, Mapping[str, str]]) -> None:
        self.parts = parts

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """How to import the module, or None if it is not in the table."""
        parent, _, last = name.rpartition(".")
        loader: Any = self
        return importlib.util.spec_from_loader(name, loader) if last in self.parts.get(parent, ()) else None

    def create_module(self, spec: Any) -> ModuleType:
        """The module itself, from the file that has it."""
        parent, _, last = spec.name.rpartition(".")
        module = importlib.import_module(self.parts[parent][last])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: Any) -> None:
        """Nothing runs twice. The module keeps the name and the file under which it was first imported."""
        module.__spec__ = module.__spec__.loader_state


def tensor_getattr(tensor: Any, name: str) -> NoReturn:
    """`__getattr__` of Tensor."""
    text = f"{type(tensor).__name__!r} object has no attribute {name!r}" + help_with("Tensor", name)
    raise AttributeError(text, name=name, obj=None)


def help_with(space: str, name: str) -> str:
    """The second line of the message. Names with an underscore get none: Python and NumPy often ask for them."""
    if name.startswith("_"):
        return ""
    return f"\n{told(space, name)}{PAGE}"


def told(space: str, name: str) -> str:
    """What is known of the name: its first answer of several."""
    from minigrad.tensors.hints import hint  # here, for the sake of a quick import minigrad

    if f"{name}_" in names(space):  # nn.init and nn.utils have it under torch's later name
        return f"Here it is {_written(space, f'{name}_')}. "
    if same := find_same(name):
        return f"Here it is {same}. "
    if name.endswith("_") and name[:-1] in names("Tensor"):
        return f"It does not change x in place: write x = x.{name[:-1]}(...). "
    if said := hint(name, [each for space in SPACES for each in names(space)]):
        return f"{said} "
    alike = find_alike(space, name)
    return f"Spelt alike: {alike}. " if alike else ""


def find_same(name: str) -> str | None:
    """The same thing in minigrad, as a program would write it."""
    for other in SPACES:
        if name in names(other):
            return _written(other, name)
    return _written("", SYNONYMS[name]) if name in SYNONYMS else None


def find_alike(space: str, name: str) -> str | None:
    """The name of this part of minigrad that differs by a slip of the finger: in case, or in a letter of five."""
    from difflib import get_close_matches

    alike = {each.lower(): each for each in names(space) if each[0].lower() == name[0].lower()}
    cutoff = min(1 - 1.1 / len(name), 0.9) if len(name) > 4 else 1.0
    found = get_close_matches(name.lower(), alike, n=1, cutoff=cutoff)
    return _written(space, alike[found[0]]) if found else None


@cache  # hasattr of many names, as libraries ask, would list them anew each time
def names(space: str) -> list[str]:
    """The public names of a part of minigrad. Of its modules only those that torch has too."""
    path = f"minigrad.{space}".rstrip(".")
    if space != "Tensor" and importlib.util.find_spec(path) is None:
        return []
    here: Any = sys.modules["minigrad"].Tensor if space == "Tensor" else importlib.import_module(path)
    every = [name for name in getattr(here, "__all__", dir(here)) if not name.startswith("_")]
    return [name for name in every if name in SPACES or not isinstance(getattr(here, name), ModuleType)]


def _written(space: str, name: str) -> str:
    path = f"{space}.{name}".lstrip(".")
    return path if path.startswith("Tensor.") else f"minigrad.{path}"
