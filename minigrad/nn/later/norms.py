"""Layer, batch, group, instance and RMS norm, as torch has them at the top.   torch: aten/src/ATen/native/*_norm.cpp

They check their arguments, compute the statistics and call the ops of norm_ops.py. Halves are computed in float32.
"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from minigrad.arrays import dtypes
from minigrad.autograd.base import unwrap, wrap
from minigrad.autograd.grad_mode import THREAD, is_grad_enabled, no_grad
from minigrad.nn.later import norm_ops as ops
from minigrad.tensors.arguments import Dims, tensor_function, type_name
from minigrad.tensors.functions import refuse
from minigrad.tensors.tensor import Tensor

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"]

FLOAT = dtypes.float32


@tensor_function
def layer_norm(
    input: Tensor,
    normalized_shape: Dims,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """layer_norm of nn.functional. cudnn_enable changes nothing here."""
    dim = _last_dims("layer_norm", input, normalized_shape, {"weight": weight, "bias": bias})
    refuse("LayerNormKernelImpl", "iub", input)
    x = _widened(input, weight, bias)
    xhat, rstd, _, _ = THREAD.state.without_warnings(ops.standardized, x.array, dim, eps)
    z = ops.layer_norm(x, weight, bias, xhat, rstd, dim)
    return z if x is input else z.to(input.dtype)


@tensor_function
def rms_norm(
    input: Tensor, normalized_shape: Dims, weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """rms_norm of nn.functional."""
    dim = _last_dims("rms_norm", input, normalized_shape, {"weight": weight})
    refuse("rms_norm", "iub", input)
    x = input.to(FLOAT) if input.dtype == dtypes.float16 else input
    mean = x.pow(2).mean(dim, keepdim=True)
    z = x * (mean + (np.finfo(x.array.dtype).eps.item() if eps is None else eps)).rsqrt()
    return (z if weight is None else z * weight).to(input.dtype)


@tensor_function
def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """batch_norm of nn.functional. cudnn_enabled changes nothing here."""
    running = {"running_mean": running_mean, "running_var": running_var}
    _check_channels(input, running | {"weight": weight, "bias": bias}, training)
    refuse("batch_norm", "iub", input)
    x = _widened(input, weight, bias, running_mean, running_var)
    return _normalized(x, weight, bias, running_mean, running_var, training, momentum, eps).to(input.dtype)


def _normalized(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> Tensor:
    quiet = THREAD.state.without_warnings
    mean, var = unwrap(running_mean), unwrap(running_var)
    if not training:
        return ops.running_norm(x, weight, bias, *map(wrap, quiet(ops.running, x.array, mean, var, eps)))
    xhat, rstd, _ = quiet(ops.batch_statistics, x.array, mean, var, momentum, eps)
    return ops.batch_norm(x, weight, bias, xhat, rstd)


@tensor_function
def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """instance_norm of nn.functional. The samples of a batch become channels of one sample."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError(
            "Expected running_mean and running_var to be defined when use_input_stats is false"
        )
    n, c, *rest = input.shape
    weight, bias, mean, var = (
        each if each is None else each.repeat(n) for each in (weight, bias, running_mean, running_var)
    )
    x = input.reshape(1, n * c, *rest)
    z = batch_norm(x, weight, bias, mean, var, use_input_stats, momentum, eps, cudnn_enabled)
    if use_input_stats:
        with no_grad():
            for running, news in ((running_mean, mean), (running_var, var)):
                if running is not None and news is not None:
                    running.copy_(news.reshape(n, c).mean(0))
    return z.view(n, c, *rest)


@tensor_function
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """group_norm of nn.functional. cudnn_enabled changes nothing here."""
    _check_groups(input, num_groups, {"weight": weight, "bias": bias})
    refuse("GroupNormKernelImpl", "iub", input)
    x = _widened(input, weight, bias)
    seen = x.array.reshape(x.shape[0], num_groups, math.prod(x.shape[1:]) // num_groups)
    xhat, rstd, _, _ = THREAD.state.without_warnings(ops.standardized, seen, (2,), eps)
    return ops.group_norm(x, weight, bias, xhat, rstd).to(input.dtype)


def _widened(input: Tensor, *params: Tensor | None) -> Tensor:
    """The input in the type in which to compute: halves in float32. RuntimeError if a parameter's type does not fit."""
    kind = input.array.dtype
    given = [param.array.dtype for param in params if param is not None]
    if given.count(kind) < len(given):
        if any(each != np.float32 for each in given):
            raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
        if kind != np.float16:
            raise RuntimeError(
                "mixed dtype (CPU): all inputs must share same datatype.\nConvert the input with .float()."
            )
    return input.to(FLOAT) if kind == np.float16 else input


def _last_dims(name: str, input: Tensor, shape: Any, params: dict[str, Tensor | None]) -> tuple[int, ...]:
    """The dimensions over which to normalize, counted from the front. Raises torch's errors."""
    end = input.array.shape[-len(shape) :] if type(shape) is tuple else None
    if shape and end == shape and all(p is None or p.array.shape == end for p in params.values()):
        return _last(input.array.ndim, len(shape))  # the common case
    if not isinstance(shape, (tuple, list)):
        raise TypeError(
            f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not {type_name(shape)}"
            f"\nWrite ({shape},)."
        )
    shape = list(map(int, shape))
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            "normalized_shape = []"
        )
    for kind, param in params.items():
        if param is not None and list(param.shape) != shape:
            raise RuntimeError(
                f"Expected {kind} to be of same shape as normalized_shape, but got {kind} of shape "
                f"{list(param.shape)} and normalized_shape = {shape}"
            )
    x = list(input.shape)
    if x[-len(shape) :] != shape:
        starred = "".join(f", {n}" for n in shape)
        starred = starred if name == "layer_norm" else starred.removeprefix(", ")
        raise RuntimeError(
            f"Given normalized_shape={shape}, expected input with shape [*{starred}], but got input of size{x}"
            "\nnormalized_shape is the end of the input's shape."
        )
    return _last(len(x), len(shape))


@lru_cache
def _last(ndim: int, count: int) -> tuple[int, ...]:
    """The last so many of all dimensions."""
    return tuple(range(ndim - count, ndim))


def _check_channels(input: Tensor, params: dict[str, Tensor | None], training: bool) -> None:
    """Raise torch's RuntimeErrors for parameters and statistics that do not have one number for each channel."""
    count = input.shape[1] if input.ndim > 1 else 0
    for name, param in params.items():
        if param is not None and param.numel() != count:
            raise RuntimeError(
                f"{name} should contain {count} elements not {param.numel()}"
                f"\nThe input has {count} channels, in its dimension 1."
            )
        if param is None and not training and name.startswith("running"):
            raise RuntimeError(f"{name} must be defined in evaluation mode")
    given = [params[name] for name in ("running_mean", "running_var") if params[name] is not None]
    if len(given) == 1:
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    for name in ("running_mean", "running_var"):
        if getattr(params[name], "requires_grad", False) and is_grad_enabled():
            raise RuntimeError(
                f"The function 'native_batch_norm' is not differentiable with respect to argument '{name}'. "
                "This input cannot have requires_grad True."
            )


def _check_groups(input: Tensor, groups: int, params: dict[str, Tensor | None]) -> None:
    if input.ndim < 2:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)")
    if groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {groups}")
    shape, channels = list(input.shape), input.shape[1]
    if channels % groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {shape} and "
            f"num_groups={groups}"
        )
    for name, param in params.items():
        if param is not None and list(param.shape) != [channels]:
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(param.shape)} and input of shape {shape}"
            )
