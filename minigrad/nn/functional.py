"""What layers compute, as functions.   torch: torch/nn/functional.py"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .. import functions, ops, random
from ..autograd.engine import TensorBase, wrap
from ..functions import relu, sigmoid, tanh
from ..inplace import change
from ..tensor import Tensor

__all__ = [
    "cross_entropy", "dropout", "linear", "log_softmax", "nll_loss", "relu", "sigmoid", "softmax", "tanh",
]  # fmt: skip

_no_bias = ops.linear.named("MmBackward0")


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y = x·Wᵀ + b, for x of shape (*, in), W (out, in), b (out,): y is (*, out).

    Raises TypeError for what is no Tensor, RuntimeError in torch's words for shapes or types that do not fit.
    torch: torch.nn.functional.linear.
    """
    for place, (name, value) in enumerate((("input", input), ("weight", weight), ("bias", bias)), 1):
        if not isinstance(value, TensorBase) and not (name == "bias" and value is None):
            raise TypeError(
                f"linear(): argument '{name}' (position {place}) must be Tensor, not {_type_name(value)}\n"
                "Make one with minigrad.tensor(...) or minigrad.from_numpy(...).float()."
            )
    if input.ndim == 2 and weight.ndim == 2:
        _check_linear(input, weight, bias)
        return _no_bias(input, weight, None) if bias is None else ops.linear(input, weight, bias)
    if input.ndim == 0 or weight.ndim == 0:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are {input.ndim}D and {weight.ndim}D"
        )
    if weight.ndim == 1:
        product = functions.matmul(input, weight)
        return product if bias is None else product + bias
    *batch, features = input.array.shape
    rows = linear(input.reshape(math.prod(batch), features), weight, bias)
    return rows.reshape(*batch, weight.array.shape[0])


