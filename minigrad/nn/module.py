"""Module: a tree of named parameters, and a forward.   torch: torch/nn/modules/module.py, torch/nn/parameter.py

Assigning a Parameter or a Module to an attribute registers it under that name; everything else here
walks the tree that this makes: parameters(), state_dict(), to(), train() ...
"""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from minigrad import dtypes
from minigrad.autograd.variable import RemovableHandle, full_name
from minigrad.device import device
from minigrad.nn.hooks import GradientWatch
from minigrad.tensor import Tensor

M = TypeVar("M", bound="Module")


class Parameter(Tensor):
    """A tensor that a Module registers when it is assigned to an attribute: it wants a gradient.

    Shares the data's memory. torch: torch/nn/parameter.py
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        shown = Tensor() if data is None else data.detach()
        self.array, self.version = shown.array, shown.version
        if requires_grad and self.array.dtype.kind != "f":
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients\n"
                "Convert the data with .float(), or pass requires_grad=False."
            )
        self.requires_grad_(requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[Any, Any]) -> Parameter:
        memo[id(self)] = copy = Parameter(self.detach().clone(), self.requires_grad)
        return copy


class _IncompatibleKeys(namedtuple("_IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What load_state_dict returns."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()


class Module:
    """The base of every layer and model: subclass it, assign layers in __init__, compute in forward.

    torch: torch.nn.Module.
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]

    def __init__(self) -> None:
        """Must run before anything is assigned: super().__init__()."""
        registers = (
            "_parameters",
            "_buffers",
            "_modules",
            "_backward_hooks",
            "_forward_pre_hooks",
            "_forward_hooks",
        )
        self.__dict__.update({name: {} for name in registers}, _transient=set(), training=True)

    def forward(self, *input: Any) -> Any:
        """To be written by the subclass."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """forward, between its hooks."""
        watch = GradientWatch(self) if self._backward_hooks else None
        for pre_hook in tuple(self._forward_pre_hooks.values()):
            replaced = pre_hook(self, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
        if watch:
            args = watch.inputs(args)
        result = self.forward(*args, **kwargs)
        for hook in tuple(self._forward_hooks.values()):
            answer = hook(self, args, result)
            result = result if answer is None else answer
        return watch.outputs(result) if watch else result

    # Registration

    def __setattr__(self, name: str, value: Any) -> None:
        registers = self.__dict__
        if isinstance(value, (Parameter, Module)) and "_parameters" not in registers:
            kind = "parameters" if isinstance(value, Parameter) else "module"
            raise AttributeError(
                f"cannot assign {kind} before Module.__init__() call\nCall super().__init__() first."
            )
        if isinstance(value, Parameter):
            self._forget(name, but="_parameters")
            self.register_parameter(name, value)
        elif name in registers.get("_parameters", ()):
            self._replace("_parameters", name, value, "parameter", "torch.nn.Parameter or None")
        elif isinstance(value, Module):
            self._forget(name, but="_modules")
            self._modules[name] = value  # in place: a layer that is replaced keeps its turn
        elif name in registers.get("_modules", ()):
            self._replace("_modules", name, value, "child module", "torch.nn.Module or None")
        elif name in registers.get("_buffers", ()):
            self._replace("_buffers", name, value, "buffer", "torch.nn.Buffer, torch.Tensor or None")
        else:
            object.__setattr__(self, name, value)

    def _replace(self, register: str, name: str, value: Any, kind: str, expected: str) -> None:
        """A registered name takes None, a buffer's a tensor too; what else it could take is dealt with by then."""
        if value is not None and not (register == "_buffers" and isinstance(value, Tensor)):
            raise TypeError(
                f"cannot assign '{_type(value)}' as {kind} '{name}' ({expected} expected)\n"
                "Wrap a new parameter in nn.Parameter, or copy into the old one under no_grad()."
            )
        self.__dict__[register][name] = value

    def _forget(self, name: str, but: str) -> None:
        self.__dict__.pop(name, None)
        self._transient.discard(name)
        for register in ("_parameters", "_buffers", "_modules"):
            if register != but:
                self.__dict__[register].pop(name, None)

    def __getattr__(self, name: str) -> Any:
        for register in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(register, ()):
                return self.__dict__[register][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for register in (self._parameters, self._buffers, self._modules):
            if name in register:
                del register[name]
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = {*super().__dir__(), *self._parameters, *self._buffers, *self._modules}
        return sorted(
            name for name in names if not name[0].isdigit()
        )  # the "0" of a Sequential is no attribute

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Register a parameter, or None to say that there is none under this name."""
        self._check_name("parameter", "_parameters", name)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_type(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Register a tensor that is part of the state but learns nothing."""
        self._check_name("buffer", "_buffers", name)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{_type(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._transient.discard if persistent else self._transient.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Register a child under a name."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{_type(module)} is not a Module subclass")
        self._check_name("module", "_modules", name)
        self._modules[name] = module

    def _check_name(self, kind: str, register: str, name: str) -> None:
        if register not in self.__dict__:
            raise AttributeError(
                f"cannot assign {kind} before Module.__init__() call\nCall super().__init__() first."
            )
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {_type(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in self.__dict__[register]:
            raise KeyError(f"attribute '{name}' already exists")

    register_module = add_module

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(module, args) before forward; what it returns, if anything, replaces args."""
        return RemovableHandle(self._forward_pre_hooks, hook)

    def register_forward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(module, args, output) after forward; what it returns, if anything, replaces the output."""
        return RemovableHandle(self._forward_hooks, hook)

    def register_full_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(module, grad_input, grad_output), tuples, in backward; what it returns replaces grad_input."""
        return RemovableHandle(self._backward_hooks, hook)

    # The tree

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below, each once."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly below, without names."""
        return (module for _, module in self.named_children())

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all below it, parents first, each once."""
        memo = set() if memo is None else memo
        if id(self) in memo:
            return
        if remove_duplicate:
            memo.add(id(self))
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, _join(prefix, name), remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """This module and all below it, without names."""
        return (module for _, module in self.named_modules())

    def _named(self, register: str, prefix: str, recurse: bool, once: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=once) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, tensor in getattr(module, register).items():
                if tensor is not None and not (once and id(tensor) in seen):
                    seen.add(id(tensor))
                    yield _join(path, name), tensor

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their paths, in order of registration, shared ones once."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, in order of registration, shared ones once."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their paths."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module at a path such as "encoder.0"."""
        module = self
        for name in target.split(".") if target else ():
            found = _attribute(module, name)
            if not isinstance(found, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
            module = found
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path such as "encoder.0.weight"."""
        path, _, name = target.rpartition(".")
        found = _attribute(self.get_submodule(path), name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a path."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found: Tensor = _attribute(module, name)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found

    def apply(self: M, fn: Callable[[Module], None]) -> M:
        """Call fn on every module below, then on this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # State

    def train(self: M, mode: bool = True) -> M:
        """Training mode, for this module and all below it: Dropout drops."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: M) -> M:
        """Evaluation mode: train(False)."""
        return self.train(False)

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Set requires_grad of every parameter: False freezes the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or make them 0."""
        for parameter in self.parameters():
            clear_grad(parameter, set_to_none)

    def to(self: M, *args: Any, **kwargs: Any) -> M:
        """Move and convert parameters and buffers, in place; integers keep their type.

        Takes what Tensor.to takes. TypeError for a dtype that is no floating point type.
        """
        given = dict(kwargs)
        for arg in args:
            if isinstance(arg, Tensor):
                given.update(dtype=arg.dtype, device=arg.device)
            else:
                given["dtype" if isinstance(arg, dtypes.dtype) else "device"] = arg
        dtype, where = given.get("dtype"), given.get("device")
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        where = None if where is None else device(where)  # a name that makes no sense is found here
        return self._convert(lambda t: t.to(dtype=dtype if t.is_floating_point() else None, device=where))

    def _convert(self: M, convert: Callable[[Tensor], Tensor]) -> M:
        """The parameters stay the objects that they are: an optimiser goes on to see them."""
        for module in self.modules():
            for parameter in module._parameters.values():
                if parameter is not None:
                    parameter.data = convert(parameter.detach())
                    if parameter._grad is not None:
                        parameter._grad.data = convert(parameter._grad.detach())
            for name, buffer in module._buffers.items():
                module._buffers[name] = None if buffer is None else convert(buffer)
        return self

    def float(self: M) -> M:
        """As float32."""
        return self._convert(lambda t: t.float() if t.is_floating_point() else t)

    def double(self: M) -> M:
        """As float64."""
        return self._convert(lambda t: t.double() if t.is_floating_point() else t)

    def half(self: M) -> M:
        """As float16."""
        return self._convert(lambda t: t.half() if t.is_floating_point() else t)

    def cpu(self: M) -> M:
        """On the CPU."""
        return self._convert(lambda t: t.cpu())

    def cuda(self: M, device: Any = None) -> M:
        """On a GPU, through CuPy."""
        return self._convert(lambda t: t.cuda(device))

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> OrderedDict[str, Tensor]:
        """Paths and tensors, sharing memory: of each module its parameters, its persistent buffers, its children's.

        Detached, unless `keep_vars`. The attribute `_metadata` is torch's, for a reader of that kind.
        """
        state: OrderedDict[str, Tensor] = OrderedDict()
        modules = list(self.named_modules(remove_duplicate=False))
        state.__dict__["_metadata"] = OrderedDict(
            (prefix + path if path else prefix[:-1], {"version": 1}) for path, _ in modules
        )
        for path, module in modules:
            for name, tensor in (*module._parameters.items(), *module._buffers.items()):
                if tensor is not None and name not in module._transient:
                    state[prefix + _join(path, name)] = tensor if keep_vars else tensor.detach()
        return state

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _IncompatibleKeys:
        """Copy a state dict's tensors into this module's, or with `assign` take them over.

        With `strict`, raises RuntimeError that lists missing and unexpected keys; shapes that differ always
        raise. Nothing is changed where something is refused.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        own = self.state_dict(keep_vars=True)
        missing = [key for key in own if key not in state_dict]
        unexpected = [key for key in state_dict if key not in own]
        errors = []
        for kind, keys in (("Missing", missing), ("Unexpected", unexpected)) if strict else ():
            if keys:
                errors.append(f"{kind} key(s) in state_dict: " + ", ".join(f'"{key}"' for key in keys) + ". ")
        errors += [_misfit(key, tensor, state_dict[key]) for key, tensor in own.items() if key in state_dict]
        errors = [error for error in errors if error]
        if errors:
            raise RuntimeError(
                "Error(s) in loading state_dict for {}:\n\t{}".format(
                    type(self).__name__, "\n\t".join(errors)
                )
            )
        for key, tensor in own.items():
            if key in state_dict:
                self._take(key, tensor, state_dict[key], assign)
        return _IncompatibleKeys(missing, unexpected)

    def _take(self, key: str, tensor: Tensor, given: Tensor, assign: bool) -> None:
        if not assign:
            tensor.detach().copy_(given.detach())
            return
        path, _, name = key.rpartition(".")
        if isinstance(tensor, Parameter):
            given = given if isinstance(given, Parameter) else Parameter(given.detach())
            given.requires_grad_(tensor.requires_grad)
        setattr(self.get_submodule(path), name, given)

    # Text

    def extra_repr(self) -> str:
        """What stands in the parentheses of a module without children."""
        return ""

    def __repr__(self) -> str:
        lines = [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        extra = self.extra_repr().split("\n") if self.extra_repr() else []
        if len(extra) == 1 and not lines:
            return f"{type(self).__name__}({extra[0]})"
        inside = "\n  ".join(extra + lines)
        return f"{type(self).__name__}(\n  {inside}\n)" if inside else f"{type(self).__name__}()"


def clear_grad(parameter: Tensor, set_to_none: bool) -> None:
    """Forget a gradient, or make it 0 in place."""
    grad = parameter._grad
    if set_to_none or grad is None:
        parameter._grad = None
    else:
        grad.detach_().zero_()


def indented(text: str) -> str:
    """All lines but the first two columns further in."""
    return text.replace("\n", "\n  ")


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _attribute(module: Module, name: str) -> Any:
    if not hasattr(module, name):
        raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
    return getattr(module, name)


def _type(value: Any) -> str:
    """The name of a value's type; of a class or a function, its own, for that is what went astray."""
    if isinstance(value, Tensor):
        return value.type()
    if not hasattr(value, "__qualname__"):
        return full_name(value)
    where, name = value.__module__, str(value.__qualname__)
    return name if where in (None, "builtins") else f"{where}.{name}"


def _misfit(key: str, tensor: Tensor, given: Any) -> str:
    if not isinstance(given, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint '
            f"but received {type(given)}"
        )
    if given.array.shape != tensor.array.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, the shape in current "
            f"model is {tensor.shape}."
        )
    return ""
