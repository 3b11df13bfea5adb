"""Mixed precision under its older names.   torch: torch/cuda/amp/"""

from __future__ import annotations

import warnings
from typing import Any

from minigrad.arrays import dtypes
from minigrad.cuda import mixed_precision

__all__ = ["GradScaler", "autocast"]


def _older(name: str) -> None:
    warnings.warn(
        f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('cuda', args...)` instead.",
        FutureWarning,
        stacklevel=3,
    )


class autocast(mixed_precision.autocast):  # torch's name
    """torch.amp.autocast("cuda", ...). torch: torch.cuda.amp.autocast."""

    def __init__(self, enabled: bool = True, dtype: Any = dtypes.float16, cache_enabled: bool = True) -> None:
        _older("autocast")
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(mixed_precision.GradScaler):
    """torch.amp.GradScaler("cuda", ...). torch: torch.cuda.amp.GradScaler."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _older("GradScaler")
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)
