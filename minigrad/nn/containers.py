"""Modules made of modules.   torch: torch/nn/modules/container.py"""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, TypeVar

from minigrad.nn.module import Module, indented

N = TypeVar("N", bound="_Numbered")


class _Numbered(Module):
    """Children named "0", "1", "2" ...: what Sequential and ModuleList share."""

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
    """Modules that are called one after the other, each on what the one before returned.

    Takes modules, or one OrderedDict of names and modules. TypeError for what is no Module.
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
        if isinstance(key, slice):  # the parts keep their names
            return type(self)(OrderedDict(list(self._modules.items())[key]))
        return super().__getitem__(key)

    def forward(self, input: Any) -> Any:
        """The last module's output."""
        for module in self:
            input = module(input)
        return input

    def __add__(self, other: Any) -> Sequential:
        return Sequential(*self).__iadd__(other)

    def __iadd__(self, other: Any) -> Sequential:
        if not isinstance(other, Sequential):
            raise ValueError(
                f"add operator supports only objects of Sequential class, but {type(other)} is given."
            )
        return self.extend(other)


class ModuleList(_Numbered):
    """A list whose modules are registered: their parameters are found, moved and saved. Not callable.

    A plain Python list of modules is not seen by parameters(): this is what to use instead.
    TypeError for what is no Module, or no iterable. torch: torch.nn.ModuleList.
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
        """Equal neighbours are written once, with their number."""
        lines, start = [], 0
        for text, equal in groupby(repr(module) for module in self):
            count = len(list(equal))
            key = f"({start})" if count == 1 else f"({start}-{start + count - 1})"
            lines.append(f"{key}: {'' if count == 1 else f'{count} x '}{indented(text)}")
            start += count
        return f"{type(self).__name__}(" + ("\n  " + "\n  ".join(lines) + "\n" if lines else "") + ")"
