"""Dropout of whole channels, and dropout that keeps mean and variance.   torch: aten/src/ATen/native/Dropout.cpp"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from minigrad import random
from minigrad.arrays import device as devices
from minigrad.autograd.base import Array, wrap
from minigrad.ops import add, mul
from minigrad.tensors.inplace import change
from minigrad.tensors.tensor import Tensor

__all__ = ["alpha_dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]

ALPHA = 1.7580993408473766  # where SELU ends on the left, but for its sign


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While training, each channel of (N, C, L) or (C, L) is 0 with probability p, else x/(1 - p).

    Raises ValueError for p outside [0, 1], RuntimeError for other shapes. torch: torch.nn.functional.dropout1d.
    """
    _check_p(p)
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d exists to "
            "provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional "
            "batch dimension (i.e. 2D or 3D inputs)."
        )
    if input.dim() == 3:
        return _feature_dropout(input, p, training, inplace)
    if inplace:  # a sample without a batch: the channels come first
        _feature_dropout(input.unsqueeze(0), p, training, True)
        return input
    return _feature_dropout(input.unsqueeze(0), p, training, False).squeeze(0)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While training, each channel of (N, C, H, W) is 0 with probability p, else x/(1 - p).

    As in torch, three dimensions are (N, C, L), with a warning. torch: torch.nn.functional.dropout2d.
    """
    _check_p(p)
    _warn_of_shape(input, "dropout2d", (3, 4), "2 spatial dimensions")
    if input.dim() == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired "
            "- input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a "
            "future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain "
            "the 1D channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _feature_dropout(input, p, training, inplace)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While training, each channel of (N, C, D, H, W) is 0 with probability p, else x/(1 - p)."""
    _check_p(p)
    _warn_of_shape(input, "dropout3d", (4, 5), "3 spatial dimensions")
    if input.dim() != 4:
        return _feature_dropout(input, p, training, inplace)
    if inplace:
        _feature_dropout(input.unsqueeze(0), p, training, True)
        return input
    return _feature_dropout(input.unsqueeze(0), p, training, False).squeeze(0)


def _warn_of_shape(input: Tensor, name: str, dims: tuple[int, int], spatial: str) -> None:
    n = input.dim()
    if n not in dims:
        shapes = " or ".join(f"{each}D" for each in dims)
        warnings.warn(
            f"{name}: Received a {n}-D input to {name}, which is deprecated and will result in an error in a future "
            "release. To retain the behavior and silence this warning, please use dropout instead. Note that "
            f"{name} exists to provide channel-wise dropout on inputs with {spatial}, a channel dimension, and an "
            f"optional batch dimension (i.e. {shapes} inputs).",
            stacklevel=3,
        )


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """While training, each element is SELU's lower end with probability p; mean 0 and variance 1 stay what they are."""
    _check_p(p)
    return _alpha_dropout(input, p, training, inplace, input.shape)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """alpha_dropout of whole channels. torch: torch.nn.functional.feature_alpha_dropout."""
    _check_p(p)
    return _alpha_dropout(input, p, training, inplace, _channels(input) if training and 0 < p < 1 else ())


def _check_p(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _channels(input: Tensor) -> tuple[int, ...]:
    """A shape with a number for each channel of each sample."""
    if input.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return (*input.shape[:2], *(1,) * (input.ndim - 2))


def _kept(input: Tensor, shape: Sequence[int], p: float) -> Array:
    """1 for what is kept and 0 for what falls: torch's draws for the same seed."""
    if input.array.dtype.kind != "f":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {input.dtype.scalar_name}\n"
            "Convert the input with .float()."
        )
    drawn = random.default_generator.bernoulli(tuple(shape), 1 - p).astype(input.array.dtype)
    kept: Array = devices.move(drawn, input.device)
    return kept


def _changed(input: Tensor, op: Any, value: Any, inplace: bool) -> Tensor:
    given = wrap(value)  # a Tensor, so that the gradient can be differentiated again
    changed: Tensor = change(input, op, given) if inplace else op(input, given)
    return changed


def _feature_dropout(input: Tensor, p: float, training: bool, inplace: bool) -> Tensor:
    if p == 0 or not training or not input.numel():
        return input
    if p == 1:
        return _changed(input, mul, np.zeros((), input.array.dtype, like=input.array), inplace)
    return _changed(input, mul, _kept(input, _channels(input), p) / input.array.dtype.type(1 - p), inplace)


def _alpha_dropout(input: Tensor, p: float, training: bool, inplace: bool, shape: Sequence[int]) -> Tensor:
    """x·a where it is kept, else -α·a; and then everything is moved so that the mean stays 0."""
    if p == 0 or not training or not input.numel():
        return input
    if p == 1:
        return _changed(input, mul, np.zeros((), input.array.dtype, like=input.array), inplace)
    kept, number = _kept(input, shape, p), input.array.dtype.type
    a = 1.0 / math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p))
    b = (kept - number(1)) * number(ALPHA * a) + number(ALPHA * a * p)
    return _changed(_changed(input, mul, kept * number(a), inplace), add, b, inplace)
