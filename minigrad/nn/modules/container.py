"""Containers: modules that hold other modules.   torch: torch/nn/modules/container.py

Adds to pocket.py: Sequential as a list that can be indexed and changed, ModuleList, ModuleDict and ParameterList.
"""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from itertools import groupby
from typing import Any, TypeVar

from minigrad.nn.modules.module import Module, indented
from minigrad.nn.parameter import Parameter
from minigrad.tensors.tensor import Tensor

N = TypeVar("N", bound="_Numbered")


class _Numbered(Module):
    """The common base of Sequential and ModuleList: a module whose children are named "0", "1", "2" ..."""

    def _name(self, index: Any) -> str:
        index = operator.index(index)
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        return list(self._modules)[index]

    def _number(self, modules: Iterable[Any]) -> None:
        numbered = {str(i): module for i, module in enumerate(modules)}
        self._modules.clear()
        self._modules.update(numbered)

    def __getitem__(self, key: Any) -> Any:
        return self._modules[self._name(key)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), module)

    def __delitem__(self, key: Any) -> None:
        left = list(self)
        del left[key if isinstance(key, slice) else list(self._modules).index(self._name(key))]
        self._number(left)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def append(self: N, module: Module) -> N:
        """Add one at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self: N, modules: Iterable[Module]) -> N:
        """Add several at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self: N, index: int, module: Module) -> N:
        """Add one before position index."""
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        self.append(module)
        *modules, module = self
        modules.insert(index, module)
        self._number(modules)
        return self

    def pop(self, key: Any) -> Any:
        """Remove the module at a position, or those of a slice, and return it."""
        removed = self[key]
        del self[key]
        return removed


class Sequential(_Numbered):
    """Modules that are called one after the other. Each receives the output of the one before.

    The arguments are modules, or one OrderedDict of names and modules. Raises TypeError if one is not a Module.
    torch: torch.nn.Sequential.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            self.extend(args)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):  # the modules keep their names
            return type(self)(OrderedDict(list(self._modules.items())[key]))
        return super().__getitem__(key)

    def forward(self, input: Any) -> Any:
        """Call all modules in order, and return the output of the last one. An error names the module."""
        for name, module in self._modules.items():
            try:
                input = module(input)
            except Exception as error:
                error.add_note("in layer {}: {}".format(name, str(module).partition("(\n")[0]))
                raise
        return input

    def insert(self, index: int, module: Module) -> Sequential:
        """Add a module before position index. Raises AssertionError if it is not a Module."""
        assert isinstance(module, Module), f"module should be of type: {Module}"
        return super().insert(index, module)

    def extend(self, sequential: Iterable[Module]) -> Sequential:
        """Add several at the end."""
        return super().extend(sequential)

    def __add__(self, other: Any) -> Sequential:
        return Sequential(*self).__iadd__(other)

    def __iadd__(self, other: Any) -> Sequential:
        if not isinstance(other, Sequential):
            raise ValueError(
                f"add operator supports only objects of Sequential class, but {type(other)} is given."
            )
        return self.extend(other)

    def __mul__(self, other: int) -> Sequential:
        """Repeat the same modules, which then share their parameters."""
        return Sequential(*self).__imul__(other)

    __rmul__ = __mul__

    def __imul__(self, other: int) -> Sequential:
        if not isinstance(other, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(other)}")
        if other <= 0:
            raise ValueError(f"Non-positive multiplication factor {other} for {type(self)}")
        return self.extend(list(self) * (other - 1))


class ModuleList(_Numbered):
    """A list that registers its modules, so that their parameters are found, moved and saved. It cannot be called.

    A Module does not register the modules of a plain Python list: use a ModuleList instead. Raises TypeError if an item
    is not a Module or if modules is not iterable. torch: torch.nn.ModuleList.
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, key: Any) -> Any:
        return type(self)(list(self)[key]) if isinstance(key, slice) else super().__getitem__(key)

    def extend(self, modules: Iterable[Module]) -> ModuleList:
        """Add several at the end."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"ModuleList.extend should be called with an iterable, but got {type(modules).__name__}\n"
                "Pass a list: ModuleList([layer])."
            )
        return super().extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList(self).extend(list(other))

    def __iadd__(self, other: Iterable[Module]) -> ModuleList:
        return self.extend(other)

    def __repr__(self) -> str:
        """Neighbours with the same repr are written once, with their count."""
        lines, start = [], 0
        for text, equal in groupby(repr(module) for module in self):
            count = len(list(equal))
            key = f"({start})" if count == 1 else f"({start}-{start + count - 1})"
            lines.append(f"{key}: {'' if count == 1 else f'{count} x '}{indented(text)}")
            start += count
        return f"{type(self).__name__}(" + ("\n  " + "\n  ".join(lines) + "\n" if lines else "") + ")"


class ModuleDict(Module):
    """A dictionary that registers its modules. It cannot be called.

    The argument is a mapping, or an iterable of pairs of name and module. Raises KeyError if a name is empty, contains
    "." or is the name of an attribute, TypeError if a module is not a Module. torch: torch.nn.ModuleDict.
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[Any] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> ValuesView[Any]:
        """The modules."""
        return self._modules.values()

    def items(self) -> ItemsView[str, Any]:
        """The names and modules."""
        return self._modules.items()

    def pop(self, key: str) -> Any:
        """Remove a module and return it."""
        return self._modules.pop(key)

    def clear(self) -> None:
        """Remove all modules."""
        self._modules.clear()

    def update(self, modules: Mapping[str, Module] | Iterable[Any]) -> None:
        """Add the modules of a mapping or of pairs. A module replaces another of the same name."""
        if not isinstance(modules, Iterable):
            kind = type(modules).__name__
            raise TypeError(
                f"ModuleDict.update should be called with an iterable of key/value pairs, but got {kind}"
            )
        pairs = modules.items() if isinstance(modules, (Mapping, ModuleDict)) else modules
        for key, module in in_pairs("ModuleDict", pairs):
            self[key] = module


