"""Automatic differentiation.   torch: torch/autograd/__init__.py

Read engine.py first: nodes and the backward pass; then op.py: rules. gradients.py has what users ask for,
function.py lets them write ops of their own; gradcheck.py compares rules with finite differences; grad_mode.py
switches recording off and on.
"""

from __future__ import annotations

from minigrad.autograd import graph
from minigrad.autograd.anomaly import detect_anomaly, set_detect_anomaly
from minigrad.autograd.function import Function
from minigrad.autograd.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)  # fmt: skip
from minigrad.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck
from minigrad.autograd.gradients import backward, grad
from minigrad.autograd.legacy import Variable

__all__ = [
    "Function", "GradcheckError", "Variable", "backward", "detect_anomaly", "enable_grad", "grad", "gradcheck",
    "gradgradcheck", "graph", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled", "no_grad",
    "set_detect_anomaly", "set_grad_enabled",
]  # fmt: skip
