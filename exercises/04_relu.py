"""4. relu

    z = max(x, 0)        dx = dz where x > 0, else 0

Where x is positive, z moves as x does, and dz passes unchanged. Where x is negative, z stays 0
whatever x does, and nothing passes. At 0 there is a kink and no slope; PyTorch takes 0 there.

Replace every `...`, then run:    minigrad check exercises/04_relu.py
"""

import numpy as np

from sidebyside.testing import dyadics


def relu(x):
    """z = max(x, 0)"""
    return np.maximum(x, 0)


def relu_backward(dz, x):
    """dx. dz is the gradient of the loss with respect to z."""
    return ...


relu_inputs = dyadics(2, 3)
