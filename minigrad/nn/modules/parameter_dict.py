"""A dict of parameters.   torch: torch/nn/modules/container.py"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, KeysView, Mapping
from typing import Any

from minigrad.nn.modules.container import in_pairs, summary
from minigrad.nn.modules.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.tensors.tensor import Tensor

__all__ = ["ParameterDict"]


class ParameterDict(Module):
    """A dict that registers its parameters by key. A tensor becomes a Parameter. Other values stay as they are.

    A plain dict is taken in the order of its sorted keys, anything else in its own. Raises TypeError for a key that is
    not a string. torch: torch.nn.ParameterDict.
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, _checked(key))

    def __setitem__(self, key: str, value: Any) -> None:
        self._keys[_checked(key)] = None
        wrapped = isinstance(value, Parameter) or not isinstance(value, Tensor)
        setattr(self, key, value if wrapped else Parameter(value))

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def __or__(self, other: ParameterDict) -> ParameterDict:
        both = self.copy()
        both.update(other)
        return both

    def __ror__(self, other: Any) -> Any:
        both = other.copy()
        both.update(self)
        return both

    def __ior__(self, other: ParameterDict) -> ParameterDict:
        self.update(other)
        return self

    def keys(self) -> KeysView[str]:
        """The keys."""
        return self._keys.keys()

    def values(self) -> Iterable[Any]:
        """The values, in the order of the keys."""
        return (self[key] for key in self._keys)

    def items(self) -> Iterable[tuple[str, Any]]:
        """Pairs of a key and its value."""
        return ((key, self[key]) for key in self._keys)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or the default."""
        return getattr(self, key) if key in self else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value of a key, which becomes the default if there was none."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Remove a key and return its value."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Remove the last key; return it and its value."""
        if not self._keys:
            raise KeyError("popitem(): dictionary is empty")
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def clear(self) -> None:
        """Remove all."""
        for key in list(self._keys):
            del self[key]

    def copy(self) -> ParameterDict:
        """Another ParameterDict with the same values."""
        return ParameterDict(self.items())

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A ParameterDict with these keys, each with the default."""
        return ParameterDict((key, default) for key in keys)

    def update(self, parameters: Any) -> None:
        """Add the values of a mapping or of pairs. A value replaces another of the same key."""
        if not isinstance(parameters, Iterable):
            raise TypeError(
                "ParametersDict.update should be called with an iterable of key/value pairs, but got "
                f"{type(parameters).__name__}"
            )
        if isinstance(parameters, Mapping) and not isinstance(parameters, OrderedDict):
            parameters = sorted(parameters.items())
        elif isinstance(parameters, (Mapping, ParameterDict)):
            parameters = parameters.items()
        for key, value in in_pairs("ParameterDict", parameters):
            self[key] = value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raises RuntimeError: a ParameterDict cannot be called."""
        raise RuntimeError("ParameterDict should not be called.")

    def extra_repr(self) -> str:
        """The text in the parentheses of repr: one line for each key."""
        return "\n".join(f"  ({key}): {summary(value, lambda x: x.type())}" for key, value in self.items())


def _checked(key: Any) -> str:
    """A key that is a string. Raises TypeError for another one."""
    if not isinstance(key, str):
        raise TypeError(
            "Index given to ParameterDict cannot be used as a key as it is not a string (type is "
            f"'{type(key).__name__}'). Open an issue on github if you need non-string keys."
        )
    return key
