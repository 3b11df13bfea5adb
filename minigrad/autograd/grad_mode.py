"""Whether ops are recorded: no_grad, enable_grad, inference_mode.   torch: torch/autograd/grad_mode.py"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any


class GradMode:
    """Whether ops leave nodes, and whether what they make can ever be part of a graph. One for the process."""

    enabled = True
    inference = False


# The version of every inference tensor: their changes are not told apart, and none makes it another number.
INFERENCE: list[Any] = [-math.inf]


class Switch:
    """A context manager, and a decorator, that restores what was before, however its block ends."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self._before: list[bool] = []  # a stack: one object may be entered twice

    def __enter__(self) -> None:
        self._before.append(GradMode.enabled)
        GradMode.enabled = self.mode

    def __exit__(self, *exception: object) -> None:
        GradMode.enabled = self._before.pop()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate: the function runs within."""

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return switched


class _Named(Switch):
    """A switch whose class says its mode; `@no_grad` works without parentheses, too."""

    to: bool

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self) -> None:
        super().__init__(self.to)


class no_grad(_Named):
    """Inside, ops leave no nodes, and leaves may be changed in place: `with no_grad(): w -= lr * w.grad`."""

    to = False


class enable_grad(_Named):
    """Inside, ops are recorded, also within a no_grad block."""

    to = True


class inference_mode(Switch):
    """no_grad, and more: what is made inside can never be saved for a gradient; inference_mode(False) ends it."""

    def __new__(cls, mode: Any = True) -> Any:
        """`@inference_mode` works without parentheses, too: then `mode` is the function."""
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)

    def __enter__(self) -> None:
        super().__enter__()
        self._before.append(GradMode.inference)
        GradMode.inference = not self.mode

    def __exit__(self, *exception: object) -> None:
        GradMode.inference = self._before.pop()
        super().__exit__(*exception)


class set_grad_enabled(Switch):
    """Record from now on, or do not; as a context manager or decorator, only within its block."""

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        super().__init__(mode)
        self.prev = GradMode.enabled
        GradMode.enabled = mode

    def __enter__(self) -> None:
        GradMode.enabled = self.mode

    def __exit__(self, *exception: object) -> None:
        GradMode.enabled = self.prev

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate: the function alone runs within."""
        self.__exit__()
        return Switch(self.mode)(function)

    def __repr__(self) -> str:
        return f"set_grad_enabled(mode={self.mode})"


def is_grad_enabled() -> bool:
    """Whether ops are being recorded."""
    return GradMode.enabled


def is_inference_mode_enabled() -> bool:
    """Whether inference_mode is on."""
    return GradMode.inference
