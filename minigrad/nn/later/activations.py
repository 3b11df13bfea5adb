"""Activations, as torch has them at the top.   torch: aten/src/ATen/native/Activation.cpp"""

# mypy: disable-error-code=untyped-decorator
from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad import random
from minigrad.arrays import device as devices
from minigrad.arrays import kernels
from minigrad.nn.activation_functions import activated
from minigrad.nn.activation_ops import leaky_relu
from minigrad.nn.later import activation_ops as ops
from minigrad.tensors.arguments import Number, generator_of, tensor_function
from minigrad.tensors.functions import refuse
from minigrad.tensors.inplace import change
from minigrad.tensors.tensor import Tensor

__all__ = [
    "celu", "celu_", "hardshrink", "prelu", "rrelu", "rrelu_", "selu", "selu_", "threshold", "threshold_",
]  # fmt: skip

SELU = (
    1.6732632423543772848170429916717,
    1.0507009873554804934193349852946,
    1.0,
)  # α, and the factors of z and x
leaky = leaky_relu.named("RreluWithNoiseBackward0")


@tensor_function
def selu(input: Tensor) -> Tensor:
    """s·x where x > 0, else s·α·(eˣ - 1): mean 0 and variance 1 stay what they are. torch: torch.selu."""
    return activated(ops.scaled_elu, "elu_cpu", input, False, *SELU)


@tensor_function
def selu_(input: Tensor) -> Tensor:
    """selu, in the input's own memory."""
    return activated(ops.scaled_elu, "elu_cpu", input, True, *SELU)


@tensor_function
def celu(input: Tensor, alpha: Number = 1.0) -> Tensor:
    """x where x > 0, else α·(exp(x/α) - 1). Raises RuntimeError for α = 0. torch: torch.celu."""
    return _celu(input, alpha, False)


@tensor_function
def celu_(input: Tensor, alpha: Number = 1.0) -> Tensor:
    """celu, in the input's own memory."""
    return _celu(input, alpha, True)


def _celu(input: Tensor, alpha: Any, inplace: bool) -> Tensor:
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return activated(ops.celu, "elu_cpu", input, inplace, alpha, 1.0, 1.0 / alpha)


@tensor_function
def threshold(input: Tensor, threshold: Number, value: Number) -> Tensor:
    """x where x > threshold, else value. Raises NotImplementedError for bools. torch: torch.threshold."""
    refuse("threshold_cpu", "b", input)
    return ops.threshold(input, threshold, value)


@tensor_function
def threshold_(input: Tensor, threshold: Number, value: Number) -> Tensor:
    """threshold, in the input's own memory."""
    refuse("threshold_cpu", "b", input)
    return change(input, ops.threshold, threshold, value)


@tensor_function
def hardshrink(input: Tensor, lambd: Number = 0.5) -> Tensor:
    """x where |x| > lambd, else 0. torch: torch.hardshrink."""
    return activated(ops.hardshrink, "hardshrink_cpu", input, False, lambd)


@tensor_function
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where x > 0, else w·x, with one w or one for each channel, the second dimension.

    Raises RuntimeError for a weight of another size or type. torch: torch.prelu.
    """
    _check_prelu(input, weight)
    if input.ndim != weight.ndim:
        weight = weight.reshape([-1 if d == 1 else 1 for d in range(input.ndim)])
    refuse("prelu_cpu", "iub", input)
    return ops.prelu(input, weight)


def _check_prelu(input: Tensor, weight: Tensor) -> None:
    if input.dtype != weight.dtype:
        kinds = f"{input.dtype.scalar_name} and {weight.dtype.scalar_name}"
        raise RuntimeError(f"prelu: Type promoting not supported. Got {kinds}\nConvert one of them.")
    if weight.numel() != 1:
        if not input.ndim:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = input.shape[1] if input.ndim > 1 else 1
        if channels != weight.numel():
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight.numel()} and channel size = {channels}."
            )
    if weight.ndim > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}"
        )


@tensor_function
def rrelu(
    input: Tensor, lower: Number = 1 / 8, upper: Number = 1 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """x where x > 0, else r·x: r uniform in [lower, upper) while training, else their mean.

    Raises RuntimeError unless lower <= upper, both finite. torch: torch.rrelu, the same draws for the same seed.
    """
    return _rrelu(input, lower, upper, training, generator, False)


@tensor_function
def rrelu_(
    input: Tensor, lower: Number = 1 / 8, upper: Number = 1 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """rrelu, in the input's own memory."""
    return _rrelu(input, lower, upper, training, generator, True)


def _rrelu(input: Tensor, lower: Any, upper: Any, training: bool, generator: Any, inplace: bool) -> Tensor:
    for name, bound in (("lower", lower), ("upper", upper)):
        if not math.isfinite(bound):
            raise RuntimeError(f"rrelu: {name} bound must be finite, got {bound}")
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return activated(leaky, "leaky_relu_cpu", input, inplace, (lower + upper) / 2)
    refuse("rrelu_with_noise_out_cpu", "iub", input)
    noise = _noise(input, lower, upper, generator_of("rrelu", generator))
    return activated(ops.rrelu, "", input, inplace, noise)


def _noise(input: Tensor, lower: float, upper: float, generator: random.Generator) -> Any:
    """1 where x > 0, else a number that is drawn in float64, as torch draws it."""
    negative = input.array <= 0
    noise = kernels.ones(input.array, negative.shape)
    drawn = generator.uniform((int(negative.sum()),), lower, upper, np.float64)
    noise[negative] = devices.move(drawn.astype(noise.dtype), input.device)
    return noise
