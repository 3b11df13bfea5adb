"""Instance norm: batch norm of each sample alone.   torch: torch/nn/modules/instancenorm.py"""

from __future__ import annotations

import warnings
from typing import Any

from minigrad.nn import functional as F
from minigrad.nn.modules.batchnorm import _LazyNorm, _NormBase
from minigrad.tensors.tensor import Tensor

__all__ = [
    "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
]  # fmt: skip


class _InstanceNorm(_NormBase):
    """What the three have in common."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """(x - μ)/√(v + ε)·w + b, μ and v of each channel of each sample"""
        self._check_input_dim(input)
        unbatched = input.dim() == self.ndims[0]
        dim = 0 if unbatched else 1
        if input.size(dim) != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={dim} to match num_features ({self.num_features}), but got: "
                    f"{input.size(dim)}."
                )
            warnings.warn(
                f"input's size at dim={dim} does not match num_features. You can silence this warning by not passing "
                "in num_features, which is not used because affine=False",
                stacklevel=2,
            )
        return self._normalized(input.unsqueeze(0)).squeeze(0) if unbatched else self._normalized(input)

    def _normalized(self, input: Tensor) -> Tensor:
        own = self.training or not self.track_running_stats
        factor = 0.0 if self.momentum is None else self.momentum
        return F.instance_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, own, factor, self.eps
        )


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample of (N, C, L), or of (C, L), with mean 0 and variance 1.

    Raises ValueError for other shapes, or for one value in a channel. torch: torch.nn.InstanceNorm1d.
    """

    ndims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """InstanceNorm1d of images, (N, C, H, W) or (C, H, W). torch: torch.nn.InstanceNorm2d."""

    ndims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """InstanceNorm1d of volumes, (N, C, D, H, W) or (C, D, H, W). torch: torch.nn.InstanceNorm3d."""

    ndims = (4, 5)


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """InstanceNorm1d, with num_features taken from the first input. torch: torch.nn.LazyInstanceNorm1d."""

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """InstanceNorm2d, with num_features taken from the first input. torch: torch.nn.LazyInstanceNorm2d."""

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """InstanceNorm3d, with num_features taken from the first input. torch: torch.nn.LazyInstanceNorm3d."""

    cls_to_become = InstanceNorm3d
