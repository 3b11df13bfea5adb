"""What layers compute, as functions.   torch: torch/nn/functional.py"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from minigrad import device as devices
from minigrad import functions, ops, random
from minigrad.autograd.engine import TensorBase, wrap
from minigrad.autograd.variable import full_name
from minigrad.functions import sigmoid, tanh
from minigrad.inplace import change
from minigrad.tensor import Tensor

__all__ = [
    "cross_entropy", "dropout", "linear", "log_softmax", "nll_loss", "relu", "sigmoid", "softmax", "tanh",
]  # fmt: skip

# torch's names for what is one function to us
_no_bias = ops.linear.named("MmBackward0")
_nll_loss2d = ops.nll_loss.named("NllLoss2DBackward0")
_mean_of = ops.div.named("DivBackward1")


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y = x·Wᵀ + b, for x of shape (*, in), W (out, in), b (out,): y is (*, out).

    Raises TypeError for what is no Tensor, RuntimeError in torch's words for shapes or types that do not fit.
    torch: torch.nn.functional.linear.
    """
    _check_tensors("linear", input=input, weight=weight, bias=bias)
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
        return functions.matmul(input, weight)
    *batch, features = input.array.shape
    rows = math.prod(batch)
    _check_linear((rows, features), input, weight, bias)
    if bias is None:
        return _no_bias(input, weight, None) if len(batch) == 1 else functions.matmul(input, weight.t())
    if len(batch) == 1:
        return ops.linear(input, weight, bias)
    product: Tensor = ops.linear(input.reshape(rows, features), weight, bias)
    return product.view(*batch, weight.array.shape[0])


def _check_linear(shape: tuple[int, int], input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    (n, m), (out, features) = shape, weight.array.shape
    if m != features:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({n}x{m} and {features}x{out})\n"
            f"The layer wants {features} input features; the last dimension of the input has {m}."
        )
    types = [x.dtype.scalar_name for x in (input, weight, bias) if x is not None]
    if len(set(types)) > 1:
        raise RuntimeError(
            _types_differ(*types) + "\nConvert the input with .float(), or the model with .double()."
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


def _check_tensors(function: str, **arguments: Any) -> None:
    for place, (name, value) in enumerate(arguments.items(), 1):
        optional = name in ("weight", "bias") and place == 3
        if not isinstance(value, TensorBase) and not (optional and value is None):
            raise TypeError(
                f"{function}(): argument '{name}' (position {place}) must be Tensor, not {full_name(value)}\n"
                "Make one with minigrad.tensor(...) or minigrad.from_numpy(...)."
            )


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0), elementwise; with `inplace` in the input's own memory."""
    return change(input, ops.relu) if inplace else functions.relu(input)


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
    _check_tensors("dropout", input=input)
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
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
    _check_tensors("nll_loss_nd", input=input, target=target, weight=weight)
    reduction = _reduction(reduction, size_average, reduce)
    _check_classes(input, target, weight, ignore_index)
    if input.ndim == 1:  # one sample: the sum is its loss
        input, target, reduction = input.unsqueeze(0), target.reshape(1), reduction.replace("none", "sum")
    w = None if weight is None else weight.array
    if input.ndim == 2:
        return ops.nll_loss(input, target.array, w, reduction, ignore_index)
    if input.ndim == 4:
        return _nll_loss2d(input, target.array, w, reduction, ignore_index)
    n, classes, *rest = input.array.shape
    pixels = input.reshape(n, classes, 1, math.prod(rest))
    loss = _nll_loss2d(pixels, target.array.reshape(n, 1, math.prod(rest)), w, reduction, ignore_index)
    return loss.view(n, *rest) if reduction == "none" else loss


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
    _check_tensors("cross_entropy_loss", input=input, target=target, weight=weight)
    reduction = _reduction(reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    class_dim = 0 if input.ndim == 1 else 1
    if target.array.shape == input.array.shape:
        _check_probabilities(input, target, weight, ignore_index, class_dim)
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing, class_dim)
    log_p = functions.log_softmax(input, class_dim)
    loss = nll_loss(log_p, target, weight, ignore_index=ignore_index, reduction=reduction)
    if label_smoothing == 0:
        return loss
    target = target.reshape(()) if input.ndim == 1 else target
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
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, smoothing: float, dim: int
) -> Tensor:
    """Against probabilities q: -Σ w·q·log p."""
    classes = input.array.shape[dim]
    log_p = functions.log_softmax(input, dim)
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / classes
    product = log_p * target
    if weight is not None:
        product = product * weight.reshape(*(-1 if d == dim else 1 for d in range(input.ndim)))
    if reduction == "none":
        return -product.sum(dim)
    total = -product.sum()
    if reduction == "sum":
        return total
    return _mean_of(total, input.array.size // max(classes, 1))


def legacy_reduction(reduction: str, size_average: Any, reduce: Any) -> str:
    """What `reduction` says, unless the two flags that came before it say otherwise, with a warning."""
    if size_average is None and reduce is None:
        return reduction
    summed = size_average is not None and not size_average
    reduction = "none" if reduce is not None and not reduce else "sum" if summed else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
        stacklevel=4,
    )
    return reduction


