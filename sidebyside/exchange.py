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

aten.py says which kernels round differently, which give the same bits and are left to torch, and which draw
random numbers. A kernel of which it says nothing is taken apart into others (what inference_mode sends whole, the
optimisers' lists of tensors), or raises: nothing slips through unnoticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

import minigrad
from minigrad import ops
from minigrad.arrays import kernels
from minigrad.arrays.device import is_array
from minigrad.arrays.normal import normal_cdf
from minigrad.autograd.base import wrap
from minigrad.autograd.op import Op
from minigrad.more_ops import places
from minigrad.nn import activation_ops, loss_ops
from minigrad.nn import ops as nn
from minigrad.nn.later import activation_ops as late_activation_ops
from minigrad.nn.later import (
    attention_ops,
    conv_ops,
    embedding_ops,
    norm_ops,
    pad_ops,
    pool_ops,
    upsample_ops,
)
from minigrad.nn.later import loss_ops as margin_ops
from minigrad.nn.later import pool3d_functions as volumes
from minigrad.nn.later.embedding_functions import embedding_renorm_
from minigrad.nn.later.pad_functions import MODES
from minigrad.nn.later.patches import Geometry
from minigrad.nn.later.upsample_functions import nearest, taps
from sidebyside.aten import KERNELS, named
from sidebyside.draws import DRAWN
from sidebyside.programs.ops import ops_by_name

aten = torch.ops.aten
EXCHANGED: dict[Any, Callable[..., Any]] = {}
REDUCTIONS = ("none", "mean", "sum")  # as aten numbers them
FLOATS = {torch.float16, torch.float32, torch.float64}


def array(value: Any) -> Any:
    """Return a tensor's memory as an array with the same strides: sums depend on them. Others are unchanged."""
    if isinstance(value, (list, tuple)):
        return tuple(map(array, value))
    if not isinstance(value, torch.Tensor):
        return value
    return minigrad.from_dlpack(value.detach()).array if value.is_cuda else value.detach().numpy()


def tensor(value: Any) -> torch.Tensor:
    """Return an array's memory as a tensor."""
    return (
        torch.from_numpy(np.require(value, requirements="W"))
        if on_cpu(value)
        else torch.from_dlpack(wrap(value))
    )


def on_cpu(value: Any) -> bool:
    """Say whether a value is NumPy's. Otherwise it is CuPy's."""
    return isinstance(value, (np.ndarray, np.generic))


def exchanged(*overloads: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function of arrays for these aten ops, and for the ops `name_` that write into their input."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        for overload in overloads:
            name, _, form = str(overload).removeprefix("aten.").partition(".")
            EXCHANGED[overload] = function
            twin = getattr(aten, name + "_", None)
            if form in (twin.overloads() if twin else ()):
                EXCHANGED[getattr(twin, form)] = function
        return function

    return enter


def called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Call a function of minigrad on Tensors, as a user does, so that its type promotion applies."""

    def call(*args: Any, **options: Any) -> Any:
        return function(*(wrap(a) if is_array(a) else a for a in args), **options).array

    return call


def rule(op: Op, name: str, **values: Any) -> Any:
    """Compute an input's gradient by the op's rule."""
    found = op.rules[name]
    return found.function(*(values[each] for each in found.names))


def dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """Convert aten's dims, which may be negative, or None for all."""
    listed = [dim] if isinstance(dim, int) else list(dim or range(ndim))
    if any(not -max(ndim, 1) <= d < max(ndim, 1) for d in listed):
        raise IndexError("no such dimension")  # exchange() raises torch's own error instead
    return tuple(d % max(ndim, 1) for d in listed) if ndim else ()


for _name, _kernel in KERNELS.items():
    if _kernel.op:
        exchanged(getattr(aten, _name).default)(called(ops_by_name()[_kernel.op]))


# Products


@exchanged(aten.addmm.default)
def _addmm(bias, x, y, *, beta=1, alpha=1):
    _refuse("addmm", beta, alpha)
    return nn.linear.forward(x, y.T, bias)


@exchanged(aten.addmv.default)
def _addmv(bias, x, y, *, beta=1, alpha=1):
    _refuse("addmv", beta, alpha)
    return bias + ops.mv.forward(x, y)


@exchanged(aten.baddbmm.default)
def _baddbmm(bias, x, y, *, beta=1, alpha=1):
    _refuse("baddbmm", beta, alpha)
    return bias + ops.bmm.forward(x, y)


def _refuse(name, beta, alpha=1):
    if beta != 1 or alpha != 1:
        raise NotImplementedError(f"{name} with factors before its terms is no kernel of minigrad")


# Convolutions, and sums over the places that padding shows


def for_all(dims, numbers):
    """aten's list of numbers, in which one may stand for all dimensions."""
    return tuple(numbers) * (dims if len(numbers) == 1 else 1)


def geometry(dims, stride, padding, dilation, groups):
    """How a kernel moves."""
    return Geometry(*(for_all(dims, numbers) for numbers in (stride, padding, dilation)), groups)


@exchanged(aten.convolution.default)
def _convolution(x, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    how = geometry(weight.ndim - 2, stride, padding, dilation, groups)
    size, kernel = x.shape[2:], weight.shape[2:]
    if transposed:
        size = how.size_of_transpose(size, kernel, for_all(len(size), output_padding))
        return conv_ops.convolution_transpose.forward(x, weight, bias, size, how)
    return conv_ops.convolution.forward(x, weight, bias, how.size_of_convolution(size, kernel), how)


@exchanged(aten.convolution_backward.default)
def _convolution_backward(
    dz, x, weight, bias_sizes, stride, padding, dilation, transposed, ends, groups, wanted
):
    op = conv_ops.convolution_transpose if transposed else conv_ops.convolution
    how = geometry(weight.ndim - 2, stride, padding, dilation, groups)
    given = {"x": {"weight": weight, "shape": x.shape}, "weight": {"x": x, "shape": weight.shape}, "bias": {}}
    each = zip(given.items(), wanted, strict=True)
    return tuple(rule(op, name, dz=dz, how=how, **saved) if asked else None for (name, saved), asked in each)


def _padding_backward(places):
    """Of reflection and replication: the sums of the gradients where an element is shown."""

    def backward(dz, x, pad):
        pairs = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
        shown = tuple(places(n, *pair) for n, pair in zip(x.shape[-len(pairs) :], pairs, strict=True))
        return pad_ops.add_in_places.forward(dz, x.shape, shown)

    return backward


@exchanged(aten.col2im.default)
def _col2im(x, size, kernel, dilation, padding, stride):
    how = geometry(2, stride, padding, dilation, 1)
    if x.ndim == 2:
        return conv_ops.col2im.forward(x[None], tuple(size), tuple(kernel), how)[0]
    return conv_ops.col2im.forward(x, tuple(size), tuple(kernel), how)


def nearest_places(before, after, scales, half):
    """Which elements an enlarged image shows."""
    each = zip(before, after, scales or [None] * len(after), strict=True)
    return tuple(nearest(n, m, scale, half) for n, m, scale in each)


def _upsample_backward(half):
    def backward(dz, output_size, input_size, *scales):
        shown = nearest_places(input_size[2:], output_size, scales, half)
        return pad_ops.add_in_places.forward(dz, tuple(input_size), shown)

    return backward


for _n in (1, 2, 3):
    exchanged(getattr(aten, f"upsample_nearest{_n}d_backward").default)(_upsample_backward(0.0))
    exchanged(getattr(aten, f"_upsample_nearest_exact{_n}d_backward").default)(_upsample_backward(0.5))


def _resampled(mode):
    def forward(x, size, align_corners, *scales):
        return upsample_ops.resample.forward(x, taps(mode, x.shape[2:], size, align_corners, scales, x))

    def backward(dz, size, shape, align_corners, *scales):
        found = taps(mode, shape[2:], size, align_corners, scales, dz)
        return upsample_ops.resample_transpose.forward(dz, tuple(shape), found)

    return forward, backward


RESAMPLED = {  # kernels, and their modes
    f"upsample_{mode}{n}d": mode
    for mode, n in (("linear", 1), ("bilinear", 2), ("trilinear", 3), ("bicubic", 2))
}
for _name, _mode in RESAMPLED.items():
    for _overload, _function in zip((_name, f"{_name}_backward"), _resampled(_mode), strict=True):
        exchanged(getattr(aten, _overload).default)(_function)


for _word, _places, _ in (MODES["reflect"], MODES["replicate"]):
    for _n in (1, 2, 3):
        exchanged(getattr(aten, f"{_word}_pad{_n}d_backward").default)(_padding_backward(_places))


# Sums


def _cast(x, dtype):
    return x if dtype is None else x.astype(array(torch.empty(0, dtype=dtype)).dtype)


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


@exchanged(aten.var.correction)
def _var(x, dim=None, *, correction=None, keepdim=False):
    return ops.var.forward(x, dims(dim, x.ndim), 1 if correction is None else correction, keepdim)


@exchanged(aten.std.correction)
def _std(x, dim=None, *, correction=None, keepdim=False):
    return ops.std.forward(x, dims(dim, x.ndim), 1 if correction is None else correction, keepdim)


@exchanged(aten.linalg_vector_norm.default, aten.norm.ScalarOpt_dim)
def _norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    return ops.norm.forward(_cast(x, dtype), ord, dims(dim, x.ndim), keepdim)


@exchanged(aten.logsumexp.default)
def _logsumexp(x, dim, keepdim=False):
    return called(minigrad.logsumexp)(x, dims(dim, x.ndim), keepdim)


@exchanged(aten.cumsum.default)
def _cumsum(x, dim, *, dtype=None):
    return ops.cumsum.forward(_cast(x, dtype), *dims(dim, x.ndim))


@exchanged(aten.prod.default)
def _prod(x, *, dtype=None):
    return ops.prod.forward(_cast(x, dtype))


@exchanged(aten.prod.dim_int)
def _prod_dim(x, dim, keepdim=False, *, dtype=None):
    return ops.prod_dim.forward(_cast(x, dtype), *dims(dim, x.ndim), keepdim)


@exchanged(aten.cumprod.default)
def _cumprod(x, dim):
    return np.cumprod(x, *dims(dim, x.ndim))


# Sums over equal indices


@exchanged(aten.index_put.default)
def _index_put(x, indices, values, accumulate=False, unsafe=False):
    key = tuple(slice(None) if index is None else index for index in indices)
    return _added(x, key, values) if accumulate else ops.index_put.forward(x, key, values)


@exchanged(aten.index_add.default)
def _index_add(x, dim, index, source, *, alpha=1):
    _refuse("index_add", alpha)
    return places.scatter_add.forward(x, (slice(None),) * (dim % x.ndim) + (index,), source)


@exchanged(aten.scatter_add.default)
def _scatter_add(x, dim, index, source):
    return places.scatter_add.forward(x, kernels.along(index, dim), source[tuple(map(slice, index.shape))])


@exchanged(aten.embedding_dense_backward.default)
def _embedding_backward(dz, indices, rows, padding_idx, scale_grad_by_freq):
    shape = (rows, dz.shape[-1])
    return rule(
        embedding_ops.embedding, "weight", dz=dz, indices=indices, shape=shape, padding_idx=padding_idx,
        scale_grad_by_freq=scale_grad_by_freq,
    )  # fmt: skip


exchanged(aten.embedding_renorm.default)(called(embedding_renorm_))


@exchanged(aten.unfold_backward.default)
def _unfold_backward(dz, sizes, dim, size, step):
    shape = tuple(sizes)
    return rule(places.unfold, "x", dz=dz, shape=shape, dimension=dim % len(shape), size=size, step=step)


def _added(x, key, values):
    return x + ops.scatter.forward(values, x.shape, key)


# Powers and remainders

exchanged(aten.pow.Scalar)(lambda base, x: called(ops.rpow)(x, base))
exchanged(aten.pow.Tensor_Scalar, aten.pow_.Scalar)(
    called(ops.pow_scalar)
)  # after pow.Scalar, which would enter pow_.Scalar too
exchanged(aten.pow.Tensor_Tensor, aten.pow_.Tensor)(called(ops.pow))
exchanged(aten.remainder.Tensor, aten.remainder.Scalar, aten.remainder.Scalar_Tensor)(
    called(minigrad.remainder)
)
exchanged(aten.fmod.Tensor, aten.fmod.Scalar)(called(ops.fmod))


@exchanged(aten.round.decimals)
def _round(x, *, decimals):
    return called(ops.round_decimals)(x, decimals)


@exchanged(aten.div.Tensor_mode, aten.div.Scalar_mode)
def _div(x, y, *, rounding_mode):
    return called(minigrad.div)(x, y, rounding_mode=rounding_mode)


@exchanged(aten.floor_divide.default, aten.floor_divide.Scalar, aten.floor_divide_.Tensor)
def _floor_divide(x, y):
    return called(ops.div_rounded)(x, y, "floor")


@exchanged(aten.tanh_backward.default)
def _tanh_backward(dz, z):
    return rule(ops.tanh, "x", dz=dz, z=z)


@exchanged(aten.sigmoid_backward.default)
def _sigmoid_backward(dz, z):
    return rule(ops.sigmoid, "x", dz=dz, z=z)


# a + α·b, which torch rounds once and minigrad twice

exchanged(aten.add.Tensor)(called(minigrad.add))
exchanged(aten.sub.Tensor)(called(minigrad.sub))
exchanged(aten.addcmul.default)(called(minigrad.addcmul))
exchanged(aten.lerp.Scalar, aten.lerp.Tensor)(called(minigrad.lerp))


@exchanged(aten._fused_sgd_.default, aten._fused_sgd_.tensor_lr)
def _fused_sgd(params, grads, buffers, *, is_first_step, grad_scale=None, found_inf=None, lr, **options):
    """Do the whole step as one kernel, by minigrad's SGD in the arrays' memory."""
    _refuse_scaler("SGD", grad_scale, found_inf)
    weights = [wrap(p) for p in params]
    sgd = minigrad.optim.SGD(weights, lr=float(lr), **options)
    for w, grad, buffer in zip(weights, grads, buffers or [None] * len(weights), strict=True):
        w.grad = wrap(grad)
        if buffer is not None and not is_first_step:
            sgd.state[w]["momentum_buffer"] = wrap(buffer)
    sgd.step()
    for w, buffer in zip(weights, buffers, strict=False):
        buffer[...] = sgd.state[w]["momentum_buffer"].array


def _refuse_scaler(name, grad_scale, found_inf):
    if grad_scale is not None or found_inf is not None:
        raise NotImplementedError(f"fused {name} with a gradient scaler is no kernel of minigrad")


def _fused(name, *kept):
    """The whole step of an optimizer that keeps these tensors. It finds the step counted already."""

    def step(params, grads, *states, grad_scale=None, found_inf=None, lr, beta1=None, beta2=None, **options):
        _refuse_scaler(name, grad_scale, found_inf)
        betas = {} if beta1 is None else {"betas": (beta1, beta2)}
        state = {key: values for key, values in zip((*kept, "step"), states, strict=True) if values}
        for i, (p, grad) in enumerate(zip(params, grads, strict=True)):
            w = wrap(p)
            w.grad = wrap(grad)
            optimizer = getattr(minigrad.optim, name)([w], lr=float(lr), **betas, **options)
            optimizer.state[w] = {key: wrap(values[i] - (key == "step")) for key, values in state.items()}
            optimizer.step()
            for key in kept:
                if key in state:
                    state[key][i][...] = optimizer.state[w][key].array

    return step


_ADAM = "exp_avg", "exp_avg_sq", "max_exp_avg_sq"
exchanged(aten._fused_adam_.default, aten._fused_adam_.tensor_lr)(_fused("Adam", *_ADAM))
exchanged(aten._fused_adamw_.default, aten._fused_adamw_.tensor_lr)(_fused("AdamW", *_ADAM))
exchanged(aten._fused_adagrad_.default, aten._fused_adagrad_.tensor_lr)(_fused("Adagrad", "sum"))


# Softmax and the losses


@exchanged(aten._softmax.default)
def _softmax(x, dim, half_to_float):
    return nn.softmax.forward(x, dims(dim, x.ndim))


@exchanged(aten._safe_softmax.default)
def _safe_softmax(x, dim, dtype=None):
    return attention_ops.safe_softmax.forward(_cast(x, dtype), dims(dim, x.ndim))


@exchanged(aten._log_softmax.default)
def _log_softmax(x, dim, half_to_float):
    return nn.log_softmax.forward(x, dims(dim, x.ndim))


@exchanged(aten._softmax_backward_data.default)
def _softmax_backward(dz, z, dim, dtype):
    return rule(nn.softmax, "x", dz=dz, z=z, dim=dims(dim, z.ndim))


@exchanged(aten._log_softmax_backward_data.default)
def _log_softmax_backward(dz, z, dim, dtype):
    return rule(nn.log_softmax, "x", dz=dz, z=z, dim=dims(dim, z.ndim))


@exchanged(aten.nll_loss_forward.default, aten.nll_loss2d_forward.default)
def _nll_loss(x, target, weight, reduction, ignore_index):
    if target.dtype.kind == "f":
        raise TypeError("classes are whole numbers")
    loss = nn.nll_loss.forward(x, target, weight, REDUCTIONS[reduction], ignore_index)
    counted = target[target != ignore_index]
    total_weight = np.asarray(len(counted) if weight is None else weight[counted].sum(), x.dtype, like=x)
    return loss, total_weight  # which minigrad's rule computes again; PyTorch's own reads it


@exchanged(aten.nll_loss_backward.default, aten.nll_loss2d_backward.default)
def _nll_loss_backward(dz, x, target, weight, reduction, ignore_index, total_weight):
    how = REDUCTIONS[reduction]
    return rule(
        nn.nll_loss, "x", dz=dz, x=x, target=target, weight=weight, reduction=how, ignore_index=ignore_index
    )


@exchanged(aten.mse_loss.default)
def _mse_loss(x, y, reduction=1):
    return called(nn.mse_loss)(x, y, REDUCTIONS[reduction])


@exchanged(aten.mse_loss_backward.default)
def _mse_loss_backward(dz, x, y, reduction):
    return rule(nn.mse_loss, "x", dz=dz, x=x, y=y, reduction=REDUCTIONS[reduction])


# Normalization


@exchanged(aten.native_layer_norm.default)
def _layer_norm(x, shape, weight, bias, eps):
    dim = tuple(range(x.ndim - len(shape), x.ndim))
    xhat, rstd, mean, _ = norm_ops.standardized(x, dim, eps)
    return norm_ops.layer_norm.forward(x, weight, bias, xhat, rstd, dim), mean, rstd


@exchanged(aten.native_layer_norm_backward.default)
def _layer_norm_backward(dz, x, shape, mean, rstd, weight, bias, wanted):
    dim = tuple(range(x.ndim - len(shape), x.ndim))
    values = {"dz": dz, "x": x, "weight": weight, "xhat": (x - mean) * rstd, "rstd": rstd, "dim": dim}
    return _wanted_rules(norm_ops.layer_norm, wanted, values | {"shape": tuple(shape)})


@exchanged(aten.native_batch_norm.default)
def _batch_norm(x, weight, bias, running_mean, running_var, training, momentum, eps):
    if not training:
        mean, rstd = norm_ops.running(x, running_mean, running_var, eps)
        none = np.zeros(0, x.dtype, like=x)
        return norm_ops.running_norm.forward(x, weight, bias, mean, rstd), none, none
    xhat, rstd, mean = norm_ops.batch_statistics(x, running_mean, running_var, momentum, eps)
    return norm_ops.batch_norm.forward(x, weight, bias, xhat, rstd), mean.reshape(-1), rstd.reshape(-1)


@exchanged(aten.native_batch_norm_backward.default)
def _batch_norm_backward(dz, x, weight, running_mean, running_var, mean, rstd, training, eps, wanted):
    if training:
        mean, rstd = norm_ops.channels(mean, x), norm_ops.channels(rstd, x)
        values, op = {"xhat": (x - mean) * rstd}, norm_ops.batch_norm
    else:
        mean, rstd = norm_ops.running(x, running_mean, running_var, eps)
        values, op = {"mean": mean}, norm_ops.running_norm
    return _wanted_rules(op, wanted, values | {"dz": dz, "x": x, "weight": weight, "rstd": rstd})


@exchanged(aten.native_group_norm.default)
def _group_norm(x, weight, bias, n, channels, size, groups, eps):
    seen = x.reshape(n, groups, channels // groups * size)
    xhat, rstd, mean, _ = norm_ops.standardized(seen, (2,), eps)
    return norm_ops.group_norm.forward(x, weight, bias, xhat, rstd), mean.squeeze(2), rstd.squeeze(2)


@exchanged(aten.native_group_norm_backward.default)
def _group_norm_backward(dz, x, mean, rstd, weight, n, channels, size, groups, wanted):
    rstd, seen = rstd[:, :, None], x.reshape(n, groups, channels // groups * size)
    values = {"dz": dz, "x": x, "weight": weight, "xhat": (seen - mean[:, :, None]) * rstd, "rstd": rstd}
    return _wanted_rules(norm_ops.group_norm, wanted, values)


def _wanted_rules(op, wanted, values):
    """The gradients of x, weight and bias that are wanted; None for the others."""
    return tuple(
        rule(op, name, **values) if asked else None
        for name, asked in zip(("x", "weight", "bias"), wanted, strict=True)
    )


# Pools


@exchanged(aten._adaptive_avg_pool2d.default)
def _adaptive_avg_pool2d(x, size):
    return pool_ops.adaptive_avg_pool2d.forward(x, tuple(size))


@exchanged(aten._adaptive_avg_pool2d_backward.default)
def _adaptive_avg_pool2d_backward(dz, x):
    return rule(pool_ops.adaptive_avg_pool2d, "x", dz=dz, shape=x.shape)


def _by_autograd(function):
    """The gradient of a function of one tensor, as minigrad's rules have it."""

    def backward(dz, x, *options):
        leaf = wrap(x).detach().requires_grad_()
        function(leaf, *options).backward(wrap(dz))
        return leaf.grad.array

    return backward


exchanged(aten.avg_pool3d.default)(called(volumes.avg_pool3d))
exchanged(aten._adaptive_avg_pool3d.default)(called(volumes.adaptive_avg_pool3d))
exchanged(aten.avg_pool3d_backward.default)(_by_autograd(volumes.avg_pool3d))
exchanged(aten.max_pool3d_with_indices_backward.default)(
    lambda dz, x, *options: _by_autograd(volumes.max_pool3d)(dz, x, *options[:-1])
)


@exchanged(aten._adaptive_avg_pool3d_backward.default)
def _adaptive_avg_pool3d_backward(dz, x):
    return _by_autograd(volumes.adaptive_avg_pool3d)(dz, x, dz.shape[-3:])


@exchanged(aten.adaptive_max_pool3d_backward.default)
def _adaptive_max_pool3d_backward(dz, x, places):
    return _by_autograd(volumes.adaptive_max_pool3d)(dz, x, dz.shape[-3:])


# Further activations


exchanged(aten.xlogy.Tensor)(called(ops.xlogy))


@exchanged(aten.elu.default)
def _elu(x, alpha=1, scale=1, input_scale=1):
    if scale == input_scale == 1:
        return activation_ops.elu.forward(x, alpha)
    return late_activation_ops.scaled_elu.forward(x, alpha, scale, input_scale)


@exchanged(aten.celu.default)
def _celu(x, alpha=1.0):
    return late_activation_ops.celu.forward(x, alpha, 1.0, 1.0 / alpha)


@exchanged(aten.elu_backward.default)
def _elu_backward(dz, alpha, scale, input_scale, is_result, x):
    if scale == input_scale == 1:
        return rule(activation_ops.elu, "x", dz=dz, x=x, alpha=alpha)
    factors = {"alpha": alpha, "scale": scale, "input_scale": input_scale}
    return rule(late_activation_ops.scaled_elu, "x", dz=dz, x=x, **factors)


@exchanged(aten.gelu.default)
def _gelu(x, *, approximate="none"):
    if approximate == "tanh":
        return activation_ops.gelu_tanh.forward(x)
    return activation_ops.gelu.forward(x, normal_cdf(x))


@exchanged(aten.gelu_backward.default)
def _gelu_backward(dz, x, *, approximate="none"):
    if approximate == "tanh":
        return rule(activation_ops.gelu_tanh, "x", dz=dz, x=x)
    return rule(activation_ops.gelu, "x", dz=dz, x=x, cdf=normal_cdf(x))


@exchanged(aten.hardtanh_backward.default)  # of nan PyTorch passes dz on in some places, in others not
def _hardtanh_backward(dz, x, low, high):
    return rule(activation_ops.hardtanh, "x", dz=dz, x=x, low=low, high=high)


@exchanged(aten.silu.default)
def _silu(x):
    return activation_ops.silu.forward(x)


@exchanged(aten.silu_backward.default)
def _silu_backward(dz, x):
    return rule(activation_ops.silu, "x", dz=dz, x=x)


@exchanged(aten.softplus.default)
def _softplus(x, beta=1, threshold=20):
    return activation_ops.softplus.forward(x, beta, threshold)


@exchanged(aten.softplus_backward.default)
def _softplus_backward(dz, x, beta, threshold):
    return rule(activation_ops.softplus, "x", dz=dz, x=x, beta=beta, threshold=threshold)


@exchanged(aten.log_sigmoid_forward.default)
def _log_sigmoid(x):
    return activation_ops.log_sigmoid.forward(x), np.zeros(0, x.dtype, like=x)  # the rule needs no buffer


@exchanged(aten.log_sigmoid_backward.default)
def _log_sigmoid_backward(dz, x, buffer):
    return rule(activation_ops.log_sigmoid, "x", dz=dz, x=x)


@exchanged(aten.mish.default)
def _mish(x):
    return late_activation_ops.mish.forward(x)


@exchanged(aten.mish_backward.default)
def _mish_backward(dz, x):
    return rule(late_activation_ops.mish, "x", dz=dz, x=x)


@exchanged(aten.hardshrink_backward.default, aten.softshrink_backward.default)  # of nan as hardtanh_backward
def _shrink_backward(dz, x, lambd):
    return rule(late_activation_ops.hardshrink, "x", dz=dz, x=x, lambd=lambd)


@exchanged(aten.glu.default)
def _glu(x, dim=-1):
    return late_activation_ops.glu.forward(x, *dims(dim, x.ndim))


@exchanged(aten.glu_backward.default)
def _glu_backward(dz, x, dim):
    return rule(late_activation_ops.glu, "x", dz=dz, x=x, dim=dim % x.ndim)


# Further losses


@exchanged(aten.smooth_l1_loss.default)
def _smooth_l1(x, y, reduction=1, beta=1.0):
    return called(loss_ops.smooth_l1_loss)(x, y, REDUCTIONS[reduction], beta)


@exchanged(aten.smooth_l1_loss_backward.default)
def _smooth_l1_backward(dz, x, y, reduction, beta):
    return rule(loss_ops.smooth_l1_loss, "x", dz=dz, x=x, y=y, reduction=REDUCTIONS[reduction], beta=beta)


@exchanged(aten.huber_loss.default)
def _huber(x, y, reduction=1, delta=1.0):
    return called(loss_ops.huber_loss)(x, y, REDUCTIONS[reduction], delta)


@exchanged(aten.huber_loss_backward.default)
def _huber_backward(dz, x, y, reduction, delta):
    return rule(loss_ops.huber_loss, "x", dz=dz, x=x, y=y, reduction=REDUCTIONS[reduction], delta=delta)


@exchanged(aten.binary_cross_entropy.default)
def _binary_cross_entropy(x, y, weight=None, reduction=1):
    return loss_ops.binary_cross_entropy.forward(x, y, weight, REDUCTIONS[reduction])


@exchanged(aten.binary_cross_entropy_backward.default)
def _binary_cross_entropy_backward(dz, x, y, weight=None, reduction=1):
    how = REDUCTIONS[reduction]
    return rule(loss_ops.binary_cross_entropy, "x", dz=dz, x=x, y=y, weight=weight, reduction=how)


@exchanged(aten.logit.default)
def _logit(x, eps=None):
    return ops.log.forward(x) - ops.log1p.forward(-x)  # as in the rule for binary_cross_entropy's targets


@exchanged(aten.binary_cross_entropy_with_logits.default)
def _binary_cross_entropy_with_logits(x, y, weight=None, pos_weight=None, reduction=1):
    weight, pos_weight = (each if each is None else each.astype(x.dtype) for each in (weight, pos_weight))
    loss = called(loss_ops.binary_cross_entropy_with_logits)
    return loss(x, y, weight, pos_weight, REDUCTIONS[reduction])


@exchanged(aten.soft_margin_loss.default)
def _soft_margin(x, y, reduction=1):
    return margin_ops.soft_margin_loss.forward(x, y, REDUCTIONS[reduction])


@exchanged(aten.soft_margin_loss_backward.default)
def _soft_margin_backward(dz, x, y, reduction):
    return rule(margin_ops.soft_margin_loss, "x", dz=dz, x=x, y=y, reduction=REDUCTIONS[reduction])


@exchanged(aten.multi_margin_loss.default)
def _multi_margin(x, y, p=1, margin=1, weight=None, reduction=1):
    return margin_ops.multi_margin_loss.forward(x, y, p, margin, weight, REDUCTIONS[reduction])


@exchanged(aten.multi_margin_loss_backward.default)
def _multi_margin_backward(dz, x, y, p, margin, weight=None, reduction=1):
    how = {"p": p, "margin": margin, "weight": weight, "reduction": REDUCTIONS[reduction]}
    return rule(margin_ops.multi_margin_loss, "x", dz=dz, x=x, y=y, **how)


@exchanged(aten.multilabel_margin_loss_forward.default)
def _multilabel_margin(x, y, reduction):
    labels = np.zeros(y.shape, x.dtype, like=x)  # which classes are labels: the rule needs it not
    return margin_ops.multilabel_margin_loss.forward(x, y, REDUCTIONS[reduction]), labels


@exchanged(aten.multilabel_margin_loss_backward.default)
def _multilabel_margin_backward(dz, x, y, reduction, labels):
    return rule(margin_ops.multilabel_margin_loss, "x", dz=dz, x=x, y=y, reduction=REDUCTIONS[reduction])


def packets(names: Iterable[str]) -> set[Any]:
    """Return the ops with these names, and those that write into their input."""
    return {getattr(aten, each) for name in names for each in (name, name + "_") if hasattr(aten, each)}


EXACT = packets(named("exact") | named("in part"))


def is_exchanged(func: Any, options: dict[str, Any]) -> bool:
    """Say whether minigrad computes an op. x ± y without α is left to torch: it is exact, and torch promotes types."""
    plain = func.overloadpacket in EXACT and not options.get("rounding_mode") and options.get("alpha", 1) == 1
    return func in EXCHANGED and (not plain or func._overloadname == "decimals")


def computed(func: Any, args: Any, options: dict[str, Any]) -> Any:
    """Compute an exchanged op with minigrad's kernel."""
    listed, named = map(array, args), {name: array(value) for name, value in options.items()}
    with np.errstate(all="ignore"):
        result = EXCHANGED[func](*listed, **named)
    if isinstance(result, tuple):
        return tuple(each if each is None else tensor(each) for each in result)
    return result if result is None else tensor(result)


def uncompiled(dispatch: Any) -> Any:
    """Mark a function as not for torch.compile. Otherwise torch loads its compiler first, which takes seconds."""
    dispatch.__dynamo_disable = dispatch
    return dispatch


class SingleKernels(TorchDispatchMode):
    """A mode that sees PyTorch's LSTM and attention as products and functions, never one kernel for a whole layer."""

    SWITCHES = (
        (torch._C._get_mkldnn_enabled, torch._C._set_mkldnn_enabled),
        (torch.backends.cuda.flash_sdp_enabled, torch.backends.cuda.enable_flash_sdp),
        (torch.backends.cuda.mem_efficient_sdp_enabled, torch.backends.cuda.enable_mem_efficient_sdp),
        (torch.backends.cuda.cudnn_sdp_enabled, torch.backends.cuda.enable_cudnn_sdp),
        (torch.backends.mha.get_fastpath_enabled, torch.backends.mha.set_fastpath_enabled),
    )

    def __init__(self) -> None:
        super().__init__()
        self.before: list[list[bool]] = []

    def __enter__(self) -> Any:
        self.before.append([enabled() for enabled, _ in self.SWITCHES])
        for _, enable in self.SWITCHES:
            enable(False)
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        for (_, enable), was in zip(self.SWITCHES, self.before.pop(), strict=True):
            enable(was)


class minigrad_kernels(SingleKernels):
    """A mode in which PyTorch computes with minigrad's kernels, on CPU or GPU. `used` counts the exchanged ops."""

    def __init__(self) -> None:
        super().__init__()
        self.used: Counter[str] = Counter()

    @uncompiled
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one aten op, below autograd: minigrad's if the two libraries round differently, else torch's."""
        kwargs = kwargs or {}
        if is_exchanged(func, kwargs):
            self.used[str(func)] += 1
            return self.exchange(func, args, kwargs)
        if func.overloadpacket in DRAWN:
            return DRAWN[func.overloadpacket](func, args, kwargs)
        if func.namespace in ("profiler", "c10d") or func.overloadpacket in EXACT:
            return func(*args, **kwargs)
        with self:
            result = _apart(func, args, kwargs)
        if result is NotImplemented:
            raise NotImplementedError(
                f"{func} is neither exchanged for a kernel of minigrad nor known to be exact in both libraries"
            )
        return result

    def exchange(self, func: Any, args: Any, options: dict[str, Any]) -> Any:
        """Compute the result in the memory that torch expects. Errors are torch's own."""
        kinds = {x.dtype for x in tree_leaves(args) if isinstance(x, torch.Tensor)}
        if (
            len(kinds) > 1 or not kinds & FLOATS
        ):  # torch refuses mixed dtypes and integers, which NumPy accepts
            _refused(func, args, options)
        for kind in kinds:
            if not hasattr(minigrad, str(kind).removeprefix("torch.")):
                raise NotImplementedError(f"{func} of {kind}: minigrad has no such type")
        if func._schema.is_mutable:
            _refuse_overlap(func, args, options)
        try:
            result = computed(func, args, options)
        except Exception:
            _refused(func, args, options)
            raise
        return args[0].copy_(result) if func._schema.is_mutable and result is not None else result


class minigrad_numbers(TorchDispatchMode):
    """A mode in which PyTorch computes with its own kernels, but draws minigrad's random numbers (draws.py)."""

    @uncompiled
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one aten op: torch's own, unless it draws random numbers."""
        drawn = DRAWN.get(func.overloadpacket)
        return func(*args, **kwargs or {}) if drawn is None else drawn(func, args, kwargs or {})


def numbers_alike() -> AbstractContextManager[Any]:
    """Return a mode in which PyTorch's random numbers are minigrad's. If they are equal anyway, it does nothing."""
    from sidebyside.seeds import differing

    return minigrad_numbers() if differing() else nullcontext()


def _refused(func: Any, args: Any, options: dict[str, Any]) -> None:
    """Run torch's op so that it raises its own error. Its result is ignored."""
    func(*tree_map(lambda x: x.clone() if isinstance(x, torch.Tensor) else x, args), **options)


def _refuse_overlap(func: Any, args: Any, options: dict[str, Any]) -> None:
    """Run torch's op on a copy of the memory if an argument shares it: torch raises its error for an overlap."""
    if not isinstance(args[0], torch.Tensor):  # _fused_sgd_ takes lists
        return
    memory = args[0].untyped_storage()
    if not any(_lies_in(memory, x) for x in args[1:]):
        return
    copy = memory.clone()
    copies = tree_map(
        lambda x: (
            x.new_empty(0).set_(copy, x.storage_offset(), x.shape, x.stride()) if _lies_in(memory, x) else x
        ),
        args,
    )
    func(*copies, **options)


def _lies_in(memory: Any, x: Any) -> bool:
    """Say whether a tensor shows this memory."""
    return isinstance(x, torch.Tensor) and x.untyped_storage().data_ptr() == memory.data_ptr()


def _apart(func: Any, args: Any, options: dict[str, Any]) -> Any:
    """Express an op by others: `_foreach_add(xs, ys)` is add(x, y) for each pair, and composite ops are taken apart."""
    if not func._schema.name.startswith("aten::_foreach_"):
        composite = (
            torch._C.DispatchKey.CompositeImplicitAutograd
        )  # torch's own decomposition, not the one for compilers
        has = torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), composite)
        return func._op_dk(composite, *args, **options) if has else NotImplemented
    name = func._schema.name.removeprefix("aten::_foreach_")
    each = aten.linalg_vector_norm if name == "norm" else getattr(aten, name, None)
    if each is None:  # such as maximum_
        each = lambda x, *rest: x.copy_(getattr(aten, name.removesuffix("_"))(x, *rest))
    count = len(args[0])
    columns = [arg if isinstance(arg, (list, tuple)) else [arg] * count for arg in args]
    # addcmul and addcdiv take their factor by name
    factors = [{"value": value} for value in columns.pop()] if len(args) == 4 else [{}] * count
    rows = zip(zip(*columns, strict=True), factors, strict=True)
    results = [each(*row, **options, **factor) for row, factor in rows]
    return None if func._schema.is_mutable else results
