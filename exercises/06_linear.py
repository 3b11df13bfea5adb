"""6. A linear layer

    z = x·Wᵀ + b        dx = dz·W    dW = dzᵀ·x    db = Σᵢ dzᵢ        x: (N, K)    W: (M, K)    b: (M,)

All N samples of the batch use the same W and the same b, so their gradients add up over the batch.
For b the sum is written out; for W it is inside the product dzᵀ·x.

Replace every `...`, then run:    minigrad check exercises/06_linear.py
"""

from sidebyside.testing import dyadics


def linear(x, W, b):
    """z = x·Wᵀ + b"""
    return x @ W.T + b


def linear_backward(dz, x, W, b):
    """dx, dW and db. dz is the gradient of the loss with respect to z."""
    dx = ...
    dW = ...
    db = ...
    return dx, dW, db


linear_inputs = dyadics(2, 3), dyadics(4, 3), dyadics(4)
