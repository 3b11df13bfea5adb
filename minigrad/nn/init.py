"""How weights begin.   torch: torch/nn/init.py"""

from __future__ import annotations

import math
import warnings
from typing import Any

from minigrad import random
from minigrad.tensor import Tensor


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """How much a nonlinearity shrinks its input's spread: what an initialisation makes up for."""
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    gains = {"linear": 1, "sigmoid": 1, "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 0.75}
    if nonlinearity not in gains:
        raise ValueError(
            f"Unsupported nonlinearity {nonlinearity}\nKnown are leaky_relu, {', '.join(gains)}."
        )
    return gains[nonlinearity]


def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: random.Generator | None = None
) -> Tensor:
    """Fill with numbers uniform on [a, b): torch's for the same seed."""
    return _fill(
        tensor, (generator or random.default_generator).uniform(tensor.array.shape, a, b, tensor.array.dtype)
    )


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: random.Generator | None = None
) -> Tensor:
    """Fill with normal numbers of this mean and standard deviation: torch's for the same seed."""
    return _fill(
        tensor,
        (generator or random.default_generator).normal(tensor.array.shape, mean, std, tensor.array.dtype),
    )


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value."""
    return _fill(tensor, val)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with 0."""
    return _fill(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with 1."""
    return _fill(tensor, 1)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: random.Generator | None = None,
) -> Tensor:
    """Uniform on ±√3·gain/√fan: keeps the spread of what passes through (He et al. 2015, arXiv:1502.01852).

    The bound is worked out in float64 in torch's order, on which its last bit depends.
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
    """Normal with standard deviation gain/√fan."""
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0, std, generator)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: random.Generator | None = None) -> Tensor:
    """Uniform with standard deviation gain·√(2/(fan_in + fan_out)) (Glorot and Bengio 2010)."""
    return _uniform_with(tensor, _xavier_std(tensor, gain), generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: random.Generator | None = None) -> Tensor:
    """Normal with standard deviation gain·√(2/(fan_in + fan_out))."""
    return normal_(tensor, 0, _xavier_std(tensor, gain), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float | None:
    if 0 in tensor.array.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return None
    modes = ["fan_in", "fan_out"]
    if mode not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return calculate_gain(nonlinearity, a) / math.sqrt(calculate_fans(tensor)[modes.index(mode)])


def _xavier_std(tensor: Tensor, gain: float) -> float:
    fan_in, fan_out = calculate_fans(tensor)
    return gain * math.sqrt(2.0 / float(fan_in + fan_out))


def _uniform_with(tensor: Tensor, std: float, generator: random.Generator | None) -> Tensor:
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def calculate_fans(tensor: Tensor) -> tuple[int, int]:
    """The number of inputs and outputs that a weight connects."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    receptive = math.prod(tensor.array.shape[2:])
    return tensor.array.shape[1] * receptive, tensor.array.shape[0] * receptive


def _fill(tensor: Tensor, values: Any) -> Tensor:
    tensor.array[...] = values
    tensor.version[0] += 1
    return tensor
