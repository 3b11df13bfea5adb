"""The few kernels of our own on a GPU, each with its reason.   torch: aten/src/ATen/native/cuda/

CuPy computes everything that NumPy computes, one launch after the other. These take its place where that costs:

- product: CuPy refuses cuBLAS while a stream is captured, so a training step could be no CUDA graph;
- log_softmax, nll_loss and their gradients: one launch each instead of five to ten, and no wait for a result;
- sgd: one launch for all parameters, as many as a kernel's arguments have room for;
- add_at: what is added at one place is added by one thread, in order. CuPy's add.at takes turns as they come, so
  that sums would differ from run to run.

Every kernel rounds as the op's NumPy does, step by step: multiply and add are not fused (-fmad=false).
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from minigrad.arrays.device import (
    blas_library,
    check_same_device,
    cupy_module,
    device_of,
    is_capturing,
    row_major,
)
from minigrad.autograd.base import wrap

Array = Any
WIDEST = 128  # classes: one thread runs along a row, which is slow where rows are long
THREADS = 256
TENSORS = 100  # as many as fit into the 4 KB of a kernel's arguments
_TYPES = {"f": "float", "d": "double"}

SOURCE = r"""
typedef long long i64;

extern "C" __global__ void log_softmax(const T* x, T* z, i64 rows, i64 n) {
    i64 row = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    x += row * n, z += row * n;
    T top = x[0], total = 0;
    for (i64 c = 1; c < n; c++) top = x[c] > top ? x[c] : top;
    for (i64 c = 0; c < n; c++) total += exp(x[c] - top);
    T shift = log(total);
    for (i64 c = 0; c < n; c++) z[c] = (x[c] - top) - shift;
}

extern "C" __global__ void log_softmax_gradient(const T* dz, const T* z, T* dx, i64 rows, i64 n) {
    i64 row = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    dz += row * n, z += row * n, dx += row * n;
    T total = 0;
    for (i64 c = 0; c < n; c++) total += dz[c];
    for (i64 c = 0; c < n; c++) dx[c] = dz[c] - exp(z[c]) * total;
}

// Each sample's loss, then each sample's weight; x may be missing. A class that is none makes both nan.
extern "C" __global__ void nll_loss(
    const T* x, const i64* y, const T* weight, T* losses, T* weights, i64 rows, i64 n, i64 ignored
) {
    i64 row = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    i64 c = y[row];
    T w = c == ignored ? 0 : (c < 0 || c >= n) ? T(nan("")) : weight ? weight[c] : 1;
    bool counts = c != ignored && c >= 0 && c < n;
    if (x) losses[row] = counts ? (weight ? -x[row * n + c] * w : -x[row * n + c]) : w;
    if (weights) weights[row] = w;
}

extern "C" __global__ void nll_loss_gradient(
    const T* dz, const T* total, const i64* y, const T* weight, T* dx, i64 rows, i64 n, i64 ignored, i64 each
) {
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= rows * n) return;
    i64 row = i / n, c = y[row];
    T d = each ? dz[row] : total ? dz[0] / total[0] : dz[0];
    bool none = c != ignored && (c < 0 || c >= n);
    dx[i] = none ? T(nan("")) : (c == ignored || c != i % n) ? 0 : weight ? -d * weight[c] : -d;
}

extern "C" __global__ void outside(const i64* y, i64* found, i64 n, i64 classes, i64 ignored) {
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && y[i] != ignored && (y[i] < 0 || y[i] >= classes)) found[0] = 1, found[1] = y[i];
}

// `where` is sorted: the thread at the first of equal places adds up what belongs there.
extern "C" __global__ void add_at(const T* x, const i64* where, const i64* order, T* z, i64 n) {
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n || (i && where[i] == where[i - 1])) return;
    T total = z[where[i]];
    for (i64 j = i; j < n && where[j] == where[i]; j++) total += x[order[j]];
    z[where[i]] = total;
}

struct Tensors { i64 count; T* p[TENSORS]; const T* g[TENSORS]; T* b[TENSORS]; i64 size[TENSORS]; };

extern "C" __global__ void sgd(
    Tensors all, T lr, T momentum, T undamped, T decay, i64 nesterov, i64 maximize, i64 first
) {
    i64 start = (i64)blockIdx.x * blockDim.x + threadIdx.x, stride = (i64)gridDim.x * blockDim.x;
    for (i64 t = 0; t < all.count; t++)
        for (i64 i = start; i < all.size[t]; i += stride) {
            T g = maximize ? -all.g[t][i] : all.g[t][i];
            if (decay != 0) g = g + decay * all.p[t][i];
            if (momentum != 0) {
                T b = first ? g : all.b[t][i] * momentum + undamped * g;
                all.b[t][i] = b;
                g = nesterov ? g + momentum * b : b;
            }
            all.p[t][i] = all.p[t][i] - lr * g;
        }
}
"""


OPTIONS = ("-fmad=false",)


def source(kind: str) -> str:
    """The kernels for one type, which a typedef names: a macro T would meet the templates of CUDA's own headers."""
    return f"typedef {_TYPES[kind]} T;\nenum {{ TENSORS = {TENSORS} }};\n{SOURCE}"


