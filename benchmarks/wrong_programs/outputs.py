"""Wrong outputs: another function, a term that is missing, inputs that broadcast in another way."""

from __future__ import annotations

from typing import Any

import torch

import minigrad
from benchmarks.wrong_programs.making import Case, kind, matrix, mistake, numbers, one_of, side


@mistake("the right one is")
def another_function(r: Any) -> Case:
    n = side(r, 3)
    return (*one_of(
        r, (lambda x: x.var(1), lambda x: x.std(1)), (lambda x: x.amin(1), lambda x: x.amax(1)),
        (lambda x: x.sigmoid(), lambda x: x.softmax(1)), (lambda x: x.tanh(), lambda x: x.sigmoid()),
        (lambda x: x.log_softmax(1), lambda x: x.softmax(1)),
        (lambda x: (x * x).sum(1), lambda x: (x * x).sum(1).sqrt()),
        (lambda x: x.exp() / x.exp().sum(1), lambda x: x.softmax(1)),
    ), [numbers(r, n, n)])  # fmt: skip


@mistake("the term b")
def bias(r: Any) -> Case:
    n, m, dtype = side(r), side(r), kind(r)
    times = one_of(r, 0, 2)
    return (
        lambda x, w, b: x @ w.T + times * b, torch.nn.functional.linear,
        [numbers(r, n, 3, dtype=dtype), numbers(r, m, 3, dtype=dtype), numbers(r, m, dtype=dtype)],
    )  # fmt: skip


@mistake("·g is too much")
def step_uphill(r: Any) -> Case:
    rate, n, dtype = float(one_of(r, 0.1, 0.01)), side(r), kind(r)
    return (
        lambda w, g: w + rate * g, lambda w, g: w - rate * g, [numbers(r, 3, n, dtype=dtype) for _ in "wg"]
    )  # fmt: skip


@mistake("unsqueeze(1) in place of")
def column_against_row(r: Any) -> Case:
    n, dtype = side(r), kind(r)
    return (
        lambda p, y: ((p - y.unsqueeze(1)) ** 2).mean(), lambda p, y: ((p - y) ** 2).mean(),
        [numbers(r, n, dtype=dtype), numbers(r, n, dtype=dtype)],
    )  # fmt: skip


@mistake("softmax(x, -1) in place of x")
def softmax_before_cross_entropy(r: Any) -> Case:
    n, c = side(r), side(r, 3)
    F = minigrad.nn.functional
    return (
        lambda x, y: F.cross_entropy(x.softmax(1), y), torch.nn.functional.cross_entropy,
        [numbers(r, n, c), r.integers(0, c, n)],
    )  # fmt: skip


@mistake("in each other's place")
def inputs_swapped(r: Any) -> Case:
    x = matrix(r)
    y = numbers(r, *x.shape, dtype=x.dtype)
    return (*one_of(
        r, (lambda x, y: y - x, lambda x, y: x - y), (lambda x, y: y / x, lambda x, y: x / y)
    ), [x, y])  # fmt: skip


@mistake("from degrees to radians")
def degrees_of_the_input(r: Any) -> Case:
    return lambda x: (x * 0.017453292519943295).sin(), lambda x: x.sin(), [matrix(r)]
