"""CosineSimilarity and PairwiseDistance.   torch: torch/nn/modules/distance.py"""

from __future__ import annotations

from minigrad.nn import functional as F
from minigrad.nn.modules.module import Module
from minigrad.tensors.tensor import Tensor

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """The cosine of the angle between the vectors of two inputs along dim. torch: torch.nn.CosineSimilarity."""

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """x·y/(max(‖x‖, eps)·max(‖y‖, eps))"""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """(Σ |x - y + eps|ᵖ)^(1/p) over the last dimension of two inputs. torch: torch.nn.PairwiseDistance."""

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """(Σ |x - y + eps|ᵖ)^(1/p)"""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
