"""The solution of exercises/06_linear.py"""

from sidebyside.testing import dyadics

library = "minigrad.nn.ops:linear"


def linear(x, W, b):
    """z = x·Wᵀ + b"""
    return x @ W.T + b


def linear_backward(dz, x, W, b):
    """dx, dW and db. dz is the gradient of the loss with respect to z."""
    dx = dz @ W
    dW = dz.T @ x
    db = dz.sum(axis=0)
    return dx, dW, db


linear_inputs = dyadics(2, 3), dyadics(4, 3), dyadics(4)
