"""The yardstick: the tutorial's step by hand in NumPy, every buffer allocated beforehand.

Same work as the library's step: the loss, every gradient (none for the data), the new weights. What is done for
speed: logits lie class after class, so that maxima and sums over ten classes run over long rows; sums over the batch
are products with ones; all parameters are one array, as are all gradients, so that SGD is two calls. Each choice was
the quickest of several that were timed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class Floor:
    """784-100-10 or another network of one hidden layer: `step()` trains once and returns the loss."""

    def __init__(self, x: Any, y: Any, weights: Sequence[Any], lr: float) -> None:
        n, kind = len(x), x.dtype
        self.x, self.lr = x, kind.type(lr)
        self.flat, self.weights = _together(weights)
        self.flat_gradient, self.gradients = _together(weights)
        self.scaled = np.empty_like(self.flat)
        hidden, classes = (len(bias) for bias in self.weights[1::2])
        self.h = np.empty((n, hidden), kind)
        self.dh = np.empty((n, hidden), kind)
        self.alive = np.empty((n, hidden), bool)
        self.logits = np.empty((classes, n), kind)
        self.row = np.empty(n, kind)
        self.ones, self.share = np.ones(n, kind), kind.type(1 / n)
        self.right = y * n + np.arange(n)  # where in the flattened logits the right classes are

    def step(self) -> float:
        """Forward, loss, backward, SGD."""
        loss = self.forward()
        self.backward()
        np.multiply(self.flat_gradient, self.lr, out=self.scaled)
        np.subtract(self.flat, self.scaled, out=self.flat)
        return loss

    def forward(self) -> float:
        """The loss; leaves the probabilities in `logits`."""
        w1, b1, w2, b2 = self.weights
        h, o, row = self.h, self.logits, self.row
        np.matmul(self.x, w1.T, out=h)
        np.add(h, b1, out=h)
        np.maximum(h, 0, out=h)
        np.matmul(w2, h.T, out=o)
        np.add(o, b2[:, None], out=o)
        np.maximum.reduce(o, 0, None, row)
        np.subtract(o, row, out=o)
        right = o.reshape(-1).take(self.right).sum()
        np.exp(o, out=o)
        np.add.reduce(o, 0, None, row)
        np.divide(o, row, out=o)
        np.log(row, out=row)
        return float((row.sum() - right) * self.share)

    def backward(self) -> None:
        """The gradients of all weights."""
        w2 = self.weights[2]
        dw1, db1, dw2, db2 = self.gradients
        h, do, dh = self.h, self.logits, self.dh
        do.reshape(-1)[self.right] -= 1
        np.multiply(do, self.share, out=do)
        np.matmul(do, h, out=dw2)
        np.matmul(do, self.ones, out=db2)
        np.matmul(do.T, w2, out=dh)
        np.greater(h, 0, out=self.alive)
        np.multiply(dh, self.alive, out=dh)
        np.matmul(self.ones, dh, out=db1)
        if len(h) == 1:  # a column times a row: BLAS takes several times as long
            np.multiply(dh.T, self.x, out=dw1)
        else:
            np.matmul(dh.T, self.x, out=dw1)


def _together(arrays: Sequence[Any]) -> tuple[Any, list[Any]]:
    """One flat copy, and a view of it in the shape of each."""
    flat = np.concatenate([a.reshape(-1) for a in arrays])
    ends = np.cumsum([a.size for a in arrays])[:-1]
    return flat, [part.reshape(a.shape) for part, a in zip(np.split(flat, ends), arrays, strict=True)]
