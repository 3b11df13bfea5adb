"""Losses.   torch: torch/nn/modules/loss.py

Adds to pocket.py: class weights, ignore_index, label smoothing, reductions, and targets of more dimensions.
"""

from __future__ import annotations

from typing import Any

from minigrad.nn import functional as F
from minigrad.nn.checks import legacy_reduction
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor


class MSELoss(Module):
    """(x - y)²: the mean, the sum, or each element.

    Raises the errors of functional.mse_loss. torch: torch.nn.MSELoss.
    """

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = legacy_reduction(reduction, size_average, reduce)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """(x - y)²"""
        return F.mse_loss(input, target, reduction=self.reduction)


class _ClassLoss(Module):
    """The common base of NLLLoss and CrossEntropyLoss: a loss of scores and classes. Each class may have a weight."""

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
    """-w[y]·x[y], for log-probabilities x (N, C, ...) and classes y (N, ...): the negative log-likelihood.

    Raises the errors of functional.nll_loss. torch: torch.nn.NLLLoss.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """-w[y]·x[y]"""
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class CrossEntropyLoss(_ClassLoss):
    """-log softmax(x)[y], for logits x (N, C, ...) and classes y (N, ...), or probabilities y of the shape of x.

    Raises the errors of functional.cross_entropy. torch: torch.nn.CrossEntropyLoss.
    """

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
