"""torch's words for what the engine refuses.   torch: torch/csrc/autograd/saved_variable.cpp"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from minigrad.arrays.dtypes import dtype_of

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


def modified(value: Any, version: int, expected: int, name: str | None = None) -> RuntimeError:
    """What to raise for a saved value that was changed in place since; `name` is the op that it is the output of."""
    output = f", which is output 0 of {name}," if name else ""
    kind = dtype_of(value.dtype).scalar_name
    type_name = "CPUBoolType" if kind == "Bool" else f"torch.{kind}Tensor"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{type_name} {list(value.shape)}]{output} is at version {version}; "
        f"expected version {expected} instead. Hint: enable anomaly detection to find the operation that failed to "
        "compute its gradient, with minigrad.autograd.set_detect_anomaly(True, check_nan=False).\nThe value that the "
        "gradient needs was overwritten: change a clone() of it, or compute a new tensor."
    )