def in_pairs(name: str, pairs: Iterable[Any]) -> Iterator[list[Any]]:
    """Each pair as a list. Raises TypeError or ValueError for what is none; `name` is the class that is updated."""
    for i, pair in enumerate(pairs):
        where = f"{name} update sequence element #{i}"
        if not isinstance(pair, Iterable):
            raise TypeError(f"{where} should be Iterable; is{type(pair).__name__}")
        both = list(pair)
        if len(both) != 2:
            raise ValueError(f"{where} has length {len(both)}; 2 is required")
        yield both


class ParameterList(Module):
    """A list that registers its parameters. A tensor becomes a Parameter. Other items stay as they are.

    torch: torch.nn.ParameterList.
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name(self, index: Any) -> str:
        index = operator.index(index)
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        return str(index % len(self))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return type(self)(list(self)[key])
        return getattr(self, self._name(key))

    def __setitem__(self, index: int, param: Any) -> None:
        wrapped = isinstance(param, Parameter) or not isinstance(param, Tensor)
        setattr(self, self._name(index), param if wrapped else Parameter(param))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def append(self, value: Any) -> ParameterList:
        """Add one at the end."""
        self._size += 1
        self[-1] = value
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Add several at the end."""
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            kind = type(values).__name__
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {kind}")
        for value in list(values):
            self.append(value)
        return self

    __iadd__ = extend

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raises RuntimeError: a ParameterList cannot be called."""
        raise RuntimeError("ParameterList should not be called.")

    def extra_repr(self) -> str:
        """The text in the parentheses of repr: one line for each item."""
        return "\n".join(f"  ({i}): {summary(value, lambda x: x.dtype)}" for i, value in enumerate(self))


def summary(value: Any, type_of: Callable[[Tensor], Any]) -> str:
    """The description of one item in the repr of a ParameterList or ParameterDict."""
    if not isinstance(value, Tensor):
        return f"Object of type: {type(value).__name__}"
    kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
    where = f" ({value.device})" if value.is_cuda else ""
    return f"{kind} containing: [{type_of(value)} of size {'x'.join(map(str, value.shape))}{where}]"
