"""The end of a path through the graph.   torch: torch/csrc/autograd/functions/accumulate_grad.h

Adds to pocket.py: a `.grad` that shares memory with nothing, leaves that are gone, and a `.grad` with a history.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from operator import iadd
from typing import Any

from minigrad.autograd.base import Gradient, TensorBase, private_copy, tensor_of, wrap
from minigrad.autograd.grad_mode import THREAD
from minigrad.autograd.hooks import call_post_hooks
from minigrad.autograd.node import Node


class AccumulateGrad(Node):
    """The node of a leaf: adds what arrives to the leaf's `.grad`."""

    __slots__ = ("array", "leaf", "version")

    # Called with the leaf after its .grad has changed.
    post_hooks: dict[int, Callable[[Any], Any]] | None = None

    def __init__(self, leaf: TensorBase) -> None:
        super().__init__(None, (), leaf.array)
        self.leaf: weakref.ref[Any] = weakref.ref(leaf)  # the leaf holds this node
        self.array, self.version = leaf.array, leaf.version

    def follow(self, leaf: TensorBase) -> None:
        """Take note of the leaf's memory, which is another one after `leaf.data = ...`."""
        self.array, self.version = leaf.array, leaf.version
        self.describe(leaf.array)

    def name(self) -> str:
        """torch's name, the one of its C++ class."""
        return "torch::autograd::AccumulateGrad"

    @property
    def variable(self) -> Any:
        """The leaf; where nobody holds it any more, another one with the same memory."""
        leaf = self.leaf()
        if leaf is None:
            leaf = tensor_of(self.array, self.version, self)
            self.leaf = weakref.ref(leaf)
        return leaf

    def backward(
        self, dz: Gradient, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """grad ← grad + dz: into the same tensor, or under create_graph into a new one with a history."""
        hooks = self.post_hooks
        leaf = self.variable if hooks else self.leaf()
        if leaf is not None and leaf.node is not None:  # else requires_grad was switched off after forward
            grad = leaf._grad
            if grad is None:
                leaf._grad = dz.clone() if on_tensors else wrap(private_copy(dz))
            elif on_tensors:
                leaf._grad = grad + dz
            else:
                THREAD.state.without_warnings(iadd, grad.array, dz)
                grad.version[0] += 1
        if hooks:
            call_post_hooks(leaf, tuple(hooks.values()))
        return ()
