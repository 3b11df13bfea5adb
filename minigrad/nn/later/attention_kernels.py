"""Attention on arrays, forward and backward, in few calls of NumPy.

The mathematics is in attention_functions.py, and what is computed here has the bits of the ops there: a product rounds
by the layout of its factors, so they are laid out as there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from minigrad.arrays.device import on_device_of
from minigrad.arrays.kernels import sum_of
from minigrad.arrays.memory import empty, memory_like
from minigrad.autograd.base import Array
from minigrad.nn.later.attention_ops import safe_softmax_into


class Attention(NamedTuple):
    """Z = P·V, P = softmax(Q·Kᵀ·scale + M), as a Fused: its inputs are V, M if there is a mask, K, and Q.

    In this order the gradients of the ops arrive, where two of these are one tensor.
    """

    scale: float
    causal: bool

    @property
    def factors(self) -> tuple[float, float]:
        """Those of Q and of K: √scale each, so that their product does not overflow."""
        root = math.sqrt(abs(self.scale))
        return math.copysign(root, self.scale), root

    def forward(self, inputs: Sequence[Array]) -> tuple[Sequence[Array], Any]:
        """Z; and the factors of the two products, each a batch of matrices, with P between them."""
        (v, *masks, k, q), (of_q, of_k) = inputs, self.factors
        q, k, v = scaled(q, of_q), scaled(k.swapaxes(-1, -2), of_k), matrices(v)
        p = product(q, k).reshape(*inputs[-1].shape[:-1], k.shape[-1])
        for mask in (*masks, *[causal_mask(p)] * self.causal):
            p += mask
        safe_softmax_into(p, p, (p.ndim - 1,))
        z = product(matrices(p), v)
        return (z.reshape(*p.shape[:-1], v.shape[-1]),), (q, k, v, p)

    def backward(
        self, arriving: Sequence[Array], inputs: Sequence[Array], kept: Any, wanted: Sequence[bool]
    ) -> Iterator[Any]:
        """dV = Pᵀ·dZ    dP = dZ·Vᵀ    dM = (dP - Σ dP·P)·P    dK = dMᵀ·Q·scale    dQ = dM·K·scale"""
        (q, k, v, p), dz, (of_q, of_k) = kept, matrices(arriving[0]), self.factors
        lead, (want_v, *want_masks, want_k, want_q) = p.shape[:-2], wanted
        yield product(matrices(p).swapaxes(1, 2), dz).reshape(inputs[0].shape) if want_v else None
        dp = product(dz, v.swapaxes(1, 2)).reshape(p.shape)
        dm = np.multiply(dp, p, out=memory_like(p))
        np.subtract(dp, sum_of(dm, (p.ndim - 1,), True), out=dm)
        dm *= p
        yield from (dm if want else None for want in want_masks)
        dm = matrices(dm)
        dk = product(q.swapaxes(1, 2), dm, of_k).reshape(*lead, *k.shape[1:]) if want_k else None
        yield None if dk is None else dk.swapaxes(-1, -2)
        yield product(dm, k.swapaxes(1, 2), of_q).reshape(*lead, *q.shape[1:]) if want_q else None


def matrices(x: Array) -> Array:
    """A batch of any shape as a batch of one dimension."""
    return x.reshape(math.prod(x.shape[:-2]), *x.shape[-2:])


def scaled(x: Array, factor: float) -> Array:
    """x·factor as a batch of matrices that lie row after row."""
    return matrices(np.multiply(x, factor, out=empty(x, x.shape)))


def product(x: Array, y: Array, factor: float = 1.0) -> Array:
    """x·y·factor of two batches of matrices."""
    z = np.matmul(x, y, out=memory_like(x, (*x.shape[:2], y.shape[2])))
    if factor != 1:
        z *= factor
    return z


def causal_mask(scores: Array) -> Array:
    """(L, S), what is added to the scores: 0 where the key comes no later than the query, else -∞."""
    return on_device_of(_causal_mask(*scores.shape[-2:], scores.dtype), scores)


@lru_cache(16)
def _causal_mask(length: int, keys: int, dtype: Any) -> Array:
    return np.where(np.tri(length, keys, dtype=bool), dtype.type(0), dtype.type(-np.inf))
