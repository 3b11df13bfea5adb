"""Losses.   torch: torch/nn/modules/loss.py

Adds to pocket.py: class weights, ignore_index, label smoothing, reductions, and targets of more dimensions.
"""

from __future__ import annotations

import warnings
from typing import Any

from minigrad.nn import functional as F
from minigrad.nn.checks import legacy_reduction
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor


class _ElementLoss(Module):
    """The common base of losses of single elements: their mean, their sum, or each of them."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = legacy_reduction(reduction, size_average, reduce)


class MSELoss(_ElementLoss):
    """(x - y)²: the mean, the sum, or each element.

    Raises the errors of functional.mse_loss. torch: torch.nn.MSELoss.
    """

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


class NLLLoss2d(NLLLoss):
    """Deprecated: NLLLoss takes images, too. torch: torch.nn.NLLLoss2d."""

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        warnings.warn(
            "`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead as a drop-in replacement and see "
            "https://pytorch.org/docs/main/nn.html#torch.nn.NLLLoss for more details.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__(weight, size_average, ignore_index, reduce, reduction)


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


class L1Loss(_ElementLoss):
    """|x - y|. Raises the errors of functional.l1_loss. torch: torch.nn.L1Loss."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """|x - y|"""
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_ElementLoss):
    """d = x - y: d²/2β where |d| < β, else |d| - β/2. torch: torch.nn.SmoothL1Loss."""

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """d²/2β, or |d| - β/2"""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_ElementLoss):
    """d = x - y: d²/2 where |d| < δ, else δ·(|d| - δ/2). torch: torch.nn.HuberLoss."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """d²/2, or δ·(|d| - δ/2)"""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class KLDivLoss(_ElementLoss):
    """y·(log y - x), for log-probabilities x. Use reduction="batchmean". torch: torch.nn.KLDivLoss."""

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", log_target: bool = False
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """y·(log y - x)"""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class _WeightedLoss(_ElementLoss):
    """The common base of losses whose elements, or classes, may have weights."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class BCELoss(_WeightedLoss):
    """-w·(y·log x + (1 - y)·log(1 - x)), for probabilities x. torch: torch.nn.BCELoss."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """-w·(y·log x + (1 - y)·log(1 - x))"""
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_ElementLoss):
    """The same for logits, with a weight p of the positive targets. torch: torch.nn.BCEWithLogitsLoss."""

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(
        self, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """-w·(p·y·log σ(x) + (1 - y)·log σ(-x))"""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )
