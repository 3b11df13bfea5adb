"""Optimisers: what to do with a gradient.   torch: torch/optim/optimizer.py, torch/optim/sgd.py

`SGD.step` is the one line w ← w - lr·g; momentum and the rest come before it, in torch's order. All happen
on bare arrays, in place. Every product is rounded before it is added: where torch fuses the two into one
rounding, as its CPU kernels do for a + α·b, the last bit can differ (numbers that need no rounding do not).
"""

from __future__ import annotations

import copy
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from minigrad.autograd.engine import Array, TensorBase, wrap
from minigrad.autograd.grad_mode import Switch
from minigrad.autograd.variable import full_name
from minigrad.nn.module import clear_grad
from minigrad.tensor import Tensor


class Optimizer:
    """Groups of parameters with their options, and the state that belongs to each parameter.

    Raises TypeError or ValueError, in torch's words, for what cannot be optimised. torch: torch.optim.Optimizer.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{params.type()}\nPass [tensor], or model.parameters()."
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list\nHas the model any parameters?")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimise more parameters, with options of their own where given: the dict itself is kept."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, TensorBase) else list(params)
        names = [p[0] for p in params if isinstance(p, tuple)]
        if names:
            if len(names) < len(params):
                raise ValueError(
                    "all optimizer params should be with/without names. Some param names are missing"
                )
            param_group["param_names"], params = names, [p for _, p in params]
        param_group["params"] = params
        self._check_params(params, "param_names" in param_group)
        for option, default in self.defaults.items():
            param_group.setdefault(option, default)
        self.param_groups.append(param_group)

    def _check_params(self, params: list[Any], named: bool) -> None:
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {full_name(p)}"
                )
            if not p.is_leaf:
                raise ValueError(
                    "can't optimize a non-leaf Tensor\nOptimise the leaf that it was computed from."
                )
        if len({id(p) for p in params}) < len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=4,
            )
        if any(named != ("param_names" in group) for group in self.param_groups):
            raise ValueError(
                "all optimizer param groups should be with/without names. cannot add param group "
                f"{'with' if named else 'without'} names to the optimizer"
            )
        taken = {id(p) for group in self.param_groups for p in group["params"]}
        if any(id(p) in taken for p in params):
            raise ValueError("some parameters appear in more than one parameter group")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or make them 0."""
        for group in self.param_groups:
            for p in group["params"]:
                clear_grad(p, set_to_none)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step. A closure recomputes the loss first, and its result is returned."""
        loss = None
        if closure is not None:
            with Switch(True):
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p._grad is not None:
                    self.update(p, p.array, p._grad.array, group)
                    p.version[0] += 1  # a graph that saved p must not use it as if nothing had happened
        return loss

    def update(self, p: Tensor, array: Array, grad: Array, group: dict[str, Any]) -> None:
        """One step of one parameter, in its array: to be written by the subclass."""
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
        return {"state": {numbers[id(p)]: state for p, state in self.state.items()}, "param_groups": groups}

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
        self.state = defaultdict(dict)
        for group, theirs in zip(self.param_groups, saved["param_groups"], strict=True):
            numbers = theirs.pop("params")
            group.update(theirs)
            for p, number in zip(group["params"], numbers, strict=True):
                if number in saved["state"]:
                    self.state[p] = {key: _like(p, value) for key, value in saved["state"][number].items()}

    def __repr__(self) -> str:
        groups = []
        for i, group in enumerate(self.param_groups):
            options = [f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params"]
            groups.append(f"\nParameter Group {i}\n" + "".join(options))
        return f"{type(self).__name__} (" + "".join(groups) + ")"


def _like(p: Tensor, value: Any) -> Any:
    """Saved state, in the parameter's type and on its device."""
    return value.to(dtype=p.dtype, device=p.device) if isinstance(value, Tensor) else value


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
        if fused and differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        if fused and foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        options |= {"nesterov": nesterov, "maximize": maximize, "foreach": foreach}
        super().__init__(params, options | {"differentiable": differentiable, "fused": fused})

    def update(self, p: Tensor, array: Array, grad: Array, group: dict[str, Any]) -> None:
        """One step of one parameter, in its array."""
        if group["differentiable"] and p.requires_grad:
            raise RuntimeError(
                "a leaf Variable that requires grad is being used in an in-place operation.\n"
                "minigrad does not differentiate through steps: leave out differentiable=True."
            )
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] != 0:
            grad = grad + float(group["weight_decay"]) * array
        if group["momentum"] != 0:
            grad = self._with_momentum(grad, self.state[p], group)
        array -= float(group["lr"]) * grad

    def _with_momentum(self, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> Array:
        buffer = state.get("momentum_buffer")
        if buffer is None:
            buffer = state["momentum_buffer"] = wrap(grad.copy())
        else:
            buffer.array *= group["momentum"]
            buffer.array += (1 - group["dampening"]) * grad
        return grad + group["momentum"] * buffer.array if group["nesterov"] else buffer.array
