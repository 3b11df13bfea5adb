"""Tensor: an array, the node that made it, and torch's methods.   torch: torch/_tensor.py, torch/_C/__init__.pyi

A method puts its arguments in order and calls one op of ops.py; what torch makes of several ops stands
in functions.py. `array` is the NumPy or CuPy array within; everything else bears torch's name.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigrad import device as devices
from minigrad import dtypes, functions, indexing, ops, shapes
from minigrad import dtypes as _types
from minigrad.autograd.engine import TensorBase, unwrap, wrap
from minigrad.autograd.op import Op
from minigrad.autograd.variable import Variable
from minigrad.inplace import change, view_of
from minigrad.printing import tensor_text

_float = float  # inside Tensor these names are methods
_int = int
_bool = bool


class Size(tuple[int, ...]):
    """A shape: a tuple that prints as torch.Size and whose slices are Sizes."""

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return math.prod(self)

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        return Size(part) if isinstance(key, slice) else part

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, np.generic))


def _operator(op: Callable[..., Any]) -> Any:
    """A binary operator: what it cannot compute with, Python is told NotImplemented."""

    def operator(self: Any, other: Any) -> Any:
        return (
            op(self, other)
            if isinstance(other, (TensorBase, np.ndarray)) or _number(other)
            else NotImplemented
        )

    operator.__doc__ = op.__doc__
    return operator


def _reflected(op: Callable[..., Any]) -> Any:
    """A commutative operator with a number on its left; an array there is refused, as torch refuses it."""
    return lambda self, other: op(self, other) if _number(other) else NotImplemented


def _bitwise(function: Callable[..., Any]) -> Any:
    return _operator(lambda x, y: wrap(np.asarray(function(x.array, unwrap(y)))))


def _in_place(op: Op) -> Any:
    """The method that computes an op in the tensor's own memory."""

    def method(self: Any, *args: Any) -> Any:
        return change(self, op, *args)

    method.__doc__ = f"In place: {op.__doc__}"
    return method


