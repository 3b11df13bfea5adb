"""Mistakes that show at special numbers alone, or in the last digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import minigrad
from benchmarks.wrong_programs.making import Case, kind, matrix, mistake, numbers, one_of, own, side


def small(r: Any, *shape: int) -> Any:
    """Small integers, zeros and ties among them."""
    x = r.integers(-2, 3, shape).astype(kind(r))
    x.flat[0] = 0
    return x


@mistake("at the kink")
def kink(r: Any) -> Case:
    relu = own(lambda x: x.relu(), lambda dz, z, x: dz * (x >= 0).to(x.dtype)), lambda x: x.relu()
    size = (
        own(lambda x: x.abs(), lambda dz, z, x: dz * (2 * (x >= 0).to(x.dtype) - 1)), lambda x: x.abs()
    )  # fmt: skip
    return (*one_of(r, relu, size), [small(r, side(r), side(r))])


@mistake("only at ties")
def tied(r: Any) -> Case:
    x = small(r, side(r), side(r))
    x[:, 0] = x[:, 1] = 3
    rule = lambda dz, z, x: dz.unsqueeze(-1) * (x == z.unsqueeze(-1)).to(x.dtype)
    return own(lambda x: x.amax(1), rule), lambda x: x.amax(1), [x]


@mistake("exp overflowed: subtract the row's maximum")
def no_max_shift(r: Any) -> Case:
    x = matrix(r)
    x.flat[r.integers(x.size)] = 95 if x.dtype == np.float32 else 750
    return lambda x: x.exp() / x.exp().sum(1, keepdim=True), lambda x: x.softmax(1), [x]


@mistake("float32")
def float32(r: Any) -> Case:
    x = numbers(r, side(r), side(r), dtype="float64")
    f = one_of(r, lambda x: x.float().exp().double(), lambda x: x.float().double().exp())
    return f, lambda x: x.exp(), [x]


@mistake("the log of a softmax")
def log_of_softmax(r: Any) -> Case:
    x = numbers(r, 100, side(r))
    x[:, 0] += np.asarray(12, x.dtype)
    return lambda x: x.softmax(1).log(), lambda x: x.log_softmax(1), [x]


@mistake("log_softmax takes the log without the exp")
def log_of_softmax_underflows(r: Any) -> Case:
    x = matrix(r)
    x[0, 0] = -120 if x.dtype == np.float32 else -800
    return lambda x: x.softmax(1).log(), lambda x: x.log_softmax(1), [x]


@mistake("negative: it is 10 times")
def slope(r: Any) -> Case:
    leaky = lambda x, slope: (x > 0).to(x.dtype) + slope * (x <= 0).to(x.dtype)
    F = minigrad.nn.functional
    return (
        own(F.leaky_relu, lambda dz, z, x: dz * leaky(x, 0.1)), torch.nn.functional.leaky_relu, [numbers(r, 6, side(r))]
    )  # fmt: skip
