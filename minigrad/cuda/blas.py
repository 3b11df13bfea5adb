"""Products by cuBLAS, called without CuPy.   torch: aten/src/ATen/cuda/CUDABlas.cpp

CuPy refuses cuBLAS while a stream is captured, so that a training step could not become a CUDA graph.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np

from minigrad.arrays.device import blas_library, check_same_device, cupy_module, device_of, row_major

Array = Any

_OPS = {"N": 0, "T": 1}
# cudaDataType_t, cublasComputeType_t and the type of the factors: float32 is computed in float32, never in TF32.
_CUBLAS = {"e": (2, 68, ctypes.c_float), "f": (0, 68, ctypes.c_float), "d": (1, 70, ctypes.c_double)}
_WORKSPACE = 32 << 20  # bytes: what cuBLAS takes for itself on these cards


class _Blas:
    """A cuBLAS of our own on one stream. It has its own workspace, so that a captured product gives the same bits."""

    def __init__(self, stream: int) -> None:
        self.library, self.handle = blas_library(), ctypes.c_void_p()
        self.workspace = cupy_module().cuda.Memory(_WORKSPACE)
        self.call("cublasCreate_v2", ctypes.byref(self.handle))
        self.call("cublasSetStream_v2", self.handle, ctypes.c_void_p(stream))
        workspace = ctypes.c_void_p(self.workspace.ptr), ctypes.c_size_t(_WORKSPACE)
        self.call("cublasSetWorkspace_v2", self.handle, *workspace)

    def call(self, name: str, *args: Any) -> None:
        status = getattr(self.library, name)(*args)
        if status:
            raise RuntimeError(f"CUDA error: cuBLAS status {status} when calling {name}")


@cache
def _blas(device: int, stream: int) -> _Blas:
    return _Blas(stream)


def prepare_products(stream: int) -> None:
    """Make the stream's cuBLAS now: its memory cannot be allocated while the stream is captured."""
    if blas_library() is not None:
        _blas(cupy_module().cuda.runtime.getDevice(), stream)


def product(x: Array, y: Array) -> Array:
    """x @ y on a GPU, of vectors, matrices, or batches of matrices of one size; for capture, too."""
    check_same_device(x, y)
    dot = x.ndim == 1 and y.ndim == 1
    small = max(*x.shape, *y.shape) < 2**31
    if dot or x.dtype != y.dtype or x.dtype.char not in _CUBLAS or not small or blas_library() is None:
        return x @ y
    shape = (*x.shape[:-1], *(y.shape[-1:] if y.ndim > 1 else ()))
    matrix, other = x[None, :] if x.ndim == 1 else x, y[:, None] if y.ndim == 1 else y
    size = (*matrix.shape[:-1], other.shape[-1])
    if not x.size or not y.size:
        return np.zeros_like(x, shape=shape, order="C")
    z = np.empty_like(x, shape=size, order="C")
    _gemm(matrix, other, z)
    return z.reshape(shape)


def _laid_out(matrix: Array) -> tuple[Array, str, int]:
    """A matrix, or a batch, as cuBLAS reads it: column after column. A row-major matrix is read as its transpose."""
    rows, columns = matrix.shape[-2:]
    if not matrix.flags.c_contiguous and matrix.swapaxes(-1, -2).flags.c_contiguous:
        return matrix, "T", rows
    return row_major(matrix), "N", columns


def _gemm(x: Array, y: Array, z: Array) -> None:
    """z = x·y. cuBLAS reads rows as columns, so it computes zᵀ = yᵀ·xᵀ."""
    blas = _blas(device_of(x).index or 0, cupy_module().cuda.get_current_stream().ptr)
    kind, compute, factor = _CUBLAS[x.dtype.char]
    (x, op_x, ld_x), (y, op_y, ld_y) = _laid_out(x), _laid_out(y)
    one, zero = (ctypes.byref(factor(value)) for value in (1, 0))
    (n, m), p = x.shape[-2:], y.shape[-1]
    batched = x.ndim == 3
    stride = (lambda size: (ctypes.c_longlong(size),)) if batched else (lambda size: ())
    blas.call(
        "cublasGemmStridedBatchedEx" if batched else "cublasGemmEx",
        blas.handle, _OPS[op_y], _OPS[op_x], p, n, m,
        one, ctypes.c_void_p(y.data.ptr), kind, ld_y, *stride(m * p),
        ctypes.c_void_p(x.data.ptr), kind, ld_x, *stride(n * m),
        zero, ctypes.c_void_p(z.data.ptr), kind, p, *stride(n * p),
        *((len(x),) if batched else ()), compute, -1,
    )  # fmt: skip
