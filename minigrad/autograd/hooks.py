"""Functions of the user's that backward calls with the gradient of a tensor.   torch: torch/csrc/autograd/cpp_hook.h"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from minigrad.arrays.dtypes import dtype_of
from minigrad.autograd.base import Gradient, TensorBase, as_tensor, wrap

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


def call_hooks(node: Any, dz: Gradient) -> Gradient:
    """Show the gradient of a tensor to its hooks, each of which may replace it, and keep it where asked."""
    if node.hooks:
        dz = _shown(dz, tuple(node.hooks.values()))
    tensor = node.retained() if node.retained else None
    if tensor is not None:
        _retain(tensor, dz)
    return dz


def _shown(dz: Gradient, hooks: Sequence[Hook]) -> Gradient:
    """The gradient after these hooks."""
    tensor = as_tensor(dz)
    for hook in hooks:
        tensor = checked(hook(tensor), tensor, hook)
    if tensor is dz or isinstance(dz, TensorBase):
        return tensor
    array, held = tensor.array, weakref.ref(tensor)
    del tensor
    # A view is never taken over as a leaf's .grad, which would change under the eyes of whoever holds the tensor.
    return array if held() is None else array.view()


def checked(answer: Any, dz: Any, hook: Hook) -> Any:
    """A hook's answer, if it may stand in the gradient's place; the gradient if there is none."""
    if answer is None:
        return dz
    if not isinstance(answer, TensorBase):
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
    kept = dz if isinstance(dz, TensorBase) else wrap(as_tensor(dz).array.copy(order="K"))
    tensor.grad = kept if tensor._grad is None else tensor._grad + kept


def call_unreached_hooks(node: Any) -> None:
    """Tell the hooks of an output that the loss does not depend on it, though it does on another of the same op."""
    for hook in tuple(((node and node.hooks) or {}).values()):
        checked(hook(None), None, hook)


def call_post_hooks(leaf: Any, hooks: Sequence[Hook]) -> None:
    """Tell the hooks of a leaf that its `.grad` has changed."""
    for hook in hooks:
        answer = hook(leaf)
        if answer is not None and not isinstance(answer, TensorBase):
            raise TypeError(f"expected Variable, but hook returned '{type(answer).__name__}'")
        if answer is not None:
            raise RuntimeError("Tensor post accumulate grad hooks should return None.")
