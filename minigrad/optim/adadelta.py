"""Adadelta.   torch: torch/optim/adadelta.py"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np

from minigrad.autograd.base import Array
from minigrad.optim.adaptive import Adaptive, check_options, with_options, zeros_like
from minigrad.tensors.tensor import Tensor


class Adadelta(Adaptive):
    """Adadelta: the step of each element is its gradient, on the scale of the steps before: it needs no learning rate.

        v ← ρ·v + (1 - ρ)·g²
        Δ = √(u + eps)/√(v + eps)·g
        u ← ρ·u + (1 - ρ)·Δ²
        w ← w - lr·Δ

    At first v (square_avg) and u (acc_delta) are 0. The options change g first: maximize (g ← -g), and weight decay λ
    (g ← g + λ·w). eps stands inside the roots: the first steps have the size of √eps.
    Raises ValueError if lr, eps or weight_decay is negative, or if ρ is not in [0, 1]. `foreach` has no effect;
    `capturable` is for a GPU.
    torch: torch.optim.Adadelta; Zeiler, ADADELTA: An Adaptive Learning Rate Method (2012), algorithm 1.
    """

    _devices = Adaptive._devices[:-1]  # torch captures these steps on all but xla
    _newer_options: ClassVar[dict[str, Any]] = {
        "foreach": None, "maximize": False, "differentiable": False, "capturable": False,
    }  # fmt: skip

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr=lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_options(eps=eps, weight_decay=weight_decay)
        options = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        options |= {"capturable": capturable, "foreach": foreach, "differentiable": differentiable}
        super().__init__(params, options)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": self._number(0.0, p, group),
            "square_avg": zeros_like(p),
            "acc_delta": zeros_like(p),
        }

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change each parameter that has a gradient, by `_update`.

        A closure is called first, and its result is returned: it computes the gradients anew and returns the loss.
        """
        return self._take_step(closure)

    def _update(self, p: Tensor, w: Array, g: Array, group: dict[str, Any]) -> None:
        """w ← w - lr·√(u + eps)/√(v + eps)·g for one parameter, in place."""
        lr, rho, eps = float(group["lr"]), group["rho"], group["eps"]
        state, _ = self._count(p, group)
        v, u = state["square_avg"].array, state["acc_delta"].array
        g = with_options(g, w, group)
        v *= rho
        v += (1 - rho) * g * g
        delta = np.sqrt(u + eps) / np.sqrt(v + eps) * g
        u *= rho
        u += (1 - rho) * delta * delta
        w -= lr * delta
