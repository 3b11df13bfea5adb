"""DLPack: two libraries share memory, without a copy.   torch: torch/utils/dlpack.py, ATen/DLConvertor.cpp

    minigrad.from_dlpack(torch_tensor)        # and torch.from_dlpack(minigrad_tensor)

NumPy and CuPy implement the protocol for arrays. Here is what tensors add: which of them may not be exported.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.arrays.device import cupy_module
from minigrad.autograd.base import wrap

_CPU, _CUDA = 1, 2  # DLDeviceType
_MANAGED = 13


def device(tensor: Any) -> tuple[int, int]:
    """DLPack's numbers for a tensor's device."""
    kind, number = tensor.array.__dlpack_device__()
    return int(kind), int(number)


def export(tensor: Any, stream: Any, max_version: Any, dl_device: Any, copy: Any) -> Any:
    """A capsule with the tensor's memory.

    Raises torch's BufferError for a tensor that requires grad: the other library would not know its history. Read-only
    memory is copied if the other library uses a version of the protocol before 1, which cannot mark it as read-only.
    """
    if tensor.requires_grad:
        raise BufferError(
            "Can't export tensors that require gradient, use tensor.detach()\nThe other library knows no history."
        )
    array = tensor.array
    if not isinstance(array, np.ndarray):
        return array.__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device, copy=copy)
    if stream not in (None, -1):
        raise BufferError(f"stream={stream}: the CPU has no streams\nLeave stream out.")
    if copy is None and not array.flags.writeable and (max_version is None or max_version < (1, 0)):
        array = array.copy()
    return array.__dlpack__(max_version=max_version, dl_device=dl_device, copy=copy)


class _Capsule:
    """A capsule, with the methods that np.from_dlpack calls."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU, 0


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor that shares another library's memory: a change of one is seen in the other.

    `ext_tensor` has `__dlpack__` and `__dlpack_device__`, or is a capsule from `to_dlpack`. With copy=True the memory
    is copied; with a device the tensor is moved there. TypeError for an object without DLPack or of a type that tensors
    do not have; BufferError if the other library refuses. torch: torch.from_dlpack.
    """
    if type(ext_tensor).__name__ == "PyCapsule":
        array = _on_cpu(ext_tensor)
    elif not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(
            f"from_dlpack(): {type(ext_tensor).__name__} speaks no DLPack\nminigrad.tensor takes lists and numbers."
        )
    elif int(ext_tensor.__dlpack_device__()[0]) in (_CUDA, _MANAGED):
        array = cupy_module().from_dlpack(ext_tensor)
    else:
        try:
            array = _on_cpu(ext_tensor.__dlpack__(max_version=(1, 0)))
        except TypeError:  # its version of the protocol is before 1
            array = _on_cpu(ext_tensor.__dlpack__())
    dtypes.dtype_of(array.dtype)
    tensor = wrap(array.copy() if copy else array)
    return tensor if device is None else tensor.to(device)


def _on_cpu(capsule: Any) -> Any:
    """NumPy's view of a capsule.

    A capsule of a version before 1 does not say whether its memory is writable, and NumPy then makes it read-only. Here
    it is writable, as in torch.
    """
    old = "versioned" not in repr(capsule)
    array = np.from_dlpack(_Capsule(capsule))
    if not old or array.size == 0:
        return array
    extent = sum((n - 1) * s for n, s in zip(array.shape, array.strides, strict=True)) + array.itemsize
    memory = (ctypes.c_byte * extent).from_address(array.ctypes.data)
    memory.owner = array
    flat = np.frombuffer(memory, np.uint8)
    return np.ndarray(array.shape, array.dtype, flat, strides=array.strides)


def to_dlpack(tensor: Any) -> Any:
    """The tensor's memory as a capsule for from_dlpack. Today's libraries accept the tensor itself."""
    return tensor.__dlpack__()
