"""Which op made the nan, or fails in backward: set_detect_anomaly.   torch: torch/autograd/anomaly_mode.py

While it is on, every op remembers the lines of the program that called it, and backward looks at every gradient.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_MINIGRAD = os.path.dirname(os.path.dirname(__file__))


class Mode:
    """Whether anomalies are looked for: in all threads, as in torch."""

    enabled = False
    check_nan = True


class set_detect_anomaly:
    """Look for anomalies from now on, or do not; as a context manager, only within its block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = Mode.enabled, Mode.check_nan
        Mode.enabled, Mode.check_nan = mode, check_nan

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        Mode.enabled, Mode.check_nan = self._before


class detect_anomaly:
    """Within the block, backward names the op, and shows its call, where it fails or where a nan first appears.

    RuntimeError for a nan, if check_nan. For debugging alone: it slows every op down.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self._switch = set_detect_anomaly(True, self.check_nan)

    def __exit__(self, *exception: object) -> None:
        self._switch.__exit__()


def callers() -> str:
    """The lines of the user's program that lead to where we are."""
    import traceback  # here, for the sake of a quick import minigrad

    frames = traceback.extract_stack()
    return "".join(traceback.format_list([f for f in frames if not f.filename.startswith(_MINIGRAD)]))


def watched(node: Any) -> Callable[..., Sequence[Any]]:
    """The node's backward, with its errors and nans explained."""

    def backward(dz: Any, on_tensors: bool, wanted: Any) -> Sequence[Any]:
        try:
            gradients = node.backward(dz, on_tensors, wanted)
        except Exception:
            _warn(node)
            raise
        if Mode.check_nan:
            for i, dx in enumerate(gradients):
                if _has_nan(dx):
                    _warn(node)
                    raise RuntimeError(
                        f"Function '{node.name()}' returned nan values in its {i}th output.\n"
                        "The warning above shows where this op was called."
                    )
        return gradients

    return backward


def _has_nan(dx: Any) -> bool:
    """Whether a gradient, an array or a Tensor, has a nan. Parts of a Function's gradient are not a step in torch."""
    if dx is None or isinstance(dx, dict):
        return False
    return bool(np.isnan(getattr(dx, "array", dx)).any())


def _warn(node: Any) -> None:
    if node.trace is None:
        words = "No forward pass information available. Enable detect anomaly during forward pass for more information."
    else:
        words = f"Traceback of forward call that caused the error:\n{node.trace}"
    warnings.warn(f"Error detected in {node.name()}. {words}", stacklevel=4)
