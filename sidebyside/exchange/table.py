"""How a kernel of minigrad is entered for an op of aten, and what such functions share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import minigrad
from minigrad.arrays.device import is_array
from minigrad.autograd.base import wrap
from minigrad.autograd.op import Op
from sidebyside.aten import KERNELS
from sidebyside.programs.ops import ops_by_name

aten = torch.ops.aten
EXCHANGED: dict[Any, Callable[..., Any]] = {}
REDUCTIONS = ("none", "mean", "sum")  # as aten numbers them
FLOATS = {torch.float16, torch.float32, torch.float64}


def array(value: Any) -> Any:
    """Return a tensor's memory as an array with the same strides: sums depend on them. Others are unchanged."""
    if isinstance(value, (list, tuple)):
        return tuple(map(array, value))
    if not isinstance(value, torch.Tensor):
        return value
    return minigrad.from_dlpack(value.detach()).array if value.is_cuda else value.detach().numpy()


def tensor(value: Any) -> torch.Tensor:
    """Return an array's memory as a tensor."""
    return (
        torch.from_numpy(np.require(value, requirements="W"))
        if on_cpu(value)
        else torch.from_dlpack(wrap(value))
    )


def on_cpu(value: Any) -> bool:
    """Say whether a value is NumPy's. Otherwise it is CuPy's."""
    return isinstance(value, (np.ndarray, np.generic))


def exchanged(*overloads: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function of arrays for these aten ops, and for the ops `name_` that write into their input."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        for overload in overloads:
            name, _, form = str(overload).removeprefix("aten.").partition(".")
            EXCHANGED[overload] = function
            twin = getattr(aten, name + "_", None)
            if form in (twin.overloads() if twin else ()):
                EXCHANGED[getattr(twin, form)] = function
        return function

    return enter


def called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Call a function of minigrad on Tensors, as a user does, so that its type promotion applies."""

    def call(*args: Any, **options: Any) -> Any:
        return function(*(wrap(a) if is_array(a) else a for a in args), **options).array

    return call


def rule(op: Op, name: str, **values: Any) -> Any:
    """Compute an input's gradient by the op's rule."""
    found = op.rules[name]
    return found.function(*(values[each] for each in found.names))


def dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """Convert aten's dims, which may be negative, or None for all."""
    listed = [dim] if isinstance(dim, int) else list(dim or range(ndim))
    if any(not -max(ndim, 1) <= d < max(ndim, 1) for d in listed):
        raise IndexError("no such dimension")  # exchange() raises torch's own error instead
    return tuple(d % max(ndim, 1) for d in listed) if ndim else ()


def cast(x: Any, dtype: Any) -> Any:
    """Return the array in a dtype of torch's; None changes nothing."""
    return x if dtype is None else x.astype(array(torch.empty(0, dtype=dtype)).dtype)


def refuse(name: str, beta: Any, alpha: Any = 1) -> None:
    """Raise NotImplementedError for factors that minigrad's kernel does not have."""
    if beta != 1 or alpha != 1:
        raise NotImplementedError(f"{name} with factors before its terms is no kernel of minigrad")


for _name, _kernel in KERNELS.items():
    if _kernel.op:
        exchanged(getattr(aten, _name).default)(called(ops_by_name()[_kernel.op]))
