"""1. A product, and broadcasting

    zᵢⱼ = xᵢⱼ·yⱼ        dxᵢⱼ = dzᵢⱼ·yⱼ    dyⱼ = Σᵢ dzᵢⱼ·xᵢⱼ        x: (N, K)    y: (K,)

The gradient of each factor is dz times the other factor. NumPy repeats y in each of the N rows. So
yⱼ acts on the loss in N ways, and its gradient is the sum of all N. A gradient always has the shape
of what it is the gradient of.

Replace every `...`, then run:    minigrad check exercises/01_mul.py
"""

from sidebyside.testing import dyadics


def mul(x, y):
    """z = x·y"""
    return x * y


def mul_backward(dz, x, y):
    """dx and dy. dz is the gradient of the loss with respect to z."""
    dx = ...
    dy = ...
    return dx, dy


mul_inputs = dyadics(2, 3), dyadics(3)
