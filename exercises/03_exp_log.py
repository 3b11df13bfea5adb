"""3. Exponential and logarithm

    z = eˣ        dx = dz·z
    z = log x     dx = dz/x

The slope of eˣ is eˣ itself, the output z. The slope of log x is 1/x: steep near 0, flat far away.
Both act on every element on its own, so that no sum is needed.

Replace every `...`, then run:    minigrad check exercises/03_exp_log.py
"""

import numpy as np

from sidebyside.testing import floats


def exp(x):
    """z = eˣ"""
    return np.exp(x)


def exp_backward(dz, x):
    """dx. dz is the gradient of the loss with respect to z."""
    return ...


def log(x):
    """z = log x"""
    return np.log(x)


def log_backward(dz, x):
    """dx. dz is the gradient of the loss with respect to z."""
    return ...


exp_inputs = floats(2, 3, low=-3, high=3)
log_inputs = floats(2, 3, low=0.125, high=8)
