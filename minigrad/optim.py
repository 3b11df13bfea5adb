"""Optimisers: what to do with a gradient.   torch: torch/optim/optimizer.py, torch/optim/sgd.py

`SGD.step` is the one line w ← w - lr·g; momentum and the rest come before it, in torch's order. All happen
on bare arrays, in place. Every product is rounded before it is added: where torch fuses the two into one
rounding, as its CPU kernels do for a + α·b, the last bit can differ (numbers that need no rounding do not).
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .autograd.engine import Array, TensorBase, grad_mode, wrap
from .nn.module import clear_grad
from .tensor import Tensor


class Optimizer:
    """Groups of parameters with their options, and the state that belongs to each parameter.

    Raises TypeError or ValueError, in torch's words, for what cannot be optimised. torch: torch.optim.Optimizer.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, TensorBase):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{params.type()}\nPass [tensor], or model.parameters()."  # type: ignore[attr-defined]
            )
        self.defaults = defaults
        self.state: dict[Tensor, dict[str, Any]] = {}
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list\nHas the model any parameters?")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimise more parameters, with options of their own where given."""
        group = dict(param_group)
        params = group["params"]
        params = [params] if isinstance(params, TensorBase) else list(params)
        if params and isinstance(params[0], tuple):
            group["param_names"], params = [name for name, _ in params], [p for _, p in params]
        for p in params:
            if not isinstance(p, TensorBase):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}"
                )
            if not p.is_leaf:  # type: ignore[attr-defined]
                raise ValueError(
                    "can't optimize a non-leaf Tensor\nOptimise the leaf that it was computed from."
                )
        if len({id(p) for p in params}) < len(params):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=3)
        taken = {id(p) for other in self.param_groups for p in other["params"]}
        if any(id(p) in taken for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        group["params"] = params
        self.param_groups.append(
            group | {name: value for name, value in self.defaults.items() if name not in group}
        )

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or make them 0."""
        for group in self.param_groups:
            for p in group["params"]:
                clear_grad(p, set_to_none)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step. A closure recomputes the loss first, and its result is returned."""
        loss = None
        if closure is not None:
            with grad_mode(True):
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p._grad is not None:
                    self.update(p, p.array, p._grad.array, self.state.setdefault(p, {}), group)
                    p.version[0] += 1
        return loss

    def update(
        self, p: Tensor, array: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """One step of one parameter: to be written by the subclass."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """The state by parameter number, and the groups with numbers for parameters."""
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for p in group["params"]:
                numbers.setdefault(id(p), len(numbers))
            options = {key: value for key, value in group.items() if key != "params"}
            groups.append({**options, "params": [numbers[id(p)] for p in group["params"]]})
        state = {numbers[id(p)]: dict(values) for p, values in self.state.items() if values}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state, options such as lr included. ValueError where the groups do not fit."""
        saved = copy.deepcopy(state_dict)
        if len(saved["param_groups"]) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        for ours, theirs in zip(self.param_groups, saved["param_groups"], strict=True):
            if len(ours["params"]) != len(theirs["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
                )
        self.state = {}
        for group, theirs in zip(self.param_groups, saved["param_groups"], strict=True):
            group.update({key: value for key, value in theirs.items() if key != "params"})
            for p, number in zip(group["params"], theirs["params"], strict=True):
                if number in saved["state"]:
                    self.state[p] = saved["state"][number]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


class SGD(Optimizer):
    """Stochastic gradient descent: w ← w - lr·g.

    In this order, each only where asked for: maximize (g ← -g), weight decay λ (g ← g + λ·w), momentum μ with
    dampening τ (b ← μ·b + (1 - τ)·g, at first b = g), and g ← b, or with nesterov g ← g + μ·b.
    ValueError for options that make no sense. `foreach` and `fused` are accepted and change nothing.
    torch: torch.optim.SGD; Sutskever et al., On the importance of initialization and momentum (2013).
    """

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
        if fused and (foreach or differentiable):
            raise RuntimeError(
                f"`fused` and `{'foreach' if foreach else 'differentiable'}` cannot be `True` together."
            )
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        options |= {"nesterov": nesterov, "maximize": maximize, "foreach": foreach}
        super().__init__(params, options | {"differentiable": differentiable, "fused": fused})

    def update(
        self, p: Tensor, array: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """One step of one parameter."""
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] != 0:
            grad = grad + float(group["weight_decay"]) * array
        if group["momentum"] != 0:
            grad = self._with_momentum(grad, state, group)
        array -= float(group["lr"]) * grad

    def _with_momentum(self, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> Array:
        if state.get("momentum_buffer") is None:
            state["momentum_buffer"] = wrap(np.array(grad))
            buffer = state["momentum_buffer"].array
        else:
            buffer = state["momentum_buffer"].array
            buffer *= group["momentum"]
            buffer += (1 - group["dampening"]) * grad
        return grad + group["momentum"] * buffer if group["nesterov"] else buffer
