"""Mixed precision, which is off.   torch: torch/amp/autocast_mode.py, torch/amp/grad_scaler.py

torch.amp. autocast would compute products in 16 bits, with weights of 32. Without a GPU torch switches it off with
a warning, and so do these two: a program for GPUs then runs in float32. Where it would be on, they refuse.
"""

from __future__ import annotations

import warnings
from contextlib import ContextDecorator
from typing import Any

from minigrad.arrays.device import is_available

__all__ = ["GradScaler", "autocast"]

_REFUSED = "minigrad has no mixed precision: {}\nPass enabled=False, or convert the model and its input with .half()."


def _stays_off(device_type: str, enabled: bool, warning: str) -> None:
    """Warn, as torch does, where there is no GPU; raise NotImplementedError where it would be on."""
    if not enabled:
        return
    if device_type != "cuda":
        raise NotImplementedError(
            _REFUSED.format(f"on {device_type!r} it wants bfloat16, which NumPy has not")
        )
    if is_available():
        raise NotImplementedError(_REFUSED.format("what runs on the GPU has one type"))
    warnings.warn(warning, stacklevel=4)


class autocast(ContextDecorator):  # torch's name
    """A block, or a decorated function, in mixed precision: without a GPU in the types that the tensors have.

    torch: torch.autocast, torch.amp.autocast.
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        _stays_off(
            device_type, enabled, "CUDA is not available or torch_xla is imported. Disabling autocast."
        )

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *error: object) -> None:
        pass


class GradScaler:
    """Scales the loss so that gradients of 16 bits do not vanish: without a GPU the scale is 1.

    torch: torch.amp.GradScaler.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _stays_off(
            device, enabled, "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling."
        )

    def is_enabled(self) -> bool:
        """False."""
        return False

    def scale(self, outputs: Any) -> Any:
        """The outputs themselves."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Do nothing: the gradients are not scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Return optimizer.step(*args, **kwargs)."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Do nothing: there is no scale to change."""

    def get_scale(self) -> float:
        """1.0"""
        return 1.0

    def state_dict(self) -> dict[str, Any]:
        """An empty dict, as in torch where it is disabled."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Do nothing."""
