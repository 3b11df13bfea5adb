"""minigrad.cuda: the GPUs, through CuPy.   torch: torch/cuda/__init__.py, memory.py, random.py

Without a usable GPU, as in torch: what only counts says 0, and what needs one raises what `device.cupy_module` raises.
With MINIGRAD_CUDA=cpu the CPU stands in for a GPU here, too. kernels.py enters kernels of our own in place of ops.
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
    """How many GPUs there are: 0 without CuPy."""
    return int(cupy_module().cuda.runtime.getDeviceCount()) if is_available() else 0


def current_device() -> int:
    """The number of the GPU that is used where none is named. Raises without one."""
    gpu = _gpu_or_cpu(None)
    return int(gpu.id) if gpu else 0


def get_device_name(device: Any = None) -> str:
    """What a GPU is called. Raises without one; ValueError for a device that is no GPU."""
    gpu = _gpu_or_cpu(device)
    return str(cupy_module().cuda.runtime.getDeviceProperties(gpu.id)["name"].decode()) if gpu else "CPU"


def synchronize(device: Any = None) -> None:
    """Wait until a GPU has done all that it was asked: before the clock is read, say. Raises without one."""
    gpu = _gpu_or_cpu(device)
    if gpu:
        gpu.synchronize()


def empty_cache() -> None:
    """Give back to the GPUs what their arrays no longer use. Nothing without one."""
    for number in range(device_count()):
        with _gpu(number):
            cupy_module().get_default_memory_pool().free_all_blocks()


def memory_allocated(device: Any = None) -> int:
    """How many bytes arrays occupy on a GPU: 0 without one."""
    return _pool_bytes(device, "used_bytes")


def memory_reserved(device: Any = None) -> int:
    """How many bytes CuPy holds on a GPU, in use or kept for later: 0 without one."""
    return _pool_bytes(device, "total_bytes")


def max_memory_allocated(device: Any = None) -> int:
    """0 without a GPU; NotImplementedError with one, for CuPy does not record the most that was allocated."""
    if is_available():
        raise NotImplementedError(
            "CuPy keeps no record of the peak\nAsk memory_allocated() where it matters."
        )
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: in torch this seeds the generator of the GPU alone, and minigrad draws all its numbers on the CPU.

    The CPU's generator is not touched, here as in torch: `minigrad.manual_seed` is for that.
    """
    int(seed)  # ValueError or TypeError for what is no number


manual_seed_all = manual_seed


def _gpu_or_cpu(device: Any) -> Any:
    """The GPU, or None where MINIGRAD_CUDA=cpu keeps to the CPU."""
    return None if stay_on_cpu() else _gpu(device)


def _gpu(device: Any) -> Any:
    """CuPy's own object for a device: None is the current one."""
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
