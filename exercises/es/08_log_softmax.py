"""8. log_softmax

    zᵢⱼ = xᵢⱼ - log Σₖ exp xᵢₖ        dxᵢⱼ = dzᵢⱼ - exp(zᵢⱼ)·Σₖ dzᵢₖ        x: (N, K)

xᵢⱼ mueve su propio zᵢⱼ tanto como se mueve él: dzᵢⱼ. A través de la suma baja además todos los zᵢₖ
de su fila, en la proporción exp(zᵢⱼ), que es su probabilidad. En papel, log(softmax(x)) es lo
mismo; en la máquina, una probabilidad pequeña se convierte en 0 y su logaritmo, en -inf.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/08_log_softmax.py
"""

import numpy as np

from sidebyside.testing import logits


def log_softmax(x):
    """z: el logaritmo de cada probabilidad"""
    shifted = x - x.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def log_softmax_backward(dz, x):
    """dx. dz es el gradiente de la pérdida respecto de z."""
    z = log_softmax(x)
    return ...


def log_softmax_torch(torch, x):
    """Lo mismo en PyTorch, para comparar"""
    return torch.log_softmax(x, dim=1)


log_softmax_inputs = logits(2, 3)
