"""The solution of exercises/03_exp_log.py"""

import numpy as np

from sidebyside.testing import floats

library = "minigrad.ops:exp", "minigrad.ops:log"


def exp(x):
    """z = eˣ"""
    return np.exp(x)


def exp_backward(dz, x):
    """dx. dz is the gradient of the loss with respect to z."""
    return dz * np.exp(x)


def log(x):
    """z = log x"""
    return np.log(x)


def log_backward(dz, x):
    """dx. dz is the gradient of the loss with respect to z."""
    return dz / x


exp_inputs = floats(2, 3, low=-3, high=3)
log_inputs = floats(2, 3, low=0.125, high=8)
