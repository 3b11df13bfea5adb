"""A module's backward hooks: to see, and replace, the gradients of what went into it.   torch: torch/utils/hooks.py

The module's inputs and its outputs each pass through an identity of our own. On the way back the one at
the outputs notes what arrives, and the one at the inputs shows both to the hooks.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from minigrad.autograd import Function, is_grad_enabled
from minigrad.tensor import Tensor

Gradients = tuple[Tensor | None, ...]


class BackwardHookFunction(Function):
    """x → x; what arrives for it is shown to `seen`, and what that returns goes on."""

    @staticmethod
    def forward(ctx: Any, seen: Callable[[Gradients], Gradients], *tensors: Tensor) -> tuple[Tensor, ...]:
        """The tensors as they are."""
        ctx.seen = seen
        return tensors

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        """What `seen` makes of the gradients."""
        return None, *ctx.seen(gradients)


class GradientWatch:
    """One call of a module with backward hooks."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.unwatched = 0  # how many inputs there are, if none of them wants a gradient
        self.at_output: Gradients | None = None

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The inputs, watched."""
        watched = _watched(args, self._call_hooks)
        self.unwatched = len(args) if watched is args else 0
        return watched

    def outputs(self, result: Any) -> Any:
        """The output or outputs, watched."""
        if isinstance(result, tuple):
            return _watched(result, self._note)
        return _watched((result,), self._note)[0]

    def _note(self, gradients: Gradients) -> Gradients:
        self.at_output = gradients
        if self.unwatched:  # nothing more is to come
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module outputs since no "
                "inputs require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
                "#torch.nn.Module.register_full_backward_hook for more details.",
                stacklevel=2,
            )
            self._call_hooks((None,) * self.unwatched)
        return gradients

    def _call_hooks(self, gradients: Gradients) -> Gradients:
        for hook in tuple(self.module._backward_hooks.values()):
            answer = hook(self.module, gradients, self.at_output)
            if answer is not None:
                gradients = answer if isinstance(answer, tuple) else (answer,)
        return gradients


def _watched(values: tuple[Any, ...], seen: Callable[[Gradients], Gradients]) -> tuple[Any, ...]:
    """The values, their tensors passed through the identity; as they are where no gradient will come."""
    wanting = [isinstance(value, Tensor) and value.requires_grad for value in values]
    if not (any(wanting) and is_grad_enabled()):
        return values

    def show(gradients: Gradients) -> Gradients:
        given = iter(gradients)
        answer = seen(tuple(next(given) if want else None for want in wanting))
        return tuple(dx for dx, want in zip(answer, wanting, strict=True) if want)

    passed = iter(
        BackwardHookFunction.apply(show, *(v for v, want in zip(values, wanting, strict=True) if want))
    )
    return tuple(next(passed) if want else value for value, want in zip(values, wanting, strict=True))
