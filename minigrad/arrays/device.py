"""Devices: NumPy arrays are on the CPU, CuPy arrays on a GPU.   torch: torch/cuda/__init__.py, c10/core/Device.h

Only this file imports CuPy, and only when a GPU is first needed. A device is chosen when a tensor is made or moved, and
an op runs on the device of its arrays. Tensors that are made from nothing go to the default device (below).
"""

from __future__ import annotations

import ctypes
import importlib
import os
import re
import threading
import warnings
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

_TYPES = "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone"  # noqa: E501


class device:
    """A device: `device("cpu")`, `device("cuda:0")` or `device("cuda", 0)`. It compares and prints as in torch.

    Inside `with device("cuda"):` new tensors are made on it. Raises RuntimeError if the string names no device.
    torch: torch.device.
    """

    __module__ = "minigrad"  # the name that error messages show, as torch.device
    __slots__ = ("index", "type")
    type: str
    index: int | None

    def __init__(self, type: Any = None, index: int | None = None, *, device: Any = None) -> None:
        type = device if type is None else type
        if type is None:
            raise TypeError('device() missing 1 required positional argument: "device"')
        if isinstance(type, int):
            type, index = "cuda", type
        if type == "":
            raise RuntimeError("Device string must not be empty")
        parts = re.fullmatch(r"([a-zA-Z_]+)(?::(0|[1-9][0-9]*))?", str(type))
        if parts is None:
            raise RuntimeError(f"Invalid device string: '{type}'\nPass 'cpu', 'cuda' or 'cuda:0'.")
        name, number = parts.groups()
        if name not in ("cpu", "cuda"):
            raise RuntimeError(
                f"Expected one of {_TYPES} device type at start of device string: {name}\nminigrad has cpu and cuda."
            )
        if index is not None and number is not None:
            raise RuntimeError(
                f"type (string) must not include an index because index was passed explicitly: {type}"
            )
        self.type, self.index = name, index if number is None else int(number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (")" if self.index is None else f", index={self.index})")

    def __enter__(self) -> device:
        DEFAULT.outer.append(DEFAULT.device)
        DEFAULT.device = self
        return self

    def __exit__(self, *_: object) -> None:
        DEFAULT.device = DEFAULT.outer.pop()


CPU = device("cpu")


class _Default(threading.local):
    """The device on which new tensors are made; None for the CPU. Each thread has its own, as in torch."""

    device: device | None = None

    def __init__(self) -> None:
        self.outer: list[device | None] = []  # the defaults around each `with device(...)`


DEFAULT = _Default()


def set_default_device(device: Any) -> None:
    """Make new tensors on this device; None means the CPU. torch: torch.set_default_device."""
    DEFAULT.device = None if device is None else as_device(device)


def get_default_device() -> device:
    """Return the device on which new tensors are made. torch: torch.get_default_device."""
    where = DEFAULT.device
    if where is None or where.index is not None:
        return CPU if where is None else where
    return device_of(move(np.empty(0), where))


def as_device(value: Any) -> device:
    """Return the device that a user passed: a device, its name, or the index of a GPU."""
    return value if isinstance(value, device) else device(value)


def device_of(array: Any) -> device:
    """Return the device of an array."""
    return CPU if isinstance(array, np.ndarray) else device("cuda", int(array.device.id))


def is_array(value: Any) -> bool:
    """Return whether value is an array of NumPy or CuPy. Its type decides, because reading the array could wait."""
    return isinstance(value, np.ndarray) or hasattr(type(value), "__cuda_array_interface__")


def as_array(z: Any) -> Any:
    """Return the result of a NumPy function as an array. For 0-d arrays NumPy returns a number."""
    if isinstance(z, (np.generic, int, float)):
        return np.asarray(z)
    if not is_array(z):
        raise TypeError(f"an op must return one array or number, but returned {type(z).__name__}")
    return z


def row_major(array: Any) -> Any:
    """Return the array in row-major (C) order: the array itself if it has this order, else a copy."""
    return array if array.flags.c_contiguous else array.copy(order="C")


def is_dense(array: Any) -> bool:
    """Return whether the elements fill their memory, in any order, without gaps and repetitions."""
    span = sum((n - 1) * stride for n, stride in zip(array.shape, array.strides, strict=True))
    return bool(span + array.itemsize == array.nbytes)


def is_writeable(array: Any) -> bool:
    """Return whether the array may be changed. CuPy arrays always may."""
    return bool(array.flags.writeable) if isinstance(array, np.ndarray) else True


def on_device_of(value: Any, array: Any) -> Any:
    """Return a number or an array as an array on the device of `array`. A number needs no transfer."""
    if isinstance(array, np.ndarray):
        return move(value, CPU) if is_array(value) else np.asarray(value)
    if is_array(value) and not isinstance(value, np.ndarray):
        return value
    value = np.asarray(value)
    if value.ndim == 0:
        return np.full_like(array, value.item(), value.dtype, shape=())
    return move(value, device_of(array))


def move(array: Any, where: device) -> Any:
    """Return the array on a device: the array itself if it is already there, else a copy."""
    if where.type == "cpu":
        return array if isinstance(array, np.ndarray) else array.get()
    if stay_on_cpu():
        return array
    cupy = cupy_module()
    if isinstance(array, np.ndarray) and is_capturing():
        raise RuntimeError(
            "Cannot copy between CPU and CUDA tensors during CUDA graph capture unless the CPU tensor is pinned.\n"
            "minigrad has no pinned memory: move tensors before the capture, and copy_ data into them between replays."
        )
    with cupy.cuda.Device(where.index or 0):
        return cupy.asarray(array)


def is_capturing() -> bool:
    """Return whether a CUDA graph is being captured. During a capture no result can be read."""
    return bool(cupy_module().cuda.get_current_stream().is_capturing())


def check_same_device(*arrays: Any) -> None:
    """Raise torch's RuntimeError if the arrays are not all on one device."""
    places = dict.fromkeys(device_of(array) for array in arrays)
    if len(places) > 1:
        found = " and ".join(map(str, sorted(places, key=lambda place: place.type == "cpu")))
        raise RuntimeError(
            f"Expected all tensors to be on the same device, but found at least two devices, {found}!\n"
            "Move them together with .to(device)."
        )


@cache
def blas_library() -> Any:
    """Return the cuBLAS library that CuPy has loaded, for direct calls, or None if it has no such functions."""
    wrapper = importlib.import_module("cupy_backends.cuda.libs.cublas")
    library = ctypes.CDLL(wrapper.__file__)  # a symbol is also searched in the libraries that this one needs
    return library if hasattr(library, "cublasGemmEx") else None


class AcceleratorError(RuntimeError):
    """Raised if CuPy is installed but finds no usable GPU. torch: torch.AcceleratorError."""


# torch's first sentence for each status that CUDA's runtime returns. For any other status, CUDA's message is used.
_UNUSABLE = {
    35: "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver from "
    "http://www.nvidia.com/Download/index.aspx",
    100: "No CUDA GPUs are available",
}
_STAY = "MINIGRAD_CUDA=cpu lets code written for a GPU stay on the CPU."
_INSTALL = (
    "minigrad computes on a GPU through CuPy, which is not installed: "
    f"pip install cupy-cuda13x (or cupy-cuda12x for a CUDA 12 driver). {_STAY}"
)


WITH_THE_FIRST_GPU: list[Callable[[], None]] = []  # what is to be done once, as soon as a GPU is found


def _find() -> tuple[Any, Exception | None]:
    """Return CuPy, or None if it is not installed, and the error that it raises if it finds no GPU, or None."""
    try:
        import cupy  # type: ignore[import-not-found]
    except ImportError as error:
        return None, error
    try:
        cupy.cuda.runtime.getDeviceCount()
    except Exception as error:  # CuPy raises classes of its own
        return cupy, error
    while WITH_THE_FIRST_GPU:
        WITH_THE_FIRST_GPU.pop()()
    return cupy, None


def is_available() -> bool:
    """Return whether tensors can be moved to a GPU: CuPy is installed and finds one. torch: torch.cuda.is_available."""
    return _find()[1] is None


def is_installed() -> bool:
    """Return whether CuPy can be imported, with or without a GPU."""
    return _find()[0] is not None


def cupy_module() -> ModuleType:
    """Return CuPy.

    Raises AssertionError if CuPy is not installed, as torch's CPU build does. Raises RuntimeError if CuPy finds no
    usable GPU, as torch's CUDA build does.
    """
    cupy, error = _find()
    if cupy is None:
        raise AssertionError(f"Torch not compiled with CUDA enabled\n{_INSTALL}")
    if error is not None:
        sentence = _UNUSABLE.get(getattr(error, "status", 0), str(error))
        raise RuntimeError(f"{sentence}\nCuPy is installed but finds no usable GPU ({error}). {_STAY}")
    return cupy


def gpu_or(sentence: str) -> ModuleType:
    """Return CuPy, for classes that torch implements in C++. `sentence` is the message of torch's CPU build.

    Raises RuntimeError if CuPy is not installed, AcceleratorError if CuPy finds no usable GPU.
    """
    cupy, error = _find()
    if cupy is None:
        raise RuntimeError(f"{sentence}\n{_INSTALL}")
    if error is not None:
        raise AcceleratorError(f"CUDA error: {str(error).partition(': ')[2] or error}\n{_STAY}")
    return cupy


_warned = False


def stay_on_cpu() -> bool:
    """Return whether MINIGRAD_CUDA=cpu is set. Then code written for a GPU runs on the CPU, with one warning."""
    global _warned
    if os.environ.get("MINIGRAD_CUDA") != "cpu":
        return False
    if not _warned:
        _warned = True
        warnings.warn("MINIGRAD_CUDA=cpu: tensors stay on the CPU instead of CUDA.", stacklevel=4)
    return True
