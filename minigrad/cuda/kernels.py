"""Kernels of our own for a GPU, and the ops that they serve.   torch: native_functions.yaml, aten/src/ATen/native/cuda/

CuPy computes everything that NumPy computes, one launch after the other, so ops.py needs no GPU. The kernels of this
file take the place of an op or of a rule, as torch's native_functions.yaml names kernels beside derivatives.yaml:

- product: CuPy refuses cuBLAS while a stream is captured, so a training step could not become a CUDA graph.
- log_softmax, nll_loss and their gradients take one launch each instead of five to ten, and wait for no result.
- none_ignored, the check of the classes: one launch, one wait.
- sgd: one launch for all parameters, as many as a kernel's arguments have room for.
- scatter: one thread adds up, in order, what belongs at one place. CuPy's add.at adds in no fixed order, so sums
  would differ from run to run.

Every kernel rounds as the op's NumPy does, step by step: multiply and add are not fused (-fmad=false).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

import numpy as np

from minigrad import ops
from minigrad.arrays.device import (
    check_same_device,
    cupy_module,
    is_capturing,
    row_major,
)
from minigrad.autograd.base import unwrap, wrap
from minigrad.autograd.op import Op
from minigrad.cuda.blas import product
from minigrad.cuda.source import OPTIONS, TENSORS, TYPES, source
from minigrad.nn import checks
from minigrad.nn import ops as nn
from minigrad.optim.sgd import SGD

Array = Any
Kernel = TypeVar("Kernel", bound=Callable[..., Any])
WIDEST = 128  # classes: one thread runs along a row, which is slow where rows are long
THREADS = 256


@cache
def _kernel(name: str, kind: str) -> Any:
    return cupy_module().RawModule(code=source(kind), options=OPTIONS).get_function(name)


def _launch(name: str, kind: str, threads: int, *args: Any) -> None:
    _kernel(name, kind)((max(1, -(-threads // THREADS)),), (THREADS,), args)


_NOWHERE = np.uint64(0)  # a pointer that points to nothing


def _plain(*arrays: Array) -> bool:
    """Whether all arrays are float32, or all float64, and lie row after row."""
    kind = arrays[0].dtype
    return kind.char in TYPES and all(a.dtype == kind and a.flags.c_contiguous for a in arrays)


# -- how a kernel is entered --------------------------------------------------------------------------------


def is_bare(value: Any) -> bool:
    """Whether it is an array of a GPU. A Tensor is not: a rule that runs on Tensors is made of ops."""
    return type(value) is not np.ndarray and hasattr(type(value), "__cuda_array_interface__")


def _always(*values: Any) -> bool:
    return True


def instead_of(
    op: Op, when: Callable[..., bool] = _always, rule: str | None = None
) -> Callable[[Kernel], Kernel]:
    """Enter a kernel for an op, or for the gradient rule of one of its inputs.

    It runs if the first value is an array of a GPU and `when(*values)` holds. On a CPU this costs one test of a type.
    """
    owners = [op, *op._twins.values()]
    return _entered(owners, "forward", when) if rule is None else _entered([op.rules[rule]], "function", when)


def _entered(owners: list[Any], name: str, when: Callable[..., bool] = _always) -> Callable[[Kernel], Kernel]:
    general = getattr(owners[0], name)

    def enter(kernel: Kernel) -> Kernel:
        @wraps(general)
        def chosen(*values: Any) -> Any:
            if type(values[0]) is np.ndarray or not is_bare(values[0]) or not when(*values):
                return general(*values)
            return kernel(*values)

        for owner in owners:
            setattr(owner, name, chosen)
        return kernel

    return enter


instead_of(ops.mm)(product)
instead_of(ops.mv)(product)
instead_of(ops.bmm)(product)


# -- softmax and its loss -----------------------------------------------------------------------------------


def _has_rows(dim: tuple[int, ...], *arrays: Array) -> bool:
    """Whether the arrays have short rows, along dim, so that one thread may run along each."""
    x = arrays[0]
    if not all(map(is_bare, arrays)) or not _plain(*arrays):
        return False
    return dim == (x.ndim - 1,) and 0 < x.shape[-1] <= WIDEST and x.size > 0


@instead_of(nn.log_softmax, lambda x, dim: _has_rows(dim, x))
def log_softmax(x: Array, dim: tuple[int, ...]) -> Array:
    """log_softmax along the last axis."""
    z, n = np.empty_like(x), x.shape[-1]
    _launch("log_softmax", x.dtype.char, x.size // n, x, z, np.int64(x.size // n), np.int64(n))
    return z


@instead_of(nn.log_softmax, lambda dz, z, dim: _has_rows(dim, dz, z), rule="x")
def log_softmax_gradient(dz: Array, z: Array, dim: tuple[int, ...]) -> Array:
    """dz - e^z·Σ dz"""
    dx, n = np.empty_like(z), z.shape[-1]
    rows = z.size // n
    _launch("log_softmax_gradient", z.dtype.char, rows, dz, z, dx, np.int64(rows), np.int64(n))
    return dx


def _has_classes(
    dz: Array, x: Array, target: Array, weight: Array | None, reduction: str, ignore_index: int | None
) -> bool:
    """Whether x are scores of classes, (N, C) or (C,), of a type that the kernels have; dz may be x itself."""
    x, target = unwrap(x), unwrap(target)
    if x.ndim > 2 or not x.size or ignore_index is None or not is_bare(target):
        return False
    given = () if weight is None else (unwrap(weight),)
    check_same_device(dz, target, *given)
    return _plain(dz, *given)


@instead_of(nn.nll_loss, lambda x, *options: _has_classes(x, x, *options))
def nll_loss(x: Array, target: Array, weight: Array | None, reduction: str, ignored: int) -> Array:
    """-w[y]·x[y] of each sample, their sum, or their mean."""
    x, target, reduction = nn.as_batch(x, target, reduction)
    each = np.empty_like(x, shape=(2, len(x)), order="C")
    _nll(x, target, weight, ignored, each[0], each[1], x.shape[1])
    if reduction == "none":
        return each[0]
    if reduction == "sum":
        return each[0].sum()
    totals = each.sum(axis=1)
    return totals[0] / totals[1]


def _nll(
    x: Any, target: Array, weight: Array | None, ignored: int, losses: Any, weights: Array, n: int
) -> None:
    y = _int64(target)
    w = _NOWHERE if weight is None else weight
    sizes = np.int64(len(y)), np.int64(n), np.int64(ignored)
    _launch("nll_loss", weights.dtype.char, len(y), x, y, w, losses, weights, *sizes)


def _int64(y: Array) -> Array:
    return row_major(y.astype(np.int64, copy=False))


@instead_of(nn.nll_loss, _has_classes, rule="x")
def nll_loss_gradient(dz: Array, x: Any, target: Any, weight: Any, reduction: str, ignored: int) -> Array:
    """-w[y]·dz (/ Σ w) in y's place of each row, else 0."""
    x, weight = unwrap(x), unwrap(weight)
    batch, y, reduction = nn.as_batch(x, unwrap(target), reduction)
    rows, n = batch.shape
    total: Any = _NOWHERE
    if reduction == "mean":
        weights = np.empty_like(dz, shape=(rows,))
        _nll(_NOWHERE, y, weight, ignored, _NOWHERE, weights, n)
        total = weights.sum()
    dx = np.empty_like(dz, shape=x.shape, order="C")
    sizes = np.int64(rows), np.int64(n), np.int64(ignored), np.int64(reduction == "none")
    w = _NOWHERE if weight is None else weight
    _launch("nll_loss_gradient", dx.dtype.char, dx.size, row_major(dz), total, _int64(y), w, dx, *sizes)
    return dx


