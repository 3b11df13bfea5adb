"""Track a PyTorch program op by op, forward and backward, with the bound of every number it computes.

A TorchDispatchMode sits below autograd, so it sees every kernel that is called, those of the derivative
formulas too. Beside each piece of memory it keeps, for every element, a Ball: views and changes in place
need no care, for they show the same memory. What comes out is proved for this program on these inputs: an
element with radius 0 cannot have rounded anywhere, in whatever order it was summed.

    with Track() as track:
        z = program(torch, *tensors)
    track.ball(z)

An op for which no rule is written raises NoBound: no bound is ever guessed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.utils._pytree import tree_flatten, tree_map

from sidebyside.aten import KERNELS, MADE, MOVED, UNBOUNDED, VIEW, bare
from sidebyside.contract.balls import Ball, NoBound
from sidebyside.contract.kernel_bounds import Call, sure
from sidebyside.contract.more_loss_bounds import BOUNDS
from sidebyside.exchange import SingleKernels, uncompiled


def _bound(name: str) -> Any:
    """Return how a kernel's result is bounded."""
    return KERNELS[name].bound if name in KERNELS else UNBOUNDED


def value(tensor: torch.Tensor) -> Any:
    """Return the tensor as an array with the same memory."""
    return tensor.detach().numpy()


def tensors_in(*nested: Any) -> list[torch.Tensor]:
    """Return the tensors in nested lists, tuples and dicts."""
    return [x for x in tree_flatten(nested)[0] if isinstance(x, torch.Tensor)]


class Track(SingleKernels):
    """A mode in which `ball(tensor)` gives the bound of every tensor that a program computes."""

    def __init__(self) -> None:
        super().__init__()
        self.memory: dict[int, tuple[Any, Any, Any]] = {}  # of each storage: centres, radii, determined
        self.alive: list[Any] = []  # a storage must stay alive, or its address would be used again

    def ball(self, x: torch.Tensor) -> Ball:
        """Return the bounds of a tensor's elements."""
        memory = self.memory.get(x.untyped_storage().data_ptr())
        if memory is None or not x.numel():
            return Ball(value(x))
        c, r, d = (self._window(x, each) for each in memory)
        return Ball.known(c, r, d, value(x).dtype)

    @staticmethod
    def _window(x: torch.Tensor, memory: Any) -> Any:
        size = memory.itemsize  # what NumPy's as_strided does, without its Python
        strides = [s * size for s in x.stride()]
        return np.ndarray(tuple(x.shape), memory.dtype, memory, x.storage_offset() * size, strides)

    def remember(self, x: torch.Tensor) -> None:
        """Start a record of this tensor's memory, without errors so far."""
        storage = x.untyped_storage()
        if storage.data_ptr() not in self.memory and storage.nbytes():
            whole = Ball(value(torch.empty(0, dtype=x.dtype).set_(storage)))
            self.memory[storage.data_ptr()] = (whole.c, whole.r.copy(), whole.d.copy())
            self.alive.append(storage)

    def write(self, x: torch.Tensor, ball: Ball | None) -> None:
        """Record the bounds of a tensor. None means that it has no error."""
        if not x.numel():
            return
        ball = Ball(value(x)) if ball is None else ball
        self.remember(x)
        memory = self.memory[x.untyped_storage().data_ptr()]
        for each, news in zip(memory, (ball.c, ball.r, ball.d), strict=True):
            self._window(x, each)[...] = news

    @uncompiled
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run torch's kernel, and record the bounds of its result."""
        kwargs = kwargs or {}
        name = bare(func)
        if func.namespace == "profiler" or func.is_view or _bound(name) == VIEW:
            return func(*args, **kwargs)
        if func._schema.is_mutable:
            self.remember(args[0])
        if name == "_efficientzerotensor":  # it has no memory
            return torch.zeros(*args, **kwargs)
        inputs = tensors_in(args, kwargs)
        if not self._known(name, inputs):
            with self:
                result = func.decompose(*args, **kwargs)
            if result is NotImplemented:
                raise NoBound(f"no bound is derived for torch's {name}")
            return result
        result = func(*args, **kwargs)
        outputs = tensors_in(result)
        with np.errstate(all="ignore"):
            balls = self._after(name, func, args, kwargs, inputs, outputs)
        shown = {x.untyped_storage().data_ptr() for x in inputs if x.numel()}
        for x, ball in zip(outputs, balls, strict=True):
            if func._schema.is_mutable or x.untyped_storage().data_ptr() not in shown:
                self.write(x, ball)
        return result

    @staticmethod
    def _known(name: str, inputs: list[torch.Tensor]) -> bool:
        whole_numbers = bool(inputs) and not any(x.is_floating_point() for x in inputs)
        return _bound(name) != UNBOUNDED or whole_numbers

    def _after(self, name: str, func: Any, args: Any, kwargs: Any, inputs: Any, outputs: Any) -> list[Any]:
        """Return the bounds of each output. None means that it has no error."""
        if _bound(name) == MADE:
            return [None] * len(outputs)
        if _bound(name) == MOVED and any(x.is_floating_point() for x in outputs):
            return self._moved(func, args, kwargs)
        if name in BOUNDS:
            balls = tree_map(lambda x: self.ball(x) if isinstance(x, torch.Tensor) else x, (args, kwargs))
            found = BOUNDS[name](Call([value(x) for x in outputs]), *balls[0], **balls[1])
            if found is not NotImplemented:
                return list(found) if isinstance(found, list) else [found]
        return self._decided(name, inputs, outputs)

    def _decided(self, name: str, inputs: list[torch.Tensor], outputs: list[torch.Tensor]) -> list[Any]:
        balls = [self.ball(x) for x in inputs]
        if all((ball.r == 0).all() for ball in balls):
            return [None] * len(outputs)
        if all(ball.d.all() for ball in balls):  # both libraries have these bits, though not the true value
            return [Ball(value(z), np.inf if z.is_floating_point() else 0) for z in outputs]
        raise NoBound(f"torch's {name} looks at numbers that have been rounded: its answer has no bound")

    def _moved(self, func: Any, args: Any, kwargs: Any) -> list[Any]:
        """Run the kernel on the elements' positions, to see where each goes. Position 0 is a zero that it fills in."""
        known = [Ball(np.zeros(1))]

        def numbered(x: Any) -> Any:
            if not isinstance(x, torch.Tensor):
                return x
            if not x.is_floating_point():
                sure(self.ball(x))
                return x
            start = sum(ball.c.size for ball in known)
            known.append(self.ball(x))
            return torch.arange(start, start + x.numel(), dtype=torch.float64).reshape(x.shape)

        if any(isinstance(x, float) and x for x in tree_flatten((args, kwargs))[0]):
            raise NoBound(f"no bound is derived for torch's {func} with a number")
        places = func(*tree_map(numbered, args), **tree_map(numbered, kwargs))
        c, r, d = (np.concatenate([np.ravel(getattr(ball, name)) for ball in known]) for name in "crd")
        at = [value(z).astype(np.int64) for z in tensors_in(places)]
        return [Ball(c[i], r[i], d[i]) for i in at]
