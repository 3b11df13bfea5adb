"""Module: a tree of named parameters, and a forward.   torch: torch/nn/modules/module.py

A Parameter or a Module that is assigned to an attribute is registered under that name (registers.py). The registered
modules form a tree. Methods such as parameters(), train() and to() walk this tree. hooks.py calls the hooks around
forward, and state.py saves and loads state dicts.

Adds to pocket.py: parameters that are found by name in any class, modes, hooks, state dicts, dtypes and devices.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from minigrad.autograd.hooks import RemovableHandle
from minigrad.nn.modules import state, state_hooks
from minigrad.nn.modules.hooks import HOOKS, Hook, HookedCall, add_hook
from minigrad.nn.modules.parse_to import parse_to
from minigrad.nn.modules.registers import (
    REGISTERS,
    check_name,
    get_checked,
    join_path,
    missing_init,
    replace_registered,
    type_of,
    unregister,
)
from minigrad.nn.modules.state import _IncompatibleKeys, load_into, save_to
from minigrad.nn.parameter import Parameter
from minigrad.tensors.inplace import clear_grad
from minigrad.tensors.tensor import Tensor

# mypy and pyright take this for True. From a stub they learn that model(x) has the type of model.forward(x).
TYPE_CHECKING = False
if TYPE_CHECKING:
    from minigrad.tensors.signatures import CallsForward
else:
    CallsForward = object

M = TypeVar("M", bound="Module")


class Module(CallsForward):
    """The base class of every layer and model. A subclass assigns its layers in __init__ and computes in forward.

    torch: torch.nn.Module.
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]
    _non_persistent: set[str]  # the names of buffers that are not in state dicts
    _backward_hooks: OrderedDict[int, Hook]
    _backward_pre_hooks: OrderedDict[int, Hook]
    _forward_hooks: OrderedDict[int, Hook]
    _forward_pre_hooks: OrderedDict[int, Hook]
    _version = 1  # of what state_dict() saves
    call_super_init = False  # whether __init__ passes its arguments on to the next base class

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A subclass calls super().__init__() before it assigns parameters or modules."""
        if not self.call_super_init and (args or kwargs):
            name = f"{type(self).__name__}.__init__()"
            raise TypeError(
                f"{name} got an unexpected keyword argument '{next(iter(kwargs))}'"
                if kwargs
                else f"{name} takes 1 positional argument but {len(args) + 1} were given"
            )
        self.__dict__.update({name: {} for name in REGISTERS}, _non_persistent=set(), training=True)
        self.__dict__.update({name: OrderedDict() for name in HOOKS})
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def _forward_unimplemented(self, *input: Any) -> Any:
        """Compute the output. A subclass defines it, with parameters of its own."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    forward: Callable[..., Any] = _forward_unimplemented

    if not TYPE_CHECKING:

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            """Call the forward pre-hooks, forward, and the forward hooks."""
            if (
                self._backward_hooks
                or self._backward_pre_hooks
                or self._forward_hooks
                or self._forward_pre_hooks
            ):
                return HookedCall(self, args, kwargs).run()
            return self.forward(*args, **kwargs)

    # Registering

    def __setattr__(self, name: str, value: Any) -> None:
        registers = self.__dict__
        if isinstance(value, (Parameter, Module)) and "_parameters" not in registers:
            raise missing_init("parameters" if isinstance(value, Parameter) else "module")
        if isinstance(value, Parameter):
            unregister(self, name, but="_parameters")
            self.register_parameter(name, value)
        elif name in registers.get("_parameters", ()):
            replace_registered(self, "_parameters", name, value, "parameter", "torch.nn.Parameter or None")
        elif isinstance(value, Module):
            unregister(self, name, but="_modules")
            self._modules[name] = value  # a layer that is replaced keeps its position
        elif name in registers.get("_modules", ()):
            replace_registered(self, "_modules", name, value, "child module", "torch.nn.Module or None")
        elif isinstance(value, Tensor) and "_is_buffer" in vars(value):  # an nn.Buffer
            self.register_buffer(name, value, vars(value)["persistent"])
        elif name in registers.get("_buffers", ()):
            replace_registered(
                self, "_buffers", name, value, "buffer", "torch.nn.Buffer, torch.Tensor or None"
            )
        else:
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        for register in REGISTERS:
            try:
                return self.__dict__[register][name]
            except KeyError:
                pass
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for register in REGISTERS:
            if name in self.__dict__[register]:
                del self.__dict__[register][name]
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = {*super().__dir__(), *self._parameters, *self._buffers, *self._modules}
        return sorted(
            name for name in names if not name[0].isdigit()
        )  # "0" in a Sequential is not an attribute

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Register a parameter under a name. None means that the module has no such parameter.

        Raises TypeError if param is not a Parameter, KeyError if the name is empty, contains "." or is taken.
        """
        check_name(self, "parameter", "_parameters", name)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type_of(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Register a tensor that is not a parameter. If persistent, it is part of the state dict.

        Raises TypeError if tensor is not a Tensor, KeyError if the name is empty, contains "." or is taken.
        """
        check_name(self, "buffer", "_buffers", name)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type_of(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._non_persistent.discard if persistent else self._non_persistent.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Register a module under a name.

        Raises TypeError if module is not a Module, KeyError if the name is empty, contains "." or is taken.
        """
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{type_of(module)} is not a Module subclass")
        check_name(self, "module", "_modules", name)
        self._modules[name] = module

    register_module = add_module

    # Walking the tree

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the names and modules directly below this one, each module once."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """Yield the modules directly below this one, each once."""
        return (module for _, module in self.named_children())

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """Yield this module and all modules below it with their paths, parents first, each module once."""
        memo = set() if memo is None else memo
        if id(self) in memo:
            return
        if remove_duplicate:
            memo.add(id(self))
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, join_path(prefix, name), remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """Yield this module and all modules below it, parents first, each once."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def _named(self, register: str, prefix: str, recurse: bool, once: bool) -> Iterator[tuple[str, Any]]:
        """Yield the tensors of one register with their paths, each tensor once if `once`."""
        seen: set[int] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=once) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, tensor in getattr(module, register).items():
                if tensor is not None and not (once and id(tensor) in seen):
                    seen.add(id(tensor))
                    yield join_path(path, name), tensor

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters with their paths, in the order of registration. A shared parameter comes once."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters, in the order of registration. A shared parameter comes once."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield the buffers with their paths, in the order of registration. A shared buffer comes once."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield the buffers, in the order of registration. A shared buffer comes once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def apply(self: M, fn: Callable[[Any], None]) -> M:
        """Call fn(module) for every module below this one, then for this one. Returns the module."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # Finding by path

    def get_submodule(self, target: str) -> Module:
        """Return the module at a path such as "encoder.0". Raises AttributeError if there is none."""
        module: Any = self
        for name in target.split(".") if target else ():
            module = get_checked(module, name, Module, "an nn.Module")
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module at a path, in place of the present one. With `strict`, the path must exist already.

        Raises ValueError if the path is empty or module is not a Module, AttributeError if the path does not exist.
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            get_checked(parent, name, Module, "an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter at a path such as "encoder.0.weight". Raises AttributeError if there is none."""
        path, _, name = target.rpartition(".")
        parameter: Parameter = get_checked(self.get_submodule(path), name, Parameter, "an nn.Parameter")
        return parameter

    def get_buffer(self, target: str) -> Tensor:
        """Return the buffer at a path. Raises AttributeError if there is none."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        buffer: Tensor = get_checked(module, name, object, "")
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return buffer

    # Modes and gradients

    def train(self: M, mode: bool = True) -> M:
        """Set `training` of this module and all modules below it. Dropout is active only in training mode."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: M) -> M:
        """Set evaluation mode: the same as train(False)."""
        return self.train(False)

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Set requires_grad of every parameter. False freezes the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set every gradient to None, or to 0 if not set_to_none."""
        for parameter in self.parameters():
            clear_grad(parameter, set_to_none)

    # Types and devices

    def to(self: M, *args: Any, **kwargs: Any) -> M:
        """Move parameters and buffers to a device and convert them to a dtype, in place. Returns the module.

        The forms are to(device, dtype), to(dtype) and to(tensor). non_blocking has no effect. Integer buffers keep
        their dtype. Raises TypeError if dtype is not a floating point type.
        """
        where, dtype = parse_to(args, kwargs)
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        return self._convert(lambda t: t.to(dtype=dtype if t.is_floating_point() else None, device=where))

    def _convert(self: M, convert: Callable[[Tensor], Tensor]) -> M:
        """Convert every parameter and buffer. A Parameter stays the same object, because an optimizer may hold it."""
        for module in self.modules():
            for parameter in module._parameters.values():
                if parameter is not None:
                    parameter.data = convert(parameter.data)
                    if parameter._grad is not None:
                        parameter._grad.data = convert(parameter._grad.detach())
            for name, buffer in module._buffers.items():
                module._buffers[name] = None if buffer is None else convert(buffer)
        return self

    def type(self: M, dst_type: Any) -> M:
        """Convert everything to this type: a dtype, or a name such as torch.DoubleTensor."""
        return self._convert(lambda t: t.type(dst_type))

    def float(self: M) -> M:
        """Convert floating point tensors to float32."""
        return self._convert(lambda t: t.float() if t.is_floating_point() else t)

    def double(self: M) -> M:
        """Convert floating point tensors to float64."""
        return self._convert(lambda t: t.double() if t.is_floating_point() else t)

    def half(self: M) -> M:
        """Convert floating point tensors to float16."""
        return self._convert(lambda t: t.half() if t.is_floating_point() else t)

    def cpu(self: M) -> M:
        """Move everything to the CPU."""
        return self._convert(lambda t: t.cpu())

    def cuda(self: M, device: Any = None) -> M:
        """Move everything to a GPU, through CuPy."""
        return self._convert(lambda t: t.cuda(device))

    # State dicts

    def state_dict(
        self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """Return paths and tensors: the parameters and persistent buffers of this module and all modules below it.

        The tensors share memory with the module. They are detached unless keep_vars. They are added to `destination`,
        or to a new OrderedDict, which has the attribute `_metadata` as in torch.
        """
        if args:
            warnings.warn(
                "Positional args are being deprecated, use kwargs instead. Say state_dict(prefix=...).",
                FutureWarning,
                stacklevel=2,
            )
            destination, prefix, keep_vars = (*args, *(destination, prefix, keep_vars)[len(args) :])[:3]
        if destination is None:
            destination = OrderedDict()
            destination.__dict__["_metadata"] = OrderedDict()
        return save_to(destination, self, prefix, keep_vars)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _IncompatibleKeys:
        """Copy the tensors of a state dict into this module. With `assign`, use the tensors themselves.

        Raises RuntimeError if a shape differs, and with `strict` also if a key is missing or unexpected. In this case
        the module is not changed. Raises TypeError if state_dict is not a mapping.
        """
        return load_into(self, state_dict, strict, assign)

    get_extra_state, set_extra_state = state.get_extra_state, state.set_extra_state
    register_state_dict_pre_hook = state_hooks.register_state_dict_pre_hook
    register_state_dict_post_hook = state_hooks.register_state_dict_post_hook
    register_load_state_dict_pre_hook = state_hooks.register_load_state_dict_pre_hook
    register_load_state_dict_post_hook = state_hooks.register_load_state_dict_post_hook

    # Hooks

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call hook(module, args) before forward. The hook may return new args.

        With `with_kwargs`, hook(module, args, kwargs) is called. It may return a pair of new args and kwargs.
        """
        return add_hook(self._forward_pre_hooks, Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call hook(module, args, output) after forward. The hook may return a new output.

        With `with_kwargs`, hook(module, args, kwargs, output) is called. With `always_call`, the hook is called even
        if forward raises an exception.
        """
        return add_hook(self._forward_hooks, Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call hook(module, grad_output) in backward. grad_output is a tuple, and the hook may return a new one."""
        return add_hook(self._backward_pre_hooks, Hook(hook), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call hook(module, grad_input, grad_output), both tuples, in backward. It may return a new grad_input."""
        return add_hook(self._backward_hooks, Hook(hook), prepend)

    # Text

    def extra_repr(self) -> str:
        """The text in the parentheses of repr."""
        return ""

    def __repr__(self) -> str:
        kind = type(self).__name__
        lines = [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        extra = self.extra_repr().split("\n") if self.extra_repr() else []
        if len(extra) == 1 and not lines:
            return f"{kind}({extra[0]})"
        inside = "\n  ".join(extra + lines)
        return f"{kind}(\n  {inside}\n)" if inside else f"{kind}()"


def indented(text: str) -> str:
    """The text with every line but the first indented by two columns."""
    return text.replace("\n", "\n  ")
