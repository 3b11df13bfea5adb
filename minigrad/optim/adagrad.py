"""Adagrad.   torch: torch/optim/adagrad.py"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np

from minigrad.autograd.base import Array, wrap
from minigrad.optim.adaptive import Adaptive, check_options, check_ways, scalar, with_options
from minigrad.tensors.tensor import Tensor


class Adagrad(Adaptive):
    """Adagrad: the step of each element is its gradient, divided by the root of the sum of all its squared gradients.

        s ← s + g²
        w ← w - lr/(1 + (t - 1)·lr_decay)·g/(√s + eps), at the t-th step

    At first s (sum) is initial_accumulator_value. The options change g first: maximize (g ← -g), and weight decay λ
    (g ← g + λ·w). The state is there from the start, not from the first step on.
    Raises ValueError if lr, lr_decay, weight_decay, initial_accumulator_value or eps is negative. `foreach` and `fused`
    have no effect.
    torch: torch.optim.Adagrad; Duchi, Hazan and Singer, Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization (2011).
    """

    _newer_options: ClassVar[dict[str, Any]] = {
        "foreach": None, "maximize": False, "differentiable": False, "fused": None,
    }  # fmt: skip

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        accumulated = {"initial_accumulator_value": initial_accumulator_value}
        check_options(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, **accumulated, eps=eps)
        check_ways(foreach=foreach, fused=fused, differentiable=differentiable)
        options = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay, **accumulated}
        options |= {
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, options)
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p] = self._start(p, group)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        total = np.full_like(p.array, self.defaults["initial_accumulator_value"])
        return {"step": self._number(0.0, p, group), "sum": wrap(total)}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change each parameter that has a gradient, by `_update`.

        A closure is called first, and its result is returned: it computes the gradients anew and returns the loss.
        """
        return self._take_step(closure)

    def _update(self, p: Tensor, w: Array, g: Array, group: dict[str, Any]) -> None:
        """w ← w - lr·g/(√s + eps) for one parameter, in place."""
        state, t = self._count(p, group)
        s = state["sum"].array
        g = with_options(g, w, group)
        step_size = scalar(group["lr"]) / (1 + (t - 1) * group["lr_decay"])
        s += g * g
        w -= float(step_size) * g / (np.sqrt(s) + group["eps"])
