"""What the tutorial's step gives in float64, and how far float32 may be from it: a running error bound.

Higham, Accuracy and Stability of Numerical Algorithms, chapter 3: a sum of n terms, in whatever order, fused or not,
errs by at most γ(n)·Σ|terms|, γ(n) = nu/(1 - nu), u = 2⁻²⁴. exp and log are taken to err by at most 4 units in the
last place, 8u. The bound's own float64 arithmetic errs some 2⁻²⁹ of it, which the slack in every n covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

U = 2.0**-24
KIN = 8


@dataclass(frozen=True)
class Bounded:
    """A value and the most by which float32 may miss it."""

    value: Any
    error: Any

    def misses(self, computed: Any) -> float:
        """The worst distance as a share of what is allowed: at most 1, or something is wrong."""
        apart = np.abs(np.asarray(computed, np.float64) - self.value)
        share = apart / np.maximum(self.error, np.finfo(float).tiny)  # tiny: 0 may be missed by nothing
        return float(np.max(share)) if np.isfinite(share).all() else float("inf")


def gamma(n: float) -> float:
    """γ(n) = nu/(1 - nu)"""
    return n * U / (1 - n * U)


def product(a: Bounded, b: Bounded, extra: int = 2) -> Bounded:
    """a·b, matrices; `extra` roundings beside those of the products and their sum."""
    most = (np.abs(a.value) + a.error) @ (np.abs(b.value) + b.error)
    exact = np.abs(a.value) @ np.abs(b.value)
    return Bounded(a.value @ b.value, (most - exact) + gamma(a.value.shape[-1] + extra) * most)


def linear(x: Bounded, weight: Any, bias: Any) -> Bounded:
    """x·Wᵀ + b"""
    z = product(x, Bounded(weight.T, 0.0))
    room = gamma(x.value.shape[-1] + 2) * np.abs(bias)
    return Bounded(z.value + bias, z.error + room)


def logits_gradient(o: Bounded, y: Any) -> tuple[Bounded, Bounded]:
    """Of the cross-entropy: the mean loss, and its gradient for the logits, (softmax - onehot) / n."""
    n, classes = o.value.shape
    top = o.value.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(o.value - top).sum(axis=1, keepdims=True)) + top
    log_p = o.value - log_sum
    # log Σ exp moves by at most the largest error of its inputs; exp(s) by |s|u more than its own error.
    size = np.abs(o.value).max(axis=1, keepdims=True) + np.abs(top) + np.abs(log_p)
    error = o.error + o.error.max(axis=1, keepdims=True) + U * (4 * size + 2 * KIN + classes + 4)
    rows = np.arange(n)
    chosen = np.abs(log_p[rows, y]) + error[rows, y]
    loss = Bounded(-log_p[rows, y].mean(), error[rows, y].mean() + gamma(n + 2) * chosen.mean())
    p = np.exp(log_p)
    onehot = np.zeros_like(p)
    onehot[rows, y] = 1
    moved = p * np.expm1(error + U * (KIN + 4)) + 3 * U * (p + onehot)
    return loss, Bounded((p - onehot) / n, moved / n)


def step(x: Any, y: Any, weights: Sequence[Any], lr: float) -> tuple[Bounded, list[Bounded]]:
    """The loss, and every weight after one step of SGD."""
    x = Bounded(x.astype(np.float64), 0.0)
    w1, b1, w2, b2 = (w.astype(np.float64) for w in weights)
    h = linear(x, w1, b1)
    a = Bounded(np.maximum(h.value, 0), h.error)
    loss, do = logits_gradient(linear(a, w2, b2), y)
    da = product(do, Bounded(w2, 0.0))
    # Where rounding can take h across 0, the whole gradient may come or go.
    crossed = np.where(np.abs(h.value) <= h.error, np.abs(da.value) + da.error, da.error)
    dh = Bounded(np.where(h.value > 0, da.value, 0), np.where(h.value > -h.error, crossed, 0))
    ones = Bounded(np.ones((1, len(y))), 0.0)
    turned = [Bounded(each.value.T, each.error.T) for each in (dh, do)]
    db1, db2 = (product(ones, each) for each in (dh, do))
    gradients = [product(turned[0], x), _row(db1), product(turned[1], a), _row(db2)]
    return loss, [_descended(w, g, lr) for w, g in zip((w1, b1, w2, b2), gradients, strict=True)]


def _row(x: Bounded) -> Bounded:
    return Bounded(x.value[0], x.error[0])


def _descended(w: Any, g: Bounded, lr: float) -> Bounded:
    moved = lr * (np.abs(g.value) + g.error)
    return Bounded(w - lr * g.value, lr * g.error + 4 * U * (np.abs(w) + moved))
