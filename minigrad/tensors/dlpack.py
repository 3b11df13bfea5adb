"""One memory, two libraries: DLPack, without a copy either way.   torch: torch/utils/dlpack.py, ATen/DLConvertor.cpp

    minigrad.from_dlpack(torch_tensor)        # and torch.from_dlpack(minigrad_tensor)

The arrays do the work: NumPy and CuPy speak the protocol. What tensors add is what they must not give away.
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

    BufferError, in torch's words, for a tensor that requires grad: the other library would not know its history.
    A read-only memory is copied for a library that cannot be told so (before version 1 of the protocol).
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
    """A capsule alone, in the clothes of the protocol."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU, 0


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor that shows another library's memory: a change in the one is a change in the other.

    `ext_tensor` has `__dlpack__` and `__dlpack_device__`, or is a capsule that `to_dlpack` gave. With copy=True the
    memory is the tensor's own; with a device the tensor is moved there. TypeError for what speaks no DLPack or has a
    type that tensors have not; BufferError where the other library refuses. torch: torch.from_dlpack.
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
        except TypeError:  # a library of before version 1
            array = _on_cpu(ext_tensor.__dlpack__())
    dtypes.dtype_of(array.dtype)
    tensor = wrap(array.copy() if copy else array)
    return tensor if device is None else tensor.to(device)


def _on_cpu(capsule: Any) -> Any:
    """NumPy's view of a capsule.

    Capsules of before version 1 do not say whether they may be written to, and NumPy forbids it then. Tensors may be
    written to, here as in torch.
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
    """The tensor's memory as a capsule, for from_dlpack; libraries of today take the tensor itself."""
    return tensor.__dlpack__()
