"""The right numbers in the wrong places: transposed, swapped, along another axis."""

from __future__ import annotations

from typing import Any

import torch

import minigrad
from benchmarks.wrong_programs.making import Case, kind, matrix, mistake, numbers, one_of, own, side


@mistake("it is the transpose")
def transposed(r: Any) -> Case:
    n, dtype = side(r), kind(r)
    return (
        own(lambda x, w: x @ w.T, lambda dz, z, x, w: (dz @ w, x.T @ dz)), lambda x, w: x @ w.T,
        [numbers(r, n, n, dtype=dtype), numbers(r, n, n, dtype=dtype)],
    )  # fmt: skip


@mistake("transposed")
def transposed_oblong(r: Any) -> Case:
    n, m, dtype = side(r), side(r), kind(r)
    return (
        own(lambda x, w: x @ w.T, lambda dz, z, x, w: (dz @ w, x.T @ dz)), lambda x, w: x @ w.T,
        [numbers(r, n, m, dtype=dtype), numbers(r, n + m, m, dtype=dtype)],
    )  # fmt: skip


@mistake(" @ ")
def factor_not_transposed(r: Any) -> Case:
    n, dtype = side(r), kind(r)
    rule = one_of(r, lambda dz, z, a, b: (dz @ b, a.T @ dz), lambda dz, z, a, b: (dz @ b.T, a @ dz))
    return (
        own(lambda a, b: a @ b, rule),
        lambda a, b: a @ b, [numbers(r, n, n, dtype=dtype), numbers(r, n, n, dtype=dtype)],
    )  # fmt: skip


@mistake("axis")
def bias_summed_over_the_wrong_axis(r: Any) -> Case:
    n, dtype = side(r), kind(r)
    return (
        own(lambda x, b: x + b, lambda dz, z, x, b: (dz, dz.sum(1))), lambda x, b: x + b,
        [numbers(r, n, n, dtype=dtype), numbers(r, n, dtype=dtype)],
    )  # fmt: skip


@mistake("axis")
def bias_summed_over_the_wrong_axis_oblong(r: Any) -> Case:
    n, dtype = side(r), kind(r)
    return (
        own(lambda x, b: x + b, lambda dz, z, x, b: (dz, dz.sum(1))), lambda x, b: x + b,
        [numbers(r, n, n + 1, dtype=dtype), numbers(r, n + 1, dtype=dtype)],
    )  # fmt: skip


@mistake("axis")
def sum_spread_along_the_wrong_axis(r: Any) -> Case:
    n = side(r)
    return own(lambda x: x.sum(1), lambda dz, z, x: dz + 0 * x), lambda x: x.sum(1), [numbers(r, n, n)]


@mistake("axis")
def output_along_the_wrong_axis(r: Any) -> Case:
    n = side(r)
    f = one_of(r, torch.sum, torch.mean, torch.softmax, torch.log_softmax)
    name = f.__name__
    return lambda x: getattr(minigrad, name)(x, 0), lambda x: f(x, 1), [numbers(r, n, n)]


@mistake("not un-broadcast")
def not_unbroadcast(r: Any) -> Case:
    n, dtype = side(r), kind(r)
    return (
        own(lambda x, b: x.unsqueeze(1) * b, lambda dz, z, x, b: (dz * b, (dz * x.unsqueeze(1)).sum(0))),
        lambda x, b: x[:, None] * b, [numbers(r, n, dtype=dtype), numbers(r, n + 1, dtype=dtype)],
    )  # fmt: skip


@mistake("one slice of dz")
def one_row_of_dz(r: Any) -> Case:
    n, m, dtype = side(r), side(r), kind(r)
    return (
        own(lambda x, b: x + b, lambda dz, z, x, b: (dz, dz[0])), lambda x, b: x + b,
        [numbers(r, n, m, dtype=dtype), numbers(r, m, dtype=dtype)],
    )  # fmt: skip


@mistake("the two are swapped")
def swapped(r: Any) -> Case:
    x = matrix(r)
    return (
        own(lambda x, y: x * y, lambda dz, z, x, y: (dz * x, dz * y)),
        torch.mul,
        [x, numbers(r, *x.shape, dtype=x.dtype)],
    )


