"""5. Un producto de matrices

    zᵢⱼ = Σₖ xᵢₖ·yₖⱼ        dx = dz·yᵀ    dy = xᵀ·dz        x: (N, K)    y: (K, M)

xᵢₖ forma parte de cada zᵢⱼ de su fila, cada vez con yₖⱼ como factor, así que dxᵢₖ = Σⱼ dzᵢⱼ·yₖⱼ:
otra vez un producto de matrices. Las formas casi no dejan elegir: dx ha de ser (N, K), como x.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/05_matmul.py
"""

from sidebyside.testing import dyadics


def matmul(x, y):
    """z = x·y"""
    return x @ y


def matmul_backward(dz, x, y):
    """dx y dy. dz es el gradiente de la pérdida respecto de z."""
    dx = ...
    dy = ...
    return dx, dy


matmul_inputs = dyadics(2, 3), dyadics(3, 4)