def _reduction(reduction: str, size_average: Any, reduce: Any) -> str:
    reduction = legacy_reduction(reduction, size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction\nChoose 'none', 'mean' or 'sum'.")
    return reduction


def _check_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, dim: int
) -> None:
    if not target.is_floating_point():
        raise RuntimeError(
            "Expected floating point type for target with class probabilities, got "
            f"{target.dtype.scalar_name}\nConvert it with .float()."
        )
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    _check_weight("cross_entropy: ", input.shape[dim], weight)


def _check_weight(where: str, classes: int, weight: Tensor | None) -> None:
    if weight is not None and weight.array.shape != (classes,):
        raise RuntimeError(
            f"{where}weight tensor should be defined either for all {classes} classes or no classes but got weight "
            f"tensor of shape: {list(weight.shape)}"
        )


def _check_classes(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> None:
    """In torch's order: a call with two mistakes hears of the same one first."""
    if input.ndim == 0:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    _check_shapes(input.array.shape, target.array.shape)
    classes = input.array.shape[0 if input.ndim == 1 else 1]
    _check_weight("", classes, weight)
    if target.array.dtype not in (np.int64, np.uint8):
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {target.dtype.scalar_name}\n"
            "Classes are int64: convert them with .long()."
        )
    if not input.is_floating_point():
        raise NotImplementedError(f"\"nll_loss_out_frame\" not implemented for '{input.dtype.scalar_name}'")
    if weight is not None and weight.array.dtype != input.array.dtype:
        raise RuntimeError(
            f"expected scalar type {input.dtype.scalar_name} but found {weight.dtype.scalar_name}\n"
            "Give the weights the type of the input."
        )
    if weight is not None and weight.requires_grad:
        raise RuntimeError(
            "The function 'nll_loss_forward' is not differentiable with respect to argument 'weight'. This input "
            "cannot have requires_grad True."
        )
    y = target.array
    if y.size and not 0 <= y.min() <= y.max() < classes:
        outside = y[(y != ignore_index) & ((y < 0) | (y >= classes))]
        if outside.size:
            raise IndexError(
                f"Target {outside[0]} is out of bounds.\nClasses are numbered from 0 to {classes - 1}."
            )


def _check_shapes(shape: tuple[int, ...], target: tuple[int, ...]) -> None:
    if len(shape) == 1:
        if len(target) == 1 and target != (1,):
            raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target[0]}")
    elif target[:1] != shape[:1]:
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size ({target[0] if target else 0})."
        )
    if len(shape) <= 2 and len(target) > 1:
        raise RuntimeError(
            "0D or 1D target tensor expected, multi-target not supported\n"
            f"The target has shape {list(target)}. Classes are one number per sample: try .squeeze(1) or .reshape(-1); "
            f"probabilities have the input's shape, {list(shape)}."
        )
    wanted = (*shape[:1], *shape[2:])
    if len(shape) == 4 and len(target) != 3:
        raise RuntimeError(
            f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {len(target)}"
        )
    if len(shape) == 4 and target != wanted:
        raise RuntimeError(
            f"size mismatch (got input: {list(shape)} , target: {list(target)}\nExpected target size {list(wanted)}."
        )
    if len(shape) > 2 and target != wanted:
        raise RuntimeError(f"Expected target size {list(wanted)}, got {list(target)}")
