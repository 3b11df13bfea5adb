"""Tensor: an array, the node that made it, and torch's methods.   torch: torch/_tensor.py, torch/_C/__init__.pyi

Here are its properties, its operators, and what Python and NumPy ask of it. Most methods are functions of tensors too:
methods.py lists them. `array` is its NumPy or CuPy array; everything else has torch's name.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from minigrad import ops, random
from minigrad.arrays import device as devices
from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase, wrap
from minigrad.autograd.grad_mode import is_grad_enabled
from minigrad.autograd.misuse import cannot_be_numpy, check_broadcast
from minigrad.autograd.variable import Variable
from minigrad.tensors import copying, dlpack, functions, indexing, joining, products
from minigrad.tensors.arguments import combination, existing_dim, generator_of, is_number, type_name
from minigrad.tensors.inplace import change, check_change, check_shape, fill, view_of
from minigrad.tensors.methods import assignment, bitwise, method_of, methods, operator, right_operator
from minigrad.tensors.missing import tensor_getattr
from minigrad.tensors.printing import tensor_text
from minigrad.tensors.size import Size
from minigrad.tensors.tensor_types import alias, legacy_array, tensortype

if TYPE_CHECKING:
    from minigrad.tensors.signatures import Binary, Methods  # a stub: what the tables of methods.py add
else:
    Methods = Variable


class Tensor(Methods):
    """An n-dimensional array whose computations can be differentiated.

    Usually made by tensor(), zeros(), randn() ...; `Tensor(data)` gives float32, `Tensor(2, 3)` zeros of
    that shape. Not in torch: `array`, its NumPy (or CuPy) array.
    """

    array: Any
    __array_priority__ = 1000  # NumPy then leaves array * tensor to __rmul__, which refuses it as torch does
    __hash__ = object.__hash__  # __eq__ is elementwise

    def __init__(self, *data: Any) -> None:
        if len(data) == 1 and isinstance(data[0], TensorBase):
            shown = view_of(data[0], alias, data[0].array.shape)
            self.array, self.node = shown.array, shown.node
            self.version, self.view_meta = shown.version, shown.view_meta
        else:
            self.array, self.version = legacy_array(data, np.dtype(np.float32)), [0]

    # Properties

    @property
    def shape(self) -> Size:
        """The size of every dimension."""
        return tuple.__new__(Size, self.array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return self.shape if dim is None else self.array.shape[existing_dim("size", dim, self.ndim)]

    def stride(self, dim: int | None = None) -> Any:
        """The number of elements from one to the next, along every dimension or one."""
        strides = tuple(s // self.array.itemsize for s in self.array.strides)
        return strides if dim is None else strides[existing_dim("stride", dim, self.ndim)]

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
        """Where the array is: cpu, or cuda through CuPy."""
        return devices.device_of(self.array)

    @property
    def is_cuda(self) -> bool:
        """Whether the array is on a GPU."""
        return self.device.type == "cuda"

    @property
    def is_cpu(self) -> bool:
        """Whether the array is in the memory of the CPU."""
        return self.device.type == "cpu"

    def get_device(self) -> int:
        """The number of its GPU, or -1 on the CPU."""
        return -1 if self.is_cpu else self.device.index or 0

    def is_floating_point(self) -> bool:
        """Whether gradients can flow through it."""
        return self.dtype.is_floating_point

    def is_contiguous(self) -> bool:
        """Whether the elements lie row after row in memory."""
        return bool(self.array.flags.c_contiguous)

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of its type, such as torch.FloatTensor; or the tensor converted to such a type, or to a dtype."""
        if dtype is None:
            return f"torch.{'cuda.' if self.is_cuda else ''}{self.dtype.scalar_name}Tensor"
        named = isinstance(dtype, (str, tensortype))
        return self.to(dtypes.of_tensor_type(dtype) if named else dtype)

    def where(self, condition: Tensor, other: Any) -> Tensor:
        """self where the condition holds, else other."""
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

    __add__ = __radd__ = operator(ops.add)
    __sub__, __rsub__ = operator(ops.sub), right_operator(ops.sub, ops.rsub)
    __mul__ = __rmul__ = operator(ops.mul)
    __truediv__ = operator(ops.div)
    __floordiv__, __mod__ = operator(functions.floor_divide), operator(functions.remainder)
    __rfloordiv__ = operator(lambda x, other: functions.floor_divide(other, x))
    __rmod__ = operator(lambda x, other: functions.remainder(other, x))
    __pow__, __rpow__ = operator(functions.pow), right_operator(ops.pow, ops.rpow)
    __eq__: ClassVar[Binary] = operator(ops.eq, arrays=True)  # type: ignore[assignment]
    __ne__: ClassVar[Binary] = operator(ops.ne)  # type: ignore[assignment]
    __lt__, __le__ = operator(ops.lt), operator(ops.le)
    __gt__, __ge__ = operator(ops.gt), operator(ops.ge)
    __neg__, __abs__ = method_of(functions.neg), method_of(functions.abs)
    __pos__ = method_of(functions.positive)
    __and__ = __rand__ = bitwise(np.bitwise_and)
    __or__ = __ror__ = bitwise(np.bitwise_or)
    __xor__ = __rxor__ = bitwise(np.bitwise_xor)

    def __rtruediv__(self, other: Any) -> Tensor:
        return self.reciprocal() * other

    def __matmul__(self, other: Any) -> Tensor:
        return products.matmul(self, other) if isinstance(other, Tensor) else NotImplemented

    def __invert__(self) -> Tensor:
        if self.is_floating_point():
            raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
        return wrap(devices.as_array(~self.array))

    # In place

    __iadd__, __isub__ = assignment(ops.add), assignment(ops.sub)
    __imul__, __itruediv__ = assignment(ops.mul), assignment(ops.div)
    __ipow__, __imod__ = assignment(functions.pow), assignment(functions.remainder)
    __ifloordiv__ = assignment(functions.floor_divide_)
    __iand__, __ior__, __ixor__ = assignment(__and__), assignment(__or__), assignment(__xor__)

    def copy_(self, other: Any, non_blocking: bool = False) -> Tensor:
        """Copy the elements of other into self, converted to its type."""
        if not isinstance(other, TensorBase):
            if not is_number(other):
                raise TypeError(
                    f"copy_(): argument 'other' (position 1) must be Tensor, not {type_name(other)}"
                )
            other = wrap(devices.on_device_of(other, self.array))
        check_change(self)
        check_broadcast([self.array.shape, other.array.shape])
        check_shape(self.array, np.broadcast_shapes(self.array.shape, other.array.shape))
        source = other if self.is_floating_point() else other.detach()  # integers have no gradient
        return change(self, ops.copy, source.to(device=self.device))

    def uniform_(
        self, from_: float = 0, to: float = 1, *, generator: random.Generator | None = None
    ) -> Tensor:
        """Fill with numbers uniform on [from, to): torch's for the same seed."""
        drawn = generator_of("uniform_", generator).uniform(self.array.shape, from_, to, self.array.dtype)
        return change(self, ops.copy.named("UniformBackward0"), drawn)

    def normal_(
        self, mean: float = 0, std: float = 1, *, generator: random.Generator | None = None
    ) -> Tensor:
        """Fill with normal numbers: torch's for the same seed."""
        drawn = generator_of("normal_", generator).normal(self.array.shape, mean, std, self.array.dtype)
        return change(self, ops.copy.named("NormalBackward0"), drawn)

    def fill_(self, value: float) -> Tensor:
        """Set every element to the value, a number or a 0-d tensor."""
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
        """Set every element to 0."""
        return change(self, ops.copy.named("ZeroBackward0"), np.asarray(0))

    # Elements

    def __getitem__(self, key: Any) -> Tensor:
        return indexing.get(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        indexing.put(self, key, value)

    if not TYPE_CHECKING:
        __getattr__ = tensor_getattr  # Python calls it if no attribute is found

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return int(self.array.shape[0])

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(joining.unbind(self))

    def __contains__(self, value: Any) -> bool:
        if not isinstance(value, (TensorBase, int, float, np.generic)):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(value)}."
            )
        found: Any = self == value
        return bool(found.any())

    def __reversed__(self) -> Tensor:
        """The rows in reverse order: Python calls this for reversed(t)."""
        return self.flip(0) if self.ndim else self

    def __delitem__(self, key: Any) -> None:
        raise TypeError("Tensor does not support deleting items")

    # Conversions: types, devices, NumPy, Python

    def to(
        self,
        *args: Any,
        dtype: Any = None,
        device: Any = None,
        non_blocking: bool = False,
        copy: bool = False,
    ) -> Tensor:
        """The tensor in another dtype, on another device, or as another tensor; self if nothing changes unless copy."""
        for arg in args:
            if isinstance(arg, TensorBase):
                dtype, device = arg.dtype, arg.device  # type: ignore[attr-defined]
            elif isinstance(arg, dtypes.dtype) or arg in (float, int, bool):
                dtype = arg
            elif isinstance(arg, (str, int, devices.device)) and not isinstance(arg, bool):
                device = arg
            elif not (arg is None or isinstance(arg, bool)):
                raise TypeError(
                    f"{combination('to', args, {})}\nto(dtype), to(device), to(device, dtype), to(tensor)."
                )
        x, kind = self, dtypes.as_dtype(dtype, "to")
        if kind is not None and kind.numpy != x.array.dtype:
            source = x if kind.is_floating_point else x.detach()  # integers have no gradient
            x = ops.to_copy(source, kind.numpy)
        if device is not None:
            where = devices.as_device(device)
            if devices.move(x.array, where) is not x.array:
                x = ops.to_device(x, where, devices.device_of(x.array))
        return x.clone() if copy and x is self else x

    def cpu(self) -> Tensor:
        """The tensor on the CPU."""
        return self.to(device="cpu")

    def cuda(self, device: Any = None, non_blocking: bool = False) -> Tensor:
        """The tensor on a GPU, through CuPy. AssertionError without CuPy, RuntimeError if it finds no GPU."""
        where = devices.as_device("cuda" if device is None else device)
        if where.type != "cuda":
            raise RuntimeError(f"Invalid device, must be cuda device\nGot {where}: .to() takes any.")
        return self.to(device=where)

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """A NumPy array that shares memory. RuntimeError if it requires grad, unless under no_grad or with force."""
        if self.requires_grad and not force and is_grad_enabled():
            raise cannot_be_numpy()
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

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Tensor:
        """The result of a NumPy function such as np.exp(t): a tensor without history. torch gives uint8 for bools."""
        made = np.asarray(array)
        return wrap(made.astype(np.uint8) if made.dtype == bool else made)

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: Any = None,
        dl_device: Any = None,
        copy: bool | None = None,
    ) -> Any:
        """The memory, for another library. BufferError if the tensor requires grad.   torch: torch/_tensor.py"""
        return dlpack.export(self, stream, max_version, dl_device, copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        """The device in DLPack's numbers: (1, 0) is the CPU, (2, n) the GPU n."""
        return dlpack.device(self)

    def tolist(self) -> Any:
        """The elements as Python numbers, in nested lists: one level for each dimension."""
        return self.array.tolist()

    def item(self) -> Any:
        """The one element as a Python number."""
        if self.array.size != 1:
            raise RuntimeError(f"a Tensor with {self.array.size} elements cannot be converted to Scalar")
        return self.array.item()

    def _scalar(self, warn: bool = False) -> Any:
        if self.array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if warn and self.requires_grad:
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                "Consider using tensor.detach() first. No gradient flows through the number.",
                stacklevel=3,
            )
        return self.item()

    def __float__(self) -> float:
        return float(self._scalar(warn=True))

    def __int__(self) -> int:
        return int(self._scalar())

    def __index__(self) -> int:
        if self.array.size != 1 or self.array.dtype.kind == "f":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __bool__(self) -> bool:
        if self.array.size != 1:
            words = "no values" if self.array.size == 0 else "more than one value"
            raise RuntimeError(f"Boolean value of Tensor with {words} is ambiguous")
        return bool(self.item())

    def __format__(self, spec: str) -> str:
        if self.ndim == 0:
            return format(self.item(), spec)
        return object.__format__(self, spec)

    def __repr__(self) -> str:
        where = None if self.device.type == "cpu" else str(self.device)
        try:
            node = self.grad_fn
            grad_fn = None if node is None else node.name()
        except RuntimeError:  # a view that is invalid because its base was changed unrecorded
            grad_fn = "Invalid"
        array = devices.move(self.array, devices.CPU)
        return tensor_text(array, device=where, grad_fn=grad_fn, requires_grad=self.requires_grad)

    __deepcopy__, __reduce__ = copying.deepcopy, copying.reduce


TensorBase.Tensor = Tensor
for _name, _method in methods():
    setattr(Tensor, _name, _method)


def detach(input: Tensor) -> Tensor:
    """A tensor with the same memory and without history."""
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
