"""The errors of linear, one_hot and the losses, with torch's messages.   torch: aten/.../LossNLL.cpp"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from minigrad.arrays.device import check_same_device
from minigrad.autograd.base import Array
from minigrad.tensors.tensor import Tensor


def check_linear(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Raise RuntimeError for shapes or types that do not fit, NotImplementedError for bools."""
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
        return
    *batch, m = input.array.shape
    n, (out, features) = math.prod(batch), weight.array.shape
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
    """torch has three code paths here, each with its own error message."""
    if bias is None:
        return f"expected m1 and m2 to have the same dtype, but got: {_C[input]} != {_C[weight]}"
    if input != weight:
        return f"mat1 and mat2 must have the same dtype, but got {input} and {weight}"
    return f"self and mat2 must have the same dtype, but got {bias} and {weight}"


# The names of the types in C++
_C = {
    "Half": "c10::Half", "Float": "float", "Double": "double", "Char": "signed char", "Short": "short int",
    "Int": "int", "Long": "long int", "Byte": "unsigned char", "Bool": "bool",
}  # fmt: skip


def check_one_hot(classes: Array, num_classes: int) -> int:
    """The number of classes. Raises RuntimeError for another type than int64, or a class out of range."""
    if classes.dtype != np.int64:
        raise RuntimeError(
            "one_hot is only applicable to index tensor of type LongTensor.\nConvert it with .long()."
        )
    if classes.size == 0 and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.\nPass num_classes.")
    if classes.size and classes.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        return int(classes.max()) + 1
    if classes.size and classes.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return num_classes


def check_between_0_and_1(p: Array) -> None:
    """Raise RuntimeError unless all elements are in [0, 1]."""
    if not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError(
            "all elements of input should be between 0 and 1\n"
            "Apply sigmoid first, or use binary_cross_entropy_with_logits, which does so and cannot overflow."
        )


def legacy_reduction(reduction: str, size_average: Any, reduce: Any) -> str:
    """The reduction that two flags of older versions ask for, with a warning. Without them it is `reduction`."""
    if size_average is None and reduce is None:
        return reduction
    summed = size_average is not None and not size_average
    reduction = "none" if reduce is not None and not reduce else "sum" if summed else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
        stacklevel=4,
    )
    return reduction


def checked_reduction(reduction: str, size_average: Any, reduce: Any) -> str:
    """The same. Raises ValueError if it is not "none", "mean" or "sum"."""
    reduction = legacy_reduction(reduction, size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction\nChoose 'none', 'mean' or 'sum'.")
    return reduction


def check_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, dim: int
) -> None:
    """Raise what torch raises for a target that holds the probabilities of the classes along dim."""
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


def _check_weight(function: str, classes: int, weight: Tensor | None) -> None:
    if weight is not None and weight.array.shape != (classes,):
        raise RuntimeError(
            f"{function}weight tensor should be defined either for all {classes} classes or no classes but got weight "
            f"tensor of shape: {list(weight.shape)}"
        )


# The integer types that targets may have, each with its unsigned counterpart.
CLASSES: dict[Any, Any] = {np.dtype(np.int64): np.dtype(np.uint64), np.dtype(np.uint8): np.dtype(np.uint8)}


def check_classes(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> bool:
    """Raise what torch raises, in its order. Returns whether it is certain that no target is ignored."""
    shape, y = input.array.shape, target.array
    if not shape:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    _check_shapes(shape, y.shape)
    classes = shape[0 if len(shape) == 1 else 1]
    _check_weight("", classes, weight)
    if y.dtype not in CLASSES:
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
    if np.maximum.reduce(y.view(CLASSES[y.dtype]), None) < classes:
        return not 0 <= ignore_index < classes
    outside = y[(y != ignore_index) & ((y < 0) | (y >= classes))]
    if outside.size:
        raise out_of_bounds(outside[0], classes)
    return False


def out_of_bounds(wrong: int, classes: int) -> IndexError:
    """The error for a target that is not a class."""
    return IndexError(f"Target {wrong} is out of bounds.\nClasses are numbered from 0 to {classes - 1}.")


def _check_shapes(shape: tuple[int, ...], target: tuple[int, ...]) -> None:
    if len(shape) == 2 and target == shape[:1]:  # the common case
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
