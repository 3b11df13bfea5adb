"""Methods that make a tensor like another one, and small questions about memory.   torch: torch/_tensor.py"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase, wrap
from minigrad.tensors.arguments import check_negative, named, sizes
from minigrad.tensors.inplace import change, check_change
from minigrad.tensors.out import copy_over
from minigrad.tensors.reductions import sum
from minigrad.tensors.tensor_types import legacy_array


def _like(self: Any, array: Any, dtype: Any, device: Any, requires_grad: bool) -> Any:
    """The tensor of an array, in the dtype and on the device of self unless others are given."""
    tensor = wrap(array).to(dtype=dtype, device=self.device if device is None else device)
    return tensor.requires_grad_(True) if requires_grad else tensor


def _filled(name: str, value: int, doc: str) -> Any:
    def method(
        self: Any,
        *given: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Any:
        shape = sizes(name, given, size)
        check_negative(shape)
        kind = (dtypes.as_dtype(dtype, name) or self.dtype).numpy
        return _like(self, np.full(shape, value, kind), None, device, requires_grad)

    return named(
        method, name, f"{doc}, of this shape, in self's dtype and on its device unless others are given."
    )


new_zeros, new_ones, new_empty = (
    _filled("new_zeros", 0, "All 0"),
    _filled("new_ones", 1, "All 1"),
    _filled("new_empty", 0, "All 0, where torch leaves it to chance"),
)


def new_full(
    self: Any,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Every element fill_value, of this shape, in self's dtype and on its device unless others are given."""
    shape = sizes("new_full", (size,))
    check_negative(shape)
    kind = (dtypes.as_dtype(dtype, "new_full") or self.dtype).numpy
    dtypes.check_fits(fill_value, kind)
    return _like(self, np.full(shape, fill_value, kind), None, device, requires_grad)


def new_tensor(
    self: Any, data: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """A copy of the data, in self's dtype and on its device unless others are given."""
    kind = (dtypes.as_dtype(dtype, "new_tensor") or self.dtype).numpy
    array = data.array.copy() if isinstance(data, TensorBase) else np.array(data)
    kind = array.dtype if isinstance(data, TensorBase) and dtype is None else kind
    return _like(self, array.astype(kind), None, device, requires_grad)


def new(self: Any, *data: Any) -> Any:
    """A tensor of self's dtype with this data, or zeros of these sizes. Older than new_tensor and new_zeros."""
    if len(data) == 1 and isinstance(data[0], TensorBase):
        return data[0].view_as(data[0])  # type: ignore[attr-defined]
    return _like(self, legacy_array(data, self.array.dtype), None, None, False)


# -- with a function of Python ------------------------------------------------------------------------------


def resize_(self: Any, *given: Any, size: Any = None) -> Any:
    """Give a tensor another shape in place: its elements in order, cut off at the end, or with 0 after them.

    Others that show its memory see no more of it where it grows. RuntimeError if self requires grad, or is no
    contiguous view.
    """
    shape = sizes("resize_", given, size)
    check_negative(shape)
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad\nResize x.detach().")
    if not self.is_contiguous():
        raise RuntimeError("resize_: the tensor is not contiguous\nCall x = x.contiguous() first.")
    if shape == tuple(self.array.shape):
        return self
    check_change(self)
    count, array = math.prod(shape), self.array.reshape(-1)
    if count > array.size:
        array = np.concatenate([array, np.zeros(count - array.size, array.dtype, like=array)])
    self.data = wrap(array[:count].reshape(shape))
    self.version[0] += 1
    return self


def apply_(self: Any, callable: Any) -> Any:
    """Replace every element by callable(element): slow, for it is called once for each."""
    _refuse_grad("apply_", self)
    numbers = [callable(each) for each in self.array.reshape(-1).tolist()]
    return change(self, copy_over, np.array(numbers, self.array.dtype).reshape(self.array.shape))


def _refuse_grad(name: str, tensor: Any) -> None:
    if tensor.requires_grad:
        raise RuntimeError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead."
        )


# -- about memory -------------------------------------------------------------------------------------------


def data_ptr(self: Any) -> int:
    """The address of the first element."""
    address: int = self.array.ctypes.data if isinstance(self.array, np.ndarray) else self.array.data.ptr
    return address


def storage_offset(self: Any) -> int:
    """The number of elements before the first one, in the memory that a view shows."""
    base = self.array if self.view_meta is None else self.view_meta.base.array
    offset: int = (data_ptr(self) - base.ctypes.data) // self.array.itemsize
    return offset


def adjoint(self: Any) -> Any:
    """The last two dimensions exchanged."""
    return self.transpose(-2, -1)


def never(self: Any) -> bool:
    """False: there are no such tensors."""
    return False


def is_complex(self: Any) -> bool:
    """False: there are no complex tensors."""
    return False


def is_signed(self: Any) -> bool:
    """Whether the type has negative numbers."""
    return self.array.dtype.kind in "fi"


def is_same_size(self: Any, other: Any) -> bool:
    """Whether both have the same shape."""
    return bool(self.array.shape == other.array.shape)


def sum_to_size(self: Any, *given: Any, size: Any = None) -> Any:
    """The sum over those dims that would broadcast this size to self's."""
    shape = sizes("sum_to_size", given, size)
    if not shape:
        return sum(self)
    lead = self.ndim - len(shape)
    pairs = enumerate(zip(self.array.shape[lead:], shape, strict=True), lead) if lead >= 0 else ()
    kept = [(d, n, m) for d, (n, m) in pairs]
    if lead < 0 or any(m not in (1, n) for _, n, m in kept):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(self.array.shape)}}}.")
    dims = (*range(lead), *(d for d, n, m in kept if m == 1 != n))
    return (
        sum(self, dims, True).view(shape) if dims else self if self.array.shape == shape else self.view(shape)
    )
