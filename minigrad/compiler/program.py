"""A recorded step: when it may run, and what it gives."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from minigrad.arrays.kernels import without_warnings
from minigrad.arrays.memory import at_the_same_place
from minigrad.autograd.base import wrap
from minigrad.compiler.graph import Graph, Spent
from minigrad.compiler.recorded import Array, owner_of, set_grad
from minigrad.compiler.recording import ANYTHING, Recording
from minigrad.compiler.text import Summary, Text
from minigrad.tensors.tensor import Tensor


class Program:
    """What a recording came to: a function of arrays, the output, and all that it took for granted."""

    def __init__(self, recording: Recording, inputs: list[Any], output: Any, graph: Graph | None) -> None:
        self.inputs, self.output, self.graph, self.recording = inputs, output, graph, recording
        for tensor in tensors_in(output):  # from now on the program's alone
            if tensor.node is not None and id(tensor) not in recording.read:
                tensor.node, tensor.view_meta = Spent(tensor.node), None
        self.places = {id(x): i for i, x in enumerate(inputs)}
        arguments = {f"x{i}": x.array for i, x in enumerate(inputs)}
        self.text = Text(recording.calls, recording.memory, arguments)
        self.function = self.text.function()
        if graph is not None:
            graph.write(recording, arguments)
        self.read = [(t.__dict__, array, t.node is None) for t, array, _ in recording.read.values()]
        self.grads = [(leaf, grad) for leaf, grad in recording.grads.values() if grad is not ANYTHING]
        self.modules = [state for _, state in recording.modules.values()]
        changes = ((t.version, t.version[0] - version) for t, _, version in recording.read.values())
        self.changes = [(version, times) for version, times in changes if times]
        given = (args[1] for f, args, _ in recording.calls if f is set_grad)
        self.given = [(grad, owner_of(grad.array)) for grad in given if grad is not None]
        self.counts: list[int] = []  # how many hold these gradients, where nobody else does

    def summary(self) -> list[Summary]:
        """What another recording is compared with: its calls, and those of its backward pass."""
        return [self.text.summary()] + ([] if self.graph is None else [self.graph.text.summary()])

    def fits(self) -> bool:
        """Whether what it took for granted is still so, and nobody holds a gradient that it would overwrite."""
        for attributes, array, is_constant in self.read:
            if attributes["array"] is not array or (attributes.get("node") is None) is not is_constant:
                return False
        for leaf, grad in self.grads:
            if leaf._grad is not grad:
                return False
        for state in self.modules:
            if not state.is_same():
                return False
        return self.holders() == self.counts

    def holders(self) -> list[int]:
        """How many hold each gradient and its memory."""
        return [sys.getrefcount(grad) + sys.getrefcount(memory) for grad, memory in self.given]

    def run(self, inputs: list[Any]) -> Any:
        """Repeat the calls with other arguments."""
        without_warnings(self.function, *[x.array for x in inputs])
        for version, times in self.changes:
            version[0] += times
        return self.give(inputs)

    def give(self, inputs: list[Any]) -> Any:
        """The output in memory of its own, for the next run writes into the program's."""
        attached = {} if self.graph is None else self.graph.attached(inputs)

        def given(tensor: Any) -> Any:
            number = id(tensor)
            if number in attached:
                return attached[number]
            if number in self.places:
                return inputs[self.places[number]]
            if number in self.recording.read:
                return tensor
            return wrap(copy_of(tensor.array), tensor.node)

        return with_tensors(self.output, given)


def tensors_in(value: Any) -> list[Any]:
    """The tensors in tuples, lists and dicts."""
    found: list[Any] = []
    with_tensors(value, found.append)
    return found


def copy_of(array: Array) -> Array:
    """A copy that lies in memory as the array does, with the same gaps."""
    dense = array.copy("K")
    if dense.strides == array.strides:
        return dense
    owner = owner_of(array)
    return at_the_same_place(array, owner, owner.copy("K"))


def with_tensors(value: Any, change: Callable[[Any], Any]) -> Any:
    """Tuples, lists and dicts with other tensors in the places of theirs."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, dict):
        return {key: with_tensors(part, change) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        parts = [with_tensors(part, change) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value
