"""Losses of few programs, put together from other functions.   torch: torch/nn/functional.py"""

from __future__ import annotations

import math
from typing import Any

from minigrad.autograd import no_grad
from minigrad.nn.checks import legacy_reduction
from minigrad.nn.loss_functions import reduced
from minigrad.tensors.functions import where
from minigrad.tensors.reductions import norm
from minigrad.tensors.tensor import Tensor

__all__ = [
    "cosine_embedding_loss", "gaussian_nll_loss", "hinge_embedding_loss", "margin_ranking_loss", "pairwise_distance",
    "poisson_nll_loss", "soft_margin_loss", "triplet_margin_loss",
]  # fmt: skip


def _checked(reduction: str, size_average: Any = None, reduce: Any = None) -> str:
    reduction = legacy_reduction(reduction, size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """‖x₁ - x₂ + ε‖ₚ along the last dimension. torch: torch.nn.functional.pairwise_distance."""
    return norm(x1 - x2 + eps, p, -1, keepdim)


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, -y·(x₁ - x₂) + margin), y = 1 where x₁ should be the greater, else -1. torch: F.margin_ranking_loss."""
    reduction = _checked(reduction, size_average, reduce)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    apart = input1 - input2
    return reduced((-target * apart + margin).clamp(min=0), reduction)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """x where y = 1, max(0, margin - x) where y = -1. torch: torch.nn.functional.hinge_embedding_loss."""
    reduction = _checked(reduction, size_average, reduce)
    apart = where(target != 1, (margin - input).clamp(min=0), 0.0)
    return reduced(apart + where(target != -1, input, 0.0), reduction)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """1 - cos(x₁, x₂) where y = 1, max(0, cos(x₁, x₂) - margin) where y = -1. torch: F.cosine_embedding_loss."""
    reduction = _checked(reduction, size_average, reduce)
    if target.dim() not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.dim() != target.dim() + 1 or input2.dim() != target.dim() + 1:
        one = target.dim() == 1
        raise RuntimeError(
            f"{'1' if one else '0'}D target tensor expects {'2' if one else '1'}D input tensors, but found inputs with "
            f"sizes {list(input1.shape)} and {list(input2.shape)}."
        )
    dot, size1, size2 = ((a * b).sum(-1) for a, b in ((input1, input2), (input1, input1), (input2, input2)))
    cos = dot / ((size1 + 1e-12) * (size2 + 1e-12)).sqrt()
    losses = where(target == 1, 1 - cos, 0.0) + where(target == -1, (cos - margin).clamp(min=0), 0.0)
    return reduced(losses, reduction)


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, d(a, p) - d(a, n) + margin), d = pairwise_distance; with swap the nearer of d(a, n) and d(p, n).

    torch: torch.nn.functional.triplet_margin_loss.
    """
    reduction = _checked(reduction, size_average, reduce)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.dim()}D, positive {positive.dim()}D, and negative {negative.dim()}D inputs"
        )
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = far.minimum(pairwise_distance(positive, negative, p, eps))
    return reduced((margin + near - far).clamp(min=0), reduction)


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """log(1 + e^(-y·x)), y = ±1. torch: torch.nn.functional.soft_margin_loss."""
    if input.array.dtype.kind in "iu":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {input.dtype.scalar_name}"
        )
    return reduced((-(input * target)).exp().log1p(), _checked(reduction, size_average, reduce))


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average: Any = None,
    eps: float = 1e-8, reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """eˣ - y·x, or without log_input x - y·log(x + ε): the negative log-likelihood of a Poisson distribution.

    With full, Stirling's y·log y - y + log(2πy)/2 is added where y > 1. torch: F.poisson_nll_loss.
    """
    reduction = _checked(reduction, size_average, reduce)
    losses = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        losses = losses + where(target <= 1, 0.0, stirling)
    return reduced(losses, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """(log v + (x - y)²/v)/2, v = max(var, ε): the negative log-likelihood of normal distributions.

    With full, log(2π)/2 is added. var has the input's shape, or that shape without the last dimension or with one 1.
    Raises ValueError for other shapes and for a negative var. torch: torch.nn.functional.gaussian_nll_loss.
    """
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = input.new_full(input.shape, var)
    elif bool((var < 0).any()):
        raise ValueError("var has negative entry/entries")
    if not var.is_floating_point():
        kind = {"int64": "long int"}.get(var.dtype.name, var.dtype.name)
        raise RuntimeError(f"result type Float can't be cast to the desired output type {kind}")
    if var.size() != input.size():
        if input.size()[:-1] == var.size():
            var = var.unsqueeze(-1)
        elif (
            input.ndim != var.ndim
            or sum(m for n, m in zip(input.shape, var.shape, strict=True) if n != m) != 1
        ):
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    v = var.clone()
    with no_grad():
        v.clamp_(min=eps)  # the gradient passes the clamp, as in torch
    losses = 0.5 * (v.log() + (input - target).square() / v)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)