@mistake("changes its input")
def input_changed(r: Any) -> Case:
    def ours(x: Any) -> Any:
        with minigrad.no_grad():
            x.mul_(2)
        return x * 1

    return ours, lambda x: x * 2, [matrix(r)]


@mistake("overwrites")
def overwritten(r: Any) -> Case:
    n, index = side(r, 3), r.integers(0, 2, 6)

    def rule(dz: Any, z: Any, x: Any, i: Any) -> Any:
        dx = minigrad.zeros_like(x)
        dx[i] = dz
        return dx, None

    return own(lambda x, i: x[i], rule), lambda x, i: x[i], [numbers(r, n, side(r)), index]


@mistake("a mask is wrong")
def mask_of_the_wrong_numbers(r: Any) -> Case:
    return (
        own(lambda x: x.relu(), lambda dz, z, x: dz * (x < 0.5).to(x.dtype)),
        lambda x: x.relu(),
        [numbers(r, side(r, 3), side(r, 3))],
    )


@mistake("in reverse")
def in_reverse(r: Any) -> Case:
    axis = r.integers(2)
    return own(lambda x: 3 * x, lambda dz, z, x: (3 * dz).flip(int(axis))), lambda x: 3 * x, [matrix(r)]


@mistake("reshaped where it should be transposed")
def reshaped(r: Any) -> Case:
    return (
        own(lambda x: x.T * 1, lambda dz, z, x: dz.reshape(x.shape)),
        lambda x: x.T * 1,
        [numbers(r, 3, one_of(r, 2, 4, 5))],
    )


@mistake("from the back")
def running_sum(r: Any) -> Case:
    return own(lambda x: x.cumsum(1), lambda dz, z, x: dz.cumsum(1)), lambda x: x.cumsum(1), [matrix(r)]


@mistake("over all axes")
def bias_summed_over_all(r: Any) -> Case:
    n, m, dtype = side(r), side(r), kind(r)
    return (
        own(lambda x, b: x + b, lambda dz, z, x, b: (dz, dz.sum() + 0 * b)), lambda x, b: x + b,
        [numbers(r, n, m, dtype=dtype), numbers(r, m, dtype=dtype)],
    )  # fmt: skip


@mistake("shifted by")
def shifted(r: Any) -> Case:
    step = int(one_of(r, 1, 2))
    n = side(r, 5)
    f = lambda x: 3 * x.roll(step, 0)
    return (
        own(f, lambda dz, z, x: 3 * dz.roll(1 - step, 0)), f, [numbers(r, n, side(r))]
    )  # fmt: skip


@mistake(".mT")
def batched_factor_not_transposed(r: Any) -> Case:
    n, dtype = side(r), kind(r)
    return (
        own(lambda a, b: a @ b, lambda dz, z, a, b: (dz @ b, a @ dz)), torch.matmul,
        [numbers(r, 3, n, n, dtype=dtype), numbers(r, 3, n, n, dtype=dtype)],
    )  # fmt: skip


@mistake("w in reverse in place of w")
def kernel_not_flipped(r: Any) -> Case:
    """A convolution of one channel, written as a sum of slices."""
    n, dtype = side(r, 4), kind(r)
    f = lambda x, w: x[:n] * w[0] + x[1 : n + 1] * w[1] + x[2:] * w[2]

    def rule(dz: Any, z: Any, x: Any, w: Any) -> Any:
        dx = minigrad.zeros_like(x)
        for i in range(3):
            dx[i : i + n] = dx[i : i + n] + dz * w[2 - i]
        return dx, minigrad.stack([(dz * x[i : i + n]).sum() for i in range(3)])

    return own(f, rule), f, [numbers(r, n + 2, dtype=dtype), numbers(r, 3, dtype=dtype)]


@mistake("clipped at ±")
def clipped(r: Any) -> Case:
    return (
        own(lambda x: x**3, lambda dz, z, x: (3 * dz * x * x).clamp(-0.5, 0.5)), lambda x: x**3,
        [numbers(r, side(r, 3), side(r, 3))],
    )  # fmt: skip


@mistake("the sign of the right one alone")
def sign_alone(r: Any) -> Case:
    return own(lambda x: x**3, lambda dz, z, x: (dz * x * x).sign()), lambda x: x**3, [matrix(r)]
