"""Initial values of weights.   torch: torch/nn/init.py"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import random
from minigrad.autograd.base import wrap
from minigrad.autograd.grad_mode import no_grad
from minigrad.tensors import creation, functions
from minigrad.tensors.arguments import named
from minigrad.tensors.tensor import Tensor

__all__ = [
    "calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye", "eye_", "kaiming_normal", "kaiming_normal_",
    "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones_", "orthogonal", "orthogonal_", "sparse",
    "sparse_", "trunc_normal_", "uniform", "uniform_", "xavier_normal", "xavier_normal_", "xavier_uniform",
    "xavier_uniform_", "zeros_",
]  # fmt: skip

_GAINS = {"linear": 1, "sigmoid": 1, "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 0.75}
_GAINS |= dict.fromkeys((f"conv{way}{n}d" for way in ("", "_transpose") for n in (1, 2, 3)), 1)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which initial weights compensate the smaller standard deviation after a nonlinearity.

    `param` is the slope of leaky_relu. Raises ValueError if the nonlinearity is unknown or the slope is not a number.
    torch: torch.nn.init.calculate_gain.
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        raise ValueError(
            f"Unsupported nonlinearity {nonlinearity}\nUse one of leaky_relu, {', '.join(_GAINS)}."
        )
    return _GAINS[nonlinearity]


def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: random.Generator | None = None
) -> Tensor:
    """Fill with numbers uniform in [a, b). For the same seed they are torch's."""
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: random.Generator | None = None
) -> Tensor:
    """Fill with normal numbers of this mean and standard deviation. For the same seed they are torch's."""
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value."""
    with no_grad():
        return tensor.fill_(val)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with 0."""
    with no_grad():
        return tensor.zero_()


def ones_(tensor: Tensor) -> Tensor:
    """Fill with 1."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """Set a matrix to 1 on the diagonal and 0 elsewhere. A linear layer with this weight returns its input.

    Raises ValueError if the tensor does not have 2 dimensions.
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        return tensor.copy_(creation.eye(*tensor.shape))


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: random.Generator | None = None,
) -> Tensor:
    """Fill with numbers uniform in ±√3·gain/√fan, so that each layer keeps the variance of its input.

    `fan` is the number of inputs (mode "fan_in") or outputs ("fan_out"); gain is calculate_gain(nonlinearity, a). The
    bound is computed in float64 and in torch's order, because its last bit depends on the order. Raises ValueError if
    the tensor has fewer than 2 dimensions or if the mode is unknown. He et al. (2015), arXiv:1502.01852.
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else _uniform_with(tensor, std, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: random.Generator | None = None,
) -> Tensor:
    """Fill with normal numbers of mean 0 and standard deviation gain/√fan. See kaiming_uniform_."""
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0, std, generator)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: random.Generator | None = None) -> Tensor:
    """Fill with uniform numbers of standard deviation gain·√(2/(fan_in + fan_out)). Glorot and Bengio (2010)."""
    return _uniform_with(tensor, _xavier_std(tensor, gain), generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: random.Generator | None = None) -> Tensor:
    """Fill with normal numbers of standard deviation gain·√(2/(fan_in + fan_out))."""
    return normal_(tensor, 0, _xavier_std(tensor, gain), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: random.Generator | None = None) -> Tensor:
    """Fill with gain·Q, whose rows are orthonormal, or its columns if there are fewer. Saxe et al. (2013).

    Q is of the QR decomposition of normal numbers, which for the same seed are torch's. LAPACK computes it: the last
    digits may differ from torch's. All dims but the first count as columns. Raises ValueError for fewer than 2 dims.
    """
    if tensor.ndimension() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    normal = tensor.new_empty((rows, tensor.numel() // rows)).normal_(0, 1, generator=generator).array
    wide = rows < normal.shape[1]
    q, r = np.linalg.qr(normal.T if wide else normal)
    q *= np.sign(np.diagonal(r))  # so that every Q is as likely as any other: Mezzadri (2007)
    with no_grad():
        return tensor.copy_(wrap(q.T if wide else q).view_as(tensor)).mul_(gain)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: random.Generator | None = None,
) -> Tensor:
    """Fill with normal numbers of which those outside [a, b] are drawn again. For the same seed they are torch's.

    Where less than 30 % of normal numbers lie in [a, b], uniform ones are drawn instead, and each is kept with the
    probability that its density has of the highest one in [a, b]: rejection sampling, von Neumann (1951). Warns if the
    mean is more than 2 std outside.
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
            "incorrect.",
            stacklevel=2,
        )
    inside = math.erf((b - mean) / (std * math.sqrt(2))) - math.erf((a - mean) / (std * math.sqrt(2)))
    draw = _normal_or_outside if inside / 2 > 0.3 else _uniform_or_unlikely
    with no_grad():
        drawn, rejected = draw(tensor, mean, std, a, b, generator)
        while rejected.any():
            again, rejected_again = draw(tensor, mean, std, a, b, generator)
            drawn = functions.where(rejected, again, drawn)
            rejected = rejected & rejected_again
        return tensor.copy_(drawn)


