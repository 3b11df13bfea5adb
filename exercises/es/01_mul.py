"""1. Un producto y su broadcasting

    zᵢⱼ = xᵢⱼ·yⱼ        dxᵢⱼ = dzᵢⱼ·yⱼ    dyⱼ = Σᵢ dzᵢⱼ·xᵢⱼ        x: (N, K)    y: (K,)

El gradiente de cada factor es dz por el otro factor. NumPy repite y en cada una de las N filas. Por
eso yⱼ influye en la pérdida por N caminos, y su gradiente es la suma de los N. Un gradiente tiene
siempre la forma de aquello de lo que es gradiente.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/01_mul.py
"""

from sidebyside.testing import dyadics


def mul(x, y):
    """z = x·y"""
    return x * y


def mul_backward(dz, x, y):
    """dx y dy. dz es el gradiente de la pérdida respecto de z."""
    dx = ...
    dy = ...
    return dx, dy


mul_inputs = dyadics(2, 3), dyadics(3)
