"""Parameter: a tensor that is trained; and tensors whose shape is still unknown.   torch: torch/nn/parameter.py"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from minigrad.arrays import dtypes
from minigrad.arrays.device import device_of
from minigrad.autograd.base import wrap
from minigrad.tensors import creation
from minigrad.tensors.size import Size
from minigrad.tensors.tensor import Tensor

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "UninitializedTensorMixin",
    "is_lazy",
]


class Parameter(Tensor):
    """A tensor that requires a gradient. A Module registers it when it is assigned to an attribute.

    It shares memory with data. Raises RuntimeError if data has an integer or bool dtype and requires_grad is True.
    torch: torch.nn.Parameter.
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        if not isinstance(requires_grad, bool):
            kind = type(requires_grad).__name__
            raise TypeError(
                f"_make_subclass(): argument 'require_grad' (position 3) must be bool, not {kind}"
            )
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


class _Buffers(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and "_is_buffer" in vars(instance)


class Buffer(Tensor, metaclass=_Buffers):
    """A tensor that a Module registers as a buffer when it is assigned to an attribute; in state dicts if persistent.

    It is a Tensor that shares memory with data, not of a class of its own. torch: torch.nn.Buffer.
    """

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Any:
        """A Tensor with the mark of a buffer."""
        made: Any = Tensor() if data is None else data.detach().requires_grad_(data.requires_grad)
        made.persistent, made._is_buffer = persistent, True
        return made

    def __init__(self, /, *args: Any, **kwargs: Any) -> None:
        pass


class UninitializedTensorMixin:
    """A tensor without a shape. A lazy module gives it one at its first call: `materialize`.

    Until then it has a dtype and a device, and every function of its elements raises ValueError. It is a tensor with an
    empty array that it does not show; materialize changes its class, so an optimizer may hold it before.
    torch: torch.nn.parameter.UninitializedTensorMixin.
    """

    cls_to_become: Any  # the class after materialize
    requires_grad: bool

    def __init__(self, /, *args: Any, **kwargs: Any) -> None:
        pass

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become a tensor of this shape, filled with zeros; torch leaves its memory unset."""
        where, kind = device or self.device, dtype or self.dtype
        self.__class__ = self.cls_to_become
        self.data = creation.empty(tuple(shape), device=where, dtype=kind)

    @property
    def array(self) -> NoReturn:
        """What every function of tensors reads."""
        raise ValueError(
            "Attempted to use an uninitialized parameter in a function of tensors. This error happens when you are "
            f"using a `LazyModule` or explicitly manipulating `torch.nn.parameter.{type(self).__name__}` objects. When "
            "using LazyModules Call `forward` with a dummy batch to initialize the parameters before calling torch "
            "functions"
        )

    @array.setter
    def array(self, value: Any) -> None:
        self.__dict__["array"] = value

    @property
    def shape(self) -> Size:
        """Raise torch's RuntimeError."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` "
            "to initialize the parameters before accessing their attributes."
        )

    @property
    def data(self) -> Any:
        """The empty tensor that it holds; a new dtype or device is set through it."""
        return wrap(self.__dict__["array"])

    @data.setter
    def data(self, value: Tensor) -> None:
        self.__dict__["array"] = value.array

    @property
    def dtype(self) -> dtypes.dtype:
        """The dtype that it will have."""
        return dtypes.dtype_of(self.__dict__["array"].dtype)

    @property
    def device(self) -> Any:
        """The device on which it will be."""
        return device_of(self.__dict__["array"])

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        memo[id(self)] = copy = type(self)(self.requires_grad, self.device, self.dtype)
        return copy

    def __reduce__(self) -> Any:
        return type(self), (self.requires_grad,)


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A Parameter without a shape, which materialize gives it. torch: torch.nn.parameter.UninitializedParameter."""

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        """A Parameter with an empty array, whose class is then this one."""
        made = Parameter(creation.empty(0, device=device, dtype=dtype), requires_grad)
        made.__class__ = cls
        return made


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer without a shape, which materialize gives it. torch: torch.nn.parameter.UninitializedBuffer."""

    cls_to_become = Tensor

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        """A tensor with an empty array, whose class is then this one. persistent: kept as an attribute."""
        made = creation.empty(0, device=device, dtype=dtype, requires_grad=requires_grad)
        made.__class__ = cls
        made.persistent = persistent
        return made


def _of_data(name: str) -> Callable[..., Any]:
    def method(self: UninitializedBuffer, *args: Any, **kwargs: Any) -> Any:
        result = getattr(self.data, name)(*args, **kwargs)
        if isinstance(result, Tensor):
            result.__class__ = UninitializedBuffer
        return result

    method.__doc__ = getattr(Tensor, name).__doc__
    return method


for _name in ("cpu", "cuda", "double", "float", "half", "is_floating_point", "to", "type"):  # for Module.to
    setattr(UninitializedBuffer, _name, _of_data(_name))


def is_lazy(param: Any) -> bool:
    """Whether it is an UninitializedParameter or an UninitializedBuffer."""
    return isinstance(param, UninitializedTensorMixin)
