"""Rules that are nearly right: of tanh, softmax, cross-entropy, layer norm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

import minigrad
from benchmarks.wrong_programs.making import Case, kind, matrix, mistake, numbers, one_of, own, side


@mistake("is used for the output z")
def input_for_output(r: Any) -> Case:
    f, rule = one_of(
        r, ("tanh", lambda dz, v: dz * (1 - v * v)), ("sigmoid", lambda dz, v: dz * v * (1 - v)),
        ("exp", lambda dz, v: dz * v),
    )  # fmt: skip
    return (
        own(lambda x: getattr(x, f)(), lambda dz, z, x: rule(dz, x)),
        lambda x: getattr(x, f)(),
        [matrix(r)],
    )


@mistake("is used for the output z")
def input_for_output_in_softmax(r: Any) -> Case:
    rule = lambda dz, z, x: x * (dz - (dz * x).sum(1, keepdim=True))
    return own(lambda x: x.softmax(1), rule), lambda x: x.softmax(1), [matrix(r)]


@mistake("is used for the input")
def output_for_input(r: Any) -> Case:
    return own(lambda x: x.sin(), lambda dz, z, x: dz * z.cos()), lambda x: x.sin(), [matrix(r)]


@mistake("diagonal of softmax's Jacobian")
def softmax_diagonal(r: Any) -> Case:
    return (
        own(lambda x: x.softmax(1), lambda dz, z, x: dz * z * (1 - z)),
        lambda x: x.softmax(1),
        [numbers(r, side(r), side(r, 3))],
    )


@mistake("is missing in the rule of softmax")
def softmax_sum_forgotten(r: Any) -> Case:
    rule = one_of(r, lambda dz, z, x: dz * z, lambda dz, z, x: dz - (dz * z).sum(1, keepdim=True))
    return own(lambda x: x.softmax(1), rule), lambda x: x.softmax(1), [matrix(r)]


@mistake("log_softmax")
def log_softmax_part_forgotten(r: Any) -> Case:
    rule = one_of(
        r, lambda dz, z, x: dz - z.exp(), lambda dz, z, x: dz * (1 - z.exp()),
        lambda dz, z, x: dz - z * dz.sum(1, keepdim=True),
    )  # fmt: skip
    return own(lambda x: x.log_softmax(1), rule), lambda x: x.log_softmax(1), [matrix(r)]


def cross_entropy(r: Any, rule: Callable[..., Any]) -> Case:
    """Cross-entropy with p - y by this rule of dz, p, y and N."""
    n, c = side(r), side(r, 3)
    F = minigrad.nn.functional
    return (
        own(F.cross_entropy, lambda dz, z, x, y: (rule(dz, x.softmax(1), F.one_hot(y, c), n), None)),
        torch.nn.functional.cross_entropy, [numbers(r, n, c), r.integers(0, c, n)],
    )  # fmt: skip


@mistake("one-hot labels are not subtracted")
def one_hot_forgotten(r: Any) -> Case:
    return cross_entropy(r, one_of(r, lambda dz, p, y, n: dz * p / n, lambda dz, p, y, n: dz * p))


@mistake("the mean's division by N is forgotten")
def cross_entropy_without_mean(r: Any) -> Case:
    return cross_entropy(r, lambda dz, p, y, n: dz * (p - y))


@mistake("the sign is wrong")
def labels_minus_p(r: Any) -> Case:
    return cross_entropy(r, lambda dz, p, y, n: dz * (y - p) / n)


@mistake("'s rule, dz·")
def part_of_a_rule_forgotten(r: Any) -> Case:
    f, rule = one_of(
        r, ("tanh", lambda dz, z, x: dz * (1 - z)), ("tanh", lambda dz, z, x: dz * z * z),
        ("sigmoid", lambda dz, z, x: dz * z), ("sigmoid", lambda dz, z, x: dz * (1 - z)),
    )  # fmt: skip
    return own(lambda x: getattr(x, f)(), rule), lambda x: getattr(x, f)(), [matrix(r)]


@mistake("taken for ")
def normalisation(r: Any) -> Case:
    centred = lambda x: x - x.mean(1, keepdim=True)
    norm = lambda x: centred(x) / (centred(x) ** 2).mean(1, keepdim=True).sqrt()
    scale = lambda x: (centred(x) ** 2).mean(1, keepdim=True).sqrt()
    rule = one_of(r, lambda dz, z, x: dz / scale(x), lambda dz, z, x: centred(dz) / scale(x))
    return own(norm, rule), norm, [numbers(r, side(r), side(r, 3))]


@mistake("is not subtracted")
def target_forgotten(r: Any) -> Case:
    F, n = minigrad.nn.functional, side(r)
    rule = lambda dz, z, p, y: (2 * dz * p / p.numel(), -2 * dz * (p - y) / p.numel())
    dtype = kind(r)
    return own(F.mse_loss, rule), torch.nn.functional.mse_loss, [numbers(r, n, 3, dtype=dtype) for _ in "py"]


@mistake("x.mean() is not subtracted")
def mean_not_subtracted(r: Any) -> Case:
    rule = lambda dz, z, x: 2 * dz * x / (x.numel() - 1)
    return own(lambda x: x.var(), rule), lambda x: x.var(), [matrix(r)]


@mistake("softmax is taken twice")
def softmax_twice(r: Any) -> Case:
    return cross_entropy(r, lambda dz, p, y, n: dz * (p.softmax(1) - y) / n)


@mistake("it is -y/p")
def one_over_p(r: Any) -> Case:
    return cross_entropy(r, lambda dz, p, y, n: -dz * y / p / n)


@mistake("off by one")
def labels_off_by_one(r: Any) -> Case:
    step = int(one_of(r, 1, -1))
    return cross_entropy(r, lambda dz, p, y, n: dz * (p - y.roll(step, 1)) / n)


@mistake("keepdim=True")
def softmax_without_keepdim(r: Any) -> Case:
    n = side(r)
    rule = lambda dz, z, x: z * (dz - (dz * z).sum(1))
    return own(lambda x: x.softmax(1), rule), lambda x: x.softmax(1), [numbers(r, n, n)]


@mistake("it is divided by σ², not by σ")
def variance_for_its_root(r: Any) -> Case:
    mean = lambda v: v.mean(1, keepdim=True)
    std = lambda x: ((x - mean(x)) ** 2).mean(1, keepdim=True).sqrt()
    rule = lambda dz, z, x: (dz - mean(dz) - z * mean(dz * z)) / std(x) ** 2
    norm = lambda x: (x - mean(x)) / std(x)
    return own(norm, rule), norm, [numbers(r, side(r), side(r, 3))]


@mistake("it is dz·z·(1 - z), and the right one is dz·(1 - z²)")
def rule_of_another_function(r: Any) -> Case:
    return own(lambda x: x.tanh(), lambda dz, z, x: dz * z * (1 - z)), lambda x: x.tanh(), [matrix(r)]


@mistake("it is dz·x·exp(x - 1), and the right one is dz·")
def power_rule_for_exp(r: Any) -> Case:
    return own(lambda x: x.exp(), lambda dz, z, x: dz * x * (x - 1).exp()), lambda x: x.exp(), [matrix(r)]


@mistake("it is dz·(x < 0), and the right one is dz·(x > 0)")
def mask_inverted(r: Any) -> Case:
    rule = lambda dz, z, x: dz * (x < 0).to(x.dtype)
    return own(lambda x: x.relu(), rule), lambda x: x.relu(), [numbers(r, side(r, 3), side(r, 3))]


@mistake("the smallest of x along axis 1")
def minimum_for_maximum(r: Any) -> Case:
    rule = lambda dz, z, x: dz.unsqueeze(1) * (x == x.amin(1, keepdim=True)).to(x.dtype)
    return own(lambda x: x.amax(1), rule), lambda x: x.amax(1), [matrix(r)]


@mistake("the norm is taken for a constant")
def norm_taken_for_a_constant(r: Any) -> Case:
    norm = lambda x: (x * x).sum(1, keepdim=True).sqrt()
    unit = lambda x: x / norm(x)
    return own(unit, lambda dz, z, x: dz / norm(x)), unit, [numbers(r, side(r), side(r, 3))]
