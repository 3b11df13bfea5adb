"""What Adam and its kin share: checks of their options, and a state that counts the steps."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from minigrad.arrays.dtypes import float32, float64, get_default_dtype
from minigrad.autograd.base import Array, TensorBase, wrap
from minigrad.optim.optimizer import Optimizer
from minigrad.tensors.creation import tensor
from minigrad.tensors.tensor import Tensor


class Adaptive(Optimizer):
    """An optimizer that scales the step of each element by the gradients that the element had before.

    The state of a parameter is `step`, a tensor of one float, and tensors of the parameter's shape.
    """

    _numbers: ClassVar[tuple[str, ...]] = ("step",)  # of the state: not of the parameter's type and device
    _devices = ["cuda", "xpu", "hpu", "privateuseone", "xla"]  # of torch's capturable steps  # noqa: RUF012

    def _step(self, params: list[Tensor], group: dict[str, Any]) -> None:
        if params and group.get("capturable") and params[0].device.type != "cuda":
            raise AssertionError(
                f"If capturable=True, params{', mu_products' * (len(self._numbers) > 1)} and state_steps must be on "
                f"supported devices: {self._devices}.\n"
                "Leave out capturable=True: it is for CUDA graphs."
            )
        super()._step(params, group)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """The state of a parameter before its first step."""
        raise NotImplementedError

    def _count(self, p: Tensor, group: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """The state of a parameter, and the number of this step."""
        state = self.state[p]
        if not state:
            state.update(self._start(p, group))
        state["step"].array += 1
        return state, state["step"].item()

    def _number(self, value: float, p: Tensor, group: dict[str, Any]) -> Tensor:
        """A number of the state as a tensor: on the CPU, unless the step runs as one kernel or in a CUDA graph."""
        single = group.get("fused") or get_default_dtype() is not float64
        beside = group.get("fused") or group.get("capturable")
        return tensor(value, dtype=float32 if single else float64, device=p.device if beside else "cpu")

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over the state. Numbers that an older version kept as floats become tensors."""
        super().__setstate__(state)
        for group in self.param_groups:
            for p in group["params"]:
                kept = self.state.get(p, {})
                for name in kept.keys() & self._numbers:
                    if not isinstance(kept[name], TensorBase):
                        kept[name] = self._number(float(kept[name]), p, group)


def check_options(**options: Any) -> None:
    """Raise torch's ValueError if an option is negative or nan, or if lr is a tensor of several elements."""
    words = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in options.items():
        if name == "lr" and isinstance(value, TensorBase) and value.array.size != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= value:  # noqa: SIM300 as in torch, so that the error for a str is the same
            raise ValueError(f"Invalid {words.get(name, f'{name} value')}: {value}")


def check_betas(betas: tuple[Any, Any]) -> None:
    """Raise torch's ValueError if a β is not in [0, 1)."""
    for i, beta in enumerate(betas[:2]):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")


def check_ways(*, foreach: bool | None, fused: bool | None, differentiable: bool) -> None:
    """Raise torch's RuntimeError for two ways of stepping at once."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def with_options(g: Array, w: Array, group: dict[str, Any]) -> Array:
    """Return g as the options change it first: -g with maximize, then g + λ·w with weight decay λ."""
    if group["maximize"]:
        g = -g
    return g + float(group["weight_decay"]) * w if group["weight_decay"] != 0 else g


def zeros_like(p: Tensor) -> Tensor:
    """Zeros that lie in memory as p does."""
    return wrap(np.zeros_like(p.array))


def scalar(value: Any) -> Any:
    """A hyperparameter: a float, or a tensor of no dimension."""
    return value.reshape(()) if isinstance(value, Tensor) and value.ndim else value
