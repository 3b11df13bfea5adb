"""What layers compute, as functions; the losses are in losses.py.   torch: torch/nn/functional.py"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from minigrad import ops, random
from minigrad.arrays import device as devices
from minigrad.arrays.dtypes import full_name
from minigrad.autograd.base import wrap
from minigrad.nn.losses import cross_entropy, mse_loss, nll_loss
from minigrad.tensors import functions, products
from minigrad.tensors.arguments import tensor_function
from minigrad.tensors.inplace import change
from minigrad.tensors.tensor import Tensor

__all__ = [
    "cross_entropy", "dropout", "linear", "log_softmax", "mse_loss", "nll_loss", "one_hot", "relu", "relu_", "sigmoid",
    "softmax", "tanh",
]  # fmt: skip

_no_bias = ops.linear.named("MmBackward0")


@tensor_function
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y = x·Wᵀ + b, for x of shape (*, in), W (out, in), b (out,): y is (*, out).

    Raises TypeError for what is no Tensor, RuntimeError in torch's words for shapes or types that do not fit.
    torch: torch.nn.functional.linear.
    """
    if bias is not None and _plain(input.array, weight.array, bias.array):
        return ops.linear(input, weight, bias)
    if input.ndim == 0 or weight.ndim == 0:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are {input.ndim}D and {weight.ndim}D"
        )
    if weight.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {weight.ndim}D")
    if weight.ndim == 1:
        if bias is not None:
            raise RuntimeError(
                "mat2 must be a matrix, got 1-D tensor\nThe weight of a linear layer is (out, in)."
            )
        return products.matmul(input, weight)
    *batch, features = input.array.shape
    rows = math.prod(batch)
    _check_linear((rows, features), input, weight, bias)
    if bias is None:
        return _no_bias(input, weight, None) if len(batch) == 1 else products.matmul(input, weight.t())
    product: Tensor = ops.linear(input.reshape(rows, features), weight, bias)
    return product.view(*batch, weight.array.shape[0])


def _plain(x: Any, w: Any, b: Any) -> bool:
    """Whether it is a batch of vectors and all fits: the common case, in one look."""
    return bool(
        x.ndim == 2
        and b.ndim == 1
        and w.shape == (len(b), x.shape[1])
        and x.dtype is w.dtype is b.dtype
        and x.dtype.kind == "f"
    )


def _check_linear(shape: tuple[int, int], input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    (n, m), (out, features) = shape, weight.array.shape
    if m != features:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({n}x{m} and {features}x{out})\n"
            f"The layer wants {features} input features; the last dimension of the input has {m}."
        )
    operands = (input, weight) if bias is None else (input, weight, bias)
    kinds = {x.array.dtype for x in operands}
    if len(kinds) > 1:
        words = _types_differ(*(x.dtype.scalar_name for x in operands))
        raise RuntimeError(f"{words}\nConvert the input with .float(), or the model with .double().")
    if input.array.dtype == bool:
        raise NotImplementedError(
            "\"addmm_impl_cpu_\" not implemented for 'Bool'\nConvert with .float() first."
        )
    if bias is not None and bias.array.shape not in ((out,), (1,), ()):
        raise RuntimeError(
            f"The expanded size of the tensor ({out}) must match the existing size ({bias.array.shape[-1]}) at "
            f"non-singleton dimension 1.  Target sizes: [{n}, {out}].  Tensor sizes: {list(bias.shape)}"
        )


def _types_differ(input: str, weight: str, bias: str | None = None) -> str:
    """torch goes three ways here, each with words of its own."""
    if bias is None:
        return f"expected m1 and m2 to have the same dtype, but got: {_C[input]} != {_C[weight]}"
    if input != weight:
        return f"mat1 and mat2 must have the same dtype, but got {input} and {weight}"
    return f"self and mat2 must have the same dtype, but got {bias} and {weight}"


# how C++ spells the types
_C = {
    "Half": "c10::Half", "Float": "float", "Double": "double", "Char": "signed char", "Short": "short int",
    "Int": "int", "Long": "long int", "Byte": "unsigned char", "Bool": "bool",
}  # fmt: skip


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0), elementwise; with `inplace` in the input's own memory."""
    return relu_(input) if inplace else functions.relu(input)


@tensor_function
def relu_(input: Tensor) -> Tensor:
    """max(x, 0), in x's own memory."""
    if input.array.dtype == bool:
        raise RuntimeError("Boolean inputs not supported for relu")
    return change(input, ops.relu)


def sigmoid(input: Tensor) -> Tensor:
    """1/(1 + e⁻ˣ), elementwise."""
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """tanh x, elementwise."""
    return input.tanh()


def _implicit_dim(name: str, ndim: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=4,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """eˣ / Σ eˣ along dim: probabilities."""
    return input.softmax(_implicit_dim("softmax", input.ndim) if dim is None else dim, dtype=dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """x - log Σ eˣ along dim: log-probabilities, safe for large x."""
    return input.log_softmax(_implicit_dim("log_softmax", input.ndim) if dim is None else dim, dtype=dtype)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While training, each element is 0 with probability p, else x / (1 - p): the expectation stays x.

    The elements that fall are torch's for the same seed. ValueError for p outside [0, 1].
    """
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not isinstance(input, Tensor):
        raise TypeError(f"dropout(): argument 'input' (position 1) must be Tensor, not {full_name(input)}")
    if not training or p == 0:
        return input
    array = input.array
    if array.dtype.kind != "f":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {input.dtype.scalar_name}\n"
            "Convert the input with .float()."
        )
    noise = np.zeros_like(array)
    if p < 1:  # p = 1 draws nothing
        kept = random.default_generator.bernoulli(array.shape, 1 - p).astype(array.dtype)
        noise = devices.move(kept, input.device)
        noise /= array.dtype.type(1 - p)
    return change(input, ops.mul, noise) if inplace else ops.mul(input, noise)


@tensor_function
def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """A row for each class number: 1 at that place, else 0; int64, one dimension more than the input.

    As many classes as the largest number needs, unless told. RuntimeError for what is no int64, or out of range.
    """
    classes = input.array
    if classes.dtype != np.int64:
        raise RuntimeError(
            "one_hot is only applicable to index tensor of type LongTensor.\nConvert it with .long()."
        )
    if classes.size == 0 and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.\nPass num_classes.")
    if classes.size and classes.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(classes.max()) + 1
    elif classes.size and classes.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((classes[..., None] == np.arange(num_classes, like=classes)).astype(np.int64))
