"""Hooks: functions that see, and may replace, a module's inputs, outputs and gradients.   torch: torch/utils/hooks.py

Forward hooks are called before and after forward. Backward hooks need more: the module's inputs and its outputs each
pass through an identity function, BackwardHookFunction. In backward, the identity at the outputs keeps the gradients
that arrive, and the identity at the inputs calls the hooks with both.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from minigrad.autograd import Function, is_grad_enabled
from minigrad.autograd.hooks import RemovableHandle
from minigrad.tensors.tensor import Tensor

Gradients = tuple[Any, ...]

HOOKS = ("_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_pre_hooks")


class Hook(NamedTuple):
    """A registered function and its options."""

    function: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False


def add_hook(hooks: OrderedDict[int, Hook], hook: Hook, prepend: bool) -> RemovableHandle:
    """Add a hook to a module's dictionary: at the beginning if prepend, else at the end."""
    handle = RemovableHandle(hooks, hook)  # type: ignore[arg-type]
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


class HookedCall:
    """One call of a module that has hooks."""

    def __init__(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.module, self.args, self.kwargs, self.result = module, args, kwargs, None
        self.pending = {n: hook for n, hook in module._forward_hooks.items() if hook.always_call}

    def run(self) -> Any:
        """Call the forward pre-hooks, forward, and the forward hooks."""
        module = self.module
        try:
            for hook in tuple(module._forward_pre_hooks.values()):
                self._before(hook)
            watched = module._backward_hooks or module._backward_pre_hooks
            watch = GradientWatch(module) if watched else None
            if watch:
                self.args = watch.inputs(self.args)
            self.result = module.forward(*self.args, **self.kwargs)
            for number, hook in tuple(module._forward_hooks.items()):
                self.pending.pop(number, None)
                self._after(hook)
            return watch.outputs(self.result) if watch else self.result
        except Exception:
            self._after_error()
            raise

    def _before(self, hook: Hook) -> None:
        """Call a forward pre-hook, and take the new arguments that it may return."""
        answer = hook.function(self.module, self.args, *([self.kwargs] if hook.with_kwargs else []))
        if answer is None:
            return
        if not hook.with_kwargs:
            self.args = answer if isinstance(answer, tuple) else (answer,)
        elif isinstance(answer, tuple) and len(answer) == 2:
            self.args, self.kwargs = answer
        else:
            raise RuntimeError(
                f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {answer}."
            )

    def _after(self, hook: Hook) -> None:
        """Call a forward hook, and take the new output that it may return."""
        kwargs = [self.kwargs] if hook.with_kwargs else []
        answer = hook.function(self.module, self.args, *kwargs, self.result)
        if answer is not None:
            self.result = answer

    def _after_error(self) -> None:
        """Call the always_call hooks that have not run yet. An error in one of these hooks becomes a warning."""
        for hook in self.pending.values():
            try:
                self._after(hook)
            except Exception as error:
                warnings.warn(
                    "module forward hook with ``always_call=True`` raised an exception that was silenced as another "
                    f"error was raised in forward: {error}",
                    stacklevel=4,
                )


class BackwardHookFunction(Function):
    """z = x        dx = call_hooks(dz)"""

    @staticmethod
    def forward(
        ctx: Any, call_hooks: Callable[[Gradients], Gradients], *tensors: Tensor
    ) -> tuple[Tensor, ...]:
        """Return the tensors unchanged."""
        ctx.call_hooks = call_hooks
        ctx.set_materialize_grads(False)  # a hook gets None for an output that the loss does not depend on
        return tensors

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        """Return the gradients that `call_hooks` returns."""
        return None, *ctx.call_hooks(gradients)


class GradientWatch:
    """One call of a module with backward hooks."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.hooks = [hook.function for hook in module._backward_hooks.values()]
        self.pre_hooks = [hook.function for hook in module._backward_pre_hooks.values()]
        self.inputs_without_grad: int | None = None  # the number of inputs, if none of them requires grad
        self.grad_output: Gradients | None = None

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the inputs, passed through the identity that sees their gradients."""
        watched = _with_identity(args, self._on_grad_input)
        self.inputs_without_grad = len(args) if watched is args else None
        return watched

    def outputs(self, result: Any) -> Any:
        """Return the output or outputs, passed through the identity that sees their gradients."""
        if isinstance(result, tuple):
            return _with_identity(result, self._on_grad_output)
        if not isinstance(result, Tensor):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                f"{type(result)}",
                stacklevel=4,
            )
        return _with_identity((result,), self._on_grad_output)[0]

    def _on_grad_output(self, gradients: Gradients) -> Gradients:
        """Call the backward pre-hooks with the gradients of the outputs, and keep these gradients."""
        for hook in self.pre_hooks:
            gradients = _checked_answer(hook(self.module, gradients), gradients, "pre hook", "grad_output")
        self.grad_output = gradients
        if self.inputs_without_grad is not None:  # no gradient will arrive at the inputs
            self._call_without_inputs((None,) * self.inputs_without_grad)
        return gradients

    def _call_without_inputs(self, nothing: Gradients) -> None:
        """Call the backward hooks if no input requires a gradient."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no "
            "inputs require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
            "#torch.nn.Module.register_full_backward_hook for more details.",
            stacklevel=2,
        )
        for hook in self.hooks:
            answer = hook(self.module, nothing, self.grad_output)
            if answer is not None and not (isinstance(answer, tuple) and set(answer) <= {None}):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )

    def _on_grad_input(self, gradients: Gradients) -> Gradients:
        """Call the backward hooks with the gradients of the inputs and of the outputs."""
        if self.grad_output is None:  # the gradients did not come through the module's output
            return gradients
        for hook in self.hooks:
            gradients = _checked_answer(
                hook(self.module, gradients, self.grad_output), gradients, "hook", "grad_input"
            )
        self.grad_output = None
        return gradients


def _checked_answer(answer: Any, gradients: Gradients, hook: str, what: str) -> Gradients:
    """Return the gradients that a hook returned, or the old gradients if it returned None.

    Raises RuntimeError if their number or a shape differs, TypeError if one of them is not a Tensor.
    """
    if answer is None:
        return gradients
    if len(answer) != len(gradients):
        raise RuntimeError(
            f"Backward {hook} returned an invalid number of {what}, got {len(answer)}, but expected {len(gradients)}\n"
            "Return a tuple."
        )
    for dx, was in zip(answer, gradients, strict=True):
        if isinstance(was, Tensor) and not isinstance(dx, Tensor | None):
            raise TypeError(f"expected Variable, but hook returned '{type(dx).__name__}'")
        if isinstance(was, Tensor) and dx is not None and dx.shape != was.shape:
            raise RuntimeError(
                "hook 'hook' has changed the size of value\nReturn a tuple of gradients of the same shapes."
            )
    return tuple(answer)


def _with_identity(values: tuple[Any, ...], call_hooks: Callable[[Gradients], Gradients]) -> tuple[Any, ...]:
    """Return the values, with tensors passed through the identity. Return them unchanged if no gradient can arrive."""
    wanting = [isinstance(value, Tensor) and value.requires_grad for value in values]
    if not (any(wanting) and is_grad_enabled()):
        return values

    def show(gradients: Gradients) -> Gradients:
        given = iter(gradients)
        answer = call_hooks(tuple(next(given) if want else None for want in wanting))
        return tuple(dx for dx, want in zip(answer, wanting, strict=True) if want)

    passed = iter(
        BackwardHookFunction.apply(show, *(v for v, want in zip(values, wanting, strict=True) if want))
    )
    shown = [next(passed) if want else value for value, want in zip(values, wanting, strict=True)]
    return (
        type(values)(*shown) if hasattr(values, "_fields") else type(values)(shown)
    )  # a namedtuple stays one
