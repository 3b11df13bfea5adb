"""RMSprop.   torch: torch/optim/rmsprop.py"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np

from minigrad.arrays.kernels import lerp_into
from minigrad.autograd.base import Array
from minigrad.optim.adaptive import Adaptive, check_options, with_options, zeros_like
from minigrad.tensors.tensor import Tensor


class RMSprop(Adaptive):
    """RMSprop: the step of each element is its gradient, divided by the root of its mean squared gradient.

        v ← α·v + (1 - α)·g²
        w ← w - lr·g/(√v + eps)

    At first v (square_avg) is 0. The options change g first: maximize (g ← -g), and weight decay λ (g ← g + λ·w). With
    centered the mean gradient ḡ ← α·ḡ + (1 - α)·g (grad_avg) is taken off: √(v - ḡ²) stands for √v. With momentum μ the
    quotients add up: b ← μ·b + g/(√v + eps) (momentum_buffer) and w ← w - lr·b.
    eps is added outside the root, as in Adam; TensorFlow adds it inside. Nothing is corrected for bias.
    Raises ValueError if lr, alpha, eps, weight_decay or momentum is negative. `foreach` has no effect; `capturable` is
    for a GPU.
    torch: torch.optim.RMSprop; Tieleman and Hinton, Neural Networks for Machine Learning, lecture 6.5 (2012); centered:
    Graves, Generating Sequences With Recurrent Neural Networks (2013).
    """

    _newer_options: ClassVar[dict[str, Any]] = {
        "momentum": 0, "centered": False, "foreach": None, "maximize": False, "differentiable": False,
        "capturable": False,
    }  # fmt: skip

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        options = {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered}
        options |= {"weight_decay": weight_decay, "capturable": capturable, "foreach": foreach}
        super().__init__(params, options | {"maximize": maximize, "differentiable": differentiable})

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        names = (
            ["square_avg"] + ["momentum_buffer"] * (group["momentum"] > 0) + ["grad_avg"] * group["centered"]
        )
        return {"step": self._number(0.0, p, group)} | {name: zeros_like(p) for name in names}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change each parameter that has a gradient, by `_update`.

        A closure is called first, and its result is returned: it computes the gradients anew and returns the loss.
        """
        return self._take_step(closure)

    def _update(self, p: Tensor, w: Array, g: Array, group: dict[str, Any]) -> None:
        """w ← w - lr·g/(√v + eps) for one parameter, in place."""
        lr, alpha, momentum = float(group["lr"]), group["alpha"], group["momentum"]
        state, _ = self._count(p, group)
        v = state["square_avg"].array
        g = with_options(g, w, group)
        v *= alpha
        v += (1 - alpha) * g * g
        if group["centered"]:
            mean = state["grad_avg"].array
            lerp_into(mean, g, 1 - alpha)
            v = v - mean * mean
        root = np.sqrt(v) + group["eps"]
        if momentum > 0:
            b = state["momentum_buffer"].array
            b *= momentum
            b += g / root
            w -= lr * b
        else:
            w -= lr * g / root
