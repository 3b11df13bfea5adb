"""Losses of fewer programs, as functions of tensors.   torch: torch/nn/functional.py, aten/src/ATen/native/Loss.cpp

Most are a few calls, in torch's order: so their gradients are added up in torch's order, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import ops as arithmetic
from minigrad.autograd.grad_mode import no_grad
from minigrad.nn.activation_functions import logsigmoid
from minigrad.nn.checks import checked_reduction, legacy_reduction
from minigrad.nn.later import loss_ops as ops
from minigrad.nn.later.distances import pairwise_distance
from minigrad.nn.loss_functions import reduced
from minigrad.tensors.creation import full_like, ones_like, zeros_like
from minigrad.tensors.functions import minimum, refuse, where
from minigrad.tensors.tensor import Tensor

__all__ = [
    "cosine_embedding_loss", "gaussian_nll_loss", "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "pairwise_distance", "poisson_nll_loss",
    "soft_margin_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss",
]  # fmt: skip

_clamp = arithmetic.clamp.named("ClampMinBackward0")


def _positive(x: Tensor) -> Tensor:
    """max(x, 0)"""
    return _clamp(x, 0.0, math.inf) if x.is_floating_point() else x.clamp(min=0)


# -- distances ----------------------------------------------------------------------------------------------


def _check_triplet(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> None:
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    a, p, n = anchor.ndim, positive.ndim, negative.ndim
    if not a == p == n:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {a}D, positive {p}D, and negative {n}D inputs"
        )


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, m + d(a, p) - d(a, n)), d the pairwise_distance; with `swap`, d(a, n) or d(p, n), whichever is less.

    Raises ValueError unless m > 0, RuntimeError for other numbers of dimensions.
    torch: torch.nn.functional.triplet_margin_loss.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    _check_triplet(anchor, positive, negative, margin)
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced(_positive(margin + near - far), reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None, margin: float = 1.0, swap: bool = False,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """triplet_margin_loss with another distance. torch: torch.nn.functional.triplet_margin_with_distance_loss."""
    reduction = checked_reduction(reduction, None, None)
    _check_triplet(anchor, positive, negative, margin)
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced(_positive(margin + near - far), reduction)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """1 - cos where y = 1, max(0, cos - m) where y = -1, cos that of the angle of two vectors.

    Vectors are (N, D) for y (N,), and (D,) for a y of no dimension; RuntimeError for others.
    torch: torch.nn.functional.cosine_embedding_loss.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    n = target.ndim
    if n > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.ndim != n + 1 or input2.ndim != n + 1:
        sizes = f"{list(input1.shape)} and {list(input2.shape)}"
        raise RuntimeError(
            f"{n}D target tensor expects {n + 1}D input tensors, but found inputs with sizes {sizes}."
        )
    product = (input1 * input2).sum(n)
    x, y = ((each * each).sum(n) + 1e-12 for each in (input1, input2))
    cos = product / (x * y).sqrt()
    zeros = zeros_like(cos)
    alike, apart = ones_like(cos) - cos, _positive(cos - margin)
    return reduced(where(target == 1, alike, zeros) + where(target == -1, apart, zeros), reduction)


