"""minigrad.cuda: the GPUs, through CuPy.   torch: torch/cuda/__init__.py, memory.py, random.py

Without a usable GPU, counts are 0, as in torch. The other functions raise AssertionError if CuPy is not installed and
RuntimeError if CuPy finds no GPU. With MINIGRAD_CUDA=cpu they use the CPU instead. kernels.py holds the CUDA kernels
that replace some ops.
"""

from __future__ import annotations

from typing import Any

from minigrad.arrays import device as devices
from minigrad.arrays.device import as_device, cupy_module, is_available, stay_on_cpu
from minigrad.cuda.graphs import CUDAGraph, graph, graph_pool_handle
from minigrad.cuda.streams import (
    Event,
    Stream,
    current_stream,
    default_stream,
    is_current_stream_capturing,
    stream,
)

__all__ = [
    "CUDAGraph",
    "Event",
    "Stream",
    "current_device",
    "current_stream",
    "default_stream",
    "device_count",
    "empty_cache",
    "get_device_name",
    "graph",
    "graph_pool_handle",
    "is_available",
    "is_current_stream_capturing",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "memory_allocated",
    "memory_reserved",
    "set_device",
    "stream",
    "synchronize",
]  # fmt: skip


def _enter_kernels() -> None:
    """Let the kernels for a GPU take the place of ops. Without a GPU they would only cost each of these ops time."""
    from minigrad.cuda import kernels  # noqa: F401


devices.WITH_THE_FIRST_GPU.append(_enter_kernels)


def device_count() -> int:
    """Return the number of GPUs. It is 0 without CuPy."""
    return int(cupy_module().cuda.runtime.getDeviceCount()) if is_available() else 0


def current_device() -> int:
    """Return the index of the current GPU. Raises RuntimeError or AssertionError without a GPU."""
    gpu = _gpu_or_cpu(None)
    return int(gpu.id) if gpu else 0


def set_device(device: Any) -> None:
    """Make a GPU the current one: an index, a device or its name.

    Raises RuntimeError or AssertionError without a GPU, ValueError if device is not a GPU.
    """
    gpu = _gpu_or_cpu(device)
    if gpu:
        gpu.use()


def get_device_name(device: Any = None) -> str:
    """Return the name of a GPU.

    Raises RuntimeError or AssertionError without a GPU, ValueError if device is not a GPU.
    """
    gpu = _gpu_or_cpu(device)
    return str(cupy_module().cuda.runtime.getDeviceProperties(gpu.id)["name"].decode()) if gpu else "CPU"


def synchronize(device: Any = None) -> None:
    """Wait until a GPU has finished its work, for example before a time is measured.

    Raises RuntimeError or AssertionError without a GPU, ValueError if device is not a GPU.
    """
    gpu = _gpu_or_cpu(device)
    if gpu:
        gpu.synchronize()


def empty_cache() -> None:
    """Free the memory that CuPy caches on the GPUs and no array uses. Without a GPU, do nothing."""
    for number in range(device_count()):
        with _gpu(number):
            cupy_module().get_default_memory_pool().free_all_blocks()


def memory_allocated(device: Any = None) -> int:
    """Return the number of bytes that arrays use on a GPU. It is 0 without a GPU."""
    return _pool_bytes(device, "used_bytes")


def memory_reserved(device: Any = None) -> int:
    """Return the number of bytes that CuPy holds on a GPU, in use or cached. It is 0 without a GPU."""
    return _pool_bytes(device, "total_bytes")


def max_memory_allocated(device: Any = None) -> int:
    """Return 0 without a GPU. Raises NotImplementedError with a GPU, because CuPy does not record the maximum."""
    if is_available():
        raise NotImplementedError(
            "CuPy does not record the peak of memory\nCall memory_allocated() at the points that matter."
        )
    return 0


def manual_seed(seed: int) -> None:
    """Does nothing. In torch it seeds the GPU's generator, but minigrad draws all numbers on the CPU.

    As in torch, it does not seed the CPU's generator: use `minigrad.manual_seed`. Raises TypeError or ValueError if
    seed is not a number.
    """
    int(seed)  # raises TypeError or ValueError if seed is not a number


manual_seed_all = manual_seed


def _gpu_or_cpu(device: Any) -> Any:
    """Return the GPU as CuPy's object, or None if MINIGRAD_CUDA=cpu is set."""
    return None if stay_on_cpu() else _gpu(device)


def _gpu(device: Any) -> Any:
    """Return CuPy's object for a device. None means the current GPU."""
    cupy = cupy_module()
    if device is None:
        return cupy.cuda.Device()
    where = as_device(device)
    if where.type != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {where}\nPass 'cuda', 'cuda:0' or an index.")
    return cupy.cuda.Device() if where.index is None else cupy.cuda.Device(where.index)


def _pool_bytes(device: Any, method: str) -> int:
    """Return the result of a method of CuPy's memory pool on a GPU, or 0 without a GPU."""
    if not is_available():
        return 0
    with _gpu(device):
        return int(getattr(cupy_module().get_default_memory_pool(), method)())
