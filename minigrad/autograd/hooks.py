"""Functions of the user's that backward calls on its way.   torch: torch/csrc/autograd/cpp_hook.h, python_hook.cpp

A tensor's hooks see the gradient of that tensor; a node's hooks see all that its step got and gave. The engine
asks for the first in its loop. The second are rarer: they wrap the backward of the one node that has them.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from minigrad.arrays.dtypes import dtype_of
from minigrad.autograd import engine  # which imports this file: it is complete by the time a hook is called

if TYPE_CHECKING:
    from minigrad.autograd.engine import Gradient, Node

Hook = Callable[..., Any]


_hook_ids = itertools.count()


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away again."""

    def __init__(self, hooks: dict[int, Any], hook: Hook) -> None:
        self.hooks, self.id = hooks, next(_hook_ids)
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away."""
        self.hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


# -- of tensors ---------------------------------------------------------------------------------------------


def call_hooks(node: Node, dz: Gradient) -> Gradient:
    """Show the gradient of a tensor to its hooks, each of which may replace it, and keep it where asked."""
    if node.hooks:
        dz = _shown(dz, tuple(node.hooks.values()))
    tensor = node.retained() if node.retained else None
    if tensor is not None:
        _retain(tensor, dz)
    return dz


def _shown(dz: Gradient, hooks: Sequence[Hook]) -> Gradient:
    """The gradient after these hooks."""
    tensor = engine.as_tensor(dz)
    for hook in hooks:
        tensor = checked(hook(tensor), tensor, hook)
    if tensor is dz or isinstance(dz, engine.TensorBase):
        return tensor
    array, held = tensor.array, weakref.ref(tensor)
    del tensor
    # A view is never taken over as a leaf's .grad, which would change under the eyes of whoever holds the tensor.
    return array if held() is None else array.view()


def checked(answer: Any, dz: Any, hook: Hook) -> Any:
    """A hook's answer, if it may stand in the gradient's place; the gradient if there is none."""
    if answer is None:
        return dz
    if not isinstance(answer, engine.TensorBase):
        raise TypeError(f"expected Variable, but hook returned '{type(answer).__name__}'")
    name = getattr(hook, "__name__", hook)
    if dz is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if answer.array.dtype != dz.array.dtype:
        was, got = (f"torch.{dtype_of(each.array.dtype).scalar_name}Tensor" for each in (dz, answer))
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {was} got {got})")
    if answer.array.shape != dz.array.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    return answer


def _retain(tensor: Any, dz: Gradient) -> None:
    """Add to the `.grad` of a tensor that is no leaf."""
    kept = (
        dz if isinstance(dz, engine.TensorBase) else engine.wrap(engine.as_tensor(dz).array.copy(order="K"))
    )
    tensor.grad = kept if tensor._grad is None else tensor._grad + kept


def call_unreached_hooks(node: Node | None) -> None:
    """Tell the hooks of an output that the loss does not depend on it, though it does on another of the same op."""
    for hook in tuple(((node and node.hooks) or {}).values()):
        checked(hook(None), None, hook)


def call_post_hooks(leaf: Any, hooks: Sequence[Hook]) -> None:
    """Tell the hooks of a leaf that its `.grad` has changed."""
    for hook in hooks:
        answer = hook(leaf)
        if answer is not None and not isinstance(answer, engine.TensorBase):
            raise TypeError(f"expected Variable, but hook returned '{type(answer).__name__}'")
        if answer is not None:
            raise RuntimeError("Tensor post accumulate grad hooks should return None.")


# -- of nodes -----------------------------------------------------------------------------------------------


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
        """Run the node's backward on gradients of its outputs: one gradient for each input, bare if there is one."""
        count = len(self.outputs_of(None))
        if len(gradients) != count:
            raise TypeError(f"expected {count} arguments, got {len(gradients)} instead")
        for i, dz in enumerate(gradients):
            if dz is not None and not isinstance(dz, engine.TensorBase):
                raise TypeError(f"argument {i} is not a Variable")
        answer = run(self, gradients, True, None)
        return answer[0] if len(answer) == 1 else tuple(answer)

    def outputs_of(self, dz: Any) -> tuple[Any, ...]:
        """What arrived, by outputs: all ops but a Function have one."""
        return (dz,)

    def arriving(self, gradients: Sequence[Any]) -> Any:
        """What the engine would hand to backward; None if there is nothing."""
        return gradients[0]


def run(node: Any, gradients: Sequence[Any], on_tensors: bool, wanted: Any) -> Sequence[Any]:
    """The node's own backward, without hooks; nothing comes of nothing."""
    dz = node.arriving(gradients)
    if dz is None:
        return (None,) * len(node.edges)
    return type(node).backward(node, dz, on_tensors, wanted)


class Watched:
    """The backward of a node that has hooks."""

    def __init__(self, node: Any) -> None:
        self.node = weakref.ref(node)  # which holds us
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
        fitted = _tensors([dx if dx is None or e is None else engine.fit(dx, e, node) for dx, e in pairs])
        for hook in tuple(self.after.values()):
            fitted = _answered(hook, hook(fitted, arrived), fitted)
        return fitted if on_tensors else [x if x is None else x.array.view() for x in fitted]


def _tensors(gradients: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(dz if dz is None else engine.as_tensor(dz) for dz in gradients)


def _answered(hook: Hook, answer: Any, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a node's hook answers: as many gradients as it was shown, or None to leave them."""
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
