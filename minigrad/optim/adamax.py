"""Adamax.   torch: torch/optim/adamax.py"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np

from minigrad.arrays.kernels import lerp_into
from minigrad.autograd.base import Array
from minigrad.optim.adaptive import Adaptive, check_betas, check_options, scalar, with_options, zeros_like
from minigrad.tensors.tensor import Tensor


class Adamax(Adaptive):
    """Adamax: the step of each element is its mean gradient, divided by its largest gradient, which fades.

        m ← β₁·m + (1 - β₁)·g        u ← max(β₂·u, |g| + eps)
        w ← w - lr/(1 - β₁ᵗ)·m/u, at the t-th step

    At first m (exp_avg) and u (exp_inf) are 0. The options change g first: maximize (g ← -g), and weight decay λ
    (g ← g + λ·w). The paper has no eps; here it keeps u from being 0.
    Raises ValueError if lr, eps or weight_decay is negative, or if a β is not in [0, 1). `foreach` has no effect;
    `capturable` is for a GPU.
    torch: torch.optim.Adamax; Kingma and Ba, Adam: A Method for Stochastic Optimization (2014), algorithm 2.
    """

    _newer_options: ClassVar[dict[str, Any]] = {
        "foreach": None, "maximize": False, "differentiable": False, "capturable": False,
    }  # fmt: skip

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(lr=lr, eps=eps)
        check_betas(betas)
        check_options(weight_decay=weight_decay)
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach}
        options |= {"maximize": maximize, "differentiable": differentiable, "capturable": capturable}
        super().__init__(params, options)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": self._number(0.0, p, group), "exp_avg": zeros_like(p), "exp_inf": zeros_like(p)}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change each parameter that has a gradient, by `_update`.

        A closure is called first, and its result is returned: it computes the gradients anew and returns the loss.
        """
        return self._take_step(closure)

    def _update(self, p: Tensor, w: Array, g: Array, group: dict[str, Any]) -> None:
        """w ← w - lr/(1 - β₁ᵗ)·m/u for one parameter, in place."""
        beta1, beta2 = group["betas"]
        state, t = self._count(p, group)
        m, u = state["exp_avg"].array, state["exp_inf"].array
        g = with_options(g, w, group)
        lerp_into(m, g, 1 - beta1)
        u *= beta2
        np.maximum(u, np.abs(g) + group["eps"], out=u)
        step_size = scalar(group["lr"]) / (1 - beta1**t)
        w -= float(step_size) * m / u
