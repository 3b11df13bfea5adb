"""Whether ops are recorded: no_grad, enable_grad, inference_mode.   torch: torch/autograd/grad_mode.py

Training needs the graph; evaluating a model and updating its weights do not. So a mode says whether ops leave nodes.
Each thread has its own, as in torch: no_grad in a thread that evaluates does not stop the recording in one that
trains, and a new thread records, whatever the mode of the thread that started it.
"""

from __future__ import annotations

import functools
import inspect
import math
import threading
import warnings
from collections.abc import Callable, Generator
from typing import Any, Self

from minigrad.arrays.kernels import silencer


class AutogradState:
    """What the engine keeps for one thread.   torch: c10/core/AutogradState.h"""

    __slots__ = ("blocks", "enabled", "inference", "without_warnings")

    enabled: bool  # whether ops are recorded: what is_grad_enabled() says
    inference: bool  # whether ops make inference tensors, and are not recorded, even under enable_grad
    blocks: list[tuple[GradMode, Any]]  # the `with` blocks that the thread is in, and the mode before each
    without_warnings: Callable[..., Any]  # of kernels.py, kept here because every op calls it

    def __init__(self) -> None:
        self.enabled, self.inference, self.blocks = True, False, []
        self.without_warnings = silencer()

    def leave(self, block: GradMode, now: Any) -> Any:
        """The mode before a block; `now` if this thread did not enter the block.

        The block is nearly always the last one. But a generator may leave a block after its consumer entered another,
        and it may do so in another thread than the one that began it.
        """
        blocks, i = self.blocks, -1
        try:
            while blocks[i][0] is not block:
                i -= 1
        except IndexError:
            return now
        return blocks.pop(i)[1]


class _Thread(threading.local):
    """Has one `state` for each thread: Python calls __init__ again when another thread first looks."""

    def __init__(self) -> None:
        self.state = AutogradState()


THREAD = _Thread()


# The version of every inference tensor. Their changes are not counted: -inf + 1 is -inf.
INFERENCE: list[Any] = [-math.inf]


class GradMode:
    """A mode for a `with` block or a decorated function. Afterwards, even after an error, the mode is as before."""

    mode: bool  # whether ops are recorded; of inference_mode, whether it is on

    def switch(self, state: AutogradState) -> None:
        """Put a thread into this mode."""
        state.enabled = self.mode

    def __enter__(self) -> None:
        state = THREAD.state
        state.blocks.append((self, state.enabled))
        state.enabled = self.mode

    def __exit__(self, *exception: object) -> None:
        state = THREAD.state
        state.enabled = state.leave(self, state.enabled)

    def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """function(*args, **kwargs) in this mode."""
        state = THREAD.state
        enabled, inference = state.enabled, state.inference
        self.switch(state)
        try:
            return function(*args, **kwargs)
        finally:
            state.enabled, state.inference = enabled, inference

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function: its body runs in this mode.

        A generator's body does so at each step, and the code that iterates over it keeps its own mode. A coroutine's
        body does not, as in torch. A class only makes its objects in this mode, with torch's FutureWarning.
        """
        if inspect.isclass(function):
            function = _constructor(function)

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            return self.run(function, *args, **kwargs)

        @functools.wraps(function)
        def decorated_generator(*args: Any, **kwargs: Any) -> Any:
            return (yield from _Steps(function(*args, **kwargs), self))

        return decorated_generator if inspect.isgeneratorfunction(function) else decorated


class _Steps(Generator[Any, Any, Any]):
    """A generator whose steps run in a mode. Its base class makes next() and close() of these two methods."""

    def __init__(self, generator: Generator[Any, Any, Any], mode: GradMode) -> None:
        self.generator, self.mode = generator, mode

    def send(self, value: Any) -> Any:
        return self.mode.run(self.generator.send, value)

    def throw(self, *error: Any) -> Any:
        return self.mode.run(self.generator.throw, *error)


def _constructor(cls: type) -> Callable[..., Any]:
    warnings.warn(
        "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions "
        "or methods. To preserve the current behavior of class decoration, you can directly decorate the `__init__` "
        "method and nothing else.",
        FutureWarning,
        stacklevel=3,
    )
    return lambda *args, **kwargs: cls(*args, **kwargs)


class _Bare(GradMode):
    """A mode that also decorates without parentheses: `@no_grad`."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Self:
        return object.__new__(cls) if function is None else cls()(function)  # type: ignore[return-value]


class no_grad(_Bare):
    """Inside, ops leave no nodes, and leaves may be changed in place: `with no_grad(): w -= lr * w.grad`."""

    mode = False


class enable_grad(_Bare):
    """Inside, ops are recorded, also within a no_grad block."""

    mode = True


class set_grad_enabled(GradMode):
    """Record from now on, or do not; as a context manager or decorator, only within its block."""

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        state = THREAD.state
        self.mode, self.prev = mode, state.enabled
        state.enabled = mode

    def __enter__(self) -> None:
        THREAD.state.enabled = self.mode

    def __exit__(self, *exception: object) -> None:
        THREAD.state.enabled = self.prev

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate: the function alone runs in this mode."""
        self.__exit__()
        return super().__call__(function)

    def __repr__(self) -> str:
        return f"{__name__}.set_grad_enabled(mode={self.mode})"


class inference_mode(GradMode):
    """no_grad, and more: what is made inside can never be saved for a gradient; inference_mode(False) ends it."""

    def __new__(cls, mode: Any = True) -> Any:
        """`@inference_mode` works without parentheses, too: then `mode` is the function."""
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode

    def switch(self, state: AutogradState) -> None:
        """Put a thread into inference mode, or out of it."""
        state.enabled, state.inference = not self.mode, self.mode

    def __enter__(self) -> None:
        state = THREAD.state
        state.blocks.append((self, (state.enabled, state.inference)))
        self.switch(state)

    def __exit__(self, *exception: object) -> None:
        state = THREAD.state
        state.enabled, state.inference = state.leave(self, (state.enabled, state.inference))


def is_grad_enabled() -> bool:
    """Whether ops are being recorded in this thread."""
    return THREAD.state.enabled


def is_inference_mode_enabled() -> bool:
    """Whether inference_mode is on in this thread."""
    return THREAD.state.inference
