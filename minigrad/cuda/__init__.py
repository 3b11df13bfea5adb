"""minigrad.cuda: the GPUs, through CuPy.   torch: torch/cuda/__init__.py, memory.py, random.py

Without a usable GPU, as in torch, a count is 0 and anything else raises the error of `device.cupy_module`.
With MINIGRAD_CUDA=cpu the CPU takes the place of a GPU here too. kernels.py enters kernels of our own in place of ops.
"""

from __future__ import annotations

from typing import Any

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
    "stream",
    "synchronize",
]  # fmt: skip


def device_count() -> int:
    """The number of GPUs: 0 without CuPy."""
    return int(cupy_module().cuda.runtime.getDeviceCount()) if is_available() else 0


def current_device() -> int:
    """The number of the default GPU. Raises without a GPU."""
    gpu = _gpu_or_cpu(None)
    return int(gpu.id) if gpu else 0


def get_device_name(device: Any = None) -> str:
    """The name of a GPU. Raises without a GPU; ValueError for a device that is not a GPU."""
    gpu = _gpu_or_cpu(device)
    return str(cupy_module().cuda.runtime.getDeviceProperties(gpu.id)["name"].decode()) if gpu else "CPU"


def synchronize(device: Any = None) -> None:
    """Wait until a GPU has finished its work, for example before reading a clock. Raises without a GPU."""
    gpu = _gpu_or_cpu(device)
    if gpu:
        gpu.synchronize()


def empty_cache() -> None:
    """Free memory of the GPUs that no array uses. Does nothing without a GPU."""
    for number in range(device_count()):
        with _gpu(number):
            cupy_module().get_default_memory_pool().free_all_blocks()


def memory_allocated(device: Any = None) -> int:
    """The number of bytes that arrays use on a GPU: 0 without a GPU."""
    return _pool_bytes(device, "used_bytes")


def memory_reserved(device: Any = None) -> int:
    """The number of bytes that CuPy holds on a GPU, in use or cached: 0 without a GPU."""
    return _pool_bytes(device, "total_bytes")


def max_memory_allocated(device: Any = None) -> int:
    """0 without a GPU; NotImplementedError with one, because CuPy does not record the maximum."""
    if is_available():
        raise NotImplementedError(
            "CuPy keeps no record of the peak\nAsk memory_allocated() where it matters."
        )
    return 0


def manual_seed(seed: int) -> None:
    """Does nothing: in torch it seeds the GPU's generator, and minigrad draws all numbers on the CPU.

    As in torch the CPU's generator is not seeded: use `minigrad.manual_seed`.
    """
    int(seed)  # raises ValueError or TypeError for anything but a number


manual_seed_all = manual_seed


def _gpu_or_cpu(device: Any) -> Any:
    """The GPU, or None if MINIGRAD_CUDA=cpu is set."""
    return None if stay_on_cpu() else _gpu(device)


def _gpu(device: Any) -> Any:
    """CuPy's object for a device. None is the current one."""
    cupy = cupy_module()
    if device is None:
        return cupy.cuda.Device()
    where = as_device(device)
    if where.type != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {where}\nSay 'cuda', 'cuda:0' or a number.")
    return cupy.cuda.Device() if where.index is None else cupy.cuda.Device(where.index)


def _pool_bytes(device: Any, method: str) -> int:
    if not is_available():
        return 0
    with _gpu(device):
        return int(getattr(cupy_module().get_default_memory_pool(), method)())
