"""Module: a tree of named parameters, and a forward.   torch: torch/nn/modules/module.py

Assigning a Parameter or a Module to an attribute registers it under that name: that is tree.py. What is called
around forward is in hooks.py, what is saved and loaded in state.py. Here is what a module can do as a whole.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from inspect import isfunction
from typing import Any, TypeVar

from minigrad.arrays import dtypes
from minigrad.arrays.device import as_device, device
from minigrad.nn.modules.hooks import HOOKS, Hooked
from minigrad.nn.modules.state import Stateful
from minigrad.nn.modules.tree import REGISTERS, Tree
from minigrad.tensors.arguments import combination
from minigrad.tensors.tensor import Tensor

M = TypeVar("M", bound="Module")


class Module(Hooked, Stateful):
    """The base of every layer and model: subclass it, assign layers in __init__, compute in forward.

    torch: torch.nn.Module.
    """

    training: bool
    call_super_init = False  # whether __init__ calls that of the next base class, with its arguments

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Must run before anything is assigned: super().__init__()."""
        if not self.call_super_init and (args or kwargs):
            name = f"{type(self).__name__}.__init__()"
            raise TypeError(
                f"{name} got an unexpected keyword argument '{next(iter(kwargs))}'"
                if kwargs
                else f"{name} takes 1 positional argument but {len(args) + 1} were given"
            )
        self.__dict__.update({name: {} for name in REGISTERS}, _transient=set(), training=True)
        self.__dict__.update({name: OrderedDict() for name in HOOKS})
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *input: Any) -> Any:
        """To be written by the subclass."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

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

    # Types and devices

    def to(self: M, *args: Any, **kwargs: Any) -> M:
        """Move and convert parameters and buffers, in place; integers keep their type.

        to(device, dtype), to(dtype) or to(tensor), each with non_blocking after it, which changes nothing.
        TypeError for a dtype that is no floating point type.
        """
        where, dtype = _destination(args, kwargs)
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
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

    def type(self: M, dst_type: Any) -> M:
        """Everything as this type: a dtype, or a name such as torch.DoubleTensor."""
        return self._convert(lambda t: t.type(dst_type))

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

    # Text

    def extra_repr(self) -> str:
        """What stands in the parentheses of a module without children."""
        return ""

    def __repr__(self) -> str:
        kind = type(self).__name__
        lines = [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        extra = self.extra_repr().split("\n") if self.extra_repr() else []
        if len(extra) == 1 and not lines:
            return f"{kind}({extra[0]})"
        inside = "\n  ".join(extra + lines)
        return f"{kind}(\n  {inside}\n)" if inside else f"{kind}()"


for _part in (Hooked, Stateful, Tree):
    for _name, _method in vars(_part).items():
        if isfunction(_method):
            _method.__qualname__ = f"Module.{_name}"  # by which Python's own errors call it


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


def _destination(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[device | None, dtypes.dtype | None]:
    """Where to, and as what: of a call in one of the forms of `to`."""
    if args and isinstance(args[0], (bool, float)):  # torch takes such a number for its type
        args = (type(args[0]), *args[1:])
    first = args[0] if args else None
    by_tensor = isinstance(first, Tensor) or "tensor" in kwargs
    form = ["tensor"] if by_tensor else ["dtype"] if _is_dtype(first) else ["device", "dtype"]
    names = [*form, "non_blocking", "copy"]
    given = dict(zip(names, args, strict=False))
    fits = (
        len(args) <= len(names) and not given.keys() & kwargs and kwargs.keys() <= {*names, "memory_format"}
    )
    given |= kwargs
    if not fits or not all(_TAKES[name](value) for name, value in given.items()):
        raise TypeError(f"{combination('to', args, kwargs)}\nto(device, dtype), to(dtype) or to(tensor).")
    if "copy" in given:
        raise RuntimeError(".to() does not accept copy argument\nModules move in place: deepcopy first.")
    if by_tensor:
        return given["tensor"].device, given["tensor"].dtype
    # a name that makes no sense is found here, though there be no parameter
    where = given.get("device")
    return None if where is None else as_device(where), dtypes.as_dtype(given.get("dtype"), "to")


def _is_dtype(value: Any) -> bool:
    return isinstance(value, dtypes.dtype) or value is float or value is int or value is bool


_TAKES: dict[str, Callable[[Any], bool]] = {
    "device": lambda value: isinstance(value, (str, int, device, type(None))) and not isinstance(value, bool),
    "dtype": lambda value: value is None or _is_dtype(value),
    "tensor": lambda value: isinstance(value, Tensor),
    "non_blocking": lambda value: isinstance(value, bool),
    "copy": lambda value: isinstance(value, bool),
    "memory_format": lambda value: value is None,
}
