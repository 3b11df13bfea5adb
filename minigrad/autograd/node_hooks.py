"""Hooks of a node: they see all that its step got and gave.   torch: torch/autograd/graph.py, class Node

They are rare. A node with hooks gets a `Watched` in place of its backward, so the engine's loop need not know of them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from minigrad.autograd.base import TensorBase, as_tensor
from minigrad.autograd.broadcasting import to_shape_and_dtype
from minigrad.autograd.hooks import Hook, RemovableHandle, checked


class Hookable:
    """What a program can do with a node, the `grad_fn` of a tensor.   torch: torch/autograd/graph.py, Node"""

    __slots__ = ()

    backward: Callable[..., Sequence[Any]]

    @cached_property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for whatever a program wants to remember of the node."""
        return {}

    def register_hook(self, fn: Hook) -> RemovableHandle:
        """Call fn(grad_inputs, grad_outputs), tuples, after the node's backward; its answer replaces grad_inputs."""
        return RemovableHandle(self._watch().after, fn)

    def register_prehook(self, fn: Hook) -> RemovableHandle:
        """Call fn(grad_outputs), a tuple, before the node's backward; its answer replaces grad_outputs."""
        return RemovableHandle(self._watch().before, fn)

    def _watch(self) -> Watched:
        if not isinstance(self.backward, Watched):
            self.backward = Watched(self)
        return self.backward

    def __call__(self, *gradients: Any) -> Any:
        """Run backward on gradients of the outputs. Returns those of the inputs: a tuple if there are several."""
        count = len(self.outputs_of(None))
        if len(gradients) != count:
            raise TypeError(f"expected {count} arguments, got {len(gradients)} instead")
        for i, dz in enumerate(gradients):
            if dz is not None and not isinstance(dz, TensorBase):
                raise TypeError(f"argument {i} is not a Variable")
        answer = run(self, gradients, True, None)
        return answer[0] if len(answer) == 1 else tuple(answer)

    def outputs_of(self, dz: Any) -> tuple[Any, ...]:
        """What arrived for each output. An op has one output; a Function may have several."""
        return (dz,)

    def arriving(self, gradients: Sequence[Any]) -> Any:
        """What the engine would pass to backward; None if no gradient arrived."""
        return gradients[0]


def run(node: Any, gradients: Sequence[Any], on_tensors: bool, wanted: Any) -> Sequence[Any]:
    """The node's own backward, without hooks. If no gradient arrived, the inputs get none."""
    dz = node.arriving(gradients)
    if dz is None:
        return (None,) * len(node.edges)
    return type(node).backward(node, dz, on_tensors, wanted)


class Watched:
    """The backward of a node that has hooks."""

    def __init__(self, node: Any) -> None:
        self.node = weakref.ref(node)  # the node holds this object
        self.before: dict[int, Hook] = {}
        self.after: dict[int, Hook] = {}

    def __call__(self, dz: Any, on_tensors: bool, wanted: Any = None) -> Sequence[Any]:
        """The node's backward, between its hooks."""
        node: Any = self.node()
        arrived = _tensors(node.outputs_of(dz))
        for hook in tuple(self.before.values()):
            arrived = _answered(hook, hook(arrived), arrived)
        given = arrived if on_tensors else [x if x is None else x.array.view() for x in arrived]
        found = run(node, given, on_tensors, wanted)
        if not self.after:
            return found
        pairs = zip(found, node.edges, strict=True)
        fitted = _tensors(
            [dx if dx is None or e is None else to_shape_and_dtype(dx, e, node) for dx, e in pairs]
        )
        for hook in tuple(self.after.values()):
            fitted = _answered(hook, hook(fitted, arrived), fitted)
        return fitted if on_tensors else [x if x is None else x.array.view() for x in fitted]


def _tensors(gradients: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(dz if dz is None else as_tensor(dz) for dz in gradients)


def _answered(hook: Hook, answer: Any, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a node's hook returned: as many gradients as it was shown, or None to leave them as they are."""
    if answer is None:
        return gradients
    if not isinstance(answer, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(answer).__name__}'")
    if len(answer) != len(gradients):
        raise RuntimeError(
            f"hook '{getattr(hook, '__name__', hook)}' has returned an incorrect number of values "
            f"(got {len(answer)}, but expected {len(gradients)})"
        )
    pairs = zip(answer, gradients, strict=True)
    return tuple(None if dx is None else checked(dx, was, hook) for dx, was in pairs)