def _normal_or_outside(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any
) -> tuple[Tensor, Tensor]:
    """Normal numbers for a tensor, and which of them lie outside [a, b]."""
    z = creation.empty_like(tensor).normal_(mean, std, generator=generator)
    low, high = tensor.new_tensor(a).item(), tensor.new_tensor(b).item()
    return z, (z < low) | (z > high)


def _uniform_or_unlikely(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any
) -> tuple[Tensor, Tensor]:
    """Uniform numbers for a tensor, and which to reject so that what is left has the density of normal ones."""
    z = creation.empty_like(tensor).uniform_(a, b, generator=generator)
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    log_density = ((z - mean) / std) ** 2 * -0.5 - peak
    return z, creation.empty_like(tensor).uniform_(generator=generator).log() > log_density


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the weight of a convolution with 0, but 1 in the middle where output and input channel have one number.

    So the convolution gives as many of its input channels as it has outputs, within each group. Raises ValueError
    unless the weight has 3, 4 or 5 dims and its outputs can be divided among the groups.
    """
    if tensor.ndimension() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    outputs, inputs, *receptive = tensor.shape
    if outputs % groups:
        raise ValueError("dim 0 must be divisible by groups")
    middle = tuple(n // 2 for n in receptive)
    with no_grad():
        tensor.zero_()
        for group in range(groups):
            for channel in range(min(outputs // groups, inputs)):
                tensor[(group * (outputs // groups) + channel, channel, *middle)] = 1
    return tensor


def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: random.Generator | None = None
) -> Tensor:
    """Fill a matrix with normal numbers, and a share `sparsity` of each column with 0. Martens (2010).

    For the same seed they are torch's; the places of the zeros are drawn by the default generator. Raises ValueError
    unless it is a matrix.
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        for column in range(columns):
            zeros = random.default_generator.randperm(rows)[: math.ceil(sparsity * rows)]
            tensor[wrap(zeros), column] = 0
    return tensor


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float | None:
    """Return gain/√fan, or None with a warning if the tensor has no elements."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return None
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode.lower()} not supported, please use one of {modes}")
    fan = _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _xavier_std(tensor: Tensor, gain: float) -> float:
    """Return gain·√(2/(fan_in + fan_out))."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return gain * math.sqrt(2.0 / float(fan_in + fan_out))


def _uniform_with(tensor: Tensor, std: float, generator: random.Generator | None) -> Tensor:
    """Fill with numbers uniform in ±√3·std, whose standard deviation is std."""
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """Return the number of inputs and of outputs of a weight. It has torch's name, because other programs call it."""
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    outputs, inputs, *receptive = tensor.shape
    return inputs * math.prod(receptive), outputs * math.prod(receptive)


def _older(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function under the name that it had without underscore, with torch's warning."""
    later = function.__name__

    def older(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"`nn.init.{later[:-1]}` is now deprecated in favor of `nn.init.{later}`.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    return named(older, later[:-1], f"Deprecated: use {later}.")


uniform, normal, constant, eye = _older(uniform_), _older(normal_), _older(constant_), _older(eye_)
xavier_uniform, xavier_normal = _older(xavier_uniform_), _older(xavier_normal_)
kaiming_uniform, kaiming_normal = _older(kaiming_uniform_), _older(kaiming_normal_)
orthogonal, dirac, sparse = _older(orthogonal_), _older(dirac_), _older(sparse_)
