"""Rules that are nearly right: a part of the formula is missing, or another variable stands in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sidebyside.contract.balls import L
from sidebyside.mistakes.scene import Guesses, Scene, sigmoid, softmax, spreads

# The rule of an op in terms of its output v; for the input in its place the rule gives something else.
RULES: dict[str, Callable[[Any, Any], Any]] = {
    "tanh": lambda dz, v: dz * (1 - v * v),
    "sigmoid": lambda dz, v: dz * v * (1 - v),
    "exp": lambda dz, v: dz * v,
    "sqrt": lambda dz, v: dz / (2 * v),
    "rsqrt": lambda dz, v: -dz * v**3 / 2,
    "reciprocal": lambda dz, v: -dz * v * v,
}


# What is left of such a rule when a part of it is forgotten.
PARTS: dict[str, list[tuple[Callable[[Any, Any], Any], str]]] = {
    "tanh": [
        (lambda dz, v: dz * (1 - v), "z is not squared in tanh's rule, dz·(1 - z²)"),
        (lambda dz, v: dz * v * v, "1 - is missing in tanh's rule, dz·(1 - z²)"),
        (lambda dz, v: dz * (1 + v * v), "z² is added in tanh's rule, not subtracted: dz·(1 - z²)"),
    ],
    "sigmoid": [
        (lambda dz, v: dz * v, "1 - z is missing in sigmoid's rule, dz·z·(1 - z)"),
        (lambda dz, v: dz * (1 - v), "z is missing in sigmoid's rule, dz·z·(1 - z)"),
        (lambda dz, v: dz * v * (1 + v), "z is added in sigmoid's rule, not subtracted: dz·z·(1 - z)"),
        (lambda dz, v: dz * (1 - v * v), "it is tanh's rule, and the right one is sigmoid's: dz·z·(1 - z)"),
    ],
}


def part_forgotten(s: Scene) -> Guesses:
    """A part of an elementwise rule is missing."""
    if s.z is not None and s.dz is not None and s.z.shape == s.dz.shape:
        for op, parts in PARTS.items():
            if s.is_right(RULES[op](s.dz, s.z)):
                yield from ((part(s.dz, s.z), sentence) for part, sentence in parts)


# The rule of layer_norm and batch_norm is (dz - mean(dz) - z·mean(dz·z)) / σ. By what is wrong with it:
NORMALISED: dict[str, Callable[..., Any]] = {
    "the mean and σ are taken for constants: - mean(dz) - z·mean(dz·z) is missing": lambda dz, z, x, mean, std: (
        dz / std
    ),
    "σ is taken for a constant: - z·mean(dz·z) is missing": lambda dz, z, x, mean, std: (dz - mean(dz)) / std,
    "the mean is taken for a constant: - mean(dz) is missing": lambda dz, z, x, mean, std: (
        (dz - z * mean(dz * z)) / std
    ),
    "the division by σ is missing": lambda dz, z, x, mean, std: dz - mean(dz) - z * mean(dz * z),
    "it is divided by σ², not by σ": lambda dz, z, x, mean, std: (dz - mean(dz) - z * mean(dz * z)) / std**2,
    "the sign of z·mean(dz·z) is wrong": lambda dz, z, x, mean, std: (dz - mean(dz) + z * mean(dz * z)) / std,
    "the input is used for the output z": lambda dz, z, x, mean, std: (
        (dz - mean(dz) - x * mean(dz * x)) / std
    ),
    "sums are taken for means": lambda dz, z, x, mean, std: (
        (dz - (mean(dz) + z * mean(dz * z)) * (dz.size / mean(dz).size)) / std
    ),
}


def normalisation(s: Scene) -> Guesses:
    """A part of the rule of layer_norm or batch_norm is missing."""
    dz, z = s.dz, s.z
    if s.x is None or dz is None or z is None or not z.shape == s.x.shape == dz.shape:
        return
    x = s.x.astype(L)
    means = [lambda v, dim=dim: v.mean(dim, keepdims=True) for dim in range(z.ndim)]
    for dim, mean in enumerate(means):
        std = mean((x - mean(x)) * z) / mean(z * z)  # x - μ = σ·z
        if s.is_right((dz - mean(dz) - z * mean(dz * z)) / std):
            for sentence, rule in NORMALISED.items():
                yield rule(dz, z, x, mean, std), sentence
            for b, other in enumerate(means):
                guess = (dz - other(dz) - z * other(dz * z)) / std
                yield guess, f"the means are taken along axis {b}, and the right ones along axis {dim}"


def unit_rows(s: Scene) -> Guesses:
    """A part of the rule of a division by the norm, or by the root of the mean square, is missing."""
    dz, z = s.dz, s.z
    if s.x is None or dz is None or z is None or not z.shape == s.x.shape == dz.shape:
        return
    for dim in range(z.ndim):
        for text, total in (("Σ", np.sum), ("mean", np.mean)):
            along = lambda v, total=total, dim=dim: total(v, axis=dim, keepdims=True)
            norm = along(s.x * z) / along(z * z)  # x = norm·z
            if s.is_right((dz - z * along(dz * z)) / norm):
                yield dz / norm, f"the norm is taken for a constant: - z·{text}(dz·z) is missing"
                yield dz - z * along(dz * z), "the division by the norm is missing"
                yield (dz + z * along(dz * z)) / norm, f"the sign of z·{text}(dz·z) is wrong"


def input_for_output(s: Scene) -> Guesses:
    """A rule that wants the output is given the input, or the other way round."""
    if s.x is None or s.z is None or s.dz is None or s.z.shape != s.x.shape:
        return
    x = s.x.astype(L)
    by_rows = {
        f"{op} along axis {dim}": (lambda dz, v, rule=rule, dim=dim: rule(dz, v, dim))
        for op, rule in ROWS.items()
        for dim in range(x.ndim)
    }
    for op, rule in {**RULES, **by_rows}.items():
        if s.is_right(rule(s.dz, s.z)):
            yield rule(s.dz, x), f"the input {s.name} is used for the output z in the rule of {op}"
    if s.again is not None:
        yield (
            s.again(**{s.name: s.z.astype(s.x.dtype)}),
            f"the output z is used for the input {s.name} in the rule",
        )


ROWS: dict[str, Callable[[Any, Any, int], Any]] = {
    "softmax": lambda dz, v, dim: v * (dz - (dz * v).sum(dim, keepdims=True)),
    "log_softmax": lambda dz, v, dim: dz - np.exp(v) * dz.sum(dim, keepdims=True),
}


def softmax_rule(s: Scene) -> Guesses:
    """A part of the rule of softmax or log_softmax is missing."""
    dz, z = s.dz, s.z
    if dz is None or z is None or dz.shape != z.shape:
        return
    for op, rule in ROWS.items():
        for dim in range(z.ndim):
            if not s.is_right(rule(dz, z, dim)):
                continue
            for b in range(z.ndim):
                yield (
                    rule(dz, z, b),
                    f"the rule of {op} sums over axis {b}, and the right one over axis {dim}",
                )
            total = dz.sum(dim, keepdims=True)
            if op == "softmax":
                yield (
                    dz * z * (1 - z),
                    "it is the diagonal of softmax's Jacobian alone: - z·Σ(dz·z) is missing",
                )
                yield dz * z, "- z·Σ(dz·z) is missing in the rule of softmax"
                yield dz - (dz * z).sum(dim, keepdims=True), "a factor z is missing in the rule of softmax"
                yield z * (dz - total), "softmax's rule sums dz·z, not dz"
                yield z * (dz - (dz * z).sum()), f"softmax's rule sums over all, not along axis {dim}"
                yield z * (1 - z), "dz is ignored, and it is the diagonal of softmax's Jacobian alone"
                if spreads(flat := (dz * z).sum(dim), z.shape):
                    yield z * (dz - flat), f"the sum of softmax's rule needs keepdim=True along axis {dim}"
                yield (
                    z * (dz + (dz * z).sum(dim, keepdims=True)),
                    "the sign of Σ(dz·z) is wrong in softmax's rule",
                )
            else:
                yield (
                    dz * (1 - np.exp(z)),
                    "it is the diagonal of log_softmax's Jacobian alone: it sums dz over the row",
                )
                yield dz - np.exp(z), "Σdz is missing in the rule of log_softmax"
                yield dz - z * total, "exp(z) is needed, not z, in the rule of log_softmax"
                yield dz + np.exp(z) * total, "the sign of exp(z)·Σdz is wrong in log_softmax's rule"
                yield np.exp(z) * total, "dz itself is missing in the rule of log_softmax"


def difference(s: Scene) -> Guesses:
    """The right one is a number times a - b, as p - y, and a part of that is missing."""
    for dim in (None, -1):
        for a, x, b, y in _differences(s):
            d = x - y
            k = (s.right * d).sum(dim, keepdims=True) / (d * d).sum(dim, keepdims=True)
            if s.is_right(k * d):
                for more, also in _missing_means(s):
                    yield k * more * x, f"{b} is not subtracted: it is {a}, not {a} - {b}{also}"
                    yield -k * more * y, f"{a} is missing in {a} - {b}{also}"
                    yield k * more * (x + y), f"it is {a} + {b}, and the right one is {a} - {b}{also}"


def _differences(s: Scene) -> Iterator[tuple[str, Any, str, Any]]:
    """Yield differences of the input and another array."""
    if s.x is None or s.x.shape != s.right.shape or not s.x.size:
        return
    x = s.x.astype(L)
    for k, v in s.floats().items():
        if k not in (s.name, "z", "dz") and v.shape == x.shape:
            yield s.name, x, k, v
    for dim in (None, *range(x.ndim)):
        mean = f"{s.name}.mean({'' if dim is None else dim})"
        yield s.name, x, mean, x.mean(dim, keepdims=True)


def _missing_means(s: Scene) -> list[tuple[Any, str]]:
    n = len(s.x) if s.x.ndim else 1
    return [(1, ""), (n, f", and 1/N, N = {n}"), (1 / L(n), f", and 1/N, N = {n}, is there twice")]


# By what is wrong with cross-entropy's p - y: what stands there, of the logits x, p, y, the classes' numbers, and
# the other one of softmax and sigmoid.
INSTEAD: dict[str, Callable[..., Any]] = {
    "the one-hot labels are not subtracted: it is p, not p - y": lambda x, p, y, c, q: p,
    "p is missing in p - y": lambda x, p, y, c, q: -y,
    "the labels are added, not subtracted: p + y for p - y": lambda x, p, y, c, q: p + y,
    "1 is subtracted at every class, not at the label alone": lambda x, p, y, c, q: p - 1,
    "only the label's class gets a gradient: p is missing at the others": lambda x, p, y, c, q: (p - 1) * y,
    "the logits are used for p: {} is forgotten": lambda x, p, y, c, q: x - y,
    "log p is used for p": lambda x, p, y, c, q: np.log(p) - y,
    "it is -y/p, the gradient with respect to p, and the softmax' own is missing": lambda x, p, y, c, q: (
        -y / p
    ),
    "the classes' numbers are subtracted, not the one-hot labels": lambda x, p, y, c, q: p - c,
    "the labels are off by one: one class further": lambda x, p, y, c, q: p - np.roll(y, 1, -1),
    "the labels are off by one: one class before": lambda x, p, y, c, q: p - np.roll(y, -1, -1),
    "p is of the wrong kind: sigmoid for softmax, or the other way round": lambda x, p, y, c, q: q - y,
    "softmax is taken twice": lambda x, p, y, c, q: softmax(p, -1) - y,
    "softmax is taken along the axis of the samples": lambda x, p, y, c, q: softmax(x, 0) - y,
    "p·(1 - p) is there once too often: p - y is all of it": lambda x, p, y, c, q: (p - y) * p * (1 - p),
}


def labels(s: Scene) -> Guesses:
    """Cross-entropy's p - y with a part missing, or with something else in its place."""
    if s.x is None or s.x.ndim < 1 or s.x.shape != s.right.shape or not s.x.size:
        return
    x = s.x.astype(L)
    given = [(v, v) for k, v in s.floats().items() if k not in (s.name, "z", "dz") and v.shape == x.shape]
    for y in s.integers():
        if x.ndim == 2 and y.shape == x.shape[:1] and ((y >= 0) & (y < x.shape[1])).all():
            given.append((np.eye(x.shape[1], dtype=L)[y], y[:, None]))
    kinds = [softmax(x, -1), sigmoid(x)]
    for y, numbers in given:
        for function, p, q in (("softmax", *kinds), ("sigmoid", *kinds[::-1])):
            k = (s.right * (p - y)).sum(-1, keepdims=True) / ((p - y) ** 2).sum(-1, keepdims=True)
            if s.is_right(k * (p - y)):
                for sentence, instead in INSTEAD.items():
                    for more, also in _missing_means(s):
                        yield k * more * instead(x, p, y, numbers, q), sentence.format(function) + also