@cache
def _kernel(name: str, kind: str) -> Any:
    return cupy_module().RawModule(code=source(kind), options=OPTIONS).get_function(name)


def _launch(name: str, kind: str, threads: int, *args: Any) -> None:
    _kernel(name, kind)((max(1, -(-threads // THREADS)),), (THREADS,), args)


_NOWHERE = np.uint64(0)  # a pointer that points to nothing


def _plain(*arrays: Array) -> bool:
    """Whether the arrays are float32 or float64, one and the same, and lie row after row."""
    kind = arrays[0].dtype
    return kind.char in _TYPES and all(a.dtype == kind and a.flags.c_contiguous for a in arrays)


# -- products -----------------------------------------------------------------------------------------------

_OPS = {"N": 0, "T": 1}
# cudaDataType_t, cublasComputeType_t and the type of the factors: float32 is computed in float32, never in TF32.
_CUBLAS = {"e": (2, 68, ctypes.c_float), "f": (0, 68, ctypes.c_float), "d": (1, 70, ctypes.c_double)}
_WORKSPACE = 32 << 20  # bytes: what cuBLAS takes for itself on these cards


class _Blas:
    """A cuBLAS of our own on one stream, with its own workspace: what is captured calculates as what is not."""

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
    """Make the stream's cuBLAS now: while the stream is captured its memory cannot be had."""
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
    """A matrix, or some, as cuBLAS reads it, column after column: so a row-major one is its own transpose."""
    rows, columns = matrix.shape[-2:]
    if not matrix.flags.c_contiguous and matrix.swapaxes(-1, -2).flags.c_contiguous:
        return matrix, "T", rows
    return row_major(matrix), "N", columns


def _gemm(x: Array, y: Array, z: Array) -> None:
    """zᵀ = yᵀ·xᵀ, which is z = x·y to who reads rows as columns."""
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


# -- softmax and its loss -----------------------------------------------------------------------------------


def takes_rows(dim: tuple[int, ...], *arrays: Array) -> bool:
    """Whether these are GPU arrays whose short rows, along dim, one thread each may run along."""
    x = arrays[0]
    if isinstance(x, np.ndarray) or not is_bare(*arrays) or not _plain(*arrays):
        return False
    return dim == (x.ndim - 1,) and 0 < x.shape[-1] <= WIDEST and x.size > 0


def is_bare(*values: Any) -> bool:
    """Whether all are arrays of a GPU and none is a Tensor: rules run on Tensors too, and are then made of ops."""
    if type(values[0]) is np.ndarray:  # as on a CPU it always is
        return False
    return all(hasattr(kind, "__cuda_array_interface__") for kind in map(type, values))


def log_softmax(x: Array) -> Array:
    """ops.log_softmax along the last axis."""
    z, n = np.empty_like(x), x.shape[-1]
    _launch("log_softmax", x.dtype.char, x.size // n, x, z, np.int64(x.size // n), np.int64(n))
    return z


def log_softmax_gradient(dz: Array, z: Array) -> Array:
    """Its gradient, dz - e^z·Σ dz."""
    dx, n = np.empty_like(z), z.shape[-1]
    rows = z.size // n
    _launch("log_softmax_gradient", z.dtype.char, rows, dz, z, dx, np.int64(rows), np.int64(n))
    return dx


class Classes(NamedTuple):
    """The classes of a loss on a GPU, and the one that does not count."""

    y: Array
    ignored: int


def takes_classes(x: Array, shape: tuple[int, ...], classes: Classes, weight: Array | None) -> bool:
    """Whether nll_loss has a kernel for scores of this shape, (N, C) on a GPU; x are they, or a gradient's dz."""
    if not is_bare(x) or len(shape) != 2 or 0 in shape:
        return False
    given = () if weight is None else (weight,)
    check_same_device(x, classes.y, *given)
    return _plain(x, *given)


def nll_loss(x: Array, classes: Classes, weight: Array | None, reduction: str) -> Array:
    """ops.nll_loss of (N, C)."""
    rows, n = x.shape
    each = np.empty_like(x, shape=(2, rows), order="C")
    _nll(x, classes, weight, each[0], each[1], n)
    if reduction == "none":
        return each[0]
    if reduction == "sum":
        return each[0].sum()
    totals = each.sum(axis=1)
    return totals[0] / totals[1]


def _nll(x: Any, classes: Classes, weight: Array | None, losses: Any, weights: Array, n: int) -> None:
    y = _int64(classes.y)
    w = _NOWHERE if weight is None else weight
    sizes = np.int64(len(y)), np.int64(n), np.int64(classes.ignored)
    _launch("nll_loss", weights.dtype.char, len(y), x, y, w, losses, weights, *sizes)


def _int64(y: Array) -> Array:
    return row_major(y.astype(np.int64, copy=False))


def nll_loss_gradient(
    dz: Array, shape: tuple[int, ...], classes: Classes, weight: Array | None, reduction: str
) -> Array:
    """Its gradient: -w[y]·dz (/ Σ w) in y's place of each row, else 0."""
    rows, n = shape
    total: Any = _NOWHERE
    if reduction == "mean":
        weights = np.empty_like(dz, shape=(rows,))
        _nll(_NOWHERE, classes, weight, _NOWHERE, weights, n)
        total = weights.sum()
    dx = np.empty_like(dz, shape=shape, order="C")
    sizes = np.int64(rows), np.int64(n), np.int64(classes.ignored), np.int64(reduction == "none")
    w = _NOWHERE if weight is None else weight
    _launch(
        "nll_loss_gradient", dx.dtype.char, dx.size, row_major(dz), total, _int64(classes.y), w, dx, *sizes
    )
    return dx


def class_outside(target: Array, classes: int, ignore_index: int) -> int | None:
    """One of the classes that are none, if there is any: one launch, and one wait for the answer.

    While a stream is captured nobody can wait; then such a class makes the loss nan.
    """
    if is_capturing():
        return None
    found = np.zeros_like(target, shape=(2,), dtype=np.int64)
    y = _int64(target)
    sizes = np.int64(y.size), np.int64(classes), np.int64(ignore_index)
    _launch("outside", "f", y.size, y, found, *sizes)
    there, which = found.tolist()
    return which if there else None


# -- adding at places ---------------------------------------------------------------------------------------


def add_at(z: Array, key: tuple[Any, ...], x: Array) -> None:
    """z[key] += x, added up where a place repeats, in NumPy's order; z is all 0 and lies row after row."""
    places = np.arange(z.size, like=z).reshape(z.shape)[key]
    x = np.broadcast_to(x, places.shape)
    kind = z.dtype.char if z.dtype.char in _TYPES else "d" if z.dtype.kind in "iu" else "f"
    flat = places.reshape(-1)
    if not flat.size:
        return
    order = np.argsort(flat, kind="stable")
    total = z if z.dtype.char == kind else z.astype(kind)
    values = x.reshape(-1).astype(kind, copy=False)
    _launch("add_at", kind, flat.size, values, flat[order], order, total, np.int64(flat.size))
    if total is not z:
        z[...] = total


# -- the optimiser ------------------------------------------------------------------------------------------


def sgd(params: list[Any], group: dict[str, Any], state: Any) -> list[Any]:
    """One step of SGD for the parameters on a GPU, in one launch for each type; those that are left over."""
    kinds: dict[Any, list[Any]] = {}
    left = []
    for p in params:
        buffer = state[p].get("momentum_buffer") if group["momentum"] else None
        arrays = (p.array, p._grad.array, *(() if buffer is None else (buffer.array,)))
        if is_bare(*arrays) and _plain(*arrays):
            kinds.setdefault((p.array.dtype.char, buffer is None), []).append(p)
        else:
            left.append(p)
    for (kind, first), alike in kinds.items():
        for i in range(0, len(alike), TENSORS):
            _sgd(alike[i : i + TENSORS], kind, first, group, state)
    return left


def _sgd(params: list[Any], kind: str, first: bool, group: dict[str, Any], state: Any) -> None:
    table = np.zeros((), [("count", "i8"), *((name, "i8", TENSORS) for name in ("p", "g", "b", "size"))])
    table["count"] = len(params)
    for i, p in enumerate(params):
        table["p"][i], table["g"][i] = p.array.data.ptr, p._grad.array.data.ptr
        table["size"][i] = p.array.size
        if group["momentum"]:
            if first:
                state[p]["momentum_buffer"] = wrap(np.empty_like(p.array))
            table["b"][i] = state[p]["momentum_buffer"].array.data.ptr
        p.version[0] += 1
    scalar = np.dtype(kind).type
    factors = float(group["lr"]), group["momentum"], 1 - group["dampening"], float(group["weight_decay"])
    flags = np.int64(group["nesterov"]), np.int64(group["maximize"]), np.int64(first)
    threads = min(max(p.array.size for p in params), 1024 * THREADS)
    _launch("sgd", kind, threads, table, *map(scalar, factors), *flags)
