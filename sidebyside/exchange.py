"""Unmodified PyTorch computing with minigrad's kernels: the proof that the autograd is the same.

NumPy and PyTorch round differently in a few kernels: products, sums, exp and its kin, and `a + α·b`, which
torch rounds once. Everything else that PyTorch does while it trains (the graph, the derivative formulas,
the order in which gradients are added up, the optimiser) works on what those kernels return. So

    with minigrad_kernels():
        loss = criterion(model(x), y)       # PyTorch's own model, autograd and optimiser
        loss.backward()
        optimizer.step()

takes just these kernels from minigrad/ops.py, by way of a TorchDispatchMode, which sits below autograd. If
loss, gradients and weights then equal minigrad's bit for bit, the two differ in nothing but rounding.

EXCHANGED are the ops that round differently; EXACT are those that give the same bits in both libraries and
are left to torch. An op on neither list raises: nothing slips through unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from minigrad import ops
from minigrad.autograd.op import Op

aten = torch.ops.aten
EXCHANGED: dict[Any, Callable[..., Any]] = {}
REDUCTIONS = ("none", "mean", "sum")  # as aten numbers them


def array(value: Any) -> Any:
    """A tensor's memory as an array with the same strides, for sums depend on them; anything else as it is."""
    return value.detach().numpy() if isinstance(value, torch.Tensor) else value


def tensor(value: Any) -> torch.Tensor:
    """An array's memory as a tensor."""
    return torch.from_numpy(np.asarray(value))


