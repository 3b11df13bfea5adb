"""Steps with several outputs: a Function, or a function that returns several views, such as unbind.

Each output has an `OutputNode`, which passes its gradient on to the step under its number. What arrives at the step is
a `Parts` of these gradients.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from minigrad.autograd.base import Gradient
from minigrad.autograd.hooks import call_unreached_hooks
from minigrad.autograd.node import Node


class Parts(dict[int, Gradient]):
    """Gradients of some of a step's outputs, by number; they add up where both have one."""

    shape = dtype = strides = None  # a step with several outputs has no shape of its own

    def __add__(self, other: Parts) -> Parts:
        return Parts({**self, **other, **{i: self[i] + other[i] for i in self.keys() & other.keys()}})


class SeveralOutputs(Node):
    """A step with several outputs."""

    __slots__ = ("nodes",)

    def __init__(self, edges: Sequence[Node | None]) -> None:
        super().__init__(None, edges, Parts)
        self.nodes: list[
            Any
        ] = []  # weak references to the outputs' nodes, which hold this one; None: no gradient

    def name(self) -> str:
        """torch's name: each kind of step has a class of its own, so that `type(tensor.grad_fn)` says it, too."""
        return type(self).__name__

    def outputs_of(self, dz: Any) -> tuple[Any, ...]:
        """What arrived for each output."""
        parts = dz if isinstance(dz, Parts) else {0: dz}
        return tuple(parts.get(i) for i in range(len(self.nodes)))

    def arriving(self, gradients: Sequence[Any]) -> Parts:
        """What the engine would pass to backward."""
        return Parts({i: dz for i, dz in enumerate(gradients) if dz is not None})

    def add_output(self, array: Any) -> OutputNode:
        """Make the node of another output."""
        node = OutputNode(self, len(self.nodes), array)
        self.nodes.append(weakref.ref(node))
        return node

    def tell_unreached(self, arrived: Sequence[Any]) -> None:
        """Call the hooks of those outputs that the loss does not depend on, with None."""
        for part, node in zip(arrived, self.nodes, strict=True):
            if part is None and node is not None:
                call_unreached_hooks(node())


class OutputNode(Node):
    """One of several outputs: passes its gradient on under its number."""

    __slots__ = ("number",)

    def __init__(self, step: SeveralOutputs, number: int, array: Any) -> None:
        super().__init__(None, (step,), array)
        self.number = number

    def name(self) -> str:
        """The name of the step that it is an output of."""
        return self.source[0].name()

    @property
    def source(self) -> tuple[Node, int]:
        """The step, and the number."""
        step = self.edges[0]
        assert step is not None
        return step, self.number

    def backward(
        self, dz: Gradient, on_tensors: bool, wanted: set[Node] | None = None
    ) -> Sequence[Gradient | None]:
        """dz, labelled."""
        return (Parts({self.number: dz}),)
