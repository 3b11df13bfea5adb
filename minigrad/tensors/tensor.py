"""Tensor: an array, the node that made it, and torch's methods.   torch: torch/_tensor.py, torch/_C/__init__.pyi

A method puts its arguments in order and calls one op of ops.py; what torch makes of several ops stands
in functions.py. `array` is the NumPy or CuPy array within; everything else bears torch's name.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigrad import ops, random
from minigrad.arrays import device as devices
from minigrad.arrays import dtypes
from minigrad.arrays import dtypes as _types
from minigrad.autograd.engine import TensorBase, unwrap, wrap
from minigrad.autograd.grad_mode import is_grad_enabled
from minigrad.autograd.op import check_broadcast
from minigrad.autograd.variable import Variable
from minigrad.tensors import dlpack, functions, indexing, products, reductions, shapes
from minigrad.tensors.arguments import (
    check_int,
    combination,
    is_number,
    one_dim,
    plain,
    type_name,
)
from minigrad.tensors.inplace import change, check_change, check_shape, fill, view_of
from minigrad.tensors.missing import tensor_getattr
from minigrad.tensors.printing import tensor_text
from minigrad.tensors.size import Size
from minigrad.tensors.tensor_types import alias, legacy_array, tensortype

_float = float  # inside Tensor these names are methods
_int = int
_bool = bool


def _operator(op: Callable[..., Any], arrays: bool = False) -> Any:
    """A binary operator: what it cannot compute with, Python is told NotImplemented.

    So it is with arrays, but for ==. Python then asks NumPy, which takes `tensor * array` for a product of arrays.
    """

    def operator(self: Any, other: Any) -> Any:
        if isinstance(other, TensorBase) or type(other) in dtypes.NUMBERS:
            return op(self, other)
        known = isinstance(other, np.generic) or (arrays and devices.is_array(other))
        return op(self, plain(other)) if known else NotImplemented

    operator.__doc__ = op.__doc__
    return operator


def _right(on_tensors: Callable[..., Any], with_number: Callable[..., Any]) -> Any:
    """The operator with self on its right: other ∘ self."""
    return _operator(
        lambda x, other: on_tensors(other, x) if isinstance(other, TensorBase) else with_number(x, other)
    )


def _bitwise(function: Callable[..., Any]) -> Any:
    def op(x: Any, y: Any) -> Any:
        values = [x.array, unwrap(y)]
        check_broadcast([np.shape(value) for value in values])
        functions.refuse(f"{function.__name__}_cpu", "f", np.empty((), dtypes.common_type(values)))
        return wrap(devices.as_array(function(*dtypes.promote(values, "common"))))

    return _operator(op)


def _in_place(function: Callable[..., Any]) -> Any:
    """The method that computes a function in the tensor's own memory."""
    named = getattr(function, "in_place", function)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return change(self, named, *args, **kwargs)

    method.__doc__ = f"In place: {function.__doc__}"
    return method


def _in_place_shapes_first(function: Callable[..., Any]) -> Any:
    """The same for functions that refuse types: as in torch, shapes are looked at before."""
    changed = _in_place(function)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        check_change(self)
        shapes = [self.array.shape, *(arg.array.shape for arg in args if isinstance(arg, TensorBase))]
        check_broadcast(shapes)
        check_shape(self.array, np.broadcast_shapes(*shapes))
        return changed(self, *args, **kwargs)

    method.__doc__ = changed.__doc__
    return method


def _assigning(function: Callable[..., Any]) -> Any:
    """An operator such as +=."""
    return _operator(_in_place(function))


