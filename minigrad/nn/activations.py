"""relu, softmax and log_softmax, which torch has in three places: torch.relu(x), x.relu() and nn.functional.relu(x).

Their ops are those of nn/ops.py. tensors/ lies below nn/, so Tensor gets these methods here.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import warnings

from minigrad.arrays import dtypes
from minigrad.autograd.op import Op
from minigrad.nn import ops
from minigrad.tensors.arguments import one_dim, tensor_function
from minigrad.tensors.functions import clone
from minigrad.tensors.methods import in_place, method_of
from minigrad.tensors.tensor import Tensor


@tensor_function
def relu(input: Tensor) -> Tensor:
    """max(input, 0)"""
    if input.array.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    return ops.relu(input)


def relu_(input: Tensor) -> Tensor:
    """max(input, 0), in the input's own memory."""
    return input.relu_()


def along(input: Tensor, op: Op, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """Call an op with one axis. Raises torch's NotImplementedError for integers."""
    x = input if dtype is None else input.to(dtype)
    axis = one_dim(dim, x.array.ndim)
    if x.array.dtype.kind != "f":
        if x.array.size == 0:
            return clone(x)
        kernel = f"{op.forward.__name__}_{'lastdim_' * (axis >= x.ndim - 1)}kernel_impl"
        raise NotImplementedError(
            f"\"{kernel}\" not implemented for '{x.dtype.scalar_name}'\n"
            "Convert with .float() first, or pass dtype=."
        )
    return op(x, (axis,) if x.array.ndim else ())


def implicit_dim(name: str, ndim: int) -> int:
    """The axis that a softmax takes if the program names none, with torch's warning."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=4,
    )
    return 0 if ndim in (0, 1, 3) else 1


@tensor_function
def softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """eˣ / Σ eˣ along dim."""
    return along(input, ops.softmax, dim, dtype)


@tensor_function
def log_softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """x - log Σ eˣ along dim."""
    return along(input, ops.log_softmax, dim, dtype)


METHODS = {"relu_": in_place(relu)} | {f.__name__: method_of(f) for f in (relu, softmax, log_softmax)}
for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)
