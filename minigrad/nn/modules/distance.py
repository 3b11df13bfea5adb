"""CosineSimilarity.   torch: torch/nn/modules/distance.py"""

from __future__ import annotations

from minigrad.nn import functional as F
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor

__all__ = ["CosineSimilarity"]


class CosineSimilarity(Module):
    """The cosine of the angle between the vectors of two inputs along dim. torch: torch.nn.CosineSimilarity."""

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """x·y/(max(‖x‖, eps)·max(‖y‖, eps))"""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