def exchanged(*overloads: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function of arrays for these aten ops; those named `name_` write into their first argument."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        for overload in overloads:
            EXCHANGED[overload] = function
        return function

    return enter


def rule(op: Op, name: str, **values: Any) -> Any:
    """An input's gradient by the op's own rule."""
    found = op.rules[op.params.index(name)]
    assert found is not None
    return found.function(*(values[each] for each in found.names))


def dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """aten's dims, some negative, none meaning all."""
    listed = [dim] if isinstance(dim, int) else list(dim or range(ndim))
    return tuple(d % max(ndim, 1) for d in listed) if ndim else ()


# Products

exchanged(aten.mm.default)(ops.mm.forward)
exchanged(aten.mv.default)(ops.mv.forward)
exchanged(aten.dot.default)(ops.dot.forward)
exchanged(aten.bmm.default)(ops.bmm.forward)


@exchanged(aten.addmm.default)
def _addmm(bias, x, y, *, beta=1, alpha=1):
    if beta != 1 or alpha != 1:
        raise NotImplementedError("addmm with alpha or beta is no kernel of minigrad")
    return ops.linear.forward(x, y.T, bias)


# Sums


@exchanged(aten.sum.default)
def _sum(x, *, dtype=None):
    return ops.sum.forward(_cast(x, dtype))


@exchanged(aten.sum.dim_IntList)
def _sum_dim(x, dim, keepdim=False, *, dtype=None):
    return ops.sum_dim.forward(_cast(x, dtype), dims(dim, x.ndim), keepdim)


@exchanged(aten.mean.default)
def _mean(x, *, dtype=None):
    return ops.mean.forward(_cast(x, dtype))


@exchanged(aten.mean.dim)
def _mean_dim(x, dim, keepdim=False, *, dtype=None):
    return ops.mean_dim.forward(_cast(x, dtype), dims(dim, x.ndim), keepdim)


def _cast(x, dtype):
    return x if dtype is None else x.astype(array(torch.empty(0, dtype=dtype)).dtype)


@exchanged(aten.logsumexp.default)
def _logsumexp(x, dim, keepdim=False):
    return ops.logsumexp.forward(x, dims(dim, x.ndim), keepdim)


@exchanged(aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default)
def _index_put(x, indices, values, accumulate=False, unsafe=False):
    key = tuple(slice(None) if index is None else index for index in indices)
    return (
        x + ops.scatter.forward(values, x.shape, key) if accumulate else ops.index_put.forward(x, key, values)
    )


# Functions of one variable

for _op in (ops.exp, ops.log, ops.sqrt, ops.tanh, ops.sigmoid):
    _name = _op.forward.__name__
    exchanged(getattr(aten, _name).default, getattr(aten, _name + "_").default)(_op.forward)

exchanged(aten.pow.Tensor_Scalar, aten.pow_.Scalar)(ops.pow_scalar.forward)
exchanged(aten.pow.Tensor_Tensor)(ops.pow.forward)


@exchanged(aten.pow.Scalar)
def _rpow(base, x):
    return ops.rpow.forward(x, base)


@exchanged(aten.tanh_backward.default)
def _tanh_backward(dz, z):
    return rule(ops.tanh, "x", dz=dz, z=z)


@exchanged(aten.sigmoid_backward.default)
def _sigmoid_backward(dz, z):
    return rule(ops.sigmoid, "x", dz=dz, z=z)


# Softmax and its loss


@exchanged(aten._softmax.default)
def _softmax(x, dim, half_to_float):
    return ops.softmax.forward(x, dims(dim, x.ndim))


@exchanged(aten._log_softmax.default)
def _log_softmax(x, dim, half_to_float):
    return ops.log_softmax.forward(x, dims(dim, x.ndim))


@exchanged(aten._softmax_backward_data.default)
def _softmax_backward(dz, z, dim, dtype):
    return rule(ops.softmax, "x", dz=dz, z=z, dim=dims(dim, z.ndim))


@exchanged(aten._log_softmax_backward_data.default)
def _log_softmax_backward(dz, z, dim, dtype):
    return rule(ops.log_softmax, "x", dz=dz, z=z, dim=dims(dim, z.ndim))


@exchanged(aten.nll_loss_forward.default, aten.nll_loss2d_forward.default)
def _nll_loss(x, target, weight, reduction, ignore_index):
    shape, (x, target) = target.shape, _with_batch(x, target)
    loss = ops.nll_loss.forward(x, target, weight, REDUCTIONS[reduction], ignore_index)
    total_weight = np.zeros((), x.dtype)  # our rule works it out for itself
    return loss.reshape(shape if REDUCTIONS[reduction] == "none" else ()), total_weight


@exchanged(aten.nll_loss_backward.default, aten.nll_loss2d_backward.default)
def _nll_loss_backward(dz, x, target, weight, reduction, ignore_index, total_weight):
    shape, (x, target) = x.shape, _with_batch(x, target)
    values = {
        "target": target,
        "weight": weight,
        "reduction": REDUCTIONS[reduction],
        "ignore_index": ignore_index,
    }
    dz = dz.reshape(target.shape) if REDUCTIONS[reduction] == "none" else dz
    return rule(ops.nll_loss, "x", dz=dz, shape=x.shape, **values).reshape(shape)


def _with_batch(x, target):
    """A single sample is a batch of one."""
    return (x, target) if x.ndim > 1 else (x[None], target.reshape(1))


# a + α·b, which torch rounds once and minigrad twice


@exchanged(aten.add.Tensor, aten.add_.Tensor)
def _add(x, y, *, alpha=1):
    return x + alpha * y


@exchanged(aten.sub.Tensor, aten.sub_.Tensor)
def _sub(x, y, *, alpha=1):
    return x - alpha * y


_FOREACH = {aten._foreach_add.List: _add, aten._foreach_add_.List: _add, aten._foreach_sub.List: _sub}

EXACT = {
    getattr(aten, name)
    for name in """
    _foreach_mul _foreach_mul_ _foreach_neg _foreach_neg_ _local_scalar_dense _to_copy _unsafe_view abs
    abs_ add add_ alias amax amin any all arange argmax argmin as_strided bernoulli_ bitwise_and
    bitwise_not bitwise_or cat clamp clamp_ clone copy_ detach div div_ empty empty_like empty_strided
    eq equal expand fill fill_ full full_like gather ge gt index is_same_size isnan le lift_fresh
    logical_and logical_and_ logical_not logical_or logical_or_ lt masked_fill masked_fill_ max maximum
    min minimum mul mul_ ne neg neg_ new_empty new_empty_strided new_ones new_zeros normal_ ones
    ones_like permute randperm reciprocal relu relu_ rsub scalar_tensor scatter select select_backward
    sgn sign slice slice_backward split squeeze squeeze_ stack sub sub_ t threshold_backward transpose
    unbind uniform_ unsqueeze unsqueeze_ view where zero_ zeros zeros_like
    """.split()
}


class minigrad_kernels(TorchDispatchMode):
    """Within, PyTorch on the CPU computes with minigrad's kernels; `used` counts the exchanged ops by name."""

    def __init__(self) -> None:
        super().__init__()
        self.used: dict[str, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """One aten op, below autograd: ours where the two libraries round apart, else torch's own."""
        kwargs = kwargs or {}
        if func in _FOREACH:
            return self._each(func, *args, **kwargs)
        if func in EXCHANGED and not _is_plain_sum(func, args, kwargs):
            self.used[str(func)] = self.used.get(str(func), 0) + 1
            return _call(func, args, kwargs)
        if func.namespace == "profiler" or (func.overloadpacket in EXACT and kwargs.get("alpha", 1) == 1):
            return func(*args, **kwargs)
        with self:  # composite ops come whole under inference_mode: take them apart
            result = func.decompose(*args, **kwargs)
        if result is NotImplemented:
            raise NotImplementedError(
                f"{func} is neither exchanged for a kernel of minigrad nor known to be exact in both libraries"
            )
        return result

    def _each(self, func: Any, lists: Any, others: Any, alpha: float = 1) -> Any:
        results = [
            tensor(_FOREACH[func](array(x), array(y), alpha=alpha))
            for x, y in zip(lists, others, strict=True)
        ]
        self.used[str(func)] = self.used.get(str(func), 0) + 1
        if not str(func).startswith("aten._foreach_add_."):
            return results
        for x, result in zip(lists, results, strict=True):
            x.copy_(result)
        return None


def _is_plain_sum(func: Any, args: Any, kwargs: Any) -> bool:
    """x ± y without α: exact in both libraries, and torch's own promotion is wanted."""
    return func.overloadpacket in (aten.add, aten.add_, aten.sub, aten.sub_) and kwargs.get("alpha", 1) == 1


def _call(func: Any, args: Any, kwargs: Any) -> Any:
    listed = [tuple(map(array, arg)) if isinstance(arg, (list, tuple)) else array(arg) for arg in args]
    result = EXCHANGED[func](*listed, **kwargs)
    if isinstance(result, tuple):
        return tuple(map(tensor, result))
    if func._schema.name.endswith("_") and not func._schema.name.startswith("aten::_"):
        return args[0].copy_(tensor(result))
    return tensor(result)
