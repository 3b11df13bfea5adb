"""A factor, a term or the chain rule is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.wrong_programs.making import (
    Case,
    kind,
    matrix,
    mistake,
    mse,
    numbers,
    one_of,
    own,
    positive,
    side,
)


@mistake("the mean's division by N is forgotten")
def mean_forgotten(r: Any) -> Case:
    rows = own(lambda x: x.mean(0), lambda dz, z, x: dz + 0 * x), lambda x: x.mean(0)
    return (
        *one_of(r, (own(mse, lambda dz, z, x: 2 * x * dz), mse), rows),
        [numbers(r, side(r, 3), side(r, 3))],
    )


@mistake("divided by N once too often")
def mean_twice(r: Any) -> Case:
    rule = lambda dz, z, x: 2 * x * dz / x.numel() ** 2
    total = (
        own(lambda x: x.sum(1), lambda dz, z, x: (dz / x.shape[1]).unsqueeze(1) + 0 * x),
        lambda x: x.sum(1),
    )
    return (*one_of(r, (own(mse, rule), mse), total), [numbers(r, side(r, 3), side(r, 3))])


@mistake("the sign is wrong")
def sign(r: Any) -> Case:
    minus = own(lambda x: -x, lambda dz, z, x: dz), lambda x: -x
    cosine = own(lambda x: x.cos(), lambda dz, z, x: dz * x.sin()), lambda x: x.cos()
    return (*one_of(r, minus, cosine), [matrix(r)])


@mistake("1.5 times the right one")
def some_factor(r: Any) -> Case:
    return own(lambda x: x * x, lambda dz, z, x: 3 * x * dz), lambda x: x * x, [matrix(r)]


@mistake("accumulated twice")
def twice(r: Any) -> Case:
    return own(lambda x: x.exp(), lambda dz, z, x: dz * z + dz * z), lambda x: x.exp(), [matrix(r)]


@mistake("one of two uses")
def once(r: Any) -> Case:
    return own(lambda x: x * x, lambda dz, z, x: dz * x), lambda x: x * x, [matrix(r)]


@mistake("dz is ignored")
def dz_ignored(r: Any) -> Case:
    power = own(lambda x: x**3, lambda dz, z, x: 3 * x * x), lambda x: x**3
    mean = own(lambda x: x.sum(), lambda dz, z, x: 0 * x + 1), lambda x: x.sum()
    return (*one_of(r, power, mean), [matrix(r)])


@mistake("dz is passed on unchanged")
def derivative_forgotten(r: Any) -> Case:
    f = one_of(r, "tanh", "exp", "sin")
    return own(lambda x: getattr(x, f)(), lambda dz, z, x: dz + 0), lambda x: getattr(x, f)(), [matrix(r)]


@mistake("minigrad has none")
def missing(r: Any) -> Case:
    x = matrix(r)
    return lambda x, y: x * y.detach(), torch.mul, [x, numbers(r, *x.shape, dtype=x.dtype)]


@mistake("it is 0 everywhere")
def zero(r: Any) -> Case:
    return own(lambda x: x.exp(), lambda dz, z, x: 0 * x), lambda x: x.exp(), [matrix(r)]


@mistake("a factor y is missing")
def factor_missing(r: Any) -> Case:
    dtype = kind(r)
    return (
        own(lambda x, y: x * y * y, lambda dz, z, x, y: (dz * y, 2 * dz * x * y)), lambda x, y: x * y * y,
        [numbers(r, 3, side(r), dtype=dtype), numbers(r, 3, 1, dtype=dtype)],
    )  # fmt: skip


@mistake("multiplied by x where it should be divided")
def multiplied_for_divided(r: Any) -> Case:
    x = abs(matrix(r)) + np.float32(0.5)
    return own(lambda x: x.log(), lambda dz, z, x: dz * x), lambda x: x.log(), [x]


@mistake("dz is multiplied in twice")
def dz_twice(r: Any) -> Case:
    return own(lambda x: x.exp(), lambda dz, z, x: dz * dz * z), lambda x: x.exp(), [matrix(r)]


@mistake("the term dz is missing")
def residual_forgotten(r: Any) -> Case:
    return (
        own(lambda x: x + x.tanh(), lambda dz, z, x: dz * (1 - x.tanh() ** 2)),
        lambda x: x + x.tanh(),
        [matrix(r)],
    )


@mistake("is there once too often")
def x_for_its_sign(r: Any) -> Case:
    return own(lambda x: x.abs(), lambda dz, z, x: dz * x), lambda x: x.abs(), [numbers(r, 4, side(r))]


@mistake("divided by N for N - 1")
def n_for_n_minus_1(r: Any) -> Case:
    rule = lambda dz, z, x: 2 * dz * (x - x.mean()) / x.numel()
    return own(lambda x: x.var(), rule), lambda x: x.var(), [matrix(r)]


@mistake("log2 and exp or log are mixed up")
def another_base(r: Any) -> Case:
    x = positive(r)
    return (*one_of(
        r, (own(lambda x: x.log2(), lambda dz, z, x: dz / x), lambda x: x.log2()),
        (own(lambda x: x.exp2(), lambda dz, z, x: dz * z), lambda x: x.exp2()),
    ), [x])  # fmt: skip


@mistake("degrees and radians are mixed up")
def degrees(r: Any) -> Case:
    sine = lambda x: (x * 0.017453292519943295).sin()
    return own(sine, lambda dz, z, x: dz * (x * 0.017453292519943295).cos()), sine, [matrix(r)]


@mistake("where it should be divided by")
def another_count(r: Any) -> Case:
    n, m = one_of(r, (3, 5), (5, 3), (4, 7), (7, 4))
    return (
        own(lambda x: x.mean(1), lambda dz, z, x: dz.unsqueeze(1) / x.shape[0] + 0 * x), lambda x: x.mean(1),
        [numbers(r, n, m)],
    )  # fmt: skip


@mistake("a factor 2·x is missing")
def inner_derivative_forgotten(r: Any) -> Case:
    return (
        own(lambda x: (x * x).sin(), lambda dz, z, x: dz * (x * x).cos()), lambda x: (x * x).sin(), [matrix(r)]
    )  # fmt: skip


@mistake("the term dz·x·cos(x) is missing")
def product_rule_forgotten(r: Any) -> Case:
    return own(lambda x: x * x.sin(), lambda dz, z, x: dz * x.sin()), lambda x: x * x.sin(), [matrix(r)]


@mistake("·x is too much")
def weight_decay(r: Any) -> Case:
    share = float(one_of(r, 0.01, 0.1, 0.5))
    return (
        own(lambda x: x.sin(), lambda dz, z, x: dz * x.cos() + share * x), lambda x: x.sin(),
        [numbers(r, side(r), side(r))],
    )  # fmt: skip


@mistake("the right one + 1 everywhere")
def one_added(r: Any) -> Case:
    return own(lambda x: x.sin(), lambda dz, z, x: dz * x.cos() + 1), lambda x: x.sin(), [matrix(r)]


@mistake("the term dz is missing")
def term_of_a_sum_forgotten(r: Any) -> Case:
    f = lambda x: (x * x.log()).sum()
    return own(f, lambda dz, z, x: dz * x.log()), f, [positive(r)]
