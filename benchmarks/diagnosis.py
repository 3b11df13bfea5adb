"""How often is a mistake named?   Every mistake of the catalogue, made on purpose, on random shapes and dtypes.

    python -m benchmarks.diagnosis           200 programs for each mistake, and 10,000 right ones
    python -m benchmarks.diagnosis 5 100

A program is a wrong op, the right formula in PyTorch, and inputs. It counts as named if `same` says the sentence
that belongs to the mistake. A right program must pass; one that fails is blamed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import minigrad
from sidebyside.contract import NoTier
from sidebyside.testing import same

Case = tuple[Callable[..., Any], Callable[..., Any], list[Any]]  # ours, PyTorch's, inputs
MISTAKES: dict[
    str, tuple[str, Callable[[Any], Case]]
] = {}  # by name: a part of the sentence, and what makes a case


def own(forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
    """Make an op of forward(*inputs) and backward(dz, z, *inputs)."""

    class Own(minigrad.autograd.Function):
        """An op as a student writes it."""

        @staticmethod
        def forward(ctx: Any, *xs: Any) -> Any:
            """Compute, and save all there is."""
            z = forward(*xs)
            ctx.save_for_backward(z, *xs)
            return z

        @staticmethod
        def backward(ctx: Any, dz: Any) -> Any:
            """Apply the rule."""
            return backward(dz, *ctx.saved_tensors)

    return Own.apply


def mistake(sentence: str) -> Callable[..., Any]:
    """Enter a function that makes a case of a mistake."""

    def enter(make: Callable[[Any], Case]) -> Callable[[Any], Case]:
        MISTAKES[make.__name__] = sentence, make
        return make

    return enter


def kind(r: Any) -> Any:
    """A dtype."""
    return r.choice(["float32", "float64"])


def side(r: Any, least: int = 2) -> int:
    """A length."""
    return int(r.integers(least, 6))


def numbers(r: Any, *shape: int, dtype: Any = None) -> Any:
    """Ordinary numbers."""
    return r.normal(size=shape).astype(dtype or kind(r))


def matrix(r: Any) -> Any:
    """Two axes of 2 to 5."""
    return numbers(r, side(r), side(r))


def one_of(r: Any, *cases: Any) -> Any:
    """One of several programs with the same mistake."""
    return cases[r.integers(len(cases))]


def mse(x: Any) -> Any:
    """The mean of the squares."""
    return (x * x).mean()


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


@mistake("transpose")
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


@mistake("dz is ignored")
def dz_ignored(r: Any) -> Case:
    power = own(lambda x: x**3, lambda dz, z, x: 3 * x * x), lambda x: x**3
    mean = own(lambda x: x.sum(), lambda dz, z, x: 0 * x + 1), lambda x: x.sum()
    return (*one_of(r, power, mean), [matrix(r)])


@mistake("dz is passed on unchanged")
def derivative_forgotten(r: Any) -> Case:
    f = one_of(r, "tanh", "exp", "sin")
    return own(lambda x: getattr(x, f)(), lambda dz, z, x: dz + 0), lambda x: getattr(x, f)(), [matrix(r)]


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


@mistake("minigrad has none")
def missing(r: Any) -> Case:
    x = matrix(r)
    return lambda x, y: x * y.detach(), torch.mul, [x, numbers(r, *x.shape, dtype=x.dtype)]


@mistake("it is 0 everywhere")
def zero(r: Any) -> Case:
    return own(lambda x: x.exp(), lambda dz, z, x: 0 * x), lambda x: x.exp(), [matrix(r)]


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


@mistake("a mask is wrong")
def mask_of_the_wrong_numbers(r: Any) -> Case:
    return (
        own(lambda x: x.relu(), lambda dz, z, x: dz * (x < 1).to(x.dtype)),
        lambda x: x.relu(),
        [3 * matrix(r)],
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
        [numbers(r, 3, side(r))],
    )


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


@mistake("the term dz is missing")
def residual_forgotten(r: Any) -> Case:
    return (
        own(lambda x: x + x.tanh(), lambda dz, z, x: dz * (1 - x.tanh() ** 2)),
        lambda x: x + x.tanh(),
        [matrix(r)],
    )


@mistake("from the back")
def running_sum(r: Any) -> Case:
    return own(lambda x: x.cumsum(1), lambda dz, z, x: dz.cumsum(1)), lambda x: x.cumsum(1), [matrix(r)]


@mistake("negative: it is 10 times")
def slope(r: Any) -> Case:
    leaky = lambda x, slope: (x > 0).to(x.dtype) + slope * (x <= 0).to(x.dtype)
    F = minigrad.nn.functional
    return (
        own(F.leaky_relu, lambda dz, z, x: dz * leaky(x, 0.1)), torch.nn.functional.leaky_relu, [numbers(r, 6, side(r))]
    )  # fmt: skip


@mistake("is there once too often")
def x_for_its_sign(r: Any) -> Case:
    return own(lambda x: x.abs(), lambda dz, z, x: dz * x), lambda x: x.abs(), [numbers(r, 4, side(r))]


@mistake("divided by N for N - 1")
def n_for_n_minus_1(r: Any) -> Case:
    rule = lambda dz, z, x: 2 * dz * (x - x.mean()) / x.numel()
    return own(lambda x: x.var(), rule), lambda x: x.var(), [matrix(r)]


# -- measured -------------------------------------------------------------------------------------------------------


def said(ours: Any, theirs: Any, inputs: list[Any]) -> str:
    """What `same` says; nothing if it passes, and so if no bound is derived."""
    try:
        same(ours, theirs, *inputs)
    except AssertionError as error:
        return " ".join(str(error).split())
    except NoTier:
        return ""
    return ""


def misses(name: str, count: int, seed: int = 0) -> list[str]:
    """The complaints about this many cases of a mistake that do not name it."""
    sentence, make = MISTAKES[name]
    texts = [said(*make(np.random.default_rng([seed, i]))) for i in range(count)]
    return [text for text in texts if sentence not in text]


RIGHT: list[Callable[[Any], tuple[Callable[..., Any], list[Any]]]] = [
    lambda r: (lambda torch, x: x.softmax(1), [20 * matrix(r)]),
    lambda r: (lambda torch, x: x.log_softmax(0), [20 * matrix(r)]),
    lambda r: (lambda torch, x: (x.tanh() + x.sigmoid()).mean(), [matrix(r)]),
    lambda r: (lambda torch, x: (x @ x.T).relu().sum(1), [matrix(r)]),
    lambda r: (lambda torch, x: x.amax(1) + x.abs().sum(1), [small(r, side(r), side(r))]),
    lambda r: (lambda torch, x: (x * x).mean(0).sqrt(), [matrix(r)]),
    lambda r: (
        lambda torch, x, y: torch.nn.functional.cross_entropy(x, y),
        [numbers(r, 4, 3), r.integers(0, 3, 4)],
    ),
    lambda r: (lambda torch, x: x.exp().sum(0).log(), [matrix(r)]),
]


def main(count: int = 200, right: int = 10_000) -> None:
    """Print a line for each mistake, and one for the right programs."""
    for name in MISTAKES:
        missed = misses(name, count)
        print(f"{name:<40} {count - len(missed):>4} of {count}", flush=True)
    blamed = 0
    for i in range(right):
        program, inputs = RIGHT[i % len(RIGHT)](np.random.default_rng([1, i]))
        ours, theirs = (lambda *xs, t=t: program(t, *xs) for t in (minigrad, torch))  # noqa: B023
        blamed += bool(said(ours, theirs, inputs))
    print(f"{blamed} of {right} right programs blamed")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
