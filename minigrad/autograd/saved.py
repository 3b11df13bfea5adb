"""What backward needs of the forward pass.   torch: torch/csrc/autograd/saved_variable.h"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minigrad.autograd.base import Array, tensor_of
from minigrad.autograd.grad_mode import INFERENCE
from minigrad.autograd.misuse import SAVED_INFERENCE, modified

OUTPUT = 0  # in place of a node: the tensor is the first output of the node that saves it


class Saved:
    """A tensor that backward needs, and how often it had been changed in place when it was saved.

    It holds the array, not the Tensor. `node` is the one that made the tensor. An output of the very node that saves
    it has a number there instead, for a node that held itself would never be freed.
    """

    __slots__ = ("array", "count", "node", "version")

    def __init__(self, array: Array, version: list[Any], node: Any) -> None:
        if version is INFERENCE:
            raise RuntimeError(SAVED_INFERENCE)
        self.array, self.version, self.count, self.node = array, version, version[0], node

    def unpack(self, owner: Any, as_tensor: bool) -> Any:
        """The array, or the Tensor that it was; RuntimeError if it was changed in place since."""
        if self.version[0] != self.count:
            raise modified(self, owner)
        return tensor_of(self.array, self.version, self.source(owner)) if as_tensor else self.array

    def source(self, owner: Any) -> Any:
        """The node that made the tensor; None if it wants no gradient. `owner` is the node that saved it."""
        return owner.output(self.node) if type(self.node) is int else self.node


class Key(tuple[Any, ...]):
    """Where an op looks: slices and arrays, as NumPy takes them, and the Tensors that the arrays belong to.

    A node that saves a key saves these Tensors too, so that a change of them is noticed.
    """

    tensors: tuple[Any, ...]

    def __new__(cls, items: Iterable[Any], tensors: Iterable[Any]) -> Key:
        """The items are NumPy's; the tensors are Tensors."""
        key = super().__new__(cls, items)
        key.tensors = tuple(tensors)
        return key

    def saved_tensors(self, name: str) -> dict[str, Saved]:
        """The Tensors of a key that a node saves by this name."""
        return {f"{name}[{i}]": Saved(t.array, t.version, t.node) for i, t in enumerate(self.tensors)}
