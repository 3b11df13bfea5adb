"""Functions of the user's that backward calls with the gradient of a tensor.   torch: torch/csrc/autograd/cpp_hook.h"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from minigrad.arrays.dtypes import dtype_of
from minigrad.autograd.base import Gradient, TensorBase, as_tensor, contiguous_clone

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
    """Call the hooks of a tensor with its gradient. Each may replace it. After retain_grad() it is kept in `.grad`."""
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
    if isinstance(dz, TensorBase):
        return tensor
    array, held = tensor.array, weakref.ref(tensor)
    del tensor
    # A hook may have kept the tensor. A leaf never takes over a view as its .grad, so the tensor will not change.
    return array if held() is None else array.view()


def checked(answer: Any, dz: Any, hook: Hook) -> Any:
    """What a hook returned, if it may replace the gradient; the gradient itself if the hook returned None."""
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
    """Add to the `.grad` of a tensor that is not a leaf: a copy that lies row after row, as in torch."""
    kept = contiguous_clone(as_tensor(dz))
    tensor.grad = kept if tensor._grad is None else tensor._grad + kept


def call_unreached_hooks(node: Any) -> None:
    """Call the hooks of an output with None: the loss depends on other outputs of its op, but not on this one."""
    for hook in tuple(((node and node.hooks) or {}).values()):
        checked(hook(None), None, hook)


def call_post_hooks(leaf: Any, hooks: Sequence[Hook]) -> None:
    """Call the hooks of a leaf whose `.grad` has changed."""
    for hook in hooks:
        answer = hook(leaf)
        if answer is not None and not isinstance(answer, TensorBase):
            raise TypeError(f"expected Variable, but hook returned '{type(answer).__name__}'")
        if answer is not None:
            raise RuntimeError("Tensor post accumulate grad hooks should return None.")
