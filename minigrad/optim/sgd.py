"""Stochastic gradient descent.   torch: torch/optim/sgd.py

The step is w ← w - lr·g. The options change g before it, in torch's order. The step works on arrays, in place.

Every product is rounded before it is added. torch's CPU kernels compute a + α·b with one rounding, so the last bit can
differ. Where no rounding is needed the two are equal.

Adds to pocket.py: weight decay, momentum, Nesterov momentum, groups of parameters, and closures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from minigrad.arrays import kernels
from minigrad.autograd.base import Array, TensorBase, wrap
from minigrad.optim.optimizer import Optimizer
from minigrad.tensors.tensor import Tensor


class SGD(Optimizer):
    """Stochastic gradient descent: w ← w - lr·g.

    The options change g first, in this order: maximize (g ← -g), weight decay λ (g ← g + λ·w), momentum μ with
    dampening τ (b ← μ·b + (1 - τ)·g, where the first b is g; then g ← b, or g ← g + μ·b with nesterov).
    Raises ValueError if lr, momentum or weight_decay is negative, or if nesterov is used without momentum or with
    dampening. `foreach` and `fused` have no effect.
    torch: torch.optim.SGD; Sutskever et al., On the importance of initialization and momentum (2013).
    """

    _newer_options: ClassVar[dict[str, Any]] = {
        "nesterov": False, "maximize": False, "foreach": None, "differentiable": False, "fused": False,
    }  # fmt: skip

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Any = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        if isinstance(lr, TensorBase) and lr.array.size != 1:
            raise ValueError("Tensor lr must be 1-element")
        for value, name in (
            (lr, "learning rate"),
            (momentum, "momentum value"),
            (weight_decay, "weight_decay value"),
        ):
            if value < 0.0:
                raise ValueError(f"Invalid {name}: {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        if fused and differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        if fused and foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        options |= {"nesterov": nesterov, "maximize": maximize, "foreach": foreach}
        super().__init__(params, options | {"differentiable": differentiable, "fused": fused})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change each parameter that has a gradient, by `_update`.

        A closure is called first, and its result is returned: it computes the gradients anew and returns the loss.
        """
        return self._take_step(closure)

    def _update(self, p: Tensor, array: Array, grad: Array, group: dict[str, Any]) -> None:
        """w ← w - lr·g for one parameter, in place. The options change g first."""
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] != 0:
            grad = grad + float(group["weight_decay"]) * array
        if group["momentum"] != 0:
            grad = self._with_momentum(grad, self.state[p], group)
        array -= kernels.times(float(group["lr"]), grad)

    def _with_momentum(self, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> Array:
        """b ← μ·b + (1 - τ)·g. Return b, or with nesterov g + μ·b."""
        buffer = state.get("momentum_buffer")
        if buffer is None:
            buffer = state["momentum_buffer"] = wrap(grad.copy())
        else:
            buffer.array *= group["momentum"]
            buffer.array += (1 - group["dampening"]) * grad
        return grad + group["momentum"] * buffer.array if group["nesterov"] else buffer.array
