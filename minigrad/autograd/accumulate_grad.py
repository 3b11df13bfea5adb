"""The end of a path through the graph.   torch: torch/csrc/autograd/functions/accumulate_grad.h

Adds to pocket.py: a `.grad` that shares memory with nothing and lies in memory as the leaf does, leaves that were
freed, and a `.grad` with a history.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from operator import iadd
from typing import Any

import numpy as np

from minigrad.arrays.device import is_dense
from minigrad.arrays.memory import has_own_memory
from minigrad.autograd.base import (
    Array,
    Gradient,
    TensorBase,
    contiguous_clone,
    private_copy,
    tensor_of,
    wrap,
)
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
        self.follow(leaf)

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
                leaf._grad = copy_as_leaf(dz, leaf.array) if on_tensors else wrap(as_leaf(dz, leaf.array))
            elif on_tensors:
                leaf._grad = grad + dz
            else:
                THREAD.state.without_warnings(iadd, grad.array, dz)
                grad.version[0] += 1
        if hooks:
            call_post_hooks(leaf, tuple(hooks.values()))
        return ()


def as_leaf(dx: Array, leaf: Array) -> Array:
    """dx in memory that nothing else sees, in the order of the leaf's.   torch: utils/grad_layout_contract.h

    A leaf whose memory has gaps, or repeats an element, gets a gradient that lies row after row.
    """
    contiguous = dx.flags.c_contiguous or dx.flags.f_contiguous
    if (contiguous and dx.strides == leaf.strides) or dx.shape != leaf.shape:
        return private_copy(dx)
    z = np.empty_like(leaf, dtype=dx.dtype, order="K" if is_dense(leaf) else "C")
    if has_own_memory(dx) and same_order(dx, z):
        return dx
    z[...] = dx
    return z


def copy_as_leaf(dz: Any, leaf: Array) -> Any:
    """A copy of a Tensor, with a history, in the order of the leaf's memory."""
    return wrap(np.empty_like(leaf)).copy_(dz) if is_dense(leaf) else contiguous_clone(dz)


def same_order(x: Array, y: Array) -> bool:
    """Whether two arrays of one shape lie in memory in the same order. An axis of size 1 has no order."""
    return all(n == 1 or a == b for n, a, b in zip(x.shape, x.strides, y.strides, strict=True))
