"""4. relu

    z = max(x, 0)        dx = dz donde x > 0, 0 donde no

Donde x es positivo, z se mueve igual que x, y dz pasa tal cual. Donde x es negativo, z sigue en 0
haga x lo que haga, y no pasa nada. En 0 hay una esquina y no hay pendiente; PyTorch toma 0.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/04_relu.py
"""

import numpy as np

from sidebyside.testing import dyadics


def relu(x):
    """z = max(x, 0)"""
    return np.maximum(x, 0)


def relu_backward(dz, x):
    """dx. dz es el gradiente de la pérdida respecto de z."""
    return ...


relu_inputs = dyadics(2, 3)
