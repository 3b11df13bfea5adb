"""Further losses as functions of tensors.   torch: torch/nn/functional.py

nn/functional.py has them under torch's names. Their ops are in loss_ops.py, with the rules.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from minigrad import ops as arithmetic
from minigrad.autograd.misuse import check_broadcast
from minigrad.nn import checks
from minigrad.nn import loss_ops as ops
from minigrad.nn.checks import checked_reduction, legacy_reduction
from minigrad.tensors.functions import refuse
from minigrad.tensors.tensor import Tensor


def broadcast(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in their common shape, with torch's warning if their shapes differ: that is seldom meant."""
    if target.size() != input.size():
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=3,
        )
        shapes = [input.array.shape, target.array.shape]
        check_broadcast(shapes)
        shape = np.broadcast_shapes(*shapes)
        input, target = (t if t.array.shape == shape else t.expand(*shape) for t in (input, target))
    return input, target


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """The losses themselves, their sum, or their mean."""
    return {"none": lambda: losses, "sum": losses.sum, "mean": losses.mean}[reduction]()


def weighted(losses: Tensor, weight: Tensor, shape: Any, reduction: str, divisor: Tensor | None) -> Tensor:
    """The losses times their weights, reduced. The mean divides by `divisor`, or by their number.

    Raises ValueError if the weights have not the input's shape, or for another reduction.
    """
    if weight.size() != shape:
        raise ValueError("Weights and input must have the same size.")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")
    losses = losses * weight
    if reduction == "mean" and divisor is not None:
        return losses.sum() / divisor
    return reduced(losses, reduction)


def l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """|x - y|, elementwise: their mean, sum, or each; with a weight w, w·|x - y|, and the mean divides by Σ w.

    Warns and raises as mse_loss does. torch: torch.nn.functional.l1_loss.
    """
    x, y = broadcast(input, target)
    reduction = legacy_reduction(reduction, size_average, reduce)
    if weight is not None:
        return weighted((x - y).abs(), weight, input.size(), reduction, weight.sum())
    return reduced((x - y).abs(), checked_reduction(reduction, None, None))


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:  # fmt: skip
    """d = x - y: d²/2β where |d| < β, else |d| - β/2. With β = 0 it is l1_loss.

    Raises RuntimeError for a negative β. torch: torch.nn.functional.smooth_l1_loss.
    """
    x, y = broadcast(input, target)
    reduction = checked_reduction(reduction, size_average, reduce)
    if beta == 0:
        return reduced((x - y).abs(), reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    refuse("smooth_l1_cpu", "iub", x, y)
    return ops.smooth_l1_loss(x, y, reduction, beta)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """d = x - y: d²/2 where |d| < δ, else δ·(|d| - δ/2).

    Raises RuntimeError unless δ > 0. torch: torch.nn.functional.huber_loss.
    """
    x, y = broadcast(input, target)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    refuse("huber_cpu", "iub", x, y)
    if weight is not None:
        return weighted(ops.huber_loss(x, y, "none", delta), weight, input.size(), reduction, None)
    return ops.huber_loss(x, y, checked_reduction(reduction, None, None), delta)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """-w·(y·log x + (1 - y)·log(1 - x)), for probabilities x and targets y of one shape. Each log is at least -100.

    Raises ValueError if the shapes differ, RuntimeError for an x outside [0, 1] or other dtypes than the input's.
    torch: torch.nn.functional.binary_cross_entropy.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is "
            "deprecated. Please ensure they have the same size."
        )
    if weight is not None:
        weight = weight.expand(np.broadcast_shapes(target.array.shape, weight.array.shape))
    for other in (target, weight):
        if other is not None and other.dtype != input.dtype:
            raise RuntimeError(
                f"Found dtype {other.dtype.scalar_name} but expected {input.dtype.scalar_name}\n"
                "Convert the targets and weights to the input's dtype: target.float()."
            )
    refuse("binary_cross_entropy", "iub", input)
    checks.check_between_0_and_1(input.array)
    return ops.binary_cross_entropy(input, target, weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """-w·(p·y·log σ(x) + (1 - y)·log σ(-x)), for logits x and targets y of one shape; w and p broadcast.

    Raises ValueError if the shapes differ. torch: torch.nn.functional.binary_cross_entropy_with_logits.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(
            f"Target size ({target.size()}) must be the same as input size ({input.size()})\n"
            "Targets of shape (N,) for logits of shape (N, 1): target.unsqueeze(1)."
        )
    refuse("log_sigmoid_cpu", "iub", input)
    weight, pos_weight = (
        each.to(input.dtype) if each is not None and not each.is_floating_point() else each
        for each in (weight, pos_weight)
    )
    return ops.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


def kl_div(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:  # fmt: skip
    """y·(log y - x), for log-probabilities x and probabilities y, or their logs; 0 where y = 0.

    "batchmean" divides the sum by the batch, as the definition of the divergence does; "mean" divides by all elements,
    and warns. torch: torch.nn.functional.kl_div.
    """
    if reduction == "mean" and size_average is None and reduce is None:
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the "
            "same as 'batchmean' in the next major release.",
            stacklevel=2,
        )
    whole = "sum" if reduction == "batchmean" else checked_reduction(reduction, size_average, reduce)
    if log_target:
        losses = target.exp() * (target - input)
    else:
        product = target * input  # first, so that gradients of the target are added in torch's order
        losses = arithmetic.xlogy(target, target) - product
    loss = reduced(losses, whole)
    return loss / input.size()[0] if reduction == "batchmean" and input.ndim > 0 else loss