def _check_linear(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    (n, m), (out, features) = input.array.shape, weight.array.shape
    if m != features:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({n}x{m} and {features}x{out})\n"
            f"The layer wants {features} input features; the last dimension of the input has {m}."
        )
    for other in (weight, bias):
        if other is not None and other.array.dtype != input.array.dtype:
            raise RuntimeError(
                f"mat1 and mat2 must have the same dtype, but got {input.dtype.scalar_name} and "
                f"{other.dtype.scalar_name}\nConvert the input with .float(), or the model with .double()."
            )
    if bias is not None and bias.array.shape not in ((out,), (1,)):
        raise RuntimeError(
            f"The expanded size of the tensor ({out}) must match the existing size ({bias.array.shape[-1]}) at "
            f"non-singleton dimension 1.  Target sizes: [{n}, {out}].  Tensor sizes: {list(bias.shape)}"
        )


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _implicit_dim(name: str, ndim: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=4,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """eˣ / Σ eˣ along dim: probabilities."""
    return functions.softmax(input, _implicit_dim("softmax", input.ndim) if dim is None else dim, dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """x - log Σ eˣ along dim: log-probabilities, safe for large x."""
    return functions.log_softmax(
        input, _implicit_dim("log_softmax", input.ndim) if dim is None else dim, dtype
    )


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While training, each element is 0 with probability p, else x / (1 - p): the expectation stays x.

    The elements that fall are torch's for the same seed. ValueError for p outside [0, 1].
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    array = input.array
    if p == 1:
        noise = np.zeros(array.shape, array.dtype)
    else:
        noise = random.default_generator.bernoulli(array.shape, 1 - p).astype(array.dtype)
        noise /= array.dtype.type(1 - p)
    return change(input, ops.mul, noise) if inplace else ops.mul(input, noise)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """-w[y]·x[y], x log-probabilities (N, C, d₁ ...) or (C,), y classes (N, d₁ ...): their mean, sum, or each.

    The mean divides by Σ w[y]. Samples whose class is ignore_index do not count. Raises as cross_entropy does.
    """
    reduction = _reduction(reduction, size_average, reduce)
    if input.ndim == 1:
        rows = input.unsqueeze(0)
        loss = nll_loss(rows, target.reshape(1), weight, None, ignore_index, None, reduction)
        return loss.squeeze(0) if reduction == "none" and target.ndim == 0 else loss
    _check_classes(input, target, weight, ignore_index)
    op = ops.nll_loss if input.ndim == 2 else ops.nll_loss.named("NllLoss2DBackward0")
    return op(input, target.array, None if weight is None else weight.array, reduction, ignore_index)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(x)[y]: how surprised the model is by the right class.

    x are logits (N, C, d₁ ...) or (C,); y are classes, int64 (N, d₁ ...), or probabilities of x's shape.
    With classes, the mean divides by Σ w[y] over those that are not ignore_index; with probabilities, by
    N·d₁···. Label smoothing s mixes the target with the uniform distribution, (1 - s)·q + s/C.
    Raises in torch's words for shapes, types, classes or options that make no sense.
    torch: torch.nn.functional.cross_entropy.
    """
    reduction = _reduction(reduction, size_average, reduce)
    _check_losses(input, target, label_smoothing)
    class_dim = 0 if input.ndim == 1 else 1
    if target.array.shape == input.array.shape and target.is_floating_point():
        return _soft_cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing, class_dim)
    if target.array.dtype not in (np.int64, np.uint8) or (
        target.ndim > 1 and target.array.shape == input.array.shape
    ):
        _refuse_target(input, target)
    log_p = functions.log_softmax(input, class_dim)
    loss = nll_loss(log_p, target, weight, None, ignore_index, None, reduction)
    if label_smoothing == 0:
        return loss
    smooth = _smoothing(log_p, target, weight, ignore_index, reduction, class_dim)
    return loss * (1 - label_smoothing) + smooth * (label_smoothing / input.array.shape[class_dim])


def _smoothing(
    log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, class_dim: int
) -> Tensor:
    """The loss against all classes at once, -Σ w·log p, in the steps that torch takes."""
    weighted = log_p
    if weight is not None:
        weighted = log_p * weight.reshape(*(-1 if d == class_dim else 1 for d in range(log_p.ndim)))
    ignored = target == ignore_index
    losses = functions.where(ignored, 0.0, -weighted.sum(class_dim))
    if reduction == "none":
        return losses
    if reduction == "sum":
        return losses.sum()
    if weight is None:
        return losses.sum() / (~ignored).sum()
    classes = np.where(ignored.array, 0, target.array)
    counted = np.where(ignored.array, weight.array.dtype.type(0), weight.array[classes])
    return losses.sum() / wrap(counted).sum()


def _soft_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    smoothing: float,
    dim: int,
) -> Tensor:
    """Against probabilities q: -Σ w·q·log p."""
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    log_p = functions.log_softmax(input, dim)
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / input.array.shape[dim]
    product = log_p * target
    if weight is not None:
        product = product * weight.reshape(*(-1 if d == dim else 1 for d in range(input.ndim)))
    if reduction == "none":
        return -product.sum(dim)
    total = -product.sum()
    if reduction == "sum":
        return total
    return ops.div.named("DivBackward1")(total, input.array.size // input.array.shape[dim])


def _reduction(reduction: str, size_average: Any, reduce: Any) -> str:
    reduction = legacy_reduction(reduction, size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction\nChoose 'none', 'mean' or 'sum'.")
    return reduction


def legacy_reduction(reduction: str, size_average: Any, reduce: Any) -> str:
    """What the two deprecated arguments mean, if they are given."""
    if size_average is None and reduce is None:
        return reduction
    size_average, reduce = (True if value is None else bool(value) for value in (size_average, reduce))
    meant = "none" if not reduce else "mean" if size_average else "sum"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.",
        stacklevel=4,
    )
    return meant


def _check_losses(input: Tensor, target: Tensor, label_smoothing: float) -> None:
    for place, (name, value) in enumerate((("input", input), ("target", target)), 1):
        if not isinstance(value, TensorBase):
            raise TypeError(
                f"cross_entropy_loss(): argument '{name}' (position {place}) must be Tensor, not {_type_name(value)}"
            )
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")


def _refuse_target(input: Tensor, target: Tensor) -> None:
    name = target.dtype.scalar_name
    if target.array.shape == input.array.shape:
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {name}\nConvert it with .float()."
        )
    if target.is_floating_point() and target.ndim == input.ndim:
        raise RuntimeError(
            "0D or 1D target tensor expected, multi-target not supported\n"
            f"Probabilities must have the input's shape, {list(input.shape)}; these have {list(target.shape)}."
        )
    raise RuntimeError(
        f"expected target dtype to be Long or Byte, but got {name}\nClasses are int64: convert them with .long()."
    )


def _check_classes(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> None:
    classes, shape = input.array.shape[1], input.array.shape
    if target.array.dtype not in (np.int64, np.uint8):
        _refuse_target(input, target)
    if input.ndim == 2 and target.ndim > 1:
        raise RuntimeError(
            "0D or 1D target tensor expected, multi-target not supported\n"
            f"The target has shape {list(target.shape)}; one class per sample is {[shape[0]]}: try .reshape(-1)."
        )
    if target.ndim == 0 or target.array.shape[0] != shape[0]:
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size ({len(target) if target.ndim else 1})."
        )
    if target.array.shape != (shape[0], *shape[2:]):
        raise RuntimeError(f"Expected target size {[shape[0], *shape[2:]]}, got {list(target.shape)}")
    if weight is not None and weight.array.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}"
        )
    outside = (target.array != ignore_index) & ((target.array < 0) | (target.array >= classes))
    if outside.any():
        raise IndexError(
            f"Target {target.array[outside][0]} is out of bounds.\nClasses are numbered from 0 to {classes - 1}."
        )
