"""Losses as functions: from scores and targets to one number.   torch: torch/nn/functional.py

nll_loss and cross_entropy compare scores with classes, mse_loss numbers with numbers. What a call cannot mean is
said at the end, in torch's words.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import dtypes
from minigrad.arrays.device import check_same_device
from minigrad.autograd.base import Array, wrap
from minigrad.autograd.misuse import check_broadcast
from minigrad.tensors import functions, reductions
from minigrad.tensors.arguments import tensor_function
from minigrad.tensors.tensor import Tensor

# torch's names for what is one function to us
_nll_loss2d = ops.nll_loss.named("NllLoss2DBackward0")
_mean_of = ops.div.named("DivBackward1")


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
    return nll_loss_nd(input, target, weight, _reduction(reduction, size_average, reduce), ignore_index)


@tensor_function
def nll_loss_nd(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, ignore_index: int
) -> Tensor:
    """nll_loss once its options are read, under the name that torch's errors tell."""
    return _nll_loss(input, target, weight, reduction, ignore_index)


def _nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, ignore_index: int
) -> Tensor:
    ignored = None if _check_classes(input, target, weight, ignore_index) else ignore_index
    if input.array.ndim <= 2:
        return ops.nll_loss(input, target, weight, reduction, ignored)
    if input.array.ndim == 4:
        return _nll_loss2d(input, target, weight, reduction, ignore_index)
    n, classes, *rest = input.array.shape
    pixels, places = input.reshape(n, classes, 1, -1), target.reshape(n, 1, -1)
    loss = _nll_loss2d(pixels, places, weight, reduction, ignore_index)
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
    reduction = _reduction(reduction, size_average, reduce)
    return cross_entropy_loss(input, target, weight, reduction, ignore_index, label_smoothing)


@tensor_function
def cross_entropy_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    reduction: str,
    ignore_index: int,
    label_smoothing: float,
) -> Tensor:
    """cross_entropy once its options are read, under the name that torch's errors tell."""
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    class_dim = 0 if input.array.ndim == 1 else 1
    if target.array.shape == input.array.shape:
        _check_probabilities(input, target, weight, ignore_index, class_dim)
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing, class_dim)
    log_p = reductions.along(input, ops.log_softmax, class_dim)
    loss = _nll_loss(log_p, target, weight, reduction, ignore_index)
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
    log_p = reductions.along(input, ops.log_softmax, dim)
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


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """(x - y)², elementwise: their mean, sum, or each; with a weight w, w·(x - y)² and the mean divides by Σ w.

    Warns where the shapes differ: they broadcast, which is seldom meant. RuntimeError where they do not broadcast,
    NotImplementedError for integers. torch: torch.nn.functional.mse_loss.
    """
    x, y = input, target
    if y.size() != x.size():
        warnings.warn(
            f"Using a target size ({y.size()}) that is different to the input size ({x.size()}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=2,
        )
        shapes = [x.array.shape, y.array.shape]
        check_broadcast(shapes)
        shape = np.broadcast_shapes(*shapes)
        x, y = (t if t.array.shape == shape else t.expand(*shape) for t in (x, y))
    reduction = legacy_reduction(reduction, size_average, reduce)
    if weight is not None:
        return _weighted(x, y, weight, input.array.shape, reduction)
    if x.array.dtype.kind != "f" and y.array.dtype.kind != "f":
        kind = dtypes.promote_types(x.dtype, y.dtype)
        raise NotImplementedError(
            f"\"mse_cpu\" not implemented for '{kind.scalar_name}'\nConvert with .float() first."
        )
    return ops.mse_loss(x, y, _reduction(reduction, None, None))


def _weighted(x: Tensor, y: Tensor, weight: Tensor, shape: tuple[int, ...], reduction: str) -> Tensor:
    if weight.array.shape != shape:
        raise ValueError("Weights and input must have the same size.")
    squares = functions.pow(x - y, 2) * weight
    if reduction == "none":
        return squares
    if reduction not in ("sum", "mean"):
        raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")
    return squares.sum() if reduction == "sum" else squares.sum() / weight.sum()


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
    if input.ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    _check_weight("cross_entropy: ", input.shape[dim], weight)


def _check_weight(where: str, classes: int, weight: Tensor | None) -> None:
    if weight is not None and weight.array.shape != (classes,):
        raise RuntimeError(
            f"{where}weight tensor should be defined either for all {classes} classes or no classes but got weight "
            f"tensor of shape: {list(weight.shape)}"
        )


# The integer types that targets may have, each with its unsigned counterpart.
_CLASSES: dict[Any, Any] = {np.dtype(np.int64): np.dtype(np.uint64), np.dtype(np.uint8): np.dtype(np.uint8)}


def _check_classes(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> bool:
    """Raise what torch raises, in its order. Returns whether it is certain that no target is ignored."""
    shape, y = input.array.shape, target.array
    if not shape:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    _check_shapes(shape, y.shape)
    classes = shape[0 if len(shape) == 1 else 1]
    _check_weight("", classes, weight)
    if y.dtype not in _CLASSES:
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {target.dtype.scalar_name}\n"
            "Classes are int64: convert them with .long()."
        )
    if input.array.dtype.kind != "f":
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
    if type(y) is not type(input.array):
        check_same_device(input.array, y)
    if not y.size:
        return False
    return none_ignored(y, classes, ignore_index)


def none_ignored(y: Array, classes: int, ignore_index: int) -> bool:
    """Whether it is certain that no target is ignored. Raises IndexError for a target that is not a class."""
    # Seen as unsigned, a negative number is large: the largest number tells whether all are classes.
    if np.maximum.reduce(y.view(_CLASSES[y.dtype]), None) < classes:
        return not 0 <= ignore_index < classes
    outside = y[(y != ignore_index) & ((y < 0) | (y >= classes))]
    if outside.size:
        raise out_of_bounds(outside[0], classes)
    return False


def out_of_bounds(wrong: int, classes: int) -> IndexError:
    """The error for a target that is not a class."""
    return IndexError(f"Target {wrong} is out of bounds.\nClasses are numbered from 0 to {classes - 1}.")


def _check_shapes(shape: tuple[int, ...], target: tuple[int, ...]) -> None:
    if len(shape) == 2 and target == shape[:1]:  # as most often: nothing more to ask
        return
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
