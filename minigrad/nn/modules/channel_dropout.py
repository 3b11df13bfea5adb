"""Dropout of whole channels, and dropout that keeps mean and variance.   torch: torch/nn/modules/dropout.py"""

from __future__ import annotations

from minigrad.nn import functional as F
from minigrad.nn.modules.dropout import _DropoutNd
from minigrad.tensors.tensor import Tensor

__all__ = ["AlphaDropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class Dropout1d(_DropoutNd):
    """In training mode, each channel of (N, C, L) becomes 0 with probability p, else x/(1 - p)."""

    def forward(self, input: Tensor) -> Tensor:
        """0 or x/(1 - p)"""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """In training mode, each channel of (N, C, H, W) becomes 0 with probability p, else x/(1 - p)."""

    def forward(self, input: Tensor) -> Tensor:
        """0 or x/(1 - p)"""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """In training mode, each channel of (N, C, D, H, W) becomes 0 with probability p, else x/(1 - p)."""

    def forward(self, input: Tensor) -> Tensor:
        """0 or x/(1 - p)"""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """In training mode, elements become SELU's lower end with probability p. Mean 0 and variance 1 stay."""

    def forward(self, input: Tensor) -> Tensor:
        """F.alpha_dropout"""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """AlphaDropout of whole channels."""

    def forward(self, input: Tensor) -> Tensor:
        """F.feature_alpha_dropout"""
        return F.feature_alpha_dropout(input, self.p, self.training)