@_entered([checks], "none_ignored")
def none_ignored(y: Array, classes: int, ignore_index: int) -> bool:
    """checks.none_ignored by one launch and one wait for the answer.

    While a stream is captured nobody can wait. Then a target that is not a class makes the loss nan.
    """
    if is_capturing():
        return False
    found = np.zeros_like(y, shape=(2,), dtype=np.int64)
    y = _int64(y)
    sizes = np.int64(y.size), np.int64(classes), np.int64(ignore_index)
    _launch("outside", "f", y.size, y, found, *sizes)
    there, wrong = found.tolist()
    if there:
        raise checks.out_of_bounds(wrong, classes)
    return False


# -- adding at places ---------------------------------------------------------------------------------------


@instead_of(ops.scatter)
def scatter(x: Array, size: tuple[int, ...], key: tuple[Any, ...]) -> Array:
    """z = 0 but for z[key] += x, in NumPy's order where a place repeats."""
    z = np.zeros_like(x, shape=size, order="C")
    places = np.arange(z.size, like=z).reshape(z.shape)[tuple(key)]
    x = np.broadcast_to(x, places.shape)
    kind = z.dtype.char if z.dtype.char in TYPES else "d" if z.dtype.kind in "iu" else "f"
    flat = places.reshape(-1)
    if not flat.size:
        return z
    order = np.argsort(flat, kind="stable")
    total = z if z.dtype.char == kind else z.astype(kind)
    values = row_major(x.reshape(-1)).astype(kind, copy=False)  # an expanded x has strides of 0
    _launch("add_at", kind, flat.size, values, flat[order], order, total, np.int64(flat.size))
    return total if total is z else total.astype(z.dtype)


# -- the optimiser ------------------------------------------------------------------------------------------


one_by_one = SGD._step


def _step(self: SGD, params: list[Any], group: dict[str, Any]) -> None:
    """SGD._step, where the parameters are on a GPU by one launch for each type."""
    if params and is_bare(params[0].array) and not group["differentiable"]:
        params = _together(params, group, self.state)
    one_by_one(self, params, group)


SGD._step = _step  # type: ignore[assignment, method-assign]


def _together(params: list[Any], group: dict[str, Any], state: Any) -> list[Any]:
    """A step of those parameters for which there is a kernel; returns the other parameters."""
    kinds: dict[Any, list[Any]] = {}
    left = []
    for p in params:
        buffer = state[p].get("momentum_buffer") if group["momentum"] else None
        arrays = (p.array, p._grad.array, *(() if buffer is None else (buffer.array,)))
        if all(map(is_bare, arrays)) and _plain(*arrays):
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
