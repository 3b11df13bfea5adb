"""Parameter: a tensor that is trained; and one whose shape is still unknown.   torch: torch/nn/parameter.py"""

from __future__ import annotations

from typing import Any, NoReturn

from minigrad.arrays import dtypes
from minigrad.arrays.device import device_of
from minigrad.autograd.base import wrap
from minigrad.tensors import creation
from minigrad.tensors.size import Size
from minigrad.tensors.tensor import Tensor

__all__ = ["Parameter", "UninitializedParameter", "is_lazy"]


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


class UninitializedParameter(Parameter):
    """A Parameter without a shape. A lazy module gives it one at its first call: `materialize`.

    Until then it has a dtype and a device, and every function of its elements raises ValueError. It is a Parameter with
    an empty array that it does not show; materialize makes it a plain Parameter, so an optimizer may hold it before.
    torch: torch.nn.parameter.UninitializedParameter.
    """

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        """A Parameter with an empty array, whose class is then this one."""
        made = Parameter(creation.empty(0, device=device, dtype=dtype), requires_grad)
        made.__class__ = cls
        return made

    def __init__(self, /, *args: Any, **kwargs: Any) -> None:
        pass

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become a Parameter of this shape, filled with zeros; torch leaves its memory unset."""
        where, kind = device or self.device, dtype or self.dtype
        self.__class__ = Parameter  # type: ignore[assignment]
        self.data = creation.empty(tuple(shape), device=where, dtype=kind)

    @property
    def array(self) -> NoReturn:
        """What every function of tensors reads."""
        raise ValueError(
            "Attempted to use an uninitialized parameter in a function of tensors. This error happens when you are "
            "using a `LazyModule` or explicitly manipulating `torch.nn.parameter.UninitializedParameter` objects. When "
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


def is_lazy(param: Any) -> bool:
    """Whether it is an UninitializedParameter."""
    return isinstance(param, UninitializedParameter)
