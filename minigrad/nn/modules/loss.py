"""Losses.   torch: torch/nn/modules/loss.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn import functional as F
from minigrad.nn.losses import legacy_reduction
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor


class MSELoss(Module):
    """(x - y)²: their mean, sum, or each; see functional.mse_loss."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = legacy_reduction(reduction, size_average, reduce)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(x - y)²"""
        return F.mse_loss(input, target, reduction=self.reduction)


class _ClassLoss(Module):
    """A loss of scores and classes, where each class may have a weight: the common part of two losses."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.reduction = legacy_reduction(reduction, size_average, reduce)


class NLLLoss(_ClassLoss):
    """The negative log-likelihood of the right classes; see functional.nll_loss."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """-w[y]·x[y]"""
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class CrossEntropyLoss(_ClassLoss):
    """-log softmax(x)[y], for logits x and classes or probabilities y; see functional.cross_entropy."""

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, ignore_index, reduce, reduction)
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """-log softmax(x)[y]"""
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )
