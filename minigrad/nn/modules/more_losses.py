"""Losses of few programs.   torch: torch/nn/modules/loss.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn import functional as F
from minigrad.nn.modules.loss import _ElementLoss
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor

__all__ = [
    "CosineEmbeddingLoss", "GaussianNLLLoss", "HingeEmbeddingLoss", "MarginRankingLoss", "PairwiseDistance",
    "PoissonNLLLoss", "SoftMarginLoss", "TripletMarginLoss",
]  # fmt: skip


class _MarginLoss(_ElementLoss):
    def __init__(
        self, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin


class MarginRankingLoss(_MarginLoss):
    """max(0, -y·(x₁ - x₂) + margin). torch: torch.nn.MarginRankingLoss."""

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """max(0, -y·(x₁ - x₂) + margin)"""
        return F.margin_ranking_loss(input1, input2, target, self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_MarginLoss):
    """1 - cos(x₁, x₂) where y = 1, max(0, cos(x₁, x₂) - margin) where y = -1. torch: torch.nn.CosineEmbeddingLoss."""

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """1 - cos(x₁, x₂) where y = 1, else max(0, cos(x₁, x₂) - margin)"""
        return F.cosine_embedding_loss(input1, input2, target, self.margin, reduction=self.reduction)


class HingeEmbeddingLoss(_ElementLoss):
    """x where y = 1, max(0, margin - x) where y = -1. torch: torch.nn.HingeEmbeddingLoss."""

    def __init__(
        self, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """x where y = 1, else max(0, margin - x)"""
        return F.hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class TripletMarginLoss(_ElementLoss):
    """max(0, d(a, p) - d(a, n) + margin). torch: torch.nn.TripletMarginLoss."""

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, size_average: Any = None,
        reduce: Any = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """max(0, d(a, p) - d(a, n) + margin)"""
        options = self.margin, self.p, self.eps, self.swap
        return F.triplet_margin_loss(anchor, positive, negative, *options, reduction=self.reduction)


class SoftMarginLoss(_ElementLoss):
    """log(1 + e^(-y·x)), y = ±1. torch: torch.nn.SoftMarginLoss."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """log(1 + e^(-y·x))"""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class PoissonNLLLoss(_ElementLoss):
    """eˣ - y·x: the negative log-likelihood of a Poisson distribution. torch: torch.nn.PoissonNLLLoss."""

    def __init__(
        self, log_input: bool = True, full: bool = False, size_average: Any = None, eps: float = 1e-8,
        reduce: Any = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """eˣ - y·x, or x - y·log(x + ε)"""
        options = {
            "log_input": self.log_input,
            "full": self.full,
            "eps": self.eps,
            "reduction": self.reduction,
        }
        return F.poisson_nll_loss(log_input, target, **options)  # type: ignore[arg-type]


class GaussianNLLLoss(Module):
    """(log v + (x - y)²/v)/2: the negative log-likelihood of normal distributions. torch: torch.nn.GaussianNLLLoss."""

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__()
        self.full, self.eps, self.reduction = full, eps, reduction

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """(log v + (x - y)²/v)/2"""
        return F.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class PairwiseDistance(Module):
    """‖x₁ - x₂ + ε‖ₚ along the last dimension. torch: torch.nn.PairwiseDistance."""

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """‖x₁ - x₂ + ε‖ₚ"""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
