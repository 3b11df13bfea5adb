"""5. A product of matrices

    zᵢⱼ = Σₖ xᵢₖ·yₖⱼ        dx = dz·yᵀ    dy = xᵀ·dz        x: (N, K)    y: (K, M)

xᵢₖ is a part of every zᵢⱼ of its row, each time with yₖⱼ as factor, so dxᵢₖ = Σⱼ dzᵢⱼ·yₖⱼ: a
product of matrices again. The shapes leave hardly a choice: dx must be (N, K), as x is.

Replace every `...`, then run:    minigrad check exercises/05_matmul.py
"""

from sidebyside.testing import dyadics


def matmul(x, y):
    """z = x·y"""
    return x @ y


def matmul_backward(dz, x, y):
    """dx and dy. dz is the gradient of the loss with respect to z."""
    dx = ...
    dy = ...
    return dx, dy


matmul_inputs = dyadics(2, 3), dyadics(3, 4)
