"""minigrad.accelerator: the GPU, if there is one, without its brand.   torch: torch/accelerator/__init__.py

Programs use it to choose a device: `current_accelerator().type if is_available() else "cpu"`. The only accelerator is
CUDA, through CuPy. Without a GPU the functions that need one raise RuntimeError, as torch's do.
"""

from __future__ import annotations

from typing import Any

from minigrad import cuda
from minigrad.arrays.device import as_device, cupy_module, device, is_available, is_installed
from minigrad.cuda.streams import Stream

__all__ = [
    "current_accelerator", "current_device_index", "current_stream", "device_count", "device_index", "empty_cache",
    "is_available", "max_memory_allocated", "memory_allocated", "memory_reserved", "set_device_index", "synchronize",
]  # fmt: skip


def current_accelerator(check_available: bool = False) -> device | None:
    """Return device("cuda") if CuPy is installed, else None. With `check_available`, only if CuPy finds a GPU."""
    return device("cuda") if (is_available() if check_available else is_installed()) else None


def device_count() -> int:
    """Return the number of GPUs."""
    return cuda.device_count()


def current_device_index() -> int:
    """Return the index of the current GPU."""
    _need_gpu()
    return cuda.current_device()


def set_device_index(device: Any, /) -> None:
    """Make a GPU the current one: an index, a device or its name. A negative index does nothing."""
    _need_gpu()
    index = device if isinstance(device, int) else as_device(device).index
    if index is not None and index >= 0:
        cupy_module().cuda.Device(index).use()


def current_stream(device: Any = None, /) -> Stream:
    """Return the stream to which ops add their work."""
    _need_gpu()
    return cuda.current_stream(device)


def synchronize(device: Any = None, /) -> None:
    """Wait until the GPU has finished its work."""
    _need_gpu()
    cuda.synchronize(device)


def empty_cache() -> None:
    """Free the memory that CuPy caches and no array uses."""
    _need_gpu()
    cuda.empty_cache()


def memory_allocated(device_index: Any = None, /) -> int:
    """Return the number of bytes that arrays use on the GPU."""
    _need_gpu()
    return cuda.memory_allocated(device_index)


def memory_reserved(device_index: Any = None, /) -> int:
    """Return the number of bytes that CuPy holds on the GPU, in use or cached."""
    _need_gpu()
    return cuda.memory_reserved(device_index)


def max_memory_allocated(device_index: Any = None, /) -> int:
    """Raise NotImplementedError with a GPU: CuPy does not record the maximum."""
    _need_gpu()
    return cuda.max_memory_allocated(device_index)


class device_index:
    """Inside `with device_index(i):` GPU i is the current one. None changes nothing."""

    def __init__(self, device: int | None, /) -> None:
        self.index, self.before = device, 0

    def __enter__(self) -> None:
        if self.index is not None:
            self.before = current_device_index()
            set_device_index(self.index)

    def __exit__(self, *_: object) -> None:
        if self.index is not None:
            set_device_index(self.before)


def _need_gpu() -> None:
    """Raise torch's RuntimeError without a GPU."""
    if not is_available():
        raise RuntimeError(
            "Cannot access accelerator device when none is available.\n"
            "Ask minigrad.accelerator.is_available() first; minigrad.cuda says what is missing."
        )