class Tensor(Variable):
    """An n-dimensional array whose computations can be differentiated.

    Usually made by tensor(), zeros(), randn() ...; `Tensor(data)` gives float32, `Tensor(2, 3)` zeros of
    that shape. Differences from torch: `array` is the NumPy (or CuPy) array within.
    """

    array: Any
    __array_priority__ = 1000  # array * tensor is refused, as torch refuses it: say tensor * array
    __hash__ = object.__hash__  # __eq__ is elementwise

    def __init__(self, *data: Any) -> None:
        if len(data) == 1 and isinstance(data[0], TensorBase):
            shown = view_of(data[0], alias, data[0].array.shape)
            self.array, self.node = shown.array, shown.node
            self.version, self.view_meta = shown.version, shown.view_meta
        else:
            self.array, self.version = legacy_array(data, np.dtype(np.float32)), [0]

    # What it is

    @property
    def shape(self) -> Size:
        """The size of every dimension."""
        return tuple.__new__(Size, self.array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return self.shape if dim is None else self.array.shape[self._one_dim("size", dim)]

    def stride(self, dim: int | None = None) -> Any:
        """How many elements lie between neighbours, along every dimension or one."""
        strides = tuple(s // self.array.itemsize for s in self.array.strides)
        return strides if dim is None else strides[self._one_dim("stride", dim)]

    def _one_dim(self, function: str, dim: Any) -> int:
        check_int(function, "dim", 1, dim)
        if self.ndim == 0:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        return one_dim(dim, self.ndim)

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

    nelement, ndimension = numel, dim

    @property
    def itemsize(self) -> int:
        """The size of an element in bytes."""
        return self.array.itemsize

    def element_size(self) -> int:
        """The size of an element in bytes."""
        return self.itemsize

    @property
    def nbytes(self) -> int:
        """The size of all elements in bytes."""
        return self.numel() * self.itemsize

    @property
    def dtype(self) -> dtypes.dtype:
        """The element type."""
        return dtypes.dtype_of(self.array.dtype)

    @property
    def device(self) -> devices.device:
        """Where the array lives: cpu, or cuda through CuPy."""
        return devices.device_of(self.array)

    @property
    def is_cuda(self) -> bool:
        """Whether the array lives on a GPU."""
        return self.device.type == "cuda"

    @property
    def is_cpu(self) -> bool:
        """Whether the array lives in the computer's own memory."""
        return self.device.type == "cpu"

    def get_device(self) -> int:
        """The number of its GPU; -1 on the CPU."""
        return -1 if self.is_cpu else self.device.index or 0

    def is_floating_point(self) -> bool:
        """Whether gradients can flow through it."""
        return self.dtype.is_floating_point

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory row after row."""
        return bool(self.array.flags.c_contiguous)

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The type's name, such as torch.FloatTensor; or the tensor as the type of such a name, or as a dtype."""
        if dtype is None:
            return f"torch.{'cuda.' if self.is_cuda else ''}{self.dtype.scalar_name}Tensor"
        named = isinstance(dtype, (str, tensortype))
        return self.to(dtypes.of_tensor_type(dtype) if named else dtype)

    # Functions of tensors are methods, too

    add, sub, mul, div = functions.add, functions.sub, functions.mul, functions.div
    subtract, multiply, divide = sub, mul, div
    floor_divide, remainder, fmod = functions.floor_divide, functions.remainder, functions.fmod
    pow, square, neg, negative = functions.pow, functions.square, functions.neg, functions.neg
    abs, absolute, reciprocal, positive = (
        functions.abs,
        functions.abs,
        functions.reciprocal,
        functions.positive,
    )
    exp, log, sqrt, rsqrt = functions.exp, functions.log, functions.sqrt, functions.rsqrt
    log1p, log2, log10, expm1 = functions.log1p, functions.log2, functions.log10, functions.expm1
    sin, cos, tanh, sigmoid = functions.sin, functions.cos, functions.tanh, functions.sigmoid
    relu, sign, floor, ceil = functions.relu, functions.sign, functions.floor, functions.ceil
    round, trunc = functions.round, functions.trunc
    clamp, clip, maximum, minimum = functions.clamp, functions.clamp, functions.maximum, functions.minimum
    eq, ne, lt = functions.eq, functions.ne, functions.lt
    le, gt, ge = functions.le, functions.gt, functions.ge
    isnan, isinf, isfinite, isclose = functions.isnan, functions.isinf, functions.isfinite, functions.isclose
    logical_not, logical_and = functions.logical_not, functions.logical_and
    logical_or, logical_xor = functions.logical_or, functions.logical_xor
    clone, equal, allclose = functions.clone, functions.equal, functions.allclose
    sum, mean, prod, var, std = (
        reductions.sum,
        reductions.mean,
        reductions.prod,
        reductions.var,
        reductions.std,
    )
    norm, cumsum, all, any = reductions.norm, reductions.cumsum, reductions.all, reductions.any
    max, min, amax, amin = reductions.max, reductions.min, reductions.amax, reductions.amin
    argmax, argmin, count_nonzero = reductions.argmax, reductions.argmin, reductions.count_nonzero
    sort, argsort, topk, unique = reductions.sort, reductions.argsort, reductions.topk, reductions.unique
    softmax, log_softmax, logsumexp = reductions.softmax, reductions.log_softmax, reductions.logsumexp
    matmul, mm, mv, dot = products.matmul, products.mm, products.mv, products.dot
    bmm, outer = products.bmm, products.outer
    view, reshape, flatten, ravel = shapes.view, shapes.reshape, shapes.flatten, shapes.ravel
    t, transpose, permute = shapes.t, shapes.transpose, shapes.permute
    swapaxes, swapdims, movedim, moveaxis = shapes.swapaxes, shapes.transpose, shapes.movedim, shapes.movedim
    unsqueeze, squeeze, expand, repeat = shapes.unsqueeze, shapes.squeeze, shapes.expand, shapes.repeat
    split, chunk, unbind, contiguous = shapes.split_views, shapes.chunk, shapes.unbind, shapes.contiguous
    flip, tril, triu, gather = shapes.flip, shapes.tril, shapes.triu, shapes.gather
    index_select, masked_fill, masked_select = shapes.index_select, shapes.masked_fill, shapes.masked_select
    expand_as, reshape_as, view_as = shapes.expand_as, shapes.reshape_as, shapes.view_as
    nonzero, type_as = functions.nonzero, functions.type_as

    def where(self, condition: Tensor, other: Any) -> Tensor:
        """Self where the condition holds, else other."""
        return functions.where(condition, self, other)

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
        if self.ndim == 0:
            warnings.warn(
                "Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases.",
                stacklevel=2,
            )
            return self
        if self.ndim < 2:
            raise RuntimeError(
                f"tensor.mT is only supported on matrices or batches of matrices. Got {self.ndim}-D tensor."
            )
        return self.transpose(-2, -1)

    # Operators

    __add__ = __radd__ = _operator(ops.add)
    __sub__, __rsub__ = _operator(ops.sub), _right(ops.sub, ops.rsub)
    __mul__ = __rmul__ = _operator(ops.mul)
    __truediv__ = _operator(ops.div)
    __floordiv__, __mod__ = _operator(functions.floor_divide), _operator(functions.remainder)
    __rfloordiv__ = _operator(lambda x, other: functions.floor_divide(other, x))
    __rmod__ = _operator(lambda x, other: functions.remainder(other, x))
    __pow__, __rpow__ = _operator(functions.pow), _right(ops.pow, ops.rpow)
    __eq__, __ne__ = _operator(ops.eq, arrays=True), _operator(ops.ne)
    __lt__, __le__ = _operator(ops.lt), _operator(ops.le)
    __gt__, __ge__ = _operator(ops.gt), _operator(ops.ge)
    __neg__, __abs__, __pos__ = neg, abs, positive
    __and__ = __rand__ = _bitwise(np.bitwise_and)
    __or__ = __ror__ = _bitwise(np.bitwise_or)
    __xor__ = __rxor__ = _bitwise(np.bitwise_xor)

    def __rtruediv__(self, other: Any) -> Any:
        return self.reciprocal() * other

    def __matmul__(self, other: Any) -> Any:
        return products.matmul(self, other) if isinstance(other, TensorBase) else NotImplemented

    def __invert__(self) -> Tensor:
        if self.is_floating_point():
            raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
        return wrap(~self.array)

    # In place

    __iadd__, __isub__ = _assigning(ops.add), _assigning(ops.sub)
    __imul__, __itruediv__ = _assigning(ops.mul), _assigning(ops.div)
    __ipow__, __imod__ = _assigning(functions.pow), _assigning(functions.remainder)
    __ifloordiv__ = _assigning(functions.floor_divide_)
    __iand__, __ior__, __ixor__ = _assigning(__and__), _assigning(__or__), _assigning(__xor__)
    add_, sub_, mul_, div_ = (
        _in_place(f) for f in (functions.add, functions.sub, functions.mul, functions.div)
    )
    pow_, clamp_, relu_, neg_ = (
        _in_place(f) for f in (functions.pow, functions.clamp, functions.relu, functions.neg)
    )
    abs_, exp_, log_, sqrt_ = (
        _in_place(f) for f in (functions.abs, functions.exp, functions.log, functions.sqrt)
    )
    tanh_, sigmoid_, round_, masked_fill_ = (
        _in_place(f) for f in (functions.tanh, functions.sigmoid, functions.round, shapes.masked_fill)
    )
    fmod_, remainder_, floor_divide_ = (
        _in_place_shapes_first(f) for f in (functions.fmod, functions.remainder, functions.floor_divide_)
    )

    def copy_(self, other: Any, non_blocking: bool = False) -> Tensor:
        """The other's elements in self's memory, in its type."""
        if not isinstance(other, TensorBase):
            if not is_number(other):
                raise TypeError(
                    f"copy_(): argument 'other' (position 1) must be Tensor, not {type_name(other)}"
                )
            other = wrap(devices.beside(other, self.array))
        check_change(self)
        check_broadcast([self.array.shape, other.array.shape])
        check_shape(self.array, np.broadcast_shapes(self.array.shape, other.array.shape))
        source = other if self.is_floating_point() else other.detach()  # ints have no gradient
        return change(self, ops.copy, source.to(device=self.device))

    def uniform_(
        self, from_: float = 0, to: float = 1, *, generator: random.Generator | None = None
    ) -> Tensor:
        """Numbers uniform on [from, to): torch's for the same seed."""
        drawn = (generator or random.default_generator).uniform(self.array.shape, from_, to, self.array.dtype)
        return change(self, ops.copy.named("UniformBackward0"), drawn)

    def normal_(
        self, mean: float = 0, std: float = 1, *, generator: random.Generator | None = None
    ) -> Tensor:
        """Normal numbers: torch's for the same seed."""
        drawn = (generator or random.default_generator).normal(self.array.shape, mean, std, self.array.dtype)
        return change(self, ops.copy.named("NormalBackward0"), drawn)

    def fill_(self, value: float) -> Tensor:
        """Make every element the value: a number, or a tensor of no dimensions."""
        if isinstance(value, TensorBase) and value.array.ndim:
            check_change(self)
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.array.ndim} dimensions."
            )
        if not is_number(value):
            raise TypeError(f"{combination('fill_', (value,), {})}\nfill_(number).")
        if isinstance(value, TensorBase):
            return change(self, fill, value)
        dtypes.check_fits(value, self.array.dtype)
        return change(self, ops.copy.named("FillBackward2"), np.asarray(value))

    def zero_(self) -> Tensor:
        """Make every element 0."""
        return change(self, ops.copy.named("ZeroBackward0"), np.asarray(0))

    # Elements

    def __getitem__(self, key: Any) -> Tensor:
        return indexing.get(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        indexing.put(self, key, value)

    __getattr__ = tensor_getattr  # asked where nothing else answers

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return int(self.array.shape[0])

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(shapes.unbind(self))

    def __contains__(self, value: Any) -> bool:
        if not isinstance(value, (TensorBase, int, float, np.generic)):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(value)}."
            )
        return bool((self == value).any())

    def __reversed__(self) -> Tensor:
        """The rows in reverse order, as reversed(t) asks for them."""
        return self.flip(0) if self.ndim else self

    def __delitem__(self, key: Any) -> None:
        raise TypeError("Tensor does not support deleting items")

    # Types, devices, Python and NumPy

    def to(
        self,
        *args: Any,
        dtype: Any = None,
        device: Any = None,
        non_blocking: _bool = False,
        copy: _bool = False,
    ) -> Tensor:
        """Another dtype, device, or those of another tensor; self if nothing changes and no copy is asked for."""
        for arg in args:
            if isinstance(arg, TensorBase):
                dtype, device = arg.dtype, arg.device  # type: ignore[attr-defined]
            elif isinstance(arg, dtypes.dtype) or arg in (_float, _int, _bool):
                dtype = arg
            elif isinstance(arg, (str, _int, devices.device)) and not isinstance(arg, _bool):
                device = arg
            elif not (arg is None or isinstance(arg, _bool)):
                raise TypeError(
                    f"{combination('to', args, {})}\nto(dtype), to(device), to(device, dtype), to(tensor)."
                )
        x, kind = self, dtypes.as_dtype(dtype, "to")
        if kind is not None and kind.numpy != x.array.dtype:
            x = ops.to_copy(x if kind.is_floating_point else x.detach(), kind.numpy)  # ints have no gradient
        if device is not None:
            where = devices.as_device(device)
            if devices.move(x.array, where) is not x.array:
                x = ops.to_device(x, where, devices.device_of(x.array))
        return x.clone() if copy and x is self else x

    def float(self) -> Tensor:
        """As float32."""
        return self.to(_types.float32)

    def double(self) -> Tensor:
        """As float64."""
        return self.to(_types.float64)

    def half(self) -> Tensor:
        """As float16."""
        return self.to(_types.float16)

    def short(self) -> Tensor:
        """As int16, towards zero."""
        return self.to(_types.int16)

    def char(self) -> Tensor:
        """As int8, towards zero."""
        return self.to(_types.int8)

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

    def cpu(self) -> Tensor:
        """On the CPU."""
        return self.to(device="cpu")

    def cuda(self, device: Any = None, non_blocking: _bool = False) -> Tensor:
        """On a GPU, through CuPy. Raises AssertionError without CuPy, RuntimeError if it finds no GPU."""
        where = devices.as_device("cuda" if device is None else device)
        if where.type != "cuda":
            raise RuntimeError(f"Invalid device, must be cuda device\nGot {where}: .to() takes any.")
        return self.to(device=where)

    def numpy(self, *, force: _bool = False) -> np.ndarray[Any, Any]:
        """The array, sharing memory; of a tensor that requires grad only under no_grad, or with force."""
        if self.requires_grad and not force and is_grad_enabled():
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
        return self.array.view()

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: _bool = False) -> Tensor:
        """What NumPy's functions make of a tensor, such as np.exp(t): a tensor without history; bytes for bools."""
        made = np.asarray(array)
        return wrap(made.astype(np.uint8) if made.dtype == bool else made)

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: Any = None,
        dl_device: Any = None,
        copy: _bool | None = None,
    ) -> Any:
        """The memory itself, for another library: BufferError for what requires grad.   torch: torch/_tensor.py"""
        return dlpack.export(self, stream, max_version, dl_device, copy)

    def __dlpack_device__(self) -> tuple[_int, _int]:
        """DLPack's numbers for the device: (1, 0) is the CPU, (2, n) the GPU n."""
        return dlpack.device(self)

    def tolist(self) -> Any:
        """Python numbers, in lists as deep as there are dimensions."""
        return self.array.tolist()

    def item(self) -> Any:
        """The one element as a Python number."""
        if self.array.size != 1:
            raise RuntimeError(f"a Tensor with {self.array.size} elements cannot be converted to Scalar")
        return self.array.item()

    def _scalar(self, warn: _bool = False) -> Any:
        if self.array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if warn and self.requires_grad:
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                "Consider using tensor.detach() first. No gradient flows through the number.",
                stacklevel=3,
            )
        return self.item()

    def __float__(self) -> _float:
        return _float(self._scalar(warn=True))

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
        try:
            node = self.grad_fn
            grad_fn = None if node is None else node.name()
        except RuntimeError:  # a view whose base was changed although nothing could record it
            grad_fn = "Invalid"
        array = devices.move(self.array, devices.CPU)
        return tensor_text(array, device=where, grad_fn=grad_fn, requires_grad=self.requires_grad)

    def __deepcopy__(self, memo: dict[Any, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment."
                "\nCopy tensor.detach() instead."
            )
        memo[id(self)] = twin = _rebuild(type(self), _copied(self.array, memo), self.requires_grad)
        twin._grad = copy.deepcopy(self._grad, memo)
        vars(twin).update(copy.deepcopy(self._attributes(), memo))
        return twin

    def __reduce__(self) -> Any:
        # A new view each time: pickle would let two tensors of one array share it, and torch's do not.
        return _rebuild, (type(self), self.array.view(), self.requires_grad), self._attributes() or None

    def _attributes(self) -> dict[str, Any]:
        """What users have set on it: their own attributes."""
        return {name: value for name, value in vars(self).items() if name not in _INNER}


TensorBase.Tensor = Tensor
for _name, _function in list(vars(Tensor).items()):
    if hasattr(_function, "method"):
        setattr(Tensor, _name, _function.method)


def relu_(input: Tensor) -> Tensor:
    """max(input, 0), in the input's own memory."""
    return input.relu_()


def detach(input: Tensor) -> Tensor:
    """The same memory, without history."""
    return input.detach()


def is_tensor(obj: Any) -> bool:
    """Whether it is a Tensor."""
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """The number of elements."""
    return input.numel()


def is_floating_point(input: Tensor) -> bool:
    """Whether gradients can flow through it."""
    return input.is_floating_point()


# What the library itself keeps in a tensor.
_INNER = {"array", "idle", "node", "version", "view_meta", "_grad"}


def _copied(array: Any, memo: dict[Any, Any]) -> Any:
    """A copy of an array. Within one deepcopy, arrays that share memory share that of their copies."""
    owner = array
    while isinstance(getattr(owner, "base", None), np.ndarray):
        owner = owner.base
    if owner is array or not (owner.flags.c_contiguous or owner.flags.f_contiguous):
        return copy.deepcopy(array, memo)
    memory = copy.deepcopy(owner, memo)
    memory = memory if memory.flags.c_contiguous else memory.T
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    part: Any = np.ndarray(array.shape, array.dtype, memory, start, array.strides)
    part.flags.writeable = array.flags.writeable
    return part


def _rebuild(cls: type[Tensor], array: Any, requires_grad: bool) -> Tensor:
    tensor = wrap(array)
    tensor.__class__ = cls
    return tensor.requires_grad_(requires_grad)
