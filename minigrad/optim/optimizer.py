"""Optimizer: groups of parameters with options, and a state for each parameter.   torch: torch/optim/optimizer.py"""

from __future__ import annotations

import copy
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from functools import wraps
from itertools import chain
from typing import Any, ClassVar, TypeVar

import numpy as np

from minigrad.arrays.dtypes import full_name
from minigrad.autograd.base import Array, TensorBase
from minigrad.autograd.grad_mode import enable_grad
from minigrad.autograd.hooks import RemovableHandle
from minigrad.tensors.inplace import clear_grad
from minigrad.tensors.tensor import Tensor

R = TypeVar("R")


class _RequiredParameter:
    """The default of an option that has no default: every group must give a value."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _RequiredParameter()


def _between_hooks(step: Callable[..., R]) -> Callable[..., R]:
    """Return a `step` that calls the registered hooks before and after it."""

    @wraps(step)
    def hooked(*args: Any, **kwargs: Any) -> R:
        self = args[0]
        for hook in tuple(self._step_pre_hooks.values()):
            answer = hook(self, args, kwargs)
            if answer is None:
                continue
            if not isinstance(answer, tuple) or len(answer) != 2:
                raise RuntimeError(
                    f"{step} must return None or a tuple of (new_args, new_kwargs), but got {answer}.\n"
                    "The same holds for a step pre-hook."
                )
            args, kwargs = answer
        self._stepped = True
        result = step(*args, **kwargs)
        for hook in tuple(self._step_post_hooks.values()):
            hook(self, args, kwargs)
        return result

    return hooked


class Optimizer:
    """The base of all optimizers: groups of parameters with their options, and a state for each parameter.

    A subclass defines `step`. Raises TypeError if params is a Tensor or contains something else than tensors, dicts
    and pairs of name and tensor. Raises ValueError if params is empty, if a tensor is not a leaf, or if a parameter is
    in two groups. torch: torch.optim.Optimizer.
    """

    _stepped = False  # whether `step` was called since a scheduler was made for this optimizer

    # Options that a state dict saved by an older version may lack.
    _newer_options: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _between_hooks(cls.step)  # type: ignore[method-assign]

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{params.type()}\nPass [tensor], or model.parameters()."
            )
        self.defaults = defaults
        self.state: defaultdict[Any, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._step_pre_hooks: dict[int, Callable[..., Any]] = OrderedDict()
        self._step_post_hooks: dict[int, Callable[..., Any]] = OrderedDict()
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list\nDoes the model have parameters?")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change each parameter that has a gradient. A subclass defines it.

        A closure is called first, and its result is returned: it computes the gradients anew and returns the loss.
        """
        raise NotImplementedError

    def _take_step(self, closure: Callable[[], Any] | None) -> Any:
        """The step of a subclass that defines `_update`: it changes one parameter after the other."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            self._step([p for p in group["params"] if p._grad is not None], group)
        return loss

    def _step(self, params: list[Tensor], group: dict[str, Any]) -> None:
        """Take one step with these parameters of one group."""
        if group["differentiable"] and any(p.requires_grad for p in params):
            raise RuntimeError(
                "a leaf Variable that requires grad is being used in an in-place operation.\n"
                "minigrad does not differentiate through steps: leave out differentiable=True."
            )
        with np.errstate(all="ignore"):  # torch gives no warning when weights become inf or nan
            for p in params:
                self._update(p, p.array, p._grad.array, group)  # type: ignore[union-attr]
                p.version[0] += 1  # a graph that saved p must notice that p has changed

    def _update(self, p: Tensor, array: Array, grad: Array, group: dict[str, Any]) -> None:
        """Change one parameter in place."""
        raise NotImplementedError

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set every gradient to None, or to 0 if not set_to_none."""
        for group in self.param_groups:
            for p in group["params"]:
                clear_grad(p, set_to_none)

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) before every step. The hook may return a pair of new args and kwargs."""
        return RemovableHandle(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) after every step."""
        return RemovableHandle(self._step_post_hooks, hook)

    def _watch_steps(self) -> None:
        """A scheduler has been made, which asks whether `step` is called before its own."""
        if "_step_then" not in self.__dict__:
            self._stepped, self._step_then = False, self.__dict__.get("step")

    def _step_was_replaced(self) -> bool:
        """Whether an attribute `step` of this object hides the method since `_watch_steps`."""
        return self.__dict__.get("step") is not self._step_then

    # Groups

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group {"params": ..., option: value}. Missing options get their defaults. The dict is not copied."""
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
        self._check_params(params)
        for option, default in self.defaults.items():
            if default is required and option not in param_group:
                raise ValueError(
                    f"parameter group didn't specify a value of required optimization parameter {option}"
                )
            param_group.setdefault(option, default)
        self._check_group(params, "param_names" in param_group)
        self.param_groups.append(param_group)

    def _check_params(self, params: list[Any]) -> None:
        """Raise torch's TypeError or ValueError if a parameter is not a Tensor or not a leaf."""
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {full_name(p)}"
                )
            if not (p.is_leaf or self.defaults.get("differentiable")):
                raise ValueError(
                    "can't optimize a non-leaf Tensor\nOptimize the leaf that this tensor was computed from."
                )

    def _check_group(self, params: list[Tensor], named: bool) -> None:
        """Raise torch's ValueError if a parameter is in another group. Warn if it is twice in this one."""
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

    # State

    def state_dict(self) -> dict[str, Any]:
        """Return {"state": ..., "param_groups": ...}, where the parameter's number stands for the parameter.

        The tensors share memory with the optimizer's state.
        """
        numbers: dict[int, int] = {}
        for i, p in enumerate(_all_params(self.param_groups)):
            numbers.setdefault(id(p), i)
        groups = []
        for group in self.param_groups:
            options = {key: value for key, value in group.items() if key != "params"}
            groups.append({**options, "params": [numbers[id(p)] for p in group["params"]]})
        state = {numbers[id(p)] if isinstance(p, Tensor) else p: of_p for p, of_p in self.state.items()}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state dict: its state, and its options (such as lr) in place of the present ones.

        The groups become new dicts. A tensor that already has the parameter's dtype and device is not copied.
        Raises ValueError if the number of groups or the number of parameters in a group differs.
        """
        state_dict = state_dict.copy()
        saved = copy.deepcopy(state_dict["param_groups"])
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(self.param_groups, saved, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        numbered = dict(zip(_all_params(saved), _all_params(self.param_groups), strict=True))
        state: defaultdict[Any, Any] = defaultdict(dict)
        for number, value in state_dict["state"].items():
            p = numbered.get(number)
            state[number if p is None else p] = value if p is None else _like(p, value)
        for group, theirs in zip(self.param_groups, saved, strict=True):
            theirs["params"] = group["params"]
            if "param_names" in group:
                theirs.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over attributes, and add options that an older state lacks."""
        self.__dict__.update(state)
        for group in self.param_groups:
            for option, value in self._newer_options.items():
                group.setdefault(option, value)

    def __repr__(self) -> str:
        groups = []
        for i, group in enumerate(self.param_groups):
            options = [f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params"]
            groups.append(f"\nParameter Group {i}\n" + "".join(options))
        return f"{type(self).__name__} (" + "".join(groups) + ")"


def _all_params(groups: Iterable[dict[str, Any]]) -> Iterable[Any]:
    """Yield the parameters of all groups."""
    return chain.from_iterable(group["params"] for group in groups)


def _like(p: Tensor, value: Any, key: Any = None) -> Any:
    """The saved state with the parameter's dtype and device. `step` is a counter and keeps its own dtype."""
    if isinstance(value, Tensor):
        return (
            value
            if key == "step"
            else value.to(dtype=p.dtype if p.is_floating_point() else None, device=p.device)
        )
    if isinstance(value, dict):
        return {name: _like(p, each, name) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_like(p, each) for each in value)
    return value
