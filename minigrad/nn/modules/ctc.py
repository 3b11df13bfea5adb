"""The layer of ctc_loss.   torch: torch/nn/modules/loss.py"""

from __future__ import annotations

from typing import Any

from minigrad.nn.later.ctc_functions import ctc_loss
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor

__all__ = ["CTCLoss"]


class CTCLoss(Module):
    """-log of the probability of labels whose times are unknown: functional.ctc_loss. torch: torch.nn.CTCLoss."""

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__()
        self.blank, self.reduction, self.zero_infinity = blank, reduction, zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any) -> Tensor:
        """-log of the probability of all paths."""
        options = (self.blank, self.reduction, self.zero_infinity)
        return ctc_loss(log_probs, targets, input_lengths, target_lengths, *options)
