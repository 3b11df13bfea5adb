"""The tree of named parameters that every Module is.   torch: torch/nn/modules/module.py

Assigning a Parameter or a Module to an attribute registers it under that name, in one of three dictionaries:
parameters, buffers and modules. All that a module can do as a whole walks the tree that this makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from minigrad.arrays.dtypes import full_name
from minigrad.nn.parameter import Parameter
from minigrad.tensors.tensor import Tensor

if TYPE_CHECKING:
    from minigrad.nn.modules.module import Module

T = TypeVar("T", bound="Tree")

REGISTERS = ("_parameters", "_buffers", "_modules")


class Tree:
    """The part of Module that knows names: to register, to walk, to find."""

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]
    _transient: set[str]  # buffers that no state dict has

    # To register

    def __setattr__(self, name: str, value: Any) -> None:
        registers = self.__dict__
        if isinstance(value, (Parameter, Tree)) and "_parameters" not in registers:
            raise _too_early("parameters" if isinstance(value, Parameter) else "module")
        if isinstance(value, Parameter):
            self._forget(name, but="_parameters")
            self.register_parameter(name, value)
        elif name in registers.get("_parameters", ()):
            self._replace("_parameters", name, value, "parameter", "torch.nn.Parameter or None")
        elif isinstance(value, Tree):
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
                f"cannot assign '{type_of(value)}' as {kind} '{name}' ({expected} expected)\n"
                "Wrap a new parameter in nn.Parameter, or copy into the old one under no_grad()."
            )
        self.__dict__[register][name] = value

    def _forget(self, name: str, but: str) -> None:
        self.__dict__.pop(name, None)
        self._transient.discard(name)
        for register in REGISTERS:
            if register != but:
                self.__dict__[register].pop(name, None)

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
        return sorted(name for name in names if not name[0].isdigit())  # a Sequential's "0" is no attribute

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Register a parameter, or None to say that there is none under this name."""
        self._check_name("parameter", "_parameters", name)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type_of(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Register a tensor that is part of the state but learns nothing."""
        self._check_name("buffer", "_buffers", name)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type_of(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._transient.discard if persistent else self._transient.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Register a child under a name."""
        if not isinstance(module, Tree) and module is not None:
            raise TypeError(f"{type_of(module)} is not a Module subclass")
        self._check_name("module", "_modules", name)
        self._modules[name] = module

    register_module = add_module

    def _check_name(self, kind: str, register: str, name: str) -> None:
        if register not in self.__dict__:
            raise _too_early(kind)
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type_of(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in self.__dict__[register]:
            raise KeyError(f"attribute '{name}' already exists")

    # To walk

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
    ) -> Iterator[tuple[str, Any]]:
        """This module and all below it, parents first, each once."""
        memo = set() if memo is None else memo
        if id(self) in memo:
            return
        if remove_duplicate:
            memo.add(id(self))
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, joined(prefix, name), remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it, without names."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def _named(self, register: str, prefix: str, recurse: bool, once: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=once) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, tensor in getattr(module, register).items():
                if tensor is not None and not (once and id(tensor) in seen):
                    seen.add(id(tensor))
                    yield joined(path, name), tensor

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

    def apply(self: T, fn: Callable[[Any], None]) -> T:
        """Call fn on every module below, then on this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # To find

    def get_submodule(self, target: str) -> Module:
        """The module at a path such as "encoder.0"."""
        module: Any = self
        for name in target.split(".") if target else ():
            module = _found(module, name, Tree, "an nn.Module")
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module at a path, in place of the one there; with `strict` there must be one.

        ValueError for an empty path or what is no Module, AttributeError where the path leads nowhere.
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Tree):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            _found(parent, name, Tree, "an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path such as "encoder.0.weight"."""
        path, _, name = target.rpartition(".")
        parameter: Parameter = _found(self.get_submodule(path), name, Parameter, "an nn.Parameter")
        return parameter

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a path."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        buffer: Tensor = _found(module, name, object, "")
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return buffer


def joined(prefix: str, name: str) -> str:
    """The path of a name below a prefix."""
    return f"{prefix}.{name}" if prefix else name


def type_of(value: Any) -> str:
    """The name of a value's type; of a class or a function, its own, for that is what went astray."""
    if isinstance(value, Tensor):
        return str(value.type())
    if not hasattr(value, "__qualname__"):
        return full_name(value)
    where, name = value.__module__, str(value.__qualname__)
    return name if where in (None, "builtins") else f"{where}.{name}"


def _found(module: Any, name: str, kind: type, expected: str) -> Any:
    if not hasattr(module, name):
        raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
    value = getattr(module, name)
    if not isinstance(value, kind):
        raise AttributeError(f"`{name}` is not {expected}")
    return value


def _too_early(kind: str) -> AttributeError:
    return AttributeError(
        f"cannot assign {kind} before Module.__init__() call\nCall super().__init__() first."
    )
