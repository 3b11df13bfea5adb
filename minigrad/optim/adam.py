"""Adam.   torch: torch/optim/adam.py

eps is added to √v̂, outside the root. Inside, as √(v̂ + eps), it would weigh more: where gradients are small, the steps
would be visibly shorter. The bias correction is not applied to m and v themselves: the step size is divided by 1 - β₁ᵗ,
and √v by √(1 - β₂ᵗ). A program that computes m̂ and v̂ first rounds differently, and its last bits differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np

from minigrad.arrays.kernels import lerp_into
from minigrad.autograd.base import Array, TensorBase
from minigrad.optim.adaptive import Adaptive, check_betas, check_options, check_ways, scalar, zeros_like
from minigrad.tensors.tensor import Tensor


class Adam(Adaptive):
    """Adam: the step of each element is its mean gradient, divided by the root of its mean squared gradient.

        m ← β₁·m + (1 - β₁)·g        v ← β₂·v + (1 - β₂)·g²
        w ← w - lr·m̂/(√v̂ + eps)      m̂ = m/(1 - β₁ᵗ), v̂ = v/(1 - β₂ᵗ), at the t-th step

    At first m (exp_avg) and v (exp_avg_sq) are 0. The options change g first: maximize (g ← -g), and weight decay λ
    (g ← g + λ·w); with decoupled_weight_decay it is w ← w - lr·λ·w instead, as in AdamW. With amsgrad v̂ is made of the
    largest v so far (max_exp_avg_sq).
    Raises ValueError if lr, eps or weight_decay is negative, or if a β is not in [0, 1). `foreach` and `fused` have no
    effect; `capturable` is for a GPU.
    torch: torch.optim.Adam; Kingma and Ba, Adam: A Method for Stochastic Optimization (2014), algorithm 1; amsgrad:
    Reddi, Kale and Kumar, On the Convergence of Adam and Beyond (2018).
    """

    _newer_options: ClassVar[dict[str, Any]] = {
        "amsgrad": False, "maximize": False, "foreach": None, "capturable": False, "differentiable": False,
        "decoupled_weight_decay": False, "fused": None,
    }  # fmt: skip

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        if isinstance(lr, TensorBase) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        check_options(lr=lr, eps=eps)
        check_betas(betas)
        check_options(weight_decay=weight_decay)
        _check_tensors(betas, foreach and not capturable)
        check_ways(foreach=foreach, fused=fused, differentiable=differentiable)
        options = {"lr": lr, "betas": tuple(map(scalar, betas)), "eps": eps, "weight_decay": weight_decay}
        options |= {"amsgrad": amsgrad, "maximize": maximize, "foreach": foreach, "capturable": capturable}
        options |= {"differentiable": differentiable, "fused": fused}
        super().__init__(params, options | {"decoupled_weight_decay": decoupled_weight_decay})

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        names = ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * group["amsgrad"]
        return {"step": self._number(0.0, p, group)} | {name: zeros_like(p) for name in names}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change each parameter that has a gradient, by `_update`.

        A closure is called first, and its result is returned: it computes the gradients anew and returns the loss.
        """
        return self._take_step(closure)

    def _update(self, p: Tensor, w: Array, g: Array, group: dict[str, Any]) -> None:
        """w ← w - lr·m̂/(√v̂ + eps) for one parameter, in place."""
        lr, (beta1, beta2), decay = scalar(group["lr"]), group["betas"], group["weight_decay"]
        state, t = self._count(p, group)
        m, v = state["exp_avg"].array, state["exp_avg_sq"].array
        if group["maximize"]:
            g = -g
        if decay != 0 and group["decoupled_weight_decay"]:
            w *= float(1 - lr * decay)
            p.version[0] += 1  # here torch changes p twice
        elif decay != 0:
            g = g + float(decay) * w
        lerp_into(m, g, 1 - float(beta1))
        squares = float(1 - beta2) * g
        squares *= g
        v *= float(beta2)
        v += squares
        if group["amsgrad"]:
            v = np.maximum(state["max_exp_avg_sq"].array, v, out=state["max_exp_avg_sq"].array)
        root = np.sqrt(v)
        root /= float((1 - beta2**t) ** 0.5)
        root += group["eps"]
        step = float(lr / (1 - beta1**t)) * m
        step /= root
        w -= step


def _check_tensors(betas: tuple[Any, Any], foreach: bool | None) -> None:
    """Raise torch's ValueError for tensors among the βs that are not one float, or one of each."""
    tensors = [isinstance(beta, TensorBase) for beta in betas]
    if tensors[0] != tensors[1] or not all(isinstance(beta, (float, TensorBase)) for beta in betas):
        raise ValueError("betas must be either both floats or both Tensors")
    for i, beta in enumerate(betas):
        if isinstance(beta, TensorBase) and foreach:
            raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
        if isinstance(beta, TensorBase) and beta.array.size != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element")
