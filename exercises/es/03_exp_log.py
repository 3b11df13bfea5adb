"""3. Exponencial y logaritmo

    z = eˣ        dx = dz·z
    z = log x     dx = dz/x

La pendiente de eˣ es el propio eˣ, la salida z. La pendiente de log x es 1/x: grande cerca de 0,
pequeña lejos. Las dos actúan sobre cada elemento por separado, así que no hace falta ninguna suma.

Sustituye cada `...` y ejecuta:    minigrad check exercises/es/03_exp_log.py
"""

import numpy as np

from sidebyside.testing import floats


def exp(x):
    """z = eˣ"""
    return np.exp(x)


def exp_backward(dz, x):
    """dx. dz es el gradiente de la pérdida respecto de z."""
    return ...


def log(x):
    """z = log x"""
    return np.log(x)


def log_backward(dz, x):
    """dx. dz es el gradiente de la pérdida respecto de z."""
    return ...


exp_inputs = floats(2, 3, low=-3, high=3)
log_inputs = floats(2, 3, low=0.125, high=8)
