"""NAdam: Adam with Nesterov momentum.   torch: torch/optim/nadam.py"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np

from minigrad.arrays.kernels import lerp_into
from minigrad.autograd.base import Array
from minigrad.optim.adaptive import Adaptive, check_betas, check_options, scalar, zeros_like
from minigrad.tensors.tensor import Tensor


class NAdam(Adaptive):
    """NAdam: Adam, whose mean gradient looks one step ahead, as Nesterov's momentum does.

        m ← β₁·m + (1 - β₁)·g        v ← β₂·v + (1 - β₂)·g²
        w ← w - lr·m̂/(√v̂ + eps)      m̂ = (1 - μₜ)·g/(1 - μ₁⋯μₜ) + μₜ₊₁·m/(1 - μ₁⋯μₜ₊₁), v̂ = v/(1 - β₂ᵗ)

    at the t-th step, with μₜ = β₁·(1 - ½·0.96^(t·momentum_decay)). At first m (exp_avg) and v (exp_avg_sq) are 0;
    mu_product is μ₁⋯μₜ. The options change g first: maximize (g ← -g), and weight decay λ (g ← g + λ·w); with
    decoupled_weight_decay it is w ← w - lr·λ·w instead.
    Raises ValueError if lr, eps, weight_decay or momentum_decay is negative, or if a β is not in [0, 1). `foreach` has
    no effect; `capturable` is for a GPU.
    torch: torch.optim.NAdam; Dozat, Incorporating Nesterov Momentum into Adam (2016), algorithm 2.
    """

    _numbers = ("step", "mu_product")
    _newer_options: ClassVar[dict[str, Any]] = {
        "maximize": False, "foreach": None, "capturable": False, "differentiable": False,
        "decoupled_weight_decay": False,
    }  # fmt: skip

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr=lr, eps=eps)
        check_betas(betas)
        check_options(weight_decay=weight_decay, momentum_decay=momentum_decay)
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        options |= {"momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay}
        options |= {"maximize": maximize, "foreach": foreach, "capturable": capturable}
        super().__init__(params, options | {"differentiable": differentiable})

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        numbers = {"step": self._number(0.0, p, group), "mu_product": self._number(1.0, p, group)}
        return numbers | {"exp_avg": zeros_like(p), "exp_avg_sq": zeros_like(p)}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change each parameter that has a gradient, by `_update`.

        A closure is called first, and its result is returned: it computes the gradients anew and returns the loss.
        """
        return self._take_step(closure)

    def _update(self, p: Tensor, w: Array, g: Array, group: dict[str, Any]) -> None:
        """w ← w - lr·m̂/(√v̂ + eps) for one parameter, in place: first the part of g, then the part of m."""
        lr, (beta1, beta2), decay = scalar(group["lr"]), group["betas"], group["weight_decay"]
        state, t = self._count(p, group)
        m, v = state["exp_avg"].array, state["exp_avg_sq"].array
        if group["maximize"]:
            g = -g
        if decay != 0 and group["decoupled_weight_decay"]:
            w *= float(1 - lr * decay)
            p.version[0] += 1  # here torch changes p once more
        elif decay != 0:
            g = g + float(decay) * w
        mu, mu_next = (beta1 * (1.0 - 0.5 * 0.96 ** (n * group["momentum_decay"])) for n in (t, t + 1))
        state["mu_product"].array *= mu
        product = state["mu_product"].item()
        lerp_into(m, g, 1 - beta1)
        v *= beta2
        v += (1 - beta2) * g * g
        root = np.sqrt(v / (1 - beta2**t)) + group["eps"]
        w += float(-lr * (1.0 - mu) / (1.0 - product)) * g / root
        w += float(-lr * mu_next / (1.0 - product * mu_next)) * m / root
        p.version[0] += 1  # torch changes p twice, too
