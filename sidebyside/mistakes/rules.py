"""Rules that are nearly right: a part of the formula is missing, or another variable stands in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sidebyside.contract.balls import L
from sidebyside.mistakes.scene import Guesses, Scene, softmax, spreads

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


def normalisation(s: Scene) -> Guesses:
    """A part of the rule of layer_norm or batch_norm is missing."""
    dz, z = s.dz, s.z
    if s.x is None or dz is None or z is None or not z.shape == s.x.shape == dz.shape:
        return
    for dim in range(z.ndim):
        mean = lambda v, dim=dim: v.mean(dim, keepdims=True)
        centred = s.x - mean(s.x.astype(L))
        scale = (centred * z).sum(dim, keepdims=True) / (z * z).sum(dim, keepdims=True)  # x - μ = σ·z
        if not s.is_right((dz - mean(dz) - z * mean(dz * z)) / scale):
            continue
        yield dz / scale, "the mean and σ are taken for constants: - mean(dz) - z·mean(dz·z) is missing"
        yield (dz - mean(dz)) / scale, "σ is taken for a constant: - z·mean(dz·z) is missing"
        yield (dz - z * mean(dz * z)) / scale, "the mean is taken for a constant: - mean(dz) is missing"


def term(s: Scene) -> Guesses:
    """A way from the input to the output is forgotten, as the one around a residual block."""
    if s.dz is None:
        return
    floats = {k: v for k, v in s.floats().items() if k != "dz" and spreads(v, s.dz.shape)}
    terms = {"dz": s.dz} | {f"dz * {k}": s.dz * v for k, v in floats.items()}
    for text, each in terms.items():
        if spreads(each, s.right.shape):
            yield s.right - each, f"the term {text} is missing"
            yield s.right + each, f"the term {text} is there once too often"


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


def labels(s: Scene) -> Guesses:
    """Cross-entropy's p - y with a part missing."""
    if s.x is None or s.x.ndim < 1 or s.x.shape != s.right.shape or not s.x.size:
        return
    x = s.x.astype(L)
    kinds = {"softmax": softmax(x, -1), "sigmoid": 1 / (1 + np.exp(-x))}
    given = [v for k, v in s.floats().items() if k not in (s.name, "z", "dz") and v.shape == x.shape]
    for y in s.integers():
        if x.ndim == 2 and y.shape == x.shape[:1] and ((y >= 0) & (y < x.shape[1])).all():
            given.append(np.eye(x.shape[1], dtype=L)[y])
    for y in given:
        for text, p in kinds.items():
            d = p - y
            k = (s.right * d).sum(-1, keepdims=True) / (d * d).sum(-1, keepdims=True)
            if not s.is_right(k * d):
                continue
            n = len(x)
            for more, also in (
                (1, ""),
                (n, f", and 1/N, N = {n}"),
                (1 / L(n), f", and 1/N, N = {n}, is there twice"),
            ):
                k_more = k * more
                yield k_more * p, f"the one-hot labels are not subtracted: it is p, not p - y{also}"
                yield k_more * (p - 1), f"1 is subtracted at every class, not at the label alone{also}"
                yield k_more * (x - y), f"the logits are used for p: {text} is forgotten{also}"
                yield -k_more * y, f"p is missing in p - y{also}"
                yield k_more * (p + y), f"the labels are added, not subtracted: p + y for p - y{also}"


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
    if s.dz is not None and spreads(s.dz, s.found.shape):
        yield (
            np.broadcast_to(s.dz, s.found.shape),
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