def dz_ignored(s: Scene) -> Guesses:
    """The chain rule is forgotten: dz is not multiplied in, or it is all there is."""
    if s.dz is None:
        return
    if s.again is not None:
        ones = np.asarray(s.again(dz=lambda shape, kind: np.ones(shape, kind)))
        yield ones, "dz is ignored: multiply by the gradient that arrives"
        if spreads(s.dz, ones.shape):
            yield ones + s.dz, "dz is added to the derivative: multiply by it"
        squares = lambda shape, kind: np.asarray(s.dz * s.dz, kind)
        yield s.again(dz=squares), "dz is multiplied in twice"


def dz_unchanged(s: Scene) -> Guesses:
    """The op's own derivative is forgotten."""
    spread = [s.dz] if s.dz is not None else []
    if spread and s.dz.ndim and s.found.ndim == s.dz.ndim + 1:
        spread = [np.expand_dims(s.dz, i) for i in range(s.found.ndim)]
    if spread and s.dz.size > 1 and s.found.size > 1:
        yield np.broadcast_to(s.dz.sum(), s.found.shape), "dz is summed first, and the sum is passed on"
    for each in spread:
        if spreads(each, s.found.shape):
            yield (
                np.broadcast_to(each, s.found.shape),
                "dz is passed on unchanged: the op's own derivative is missing",
            )


def overwritten(s: Scene) -> Guesses:
    """An index that occurs twice gets one gradient, not the sum."""
    if s.dz is None:
        return
    for index in s.integers():
        if s.right.ndim and s.dz.shape == index.shape + s.right.shape[1:] and (index < len(s.right)).all():
            total, last = np.zeros(s.right.shape, L), np.zeros(s.right.shape, L)
            np.add.at(total, index, s.dz)
            last[index] = s.dz
            if s.is_right(total):
                yield last, "where an index occurs twice, the later gradient overwrites the earlier: add them"
