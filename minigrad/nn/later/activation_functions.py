"""Activations of fewer programs, as functions of tensors.   torch: torch/nn/functional.py"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from minigrad.nn import activation_functions, activation_ops
from minigrad.nn.activation_functions import activated
from minigrad.nn.activations import implicit_dim
from minigrad.nn.later import activation_ops as ops
from minigrad.nn.later import activations
from minigrad.nn.later.activations import celu_, hardshrink, prelu, rrelu_, selu_, threshold_
from minigrad.tensors import creation
from minigrad.tensors.arguments import Number, one_dim, tensor_function
from minigrad.tensors.functions import refuse
from minigrad.tensors.tensor import Tensor

__all__ = [
    "celu", "celu_", "elu_", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish", "hardtanh_",
    "leaky_relu_", "mish", "prelu", "rrelu", "rrelu_", "selu", "selu_", "softmin", "softshrink", "softsign",
    "tanhshrink", "threshold", "threshold_",
]  # fmt: skip


@tensor_function
def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x·tanh(log(1 + eˣ)). torch: torch.nn.functional.mish."""
    return activated(ops.mish, "mish_cpu", input, inplace)


@tensor_function
def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x·min(max(x + 3, 0), 6)/6: nearly silu, without exp. torch: torch.nn.functional.hardswish."""
    return activated(ops.hardswish, "hardswish_cpu", input, inplace)


@tensor_function
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x + 3, 0), 6)/6: nearly a sigmoid, without exp. torch: torch.nn.functional.hardsigmoid."""
    return activated(ops.hardsigmoid, "hardsigmoid_cpu", input, inplace)


@tensor_function
def softshrink(input: Tensor, lambd: Number = 0.5) -> Tensor:
    """x, brought nearer to 0 by lambd, or to 0. Raises RuntimeError for a negative lambd.

    torch: torch.nn.functional.softshrink.
    """
    refuse("softshrink_check", "iub", input)
    most = np.finfo(input.array.dtype).max
    if not 0 <= lambd <= most:
        raise RuntimeError(
            f"lambda must be in range [0, {most:g}] for input dtype {input.dtype.scalar_name}, but found {lambd:g}"
        )
    return ops.softshrink(input, lambd)


def softsign(input: Tensor) -> Tensor:
    """x/(|x| + 1). torch: torch.nn.functional.softsign."""
    return input / (input.abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh x. torch: torch.nn.functional.tanhshrink."""
    return input - input.tanh()


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """s·x where x > 0, else s·α·(eˣ - 1): mean 0 and variance 1 stay what they are.

    torch: torch.nn.functional.selu.
    """
    return selu_(input) if inplace else activations.selu(input)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, else α·(exp(x/α) - 1). Raises RuntimeError for α = 0. torch: torch.nn.functional.celu."""
    return celu_(input, alpha) if inplace else activations.celu(input, alpha)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where x > threshold, else value. Raises NotImplementedError for bools. torch: torch.nn.functional.threshold."""
    change = threshold_ if inplace else activations.threshold
    return change(input, threshold, value)


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """x where x > 0, else r·x: r uniform in [lower, upper) while training, else their mean.

    Raises RuntimeError unless lower <= upper, both finite. torch: torch.nn.functional.rrelu.
    """
    change = rrelu_ if inplace else activations.rrelu
    return change(input, lower, upper, training)


@tensor_function
def elu_(input: Tensor, alpha: Number = 1.0) -> Tensor:
    """elu, in the input's own memory."""
    return activated(activation_ops.elu, "elu_cpu", input, True, alpha)


@tensor_function
def leaky_relu_(input: Tensor, negative_slope: Number = 0.01) -> Tensor:
    """leaky_relu, in the input's own memory."""
    return activated(activation_ops.leaky_relu, "leaky_relu_cpu", input, True, negative_slope)


@tensor_function
def hardtanh_(input: Tensor, min_val: Number = -1.0, max_val: Number = 1.0) -> Tensor:
    """hardtanh, in the input's own memory."""
    return activation_functions.hardtanh(input, min_val, max_val, True)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a·σ(b), a and b the halves of x along dim: the gated linear unit. torch: torch.nn.functional.glu.

    Raises RuntimeError for an odd number of elements along dim, or for a 0-d tensor.
    """
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    return _glu(input, dim)


@tensor_function
def _glu(input: Tensor, dim: int) -> Tensor:
    axis = one_dim(dim, input.ndim)
    if input.shape[axis] % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {axis} is size {input.shape[axis]}"
        )
    refuse("glu_cpu", "iub", input)
    return ops.glu(input, axis)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """e⁻ˣ / Σ e⁻ˣ along dim. torch: torch.nn.functional.softmin."""
    return (-input).softmax(implicit_dim("softmin", input.ndim) if dim is None else dim, dtype=dtype)


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """softmax((x + g)/τ), g random: the greatest element is each one with the probability softmax(x).

    With `hard` the result is 1 there, else 0; its gradient is that of the softmax.
    torch: torch.nn.functional.gumbel_softmax.
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    g = -creation.empty_like(logits).exponential_().log()
    soft = ((logits + g) / tau).softmax(dim)
    if not hard:
        return soft
    place = soft.max(dim, keepdim=True).indices
    return creation.zeros_like(logits).scatter_(dim, place, 1.0) - soft.detach() + soft
