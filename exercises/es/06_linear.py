"""6. Una capa lineal

    z = x·Wᵀ + b        dx = dz·W    dW = dzᵀ·x    db = Σᵢ dzᵢ        x: (N, K)    W: (M, K)    b: (M,)

Las N muestras del lote usan la misma W y el mismo b, así que sus gradientes se suman a lo largo del
lote. En b la suma está escrita; en W está dentro del producto dzᵀ·x.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/06_linear.py
"""

from sidebyside.testing import dyadics


def linear(x, W, b):
    """z = x·Wᵀ + b"""
    return x @ W.T + b


def linear_backward(dz, x, W, b):
    """dx, dW y db. dz es el gradiente de la pérdida respecto de z."""
    dx = ...
    dW = ...
    db = ...
    return dx, dW, db


linear_inputs = dyadics(2, 3), dyadics(4, 3), dyadics(4)
