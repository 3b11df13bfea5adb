"""7. softmax

    zᵢⱼ = exp xᵢⱼ / Σₖ exp xᵢₖ        dxᵢⱼ = zᵢⱼ·(dzᵢⱼ - Σₖ dzᵢₖ·zᵢₖ)        x: (N, K)

Softmax no cambia si a toda una fila se le resta un mismo número. Resta el máximo de la fila
(keepdims=True conserva la forma (N, 1)): así ningún exponente pasa de 0. Sin eso, exp(100) es inf
en float32, e inf/inf es nan. A la vuelta hay una suma sobre la fila, porque cada x mueve todos los
z de su fila: comparten el denominador.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/07_softmax.py
"""

import numpy as np

from sidebyside.testing import logits


def softmax(x):
    """z: cada fila es positiva y suma 1"""
    shifted = ...
    e = np.exp(shifted)
    return e / e.sum(axis=1, keepdims=True)


def softmax_backward(dz, x):
    """dx. dz es el gradiente de la pérdida respecto de z."""
    z = softmax(x)
    return ...


def softmax_torch(torch, x):
    """Lo mismo en PyTorch, para comparar"""
    return torch.softmax(x, dim=1)


softmax_inputs = logits(2, 3)
