"""Deep copies of tensors, and what pickle saves of one.   torch: torch/_tensor.py"""

from __future__ import annotations

import copy
from typing import Any

from minigrad.arrays.memory import at_the_same_place, owner_of
from minigrad.autograd.base import wrap

# The attributes that the library itself sets on a tensor.
_INNER = {"array", "_idle", "node", "version", "view_meta", "_grad"}


def deepcopy(self: Any, memo: dict[Any, Any]) -> Any:
    """A copy of a leaf, of its .grad and of the attributes that users set. RuntimeError for a tensor with a history."""
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
            "moment."
            "\nCopy tensor.detach() instead."
        )
    memo[id(self)] = twin = _rebuild(type(self), _copied(self.array, memo), self.requires_grad)
    twin._grad = copy.deepcopy(self._grad, memo)
    vars(twin).update(copy.deepcopy(_attributes(self), memo))
    return twin


def reduce(self: Any) -> Any:
    """What pickle saves. The array is a new view: pickle lets two tensors of one array share it, torch does not."""
    return _rebuild, (type(self), self.array.view(), self.requires_grad), _attributes(self) or None


def _attributes(tensor: Any) -> dict[str, Any]:
    """The attributes that users set on a tensor."""
    return {name: value for name, value in vars(tensor).items() if name not in _INNER}


def _copied(array: Any, memo: dict[Any, Any]) -> Any:
    """A copy of an array. Within one deepcopy, arrays that share memory share that of their copies."""
    owner = owner_of(array)
    if owner is array or not (owner.flags.c_contiguous or owner.flags.f_contiguous):
        return copy.deepcopy(array, memo)
    part = at_the_same_place(array, owner, copy.deepcopy(owner, memo))
    part.flags.writeable = array.flags.writeable
    return part


def _rebuild(cls: type, array: Any, requires_grad: bool) -> Any:
    tensor = wrap(array)
    tensor.__class__ = cls
    return tensor.requires_grad_(requires_grad)
