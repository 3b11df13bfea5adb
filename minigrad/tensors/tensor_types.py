"""FloatTensor, LongTensor and so on, and the arguments of Tensor(...).   torch: torch/csrc/tensor/python_tensor.cpp

They are older than dtypes. Each names the tensors of one type, and makes one from sizes or from data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.arrays import device as devices
from minigrad.arrays import dtypes
from minigrad.autograd.base import TensorBase, wrap
from minigrad.tensors.arguments import check_negative, combination, is_int, sizes, type_name
from minigrad.tensors.inplace import view_of
from minigrad.tensors.sequences import array_of
from minigrad.tensors.size import Size

alias = ops.view.named("AliasBackward0")


def legacy_array(data: tuple[Any, ...], kind: np.dtype[Any]) -> Any:
    """The array of Tensor(...) or FloatTensor(...): zeros of the sizes that were given, or the data."""
    if len(data) != 1 or isinstance(data[0], (int, Size)):
        if len(data) > 1 and not all(map(is_int, data)):
            raise TypeError(f"{combination('new', data, {})}\nSizes are ints; data is one sequence.")
        shape = sizes("new", data or (0,))
        check_negative(shape)
        return np.zeros(shape, kind)
    if isinstance(data[0], str):
        raise TypeError("new(): invalid data type 'str'")
    if not isinstance(data[0], (Sequence, np.ndarray)):
        raise TypeError(
            f"new(): data must be a sequence (got {type_name(data[0])})\nminigrad.tensor takes a number."
        )
    return array_of(data[0], kind).astype(kind)


class tensortype(type):
    """The class of FloatTensor, LongTensor ...: each names the tensors of one dtype, and makes one."""

    dtype: dtypes.dtype
    is_cuda = False

    def __call__(cls, *data: Any, device: Any = None) -> Any:
        """A tensor of this dtype with this data, or zeros of these sizes."""
        devices.as_device("cpu" if device is None else device)
        if len(data) == 1 and isinstance(data[0], TensorBase):
            given = data[0].dtype  # type: ignore[attr-defined]
            if given is not cls.dtype:
                raise TypeError(
                    f"expected {_options(cls.dtype)} (got {_options(given)})\nConvert it with .to(...)."
                )
            return view_of(data[0], alias, data[0].array.shape)
        return wrap(legacy_array(data, cls.dtype.numpy))

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, TensorBase) and instance.array.dtype == cls.dtype.numpy


def _options(kind: dtypes.dtype) -> str:
    """torch's description of the properties of a tensor on the CPU."""
    return (
        f"TensorOptions(dtype={dtypes.C_NAMES[kind]}, device=cpu, layout=Strided, requires_grad=false (default), "
        "pinned_memory=false (default), memory_format=(nullopt))"
    )


def _named(kind: dtypes.dtype) -> tensortype:
    doc = f"{tensortype.__call__.__doc__} Its dtype is {str(kind).removeprefix('torch.')}."
    return tensortype(
        f"{kind.scalar_name}Tensor", (), {"dtype": kind, "__module__": "minigrad", "__doc__": doc}
    )


FloatTensor, DoubleTensor, HalfTensor = map(_named, (dtypes.float32, dtypes.float64, dtypes.float16))
LongTensor, IntTensor, ShortTensor = map(_named, (dtypes.int64, dtypes.int32, dtypes.int16))
CharTensor, ByteTensor, BoolTensor = map(_named, (dtypes.int8, dtypes.uint8, dtypes.bool))
