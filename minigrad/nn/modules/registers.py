"""The three dictionaries in which a module registers its parameters, its buffers and the modules below it."""

from __future__ import annotations

from typing import Any

from minigrad.arrays.dtypes import full_name
from minigrad.tensors.tensor import Tensor

REGISTERS = ("_parameters", "_buffers", "_modules")


def check_name(module: Any, kind: str, register: str, name: str) -> None:
    """Raise torch's error if the name cannot be registered, or if Module.__init__ has not run yet."""
    if register not in module.__dict__:
        raise missing_init(kind)
    if not isinstance(name, str):
        raise TypeError(f"{kind} name should be a string. Got {type_of(name)}")
    if "." in name:
        raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
    if name == "":
        raise KeyError(f'{kind} name can\'t be empty string ""')
    if hasattr(module, name) and name not in module.__dict__[register]:
        raise KeyError(f"attribute '{name}' already exists")


def replace_registered(module: Any, register: str, name: str, value: Any, kind: str, expected: str) -> None:
    """Assign None to a registered name, or a tensor to a buffer. Raises TypeError for any other value."""
    if value is not None and not (register == "_buffers" and isinstance(value, Tensor)):
        raise TypeError(
            f"cannot assign '{type_of(value)}' as {kind} '{name}' ({expected} expected)\n"
            "Wrap a new parameter in nn.Parameter, or copy into the old one under no_grad()."
        )
    module.__dict__[register][name] = value


def unregister(module: Any, name: str, but: str) -> None:
    """Remove a name from the attributes and from every register except `but`."""
    module.__dict__.pop(name, None)
    module._non_persistent.discard(name)
    for register in REGISTERS:
        if register != but:
            module.__dict__[register].pop(name, None)


def get_checked(module: Any, name: str, kind: type, expected: str) -> Any:
    """Return an attribute of a module. Raises torch's AttributeError if it is missing or has another type."""
    if not hasattr(module, name):
        raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
    value = getattr(module, name)
    if not isinstance(value, kind):
        raise AttributeError(f"`{name}` is not {expected}")
    return value


def join_path(prefix: str, name: str) -> str:
    """Return the path of a name below a prefix."""
    return f"{prefix}.{name}" if prefix else name


def type_of(value: Any) -> str:
    """Return the name of a value's type for an error message. For a class or a function, return its own name."""
    if isinstance(value, Tensor):
        return str(value.type())
    if not hasattr(value, "__qualname__"):
        return full_name(value)
    where, name = value.__module__, str(value.__qualname__)
    return name if where in (None, "builtins") else f"{where}.{name}"


def missing_init(kind: str) -> AttributeError:
    """Return torch's error for an assignment before Module.__init__ has run."""
    return AttributeError(
        f"cannot assign {kind} before Module.__init__() call\nCall super().__init__() first."
    )
