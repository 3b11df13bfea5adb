"""Layer, batch, group, instance and RMS norm, as nn.functional has them.   torch: torch/nn/functional.py

norms.py has them as torch has them at the top: it checks the arguments further, and calls the ops of norm_ops.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minigrad.nn.later import norms
from minigrad.nn.later.pad_functions import pad
from minigrad.nn.later.pool_functions import avg_pool2d
from minigrad.tensors.tensor import Tensor

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"]


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - μ)/√(v + ε)·w + b, with mean μ and biased variance v over the last dimensions, which are normalized_shape.

    weight and bias have that shape. Raises RuntimeError for shapes or types that do not fit, NotImplementedError for
    integers. torch: torch.nn.functional.layer_norm.
    """
    return norms.layer_norm(input, normalized_shape, weight, bias, eps)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """x/√(mean(x²) + ε)·w, the mean over the last dimensions, which are normalized_shape. ε: by default the type's eps.

    Raises RuntimeError for shapes that do not fit, NotImplementedError for integers.
    torch: torch.nn.functional.rms_norm.
    """
    return norms.rms_norm(input, normalized_shape, weight, eps)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - μ)/√(v + ε)·w + b, with a mean μ and a variance v for each channel; x is (N, C, *).

    In training, μ and v are the batch's, v the biased variance, and the running statistics move towards μ and the
    unbiased variance by the part `momentum`. Otherwise μ and v are the running statistics.
    Raises ValueError for one value per channel in training, RuntimeError for shapes or types that do not fit.
    torch: torch.nn.functional.batch_norm.
    """
    if training:
        _check_size(input.size(), input.size())
    if training and eps <= 0.0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if eps < 0.0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    return norms.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, True)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """batch_norm with statistics for each channel of each sample; x is (N, C, *). Running statistics are means over N.

    Raises ValueError for one number in a channel, RuntimeError as batch_norm.
    torch: torch.nn.functional.instance_norm.
    """
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.size()}")
    return norms.instance_norm(
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, True
    )


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - μ)/√(v + ε)·w + b, with mean and biased variance of each group of channels of each sample; x is (N, C, *).

    weight and bias have a number for each channel. Raises RuntimeError if num_groups does not divide C, or for shapes
    and types that do not fit. torch: torch.nn.functional.group_norm.
    """
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    n, c, *rest = input.shape
    size = [n * c // num_groups, num_groups, *rest]
    _check_size(size, size)
    return norms.group_norm(input, num_groups, weight, bias, eps)


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """x/(k + α·m)^β, m the mean of x² over `size` channels around, 0 beyond the first and the last; x is (N, C, *).

    Krizhevsky et al. (2012). Raises ValueError for fewer than 3 dims. torch: torch.nn.functional.local_response_norm.
    """
    if input.dim() < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {input.dim()} dimensions)"
        )
    if input.numel() == 0:
        return input
    n, channels = input.shape[:2]
    squares = pad((input * input).reshape(n, 1, channels, -1), (0, 0, size // 2, (size - 1) // 2))
    means = avg_pool2d(squares, (size, 1), stride=1).reshape(input.shape)
    return input / (means * alpha + k) ** beta


def _check_size(size: Sequence[int], shown: Any) -> None:
    """Raise ValueError if a channel has a single value: it would become 0."""
    if math.prod((size[0], *size[2:])) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {shown}")
