"""Nodes: what an op leaves behind for backward.   torch: torch/csrc/autograd/function.h

Adds to pocket.py: the shape and the type that a gradient must have, and hooks.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.autograd import anomaly
from minigrad.autograd.base import Array, Gradient
from minigrad.autograd.grad_mode import THREAD
from minigrad.autograd.misuse import TWICE
from minigrad.autograd.node_hooks import Hookable
from minigrad.autograd.saved import Saved

_age = itertools.count()  # of nodes: each op is younger than its inputs, so age is a topological order


class Node(Hookable):
    """One step of the recorded program: `tensor.grad_fn`.

    Holds the nodes of its inputs, what its op's rules need, and the shape and type of its output. It never holds
    the output, which holds the node: there are no cycles, and a graph is freed with the last tensor that needs it.
    """

    __slots__ = ("__dict__", "__weakref__", "age", "dtype", "edges", "op", "saved", "shape", "strides")

    saved: Any  # what backward needs, in the subclass's own form; None once it was freed

    # Hooks and traces are rare, so they have no slot: a node gets a __dict__ only when it needs one.
    hooks: dict[int, Callable[[Any], Any]] | None = None  # of the tensor that the node made
    retained: weakref.ref[Any] | None = None  # the tensor that asked to keep its .grad
    trace: str | None = None  # the call that made it, under anomaly detection

    def __init__(self, op: Any, edges: Sequence[Node | None], output: Any) -> None:
        self.op, self.edges, self.saved, self.age = op, edges, (), next(_age)
        self.shape, self.dtype, self.strides = output.shape, output.dtype, output.strides
        if anomaly.Mode.enabled:
            self.trace = anomaly.callers()

    # backward(dz, on_tensors, wanted): the chain rule, a gradient for every input that wants one
    backward: Callable[..., Sequence[Gradient | None]]

    def release(self) -> None:
        """Let go of what was saved. The edges stay."""
        self.saved = None

    def describe(self, output: Array) -> None:
        """Take note of the shape and type of the output, as the gradient must have them, and of its strides."""
        self.shape, self.dtype, self.strides = output.shape, output.dtype, output.strides

    @property
    def stride(self) -> tuple[int, ...]:
        """The strides of the output, in elements as torch counts them."""
        size = self.dtype.itemsize
        return tuple([s // size for s in self.strides])

    def name(self) -> str:
        """torch's name for this step, such as MulBackward0."""
        return str(self.op.node_name)

    def output(self, number: int) -> Node | None:
        """The node of an output: an op has one output, whose node is this one."""
        return self

    @property
    def source(self) -> tuple[Node, int]:
        """The node that users see, and which of its outputs this one stands for."""
        return self, 0

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, each with the number of the output that was used, as in torch."""
        bias = self.edges[2:] if getattr(self.op, "transposed", None) else []  # torch's addmm takes it first
        edges = (*filter(None, bias), *self.edges[: len(self.edges) - len(bias)])
        return tuple((None, 0) if edge is None else edge.source for edge in edges)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"


class OpNode(Node):
    """The node of an op. Each op has a subclass, where saved values have torch's names, such as `_saved_self`."""

    __slots__ = ("freed",)

    saved: dict[str, Any] | None  # by name: a Saved for a tensor, anything else as it is
    freed: bool

    def backward(
        self, dz: Gradient, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """The rules at work: dx for every input that wants one, of `wanted` if that is given."""
        if self.saved is None:
            raise RuntimeError(TWICE)
        values = {"dz": dz}
        for name, value in self.saved.items():
            values[name] = value.unpack(self, on_tensors) if type(value) is Saved else value
        if not on_tensors:
            return THREAD.state.without_warnings(self.op.gradients, self.edges, values, wanted)
        with np.errstate(all="ignore"):
            return self.op.gradients(self.edges, values, wanted)

    def release(self) -> None:
        """Let go of saved tensors."""
        if self.freed:
            self.saved = None

    def look_up(self, name: str) -> Any:
        """A saved value, as the Tensor that it was; None if it was not needed."""
        if self.saved is None:
            raise RuntimeError(TWICE)
        value = self.saved.get(name)
        return value.unpack(self, True) if isinstance(value, Saved) else value
