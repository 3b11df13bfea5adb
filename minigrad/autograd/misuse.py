"""What the engine refuses, in torch's words.   torch: torch/csrc/autograd/saved_variable.cpp

These functions run when something has already failed. Nothing here is on the way of a program that is right.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from minigrad.arrays.device import check_same_device, device_of
from minigrad.arrays.dtypes import PROMOTIONS, dtype_of
from minigrad.autograd.base import TensorBase

TWICE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
    "saved tensors after calling backward."
)


def no_derivative(message: str, error: type[Exception] = RuntimeError) -> Callable[[Any], Any]:
    """The rule of an op that torch records although it has no gradient for it."""

    def refuse(dz: Any) -> Any:
        raise error(f"{message}\nUse detach() where no gradient is meant to pass.")

    return refuse


SAVED_INFERENCE = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
    "autograd, or use `minigrad.no_grad()` instead of `minigrad.inference_mode()`."
)


# The names of ops that make views.
_VIEWS = set(
    "Alias Expand Permute ReshapeAlias Select Slice Squeeze Squeeze1 Squeeze2 T Transpose Unsqueeze View".split()
)


def op_name(node_name: str) -> str:
    """How torch names an op in an error: Pow1 for PowBackward1, Add for AddBackward0."""
    if node_name in ("CopySlices", "CopyBackwards"):
        return f"torch::autograd::{node_name}"
    found = re.fullmatch(r"(.+)Backward(0|\d*)", node_name)
    return found[1] + found[2].removeprefix("0") if found else node_name


def made_by(node: Any, version: list[Any]) -> str | None:
    """The name of the op that made a tensor as it is now, after a change in place; None if none did.

    `node` is the one that the tensor had when it was saved. A view is described anew as a part of its base.
    """
    name = op_name(node.name()) if node is not None and node.edges else None
    if name in _VIEWS:
        return "AsStrided"
    return op_name(version[1]) if len(version) > 1 else name


def modified(saved: Any, owner: Any) -> RuntimeError:
    """What to raise for a value that was changed in place since `owner`, a node, saved it."""
    array, version, node = saved.array, saved.version, saved.source(owner)
    name = op_name(node.name()) if node is owner else made_by(node, version)
    op = owner.op
    if op is not None and op.transposed is not None and owner.saved.get(op.transposed) is saved:
        array, name = array.T, "AsStrided" if node else None
    output = f", which is output 0 of {name}," if name else ""
    kind = dtype_of(array.dtype).scalar_name
    type_name = "CPUBoolType" if kind == "Bool" else f"torch.{kind}Tensor"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{type_name} {list(array.shape)}]{output} is at version {version[0]}; "
        f"expected version {saved.count} instead. Hint: enable anomaly detection to find the operation that failed to "
        "compute its gradient, with minigrad.autograd.set_detect_anomaly(True, check_nan=False).\nThe value that the "
        "gradient needs was overwritten: change a clone() of it, or compute a new tensor."
    )


# -- arguments that an op cannot compute with ---------------------------------------------------------------


def check_broadcast(shapes: list[tuple[int, ...]]) -> None:
    """Raise torch's RuntimeError for shapes that do not broadcast."""
    for b, a in zip(shapes[1:], itertools.accumulate(shapes, np.broadcast_shapes), strict=False):
        for i in range(1, min(len(a), len(b)) + 1):
            if a[-i] != b[-i] and 1 not in (a[-i], b[-i]):
                raise RuntimeError(
                    f"The size of tensor a ({a[-i]}) must match the size of tensor b ({b[-i]}) at non-singleton "
                    f"dimension {max(len(a), len(b)) - i}\nThe shapes are {list(a)} and {list(b)}: counted from the "
                    "last dimension, sizes must be equal or 1."
                ) from None


def moved_together(args: Sequence[Any], values: Sequence[Any], elementwise: bool) -> list[Any] | None:
    """The arguments of an op that failed, with 0-d CPU tensors moved to the GPU; None if that is not the cause.

    RuntimeError, in torch's words, for shapes that do not broadcast, and for whole tensors on two devices.
    """
    check_broadcast([value.shape for value in values if hasattr(value, "shape")])
    tensors = [arg for arg in args if isinstance(arg, TensorBase)]
    gpus = [device_of(t.array) for t in tensors if not isinstance(t.array, np.ndarray)]
    rest = [t for t in tensors if isinstance(t.array, np.ndarray)]
    if not gpus or not rest:
        return None
    if not elementwise or any(t.array.ndim for t in rest):
        check_same_device(*(t.array for t in tensors))
    return [arg.to(device=gpus[0]) if any(arg is t for t in rest) else arg for arg in args]


# -- ops that are written wrongly --------------------------------------------------------------------------

_GIVEN = ("dz", "z", "shape", "stride")  # what a rule may name besides the op's parameters


def check_function(forward: Any) -> Any:
    """The function that is to be an op; TypeError for one that shows no parameters, such as np.exp."""
    if not hasattr(forward, "__code__"):
        raise TypeError(f"differentiable() decorates a function made by def or lambda, not {forward!r}")
    return forward


def check_declaration(
    op: str, params: Sequence[str], rules: Any, lists: Collection[str], promoted: str | None
) -> None:
    """TypeError, when the op is declared, for a name that means nothing. `lists` holds plain and tensors."""
    if promoted not in (None, *PROMOTIONS):
        raise TypeError(f"{op}(): promoted is {promoted!r}, but must be one of {', '.join(PROMOTIONS)}")
    for name in params:
        if name in _GIVEN:
            raise TypeError(
                f"{op}(): a parameter cannot be called {name!r}, a reserved name: rules get it from backward"
            )
    for name in (*rules, *lists):
        if name not in params:
            raise TypeError(f"{op}(): unknown input {name!r}: the parameters are {', '.join(params)}")
    for name, rule in rules.items():
        if not hasattr(rule, "__code__"):
            raise TypeError(
                f"{op}(): the rule of {name} must be a function, such as lambda dz: ..., but is {rule!r}"
            )
        for need in rule.__code__.co_varnames[: rule.__code__.co_argcount]:
            if need not in params and need not in _GIVEN:
                raise TypeError(
                    f"{op}(): the rule of {name} names {need!r}, which is unknown: it may name "
                    f"{', '.join((*_GIVEN, *params))}"
                )


def cannot_be_numpy() -> RuntimeError:
    """What to raise where a Tensor that requires grad should become an array. torch's advice is wrong in a rule."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_qualname in ("Op.gradients", "VariadicOp.gradients"):
            op, rule = frame.f_locals["self"], frame.f_locals["rule"]
            name = next(name for name, each in op.rules.items() if each is rule)
            return RuntimeError(
                f"{op.forward.__name__}(): the rule of {name} calls NumPy on a Tensor\n"
                "With create_graph=True rules run on Tensors, so that the gradient can be differentiated again: "
                "write minigrad.exp(x), not np.exp(x)."
            )
    return RuntimeError(
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
    )