# -- margins ------------------------------------------------------------------------------------------------


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, -y·(x₁ - x₂) + m): y = 1 wants x₁ greater, y = -1 x₂. torch: torch.nn.functional.margin_ranking_loss.

    Raises RuntimeError for other numbers of dimensions.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    if input1.ndim != input2.ndim or input1.ndim != target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    d = input1 - input2
    return reduced(_positive(-target * d + margin), reduction)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """x where y = 1, max(0, m - x) where y = -1, x a distance. torch: torch.nn.functional.hinge_embedding_loss."""
    reduction = checked_reduction(reduction, size_average, reduce)
    zeros = zeros_like(input)
    far = _positive(full_like(input, margin) - input)
    return reduced(where(target != 1, far, zeros) + where(target != -1, input, zeros), reduction)


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """log(1 + exp(-y·x)), y = 1 or -1. The target has no gradient. torch: torch.nn.functional.soft_margin_loss.

    Raises RuntimeError if the target requires grad, for integers, or for a target of a larger shape.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    if target.requires_grad:
        raise RuntimeError(
            "The function 'soft_margin_loss' is not differentiable with respect to argument 'target'. This input "
            "cannot have requires_grad True."
        )
    shape = (-input.detach() * target).shape  # raises torch's error if they do not broadcast
    if not input.is_floating_point():
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {input.dtype.scalar_name}\n"
            "Convert the input with .float()."
        )
    if shape != input.shape:
        raise RuntimeError(
            f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(shape)}"
        )
    return ops.soft_margin_loss(input, target.array.astype(input.array.dtype), reduction)


def _check_matrix(input: Tensor) -> None:
    if input.ndim > 2 or (input.ndim > 0 and input.shape[-1] == 0):
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input.shape)}\nThe input is (N, C) or (C,)."
        )


def _check_long(target: Tensor) -> None:
    if target.array.dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.scalar_name}")


def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
    size_average: Any = None, reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """Σⱼ w[y]·max(0, m - x[y] + x[j])ᵖ / C over the wrong classes j, for scores x (N, C) or (C,) and classes y.

    p is 1 or 2. Raises what torch raises for shapes, types or classes that make no sense.
    torch: torch.nn.functional.multi_margin_loss.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    _check_matrix(input)
    x = input if input.ndim == 2 else input.reshape(1, -1)
    if target.ndim > 1 or target.numel() != len(x):
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{len(x)}], but got {list(target.shape)}. Input has shape "
            f"{list(input.shape)}."
        )
    if weight is not None and len(weight) != x.shape[1]:
        raise RuntimeError(f"inconsistent weight size, expected {x.shape[1]} but got {list(weight.shape)}")
    refuse("multi_margin_loss_cpu_kernel", "iub", input)
    _check_long(target)
    if weight is not None and weight.dtype != input.dtype:
        kinds = f"expected scalar type {input.dtype.scalar_name} but found {weight.dtype.scalar_name}"
        raise RuntimeError(kinds)
    y = target.array.reshape(-1)
    if ((y < 0) | (y >= x.shape[1])).any():
        raise RuntimeError("target out of range")
    loss = ops.multi_margin_loss(x, y, p, margin, None if weight is None else weight.array, reduction)
    return loss.reshape(target.shape) if reduction == "none" else loss


def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """Σ max(0, 1 - x[y] + x[j]) / C over the labels y of a sample and the classes j that are none of them.

    Scores (N, C) or (C,), targets of that shape: a sample's labels stand before its first -1.
    Raises what torch raises for shapes, types or labels that make no sense.
    torch: torch.nn.functional.multilabel_margin_loss.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    _check_matrix(input)
    if target.shape != input.shape:
        raise RuntimeError(
            f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}"
        )
    x, y = (each if each.ndim == 2 else each.reshape(1, -1) for each in (input, target))
    _check_long(target)
    if ((y.array < -1) | (y.array >= x.shape[1])).any():
        raise RuntimeError("argument #2 'target' is out of range")
    refuse("multilabel_margin_loss_forward_out_frame", "iub", input)
    loss = ops.multilabel_margin_loss(x, y.array, reduction)
    return loss.reshape(()) if reduction == "none" and input.ndim < 2 else loss


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """-w·(y·log σ(x) + (1 - y)·log σ(-x)), the mean over the classes, the last dimension.

    torch: torch.nn.functional.multilabel_soft_margin_loss.
    """
    reduction = legacy_reduction(reduction, size_average, reduce)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid\nChoose 'none', 'mean' or 'sum'.")
    return reduced(loss.sum(input.ndim - 1) / input.size(input.ndim - 1), reduction)


# -- likelihoods --------------------------------------------------------------------------------------------


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average: Any = None,
    eps: float = 1e-8, reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """exp(x) - y·x, for counts y and the logarithms x of their means; x - y·log(x + eps) for the means themselves.

    `full` adds Stirling's log y! where y > 1. torch: torch.nn.functional.poisson_nll_loss.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    if log_input:
        product = target * input
        loss = input.exp() - product
    else:
        loss = input - target * (input + eps).log()
    if full:
        half = 0.5 * (2 * math.pi * target).log()
        stirling = target * target.log() - target + half
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return reduced(loss, reduction)


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor | float, full: bool = False, eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """(log v + (x - y)²/v)/2, for normal numbers y of mean x and variance v, at least eps; `full` adds log(2π)/2.

    v is a number, or has x's shape, with one dimension of 1 or less. Raises ValueError for another shape, or for a
    negative variance. torch: torch.nn.functional.gaussian_nll_loss.
    """
    v: Any = var * ones_like(input) if isinstance(var, float) else var
    if (v < 0).any():
        raise ValueError("var has negative entry/entries")
    if v.size() != input.size():
        differing = [m for n, m in zip(input.size(), v.size(), strict=False) if n != m]
        if input.size()[:-1] == v.size():
            v = v.unsqueeze(-1)
        elif input.ndim != v.ndim or sum(differing) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid\nChoose 'none', 'mean' or 'sum'.")
    v = v.clone()
    with no_grad():
        v.clamp_(min=eps)
    loss = 0.5 * (v.log() + (input - target) ** 2 / v)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)
