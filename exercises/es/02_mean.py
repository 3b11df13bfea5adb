"""2. Suma y media

    zᵢ = (Σⱼ xᵢⱼ) / K        dxᵢⱼ = dzᵢ / K        x: (N, K)    z: (N,)

Una suma se mueve lo mismo que cualquiera de sus términos, así que transmite dzᵢ a cada uno de
ellos. La media es la suma dividida por K, y su gradiente también. El gradiente ha de tener la forma
de x: dz[:, None] tiene forma (N, 1), y np.broadcast_to(array, x.shape) lo repite.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/02_mean.py
"""

import numpy as np

from sidebyside.testing import dyadics


def mean(x):
    """z, la media de cada fila"""
    return np.mean(x, axis=1)


def mean_backward(dz, x):
    """dx. dz es el gradiente de la pérdida respecto de z."""
    return ...


def mean_torch(torch, x):
    """Lo mismo en PyTorch, para comparar"""
    return torch.mean(x, dim=1)


mean_inputs = dyadics(2, 4)