class Tensor(Variable):
    """An n-dimensional array whose computations can be differentiated.

    Usually made by tensor(), zeros(), randn() ...; `Tensor(data)` gives float32, `Tensor(2, 3)` zeros of
    that shape. Differences from torch: `array` is the NumPy (or CuPy) array within.
    """

    array: Any
    __array_ufunc__ = None  # array * tensor is refused, as torch refuses it: say tensor * array
    __hash__ = object.__hash__  # __eq__ is elementwise

    def __init__(self, *data: Any) -> None:
        if len(data) == 1 and not isinstance(data[0], int):
            self.array = np.array(data[0], dtype=np.float32)
        else:
            self.array = np.zeros(data or (0,), np.float32)
        self.version = [0]

    # What it is

    @property
    def shape(self) -> Size:
        """The size of every dimension."""
        return Size(self.array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return self.shape if dim is None else self.shape[functions.one_dim(dim, self.ndim)]

    def stride(self) -> tuple[int, ...]:
        """How many elements lie between neighbours, along every dimension."""
        return tuple(s // self.array.itemsize for s in self.array.strides)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    def dim(self) -> int:
        """The number of dimensions."""
        return self.ndim

    def numel(self) -> int:
        """The number of elements."""
        return self.array.size

    nelement = numel

    @property
    def dtype(self) -> dtypes.dtype:
        """The element type."""
        return dtypes.of(self.array.dtype)

    @property
    def device(self) -> devices.device:
        """Where the array lives: cpu, or cuda through CuPy."""
        return devices.of(self.array)

    @property
    def is_cuda(self) -> bool:
        """Whether the array lives on a GPU."""
        return self.device.type == "cuda"

    def is_floating_point(self) -> bool:
        """Whether gradients can flow through it."""
        return self.dtype.is_floating_point

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory row after row."""
        return bool(self.array.flags.c_contiguous)

    def type(self) -> str:
        """The type's name, such as torch.FloatTensor."""
        return f"torch.{'cuda.' if self.is_cuda else ''}{self.dtype.scalar_name}Tensor"

    # Functions of tensors are methods, too

    add, sub, mul, div = functions.add, functions.sub, functions.mul, functions.div
    multiply, divide, subtract = mul, div, sub
    pow, neg, abs, reciprocal = functions.pow, functions.neg, functions.abs, functions.reciprocal
    exp, log, sqrt = functions.exp, functions.log, functions.sqrt
    tanh, sigmoid, relu = functions.tanh, functions.sigmoid, functions.relu
    clamp, maximum, minimum = functions.clamp, functions.maximum, functions.minimum
    clone, isnan, all, any = functions.clone, functions.isnan, functions.all, functions.any
    eq, ne, lt = functions.eq, functions.ne, functions.lt
    le, gt, ge = functions.le, functions.gt, functions.ge
    sum, mean, max, min = functions.sum, functions.mean, functions.max, functions.min
    amax, amin = functions.amax, functions.amin
    argmax, argmin = functions.argmax, functions.argmin
    softmax, log_softmax, logsumexp = functions.softmax, functions.log_softmax, functions.logsumexp
    matmul, mm = functions.matmul, functions.mm
    view, reshape, flatten = shapes.view, shapes.reshape, shapes.flatten
    t, transpose, permute = shapes.t, shapes.transpose, shapes.permute
    unsqueeze, squeeze, expand = shapes.unsqueeze, shapes.squeeze, shapes.expand
    contiguous, equal, allclose = shapes.contiguous, functions.equal, functions.allclose

    def where(self, condition: Tensor, other: Any) -> Tensor:
        """Self where the condition holds, else other."""
        return functions.where(condition, self, other)

    def expand_as(self, other: Tensor) -> Tensor:
        """Expanded to the other's shape."""
        return self.expand(*other.shape)

    def view_as(self, other: Tensor) -> Tensor:
        """A view of the other's shape."""
        return self.view(*other.shape)

    @property
    def T(self) -> Tensor:
        """The dimensions in reverse order."""
        if self.ndim not in (0, 2):
            warnings.warn(
                "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it "
                "will throw an error in a future release. Consider `x.mT` to transpose batches of matrices.",
                stacklevel=2,
            )
        return view_of(self, ops.permute, tuple(reversed(range(self.ndim))))

    @property
    def mT(self) -> Tensor:
        """The last two dimensions exchanged."""
        return self.transpose(-2, -1)

    # Operators

    __add__, __radd__ = _operator(ops.add), _reflected(ops.add)
    __sub__ = _operator(ops.sub)
    __mul__, __rmul__ = _operator(ops.mul), _reflected(ops.mul)
    __truediv__ = _operator(ops.div)
    __pow__ = _operator(functions.pow)
    __eq__, __ne__ = _operator(ops.eq), _operator(ops.ne)
    __lt__, __le__, __gt__, __ge__ = (
        _operator(ops.lt),
        _operator(ops.le),
        _operator(ops.gt),
        _operator(ops.ge),
    )
    __neg__, __abs__ = neg, abs
    __and__, __or__, __xor__ = _bitwise(np.bitwise_and), _bitwise(np.bitwise_or), _bitwise(np.bitwise_xor)

    def __rsub__(self, other: Any) -> Any:
        return ops.rsub(self, other) if _number(other) else NotImplemented

    def __rtruediv__(self, other: Any) -> Any:
        return ops.reciprocal(self) * other if _number(other) else NotImplemented

    def __rpow__(self, base: Any) -> Any:
        return ops.rpow(self, base) if _number(base) else NotImplemented

    def __matmul__(self, other: Any) -> Any:
        return functions.matmul(self, other) if isinstance(other, TensorBase) else NotImplemented

    def __invert__(self) -> Tensor:
        return wrap(~self.array)

    # In place

    __iadd__, __isub__ = _in_place(ops.add), _in_place(ops.sub)
    __imul__, __itruediv__ = _in_place(ops.mul), _in_place(ops.div)
    mul_, div_, copy_, pow_ = (
        _in_place(ops.mul),
        _in_place(ops.div),
        _in_place(ops.copy),
        _in_place(ops.pow_scalar),
    )
    exp_, log_, sqrt_, neg_, abs_ = (_in_place(op) for op in (ops.exp, ops.log, ops.sqrt, ops.neg, ops.abs))
    relu_, tanh_, sigmoid_ = _in_place(ops.relu), _in_place(ops.tanh), _in_place(ops.sigmoid)

    def add_(self, other: Any, *, alpha: float = 1) -> Tensor:
        """In place: self + alpha·other"""
        return change(self, ops.add, other if alpha == 1 else other * alpha)

    def sub_(self, other: Any, *, alpha: float = 1) -> Tensor:
        """In place: self - alpha·other"""
        return change(self, ops.sub, other if alpha == 1 else other * alpha)

    def clamp_(self, min: float | None = None, max: float | None = None) -> Tensor:
        """In place: clamp."""
        return change(self, ops.clamp, -math.inf if min is None else min, math.inf if max is None else max)

    def fill_(self, value: float) -> Tensor:
        """Make every element the value."""
        return change(self, ops.copy.named("FillBackward2"), np.asarray(value))

    def zero_(self) -> Tensor:
        """Make every element 0."""
        return change(self, ops.copy.named("ZeroBackward0"), np.asarray(0))

    # Elements

    def __getitem__(self, key: Any) -> Tensor:
        return indexing.get(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        indexing.put(self, key, value)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return int(self.array.shape[0])

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())

    # Types, devices, Python and NumPy

    def to(self, *args: Any, dtype: Any = None, device: Any = None, **ignored: Any) -> Tensor:
        """Another dtype, device, or those of another tensor; self if nothing changes."""
        for arg in args:
            if isinstance(arg, TensorBase):
                dtype, device = arg.dtype, arg.device  # type: ignore[attr-defined]
            elif isinstance(arg, dtypes.dtype):
                dtype = arg
            elif isinstance(arg, (str, int, devices.device)) and not isinstance(arg, bool):
                device = f"cuda:{arg}" if isinstance(arg, int) else arg
        x = self
        if dtype is not None and dtype.numpy != x.array.dtype:
            x = ops.to_copy(x, dtype.numpy)
        if device is not None:
            moved = devices.move(x.array, devices.device(device))
            if moved is not x.array:
                x = ops.to_device(x, devices.device(device), devices.of(x.array))
        return x

    def float(self) -> Tensor:
        """As float32."""
        return self.to(_types.float32)

    def double(self) -> Tensor:
        """As float64."""
        return self.to(_types.float64)

    def half(self) -> Tensor:
        """As float16."""
        return self.to(_types.float16)

    def long(self) -> Tensor:
        """As int64, towards zero."""
        return self.to(_types.int64)

    def int(self) -> Tensor:
        """As int32, towards zero."""
        return self.to(_types.int32)

    def bool(self) -> Tensor:
        """As bool: whether not 0."""
        return self.to(_types.bool)

    def byte(self) -> Tensor:
        """As uint8."""
        return self.to(_types.uint8)

    def type_as(self, other: Tensor) -> Tensor:
        """In the other's dtype."""
        return self.to(other.dtype)

    def cpu(self) -> Tensor:
        """On the CPU."""
        return self.to(device="cpu")

    def cuda(self, device: Any = None) -> Tensor:
        """On a GPU, through CuPy; AssertionError with what to install where that cannot be."""
        return self.to(device="cuda" if device is None else device)

    def numpy(self, *, force: _bool = False) -> np.ndarray[Any, Any]:
        """The array, sharing memory; of a tensor that requires grad only with force."""
        if self.requires_grad and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        if not isinstance(self.array, np.ndarray):
            if not force:
                raise TypeError(
                    f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to "
                    "host memory first."
                )
            return devices.move(self.array, devices.CPU)
        return self.array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def tolist(self) -> Any:
        """Python numbers, in lists as deep as there are dimensions."""
        return self.array.tolist()

    def item(self) -> Any:
        """The one element as a Python number."""
        if self.array.size != 1:
            raise RuntimeError(f"a Tensor with {self.array.size} elements cannot be converted to Scalar")
        return self.array.item()

    def _scalar(self) -> Any:
        if self.array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if self.requires_grad:
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                "Consider using tensor.detach() first.",
                stacklevel=3,
            )
        return self.item()

    def __float__(self) -> _float:
        return _float(self._scalar())

    def __int__(self) -> _int:
        return _int(self._scalar())

    def __index__(self) -> _int:
        if self.array.size != 1 or self.array.dtype.kind == "f":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return _int(self.item())

    def __bool__(self) -> _bool:
        if self.array.size != 1:
            words = "no values" if self.array.size == 0 else "more than one value"
            raise RuntimeError(f"Boolean value of Tensor with {words} is ambiguous")
        return _bool(self.item())

    def __format__(self, spec: str) -> str:
        if self.ndim == 0:
            return format(self.item(), spec)
        return object.__format__(self, spec)

    def __repr__(self) -> str:
        where = None if self.device.type == "cpu" else str(self.device)
        grad_fn = self.grad_fn.name() if self.grad_fn is not None else None
        array = devices.move(self.array, devices.CPU)
        return tensor_text(array, device=where, grad_fn=grad_fn, requires_grad=self.requires_grad)

    def __deepcopy__(self, memo: dict[Any, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment."
                "\nCopy tensor.detach() instead."
            )
        copy: Tensor = wrap(self.array.copy())
        copy.requires_grad_(self.requires_grad)
        if self._grad is not None:
            copy._grad = self._grad.__deepcopy__(memo)
        memo[id(self)] = copy
        return copy

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), self.detach().array, self.requires_grad)


TensorBase.Tensor = Tensor


def _rebuild(cls: type[Tensor], array: Any, requires_grad: bool) -> Tensor:
    tensor = wrap(array)
    tensor.__class__ = cls
    return tensor.requires_grad_(requires_grad)
